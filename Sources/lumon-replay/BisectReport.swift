import Foundation
import Recording
import Replay
import Verification

/// Says on standard error what is tried, as it goes on.
struct BisectTalk {
    private let bisection: CommitBisection

    init(_ bisection: CommitBisection) { self.bisection = bisection }

    func begin() {
        let range = bisection.range
        let merges = range.mergeCount > 0 ? ", \(range.mergeCount) of them merges" : ""
        Console.talk(
            "\(range.names.count) commit\(range.names.count == 1 ? "" : "s")\(merges)"
                + (bisection.runCount > 0 ? "; goes on after \(bisection.runCount) runs" : ""))
    }

    func tell(_ progress: CommitBisection.Progress) {
        switch progress {
        case .builds(let name):
            if bisection.question.build != nil { Console.talk("build     \(name.prefix(12))") }
        case .skipped(let name, let reason): Console.talk("skipped   \(name.prefix(12))  \(reason)")
        case .tried(let name, let result, let runs):
            let word =
                switch result {
                case .passed: "passed"
                case .failed: "FAILED"
                case .unjudged: "unjudged"
                }
            var line = "run \(pad("\(runs)", 5)) \(name.prefix(12))  \(pad(word, 8))"
            if case .unjudged(let reason) = result {
                Console.talk(line + "  \(reason)")
                return
            }
            if let best = bisection.search.mostProbable, case .commit(let place) = best.hypothesis {
                line += "  best \(bisection.range.names[place].prefix(12)) \(percent(best.probability))"
            }
            Console.talk(line)
        }
    }
}

/// A probability in words: never 100 % of what is not certain.
func percent(_ probability: Double) -> String {
    let tenths = min((probability * 1000).rounded(.down), 999)
    return "\(tenths / 10) %"
}

/// What came of a bisection.
struct BisectReport {
    private let bisection: CommitBisection
    private let answer: CommitSearch.Answer
    private let workshop: BisectWorkshop
    private let repository: BisectRepository
    private let statePath: [String]
    private let probabilities: [(hypothesis: Hypothesis, probability: Double)]
    private let commit: CommitFacts?
    private let explanation: [(name: String, value: String)]

    private static let mostCandidates = 20
    private static let mostFiles = 12

    init(
        _ bisection: CommitBisection, _ answer: CommitSearch.Answer, _ workshop: BisectWorkshop,
        _ repository: BisectRepository, statePath: [String]
    ) {
        self.bisection = bisection
        self.answer = answer
        self.workshop = workshop
        self.repository = repository
        self.statePath = statePath
        probabilities = bisection.search.probabilities()
        guard case .found(let place) = answer else {
            (commit, explanation) = (nil, [])
            return
        }
        let name = bisection.range.names[place]
        let facts = CommitFacts(name, repository.git)
        commit = facts
        explanation = BisectExplanation(bisection, workshop, name, parent: facts.parents.first).rows
    }

    /// In one line, for the log.
    var headline: String {
        switch answer {
        case .found: "found \(commit?.name ?? "")"
        case .older: "good end fails"
        case .nothing: "bad end does not fail"
        case .undecided(let left, _): "undecided between \(left.count)"
        }
    }

    private var confidence: Double { probabilities.first?.probability ?? 0 }

    private var isExhausted: Bool {
        if case .undecided(_, let isExhausted) = answer { isExhausted } else { false }
    }

    /// Commits that it may be, the most probable first.
    private var candidates: [(name: String, probability: Double)] {
        guard case .undecided(let left, _) = answer else { return [] }
        return probabilities.compactMap { hypothesis, probability in
            guard case .commit(let place) = hypothesis, left.contains(hypothesis) else { return nil }
            return (bisection.range.names[place], probability)
        }
    }

    private func isOnStatePath(_ file: String) -> Bool {
        statePath.contains { file == $0 || file.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
    }

    // MARK: Text

    var text: String {
        var lines: [String] = []
        func row(_ name: String, _ value: String) { lines.append("\(pad(name, 9)) \(value)") }
        switch answer {
        case .found: foundRows(row)
        case .older:
            row(
                "good end",
                "\(bisection.range.start) FAILS as well (\(percent(confidence)) sure): the failure is older")
            row("next", "name an older revision with --good")
        case .nothing:
            let runs = bisection.counts(of: bisection.question.bad)
            row("bad end", "\(bisection.question.bad) does not fail: \(runs.failed) of \(runs.runs) runs did")
            if runs.failed == 0, runs.runs > 0 {
                row(
                    "",
                    "a failure of more than \(percent(1 - pow(0.01, 1 / Double(runs.runs)))) of the runs would have shown, with 99 % certainty"
                )
            }
            row("next", "see that the test is the one that failed, or allow more runs: --max-runs")
        case .undecided: undecidedRows(row)
        }
        row("runs", runsText)
        if !bisection.skipped.isEmpty {
            row(
                "skipped",
                "\(bisection.skipped.count) that cannot be judged, the first \(bisection.skipped[0].name.prefix(12)): \(bisection.skipped[0].reason)"
            )
        }
        row("log", "\(workshop.logPath)")
        row("again", "lumon-replay bisect commits --replay \(shellQuoted(workshop.logPath))")
        return lines.joined(separator: "\n")
    }

    private func foundRows(_ row: (String, String) -> Void) {
        guard let commit else { return }
        row("first bad", "\(commit.name) (\(percent(confidence)) sure)")
        row("author", commit.author)
        row("date", commit.date)
        row("subject", commit.subject)
        let state = commit.files.filter(isOnStatePath)
        for file in state.prefix(BisectReport.mostFiles) { row("state", file) }
        let others = commit.files.filter { !isOnStatePath($0) }
        let room = max(0, BisectReport.mostFiles - state.count)
        for file in others.prefix(room) { row("touched", file) }
        let left = commit.files.count - min(state.count, BisectReport.mostFiles) - min(others.count, room)
        if left > 0 { row("touched", "and \(left) other file\(left == 1 ? "" : "s")") }
        if !statePath.isEmpty, state.isEmpty {
            row("note", "it touches nothing that [bisect] state_path names")
        }
        if commit.parents.count > 1 {
            row("note", "it is a merge")
            if bisection.question.isFirstParent {
                row(
                    "next",
                    "lumon-replay bisect commits --good \(commit.parents[0].prefix(12)) --bad \(commit.name.prefix(12)) ... without --first-parent"
                )
            }
        }
        for (name, value) in explanation { row(name, value) }
        row("see", "git show \(commit.name.prefix(12))")
        if let tree = workshop.treePath(commit.name) {
            row("rerun", "cd \(shellQuoted(tree)) && \(bisection.question.test)")
        }
    }

    private func undecidedRows(_ row: (String, String) -> Void) {
        let all = candidates
        let sum = all.reduce(0) { $0 + $1.probability }
        row("undecided", "between these \(all.count) (\(percent(sum)) together):")
        for (name, probability) in all.prefix(BisectReport.mostCandidates) {
            row(
                "", "\(name.prefix(12)) \(percent(probability))  \(CommitFacts(name, repository.git).subject)"
            )
        }
        if all.count > BisectReport.mostCandidates {
            row("", "and \(all.count - BisectReport.mostCandidates) others")
        }
        for (hypothesis, probability) in probabilities where probability > 0.01 {
            if hypothesis == .older {
                row("", "or the failure is older than the good end: \(percent(probability))")
            }
            if hypothesis == .nothing { row("", "or what failed was chance: \(percent(probability))") }
        }
        row(
            "why",
            isExhausted
                ? "no more runs were allowed (--max-runs)"
                : "nothing that can be judged tells them apart")
        if isExhausted { row("next", "allow more runs: --max-runs \(2 * bisection.runCount + 100)") }
    }

    private var runsText: String {
        var text = "\(bisection.runCount)"
        if bisection.question.build != nil { text += ", \(bisection.builds) builds" }
        if case .found(let place) = answer, let rate = bisection.search.posterior.chanceRate(.commit(place)) {
            text += "; a bad commit fails in about \(percent(rate)) of them"
        }
        return text
    }

    // MARK: JSON

    var json: String {
        let outcome =
            switch answer {
            case .found: "found"
            case .older: "good end fails"
            case .nothing: "bad end does not fail"
            case .undecided: "undecided"
            }
        func number(_ value: Double) -> JSON { .number("\((value * 10_000).rounded(.down) / 10_000)") }
        let found = commit.map { commit -> JSON in
            .object([
                ("name", .string(commit.name)), ("author", .string(commit.author)),
                ("date", .string(commit.date)), ("subject", .string(commit.subject)),
                ("merge", .boolean(commit.parents.count > 1)),
                ("files", .array(commit.files.map { .string($0) })),
                ("statePath", .array(commit.files.filter(isOnStatePath).map { .string($0) })),
            ])
        }
        let others = candidates.map { name, probability -> JSON in
            .object([
                ("name", .string(name)), ("subject", .string(CommitFacts(name, repository.git).subject)),
                ("probability", number(probability)),
            ])
        }
        return JSON.object([
            ("outcome", .string(outcome)), ("confidence", number(confidence)), ("commit", found ?? .null),
            ("candidates", .array(others)), ("exhausted", .boolean(isExhausted)),
            ("commits", .integer(bisection.range.names.count)), ("runs", .integer(bisection.runCount)),
            ("builds", .integer(bisection.builds)), ("skipped", .integer(bisection.skipped.count)),
            ("explanation", .rows(explanation)), ("log", .string(workshop.logPath)),
            ("good", .string(bisection.question.good)),
            ("also_good", .array(bisection.question.alsoGood.map { .string($0) })),
            ("bad", .string(bisection.question.bad)),
            ("test", .string(bisection.question.test)),
        ]).text
    }
}

/// What git knows of a commit.
struct CommitFacts {
    let name: String
    private(set) var author = ""
    /// As the author's clock had it, in ISO 8601.
    private(set) var date = ""
    private(set) var subject = ""
    private(set) var parents: [String] = []
    /// By the top of the repository; of a merge, what it brought to its first parent.
    private(set) var files: [String] = []

    init(_ name: String, _ git: Git) {
        self.name = name
        let format = "--format=%an <%ae>%x00%aI%x00%P%x00%s"
        guard let shown = try? git.text(["show", "--no-patch", format, name], doing: "asking for a commit")
        else { return }
        let parts = shown.trimmingCharacters(in: .newlines).components(separatedBy: "\0")
        guard parts.count >= 4 else { return }
        (author, date, subject) = (CommitFacts.line(parts[0]), parts[1], CommitFacts.line(parts[3]))
        parents = parts[2].split(separator: " ").map(String.init)
        let words =
            ["diff-tree", "-r", "-z", "--name-only", "--no-commit-id"]
            + (parents.first.map { [$0, name] } ?? ["--root", name])
        let listed = (try? git.text(words, doing: "asking for a commit's files")) ?? ""
        files = listed.components(separatedBy: "\0").filter { !$0.isEmpty }.map(CommitFacts.line)
    }

    /// Without what would move a terminal's cursor.
    private static func line(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) })
    }
}
