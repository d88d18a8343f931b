import Hashing
package import Replay
package import Streaming
import Topology
import Voxels

/// Where windows stand is a function of the camera's path and the lattice, and of nothing else.
///
/// The frames are replayed with other budgets, latencies, edits, boxes, chunk events and casts; what changes the lattice (sessions, reloads of
/// spacing, resolution, levels, re-anchor distance) stays. The digests of the snap stage are compared frame by frame. Casts are drawn at random, every
/// second one with threads: where a window stands may depend on neither.
package struct SnapAlone: Law {
    package let name = "snap-alone"
    package let rules: [Rule] = [.snap]
    package let claim = "snapping looks at the camera's path and the lattice, and at nothing else"

    package init() {}

    package func judge(_ given: LawCase) throws -> LawOutcome {
        if let reason = given.unfit(variants: true) { return .notApplicable(reason) }
        return try given.judging {
            var expected: [FrameResult] = []
            var run = LawRun(given.options)
            for input in given.sampleFrames { expected.append(try run.step(input)) }
            var cases = 0
            var random = given.random(1)
            for round in 0..<given.pick(quick: 1, standard: 2, full: 8) {
                var options = given.options
                let seed = random.next()
                // Every second one has threads, and few casts for them.
                let workers = round % 2 == 1 ? Int.random(in: 2...4, using: &random) : 1
                options.workers = workers
                options.castService = nil
                if workers == 1 { options.castService = { DrawnCasts(seed: seed) } }
                var other = LawRun(options)
                for (input, result) in zip(given.frames, expected) {
                    let changed = input.changed(
                        &random, isInSession: other.state.system.configuration != nil, fewCasts: workers > 1)
                    let found = try other.step(changed)
                    cases += 1
                    guard found.digests.stages[1] != result.digests.stages[1] else { continue }
                    return .broken(try breach(at: input, result, found, given, other))
                }
            }
            return .holds(cases: cases)
        }
    }

    /// The first level and value that differ in the frame that both have just stepped.
    private func breach(
        at input: FrameInput, _ expected: FrameResult, _ found: FrameResult, _ given: LawCase, _ other: LawRun
    ) throws -> Breach {
        var run = LawRun(given.options)
        for earlier in given.frames.prefix(while: { $0.frame <= input.frame }) { try run.step(earlier) }
        var breach = Breach(
            frame: input.frame, stage: .snap,
            what: "digest: expected \(expected.digests.stages[1]), found \(found.digests.stages[1])")
        for (left, right) in zip(run.state.system.levels, other.state.system.levels)
        where left.snap != right.snap {
            breach.level = left.level
            breach.what =
                left.snap.cameraCell != right.snap.cameraCell
                ? "cameraCell: expected \(left.snap.cameraCell), found \(right.snap.cameraCell)"
                : "anchor: expected \(left.snap.anchor), found \(right.snap.anchor)"
            breach.what += ", with other budgets, latencies, events and casts"
            break
        }
        return breach
    }
}

extension SnapAlone {
    /// Judges a subject by its own runs: all frames with everything else drawn anew that snapping must not look at, and the digest of the
    /// stage snap beside that of the run as it is.
    ///
    /// - Parameters:
    ///   - frames: of the trace.
    ///   - description: of the subject.
    ///   - pinned: what the subject came to with the frames as they are.
    ///   - seed: of what is drawn.
    ///   - run: runs the subject.
    /// - Returns: as for a trace of the model.
    package func judge(
        _ frames: [FrameInput], _ description: SubjectDescription, pinned: [SubjectFrame], seed: UInt64,
        run: ([FrameInput]) -> CheckRun
    ) -> LawOutcome {
        guard let place = description.stages.firstIndex(where: { $0.name == Stage.snap.name }) else {
            return .notApplicable("the subject has no stage snap")
        }
        if frames.contains(where: { $0.castResults != nil || $0.snapshot != nil }) {
            return .notApplicable("the trace is of a live run: what it drained belongs to its budgets")
        }
        if frames.contains(where: { $0.events.contains(where: \.isOfStore) }) {
            return .notApplicable("the trace has a store, whose replies belong to what is in the windows")
        }
        var random = SeededRandom(seed: seed)
        var isInSession = false
        let changed = frames.map { input in
            for event in input.events {
                if case .sessionStart = event { isInSession = true }
                if case .sessionEnd = event { isInSession = false }
            }
            return input.changed(&random, isInSession: isInSession, fewCasts: true)
        }
        let found = run(changed)
        for (left, right) in zip(pinned, found.frames) where left.stages[place] != right.stages[place] {
            return .broken(
                Breach(
                    frame: left.frame, stage: .snap,
                    what:
                        "digest: expected \(left.stages[place]), found \(right.stages[place]), with other budgets, "
                        + "latencies and events"))
        }
        if case .failed(let frames, let reason) = found {
            return .notApplicable(
                "with other budgets and events the subject fails after \(frames.count) frames: \(reason)")
        }
        return .holds(cases: found.frames.count)
    }
}

extension Event {
    fileprivate var isOfStore: Bool {
        switch self {
        case .store, .storeOff, .storeDamage, .writeBackDropped: true
        default: false
        }
    }
}

extension FrameInput {
    /// The frame with everything else drawn anew that snapping must not look at.
    fileprivate func changed(_ random: inout SeededRandom, isInSession: Bool, fewCasts: Bool) -> FrameInput {
        var input = self
        let limit: Int32 = fewCasts ? 4 : 600
        func draw(_ random: inout SeededRandom) -> Budgets {
            Budgets(
                perLevel: (0..<8).map { _ in Int32.random(in: 0...limit, using: &random) },
                total: Int32.random(in: 0...2 * limit, using: &random),
                uploadBytes: Int64.random(in: 0...(1 << 16), using: &random))
        }
        input.events = events.compactMap { event in
            switch event {
            case .sessionStart(var configuration):
                configuration.draw(&random, draw(&random))
                return .sessionStart(configuration)
            case .configure(var configuration):
                configuration.draw(&random, draw(&random))
                return .configure(configuration)
            case .edit, .chunkLoad, .chunkUnload, .invalidate:
                return Bool.random(using: &random) ? event : nil
            case .sessionEnd, .store, .storeOff, .storeDamage, .writeBackDropped, .engine: return event
            }
        }
        input.budgets = Int.random(in: 0..<4, using: &random) == 0 ? draw(&random) : nil
        let starts = events.contains { if case .sessionStart = $0 { true } else { false } }
        guard starts || (isInSession && !events.contains(.sessionEnd)), Bool.random(using: &random) else {
            return input
        }
        let point = camera.position
        let edge = Double.random(in: 0...24, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            input.events.append(
                .invalidate(
                    WorldBox(
                        lower: WorldPoint(point.x - edge, point.y - edge, point.z - edge),
                        upper: WorldPoint(point.x + edge, point.y + 8, point.z + 8))))
        case 1:
            let corner = VoxelCoordinate(containing: point)
            input.events.append(
                .edit(
                    VoxelBox(
                        lower: VoxelCoordinate(corner.x - 2, corner.y - 2, corner.z - 2),
                        upper: VoxelCoordinate(corner.x + 2, corner.y + 1, corner.z + 2)), .stone))
        case 2: input.events.append(.chunkUnload(VoxelCoordinate(containing: point).chunk))
        default: input.events.append(.chunkLoad(VoxelCoordinate(containing: point).chunk))
        }
        return input
    }
}

extension Configuration {
    fileprivate mutating func draw(_ random: inout SeededRandom, _ drawn: Budgets) {
        budgets = drawn
        castLatencyFrames = Int32.random(in: 0...12, using: &random)
        storeLatencyFrames = Int32.random(in: 1...12, using: &random)
    }
}
