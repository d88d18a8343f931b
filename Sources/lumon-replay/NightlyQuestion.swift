import Foundation
import Recording
import Replay
import Verification

/// One thing that a night asks: a command of this program, run by itself, so that nothing that goes wrong in it stops the rest.
struct NightlyQuestion {
    var judgement: Judgement
    /// Assignments in front of the command, each with a space behind it.
    var environment = ""
    /// The command's words behind the program's name.
    var words: String
    var timeLimitSeconds: Double
    /// The trace that it is about.
    var trace: String?
    /// Divergence is what is wanted.
    var isCanary = false

    // MARK: What there is to ask

    static func verify(_ trace: String, _ subject: String, _ settings: NightlySettings) -> NightlyQuestion {
        question(
            .verify, trace, subject, "verify \(shellQuoted(trace))", settings.nightly.verifySeconds, trace)
    }

    static func check(_ trace: String, _ subject: String, _ settings: NightlySettings) -> NightlyQuestion {
        question(
            .check, trace, subject,
            "check \(shellQuoted(trace))" + checkWords(settings) + buildWords(subject, settings),
            settings.nightly.checkSeconds, trace)
    }

    /// A block of generated traces, to be saved in a folder where they fail.
    static func generated(
        _ seeds: Range<UInt64>, _ subject: String, _ settings: NightlySettings, saved folder: String
    ) -> NightlyQuestion {
        var words = "check --generate \(seeds.count) --seed \(seeds.lowerBound)"
        words += chosenWords(settings)
        var question = question(
            .generated, "generated \(seeds.lowerBound)", subject, words, settings.nightly.checkSeconds, nil)
        question.words += " --save \(shellQuoted(folder)) --minimize 0"
        return question
    }

    static func canary(_ canary: ProjectFile.Canary, _ settings: NightlySettings) -> NightlyQuestion {
        let trace = settings.path(canary.trace)
        var words = "\(canary.foundBy) \(shellQuoted(trace))"
        if canary.foundBy == "check" { words += " --quick" }
        let names = canary.environment.map { "\($0.name)=\(shellQuoted($0.value))" }
        let environment = canary.subject == nil ? "" : names.map { $0 + " " }.joined()
        if let subject = canary.subject {
            words += " --subject \(shellQuoted(subject))"
        } else {
            let start = settings.projectFolder.map { "cd \(shellQuoted($0)) && " } ?? ""
            let exports = names.isEmpty ? "" : "export \(names.joined(separator: " ")) && "
            words += " --subject-command \(shellQuoted(start + exports + (canary.command ?? "")))"
            if canary.foundBy == "verify" { words += " --reference model" }
        }
        var question = question(
            .canary, canary.name, canary.subject ?? "command", words,
            canary.foundBy == "check" ? settings.nightly.checkSeconds : settings.nightly.verifySeconds, trace)
        question.environment = environment
        question.judgement.command = environment + question.judgement.command
        question.isCanary = true
        return question
    }

    private static func question(
        _ kind: Judgement.Kind, _ name: String, _ subject: String, _ words: String, _ seconds: Double,
        _ trace: String?
    ) -> NightlyQuestion {
        var words = words
        if kind != .canary, subject != "model" { words += " --subject \(shellQuoted(subject))" }
        var judgement = Judgement(
            kind: kind, subject: subject, name: name, outcome: .notRun, command: "lumon-replay " + words)
        judgement.reason = "the night did not come to it"
        return NightlyQuestion(judgement: judgement, words: words, timeLimitSeconds: seconds, trace: trace)
    }

    private static func checkWords(_ settings: NightlySettings) -> String {
        var words = settings.nightly.effort == "standard" ? "" : " --\(settings.nightly.effort)"
        words += " --seed \(settings.seed)"
        return words + chosenWords(settings)
    }

    private static func buildWords(_ subject: String, _ settings: NightlySettings) -> String {
        guard subject == "model" else { return "" }
        return settings.builds.map { " --build \(shellQuoted($0))" }.joined()
    }

    private static func chosenWords(_ settings: NightlySettings) -> String {
        settings.nightly.only.map { " --only \(shellQuoted($0))" }.joined()
            + settings.nightly.without.map { " --without \(shellQuoted($0))" }.joined()
    }

    // MARK: Asking

    /// Runs the command, and reads what it says.
    ///
    /// - Parameters:
    ///   - program: of which it is a command.
    ///   - temporary: a folder for what it leaves behind when it is ended.
    /// - Returns: the verdict; of a block of generated traces one for the block, and one for each that failed.
    func ask(program: String, temporary: String) -> [Judgement] {
        var judgement = judgement
        judgement.reason = ""
        // As it is typed, with this very program.
        let command =
            "TMPDIR=\(shellQuoted(temporary)) \(environment)\(shellQuoted(program)) \(words) --format json"
        let run: ProgramRun
        do {
            run = try ProgramRun.run(
                command, timeLimitSeconds: timeLimitSeconds, isStopped: { Interrupt.hasCome })
        } catch {
            judgement.outcome = .error
            judgement.reason = "it could not be started: \(error.description)"
            return [judgement]
        }
        judgement.seconds = run.seconds
        if run.ending == .stopped {
            judgement.outcome = .notRun
            judgement.reason = "the night was interrupted while it ran"
            return [judgement]
        }
        let document = try? JSONDecoder().decode(VerdictDocument.self, from: Data(run.output))
        guard let document else {
            judgement.outcome = .error
            judgement.isUnavailable =
                judgement.subject != "model" && (run.ending == .timedOut || run.ending == .exited(69))
            judgement.reason = reason(run)
            return [judgement]
        }
        if judgement.kind == .generated, document.count != nil { return document.judgements(of: judgement) }
        guard let entry = document.traces?.first else {
            judgement.outcome = .error
            judgement.reason = "its report has no verdict"
            return [judgement]
        }
        entry.fill(&judgement)
        if run.ending == .exited(69) { judgement.isUnavailable = judgement.subject != "model" }
        if isCanary { turnRound(&judgement) }
        return [judgement]
    }

    private func reason(_ run: ProgramRun) -> String {
        let said = run.errorLines.first { $0.hasPrefix("error: ") }.map { String($0.dropFirst(7)) }
        if case .exited = run.ending, let said { return said }
        let limit = run.ending == .timedOut ? " (\(durationText(timeLimitSeconds)))" : ""
        return "it \(run.ending.sentence)\(limit)" + ((said ?? run.errorLines.last).map { ": \($0)" } ?? "")
    }

    /// A planted fault is to be found.
    private func turnRound(_ judgement: inout Judgement) {
        switch judgement.outcome {
        case .failed:
            judgement.outcome = .passed
            judgement.reason = "found"
        case .passed:
            judgement.outcome = .failed
            judgement.reason =
                "the planted fault was NOT found: the harness is blind to it, or it was not planted"
        case .error, .notApplicable, .notRun:
            if judgement.outcome == .notApplicable { judgement.outcome = .error }
        }
    }
}

/// What verify and check print as JSON.
private struct VerdictDocument: Decodable {
    struct Row: Decodable {
        var name: String
        var value: String
    }

    struct Place: Decodable {
        var frame: Int
        var stage: String?
        var levels: [Int]?
    }

    struct Perturbation: Decodable {
        var dimension: String
        var seed: String
    }

    struct Entry: Decodable {
        var trace: String
        var outcome: String
        var frames: Int
        var first: Place?
        var guilty: [Perturbation]?
        var law: String?
        var runs: Int?
        var differing: Int?
        var seed: String?
        var details: [Row]

        func fill(_ judgement: inout Judgement) {
            judgement.frames = frames
            judgement.runs = runs ?? 1
            judgement.differing = differing ?? 0
            judgement.details = details.map { ($0.name, $0.value) }
            judgement.place = first.map { .init(frame: $0.frame, stage: $0.stage, levels: $0.levels ?? []) }
            judgement.guilty = (guilty ?? []).compactMap { given in
                UInt64(given.seed).map { .init(dimension: given.dimension, seed: $0) }
            }
            judgement.law = law
            let said = judgement.detail("reason")
            switch outcome {
            case "agrees", "holds": judgement.outcome = .passed
            case "not applicable":
                judgement.outcome = .notApplicable
                judgement.reason = said ?? ""
            case "diverged":
                judgement.outcome = .failed
                let names = judgement.guilty.map(\.dimension).joined(separator: " and ")
                judgement.reason =
                    judgement.kind == .verify
                    ? "it is not the run of its golden"
                    : names.isEmpty ? "it differs from itself" : "it is not deterministic: \(names) shows"
            case "broken":
                judgement.outcome = .failed
                judgement.reason = "the law \(law ?? "") is broken"
            case "undecided":
                judgement.outcome = .failed
                judgement.reason = "runs differed, and did not again when they were repeated"
            case "golden":
                judgement.outcome = .error
                judgement.lacksGolden = true
                judgement.reason = "no golden to compare with: \(said ?? "")"
            default:
                judgement.outcome = .error
                judgement.reason = said ?? outcome
            }
        }
    }

    var traces: [Entry]?
    var failures: [Entry]?
    /// Of a block of generated traces.
    var count: Int?
    var frames: Int?
    var runs: Int?

    /// Of a block of generated traces.
    func judgements(of block: Judgement) -> [Judgement] {
        var all = block
        all.traces = count ?? 0
        all.frames = frames ?? 0
        all.runs = runs ?? 0
        all.outcome = .passed
        let failed = (failures ?? []).map { entry in
            var judgement = block
            entry.fill(&judgement)
            judgement.name = entry.trace
            judgement.seconds = 0
            if let seed = entry.seed {
                judgement.command =
                    "lumon-replay check --generate 1 --seed \(seed)"
                    + (block.subject == "model" ? "" : " --subject \(shellQuoted(block.subject))")
            }
            judgement.seed = entry.seed.flatMap { UInt64($0) }
            return judgement
        }
        return [all] + failed
    }
}
