import ArgumentParser
import Recording
import Replay
import Streaming
import Verification

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Asks whether the system is deterministic at all: perturbs what must not show, and judges by laws.",
        discussion: """
            verify asks whether this is the run of the golden. check pins everything that may differ from one run to the next (threads, the
            order of completion, hash seeds, addresses, clock, locale ...), perturbs it, and compares every frame; where a run
            differs it says which perturbation does it, or which two together. Then it judges the trace by laws that hold between runs: what
            is moved by whole regions is the same, a smaller budget gives a prefix, and so on.

            A run with everything pinned and one with everything perturbed are made for every trace, casts and all; the others remember what
            has been cast. --quick makes 4 runs a trace, without it every pair of dimensions is met, --full makes more than 200 and
            says beforehand how long it will take.

            EXAMPLES
              lumon-replay check
              lumon-replay check Traces/walk.mcap --rule selection
              lumon-replay check Traces/walk.mcap --only restore --seed 7
              lumon-replay check --subject engine --quick
              lumon-replay check --build debug='.build/debug/lumon-replay subject' Traces/tiny.mcap
              lumon-replay check --generate 1000 --seed 1
            """)

    @Argument(
        help: "The traces; all under Traces/ if none is given.", completion: .file(extensions: ["mcap"]))
    var traces: [String] = []

    @Option(help: "snap, selection or invalidation; all three if not given.")
    var rule: Rule?

    @Flag(help: "4 runs a trace, and laws on a sample: what a commit can wait for.")
    var quick = false

    @Flag(help: "More than 200 runs a trace, and laws at every frame.")
    var full = false

    @Option(
        help:
            "Of everything that is drawn at random; 0 leaves live runs their plain schedule. With --generate: the first trace's."
    )
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Checks so many traces that are made up, with seeds from --seed on, as --quick does.",
            valueName: "count"))
    var generate: UInt64?

    @Option(
        help: ArgumentHelp(
            "With --generate, the folder for traces that fail; here if not given.", valueName: "folder"))
    var save: String?

    @Option(help: "Only this dimension or law; can be given several times.")
    var only: [String] = []

    @Option(help: "All but this dimension or law; can be given several times, and stands in the verdict.")
    var without: [String] = []

    @Option(
        help: ArgumentHelp(
            "Another build of the program, as a command; can be given several times.",
            valueName: "name=command"))
    var build: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --generate, how many of the traces that fail are made small; 3 if not given.",
            valueName: "n"))
    var minimize: Int?

    @OptionGroup var subject: SubjectArguments

    @Flag(help: "Lists dimensions and laws, and does nothing else.")
    var list = false

    @Option(help: "text, json or junit.")
    var format: VerdictFormat = .text

    func validate() throws {
        if quick, full { throw ValidationError("--quick and --full are two things") }
        for text in build where text.split(separator: "=", maxSplits: 1).count < 2 {
            throw ValidationError("--build \(text): expected NAME=COMMAND")
        }
        guard let generate else {
            if save != nil { throw ValidationError("--save goes with --generate") }
            if minimize != nil { throw ValidationError("--minimize goes with --generate") }
            return
        }
        guard traces.isEmpty else {
            throw ValidationError("--generate makes its own traces, and \(traces[0]) is another one")
        }
        guard (1...CheckCommand.maximumTraces).contains(generate) else {
            throw ValidationError("--generate is \(generate); expected 1...\(CheckCommand.maximumTraces)")
        }
        if let minimize, !(0...1_000_000).contains(minimize) {
            throw ValidationError("--minimize is \(minimize); expected 0...1000000")
        }
        guard seed <= UInt64.max - generate else {
            throw ValidationError("--seed is \(seed); \(generate) seeds from there on are beyond the last")
        }
    }

    /// Failures of made-up traces that are made small: one takes some seconds.
    static let usuallyMinimized = 3

    /// Of one call: some weeks.
    static let maximumTraces: UInt64 = 10_000_000

    func run() throws {
        try reporting(file: "check") {
            let program = try CheckArguments.program(subject)
            if let generate, !list {
                try GeneratedCheckRun(
                    program: program.program, options: try options(program.name),
                    seeds: seed..<seed + generate,
                    folder: save ?? ".", format: format, words: generatedWords,
                    minimized: minimize ?? CheckCommand.usuallyMinimized, builds: build, name: program.name
                ).run()
                return
            }
            let checker = try Checker(program.program, try options(program.name)) {
                Failure($0, file: "the run").message
            }
            if list {
                try printList(checker)
                return
            }
            let targets = try TraceTargets(traces, golden: nil)
            var report = CheckReport(format, words: words)
            var files: [TraceFile] = []
            for path in targets.traces.map(\.path) {
                do {
                    files.append(try TraceFile(path: path))
                } catch {
                    try report.add(Failure(error, file: path), trace: path)
                }
            }
            var bar = Console.Progress("check", total: files.count * checker.runCount)
            defer { bar.clear() }
            let verdicts = try checker.check(files) { progress in
                if progress.isEstimate, let seconds = progress.secondsLeft {
                    Console.talk(
                        "\(files.count) trace\(files.count == 1 ? "" : "s"), \(checker.runCount) runs each: "
                            + "about \(CheckCommand.text(ofSeconds: seconds))")
                }
                bar.show(progress.done)
            }
            bar.clear()
            for (file, verdict) in zip(files, verdicts) {
                switch verdict {
                case .success(let verdict): try report.add(verdict)
                case .failure(let error):
                    try report.add(Failure(error, file: file.path), trace: file.path)
                }
            }
            try report.finish()
        }
    }

    private static func text(ofSeconds seconds: Double) -> String {
        seconds < 90 ? "\(Int(seconds.rounded(.up))) s" : "\(Int((seconds / 60).rounded(.up))) min"
    }

    private func options(_ name: String) throws -> CheckOptions {
        var options = CheckOptions()
        options.effort = full ? .full : quick || generate != nil ? .quick : .standard
        options.seed = seed
        options.rule = rule
        options.only = only
        options.without = without
        options.dimensions = try CheckArguments.dimensions(subject: name, builds: build)
        return options
    }

    private func printList(_ checker: Checker) throws {
        for dimension in checker.dimensions { try Console.print("dimension  \(dimension.name)") }
        for law in checker.laws { try Console.print("law        \(pad(law.name, 16)) \(law.claim)") }
        for (name, reason) in checker.notApplicable {
            try Console.print("n/a        \(pad(name, 16)) \(reason)")
        }
    }

    /// The words of this command that say how it checks, for the next one to be typed.
    private var words: String {
        var words = ""
        for text in build { words += " --build \(shellQuoted(text))" }
        return words + subject.words
    }

    /// Those that a seed is checked by again.
    private var generatedWords: String {
        var own = full ? " --full" : ""
        if let rule { own += " --rule \(rule.rawValue)" }
        for name in only { own += " --only \(name)" }
        for name in without { own += " --without \(name)" }
        return own + words
    }
}

extension Rule: ExpressibleByArgument {}
