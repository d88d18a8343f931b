import ArgumentParser
import Replay
import Streaming
import Topology
import Verification

/// Collects what checks have come to, prints it as it comes or at the end, and knows the exit code.
struct CheckReport {
    struct Entry {
        var trace: String
        /// holds, diverged, broken, undecided, error, not applicable.
        var outcome: String
        var frames = 0
        /// By rule, in words.
        var rules: [(rule: Rule, state: String)] = []
        var details: [(name: String, value: String)] = []
        var seconds = 0.0
        /// Where it first differs, or is broken.
        var place: Judgement.Place?
        /// Ascending by name.
        var guilty: [Judgement.Perturbation] = []
        /// The first that is broken.
        var law: String?
        var runs = 0
        var differing = 0
        /// Of a generated trace.
        var seed: UInt64?
    }

    let format: VerdictFormat
    /// Of the command, to be typed again.
    private let words: String
    private(set) var entries: [Entry] = []
    private(set) var codes: [Failure.Code] = []

    init(_ format: VerdictFormat, words: String) {
        self.format = format
        self.words = words
    }

    mutating func add(_ verdict: CheckVerdict) throws {
        var entry = entry(verdict)
        entry.details += commands(verdict)
        if !verdict.passes { codes.append(.diverged) }
        try show(entry)
    }

    /// A trace that has failed, with what is to be said of it before its verdict and behind it.
    mutating func addFailed(
        _ verdict: CheckVerdict, before: [(name: String, value: String)],
        behind: [(name: String, value: String)], seed: UInt64
    ) throws {
        var entry = entry(verdict)
        entry.seed = seed
        entry.details = before + entry.details + behind
        codes.append(.diverged)
        try show(entry)
    }

    mutating func note(_ code: Failure.Code) { codes.append(code) }

    /// All but the commands.
    private func entry(_ verdict: CheckVerdict) -> Entry {
        var entry = Entry(
            trace: verdict.path, outcome: "holds", frames: verdict.frames, seconds: verdict.seconds)
        entry.runs = verdict.runs
        entry.differing = verdict.differing
        let rules = verdict.rule.map { [$0] } ?? Rule.allCases
        entry.rules = rules.map { ($0, word(verdict.state(of: $0))) }
        var details: [(name: String, value: String)] = []
        switch verdict.outcome {
        case .holds: break
        case .diverged(let guilt):
            entry.outcome = "diverged"
            entry.take(guilt)
            details += self.details(guilt)
        case .undecided(let guilt):
            entry.outcome = "undecided"
            entry.take(guilt)
            details += self.details(guilt)
        case .broken: entry.outcome = "broken"
        case .notApplicable(let reason):
            entry.outcome = "not applicable"
            details.append(("reason", reason))
        }
        for (name, _, outcome) in verdict.laws {
            guard case .broken(let breach) = outcome else { continue }
            details += self.details(breach, of: name)
            if entry.law == nil { entry.law = name }
            if entry.place == nil {
                entry.place = .init(
                    frame: Int(breach.frame), stage: breach.stage?.name,
                    levels: breach.level.map { [$0] } ?? [])
            }
        }
        if verdict.runs > 0 { details.append(("runs", runs(verdict))) }
        details += laws(verdict)
        entry.details = details
        return entry
    }

    /// `more` is what else there is to be said.
    mutating func add(
        _ failure: Failure, trace: String, more: [(name: String, value: String)] = [], seed: UInt64? = nil
    ) throws {
        codes.append(failure.code)
        if format != .text { Console.error(failure) }
        var entry = Entry(trace: trace, outcome: "error")
        entry.details = [("reason", failure.message)]
        if let next = failure.next { entry.details.append(("next", next)) }
        entry.details += more
        entry.seed = seed
        try show(entry)
    }

    // MARK: In words

    private func word(_ state: CheckVerdict.RuleState) -> String {
        switch state {
        case .holds: "holds"
        case .broken: "BROKEN"
        case .notJudged: "not judged"
        case .unknownFrom(let frame): "unknown from frame \(frame) on"
        }
    }

    private func details(_ guilt: CheckVerdict.Guilt) -> [(name: String, value: String)] {
        let names = guilt.perturbations.keys.sorted()
        let levels = guilt.levels.map(String.init).joined(separator: " ")
        let guilty =
            names.isEmpty
            ? "nothing that is perturbed: with everything pinned the run differs from itself"
            : names.count == 1 ? names[0] : names.joined(separator: " and ") + ", together"
        return [
            ("guilty", guilty),
            (
                "first",
                "frame \(guilt.frame), stage \(guilt.stage ?? "undetermined")"
                    + (levels.isEmpty ? "" : ", level\(guilt.levels.count == 1 ? "" : "s") \(levels)")
            ),
            ("digest", "expected \(guilt.expected), found \(guilt.found)"),
            ("differ", "\(guilt.differing) of \(guilt.frames) frames"),
        ]
    }

    private func details(_ breach: Breach, of law: String) -> [(name: String, value: String)] {
        var place = "frame \(breach.frame)"
        if let stage = breach.stage { place += ", stage \(stage.name)" }
        if let level = breach.level { place += ", level \(level)" }
        if let cell = breach.cell { place += ", cell \(cell)" }
        var rows: [(name: String, value: String)] = [("law", law), ("first", place), ("value", breach.what)]
        if let stage = breach.stage { rows.append(("open", stage.sourceFile)) }
        return rows
    }

    private func runs(_ verdict: CheckVerdict) -> String {
        let count = "\(verdict.runs) run\(verdict.runs == 1 ? "" : "s")"
        let digests = "\(verdict.distinct) digest\(verdict.distinct == 1 ? "" : "s")"
        guard case .holds = verdict.outcome, verdict.differing == 0 else { return "\(count), \(digests)" }
        return
            "\(count), \(digests); fails less than \(percent(verdict.flakeRateBound)) of the time (95 % sure)"
    }

    private func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded(.up))
        return "\(tenths / 10).\(tenths % 10) %"
    }

    private func laws(_ verdict: CheckVerdict) -> [(name: String, value: String)] {
        var rows: [(name: String, value: String)] = []
        var held: [String] = []
        for (name, _, outcome) in verdict.laws {
            switch outcome {
            case .holds(let cases): held.append("\(name) (\(cases))")
            case .broken: break
            case .notApplicable(let reason): rows.append(("n/a", "\(name): \(reason)"))
            }
        }
        if !held.isEmpty { rows.insert(("laws", held.joined(separator: ", ")), at: 0) }
        return rows + verdict.notApplicable.map { ("n/a", "\($0.name): \($0.reason)") }
    }

    private func commands(_ verdict: CheckVerdict) -> [(name: String, value: String)] {
        let trace = shellQuoted(verdict.path)
        var rows: [(name: String, value: String)] = []
        switch verdict.outcome {
        case .diverged(let guilt) where !guilt.perturbations.isEmpty:
            let text = perturbationText(guilt.perturbations)
            rows.append(("next", "lumon-replay explain \(trace) --perturb \(text)" + words))
        case .diverged, .undecided:
            rows.append(("next", "lumon-replay check \(trace) --full" + words))
        default: break
        }
        for (name, _, outcome) in verdict.laws {
            if case .broken = outcome {
                rows.append(("again", "lumon-replay check \(trace) --only \(name)" + words))
            }
        }
        return rows
    }

    // MARK: Out

    private mutating func show(_ entry: Entry) throws {
        entries.append(entry)
        guard format == .text else { return }
        let words = [
            "holds": "holds", "diverged": "DIVERGED", "broken": "BROKEN", "undecided": "UNDECIDED",
            "error": "ERROR", "not applicable": "not applicable",
        ]
        let word = words[entry.outcome] ?? entry.outcome
        let isGood = entry.outcome == "holds" || entry.outcome == "not applicable"
        var line = pad(entry.trace, 34) + " " + (isGood ? Console.good(word) : Console.bad(word))
        if entry.frames > 0 { line += "  \(entry.frames) frames" }
        try Console.print(line)
        if !entry.rules.isEmpty {
            let rules = entry.rules.map { "\($0.rule.rawValue) \($0.state)" }.joined(separator: ", ")
            try Console.print("  \(pad("rules", 7)) \(rules)")
        }
        for (name, value) in entry.details { try Console.print("  \(pad(name, 7)) \(value)") }
    }

    /// Prints what is printed at the end.
    ///
    /// - Throws: the exit code, unless everything holds.
    mutating func finish() throws {
        func count(_ outcome: String) -> Int { entries.count { $0.outcome == outcome } }
        if !entries.isEmpty, count("not applicable") == entries.count { codes.append(.golden) }
        switch format {
        case .text:
            try Console.print(
                "\(entries.count) verdict\(entries.count == 1 ? "" : "s"): \(count("holds")) hold, "
                    + "\(count("diverged")) diverged, \(count("broken")) broken, \(count("undecided")) undecided, "
                    + "\(count("error")) errors"
                    + (count("not applicable") > 0 ? ", \(count("not applicable")) not applicable" : ""))
        case .json:
            try Console.print(
                JSON.object([("holds", .boolean(codes.isEmpty)), ("traces", jsonEntries)]).text)
        case .junit: try Console.print(junit())
        }
        try exit()
    }

    /// - Throws: the exit code, unless everything holds.
    func exit() throws {
        let order: [Failure.Code] = [.software, .io, .data, .unavailable, .usage, .diverged, .golden]
        if let code = order.first(where: { codes.contains($0) }) { throw ExitCode(code.rawValue) }
    }

    /// A verdict for each trace that has been added.
    var jsonEntries: JSON {
        .array(
            entries.map { entry in
                var members: [(String, JSON)] = [
                    ("trace", .string(entry.trace)), ("outcome", .string(entry.outcome)),
                    ("frames", .integer(entry.frames)),
                    ("rules", .object(entry.rules.map { ($0.rule.rawValue, .string($0.state)) })),
                    ("first", entry.place?.json ?? .null), ("guilty", .array(entry.guilty.map(\.json))),
                    ("law", entry.law.map { .string($0) } ?? .null), ("runs", .integer(entry.runs)),
                    ("differing", .integer(entry.differing)),
                ]
                if let seed = entry.seed { members.append(("seed", .string("\(seed)"))) }
                return JSON.object(members + [("details", .rows(entry.details))])
            })
    }

    /// A test case for each trace and rule; and for so many more that are not among the entries, which hold or are skipped.
    func junit(held: Int = 0, skipped: Int = 0) -> String {
        var cases: [String] = []
        var counts = (failure: 0, error: 0, skipped: 0)
        for entry in entries {
            let text = entry.details.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
            let message = entry.details.first?.value ?? entry.outcome
            let rules =
                entry.rules.isEmpty
                ? [("check", entry.outcome)] : entry.rules.map { ($0.rule.rawValue, $0.state) }
            for (name, state) in rules {
                let opening =
                    "  <testcase classname=\"\(xmlText(entry.trace))\" name=\"\(name)\" "
                    + "time=\"\(hundredths(entry.seconds / Double(rules.count)))\""
                let kind: String?
                if entry.outcome == "error" {
                    kind = "error"
                    counts.error += 1
                } else if state == "not judged" {
                    kind = "skipped"
                    counts.skipped += 1
                } else if state != "holds" {
                    kind = "failure"
                    counts.failure += 1
                } else {
                    kind = nil
                }
                guard let kind else {
                    cases.append(opening + "/>")
                    continue
                }
                cases.append(opening + ">")
                cases.append(
                    "    <\(kind) message=\"\(xmlText("\(state): \(message)"))\">\(xmlText(text))</\(kind)>")
                cases.append("  </testcase>")
            }
        }
        let tests = held + skipped + cases.count { $0.hasPrefix("  <testcase") }
        return
            ([
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
                "<testsuite name=\"lumon-replay check\" tests=\"\(tests)\" failures=\"\(counts.failure)\" "
                    + "errors=\"\(counts.error)\" skipped=\"\(counts.skipped + skipped)\">",
            ] + cases + ["</testsuite>"]).joined(separator: "\n")
    }
}

extension CheckReport.Entry {
    fileprivate mutating func take(_ guilt: CheckVerdict.Guilt) {
        place = .init(frame: Int(guilt.frame), stage: guilt.stage, levels: guilt.levels)
        // Order: ascending by name.
        guilty = guilt.perturbations.sorted { $0.key < $1.key }.map {
            .init(dimension: $0.key, seed: $0.value)
        }
    }
}
