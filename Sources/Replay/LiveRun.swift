import Foundation
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
        let casts = LiveCasts(workers: workers, jitter: jitter)
        var state = RunState()
        var keeper: (any StoreService)? = store
        var counts = Outcome()
        var claims = ClaimDraw(seed: jitter?.seed ?? 1)
        let period = Duration.seconds(1) / framesPerSecond
        let start = ContinuousClock.now
        for given in frames {
            if isStopped() { break }
            let due = start + period * counts.frames
            wait(until: due)
            if ContinuousClock.now - due > period { counts.lateFrames += 1 }
            let elapsed = (ContinuousClock.now - start) / .nanoseconds(1)
            var input = live(given, state.system, casts, store, &counts)
            input.engineTimeNanoseconds = Int64(elapsed)
            let isRecorded = isRecorded(input.frame)
            // A value: what the frame changes is copied then.
            let before = isRecorded && recorder.wantsSnapshot(of: input) ? state.system : nil
            claims.draw(state.system, for: &input)
            let result = try state.step(input, casts: casts, keeper: &keeper, oracleInterval: 256, watch: nil)
            input = result.changedInput ?? input
            input.checkpoint = Checkpoint(result.digests)
            if isRecorded { try recorder.record(input, before: before) }
            counts.frames += 1
            try observe(input, result)
        }
        guard counts.frames > 0 else { throw ReplayError.noFrames }
        return (try state.finished(), counts)
    }

    /// The frame with what has come since the one before.
    private func live(
        _ given: FrameInput, _ system: StreamingSystem, _ casts: LiveCasts, _ store: (any LiveStoreService)?,
        _ counts: inout Outcome
    ) -> FrameInput {
        var input = given
        let arrivals = casts.takeArrivals()
        var batches: [Int32: FlightBatch] = [:]
        for batch in system.flightBatches { batches[batch.frame] = batch }
        let results = arrivals.compactMap { batches[$0.batch]?.sequence(at: $0.place) }
        counts.results += results.count
        counts.overtaking += zip(results, results.dropFirst()).count { $0 > $1 }
        input.castResults = results
        input.storeReplies = []
        // A file is as it is: what a scenario says that its store was is for modelled runs.
        input.events = input.events.map { event in
            if case .store(let cap, _) = event { .store(sizeCapBytes: cap, contents: nil) } else { event }
        }
        guard let store else { return input }
        var replies = store.readyReplies()
        if let index = system.indexAwaited(by: given), !replies.contains(index),
            store.waitForReply(to: index) != nil
        {
            replies.append(index)
        }
        input.storeReplies = replies.compactMap { sequence in
            store.reply(to: sequence).map { StoreArrival(request: sequence, reply: $0) }
        }
        counts.storeReplies += input.storeReplies?.count ?? 0
        let dropped = store.takeDroppedWriteBacks()
        counts.droppedWriteBacks += dropped.count
        // A session's end takes its account with it: the next session asks the file what it has.
        if system.store != nil, !given.changesSession {
            input.events += dropped.map { .writeBackDropped($0) }
        }
        return input
    }

    private func wait(until due: ContinuousClock.Instant) {
        let left = (due - ContinuousClock.now) / .nanoseconds(1)
        guard left > 0 else { return }
        var time = timespec(tv_sec: Int(left) / 1_000_000_000, tv_nsec: Int(left) % 1_000_000_000)
        nanosleep(&time, nil)
    }
}

/// Worker threads of a variant in which these claim requests: each request that waits is taken with a chance of one in two a frame, before any
/// of its stages. Its outcome is cast and drained in real time as all others.
private struct ClaimDraw {
    private var chance: Chance

    init(seed: UInt64) { chance = Chance(seed: seed &* 0x9E37_79B9_7F4A_7C15) }

    mutating func draw(_ system: StreamingSystem, for input: inout FrameInput) {
        guard system.claimsByWorkers, !input.dropsQueue else { return }
        var claims: [Claim] = []
        for ticket in system.queuedTickets.prefix(system.roomInFlight) where chance.next(below: 2) == 0 {
            let stage = UInt32(chance.next(below: UInt64(Claim.lastStage) + 1))
            claims.append(Claim(request: ticket, stage: stage))
        }
        // Order: stages ascending; within one the tickets are, and two are never equal.
        claims.sort { ($0.stage, $0.request) < ($1.stage, $1.request) }
        var work = EngineWork()
        work.claimed = claims.map(\.request)
        work.claimStages = claims.map(\.stage)
        input.engineWork = work.isEmpty ? nil : work
    }
}

extension FrameInput {
    /// What waits in the queue may be dropped in this frame.
    fileprivate var dropsQueue: Bool {
        events.contains { event in
            switch event {
            case .sessionStart, .sessionEnd, .configure: true
            default: false
            }
        }
    }

    fileprivate var changesSession: Bool {
        events.contains { event in
            switch event {
            case .sessionStart, .sessionEnd: true
            default: false
            }
        }
    }
}
