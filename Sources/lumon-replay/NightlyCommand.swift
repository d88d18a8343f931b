import ArgumentParser
import Foundation
import Recording
import Verification

struct NightlyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nightly",
        abstract: "Verifies and checks everything, unattended, with a report and a history.",
        discussion: """
            What a night does stands in lumon-replay.toml ([nightly], [canaries.NAME], the subjects and the dimensions); without one it
            verifies and checks every trace with the model, and ten minutes of generated traces. Each verdict is a process of its own with a
            limit of time: what hangs or dies is an error, and the rest goes on.

            Its folder gets report.md, report.json and junit.xml, which are whole at any moment, and for everything that is red a bundle that
            runs itself again. On GitHub it writes the job's summary and annotations.

            EXIT CODES
              0 green; 1 something failed; 2 goldens are missing; 69 a subject was not available, or something could not be judged;
              74 the report or the history could not be kept; interrupted by a signal it ends by it.

            EXAMPLES
              lumon-replay nightly
              lumon-replay nightly --output report --effort full
              lumon-replay nightly --generate 3600 --seed 7
              lumon-replay nightly --bisect
              lumon-replay nightly history
              lumon-replay nightly history Traces/walk.mcap
            """,
        subcommands: [RunCommand.self, NightlyHistoryCommand.self], defaultSubcommand: RunCommand.self)

    struct RunCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Runs a night: what nightly does without another word.",
            discussion: """
                EXAMPLE
                  lumon-replay nightly run --output report
                """)

        @Argument(
            help: "The traces; all under Traces/ if none is given.", completion: .file(extensions: ["mcap"]))
        var traces: [String] = []

        @Option(help: "The folder of the report; a new one in the folder of [nightly] if not given.")
        var output: String?

        @Option(help: "quick, standard or full: how much is checked, in place of what the project says.")
        var effort: Effort?

        @Option(
            help: ArgumentHelp(
                "Seconds of generated traces for each subject, in place of what the project says.",
                valueName: "seconds"))
        var generate: Double?

        @Option(
            help: ArgumentHelp(
                "Another build of the model, as for check; can be given several times.",
                valueName: "name=command"))
        var build: [String] = []

        @Option(help: "Of everything that is drawn at random; the day's date as a number if not given.")
        var seed: UInt64?

        @Flag(
            help:
                "Looks for the commit that has brought what is red, since the last green revision; how one is built says [bisect] of the project."
        )
        var bisect = false

        @Option(help: "What is judged, where git does not know it.")
        var revision: String?

        func validate() throws {
            if let generate, !(0...86_400).contains(generate) {
                throw ValidationError("--generate is \(generate); expected 0 to 86400 seconds")
            }
            for text in build where text.split(separator: "=", maxSplits: 1).count < 2 {
                throw ValidationError("--build \(text): expected NAME=COMMAND")
            }
            if let revision, revision.isEmpty || revision.utf8.count > 200 {
                throw ValidationError("--revision: expected 1 to 200 bytes")
            }
            // Seeds of generated traces are counted in millions of it.
            if let seed, seed > UInt64.max / 2_000_000 {
                throw ValidationError("--seed is \(seed); expected at most \(UInt64.max / 2_000_000)")
            }
        }

        func run() throws {
            try reporting(file: "nightly") {
                var settings = try NightlySettings()
                if let effort { settings.nightly.effort = effort.rawValue }
                if let generate { settings.nightly.generateSeconds = generate }
                settings.builds = build
                settings.bisects = bisect
                settings.seed = seed ?? RunCommand.today
                settings.revision = .ofWorkingFolder()
                if let revision {
                    settings.revision = Revision()
                    settings.revision.name = revision
                }
                let targets = try TraceTargets(traces, golden: nil)
                Interrupt.watch()
                let night = try NightRun(
                    settings, traces: targets.traces.map(\.path), isWhole: traces.isEmpty, output: output
                ) { try Console.print(RunCommand.line($0)) }
                let report = try night.run()
                try show(report)
                if let signal = Interrupt.signal { Interrupt.end(by: signal) }
                if let code = RunCommand.code(report) { throw ExitCode(code.rawValue) }
            }
        }

        /// The date in UTC, as a number: 20261128.
        private static var today: UInt64 {
            let text = utcText(Int64(Date().timeIntervalSince1970 * 1000)).prefix(10)
            return UInt64(text.filter { $0 != "-" }) ?? 1
        }

        private static func line(_ judgement: Judgement) -> String {
            let word =
                switch judgement.outcome {
                case .passed: Console.good("passed")
                case .failed: Console.bad("FAILED")
                case .error: Console.bad("ERROR")
                case .notApplicable, .notRun: judgement.outcome.rawValue
                }
            var line = "\(pad(judgement.kind.rawValue, 9)) \(pad(judgement.title, 36)) \(word)"
            if !judgement.reason.isEmpty { line += "  \(judgement.what)" }
            return line
        }

        private func show(_ report: NightReport) throws {
            try Console.print("")
            try Console.print(report.headline)
            for judgement in report.red {
                try Console.print("  \(judgement.title): \(judgement.what)")
                try Console.print("    \(report.command(judgement))")
            }
            for note in report.notes { try Console.print("  note: \(note)") }
            try Console.print("report: \(report.folder)/report.md")
            let environment = ProcessInfo.processInfo.environment
            guard environment["GITHUB_ACTIONS"] == "true" else { return }
            for line in report.annotations { try Console.print(line) }
            guard let summary = environment["GITHUB_STEP_SUMMARY"], !summary.isEmpty else { return }
            do {
                let file = try FileHandle(forWritingTo: URL(fileURLWithPath: summary))
                try file.seekToEnd()
                try file.write(contentsOf: Data(report.markdown.utf8))
                try file.close()
            } catch {
                Console.talk("note: the job's summary cannot be written: \(error.localizedDescription)")
            }
        }

        private static func code(_ report: NightReport) -> Failure.Code? {
            if report.isGreen { return nil }
            if report.count(.failed) > 0 { return .diverged }
            let errors = report.judgements.filter { $0.outcome == .error }
            if !errors.isEmpty { return errors.allSatisfy(\.lacksGolden) ? .golden : .unavailable }
            if report.isIncomplete { return .io }
            // Something was left out, or nothing could be judged at all: that is no pass.
            return report.count(.notRun) > 0 ? .unavailable : .golden
        }
    }
}

extension Effort: ExpressibleByArgument {}

struct NightlyHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract:
            "Says what nights have found: since when something is red, and at which revision it last was not.",
        discussion: """
            Without a trace: every trace, subject and kind of verdict. With one: each of its nights.

            EXAMPLES
              lumon-replay nightly history
              lumon-replay nightly history --red
              lumon-replay nightly history Traces/walk.mcap --last 30
              lumon-replay nightly history --nights
            """)

    @Argument(help: "A trace or a canary, as the nights name it.")
    var name: String?

    @Flag(help: "Only what is red, or has passed and failed at one revision.")
    var red = false

    @Flag(help: "The nights themselves.")
    var nights = false

    @Option(help: "So many of the last nights.")
    var last: Int = 365

    @Option(help: "text or json.")
    var format: PlainFormat = .text

    func validate() throws {
        guard (1...1_000_000).contains(last) else {
            throw ValidationError("--last is \(last); expected 1 to 1000000")
        }
        if nights, name != nil || red { throw ValidationError("--nights goes alone") }
        if name != nil, red { throw ValidationError("--red goes without a name") }
    }

    func run() throws {
        try reporting(file: "nightly history") {
            let settings = try NightlySettings()
            let history = try History(path: settings.history, isReadOnly: true)
            if nights {
                try showNights(history)
                return
            }
            let all = try history.standings(last: last)
            if let name {
                let these = all.filter { $0.name == name }
                guard !these.isEmpty else {
                    throw Failure(
                        .usage, "\(settings.history): no night of the last \(last) has judged '\(name)'",
                        next: "lumon-replay nightly history")
                }
                try show(these, history)
                return
            }
            try show(all.filter { !red || $0.outcome.isRed || $0.isFlaky })
        }
    }

    private func show(_ standings: [Standing]) throws {
        guard format == .text else {
            try Console.print(JSON.array(standings.map(\.json)).text)
            return
        }
        for standing in standings { try Console.print(line(standing)) }
        let redCount = standings.count { $0.outcome.isRed }
        let flaky = standings.count(where: \.isFlaky)
        try Console.print("\(standings.count) questions, \(redCount) red, \(flaky) flaky")
    }

    private func line(_ standing: Standing) -> String {
        let word = standing.outcome.isRed ? Console.bad("RED") : Console.good("green")
        let whose = standing.subject == "model" ? "" : " (\(standing.subject))"
        var line = "\(pad(standing.kind.rawValue, 9)) \(pad(standing.name + whose, 36)) \(word)"
        if standing.outcome.isRed {
            line +=
                "  since \(standing.redSince?.text ?? "?"), last green "
                + (standing.lastGreen?.text ?? "never")
        } else {
            line += "  last \(standing.lastGreen?.text ?? "?")"
        }
        line += "; red in \(standing.redNights) of \(standing.nights) nights"
        if standing.runs > standing.nights {
            line += ", \(standing.differing) of \(standing.runs) runs differed"
        }
        if standing.isFlaky {
            line +=
                ", FLAKY at \(standing.flakyRevisions.map { String($0.prefix(12)) }.joined(separator: " "))"
        }
        return line + ", \(hundredths(standing.meanSeconds)) s"
    }

    private func show(_ standings: [Standing], _ history: History) throws {
        guard format == .text else {
            let rows = try standings.map { standing in
                let sights = try history.sights(of: standing, last: last)
                return JSON.object([
                    ("standing", standing.json),
                    (
                        "nights",
                        .array(
                            sights.map { sight, outcome, reason in
                                .object([
                                    ("sight", sight.json), ("outcome", .string(outcome.rawValue)),
                                    ("reason", .string(reason)),
                                ])
                            })
                    ),
                ])
            }
            try Console.print(JSON.array(rows).text)
            return
        }
        for standing in standings {
            try Console.print(line(standing))
            for (sight, outcome, reason) in try history.sights(of: standing, last: last) {
                try Console.print(
                    "  \(pad(sight.text, 32)) \(outcome.rawValue)" + (reason.isEmpty ? "" : "  \(reason)"))
            }
        }
    }

    private func showNights(_ history: History) throws {
        let nights = try history.nights(last: last, host: ProcessInfo.processInfo.hostName)
        guard format == .text else {
            try Console.print(
                JSON.array(
                    nights.map { night in
                        .object([
                            ("night", .integer(Int(night.id))), ("started", .integer(Int(night.started))),
                            ("ended", night.ended.map { .integer(Int($0)) } ?? .null),
                            ("state", .string(night.state.rawValue)), ("revision", .string(night.revision)),
                            ("dirty", .boolean(night.isDirty)), ("seed", .string("\(night.seed)")),
                            ("passed", .integer(night.passed)), ("failed", .integer(night.failed)),
                            ("errors", .integer(night.errors)), ("report", .string(night.report)),
                        ])
                    }
                ).text)
            return
        }
        for night in nights {
            let sight = Standing.Sight(
                night: night.id, started: night.started, revision: night.revision, isDirty: night.isDirty)
            let counts = "\(night.passed) passed, \(night.failed) failed, \(night.errors) errors"
            let state = night.state == .ended ? "" : "  \(night.state.rawValue.uppercased())"
            let word = night.failed + night.errors > 0 ? Console.bad("RED") : Console.good("green")
            let verdict = night.passed + night.failed + night.errors == 0 ? "nothing judged" : word
            try Console.print(
                "\(pad(sight.text, 32)) \(verdict)  \(counts), seed \(night.seed)\(state)  \(night.report)")
        }
    }
}

extension Standing {
    fileprivate var json: JSON {
        .object([
            ("kind", .string(kind.rawValue)), ("subject", .string(subject)), ("name", .string(name)),
            ("outcome", .string(outcome.rawValue)), ("lastGreen", lastGreen?.json ?? .null),
            ("redSince", redSince?.json ?? .null), ("nights", .integer(nights)),
            ("redNights", .integer(redNights)), ("runs", .integer(runs)), ("differing", .integer(differing)),
            ("flakyRevisions", .array(flakyRevisions.map { .string($0) })),
            ("meanSeconds", .hundredths(meanSeconds)),
        ])
    }
}
