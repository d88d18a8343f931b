import ArgumentParser
import Hashing
import Persistence
import Recording
import Replay
import Streaming
import Verification

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Reruns a trace and prints what came of it.",
        discussion: """
            EXAMPLES
              lumon-replay replay Traces/walk.mcap --workers 3
              lumon-replay replay Traces/walk.mcap --from 100 --to 110
              lumon-replay replay Traces/walk.mcap --dump-frame 107 > frame-107.jsonl
              lumon-replay replay long.mcap --from 50000 --to 50010 --keyframes long.keyframes
              lumon-replay replay Traces/restart-same-key.mcap --store new.store
            """)

    @Argument(help: "The trace.", completion: .file(extensions: ["mcap"]))
    var trace: String

    @OptionGroup var execution: ExecutionOptions

    @Option(help: "Write the digests of all replayed frames to this file.")
    var digests: String?

    @Option(help: "Print the state after this frame as JSON Lines, and nothing else.")
    var dumpFrame: Int32?

    @Option(help: "Print the digests of each frame from this one on.")
    var from: Int32?

    @Option(help: "Stop after this frame.")
    var to: Int32?

    @Option(
        help: ArgumentHelp(
            "Keep keyframes in this file, and begin at the last one before --from or --dump-frame.",
            discussion:
                "It is a cache: made where there is none, made anew for another trace or another build."))
    var keyframes: String?

    @Option(help: "With --keyframes: keep one after every so many frames.")
    var keyframeEvery: Int = 256

    @Option(
        help: ArgumentHelp(
            "Keep the store of the run in this file, which must be new: the digests are those of a run in memory.",
            discussion: "A new store becomes first what the trace says that it was."))
    var store: String?

    @OptionGroup var subject: SubjectArguments

    @Option(help: "text or json.")
    var format: PlainFormat = .text

    func validate() throws {
        if subject.isGiven {
            for (name, isThere) in [
                ("--dump-frame", dumpFrame != nil), ("--keyframes", keyframes != nil),
                ("--store", store != nil),
            ] where isThere {
                throw ValidationError("\(name) is of the model, and goes without a subject")
            }
        }
        if store != nil, keyframes != nil {
            throw ValidationError("--store is of a whole run, and goes without --keyframes")
        }
        if keyframes != nil, digests != nil {
            throw ValidationError("--digests needs every frame, and goes without --keyframes")
        }
        guard keyframeEvery > 0 else {
            throw ValidationError("--keyframe-every is \(keyframeEvery); expected 1 or more")
        }
        if let from, let to, from > to { throw ValidationError("--from \(from) is after --to \(to)") }
        for (name, value) in [("--from", from), ("--to", to), ("--dump-frame", dumpFrame)] {
            if let value, value < 0 { throw ValidationError("\(name) is \(value); frames count from 0") }
        }
        if dumpFrame != nil, from != nil || to != nil {
            throw ValidationError("--dump-frame goes without --from and --to")
        }
    }

    func run() throws {
        try reporting(file: trace) {
            if let digests { try checkOutput(digests, startingWith: DigestsFile.magic) }
            let source = try TraceFile(path: trace)
            if subject.isGiven {
                try replaySubject(source)
                return
            }
            var options = execution.options
            options.lastFrame = dumpFrame ?? to
            let cache = try keyframes.map { try openKeyframes($0, source) }
            let keyframe = try nearestKeyframe(cache)
            let snapshot = keyframe == nil ? try nearestSnapshot(source) : nil
            if store != nil, try isLive(source) {
                throw Failure(
                    .usage,
                    "\(trace): a live run, whose trace has what its store answered; expected a modelled one for --store",
                    next: "leave out --store")
            }
            let file = try store.map { try openStore($0) }
            var progress = Console.Progress(trace, total: source.frameCount)
            var rows: [DigestRow] = []
            var shown = false
            let start = ContinuousClock.now
            var log: FrameLog?
            func watch(_ input: FrameInput) -> StageWatch? {
                guard input.frame == dumpFrame else { return nil }
                let new = FrameLog(events: input.events.count)
                log = new
                return new.watch
            }
            func observe(_ result: FrameResult, _ state: borrowing RunState) throws {
                if digests != nil { rows.append(DigestRow(result.digests)) }
                progress.show(state.frameCount)
                if state.frameCount % keyframeEvery == 0 { try cache?.keep(state) }
                if let log {
                    shown = true
                    progress.clear()
                    let report = FrameReport(log, result, state)
                    try Console.printLines { try report.forEachLine($0) }
                } else if dumpFrame == nil, from != nil || to != nil, result.frame >= from ?? 0 {
                    shown = true
                    progress.clear()
                    try Console.print(line(result))
                }
            }
            let run = try Replayer.run(
                source, options: options, from: keyframe, at: snapshot, store: file, observe: observe,
                watch: watch)
            progress.clear()
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            try cache?.commit()
            try checkRange(run, shown)
            do throws(StoreFailure) { _ = try file?.close() } catch { StoreRecording.talk(error) }
            talk(about: run.clampings, of: trace)
            if let digests {
                let file = DigestsFile(
                    firstFrame: run.firstFrame, levelCount: run.levelCount, trace: source.digest,
                    run: run.digest, rows: rows)
                try writeOutput(file.encoded(), to: digests)
            }
            if dumpFrame == nil { try Console.print(summary(run)) }
            if let snapshot { Console.talk("begun at the snapshot of frame \(snapshot)") }
            if let frame = run.otherSnapshots.first {
                throw Failure(
                    .diverged,
                    "\(trace): frame \(frame): the state before it is not the snapshot that was recorded there",
                    next: "lumon-replay verify --against checkpoints \(shellQuoted(trace))")
            }
            let stepped = run.frameCount - (keyframe?.frameCount ?? 0)
            if let keyframe, let frame = keyframe.lastFrame {
                Console.talk("begun at the keyframe after frame \(frame)")
            }
            Console.talk(
                "\(stepped) frames in \(hundredths(seconds)) s, "
                    + "\(Int(Double(stepped) / max(seconds, 0.000_001))) frames/s, "
                    + "\(options.workers) worker\(options.workers == 1 ? "" : "s")")
            if let (frame, fault) = run.incrementalFaults.first {
                throw Failure(.software, "\(trace): frame \(frame): \(fault)", next: "please report this")
            }
        }
    }

    private func replaySubject(_ source: TraceFile) throws {
        let running = RunningSubject(try subject.program())
        let process = try running.get()
        let description = process.description
        var options = SubjectOptions(workers: execution.isGiven ? execution.workers : nil)
        options.lastFrame = to
        var progress = Console.Progress(trace, total: source.frameCount)
        var rows: [DigestRow] = []
        var frames = 0
        let start = ContinuousClock.now
        let run = try Replayer.run(source, on: process, options: options) { _, frame in
            frames += 1
            progress.show(frames)
            if digests != nil { rows.append(DigestRow(frame)) }
            guard from != nil || to != nil, frame.frame >= from ?? 0 else { return }
            progress.clear()
            try Console.print(line(frame, description))
        }
        progress.clear()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        running.end()
        for asked in [from, to].compactMap({ $0 }) where asked > run.lastFrame || asked < run.firstFrame {
            throw Failure(
                .usage,
                "\(trace): there is no frame \(asked); expected \(run.firstFrame) to \(run.lastFrame)")
        }
        if let digests {
            let file = DigestsFile(
                algorithm: description.digestVersion, firstFrame: run.firstFrame, levelCount: run.levelCount,
                trace: source.digest, run: run.digest, rows: rows, stageCount: description.stages.count)
            try writeOutput(file.encoded(), to: digests)
        }
        try Console.print(summary(run, description))
        if execution.isGiven, !description.takesWorkers {
            Console.talk("not applicable: workers: \(description.name) does not take their number")
        }
        Console.talk(
            "\(run.frameCount) frames in \(hundredths(seconds)) s, "
                + "\(Int(Double(run.frameCount) / max(seconds, 0.000_001))) frames/s, subject \(description.name)"
        )
    }

    private func line(_ frame: SubjectFrame, _ description: SubjectDescription) -> String {
        let stages = zip(description.stages.map(\.name), frame.stages)
        switch format {
        case .text:
            return "frame \(frame.frame)  \(frame.digest)  "
                + stages.map { "\($0) \($1)" }.joined(separator: "  ")
                + (frame.levels.isEmpty
                    ? "" : "  levels " + frame.levels.map(\.description).joined(separator: " "))
        case .json:
            return JSON.object([
                ("frame", .integer(Int(frame.frame))), ("digest", .string(frame.digest.description)),
                ("stages", .object(stages.map { ($0, .string($1.description)) })),
                ("levels", .array(frame.levels.map { .string($0.description) })),
            ]).text
        }
    }

    private func summary(_ run: SubjectRun, _ description: SubjectDescription) -> String {
        switch format {
        case .text:
            var lines = [
                "trace          \(trace)",
                "subject        \(description.name)"
                    + (description.version.isEmpty ? "" : ", \(description.version)"),
                "frames         \(run.firstFrame) to \(run.lastFrame)", "run            \(run.digest)",
            ]
            for counter in run.counters {
                lines.append(
                    pad(counter.name, 14) + " " + counter.perLevel.map(String.init).joined(separator: " "))
            }
            return lines.joined(separator: "\n")
        case .json:
            return JSON.object(
                [
                    ("trace", .string(trace)), ("subject", .string(description.name)),
                    ("firstFrame", .integer(Int(run.firstFrame))),
                    ("lastFrame", .integer(Int(run.lastFrame))),
                    ("run", .string(run.digest.description)),
                ] + run.counters.map { ($0.name, .array($0.perLevel.map { .integer($0) })) }
            ).text
        }
    }

    private func openStore(_ path: String) throws -> FileStore {
        let file = try FileStore(path: path)
        guard file.indexAtOpening == StoreIndex() else {
            _ = try? file.close()
            throw Failure(
                .usage, "\(path): a store that holds something; expected a new one, for the run to fill",
                next: "name another file")
        }
        return file
    }

    /// Where frames in the middle are asked for, a recording with snapshots is begun at the last one before them.
    private func nearestSnapshot(_ source: TraceFile) throws -> Int32? {
        guard digests == nil, store == nil, let first = from ?? dumpFrame,
            let index = try? source.reader.index()
        else {
            return nil
        }
        return try index.snapshots().last { $0 <= UInt32(first) && $0 > index.first }.map { Int32($0) }
    }

    private func isLive(_ source: TraceFile) throws -> Bool {
        var frames = source.reader.frames()
        return try frames.next()?.castResults != nil
    }

    private func openKeyframes(_ path: String, _ source: TraceFile) throws -> KeyframeFile {
        guard !KeyframeFile.isSomethingElse(path) else {
            throw Failure(
                .usage,
                "\(path): exists and is a file of another kind; expected no file, or one of keyframes",
                next: "remove it, or name another file")
        }
        let file = try KeyframeFile(path: path, trace: source.digest, program: try ThisProgram.digest())
        if case .replaced(let reason) = file.condition {
            Console.talk("note: \(path): written anew: \(reason)")
        }
        return file
    }

    /// A keyframe that cannot be read is a reason to begin at the beginning, not to fail.
    private func nearestKeyframe(_ file: KeyframeFile?) throws -> RunState? {
        guard let file, let first = from ?? dumpFrame else { return nil }
        do {
            return try file.nearest(before: first)
        } catch {
            Console.talk("note: \(file.path): not used: \(error)")
            return nil
        }
    }

    private func checkRange(_ run: Run, _ shown: Bool) throws {
        let last = run.lastFrame
        for asked in [from, to, dumpFrame].compactMap({ $0 }) where asked > last || asked < run.firstFrame {
            throw Failure(
                .usage, "\(trace): there is no frame \(asked); expected \(run.firstFrame) to \(last)")
        }
    }

    private func line(_ result: FrameResult) -> String {
        let stages = zip(Stage.allCases, result.digests.stages)
        let levels = result.digests.levels
        switch format {
        case .text:
            return "frame \(result.frame)  \(result.digests.frame)  "
                + stages.map { "\($0.name) \($1)" }.joined(separator: "  ") + "  levels "
                + levels.map(\.description).joined(separator: " ")
        case .json:
            return JSON.object([
                ("frame", .integer(Int(result.frame))),
                ("digest", .string(result.digests.frame.description)),
                ("stages", .object(stages.map { ($0.name, .string($1.description)) })),
                ("levels", .array(levels.map { .string($0.description) })),
            ]).text
        }
    }

    private func summary(_ run: Run) -> String {
        let last = run.lastFrame
        let counters = Golden.summary(of: run.totals)
        switch format {
        case .text:
            var lines = [
                "trace          \(trace)", "configuration  \(run.configuration.sentence)",
                "frames         \(run.firstFrame) to \(last)", "run            \(run.digest)",
            ]
            for counter in counters {
                let name = counter.name + String(repeating: " ", count: 15 - counter.name.count)
                lines.append(name + counter.perLevel.map(String.init).joined(separator: " "))
            }
            let waiting = run.system.levels.map { String($0.candidateCount) }.joined(separator: " ")
            lines.append("waiting        \(waiting)")
            return lines.joined(separator: "\n")
        case .json:
            return JSON.object(
                [
                    ("trace", .string(trace)), ("firstFrame", .integer(Int(run.firstFrame))),
                    ("lastFrame", .integer(Int(last))), ("run", .string(run.digest.description)),
                ]
                    + counters.map { ($0.name, .array($0.perLevel.map { .integer($0) })) }
                    + [("waiting", .array(run.system.levels.map { .integer($0.candidateCount) }))]
            ).text
        }
    }
}

/// How a trace is replayed, on every command that replays.
struct ExecutionOptions: ParsableArguments {
    static let defaultWorkers = 2

    @Option(help: "Threads that cast, 1...256. The result is the same for any number.")
    var workers = ExecutionOptions.defaultWorkers

    @Option(help: "Rebuild all incremental sums every so many frames and compare; 0: at the ends only.")
    var rebuildEvery: Int32 = 256

    func validate() throws {
        guard (1...WorkerPool.maximumWorkers).contains(workers) else {
            throw ValidationError("--workers is \(workers); expected 1...\(WorkerPool.maximumWorkers)")
        }
        guard rebuildEvery >= 0 else {
            throw ValidationError("--rebuild-every is \(rebuildEvery); expected 0 or more")
        }
    }

    /// Whether the user has named a number of workers other than the default.
    var isGiven: Bool { workers != ExecutionOptions.defaultWorkers }

    var options: ReplayOptions { ReplayOptions(workers: workers, oracleInterval: rebuildEvery) }
}

enum PlainFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
