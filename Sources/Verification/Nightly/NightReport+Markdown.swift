extension NightReport {
    /// For the summary of a job, and for whoever opens the folder at nine: what is wrong in five lines each, then what there is beside.
    package var markdown: String {
        var lines = ["# \(headline)", "", markdownText(circumstances) + ".", ""]
        if state == .running {
            lines += [
                "This was written while the night ran (process \(process) on \(markdownText(host))). "
                    + "If that is not running any more it was killed, and what is not listed as judged has not run.",
                "",
            ]
        }
        for judgement in red.prefix(NightReport.shown) { lines += fiveLines(judgement) + [""] }
        if red.count > NightReport.shown {
            lines += ["And \(red.count - NightReport.shown) more, in the table below.", ""]
        }
        lines += table
        lines += list("Not judged", judgements.filter { $0.outcome == .notRun })
        lines += list("Not applicable", judgements.filter { $0.outcome == .notApplicable })
        lines += flaky
        if !notes.isEmpty { lines += ["## Notes", ""] + notes.map { "* \(markdownText($0))" } + [""] }
        return lines.joined(separator: "\n")
    }

    /// Red verdicts that have their five lines.
    private static let shown = 20

    /// What is wrong, since when, why, how small, and what to type.
    private func fiveLines(_ judgement: Judgement) -> [String] {
        [
            "### \(markdownText(judgement.title))", "",
            "1. **What:** " + markdownText(judgement.what),
            "2. **Since:** " + markdownText(since(judgement)),
            "3. **Why:** " + markdownText(judgement.why),
            "4. **Smallest:** " + markdownText(judgement.smallest),
            "5. **Type:** " + markdownCode(command(judgement)),
        ]
    }

    /// The bundle's own command where there is one, from the folder that the night was started in.
    package func command(_ judgement: Judgement) -> String {
        judgement.incident.map { "\(folder)/\($0)/rerun" } ?? judgement.command
    }

    private func since(_ judgement: Judgement) -> String {
        nights(judgement) + (judgement.culprit.map { "; \($0)" } ?? "")
    }

    private func nights(_ judgement: Judgement) -> String {
        guard let standing = judgement.standing else {
            return night == nil ? "unknown: there is no history" : "never seen before"
        }
        let green = standing.lastGreen.map { "last green \($0.text)" } ?? "never green"
        let red = standing.redSince.map { "red since \($0.text)" } ?? "red since tonight"
        let flaky =
            standing.isFlaky
            ? "; it is FLAKY: it has passed and failed at \(standing.flakyRevisions[0].prefix(12))" : ""
        return "\(red), \(green)\(flaky)"
    }

    private var table: [String] {
        var lines = [
            "| what | subject | passed | failed | errors | n/a | not run | runs | time |",
            "| --- | --- | --: | --: | --: | --: | --: | --: | --: |",
        ]
        for kind in Judgement.Kind.allCases {
            for subject in subjects {
                let these = judgements.filter { $0.kind == kind && $0.subject == subject }
                guard !these.isEmpty else { continue }
                let counts = [Judgement.Outcome.passed, .failed, .error, .notApplicable, .notRun].map {
                    outcome in
                    "\(these.count { $0.outcome == outcome })"
                }
                let runs = these.reduce(0) { $0 + $1.runs }
                let seconds = these.reduce(0) { $0 + $1.seconds }
                lines.append(
                    "| \(kind.rawValue) | \(markdownText(subject)) | \(counts.joined(separator: " | ")) | \(runs) | "
                        + "\(durationText(seconds)) |")
            }
        }
        return lines + [""]
    }

    /// In the order in which they come.
    private var subjects: [String] {
        var subjects: [String] = []
        for judgement in judgements where !subjects.contains(judgement.subject) {
            subjects.append(judgement.subject)
        }
        return subjects
    }

    private func list(_ title: String, _ judgements: [Judgement]) -> [String] {
        guard !judgements.isEmpty else { return [] }
        return ["## \(title)", ""]
            + judgements.map { "* \(markdownText($0.title)): \(markdownText($0.reason))" } + [""]
    }

    private var flaky: [String] {
        let flaky = judgements.filter { $0.standing?.isFlaky ?? false && !$0.outcome.isRed }
        guard !flaky.isEmpty else { return [] }
        return ["## Flaky", ""]
            + flaky.map { judgement in
                let standing = judgement.standing
                return
                    "* \(markdownText(judgement.title)): passed tonight; red in \(standing?.redNights ?? 0) of "
                    + "\(standing?.nights ?? 0) nights, passed and failed at "
                    + (standing?.flakyRevisions.map { String($0.prefix(12)) }.joined(separator: ", ") ?? "")
            } + [""]
    }
}

extension Judgement {
    /// Whose trace, in a few words.
    package var title: String {
        let whose = subject == "model" ? "" : ", subject \(subject)"
        return switch kind {
        case .verify: "\(name)\(whose)"
        case .check: "\(name), checked\(whose)"
        case .generated: "\(name)\(whose)"
        case .canary: "canary \(name)"
        }
    }

    /// The row of the program's report of this name.
    package func detail(_ name: String) -> String? { details.first { $0.name == name }?.value }

    package var what: String {
        var text = reason
        if let place {
            let differ = detail("differ").map { "; \($0) differ" } ?? ""
            text = "\(reason), first at \(place.text)\(differ)"
        }
        return text
    }

    package var why: String {
        if let value { return value }
        if !guilty.isEmpty {
            return guilty.map { "\($0.dimension)=\($0.seed)" }.joined(separator: " and ")
                + (guilty.count > 1 ? ", together" : " alone") + " makes it differ"
        }
        if let law { return "the law \(law) is broken" + (detail("value").map { ": \($0)" } ?? "") }
        return detail("value") ?? "not known" + (detail("open").map { "; look into \($0)" } ?? "")
    }

    package var smallest: String {
        guard let minimized else {
            return incident == nil ? "no bundle was made" : "not minimized, see the bundle's report.md"
        }
        let trace = "\(incident ?? "")/minimized.mcap"
        return "\(minimized.to) of \(minimized.from) frames, \(trace)"
    }
}
