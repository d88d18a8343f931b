import Hashing
import Replay
import Streaming
import Topology
import Verification

/// What `explain` prints.
struct ExplainReport {
    /// Fields of the first probe that are shown; the rest is counted.
    private static let maximumFields = 4

    var trace: String
    /// What the run was compared with.
    var name: String
    /// The command that gives this report again.
    var command: String
    var outcome: ExplainOutcome
    /// Of the probe that is shown.
    var history: CellHistory?
    /// What is different between the two runs, where that is known.
    var guilty: [String] = []

    var code: Int32 {
        if case .agrees = outcome { 0 } else { Failure.Code.diverged.rawValue }
    }

    var text: String {
        let head = pad(trace, 34) + " "
        switch outcome {
        case .agrees(let frames):
            return head + Console.good("agrees") + "  \(frames) frame\(frames == 1 ? "" : "s") with \(name)"
        case .diverged, .differsBefore:
            let lines = rows.map { "  \(pad($0.name, 7)) \($0.value)" }
            return ([head + Console.bad("DIVERGED") + "  from \(name)"] + lines).joined(separator: "\n")
        }
    }

    var json: String {
        let state: String =
            switch outcome {
            case .agrees: "agrees"
            case .diverged: "diverged"
            case .differsBefore: "differs before"
            }
        return JSON.object([
            ("trace", .string(trace)), ("against", .string(name)), ("outcome", .string(state)),
            ("details", .rows(rows)),
        ]).text
    }

    private typealias Row = (name: String, value: String)

    private var rows: [Row] {
        switch outcome {
        case .agrees: []
        case .differsBefore(let frame):
            [
                (
                    "first",
                    "before frame \(frame): the digests of the frame before it differ already, or the dump is of "
                        + "another trace"
                ),
                ("next", "lumon-replay verify \(shellQuoted(trace)), and dump the frame that it names"),
            ]
        case .diverged(let explanation): rows(explanation)
        }
    }

    private func rows(_ explanation: Explanation) -> [Row] {
        let difference = explanation.difference
        let levels = difference.levels.map(String.init).joined(separator: " ")
        let stage = difference.stage.map(\.name) ?? "undetermined"
        var rows: [Row] = [
            (
                "first",
                "frame \(explanation.frame), stage \(stage), "
                    + (levels.isEmpty
                        ? "no level's end state"
                        : "level\(difference.levels.count == 1 ? "" : "s") \(levels)")
            ),
            (
                "digest",
                "expected \(explanation.expected ?? "no such frame"), found \(explanation.found ?? "no such frame")"
            ),
        ]
        if !guilty.isEmpty { rows.append(("guilty", guilty.joined(separator: " and "))) }
        if let (frames, all) = explanation.differing { rows.append(("differ", "\(frames) of \(all) frames")) }
        if let output = difference.output {
            let others = counted(difference.otherOutputs, "other value")
            rows.append(
                ("value", sentence(output) + (difference.otherOutputs == 0 ? "" : "; and \(others)")))
        }
        if !explanation.isReproducible {
            rows.append(
                (
                    "race",
                    "stepped again from a keyframe the frame comes out otherwise: its cause is no function of the "
                        + "inputs; probes are compared at the end of the frame"
                ))
        }
        rows += self.rows(cellsOf: difference)
        rows += self.rows(recast: explanation)
        for fault in explanation.incrementalFaults { rows.append(("sums", fault.description)) }
        if let file = sourceFile(explanation) { rows.append(("open", file)) }
        if difference.cell == nil, difference.output == nil, explanation.found != nil {
            let dump =
                "lumon-replay replay \(shellQuoted(trace)) --dump-frame \(explanation.frame) > good.jsonl"
            rows.append(("deeper", "with the build that was good: \(dump)"))
            rows.append(("", "then: lumon-replay explain \(shellQuoted(trace)) --against good.jsonl"))
        }
        rows.append(("again", command))
        return rows
    }

    private func rows(cellsOf difference: FrameDifference) -> [Row] {
        guard let cell = difference.cell else { return [] }
        var rows: [Row] = [
            (
                "probe",
                "level \(cell.level), cell \(cell.cell)" + (history.map { ", region \($0.region)" } ?? "")
            )
        ]
        for field in cell.fields.prefix(ExplainReport.maximumFields) {
            rows.append(("field", sentence(field)))
        }
        let left = cell.fields.count - ExplainReport.maximumFields
        if left > 0 { rows.append(("", "and \(counted(left, "other field")) of this probe")) }
        let others = difference.otherCells.values.reduce(0, +)
        // Order: ascending levels.
        let perLevel = difference.otherCells.sorted { $0.key < $1.key }.map {
            "\($0.value) in level \($0.key)"
        }
        rows.append(
            ("others", others == 0 ? "no other probe" : "\(others) (\(perLevel.joined(separator: ", ")))"))
        if let last = history?.last { rows.append(("last", last.text)) }
        return rows
    }

    private func rows(recast explanation: Explanation) -> [Row] {
        guard let recast = explanation.recast else { return [] }
        if let (level, cell, committed, again) = recast.first {
            return [
                (
                    "cast",
                    "level \(level), cell \(cell): committed payload \(committed); cast again, in the world of its "
                        + "dispatch, \(again)"
                )
            ]
        }
        return [("cast", "\(counted(recast.drained, "drained result")) cast again: all come out the same")]
    }

    /// The file to open: the stage's, but for a wrong ray, which shows in commit and is cast elsewhere.
    private func sourceFile(_ explanation: Explanation) -> String? {
        guard let stage = explanation.difference.stage else { return nil }
        if !explanation.isReproducible { return "Sources/Replay/WorkerPool.swift (what threads may change)" }
        if explanation.recast?.first != nil {
            return "\(Recast.contractFile) (cast again, a result comes out otherwise)"
        }
        let field = explanation.difference.output?.field ?? ""
        if stage == .commit, field.hasSuffix(".payloadLeaf") || field.hasSuffix(".outcome") {
            return "\(Recast.sourceFile) (the same cast gave another result)"
        }
        return stage.sourceFile
    }

    private func counted(_ count: Int, _ what: String) -> String {
        "\(count) \(what)\(count == 1 ? "" : "s")"
    }

    private func sentence(_ value: ValueDifference) -> String {
        "\(value.field): expected \(value.expected), found \(value.found)"
    }
}
