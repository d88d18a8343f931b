import ArgumentParser
import Recording
import Replay
import Streaming
import Verification

extension ExplainCommand {
    /// A subject beside the model, or beside its golden.
    func explainSubject(_ source: TraceFile) throws {
        let program = try subject.program()
        let running = RunningSubject(program)
        let process = try running.get()
        let options = SubjectOptions(workers: execution.isGiven ? execution.workers : nil)
        var progress = Console.Progress(trace, total: source.frameCount)
        defer { progress.clear() }
        let outcome: SubjectExplainOutcome
        let name: String
        if reference == .golden {
            let files = try TraceTargets([trace], golden: golden).files(of: program, process.description)[0]
            name = files.golden
            let verifier = SubjectVerifier(process, options: options) { _ in
                acceptCommand(trace, golden: golden, subject)
            }
            let verdict = try verifier.verify(source, files, against: .golden) { progress.show($0) }
            switch verdict.outcome {
            case .agrees: outcome = .agrees(frames: verdict.frames, notApplicable: verdict.notApplicable)
            case .diverged(let divergence):
                var explanation = SubjectExplanation(divergence: divergence)
                explanation.isWithoutRecords = "a golden holds digests only"
                explanation.notApplicable = verdict.notApplicable
                outcome = .diverged(explanation)
            case .noGolden(let state):
                throw Failure(
                    .golden, "\(files.golden): \(state.sentence)",
                    next: acceptCommand(trace, golden: golden, subject))
            case .notApplicable(let reason): throw Failure(.golden, "\(trace): not applicable: \(reason)")
            }
        } else {
            name = "the model"
            var explainer = SubjectExplainer(process, options: options)
            explainer.wantsDumps = dumps != nil
            outcome = try explainer.explain(source) { progress.show($0) }
        }
        running.end()
        progress.clear()
        try show(SubjectExplainReport(trace: trace, name: name, command: command, outcome: outcome), source)
    }

    /// The run with everything pinned beside one in which something is perturbed.
    func explainPerturbed(_ source: TraceFile, _ text: String) throws {
        let run = PlannedRun(try CheckArguments.perturbations(of: text))
        let check = try CheckArguments.program(subject)
        let own = try CheckArguments.dimensions(subject: check.name, builds: build)
        let runners = try PerturbedPair(check.program, own, run) { Failure($0, file: "the run").message }
        var progress = Console.Progress(trace, total: source.frameCount)
        defer { progress.clear() }
        let outcome = try runners.explain(source, wantsDumps: dumps != nil) { progress.show($0) }
        progress.clear()
        var report = SubjectExplainReport(
            trace: trace, name: "the run with everything pinned", command: command, outcome: outcome)
        report.guilty = run.perturbations.keys.sorted()
        report.isModel = check.program.isModel
        try show(report, source)
    }

    private func show(_ given: SubjectExplainReport, _ source: TraceFile) throws {
        var report = given
        if case .diverged(let explanation) = report.outcome, let cell = explanation.cell {
            report.history = try CellHistory(
                of: cell.cell, level: cell.level, in: source, until: explanation.divergence.frame)
        }
        if case .diverged(let explanation) = report.outcome, let dumps {
            guard let both = explanation.dumps else {
                throw Failure(
                    .unavailable,
                    "--dumps \(dumps): \(explanation.isWithoutRecords ?? "run again the frame did not come out the same")"
                )
            }
            try Files.createFolder(dumps)
            try Files.write([
                (Array(both.expected.joined(separator: "\n").utf8) + [0x0A], dumps + "/expected.jsonl"),
                (Array(both.found.joined(separator: "\n").utf8) + [0x0A], dumps + "/found.jsonl"),
            ])
        }
        try Console.print(format == .json ? report.json : report.text)
        if case .diverged = report.outcome { throw ExitCode(Failure.Code.diverged.rawValue) }
    }
}

extension CellHistory.Touch {
    /// In words.
    var text: String { "frame \(frame)" + (ordinal.map { ", event \($0)" } ?? "") + ": \(what)" }
}

/// What `explain` prints of a subject.
struct SubjectExplainReport {
    private static let maximumFields = 4

    var trace: String
    var name: String
    var command: String
    var outcome: SubjectExplainOutcome
    /// Of two variants: results that were stored in another cell.
    var oldResults: [VariantExplainer.OldResult] = []
    /// Of the probe that is shown.
    var history: CellHistory?
    /// What is perturbed in the second run.
    var guilty: [String] = []
    /// Both runs are of the model, so that the file of a stage is here.
    var isModel = false

    private typealias Row = (name: String, value: String)

    var text: String {
        let head = pad(trace, 34) + " "
        let lines = rows.map { "  \(pad($0.name, 7)) \($0.value)" }
        switch outcome {
        case .agrees(let frames, _):
            return
                ([head + Console.good("agrees") + "  \(frames) frame\(frames == 1 ? "" : "s") with \(name)"]
                + lines).joined(separator: "\n")
        case .diverged:
            return ([head + Console.bad("DIVERGED") + "  from \(name)"] + lines).joined(separator: "\n")
        }
    }

    var json: String {
        let state = if case .agrees = outcome { "agrees" } else { "diverged" }
        return JSON.object([
            ("trace", .string(trace)), ("against", .string(name)), ("outcome", .string(state)),
            ("details", .rows(rows)),
        ]).text
    }

    private var rows: [Row] {
        switch outcome {
        case .agrees(_, let notApplicable): return notApplicable.map { ("n/a", $0) }
        case .diverged(let explanation):
            return rows(explanation) + explanation.notApplicable.map { ("n/a", $0) } + [("again", command)]
        }
    }

    private func rows(_ explanation: SubjectExplanation) -> [Row] {
        let divergence = explanation.divergence
        let levels = divergence.levels.map(String.init).joined(separator: " ")
        var rows: [Row] = [
            (
                "first",
                "frame \(divergence.frame), stage \(divergence.stage ?? "undetermined")"
                    + (levels.isEmpty ? "" : ", level\(divergence.levels.count == 1 ? "" : "s") \(levels)")
            ),
            (
                "digest",
                "expected \(divergence.expected ?? "no such frame"), found \(divergence.found ?? "no such frame")"
            ),
        ]
        if !guilty.isEmpty { rows.append(("guilty", guilty.joined(separator: " and "))) }
        if divergence.frames > 0 {
            rows.append(("differ", "\(divergence.differing) of \(divergence.frames) frames"))
        }
        if !explanation.isReproducible {
            rows.append(
                (
                    "race",
                    "run again the subject comes to other digests: its cause is no function of the inputs"
                ))
        }
        if let value = explanation.value {
            let others = explanation.otherValues
            rows.append(
                (
                    "value",
                    sentence(value)
                        + (others == 0 ? "" : "; and \(others) other value\(others == 1 ? "" : "s")")
                ))
        }
        for result in oldResults.prefix(SubjectExplainReport.maximumFields) {
            rows.append(
                (
                    "old",
                    "the result of the request for cell \(result.cell) of level \(result.level) was stored in cell \(result.storedIn), "
                        + "which has its slot now: the variant has no generations that would tell them apart"
                ))
        }
        if let cell = explanation.cell {
            let region = history.map { ", region \($0.region)" } ?? ""
            rows.append(("probe", "level \(cell.level), cell \(cell.cell)\(region), at the end of the frame"))
            for field in cell.fields.prefix(SubjectExplainReport.maximumFields) {
                rows.append(("field", sentence(field)))
            }
            let others = explanation.otherCells.values.reduce(0, +)
            // Order: ascending levels.
            let perLevel = explanation.otherCells.sorted { $0.key < $1.key }.map {
                "\($0.value) in level \($0.key)"
            }
            rows.append(
                ("others", others == 0 ? "no other probe" : "\(others) (\(perLevel.joined(separator: ", ")))")
            )
            if let last = history?.last { rows.append(("last", last.text)) }
        }
        if isModel, let stage = Stage.allCases.first(where: { $0.name == divergence.stage }) {
            rows.append(("open", stage.sourceFile))
        }
        if let reason = explanation.isWithoutRecords {
            rows.append(("deeper", "not possible: \(reason)"))
        }
        return rows
    }

    private func sentence(_ value: ValueDifference) -> String {
        "\(value.field): expected \(value.expected), found \(value.found)"
    }
}
