import Hashing
import Foundation
import Recording
import Replay
import Streaming
import Testing
import Topology
import Verification
import Voxels

/// The failure of one variant of the model to be like another: a real difference, in one process.
private final class VariantFailure: TraceFailure {
    let comparison = "two variants"

    func attempt(_ frames: [FrameInput]) throws -> SeenFailure? {
        let sides = [Variant.reference, .lumon2026_01].map { ModelSubject(variant: $0) }
        for side in sides { try side.begin(SubjectOptions(), isLive: false, from: nil) }
        for input in frames {
            let results = try sides.map { side in
                try side.submit(input, wantsRecords: false)
                return try side.next()
            }
            // The variant is itself in the input, and in every digest after it only by what it does.
            let place = results[0].stages.indices.dropFirst().first {
                results[0].stages[$0] != results[1].stages[$0]
            }
            guard let place else { continue }
            return SeenFailure(
                signature: .stage(Stage.allCases[place].name), frame: input.frame, what: "",
                isOverAtFrame: true)
        }
        return nil
    }
}

/// A failure that is a rule about frames.
private final class RuleFailure: TraceFailure {
    let comparison = "a rule"
    private let rule: ([FrameInput]) -> Int32?
    private let isOverAtFrame: Bool
    /// Fails in every n-th try only.
    private let period: Int
    private(set) var tries = 0

    init(
        isOverAtFrame: Bool = true, period: Int = 1, _ rule: @escaping ([FrameInput]) -> Int32?
    ) {
        self.rule = rule
        self.isOverAtFrame = isOverAtFrame
        self.period = period
    }

    func attempt(_ frames: [FrameInput]) -> SeenFailure? {
        tries += 1
        guard tries % period == 0, let frame = rule(frames) else { return nil }
        return SeenFailure(
            signature: .stage("rule"), frame: frame, what: "", isOverAtFrame: isOverAtFrame)
    }
}

private let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"

@Suite("minimize: the smallest trace that still fails")
struct MinimizerTests {
    /// A trace of sessions, edits, boxes, chunks, reloads, stores and moves, all drawn.
    private static func drawn(seed: UInt64, frames count: Int, stores: Bool = true) -> [FrameInput] {
        var random = SeededRandom(seed: seed)
        func chance(_ share: Int) -> Bool { random.next() % 100 < UInt64(share) }
        func configuration() -> Configuration {
            var configuration = Configuration.classic
            configuration.worldSeed = random.next() % 2
            configuration.resolution = [8, 9, 10][Int(random.next() % 3)]
            configuration.levels = Int32(1 + random.next() % 2)
            configuration.castLatencyFrames = Int32(random.next() % 4)
            configuration.cacheBytes = chance(50) ? 0 : 1 << 14
            configuration.budgets = Budgets(perLevel: [24, 12], total: 30, uploadBytes: 1 << 20)
            return configuration
        }
        var result: [FrameInput] = []
        var session: UInt32 = 0
        var current: Configuration?
        var hasStore = false
        var position = WorldPoint(8.5, 86, 8.25)
        for frame in 0..<count {
            var events: [Event] = []
            if frame == 0 || chance(6) {
                if frame > 0 {
                    session += 1
                    if current != nil { events.append(.sessionEnd) }
                }
                let new = configuration()
                current = new
                events.append(.sessionStart(new))
                hasStore = stores && chance(40)
                if hasStore { events.append(.store(sizeCapBytes: 1 << 20, contents: nil)) }
            } else if current != nil, chance(4) {
                events.append(.sessionEnd)
                current = nil
            }
            if var reload = current, chance(8) {
                reload.castLatencyFrames = Int32(random.next() % 4)
                reload.baseSpacing = [1, 2, 2.5][Int(random.next() % 3)]
                current = reload
                events.append(.configure(reload))
            }
            if current != nil {
                let x = Int64(random.next() % 24)
                if chance(12) {
                    let box = VoxelBox(
                        lower: VoxelCoordinate(x, 80, 4), upper: VoxelCoordinate(x + 5, 90, 12))
                    events.append(.edit(box, .lamp))
                }
                if chance(10) {
                    let far = chance(50) ? 4000.0 : 0
                    let lower = WorldPoint(Double(x) + far, 80, 0)
                    events.append(
                        .invalidate(
                            WorldBox(lower: lower, upper: WorldPoint(lower.x + 9, 95, 20))))
                }
                if chance(5) { events.append(.chunkUnload(ChunkCoordinate(0, 2, 0))) }
                if hasStore, chance(4) {
                    events.append(.storeOff)
                    hasStore = false
                }
            }
            if chance(30) { position.x += Double(random.next() % 7) - 2 }
            if chance(3) { position.z += 300 }
            var input = FrameInput(
                frame: Int32(frame), engineTimeNanoseconds: Int64(frame) * 16_666_667, session: session,
                camera: Camera(position: position, fieldOfView: 1), events: events)
            if current != nil, chance(5) {
                input.budgets = Budgets(perLevel: [9], total: 9, uploadBytes: 1 << 20)
            }
            result.append(input)
        }
        return result
    }

    private static let seeds = Array(UInt64(1)...(isFull ? 40 : 3))

    private func again(_ seed: UInt64) -> Comment { "again: MinimizerTests.drawn(seed: \(seed), frames: 60)" }

    @Test("what is left of a trace is a trace, whatever is left out", arguments: seeds)
    func drafts(seed: UInt64) throws {
        let frames = MinimizerTests.drawn(seed: seed, frames: 60)
        _ = try Replayer.checkInputs(frames)
        let draft = try #require(Draft(frames), again(seed))
        #expect(draft.frames() == frames, again(seed))
        var random = SeededRandom(seed: seed &+ 100)
        for _ in 0..<40 {
            var part = draft.keeping(
                (0..<60).map { _ in random.next() % 3 > 0 }, carriesEvents: random.next() % 2 == 0)
            part = part.keeping(part.parts.filter { _ in random.next() % 3 > 0 })
            part = part.holding(but: part.moves.filter { _ in random.next() % 2 == 0 })
            guard let rest = part.frames() else { continue }
            // The model and the format take it, and it is the same when it is taken apart again.
            _ = try Replayer.checkInputs(rest)
            #expect(try TraceReader(try Trace.encode(rest)).allFrames() == rest, again(seed))
            #expect(Draft(rest)?.frames() == rest, again(seed))
        }
    }

    @Test("what holds on goes to the next frame that is left", arguments: [false, true])
    func carried(carriesEvents: Bool) throws {
        var frames = MinimizerTests.drawn(seed: 3, frames: 1)
        var reload = Configuration.classic
        for case .sessionStart(let given) in frames[0].events { reload = given }
        frames[0].events = [.sessionStart(reload)]
        reload.layoutVersion = 4
        let edit = Event.edit(
            VoxelBox(lower: VoxelCoordinate(0, 0, 0), upper: VoxelCoordinate(1, 1, 1)), .lamp)
        for frame in 1..<5 { frames.append(FrameInput(frame: Int32(frame), camera: frames[0].camera)) }
        frames[2].events = [edit, .configure(reload)]
        frames[2].budgets = Budgets(perLevel: [3], total: 3, uploadBytes: 640)
        let draft = try #require(Draft(frames))
        let rest = try #require(
            draft.keeping([true, true, false, false, true], carriesEvents: carriesEvents).frames())
        #expect(rest.count == 3)
        #expect(rest[2].events == (carriesEvents ? [edit] : []) + [.configure(reload)])
        #expect(rest[2].budgets == frames[2].budgets)
        // A start goes with its session only.
        let later = try #require(
            draft.keeping([false, false, true, true, true], carriesEvents: false).frames())
        #expect(later[0].events.first == frames[0].events.first)
    }

    @Test("edits of sessions that go stay in a world that goes on, and in no other")
    func worlds() throws {
        let edit = Event.edit(
            VoxelBox(lower: VoxelCoordinate(0, 0, 0), upper: VoxelCoordinate(1, 1, 1)), .lamp)
        func frames(secondSeed: UInt64) -> [FrameInput] {
            var configuration = Configuration.classic
            let camera = Camera(position: WorldPoint(1, 84, 1))
            let first = FrameInput(frame: 0, camera: camera, events: [.sessionStart(configuration), edit])
            configuration.worldSeed = secondSeed
            return [
                first,
                FrameInput(
                    frame: 1, session: 1, camera: camera, events: [.sessionEnd, .sessionStart(configuration)]),
            ]
        }
        for (seed, goesOn) in [(UInt64(0), true), (5, false)] {
            let rest = try #require(
                Draft(frames(secondSeed: seed))?.keeping([false, true], carriesEvents: true).frames())
            #expect(rest[0].events.contains(edit) == goesOn)
        }
    }

    // MARK: A second opinion

    /// Whether something can be left out of frames by brute force: single frames, parts, moves; of at most 8 frames any subset.
    private func smaller(than minimized: Minimized, _ failure: some TraceFailure) throws -> String? {
        let draft = try #require(Draft(minimized.frames))
        func fails(_ candidate: Draft) -> Bool {
            guard let frames = candidate.frames(), frames != minimized.frames else { return false }
            return (try? failure.attempt(frames))?.signature == minimized.failure.signature
        }
        let count = draft.frameCount
        let subsets =
            count <= 8 ? Array(1..<(1 << count) - 1) : (0..<count).map { (1 << count) - 1 - 1 << $0 }
        for subset in subsets {
            let isKept = (0..<count).map { subset >> $0 & 1 == 1 }
            for carriesEvents in [false, true]
            where fails(draft.keeping(isKept, carriesEvents: carriesEvents)) {
                return "frames \(isKept), events \(carriesEvents ? "carried" : "gone")"
            }
        }
        for part in draft.parts where fails(draft.keeping(draft.parts.filter { $0 != part })) {
            return "\(part)"
        }
        for move in draft.moves where fails(draft.holding(but: draft.moves.filter { $0 != move })) {
            return "move in frame \(move)"
        }
        return nil
    }

    @Test("nothing can be left out of what is called minimal", arguments: seeds)
    func bruteForce(seed: UInt64) throws {
        let failure = VariantFailure()
        let frames = MinimizerTests.drawn(seed: seed, frames: 60, stores: false)
        let minimized = try Minimizer(failure).minimize(frames)
        #expect(minimized.isMinimal, again(seed))
        #expect(minimized.frames.count <= 60 && minimized.replays <= 500, again(seed))
        #expect(try failure.attempt(minimized.frames)?.signature == minimized.before.signature, again(seed))
        let other = try smaller(than: minimized, failure)
        #expect(other == nil, "\(other ?? "")\n\(again(seed))")
        // Twice the same.
        #expect(try Minimizer(VariantFailure()).minimize(frames).frames == minimized.frames, again(seed))
    }

    @Test("a cause that is far from its effect comes near it, and what is between goes")
    func farCause() throws {
        // An edit, and hundreds of frames later the camera far away.
        var frames = MinimizerTests.drawn(seed: 4, frames: 1)
        for frame in 1..<500 {
            var input = FrameInput(
                frame: Int32(frame), engineTimeNanoseconds: Int64(frame),
                camera: Camera(position: WorldPoint(Double(frame % 50), 84, 1)))
            if frame % 40 == 7 {
                input.events = [.invalidate(.init(lower: .init(0, 0, 0), upper: .init(9, 9, 9)))]
            }
            if frame == 30 {
                input.events.append(
                    .edit(
                        VoxelBox(lower: VoxelCoordinate(0, 80, 0), upper: VoxelCoordinate(9, 88, 9)), .lamp))
            }
            if frame == 460 { input.camera.position.x = 7000.5 }
            frames.append(input)
        }
        let failure = RuleFailure { frames in
            var isEdited = false
            for input in frames {
                if isEdited, input.camera.position.x > 5000 { return input.frame }
                for case .edit(_, .lamp) in input.events { isEdited = true }
            }
            return nil
        }
        let minimized = try Minimizer(failure).minimize(frames)
        #expect(minimized.isMinimal)
        #expect(minimized.frames.count == 2)
        #expect(minimized.size.events == 1 && minimized.size.resolution == 8 && minimized.size.levels == 1)
        #expect(minimized.replays < 300)
        // The box is one voxel now.
        guard case .edit(let box, _)? = minimized.frames[0].events.last else {
            Issue.record("no edit in frame 0")
            return
        }
        #expect(box.count == 1)
    }

    @Test("frames that only have to pass are tried once for each number of them")
    func ageing() throws {
        let frames = (0..<600).map { frame in
            FrameInput(
                frame: Int32(frame), engineTimeNanoseconds: Int64(frame),
                camera: Camera(position: WorldPoint(Double(frame), 84, 1)),
                events: frame == 0 ? [.sessionStart(.classic)] : [])
        }
        let failure = RuleFailure { $0.count > 150 ? $0[150].frame : nil }
        let minimized = try Minimizer(failure).minimize(frames)
        #expect(minimized.isMinimal)
        #expect(minimized.frames.count == 151 && minimized.size.moves == 0)
        #expect(minimized.replays < 120)
    }

    // MARK: Limits

    @Test("at the limit the smallest so far is given, and it fails", arguments: [4, 8])
    func limit(replays: Int) throws {
        let failure = VariantFailure()
        var options = Minimizer.Options()
        options.limit = replays
        let frames = MinimizerTests.drawn(seed: 2, frames: 60, stores: false)
        let minimized = try Minimizer(failure, options: options).minimize(frames)
        #expect(minimized.replays <= replays)
        #expect(!minimized.isMinimal && minimized.reason == .limit(replays))
        #expect(try failure.attempt(minimized.frames)?.signature == minimized.before.signature)
    }

    @Test("stopped, it gives the smallest so far; before anything failed there is none")
    func stopped() throws {
        let frames = MinimizerTests.drawn(seed: 2, frames: 60)
        let failure = RuleFailure { $0.last?.frame }
        var options = Minimizer.Options()
        options.isStopped = { true }
        #expect(throws: MinimizeError.self) { try Minimizer(failure, options: options).minimize(frames) }
        #expect(failure.tries == 0)
    }

    @Test("what does not fail, and what does not fail again, is an error")
    func errors() throws {
        let frames = MinimizerTests.drawn(seed: 2, frames: 20)
        let good = RuleFailure { _ in nil }
        do {
            _ = try Minimizer(good).minimize(frames)
            Issue.record("it was minimized")
        } catch MinimizeError.doesNotFail(_, let count, let tries) {
            #expect(count == 20 && tries == 1)
        }
        var isFirst = true
        let once = RuleFailure { frames in
            defer { isFirst = false }
            return isFirst ? frames.last?.frame : nil
        }
        do {
            _ = try Minimizer(once).minimize(frames)
            Issue.record("it was minimized")
        } catch MinimizeError.notAgain(let signature, _) {
            #expect(signature == .stage("rule"))
        }
    }

    @Test("what fails in every third try is minimized with three tries, counted as such")
    func repeats() throws {
        let frames = MinimizerTests.drawn(seed: 5, frames: 40)
        let failure = RuleFailure(period: 3) { $0.count >= 5 ? $0[4].frame : nil }
        var options = Minimizer.Options()
        options.repeats = 3
        let minimized = try Minimizer(failure, options: options).minimize(frames)
        #expect(minimized.frames.count == 5)
        #expect(minimized.replays == 2 * failure.tries)
    }

    @Test("of a recording only what stands behind the failure is cut off, where it fails as a recording only")
    func recorded() throws {
        let frames = MinimizerTests.drawn(seed: 5, frames: 40).map { input in
            var input = input
            (input.castResults, input.storeReplies) = ([], [])
            return input
        }
        let failure = RuleFailure { frames in
            frames.count > 20 && frames[0].castResults != nil ? frames[20].frame : nil
        }
        let minimized = try Minimizer(failure).minimize(frames)
        #expect(minimized.frames == Array(frames.prefix(21)))
        #expect(minimized.reason == .recorded && !minimized.isMinimal)
        // And where it fails as a modelled run too, it becomes one.
        let modelled = try Minimizer(RuleFailure { $0.count > 4 ? $0[4].frame : nil }).minimize(frames)
        #expect(modelled.isMinimal && modelled.frames.count == 5 && modelled.frames[0].castResults == nil)
    }
}
