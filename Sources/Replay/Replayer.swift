package import Streaming

/// Whatever gives the frames of a run in their order: a trace file, or a list in a test.
package protocol FrameSource {
    /// Calls `body` with every frame after `frame`, with all of them where that is nil, until it returns false.
    func forEachFrame(after frame: Int32?, _ body: (FrameInput) throws -> Bool) throws
}

extension FrameSource {
    /// Calls `body` with every frame, until it returns false.
    package func forEachFrame(_ body: (FrameInput) throws -> Bool) throws {
        try forEachFrame(after: nil, body)
    }
}

extension [FrameInput]: FrameSource {
    package func forEachFrame(after frame: Int32?, _ body: (FrameInput) throws -> Bool) throws {
        for input in self where frame.map({ input.frame > $0 }) ?? true {
            if try !body(input) { return }
        }
    }
}

/// How a trace is replayed. Nothing here may show in a digest.
package struct ReplayOptions: Sendable {
    /// Threads that cast. 1 casts on the calling thread.
    package var workers = 1
    /// Every so many frames the incremental sums are rebuilt from scratch and compared; at the first and
    /// the last frame always.
    package var oracleInterval: Int32 = 256
    /// Stops after this frame; nil replays to the end.
    package var lastFrame: Int32?
    /// What has been cast before, and need not be cast again; nil casts everything.
    package var memory: CastMemory?
    /// Makes who casts, for a new run; nil leaves it to the number of workers.
    package var castService: (@Sendable () -> any CastService)?

    package init(workers: Int = 1, oracleInterval: Int32 = 256, lastFrame: Int32? = nil) {
        self.workers = workers
        self.oracleInterval = oracleInterval
        self.lastFrame = lastFrame
    }

    /// Who casts, for a new run.
    package func casts() -> any CastService {
        if let castService { return castService() }
        if workers > 1 { return WorkerPool(workers: workers, memory: memory) }
        return memory.map { $0.casts() } ?? InlineCasts()
    }
}

/// Why a replay stopped before its end.
package enum ReplayError: Error, Sendable {
    /// The model refused a frame's input; nothing of the frame was applied.
    case frameRefused(frame: Int32, FrameError)
    /// The trace holds no frame.
    case noFrames
    /// Frames were not recorded, and the next one has no snapshot from which the run could go on.
    case gap(frame: Int32, missed: Int32)
    /// A frame's snapshot cannot be read.
    case snapshot(frame: Int32, SnapshotError)
    /// A frame's snapshot is of another frame.
    case snapshotFrame(frame: Int32, found: Int64)
    /// The run would have to be started from a snapshot that is not the model's.
    case foreignSnapshot(frame: Int32, format: String)
    /// A modelled run that is started from a snapshot would need the bytes of its store, which the snapshot does not hold.
    case storeNotRecorded(frame: Int32)
    /// The casts of the run have seen voxels that the model does not have.
    case foreignVoxels(frame: Int32, engine: String)
    /// The engine selects from another place than the camera's, which the model does not.
    case otherSelection(frame: Int32)
}

extension ReplayError {
    /// Whether the trace is sound, and holds a run that the model cannot repeat.
    package var isOfForeignRun: Bool {
        switch self {
        case .gap, .foreignSnapshot, .foreignVoxels, .otherSelection, .storeNotRecorded: true
        case .frameRefused, .noFrames, .snapshot, .snapshotFrame: false
        }
    }
}

/// Trace in, run out. Verify, accept, and every search for a cause are loops over this one function.
package enum Replayer {
    /// Replays a trace: from its first frame, or from where an earlier run of it had come.
    ///
    /// `first` is where to begin where that is not the first frame: a frame with a snapshot. `store` keeps the store of sessions that have one; nil leaves it to the run itself, in memory. `watch` is asked before every frame who wants to look at its stages. `observe` sees every frame's result, and the run as it is after the frame; a copy of that is a keyframe, from
    /// which another call can go on.
    ///
    /// - Throws: ``ReplayError``, what the source throws while reading, what `observe` throws.
    package static func run(
        _ source: some FrameSource, options: ReplayOptions = ReplayOptions(), from keyframe: RunState? = nil,
        at first: Int32? = nil, store: (any StoreService)? = nil,
        observe: (FrameResult, borrowing RunState) throws -> Void = { _, _ in },
        watch: (FrameInput) -> StageWatch? = { _ in nil }
    ) throws -> Run {
        try run(source, options, options.casts(), from: keyframe, at: first, store, observe, watch)
    }

    static func run(
        _ source: some FrameSource, _ options: ReplayOptions, _ casts: some CastService,
        from keyframe: RunState? = nil, at first: Int32? = nil, _ store: (any StoreService)? = nil,
        _ observe: (FrameResult, borrowing RunState) throws -> Void,
        _ watch: (FrameInput) -> StageWatch? = { _ in nil }
    ) throws -> Run {
        var state = keyframe ?? RunState()
        state.system.resumeCasts(casts)
        var keeper = store
        try source.forEachFrame(after: state.lastFrame ?? first.flatMap { $0 > 0 ? $0 - 1 : nil }) { input in
            let result = try state.step(
                input, casts: casts, keeper: &keeper, oracleInterval: options.oracleInterval,
                watch: watch(input))
            try observe(result, state)
            return input.frame != options.lastFrame
        }
        return try state.finished()
    }
}
