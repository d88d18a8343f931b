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
                file itself stays as it is. A flight recorder (record --keep-last) leaves a folder of that name: it is taken as a whole.

                EXAMPLES
                  lumon-replay trace recover run.mcap.partial -o run.mcap
                  lumon-replay trace recover damaged.mcap -o saved.mcap --format json
                """)

        @Argument(
            help: "The file, or the folder of a flight recorder.",
            completion: .file(extensions: ["mcap", "partial"]))
        var file: String

        @Option(
            name: [.short, .long], help: "The trace to write; another file.",
            completion: .file(extensions: ["mcap"]))
        var output: String

        @Option(help: "text or json.")
        var format: PlainFormat = .text

        func run() throws {
            try reporting(file: file) {
                let recoveries = try recover()
                guard !Files.areSame(file, output) else {
                    throw Failure(
                        .usage, "\(output): is the file that is to be recovered; expected another",
                        next: "lumon-replay trace recover \(shellQuoted(file)) -o NEW")
                }
                let size = try writeOutput(to: output, startingWith: MCAPFormat.magic) {
                    _ = try TraceRecovery.write(recoveries, to: $0)
                    // Before the output is moved to its place: where the report gets to nobody, nothing changes.
                    try Console.print(report(recoveries))
                }
                for recovery in recoveries { talk(about: recovery.leftOut, of: file) }
                Console.talk(
                    "\(output): \(recoveries.reduce(0) { $0 + $1.frameCount }) frames, \(size) bytes")
            }
        }

        private func recover() throws -> [TraceRecovery] {
            var parts = [file]
            if Files.isFolder(file) {
                // Ten digits: somebody's folder of traces is not one recording.
                parts = Files.list(file, suffix: ".mcap").filter { path in
                    let name = fileName(path).dropLast(5)
                    return name.utf8.count == 10 && name.utf8.allSatisfy { (48...57).contains($0) }
                }
                guard !parts.isEmpty else {
                    throw Failure(
                        .io,
                        "\(file): is a folder, and not one that a flight recorder left: expected files NUMBER.mcap of ten digits in it"
                    )
                }
            }
            // The last file of a flight recorder may have been begun and no more.
            var readers: [TraceReader] = []
            for part in parts {
                do throws(TraceError) {
                    readers.append(try TraceReader(contentsOf: part))
                } catch {
                    guard part == parts.last, !readers.isEmpty else { throw error }
                }
            }
            do {
                return try Trace.recover(parts: readers)
            } catch {
                throw Failure(.data, "\(file): no frame can be recovered: \(error.description)")
            }
        }

        private func report(_ recoveries: [TraceRecovery]) -> String {
            guard let first = recoveries.first, let last = recoveries.last else { return "" }
            let kept = recoveries.reduce(0) { $0 + $1.keptBytes }
            let lost = recoveries.reduce(0) { $0 + $1.lostBytes }
            let frames = recoveries.reduce(0) { $0 + $1.frameCount }
            let leftOut = recoveries.flatMap(\.leftOut.foreignContent)
            let reason = last.reason.map { "at offset \(last.keptBytes): \($0.description)" }
            switch format {
            case .text:
                var rows = [
                    ("file", file), ("trace", output),
                    ("frames", "\(first.firstFrame) to \(last.lastFrame)"),
                    ("bytes kept", "\(kept)"), ("bytes lost", "\(lost)"),
                    ("ended", reason ?? "at the end of the file, which is whole"),
                ]
                rows += leftOut.map { ("left out", $0) }
                return rows.map { pad($0, 14) + " " + $1 }.joined(separator: "\n")
            case .json:
                return JSON.object([
                    ("file", .string(file)), ("trace", .string(output)),
                    ("firstFrame", .integer(Int(first.firstFrame))),
                    ("lastFrame", .integer(Int(last.lastFrame))),
                    ("frames", .integer(Int(frames))),
                    ("bytesKept", .integer(kept)), ("bytesLost", .integer(lost)),
                    ("reason", reason.map { .string($0) } ?? .null),
                    ("leftOut", .array(leftOut.map { .string($0) })),
                ]).text
            }
        }
    }
}
