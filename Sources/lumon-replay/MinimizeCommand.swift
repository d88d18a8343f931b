import ArgumentParser
import Recording
import Replay
import Streaming
import Topology
import Verification

struct MinimizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "minimize",
        abstract: "Makes of a trace that fails the smallest that still fails in the same way.",
        discussion: """
            What fails is said by one of these: --reference-command (another build or another implementation is right, and the model, or the
            subject, differs from it), --subject alone (it differs from the model, or breaks off), --perturb (as explain has it), --law. With
            none of them a quick check is made, and what it finds is minimized.

            The same way: the same first stage that differs, the same law, the same way of breaking off; not the same frame. Frames,
            events, sessions, levels, resolution and the rest of the configuration are left out or made plain, and the camera's path is straightened,
            as long as it still fails. The result has been seen to fail. --limit bounds the work; at the limit, and after Ctrl-C, the smallest
            so far is written.

            EXAMPLES
              lumon-replay minimize Traces/walk.mcap -o Traces/regressions/walk.mcap --reference-command 'good/lumon-replay subject'
              lumon-replay minimize Traces/walk.mcap -o small.mcap --subject engine
              lumon-replay minimize Traces/walk.mcap -o small.mcap --perturb hash-seed=3
              lumon-replay minimize Traces/walk.mcap -o small.mcap --law translation
              lumon-replay minimize Traces/walk.mcap -o small.mcap
            """)

    @Argument(help: "The trace that fails.", completion: .file(extensions: ["mcap"]))
    var trace: String

    @Option(name: [.short, .long], help: "The trace to write.", completion: .file(extensions: ["mcap"]))
    var output: String

    @Option(
        help: ArgumentHelp(
            "What is right: a program that speaks the subject protocol, for /bin/sh.", valueName: "command"))
    var referenceCommand: String?

    @OptionGroup var subject: SubjectArguments

    @Option(
        help: ArgumentHelp(
            "The run in which this is perturbed differs from the one with everything pinned.",
            valueName: "dimension=seed,..."))
    var perturb: String?

    @Option(
        help: ArgumentHelp("Another build, as for check; with --perturb build=N.", valueName: "name=command"))
    var build: [String] = []

    @Option(help: "This law is broken, as check names it.")
    var law: String?

    @Option(help: "With --law: of what the law draws at random.")
    var seed: UInt64?

    @Flag(help: "With --law: on a sample, as check --quick judges.")
    var quick = false

    @Flag(help: "With --law: at every frame, as check --full judges.")
    var full = false

    @Option(help: "Replays at most; every try is two of them.")
    var limit = 500

    @Option(
        help: ArgumentHelp(
            "How often what does not fail at once is tried; 1 if not given, and 3 where a perturbation does not always fail.",
            valueName: "n"))
    var repeats: Int?

    @Flag(help: "Writes over an output that is there.")
    var replace = false

    @Option(help: "The folder of the goldens; Golden beside Traces if not given.")
    var golden: String?

    @Option(help: "text or json.")
    var format: PlainFormat = .text

    func validate() throws {
        let kinds = [
            ("--reference-command", referenceCommand != nil), ("--perturb", perturb != nil),
            ("--law", law != nil),
        ].filter(\.1).map(\.0)
        if kinds.count > 1 {
            throw ValidationError("\(kinds.joined(separator: " and ")) are two ways to fail; expected one")
        }
        if law != nil, subject.isGiven {
            throw ValidationError("--law holds between runs of the model, and goes without a subject")
        }
        if law == nil, seed != nil || quick || full {
            throw ValidationError("--seed, --quick and --full go with --law")
        }
        if golden != nil, !kinds.isEmpty || subject.isGiven {
            throw ValidationError(
                "--golden goes without a way to fail: a golden is looked at where nothing is found")
        }
        if quick, full { throw ValidationError("--quick and --full are two things") }
        if perturb == nil, !build.isEmpty { throw ValidationError("--build goes with --perturb build=1") }
        for text in build where text.split(separator: "=", maxSplits: 1).count < 2 {
            throw ValidationError("--build \(text): expected NAME=COMMAND")
        }
        if let referenceCommand, referenceCommand.isEmpty {
            throw ValidationError("--reference-command is empty; expected a command")
        }
        if let repeats, !(1...100).contains(repeats) {
            throw ValidationError("--repeats is \(repeats); expected 1...100")
        }
        let least = 4 * (repeats ?? 3)
        guard (least...1_000_000).contains(limit) else {
            throw ValidationError("--limit is \(limit); expected \(least)...1000000")
        }
    }

    func run() throws {
        try reporting(file: trace) {
            try checkOutput()
            let source = try TraceFile(path: trace)
            let frames = try source.reader.allFrames()
            Interrupt.watch()
            let chosen = try choose(source)
            var options = Minimizer.Options()
            options.limit = limit
            options.repeats = repeats ?? chosen.usualRepeats
            options.isStopped = { Interrupt.hasCome }
            var bar = Console.Progress(trace, total: nil)
            defer { bar.clear() }
            let minimized: Minimized
            do {
                minimized = try Minimizer(chosen.failure, options: options) { progress in
                    bar.show(
                        "\(progress.replays) replays, \(progress.frames) frames and \(progress.events) events left"
                    )
                }
                .minimize(frames)
            } catch {
                bar.clear()
                throw Failure(error, file: trace)
            }
            bar.clear()
            try write(minimized.frames)
            let report = MinimizeReport(
                trace: trace, output: output, minimized: minimized, perturbations: chosen.perturbations,
                command: chosen.command)
            try Console.print(format == .json ? report.json : report.text)
        }
    }

    // MARK: The output

    /// Nothing is run for an output that could not be written.
    private func checkOutput() throws {
        guard !Files.areSame(trace, output) else {
            throw Failure(
                .usage,
                "\(output): is the trace itself; expected another file, so that nothing of it is lost",
                next: "name another output")
        }
        guard replace || !Files.exists(output) else {
            throw Failure(
                .usage, "\(output): is there already; expected no file",
                next: "name another output, or write over it with --replace")
        }
        try lumon_replay.checkOutput(output, startingWith: MCAPFormat.magic)
    }

    private func write(_ frames: [FrameInput]) throws {
        let bytes = try Trace.encode(frames)
        try Files.createFolder(folderName(output))
        try writeOutput(bytes, to: output)
        // What has failed is what can be read now.
        guard try TraceFile(path: output).reader.allFrames() == frames else {
            throw Failure(
                .io, "\(output): reads otherwise than it was written",
                next: "see whether the disk is in order")
        }
    }

    // MARK: What fails

    /// A way to fail, and what shows it of a trace.
    private struct Chosen {
        var failure: any TraceFailure
        var usualRepeats = 1
        // Order: sorted where they are shown.
        var perturbations: [String: UInt64] = [:]
        /// The next command, for the output.
        var command: String
    }

    private func choose(_ source: TraceFile) throws -> Chosen {
        if let perturb {
            return try perturbed(try CheckArguments.perturbations(of: perturb), words: subject.words)
        }
        if let law { return try broken(law, effort: quick ? .quick : full ? .full : .standard) }
        if referenceCommand != nil || subject.isGiven { return try compared(source) }
        return try found(source)
    }

    private func compared(_ source: TraceFile) throws -> Chosen {
        let model = try CheckProgram.model()
        let given = subject.isGiven ? try subject.program() : nil
        let judged =
            given.map { ComparedProgram(command: $0.command, folder: $0.folder, limits: $0.limits) }
            ?? ComparedProgram(command: model.command, folder: nil, limits: model.limits)
        let failure: ComparedFailure
        var command = "lumon-replay explain \(shellQuoted(output))" + subject.words
        if let referenceCommand {
            failure = try ComparedFailure(
                reference: ComparedProgram(command: referenceCommand, folder: nil, limits: model.limits),
                subject: judged, isModel: given == nil)
            command += " --build \(shellQuoted("reference=" + referenceCommand)) --perturb build=1"
        } else {
            failure = try ComparedFailure(subject: judged)
        }
        for description in failure.descriptions {
            if let variant = try source.variant(lackedBy: description) {
                throw SubjectReferenceError.otherVariant(name: variant.name)
            }
        }
        return Chosen(failure: failure, command: command)
    }

    private func perturbed(_ perturbations: [String: UInt64], words: String) throws -> Chosen {
        let run = PlannedRun(perturbations)
        let check = try CheckArguments.program(subject)
        let own = try CheckArguments.dimensions(subject: check.name, builds: build)
        let pair = try PerturbedPair(check.program, own, run) { Failure($0, file: "the run").message }
        let failure = PerturbedFailure(pair, run)
        let builds = build.map { " --build \(shellQuoted($0))" }.joined()
        let command =
            run.isPinned
            ? "lumon-replay check \(shellQuoted(output)) --full"
            : "lumon-replay explain \(shellQuoted(output)) --perturb \(perturbationText(perturbations))"
        return Chosen(
            failure: failure, usualRepeats: failure.usualRepeats, perturbations: perturbations,
            command: command + builds + words)
    }

    private func broken(_ name: String, effort: Effort) throws -> Chosen {
        guard let law = Laws.all.first(where: { $0.name == name }) else {
            throw Failure(
                .usage,
                "--law \(name): there is no such law; there are "
                    + Laws.all.map(\.name).joined(separator: " "), next: "lumon-replay check --list")
        }
        let effortWord =
            switch effort {
            case .quick: " --quick"
            case .standard: ""
            case .full: " --full"
            }
        return Chosen(
            failure: LawFailure(law, effort: effort, seed: seed ?? 1),
            command: "lumon-replay check \(shellQuoted(output)) --only \(name)"
                + (seed.map { " --seed \($0)" } ?? "") + effortWord)
    }

    /// What a quick check finds.
    private func found(_ source: TraceFile) throws -> Chosen {
        let program = try CheckArguments.program(subject)
        var options = CheckOptions()
        options.effort = .quick
        options.dimensions = try CheckArguments.dimensions(subject: program.name, builds: [])
        let checker = try Checker(program.program, options) { Failure($0, file: "the run").message }
        var bar = Console.Progress("check", total: checker.runCount)
        defer { bar.clear() }
        guard let verdict = try checker.check([source], progress: { bar.show($0.done) }).first else {
            preconditionFailure("one verdict for each trace")
        }
        bar.clear()
        let found = try verdict.get()
        switch found.outcome {
        case .diverged(let guilt), .undecided(let guilt):
            Console.talk("\(trace): \(found.reason)")
            return try perturbed(guilt.perturbations, words: subject.words)
        case .holds, .broken, .notApplicable: break
        }
        for (name, _, outcome) in found.laws {
            guard case .broken = outcome else { continue }
            Console.talk("\(trace): \(found.reason)")
            return try broken(name, effort: .quick)
        }
        throw try nothingFound(source)
    }

    /// The trace holds; its golden may say otherwise, and that is another question.
    private func nothingFound(_ source: TraceFile) throws -> Failure {
        let reference =
            "lumon-replay minimize \(shellQuoted(trace)) -o \(shellQuoted(output)) --reference-command"
        if let stored = try? goldenFiles(trace, golden).read(), stored.golden.traceDigest == source.digest,
            case .diverged(let explanation) = try Explainer(options: ReplayOptions()).explain(
                source, against: .golden(stored.digests))
        {
            return Failure(
                .usage,
                "\(trace): a quick check finds nothing, and the golden differs, first at frame \(explanation.frame): a golden holds the "
                    + "digests of one trace only, and says nothing of a smaller one; expected a program that is right",
                next: reference + " 'GOOD-BUILD/lumon-replay subject'")
        }
        return Failure(
            .usage,
            "\(trace): does not fail: a quick check (runs with everything pinned and perturbed, and all laws) finds nothing; expected a "
                + "trace that fails",
            next:
                "say how it fails: \(reference) 'GOOD-BUILD/lumon-replay subject', --subject, --perturb or --law"
        )
    }
}
