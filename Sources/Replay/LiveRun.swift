package import Recording
package import Streaming

/// The streaming system in real time: frames come at their rate, casts end when the worker threads like, the store answers when the disk
/// does, and all of it is recorded.
package struct LiveRun: Sendable {
    /// Frames a second, 1...100,000.
    package var framesPerSecond: Double
    /// Threads that cast.
    package var workers: Int
    /// Makes the workers dawdle.
    package var jitter: LiveCasts.Jitter?
    /// Asked before each frame whether the run is to end here.
    package var isStopped: @Sendable () -> Bool = { false }
    /// Frames that are not recorded, though they are run: before the first of them recording has not been switched on.
    package var isRecorded: @Sendable (Int32) -> Bool = { _ in true }

    package init(framesPerSecond: Double = 60, workers: Int = 2, jitter: LiveCasts.Jitter? = nil) {
        self.framesPerSecond = framesPerSecond
        self.workers = workers
        self.jitter = jitter
    }

    /// What came of a live run.
    package struct Outcome: Sendable {
        /// Frames that were run.
        package var frames = 0
        /// Results of casts that were drained, and how many of them before one that was dispatched earlier.
        package var results = 0
        package var overtaking = 0
        package var storeReplies = 0
        package var droppedWriteBacks = 0
        /// Frames that began later than their time by more than a frame.
        package var lateFrames = 0
    }

    /// Runs frames as a scenario or an imported path gives them.
    ///
    /// `store` keeps the sessions' store, where the frames have one. `observe` sees each frame as it was recorded, and its result.
    ///
    /// - Throws: ``ReplayError``, ``RecorderError``, what `observe` throws.
    package func run(
        _ frames: [FrameInput], store: (any LiveStoreService)?, to recorder: FrameRecorder,
        observe: (FrameInput, FrameResult) throws -> Void = { _, _ in }
    ) throws -> (run: Run, outcome: Outcome) {
        let loop = LiveLoop(
            casts: LiveCasts(workers: workers, jitter: jitter), store: store,
            pace: ClockPace(framesPerSecond: framesPerSecond), isStopped: isStopped, isRecorded: isRecorded)
        return try loop.run(
            frames, claims: ClaimDraw(seed: jitter?.seed ?? 1), to: recorder,
            observe: { input, result, _ in try observe(input, result) })
    }
}

/// The frames of a live run, one after the other, on the calling thread: in real time, or by a schedule (``ScheduledLiveRun``).
struct LiveLoop<Casts: LiveCastService, Pace: LivePace> {
    var casts: Casts
    var store: (any LiveStoreService)?
    var pace: Pace
    var isStopped: () -> Bool = { false }
    var isRecorded: (Int32) -> Bool = { _ in true }

    /// Runs the frames.
    ///
    /// - Parameters:
    ///   - frames: as they are given, without what a run drains.
    ///   - claims: what worker threads claim in a variant in which they do.
    ///   - recorder: takes each frame.
    ///   - observe: sees each frame as it was recorded, its result, and the run as it is then.
    ///   - watch: is asked before each frame who wants to look at its stages.
    /// - Returns: what came of it.
    /// - Throws: ``ReplayError``, ``RecorderError``, what `observe` throws.
    func run(
        _ frames: [FrameInput], claims: ClaimDraw, to recorder: FrameRecorder,
        observe: (FrameInput, FrameResult, borrowing RunState) throws -> Void,
        watch: (FrameInput) -> StageWatch? = { _ in nil }
    ) throws -> (run: Run, outcome: LiveRun.Outcome) {
        var state = RunState()
        var keeper: (any StoreService)? = store
        var counts = LiveRun.Outcome()
        var claims = claims
        var notes = LiveNotes()
        for given in frames {
            if isStopped() { break }
            let (elapsed, isLate) = pace.waitForFrame(counts.frames)
            if isLate { counts.lateFrames += 1 }
            var input = drain(given, state.system, &counts, &notes)
            input.engineTimeNanoseconds = elapsed
            let isRecorded = isRecorded(input.frame)
            // A value: what the frame changes is copied then.
            let before = isRecorded && recorder.wantsSnapshot(of: input) ? state.system : nil
            claims.draw(state.system, for: &input, &notes)
            pace.pass(.claimsDrawn)
            let result = try state.step(
                input, casts: casts, keeper: &keeper, oracleInterval: 256, watch: watch(input))
            input = result.changedInput ?? input
            notes.apply(to: &input)
            input.checkpoint = Checkpoint(result.digests)
            if isRecorded { try recorder.record(input, before: before) }
            counts.frames += 1
            try observe(input, result, state)
        }
        guard counts.frames > 0 else { throw ReplayError.noFrames }
        return (try state.finished(), counts)
    }

    /// The frame with what has come since the one before.
    private func drain(
        _ given: FrameInput, _ system: StreamingSystem, _ counts: inout LiveRun.Outcome,
        _ notes: inout LiveNotes
    ) -> FrameInput {
        var input = given
        let results = sequences(casts.takeArrivals(), system)
        pace.pass(.resultsTaken)
        let all = notes.results(results, later: sequences(notes.laterArrivals(casts), system), system)
        input.castResults = all
        counts.results += all.count
        counts.overtaking += zip(all, all.dropFirst()).count { $0 > $1 }
        input.storeReplies = []
        // A file is as it is: what a scenario says that its store was is for modelled runs.
        input.events = input.events.map { event in
            if case .store(let cap, _) = event { .store(sizeCapBytes: cap, contents: nil) } else { event }
        }
        guard let store else { return input }
        let replies = replies(of: store, given, system, &notes)
        input.storeReplies = replies
        counts.storeReplies += replies.count
        pace.pass(.repliesAsked)
        var dropped = store.takeDroppedWriteBacks()
        pace.pass(.dropsTaken)
        dropped += notes.laterDrops(store)
        counts.droppedWriteBacks += dropped.count
        // A session's end takes its account with it: the next session asks the file what it has. So does a store that is switched off.
        if system.store != nil, !given.changesSession, !given.events.contains(.storeOff) {
            input.events += dropped.map { .writeBackDropped($0) }
        }
        return input
    }

    /// The numbers of the results that have come, without those that nobody waits for.
    private func sequences(_ arrivals: [LiveCasts.Arrival], _ system: StreamingSystem) -> [UInt64] {
        guard !arrivals.isEmpty else { return [] }
        // Order: looked up by the batch, never walked.
        var batches: [Int32: FlightBatch] = [:]
        for batch in system.flightBatches { batches[batch.frame] = batch }
        return arrivals.compactMap { batches[$0.batch]?.sequence(at: $0.place) }
    }

    private func replies(
        of store: any LiveStoreService, _ given: FrameInput, _ system: StreamingSystem,
        _ notes: inout LiveNotes
    ) -> [StoreArrival] {
        var ready = store.readyReplies()
        if let index = system.indexAwaited(by: given), !ready.contains(index),
            store.waitForReply(to: index) != nil
        {
            ready.append(index)
        }
        pace.pass(.repliesAsked)
        let all = notes.replies(ready, store)
        return all.compactMap { sequence in
            store.reply(to: sequence).map { StoreArrival(request: sequence, reply: $0) }
        }
    }
}

extension FrameInput {
    fileprivate var changesSession: Bool {
        events.contains { event in
            switch event {
            case .sessionStart, .sessionEnd: true
            default: false
            }
        }
    }
}
