import ArgumentParser
import Recording
import Verification

extension TraceCommand {
    struct CompareCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "compare",
            abstract:
                "Finds the first frame and stage in which two recordings differ, by their own checkpoints.",
            discussion: """
                Nothing is rerun: what is compared are the digests that the recording engine computed, stage by stage, of
                two runs of the same path. So it works for any engine, also for one that the model knows nothing of. Where
                the inputs of the runs differ as well, the first of those is named: such runs need not agree.

                EXAMPLES
                  lumon-replay trace compare monday.mcap tuesday.mcap
                  lumon-replay trace compare one-worker.mcap eight-workers.mcap --format json
                """)

        @Argument(help: "A recording.", completion: .file(extensions: ["mcap"]))
        var first: String

        @Argument(help: "Another one.", completion: .file(extensions: ["mcap"]))
        var second: String

        @Option(help: "text or json.")
        var format: PlainFormat = .text

        func run() throws {
            try reporting(file: second) {
                let other: TraceReader
                do { other = try TraceReader(contentsOf: first) } catch { throw Failure(error, file: first) }
                let comparison = try compareRecordings(other, TraceReader(contentsOf: second))
                try Console.print(format == .json ? json(comparison) : text(comparison))
                if comparison.difference != nil { throw ExitCode(Failure.Code.diverged.rawValue) }
            }
        }

        private func text(_ comparison: RecordingComparison) -> String {
            var rows = [("first", first), ("second", second), ("compared", "\(comparison.compared) frames")]
            if comparison.onlyFirst > 0 { rows.append(("only in first", "\(comparison.onlyFirst) frames")) }
            if comparison.onlySecond > 0 {
                rows.append(("only in second", "\(comparison.onlySecond) frames"))
            }
            if let inputs = comparison.inputs {
                rows.append(("inputs", "differ from frame \(inputs.frame) on: \(inputs.input)"))
            } else {
                rows.append(("inputs", "agree"))
            }
            if let difference = comparison.difference {
                let levels = difference.levels.map(String.init).joined(separator: " ")
                rows.append(("result", Console.bad("DIFFER") + " in \(comparison.differing) frames"))
                rows.append(
                    (
                        "first frame",
                        "\(difference.frame), stage \(difference.stage ?? "undetermined")"
                            + (levels.isEmpty ? "" : ", levels \(levels)")
                    ))
                rows.append(("digests", "\(difference.first), \(difference.second)"))
            } else {
                rows.append(("result", Console.good("agree")))
            }
            return rows.map { pad($0, 14) + " " + $1 }.joined(separator: "\n")
        }

        private func json(_ comparison: RecordingComparison) -> String {
            JSON.object([
                ("first", .string(first)), ("second", .string(second)),
                ("compared", .integer(comparison.compared)), ("differing", .integer(comparison.differing)),
                ("onlyFirst", .integer(comparison.onlyFirst)),
                ("onlySecond", .integer(comparison.onlySecond)),
                (
                    "inputs",
                    comparison.inputs.map {
                        JSON.object([("frame", .integer(Int($0.frame))), ("input", .string($0.input))])
                    } ?? .null
                ),
                (
                    "difference",
                    comparison.difference.map {
                        JSON.object([
                            ("frame", .integer(Int($0.frame))),
                            ("stage", $0.stage.map { .string($0) } ?? .null),
                            ("levels", .array($0.levels.map { .integer($0) })), ("first", .string($0.first)),
                            ("second", .string($0.second)),
                        ])
                    } ?? .null
                ),
            ]).text
        }
    }
}
