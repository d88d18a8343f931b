import ArgumentParser
import Recording
import Verification

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a trace, or the camera path in it, as text.",
        discussion: """
            Nothing is written before the whole trace has been found readable. An output replaces an older \
            one of the same format only: a file that begins as an exported one does.

            FORMATS
              jsonl  a JSON object a line, as `trace cat` prints it
              tum    the camera: `time tx ty tz qx qy qz qw` a line, in seconds and blocks

            EXAMPLES
              lumon-replay trace export Traces/walk.mcap --format jsonl -o walk.jsonl
              lumon-replay trace export Traces/walk.mcap --format tum > walk.txt
            """)

    @Argument(help: "The trace.", completion: .file(extensions: ["mcap"]))
    var trace: String

    @Option(help: "jsonl or tum.")
    var format: ExportFormat

    @Option(name: [.short, .long], help: "The file to write; standard output if not given.")
    var output: String?

    func run() throws {
        try reporting(file: trace) {
            if let output { try checkOutput(output, startingWith: Array(format.opening.utf8)) }
            let reader = try TraceReader(contentsOf: trace)
            // Reads all of it, whatever the format.
            let clock = try TUMExport.clock(of: reader)
            guard let output else {
                try write(reader, clock) { try Console.print($0) }
                return
            }
            var bytes: [UInt8] = []
            try write(reader, clock) { bytes += Array($0.utf8) + [UInt8(ascii: "\n")] }
            try Files.write(bytes, to: output)
            Console.talk("\(output): \(bytes.count) bytes")
        }
    }

    private func write(
        _ reader: TraceReader, _ clock: TUMExport.Clock, _ line: (String) throws -> Void
    ) throws {
        switch format {
        case .jsonl: try Trace.cat(reader, line)
        case .tum:
            if clock == .frame {
                Console.talk(
                    "note: \(trace): the engine's times do not ascend; "
                        + "frames are written \(TraceFormat.tickNanoseconds) ns apart")
            }
            try TUMExport.write(reader, name: fileName(trace), clock: clock, line)
        }
    }
}

enum ExportFormat: String, ExpressibleByArgument, CaseIterable {
    case jsonl, tum

    /// How a file of this format begins that this command has written.
    var opening: String {
        switch self {
        case .jsonl: "{\"topic\":"
        case .tum: TUMExport.opening
        }
    }
}
