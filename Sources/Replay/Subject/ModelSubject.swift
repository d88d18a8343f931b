import Hashing
import PlantedFaults
package import Streaming
package import Topology
import Voxels

/// The model as a subject that runs in this process.
package final class ModelSubject: Subject {
    package let description: SubjectDescription
    package let depth = 1
    private var state = RunState()
    private var delayed: DelayedStore?
    /// The caller's floating-point environment is perturbed: in each frame in another way, beginning with this one.
    private var environment: UInt64?
    private var recording: AttachedRecorder?
    private var casts: any CastService = InlineCasts()
    private var results: [SubjectFrame] = []
    private let options: ReplayOptions
    private let projection: Projection?
    private let variant: Variant?
    /// The state after the last frame.
    package var system: StreamingSystem { state.system }

    /// Counters by the names that goldens have.
    package static var counters: [(name: String, value: KeyPath<LevelCounts, Int>)] {
        [
            ("entered", \.entered), ("dirtied", \.dirtied), ("stale", \.promoted), ("expired", \.expired),
            ("selected", \.selected), ("cast", \.cast), ("disabled", \.disabled), ("committed", \.committed),
            ("aborted", \.aborted), ("overtaken", \.overtaken), ("dropped", \.dropped),
            ("restored", \.restored),
            ("evicted", \.evicted), ("stored", \.stored), ("refused", \.refused),
        ]
    }

    /// What the model can be told to do differently, beside workers and the order of completion: see ``VisitOrder``, ``DelayedStore``,
    /// ``FloatingPoint``, ``FrameRecorder``.
    package static let dimensions = ["floating-point", "recorder", "store-delay", "visit-order"]

    /// Everything that the model has.
    package static var whole: SubjectDescription {
        var description = SubjectDescription(
            name: "model", stages: Stage.allCases.map { SubjectStage($0.name) })
        description.payloads = .full
        description.hasLevels = true
        description.takesWorkers = true
        description.takesCompletionSeed = true
        description.dimensions = ModelSubject.dimensions
        description.restores = true
        description.givesRecords = true
        description.counters = counters.map(\.name)
        description.variants = Variant.allCases.map(\.name)
        return description
    }

    /// - Parameters:
    ///   - options: how the model is run.
    ///   - other: a subject beside which the model is run: it then has what that one has, and leaves out the rest. A stage that the
    ///     model has not has the digest 0.
    ///   - variant: runs the trace under this variant, whatever it says; nil leaves it as it is.
    package init(
        options: ReplayOptions = ReplayOptions(), comparedWith other: SubjectDescription? = nil,
        variant: Variant? = nil
    ) {
        self.options = options
        self.variant = variant
        if let other {
            description = other
            let projection = Projection(other)
            self.projection = projection.isWhole ? nil : projection
        } else {
            description = ModelSubject.whole
            projection = nil
        }
    }

    package func begin(_ options: SubjectOptions, isLive: Bool, from state: [UInt8]?) throws {
        var own = self.options
        if let workers = options.workers { own.workers = workers }
        recording = options.perturbations["recorder"] == nil ? nil : AttachedRecorder()
        environment = options.perturbations["floating-point"]
        // Threads inherit the environment of whoever starts them.
        casts =
            environment.map { seed in FloatingPoint.perturbed(Int(1 + seed % 3)) { own.casts() } }
            ?? own.casts()
        if let seed = options.completionSeed {
            casts = ShuffledCasts(casts, seed: seed, isRecorded: recording != nil)
        }
        delayed = options.perturbations["store-delay"].map { DelayedStore(seed: $0) }
        results = []
        let before = self.state.store
        self.state = RunState()
        if planted(.storeLeft, if: !before.rows.isEmpty && state == nil) { self.state.store = before }
        if let state { self.state = try Keyframe.decode(state) }
        self.state.visit(in: VisitOrder(seed: options.perturbations["visit-order"] ?? 0))
        if state != nil { self.state.resumeCasts(casts) }
    }

    /// The next frame, as it was told to be stepped.
    private func step(_ given: FrameInput, watch: StageWatch?) throws -> FrameResult {
        var input = given
        if let recording { try recording.record(&input, state.system) }
        guard let environment else { return try stepStored(input, watch) }
        let kind = 1 + (environment &+ UInt64(truncatingIfNeeded: input.frame)) % 4
        return try FloatingPoint.perturbed(Int(kind)) { try stepStored(input, watch) }
    }

    private func stepStored(_ input: FrameInput, _ watch: StageWatch?) throws -> FrameResult {
        guard var keeper = delayed, input.castResults == nil else {
            return try state.step(
                input, casts: casts, oracleInterval: options.oracleInterval, watch: watch)
        }
        swap(&keeper.store, &state.store)
        defer {
            swap(&keeper.store, &state.store)
            delayed = keeper
        }
        delayed = nil
        return try state.step(
            input, casts: casts, store: &keeper, oracleInterval: options.oracleInterval, watch: watch)
    }

    package func submit(_ given: FrameInput, wantsRecords: Bool) throws {
        let input = variant.map { given.under($0) } ?? given
        var stages: [Digest64] = []
        var stageBytes: [[UInt8]] = []
        var keptBytes: [[UInt8]] = Array(repeating: [], count: description.stages.count)
        var found: [Digest64?] = Array(repeating: nil, count: description.stages.count)
        let watch: StageWatch = { [projection, description] stage, bytes, system in
            stageBytes.append(bytes)
            guard let projection,
                let place = description.stages.firstIndex(where: { $0.stage == stage })
            else { return }
            let kept = projection.bytes(at: place, bytes: bytes, system: system)
            keptBytes[place] = kept?.bytes ?? []
            found[place] = kept?.digest64()
        }
        let watched = projection != nil || wantsRecords
        let result = try step(input, watch: watched ? watch : nil)
        stages = projection == nil ? result.digests.stages : found.map { $0 ?? Digest64(0) }
        var frame = SubjectFrame(
            frame: result.frame, stages: stages,
            levels: !description.hasLevels
                ? [] : projection?.levels(of: state.system) ?? result.digests.levels)
        if projection == nil, description.counters == ModelSubject.counters.map(\.name) {
            frame.countLevels = min(result.counts.count, 8)
            for counter in ModelSubject.counters {
                for level in 0..<frame.countLevels {
                    frame.counters.append(UInt64(result.counts[level][keyPath: counter.value]))
                }
            }
        }
        if wantsRecords {
            let fields = projection == nil ? nil : description.stateFields
            frame.records = SubjectRecords(
                stages: projection == nil ? stageBytes : keptBytes,
                states: state.system.stateRecords.map { SubjectDescription.shortened($0, to: fields) },
                payloads: state.system.payloadRecords)
            frame.records?.wholeStages = stageBytes
        }
        results.append(frame)
    }

    package func next() throws -> SubjectFrame { results.removeFirst() }

    package func save() throws -> [UInt8] {
        // What the store has not done yet is no part of a run's state.
        if var keeper = delayed {
            swap(&keeper.store, &state.store)
            keeper.catchUp()
            swap(&keeper.store, &state.store)
            delayed = keeper
        }
        return Keyframe.encode(state)
    }
}

extension FrameInput {
    /// The same frame of a run under another variant.
    fileprivate func under(_ variant: Variant) -> FrameInput {
        var input = self
        input.events = events.map { event in
            switch event {
            case .sessionStart(var configuration):
                configuration.variant = variant
                return .sessionStart(configuration)
            case .configure(var configuration):
                configuration.variant = variant
                return .configure(configuration)
            default: return event
            }
        }
        return input
    }
}

extension StreamingSystem {
    /// The state record of every cell, level by level in linear order. O(cells).
    fileprivate var stateRecords: [[UInt8]] {
        levels.flatMap { level in
            var records: [[UInt8]] = []
            level.window.box.forEach { cell in
                let probe = level.probes[level.window.slot(of: cell).index]
                records.append(Array(probe.record(level: level.level, cell: cell).bytes))
            }
            return records
        }
    }

    /// The payload record of every cell that has one, in the same order.
    fileprivate var payloadRecords: [[UInt8]] {
        levels.flatMap { level in
            var records: [[UInt8]] = []
            level.window.box.forEach { cell in
                let payload = level.payloads[level.window.slot(of: cell).index]
                guard payload.isValid else { return }
                records.append(Array(payload.record(level: level.level, cell: cell).bytes))
            }
            return records
        }
    }
}
