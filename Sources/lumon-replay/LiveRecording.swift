import ArgumentParser
import Foundation
import Persistence
import Recording
import Replay
import Streaming
import Synchronization

/// How a live run goes.
struct LiveOptions: ParsableArguments {
    @Flag(help: "Run in real time with worker threads, and record what came back when.")
    var live = false

    @Option(help: "With --live: frames a second, up to 100,000.")
    var fps: Double?

    @Option(help: "With --live: threads that cast, 1...256.")
    var workers: Int?

    @Option(help: "With --live: switch the recording on at this frame, in the middle of the run.")
    var recordFrom: Int32?

    @Option(help: "With --live: keep at least the last so many seconds (120s) or frames (7200) only.")
    var keepLast: FrameSpan?

    @Option(
        help: "With --live: a snapshot every so many seconds (10s) or frames (600), to start a replay from.")
    var snapshotEvery: FrameSpan?

    @Option(
        help:
            "With --live: each worker sleeps up to so many microseconds at random before it hands a result over."
    )
    var jitter: UInt32?

    @Option(help: "With --live and --store: up to so many microseconds before each transaction, at random.")
    var storeDelay: UInt32?

    @Option(help: "With --jitter and --store-delay: what the random delays are made of.")
    var delaySeed: UInt64?

    func validate(hasStore: Bool) throws {
        let given: [(String, Bool)] = [
            ("--fps", fps != nil), ("--workers", workers != nil), ("--record-from", recordFrom != nil),
            ("--keep-last", keepLast != nil), ("--snapshot-every", snapshotEvery != nil),
            ("--jitter", jitter != nil), ("--store-delay", storeDelay != nil),
            ("--delay-seed", delaySeed != nil),
        ]
        for (name, isGiven) in given where isGiven && !live {
            throw ValidationError("\(name) is for live runs; expected --live")
        }
        if let fps, !(fps > 0 && fps <= 100_000) {
            throw ValidationError("--fps is \(fps); expected more than 0, up to 100,000")
        }
        if let workers, !(1...WorkerPool.maximumWorkers).contains(workers) {
            throw ValidationError("--workers is \(workers); expected 1...\(WorkerPool.maximumWorkers)")
        }
        if let recordFrom, recordFrom < 0 {
            throw ValidationError("--record-from is \(recordFrom); frames count from 0")
        }
        for (name, delay) in [("--jitter", jitter), ("--store-delay", storeDelay)] {
            if let delay, delay > 10_000_000 {
                throw ValidationError("\(name) is \(delay); expected at most 10,000,000 microseconds")
            }
        }
        if storeDelay != nil, !hasStore { throw ValidationError("--store-delay is for --store FILE") }
        if delaySeed != nil, jitter == nil, storeDelay == nil {
            throw ValidationError("--delay-seed is for --jitter or --store-delay")
        }
        if keepLast != nil, snapshotEvery != nil {
            throw ValidationError("--keep-last has snapshots of its own, and goes without --snapshot-every")
        }
    }
}

/// A time in seconds (`120s`) or a number of frames (`7200`), at least one.
struct FrameSpan: ExpressibleByArgument {
    private enum Length {
        case frames(Int32)
        case seconds(Double)
    }

    private let length: Length

    init?(argument: String) {
        if argument.hasSuffix("s"), let seconds = Double(argument.dropLast()), seconds > 0,
            seconds <= 1_000_000
        {
            length = .seconds(seconds)
        } else if let frames = Int32(argument), frames > 0 {
            length = .frames(frames)
        } else {
            return nil
        }
    }

    func frames(at framesPerSecond: Double) -> Int32 {
        switch length {
        case .frames(let frames): frames
        case .seconds(let seconds): Int32(clamping: Int((seconds * framesPerSecond).rounded(.up)))
        }
    }
}

/// A live run from its options to its trace.
struct LiveRecording {
    let options: LiveOptions
    let frames: [FrameInput]
    let source: String
    let output: String
    let store: String?
    let storeBytes: Int64

    func run() throws {
        let fps = options.fps ?? 60
        var frames = frames
        try check(&frames)
        let file = try openStore(&frames)
        try checkOutput(output, startingWith: MCAPFormat.magic)
        var recorderOptions = FrameRecorder.Options()
        recorderOptions.keepLastFrames = options.keepLast?.frames(at: fps)
        recorderOptions.snapshotEvery = options.snapshotEvery?.frames(at: fps)
        let recorder = try FrameRecorder(path: output, options: recorderOptions)
        var live = LiveRun(framesPerSecond: fps, workers: options.workers ?? ExecutionOptions.defaultWorkers)
        if let jitter = options.jitter {
            live.jitter = LiveCasts.Jitter(seed: options.delaySeed ?? 0, maximumMicroseconds: jitter)
        }
        if let from = options.recordFrom { live.isRecorded = { $0 >= from } }
        Interrupt.watch()
        live.isStopped = { Interrupt.hasCome }
        var progress = Console.Progress(source, total: frames.count)
        var done = 0
        let (run, outcome) = try live.run(frames, store: file, to: recorder) { _, _ in
            done += 1
            progress.show(done)
        }
        progress.clear()
        let recorded = try recorder.finish()
        if let file { do throws(StoreFailure) { try file.close() } catch { StoreRecording.talk(error) } }
        if let (frame, fault) = run.incrementalFaults.first {
            throw Failure(.software, "\(source): frame \(frame): \(fault)", next: "please report this")
        }
        report(outcome, recorder, recorded)
    }

    /// The model is asked before anything is run whether it takes the frames.
    private func check(_ frames: inout [FrameInput]) throws {
        guard frames.first?.snapshot == nil else {
            throw Failure(
                .data,
                "\(source): begins in the middle of a run; expected one that begins with a session's start")
        }
        if let gap = frames.dropFirst().first(where: { $0.missedFrames > 0 }) {
            throw Failure(
                .data, "\(source): has a gap before frame \(gap.frame); expected a path without one")
        }
        // What another recording drained is not what this run will drain.
        frames = ScheduledLiveRun.frames(of: frames)
        if let from = options.recordFrom, let last = frames.last, from > last.frame {
            throw Failure(
                .usage, "--record-from is \(from), and the last frame of \(source) is \(last.frame)",
                next: "name an earlier frame")
        }
        do {
            talk(about: try Replayer.checkInputs(frames), of: source)
        } catch {
            throw Failure(error, file: source)
        }
    }

    private func openStore(_ frames: inout [FrameInput]) throws -> FileStore? {
        let hasStore = frames.contains(where: \.opensStore)
        guard let store else {
            guard hasStore else { return nil }
            throw Failure(
                .usage, "\(source): its sessions have a store; a live run needs a file for it",
                next: "name one with --store FILE")
        }
        if !hasStore {
            for index in frames.indices { frames[index].addStore(storeBytes) }
        }
        let delay = options.storeDelay
        do throws(StoreFailure) {
            let random = Mutex(options.delaySeed ?? 0)
            return try FileStore(
                path: store, pace: .live,
                beforeTransaction: delay.map { delay in
                    { @Sendable in
                        let number = random.withLock { value in
                            value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                            return value
                        }
                        usleep(UInt32(truncatingIfNeeded: number >> 33) % (delay + 1))
                    }
                })
        } catch {
            StoreRecording.talk(error)
            frames = frames.map { $0.switchingStoreOff(StreamingSystem()) }
            return nil
        }
    }

    private func report(_ outcome: LiveRun.Outcome, _ recorder: FrameRecorder, _ recorded: Int64) {
        if Interrupt.hasCome { Console.talk("stopped after \(outcome.frames) frames") }
        Console.talk(
            "\(output): \(recorded) frames; drained \(outcome.results) results of casts, \(outcome.overtaking) of them before one that "
                + "was dispatched earlier, and \(outcome.storeReplies) replies of the store")
        if outcome.droppedWriteBacks > 0 {
            Console.talk(
                "note: \(outcome.droppedWriteBacks) write-backs found no room on the way to the store")
        }
        if outcome.lateFrames > 0 {
            Console.talk(
                "note: \(outcome.lateFrames) frames began late by more than a frame: the machine is too slow for this rate"
            )
        }
        if recorder.missedFrames > 0 {
            Console.talk(
                "note: \(recorder.missedFrames) frames were not recorded: the disk is too slow; the trace says where"
            )
        }
    }
}
