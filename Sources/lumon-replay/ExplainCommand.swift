import ArgumentParser
import Hashing
import Recording
import Replay
import Streaming
import Topology
import Verification

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Says where a run went another way: frame, stage, level, and with two runs probe and field.",
        discussion: """
            Without --against the run is compared with its golden, which knows frame, stage and levels. With another
            run (a worker count, another trace, what another build dumped of the frame) both values of the first
            field that differs can be had. At most two replays.

            EXAMPLES
              lumon-replay explain Traces/walk.mcap
              lumon-replay explain Traces/walk.mcap --against workers=8
              lumon-replay explain new.mcap --against old.mcap
              other-build/lumon-replay replay Traces/walk.mcap --dump-frame 34 > other.jsonl
              lumon-replay explain Traces/walk.mcap --against other.jsonl
              lumon-replay explain Traces/walk.mcap --subject engine
              lumon-replay explain Traces/walk.mcap --against variant=lumon-2026-01
              lumon-replay explain Traces/walk.mcap --perturb hash-seed=3
              lumon-replay explain Traces/walk.mcap --perturb completion-order=7,recorder=1 --subject engine
              lumon-replay explain Traces/walk.mcap --build unchecked='other/lumon-replay subject' --perturb build=1
            """)

    @Argument(help: "The trace.", completion: .file(extensions: ["mcap"]))
    var trace: String

    @Option(
        help: ArgumentHelp(
            "workers=N, variant=NAME, another trace, or the dump of a frame; the golden if not given.",
            valueName: "workers=N|variant=NAME|trace|dump"))
    var against: String?

    @Option(
        help: ArgumentHelp(
            "Compares a run with everything pinned with one in which this is perturbed, as check names it.",
            valueName: "dimension=seed,..."))
    var perturb: String?

    @Option(
        help: ArgumentHelp("Another build, as for check; with --perturb build=N.", valueName: "name=command"))
    var build: [String] = []

    @OptionGroup var execution: ExecutionOptions

    @Option(help: "The folder of the goldens; Golden beside Traces if not given.")
    var golden: String?

    @OptionGroup var subject: SubjectArguments

    @Option(help: "What a subject is compared with: the model if not given, or its golden.")
    var reference: SubjectReferenceName?

    @Option(
        help: ArgumentHelp(
            "With a subject or --perturb: puts expected.jsonl and found.jsonl there, the frame as both runs had it.",
            valueName: "folder"))
    var dumps: String?

    @Option(help: "text or json.")
    var format: PlainFormat = .text

    func validate() throws {
        if reference != nil, !subject.isGiven {
            throw ValidationError("--reference goes with --subject or --subject-command")
        }
        if subject.isGiven, against != nil {
            throw ValidationError(
                "a subject is compared with what --reference says, and goes without --against")
        }
        if perturb != nil, against != nil || reference != nil {
            throw ValidationError(
                "--perturb is a comparison of its own, and goes without --against and --reference")
        }
        if dumps != nil, perturb == nil, !subject.isGiven || reference == .golden {
            throw ValidationError(
                "--dumps goes with --perturb, or with a subject beside the model; "
                    + "replay --dump-frame dumps a frame of the model")
        }
        if perturb == nil, !build.isEmpty { throw ValidationError("--build goes with --perturb build=1") }
        guard let against, against.hasPrefix("workers=") else { return }
        let count = against.dropFirst("workers=".count)
        guard let workers = Int(count), (1...WorkerPool.maximumWorkers).contains(workers) else {
            throw ValidationError(
                "--against is \(against); expected workers=1 to workers=\(WorkerPool.maximumWorkers)")
        }
    }

    func run() throws {
        try reporting(file: trace) {
            let source = try TraceFile(path: trace)
            if let perturb {
                try explainPerturbed(source, perturb)
                return
            }
            if subject.isGiven {
                try explainSubject(source)
                return
            }
            if let variant = try variant() {
                try explainVariant(source, variant)
                return
            }
            let (reference, name) = try reference(source)
            var progress = Console.Progress(trace, total: source.frameCount)
            defer { progress.clear() }
            let outcome: ExplainOutcome
            do {
                outcome = try Explainer(options: execution.options).explain(source, against: reference) {
                    progress.show($0)
                }
            } catch ExplainError.noSuchFrame(let frame, let first, let last) {
                throw Failure(
                    .usage,
                    "\(against ?? ""): the dump is of frame \(frame); \(trace) has \(first) to \(last)",
                    next: "dump a frame of this trace")
            }
            progress.clear()
            var report = ExplainReport(trace: trace, name: name, command: command, outcome: outcome)
            if case .diverged(let explanation) = outcome, let cell = explanation.difference.cell {
                report.history = try CellHistory(
                    of: cell.cell, level: cell.level, in: source, until: explanation.frame)
            }
            if let against, against.hasPrefix("workers=") { report.guilty = ["workers"] }
            try Console.print(format == .json ? report.json : report.text)
            if report.code != 0 { throw ExitCode(report.code) }
        }
    }

    /// The variant to compare with, if that is what --against says.
    private func variant() throws -> Variant? {
        guard let against, against.hasPrefix("variant=") else { return nil }
        let name = String(against.dropFirst("variant=".count))
        guard let variant = Variant(name: name) else {
            throw Failure(
                .usage,
                "--against \(against): expected variant="
                    + Variant.allCases.map(\.name).joined(separator: " or variant="))
        }
        return variant
    }

    private func explainVariant(_ source: TraceFile, _ variant: Variant) throws {
        var progress = Console.Progress(trace, total: source.frameCount)
        defer { progress.clear() }
        let explainer = VariantExplainer(against: variant, options: execution.options)
        let (outcome, oldResults) = try explainer.explain(source) { progress.show($0) }
        progress.clear()
        var report = SubjectExplainReport(
            trace: trace, name: "the variant \(variant.name)", command: command, outcome: outcome)
        report.oldResults = oldResults
        try Console.print(format == .json ? report.json : report.text)
        if case .diverged = outcome { throw ExitCode(Failure.Code.diverged.rawValue) }
    }

    /// What to compare with, and how the report calls it.
    private func reference(_ source: TraceFile) throws -> (ExplainReference, name: String) {
        guard let against else {
            let files = try goldenFiles(trace, golden)
            guard let stored = try files.read() else {
                throw Failure(
                    .golden, "\(trace): \(GoldenState.missing.sentence), and nothing else was named",
                    next: "lumon-replay explain \(shellQuoted(trace)) --against workers=1")
            }
            let state: GoldenState? =
                if stored.golden.traceDigest != source.digest {
                    .otherTrace(
                        expected: stored.golden.traceDigest.description, found: source.digest.description)
                } else if stored.golden.algorithm != DigestAlgorithm.version {
                    .otherAlgorithm(found: stored.golden.algorithm, expected: DigestAlgorithm.version)
                } else {
                    nil
                }
            if let state {
                throw Failure(
                    .golden, "\(files.golden): \(state.sentence)",
                    next: acceptCommand(trace, golden: golden))
            }
            return (.golden(stored.digests), files.golden)
        }
        if let workers = Int(against.dropFirst("workers=".count)), against.hasPrefix("workers=") {
            var options = execution.options
            options.workers = workers
            return (.run(options), "\(workers) worker\(workers == 1 ? "" : "s")")
        }
        let bytes = try Files.read(against)
        if FrameDump.isDump(bytes) {
            do {
                return (.dump(try FrameDump.facts(bytes)), against)
            } catch {
                throw Failure(.data, "\(against): \(error.sentence)", next: "dump the frame again")
            }
        }
        guard bytes.starts(with: KeyframeFile.firstBytes) else {
            throw Failure(
                .data, "\(against): neither a trace nor the dump of a frame",
                next: "lumon-replay replay \(shellQuoted(trace)) --dump-frame N > DUMP")
        }
        return (.trace(try TraceFile(path: against), execution.options), against)
    }

    /// The command that gives this report again.
    var command: String {
        var words = ["lumon-replay", "explain", shellQuoted(trace)]
        if let against { words += ["--against", shellQuoted(against)] }
        if let perturb { words += ["--perturb", shellQuoted(perturb)] }
        for text in build { words += ["--build", shellQuoted(text)] }
        if let golden { words += ["--golden", shellQuoted(golden)] }
        if let reference { words += ["--reference", reference.rawValue] }
        if execution.workers != ExecutionOptions.defaultWorkers {
            words += ["--workers", "\(execution.workers)"]
        }
        return words.joined(separator: " ") + subject.words
    }
}

extension FrameDumpError {
    fileprivate var sentence: String {
        switch self {
        case .notADump: "not the dump of a frame"
        case .tooLarge(let size, let limit): "\(size) bytes; a dump of at most \(limit) can be compared"
        case .malformed(let line, let field): "line \(line): '\(field)' is not what a dump has there"
        case .incomplete(let stage): "ends before the stage \(stage); expected all nine stages"
        }
    }
}
