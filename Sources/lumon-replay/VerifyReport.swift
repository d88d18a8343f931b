import ArgumentParser
import Hashing
import Recording
import Replay
import Streaming
import Verification

enum VerdictFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, junit
}

/// Collects the verdicts of many traces, prints them as they come or at the end, and knows the exit code.
struct VerifyReport {
    private struct Entry {
        var trace: String
        /// One word: agrees, diverged, golden, or error.
        var outcome: String
        var frames = 0
        var details: [(name: String, value: String)] = []
        var seconds = 0.0
        /// Where it first differs.
        var place: Judgement.Place?
    }

    private let format: VerdictFormat
    private var entries: [Entry] = []
    private var codes: [Failure.Code] = []

    /// As the user named it, for the commands to go on with.
    private let golden: String?

    init(_ format: VerdictFormat, golden: String?) {
        self.format = format
        self.golden = golden
    }

    mutating func add(_ verdict: Verdict, seconds: Double) throws {
        var entry = Entry(
            trace: verdict.files.trace, outcome: "agrees", frames: verdict.frames, seconds: seconds)
        switch verdict.outcome {
        case .agrees:
            entry.details = [("run", verdict.run?.description ?? "")]
        case .diverged(let divergence):
            codes.append(.diverged)
            entry.outcome = "diverged"
            entry.details = details(divergence, verdict)
            entry.place = .init(
                frame: Int(divergence.frame), stage: divergence.stage?.name, levels: divergence.levels)
        case .noGolden(let state):
            codes.append(.golden)
            entry.outcome = "golden"
            entry.details = [
                ("reason", state.sentence), ("next", acceptCommand(verdict.files.trace, golden: golden)),
            ]
        case .incremental(let faults):
            codes.append(.software)
            entry.outcome = "error"
            entry.details = faults.map { ("frame \($0.frame)", $0.fault.description) }
        }
        try show(entry)
    }

    mutating func add(_ comparison: CheckpointComparison, trace: String, seconds: Double) throws {
        var entry = Entry(
            trace: trace, outcome: "agrees", frames: comparison.run.frameCount,
            details: [("run", comparison.run.digest.description)], seconds: seconds)
        if let divergence = comparison.divergence {
            codes.append(.diverged)
            entry.outcome = "diverged"
            entry.details = details(divergence, comparison, trace)
            entry.place = .init(
                frame: Int(divergence.frame), stage: divergence.stage?.name, levels: divergence.levels)
        } else if !comparison.run.incrementalFaults.isEmpty {
            codes.append(.software)
            entry.outcome = "error"
            entry.details = comparison.run.incrementalFaults.map {
                ("frame \($0.frame)", $0.fault.description)
            }
        }
        try show(entry)
    }

    mutating func add(
        _ verdict: SubjectVerdict, _ subject: SubjectArguments, _ reference: SubjectReference, seconds: Double
    ) throws {
        var entry = Entry(
            trace: verdict.files.trace, outcome: "agrees", frames: verdict.frames, seconds: seconds)
        switch verdict.outcome {
        case .agrees: entry.details = [("run", verdict.run?.description ?? "")]
        case .diverged(let divergence):
            codes.append(.diverged)
            entry.outcome = "diverged"
            entry.details = details(divergence, verdict, subject, reference)
            entry.place = .init(
                frame: Int(divergence.frame), stage: divergence.stage, levels: divergence.levels)
        case .noGolden(let state):
            codes.append(.golden)
            entry.outcome = "golden"
            entry.details = [
                ("reason", state.sentence), ("golden", verdict.files.golden),
                ("next", acceptCommand(verdict.files.trace, golden: golden, subject)),
            ]
        case .notApplicable(let reason):
            entry.outcome = "not applicable"
            entry.details = [("reason", reason)]
        }
        entry.details += verdict.notApplicable.map { ("n/a", $0) }
        try show(entry)
    }

    private func details(
        _ divergence: SubjectDivergence, _ verdict: SubjectVerdict, _ subject: SubjectArguments,
        _ reference: SubjectReference
    ) -> [(name: String, value: String)] {
        let levels = divergence.levels.map(String.init).joined(separator: " ")
        var details: [(name: String, value: String)] = [
            (
                "first",
                "frame \(divergence.frame), stage \(divergence.stage ?? "undetermined")"
                    + (levels.isEmpty ? "" : ", level\(divergence.levels.count == 1 ? "" : "s") \(levels)")
            ),
            (
                "digest",
                "of the \(reference == .golden ? "frame" : divergence.stage == nil ? "level" : "stage"): expected \(divergence.expected ?? "no such frame"), found \(divergence.found ?? "no such frame")"
            ),
            ("differ", "\(divergence.differing) of \(divergence.frames) frames"),
        ]
        if let new = verdict.newGolden { details.append(("left", new)) }
        if let error = verdict.newGoldenError {
            details.append(("left", "nothing: " + Failure(error, file: verdict.files.newGolden).message))
        }
        var next = "lumon-replay explain \(shellQuoted(verdict.files.trace))"
        switch reference {
        case .golden: next += (golden.map { " --golden \(shellQuoted($0))" } ?? "") + " --reference golden"
        case .model: break
        case .checkpoints:
            next = "lumon-replay replay \(shellQuoted(verdict.files.trace)) --from \(divergence.frame)"
        }
        details.append(("next", next + subject.words))
        return details
    }

    private func details(
        _ divergence: CheckpointDivergence, _ comparison: CheckpointComparison, _ trace: String
    ) -> [(name: String, value: String)] {
        let next = "lumon-replay replay \(shellQuoted(trace)) --dump-frame \(divergence.frame)"
        guard !divergence.isSnapshot else {
            return [
                (
                    "first",
                    "frame \(divergence.frame): the state before it is not the snapshot that was recorded there"
                ),
                ("differ", "\(divergence.differing) of \(comparison.checkpoints) checkpoints"),
                ("next", next),
            ]
        }
        let levels = divergence.levels.map(String.init).joined(separator: " ")
        var details: [(name: String, value: String)] = [
            (
                "first",
                "frame \(divergence.frame), stage \(divergence.stage?.name ?? "undetermined"), "
                    + (levels.isEmpty
                        ? "no level's end state"
                        : "level\(divergence.levels.count == 1 ? "" : "s") \(levels)")
            ),
            (
                "digest",
                "recorded \(divergence.expected?.description ?? "none"), found \(divergence.found?.description ?? "none")"
            ),
            ("differ", "\(divergence.differing) of \(comparison.checkpoints) checkpoints"),
        ]
        if let stage = divergence.stage { details.append(("open", stage.sourceFile)) }
        details.append(("next", next))
        return details
    }

    mutating func add(_ failure: Failure, trace: String) throws {
        codes.append(failure.code)
        // As text the report itself is what is read; other formats go into files.
        if format != .text { Console.error(failure) }
        var entry = Entry(trace: trace, outcome: failure.code == .golden ? "golden" : "error")
        entry.details = [("reason", failure.message)]
        if let next = failure.next { entry.details.append(("next", next)) }
        try show(entry)
    }

    private func details(_ divergence: Divergence, _ verdict: Verdict) -> [(name: String, value: String)] {
        let levels = divergence.levels.map(String.init).joined(separator: " ")
        var details = [
            (
                "first",
                "frame \(divergence.frame), stage \(divergence.stage?.name ?? "undetermined"), "
                    + (levels.isEmpty
                        ? "no level's end state"
                        : "level\(divergence.levels.count == 1 ? "" : "s") \(levels)")
            ),
            (
                "digest",
                "expected \(divergence.expected.map(\.description) ?? "no such frame"), "
                    + "found \(divergence.found.map(\.description) ?? "no such frame")"
            ),
            ("differ", "\(divergence.differingFrames) of \(divergence.frames) frames"),
        ]
        for fault in divergence.incrementalFaults { details.append(("sums", fault.description)) }
        if let stage = divergence.stage { details.append(("open", stage.sourceFile)) }
        if let new = verdict.newGolden { details.append(("left", new)) }
        if let error = verdict.newGoldenError {
            details.append(("left", "nothing: " + Failure(error, file: verdict.files.newGolden).message))
        }
        details.append(
            (
                "next",
                "lumon-replay explain \(shellQuoted(verdict.files.trace))"
                    + (golden.map { " --golden \(shellQuoted($0))" } ?? "")
            ))
        return details
    }

    private mutating func show(_ entry: Entry) throws {
        entries.append(entry)
        guard format == .text else { return }
        let word = entry.outcome == "agrees" ? Console.good("agrees") : Console.bad(word(entry.outcome))
        var line = pad(entry.trace, 34) + " " + word
        if entry.frames > 0 { line += "  \(entry.frames) frames" }
        if entry.outcome == "agrees", let run = entry.details.first { line += "  run \(run.value)" }
        try Console.print(line)
        let details = entry.outcome == "agrees" ? Array(entry.details.dropFirst()) : entry.details
        for (name, value) in details { try Console.print("  \(pad(name, 7)) \(value)") }
    }

    private func word(_ outcome: String) -> String {
        switch outcome {
        case "diverged": "DIVERGED"
        case "golden": "NO GOLDEN"
        case "not applicable": "not applicable"
        default: "ERROR"
        }
    }

    /// Prints what is printed at the end.
    ///
    /// - Throws: the exit code, unless everything agrees.
    mutating func finish() throws {
        let agree = entries.count { $0.outcome == "agrees" }
        let notApplicable = entries.count { $0.outcome == "not applicable" }
        if !entries.isEmpty, notApplicable == entries.count {
            // Nothing was compared: that is no pass.
            codes.append(.golden)
        }
        let frames = entries.reduce(0) { $0 + $1.frames }
        let seconds = entries.reduce(0) { $0 + $1.seconds }
        switch format {
        case .text:
            try Console.print(
                "\(entries.count) verdict\(entries.count == 1 ? "" : "s"): \(agree) agree, "
                    + "\(entries.count { $0.outcome == "diverged" }) diverged, "
                    + "\(entries.count { $0.outcome == "golden" }) without a good golden, "
                    + "\(entries.count { $0.outcome == "error" }) errors"
                    + (notApplicable > 0 ? ", \(notApplicable) not applicable" : ""))
            Console.talk(
                "\(frames) frames in \(hundredths(seconds)) s, "
                    + "\(Int(Double(frames) / max(seconds, 0.000_001))) frames/s")
        case .json: try Console.print(json)
        case .junit: try Console.print(junit)
        }
        // The gravest first: our own fault, then what could not be read, then what differs.
        let order: [Failure.Code] = [.software, .io, .data, .unavailable, .usage, .diverged, .golden]
        if let code = order.first(where: { codes.contains($0) }) { throw ExitCode(code.rawValue) }
    }

    private var json: String {
        JSON.object([
            ("agree", .boolean(codes.isEmpty)),
            (
                "traces",
                .array(
                    entries.map { entry in
                        JSON.object(
                            [
                                ("trace", .string(entry.trace)), ("outcome", .string(entry.outcome)),
                                ("frames", .integer(entry.frames)),
                                ("first", entry.place?.json ?? .null),
                                ("details", .rows(entry.details)),
                            ])
                    })
            ),
        ]).text
    }

    private var junit: String {
        let failures = entries.count { $0.outcome == "diverged" }
        let errors = entries.count { $0.outcome == "golden" || $0.outcome == "error" }
        let notApplicable = entries.count { $0.outcome == "not applicable" }
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuite name=\"lumon-replay verify\" tests=\"\(entries.count)\" failures=\"\(failures)\" "
                + "errors=\"\(errors)\""
                + (notApplicable > 0 ? " skipped=\"\(notApplicable)\">" : ">"),
        ]
        for entry in entries {
            let name = xmlText(entry.trace)
            let opening =
                "  <testcase classname=\"verify\" name=\"\(name)\" time=\"\(hundredths(entry.seconds))\""
            if entry.outcome == "agrees" {
                let left = entry.details.filter { $0.name == "n/a" }.map { "n/a: \($0.value)" }
                guard !left.isEmpty else {
                    lines.append(opening + "/>")
                    continue
                }
                lines.append(opening + ">")
                lines.append("    <system-out>\(xmlText(left.joined(separator: "\n")))</system-out>")
                lines.append("  </testcase>")
                continue
            }
            let kind =
                entry.outcome == "diverged"
                ? "failure" : entry.outcome == "not applicable" ? "skipped" : "error"
            let text = entry.details.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
            let message = entry.details.first?.value ?? entry.outcome
            lines.append(opening + ">")
            lines.append("    <\(kind) message=\"\(xmlText(message))\">\(xmlText(text))</\(kind)>")
            lines.append("  </testcase>")
        }
        lines.append("</testsuite>")
        return lines.joined(separator: "\n")
    }
}

func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}
