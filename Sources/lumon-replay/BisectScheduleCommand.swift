import ArgumentParser
import Recording
import Replay
import Streaming
import Verification

struct BisectScheduleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Finds the two events whose order decides whether a run is right.",
        discussion: """
            A modelled trace is run live by the plain schedule, or by that of --good, which holds, and by the first schedule from --seed on that breaks
            the law live of check, or by that of --bad. In between the smallest change of the order is searched for that flips the verdict: two
            events that were neighbours, and were transposed.

            Of a trace that is itself a recorded live run the recorded order is the good one. With --bad the order within its frames is changed as that
            schedule changes it, and the model is judged, or the subject, whose digests in both orders should be the same. With --with another recording of
            the same inputs is the bad order, and the subject is judged beside the model.

            Exits with 0 where the two events are found, and with 2 where the verdict does not flip, or the limit did not let it come down to two events.

            EXAMPLES
              lumon-replay bisect schedule Traces/walk.mcap
              lumon-replay bisect schedule Traces/walk.mcap --bad 23
              lumon-replay bisect schedule Traces/walk.mcap --good 7 --bad 23 -o bad.mcap
              lumon-replay bisect schedule live.mcap --bad 1 --subject engine
              lumon-replay bisect schedule live.mcap --with crashed.mcap --subject engine
            """)

    @Argument(help: "The trace.", completion: .file(extensions: ["mcap"]))
    var trace: String

    @Option(help: "The schedule that holds, as check numbers them; 0, the plain one, if not given.")
    var good: UInt64?

    @Option(help: "The schedule that fails; if not given, the first from --seed on that does.")
    var bad: UInt64?

    @Option(help: "Without --bad: the first schedule that is tried, 1 or more; 1 if not given.")
    var seed: UInt64?

    @Flag(help: "Without --bad: tries 2 schedules, in place of 8.")
    var quick = false

    @Flag(help: "Without --bad: tries 50 schedules.")
    var full = false

    @Option(
        help: ArgumentHelp(
            "Another recording of the same inputs, which drained them in a bad order.", valueName: "trace"),
        completion: .file(extensions: ["mcap"]))
    var with: String?

    @OptionGroup var subject: SubjectArguments

    @Option(help: "Live runs and replays at most.")
    var limit = 500

    @Option(
        name: [.short, .long], help: "Writes the run that fails as a trace.",
        completion: .file(extensions: ["mcap"]))
    var output: String?

    @Option(help: "text or json.")
    var format: PlainFormat = .text

    func validate() throws {
        if quick, full { throw ValidationError("--quick and --full are two things") }
        if bad != nil, seed != nil || quick || full {
            throw ValidationError(
                "--bad names the schedule that fails: --seed, --quick and --full look for one")
        }
        if let seed, seed == 0 {
            throw ValidationError("--seed is 0, the plain schedule; expected 1 or more, or --bad 0")
        }
        if with != nil, good != nil || bad != nil || seed != nil || quick || full {
            throw ValidationError("--with is the bad order: it goes without a schedule")
        }
        if with != nil, !subject.isGiven {
            throw ValidationError(
                "--with goes with a subject: to the model what came in another frame is another input, and not a mistake"
            )
        }
        if let good, good == bad ?? seed {
            throw ValidationError("--good and the bad schedule are both \(good); expected two")
        }
        guard (20...1_000_000).contains(limit) else {
            throw ValidationError("--limit is \(limit); expected 20...1000000")
        }
    }

    func run() throws {
        try reporting(file: trace) {
            if let output { try checkOutput(output) }
            let frames = try TraceFile(path: trace).reader.allFrames()
            Interrupt.watch()
            var bar = Console.Progress(trace, total: nil)
            defer { bar.clear() }
            var options = ScheduleBisectOptions()
            options.limit = limit
            options.isStopped = { Interrupt.hasCome }
            options.progress = { bar.show("\($0) replays, \($1) changes left") }
            let found: ScheduleBisection
            do {
                found = try search(frames, options)
            } catch {
                bar.clear()
                throw Failure(error, file: trace)
            }
            bar.clear()
            if let output { try writeOutput(try Trace.encode(found.recording), to: output) }
            let report = BisectScheduleReport(
                trace: trace, output: output, found: found, command: command(found))
            try Console.print(format == .json ? report.json : report.text)
            if found.pair == nil { throw ExitCode(Failure.Code.golden.rawValue) }
        }
    }

    private func checkOutput(_ output: String) throws {
        guard !Files.areSame(trace, output), !(with.map { Files.areSame($0, output) } ?? false) else {
            throw Failure(
                .usage,
                "\(output): is the trace itself; expected another file, so that nothing of it is lost",
                next: "name another output")
        }
        try lumon_replay.checkOutput(output, startingWith: MCAPFormat.magic)
    }

    // MARK: What is searched

    private var effort: Effort { quick ? .quick : full ? .full : .standard }

    private func search(
        _ frames: [FrameInput], _ options: ScheduleBisectOptions
    ) throws -> ScheduleBisection {
        guard !frames.isEmpty else {
            throw Failure(.data, "\(trace): has no frame; expected one at least")
        }
        let isRecorded = frames.contains { $0.castResults != nil }
        if let with { return try searchOther(frames, with, isRecorded, options) }
        if isRecorded { return try searchRecorded(frames, options) }
        if subject.isGiven {
            throw Failure(
                .usage,
                "\(trace): is no recorded live run, and a subject replays none of the schedules of the model",
                next: "record one: lumon-replay record --live, or the engine's recorder")
        }
        let schedules = bad.map { [schedule($0)] } ?? LiveLaw.schedules(seed ?? 1, effort)
        let tried =
            schedules.count == 1
            ? "\(schedules[0])" : "\(schedules.count) schedules from \(seed ?? 1) on"
        return try LiveScheduleBisect(frames, options: options)
            .search(good: schedule(good ?? 0), bad: schedules, tried: tried)
    }

    private func schedule(_ seed: UInt64) -> Schedule { seed == 0 ? .plain : .seeded(seed) }

    private func searchRecorded(
        _ frames: [FrameInput], _ options: ScheduleBisectOptions
    ) throws -> ScheduleBisection {
        if good != nil {
            throw Failure(
                .usage,
                "\(trace): is a recorded live run, whose own order is the good one; --good goes with a modelled trace",
                next: "leave --good out")
        }
        let seeds: [UInt64] =
            bad.map { [$0] }
            ?? LiveLaw.schedules(seed ?? 1, effort).compactMap {
                if case .seeded(let seed) = $0 { seed } else { nil }
            }
        return try RecordedBisect(frames, judge: try judge(), options: options).search(seeds: seeds)
    }

    private func searchOther(
        _ frames: [FrameInput], _ with: String, _ isRecorded: Bool, _ options: ScheduleBisectOptions
    ) throws -> ScheduleBisection {
        let other = try TraceFile(path: with).reader.allFrames()
        guard isRecorded, other.contains(where: { $0.castResults != nil }) else {
            throw Failure(
                .usage,
                "\(isRecorded ? with : trace): is no recorded live run; expected two, of the same inputs")
        }
        let program = try subject.program()
        let failure = try ComparedFailure(
            subject: ComparedProgram(
                command: program.command, folder: program.folder, limits: program.limits))
        return try RecordedBisect(frames, judge: .failure(failure), options: options)
            .search(other: other, name: with)
    }

    private func judge() throws -> RecordedBisect.Judge {
        guard subject.isGiven else { return .model }
        let program = try subject.program()
        return .subject(
            ComparedProgram(command: program.command, folder: program.folder, limits: program.limits))
    }

    /// What shows the failure again.
    private func command(_ found: ScheduleBisection) -> String {
        if !subject.isGiven, let seed = found.seed {
            return "lumon-replay check \(shellQuoted(trace)) --only live --seed \(seed)"
        }
        let words = with.map { " --with \(shellQuoted($0))" } ?? found.seed.map { " --bad \($0)" } ?? ""
        return "lumon-replay bisect schedule \(shellQuoted(trace))" + words + subject.words
    }
}
