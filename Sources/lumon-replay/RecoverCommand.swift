import ArgumentParser
import Recording
import Verification

extension TraceCommand {
    struct RecoverCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "recover",
            abstract: "Makes a canonical trace of what is whole of a file that is torn or damaged.",
            discussion: """
                For what a recorder leaves that did not come to its end, NAME.partial, and for files that were cut
                short or damaged. Frames are kept from the first on, up to the first thing that is not whole. The
                file itself stays as it is.

                EXAMPLES
                  lumon-replay trace recover run.mcap.partial -o run.mcap
                  lumon-replay trace recover damaged.mcap -o saved.mcap --format json
                """)

        @Argument(help: "The file.", completion: .file(extensions: ["mcap", "partial"]))
        var file: String

        @Option(
            name: [.short, .long], help: "The trace to write; another file.",
            completion: .file(extensions: ["mcap"]))
        var output: String

        @Option(help: "text or json.")
        var format: PlainFormat = .text

        func run() throws {
            try reporting(file: file) {
                let reader = try TraceReader(contentsOf: file)
                let recovery = try recover(reader)
                guard !Files.areSame(file, output) else {
                    throw Failure(
                        .usage, "\(output): is the file that is to be recovered; expected another",
                        next: "lumon-replay trace recover \(shellQuoted(file)) -o NEW")
                }
                let size = try writeOutput(to: output, startingWith: MCAPFormat.magic) {
                    _ = try recovery.write(to: $0)
                    // Before the output is moved to its place: where the report gets to nobody, nothing changes.
                    try Console.print(report(recovery))
                }
                talk(about: recovery.leftOut, of: file)
                Console.talk("\(output): \(recovery.frameCount) frames, \(size) bytes")
            }
        }

        private func recover(_ reader: TraceReader) throws -> TraceRecovery {
            do {
                return try Trace.recover(reader)
            } catch {
                throw Failure(.data, "\(file): no frame can be recovered: \(error.description)")
            }
        }

        private func report(_ recovery: TraceRecovery) -> String {
            let reason = recovery.reason.map { "at offset \(recovery.keptBytes): \($0.description)" }
            switch format {
            case .text:
                var rows = [
                    ("file", file), ("trace", output),
                    ("frames", "\(recovery.firstFrame) to \(recovery.lastFrame)"),
                    ("bytes kept", "\(recovery.keptBytes)"), ("bytes lost", "\(recovery.lostBytes)"),
                    ("ended", reason ?? "at the end of the file, which is whole"),
                ]
                rows += recovery.leftOut.foreignContent.map { ("left out", $0) }
                return rows.map { pad($0, 14) + " " + $1 }.joined(separator: "\n")
            case .json:
                return JSON.object([
                    ("file", .string(file)), ("trace", .string(output)),
                    ("firstFrame", .integer(Int(recovery.firstFrame))),
                    ("lastFrame", .integer(Int(recovery.lastFrame))),
                    ("frames", .integer(Int(recovery.frameCount))),
                    ("bytesKept", .integer(recovery.keptBytes)), ("bytesLost", .integer(recovery.lostBytes)),
                    ("reason", reason.map { .string($0) } ?? .null),
                    ("leftOut", .array(recovery.leftOut.foreignContent.map { .string($0) })),
                ]).text
            }
        }
    }
}
