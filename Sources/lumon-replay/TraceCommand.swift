import ArgumentParser
import Hashing
import Recording
import Replay
import Streaming
import Verification

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Works on trace files themselves.",
        discussion: """
            EXAMPLES
              lumon-replay trace info Traces/walk.mcap
              lumon-replay trace import --format tum path.txt --scale 16 -o path.mcap
              lumon-replay trace export Traces/walk.mcap --format tum -o walk.txt
              lumon-replay trace recover run.mcap.partial -o run.mcap
              lumon-replay trace compare monday.mcap tuesday.mcap
            """,
        subcommands: [
            InfoCommand.self, CatCommand.self, ValidateCommand.self, FinalizeCommand.self,
            RecoverCommand.self, ImportCommand.self, ExportCommand.self, CompareCommand.self,
        ])

    struct InfoCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "info", abstract: "Says what a trace holds.",
            discussion: """
                EXAMPLE
                  lumon-replay trace info Traces/walk.mcap
                """)

        @Argument(help: "The trace.", completion: .file(extensions: ["mcap"]))
        var trace: String

        @Option(help: "text or json.")
        var format: PlainFormat = .text

        func run() throws {
            try reporting(file: trace) {
                let info = try Trace.info(TraceReader(contentsOf: trace))
                var rows: [(String, JSON)] = [
                    ("trace", .string(trace)), ("bytes", .integer(info.sizeBytes)),
                    ("digest", .string(info.digest.description)),
                    ("firstFrame", .integer(Int(info.firstFrame))),
                    ("frames", .integer(Int(info.frameCount))),
                    ("sessions", .integer(Int(info.sessions))),
                    ("durationNanoseconds", .integer(Int(info.durationNanoseconds))),
                    ("canonical", .string(info.canonicity.sentence)),
                    ("run", .string(info.isLive ? "live" : "modelled")),
                ]
                if info.checkpoints > 0 { rows.append(("checkpoints", .integer(Int(info.checkpoints)))) }
                if info.snapshots > 0 { rows.append(("snapshots", .integer(Int(info.snapshots)))) }
                if info.gaps > 0 {
                    rows.append(("gaps", .integer(Int(info.gaps))))
                    rows.append(("missedFrames", .integer(Int(info.missedFrames))))
                }
                for engine in info.engines {
                    rows.append(("engine", .string(engine.name)))
                    rows.append(("stages", .string(engine.stages.joined(separator: " "))))
                }
                for configuration in info.configurations {
                    rows.append(("configuration", .string(configuration.sentence)))
                }
                for event in info.events where event.count > 0 {
                    rows.append(("event \(event.kind)", .integer(Int(event.count))))
                }
                rows += info.extras.rows
                switch format {
                case .json:
                    try Console.print(
                        JSON.array(rows.map { JSON.object([("name", .string($0)), ("value", $1)]) }).text)
                case .text:
                    for (name, value) in rows {
                        if case .string(let text) = value {
                            try Console.print("\(pad(name, 20)) \(text)")
                        } else {
                            try Console.print("\(pad(name, 20)) \(value.text)")
                        }
                    }
                }
            }
        }
    }

    struct CatCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cat", abstract: "Prints a trace as JSON Lines, a line per message.",
            discussion: """
                EXAMPLES
                  lumon-replay trace cat Traces/walk.mcap | head
                  git config diff.lumon-trace.textconv 'lumon-replay trace cat'
                """)

        @Argument(help: "The trace.", completion: .file(extensions: ["mcap"]))
        var trace: String

        func run() throws {
            try reporting(file: trace) {
                try Trace.cat(TraceReader(contentsOf: trace)) { try Console.print($0) }
            }
        }
    }

    struct ValidateCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "validate",
            abstract:
                "Checks a trace from end to end: container, messages, frames, and whether it is canonical.",
            discussion: """
                EXAMPLE
                  lumon-replay trace validate Traces/walk.mcap
                """)

        @Argument(help: "The traces.", completion: .file(extensions: ["mcap"]))
        var traces: [String]

        @Flag(help: "Accept a trace that is readable but not in the canonical profile.")
        var allowNonCanonical = false

        func run() throws {
            var codes: [Failure.Code] = []
            for path in traces {
                do {
                    let trace = try TraceFile(path: path)
                    try checkInputs(trace)
                    let canonicity = Trace.canonicity(of: trace.reader)
                    guard canonicity == .canonical || allowNonCanonical else {
                        throw Failure(
                            .data,
                            "\(path): readable, but \(canonicity.sentence); expected the canonical profile",
                            next: canonicity.next(path))
                    }
                    try Console.print("\(pad(path, 34)) valid, \(canonicity.sentence)")
                } catch {
                    let failure = Failure(error, file: path)
                    Console.error(failure)
                    codes.append(failure.code)
                }
            }
            if let code = [Failure.Code.software, .io, .data].first(where: { codes.contains($0) }) {
                throw ExitCode(code.rawValue)
            }
        }

        /// A recording that the model cannot repeat is a good recording all the same.
        private func checkInputs(_ trace: TraceFile) throws {
            do {
                talk(about: try Replayer.checkInputs(trace), of: trace.path)
            } catch let error as ReplayError where error.isOfForeignRun {
                Console.talk("note: " + Failure(error, file: trace.path).message)
                try trace.forEachFrame { _ in true }
            }
        }
    }

    struct FinalizeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "finalize",
            abstract:
                "Writes a readable trace in the canonical profile: the same content, always the same bytes.",
            discussion: """
                What a canonical file cannot keep is refused: channels, attachments, metadata and records that are
                not the trace's. --drop-foreign leaves that out, and says what it was. Fields and events that this
                version does not know are refused all the same: they could be inputs.

                EXAMPLES
                  lumon-replay trace finalize recording.mcap -o Traces/recording.mcap
                  lumon-replay trace finalize recording.mcap --drop-foreign -o Traces/recording.mcap
                """)

        @Argument(help: "The trace.", completion: .file(extensions: ["mcap"]))
        var trace: String

        @Option(name: [.short, .long], help: "The trace to write; may be the same file.")
        var output: String

        @Flag(help: "Leave out what is not the trace's.")
        var dropForeign = false

        func run() throws {
            try reporting(file: trace) {
                let reader = try TraceReader(contentsOf: trace)
                var leftOut = TraceExtras()
                let size = try writeOutput(to: output, startingWith: MCAPFormat.magic) { file in
                    leftOut = try Trace.finalize(reader, to: file, droppingForeign: dropForeign).leftOut
                }
                talk(about: leftOut, of: trace)
                Console.talk("\(output): \(size) bytes")
            }
        }
    }
}

extension Trace.Canonicity {
    var sentence: String {
        switch self {
        case .canonical: "canonical"
        case .differs(let offset): "not canonical: another encoding from byte \(offset) on"
        case .refused(let error): "not canonical: \(error.description)"
        }
    }

    /// What brings the trace into the profile, where something does.
    fileprivate func next(_ path: String) -> String? {
        switch self {
        case .canonical: nil
        case .differs: "lumon-replay trace finalize \(shellQuoted(path)) -o NEW"
        case .refused(let error): error.next(path)
        }
    }
}
