package import Hashing
package import Streaming

/// Whatever gives the frames of a run in their order: a trace file, or a list in a test.
package protocol FrameSource {
    /// Calls `body` with every frame, until it returns false.
    func forEachFrame(_ body: (FrameInput) throws -> Bool) throws
}

extension [FrameInput]: FrameSource {
    package func forEachFrame(_ body: (FrameInput) throws -> Bool) throws {
        for frame in self where try !body(frame) { return }
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

    package init(workers: Int = 1, oracleInterval: Int32 = 256, lastFrame: Int32? = nil) {
        self.workers = workers
        self.oracleInterval = oracleInterval
        self.lastFrame = lastFrame
    }
}

/// Why a replay stopped before its end.
package enum ReplayError: Error, Sendable {
    /// The model refused a frame's input; nothing of the frame was applied.
    case frameRefused(frame: Int32, FrameError)
    /// The trace holds no frame.
    case noFrames
}

/// What came of a run, apart from what its observer saw.
package struct Run: Sendable {
    package var firstFrame: Int32
    package var frameCount: Int
    package var lastFrame: Int32 { firstFrame + Int32(frameCount - 1) }
    /// XXH3-128 over the 128-bit digests of all frames.
    package var digest: Digest128
    /// Over all frames, per level.
    package var totals: [LevelCounts]
    /// The most levels that any frame had.
    package var levelCount: Int
    /// The first configuration of the run, as the model uses it.
    package var configuration: Configuration
    /// Configured values that were outside their bounds, with the frame.
    package var clampings: [(frame: Int32, clamping: Clamping)]
    /// Incremental sums that were not what a rebuild gives, with the frame that found it.
    package var incrementalFaults: [(frame: Int32, fault: IncrementalFault)]
    /// The state after the last frame.
    package var system: StreamingSystem
}

/// Trace in, run out. Verify, accept, and every search for a cause are loops over this one function.
package enum Replayer {
    /// Replays a trace from its first frame.
    ///
    /// `observe` sees every frame's result, and the state as it is after the frame.
    ///
    /// - Throws: ``ReplayError``, what the source throws while reading, what `observe` throws.
    package static func run(
        _ source: some FrameSource, options: ReplayOptions = ReplayOptions(),
        observe: (FrameResult, borrowing StreamingSystem) throws -> Void = { _, _ in }
    ) throws -> Run {
        options.workers == 1
            ? try run(source, options, InlineCasts(), observe)
            : try run(source, options, WorkerPool(workers: options.workers), observe)
    }

    static func run(
        _ source: some FrameSource, _ options: ReplayOptions, _ casts: some CastService,
        _ observe: (FrameResult, borrowing StreamingSystem) throws -> Void
    ) throws -> Run {
        var system = StreamingSystem()
        var first: (frame: Int32, configuration: Configuration)?
        var frameCount = 0
        var bytes = CanonicalBytes()
        var totals: [LevelCounts] = []
        var levelCount = 0
        var clampings: [(frame: Int32, clamping: Clamping)] = []
        var faults: [(frame: Int32, fault: IncrementalFault)] = []
        var lastChecked: Int32?
        func checkSums(_ frame: Int32) {
            lastChecked = frame
            faults += system.incrementalFaults().map { (frame, $0) }
        }

        try source.forEachFrame { input in
            let result: FrameResult
            do throws(FrameError) {
                result = try system.step(input, casts: casts)
            } catch {
                throw ReplayError.frameRefused(frame: input.frame, error)
            }
            if first == nil, let configuration = system.configuration {
                first = (input.frame, configuration)
            }
            frameCount += 1
            bytes.append(result.digests.frame)
            totals.add(result.counts)
            levelCount = max(levelCount, result.digests.levels.count)
            clampings += result.clampings.map { (input.frame, $0) }
            let position = frameCount - 1
            if position == 0
                || (options.oracleInterval > 0 && position % Int(options.oracleInterval) == 0)
            {
                checkSums(input.frame)
            }
            try observe(result, system)
            return input.frame != options.lastFrame
        }
        guard let first, let next = system.nextFrame else { throw ReplayError.noFrames }
        let last = Int32(next - 1)
        if lastChecked != last { checkSums(last) }
        return Run(
            firstFrame: first.frame, frameCount: frameCount, digest: bytes.digest128(), totals: totals,
            levelCount: levelCount, configuration: first.configuration, clampings: clampings,
            incrementalFaults: faults, system: system)
    }
}

extension [LevelCounts] {
    /// Adds a frame's counts; levels that were not there yet are appended.
    package mutating func add(_ counts: [LevelCounts]) {
        for (level, count) in counts.enumerated() {
            if level == self.count { append(LevelCounts()) }
            self[level] += count
        }
    }
}
