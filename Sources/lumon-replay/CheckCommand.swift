import ArgumentParser
import Recording
import Replay
import Streaming
import Verification

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Asks whether the system is deterministic at all.")

    @Argument(help: "The traces.", completion: .file(extensions: ["mcap"]))
    var traces: [String] = []

    @Option(help: "Only this dimension or law; can be given several times.")
    var only: [String] = []

    @Option(help: "Of everything that is drawn at random.")
    var seed: UInt64 = 1

    @Flag(help: "A sample.") var quick = false
    @Flag(help: "Everything.") var full = false

    func run() throws {
        let memory = CastMemory()
        for path in traces {
            try reporting(file: path) {
                let trace = try TraceFile(path: path)
                var frames: [FrameInput] = []
                try trace.forEachFrame {
                    frames.append($0)
                    return true
                }
                var options = ReplayOptions()
                options.castService = { RememberedCasts(memory) }
                let given = LawCase(
                    trace: trace, frames: frames, effort: quick ? .quick : full ? .full : .standard,
                    seed: seed, options: options)
                for law in Laws.all where only.isEmpty || only.contains(law.name) {
                    try Console.print("\(path)  \(law.name)  \(try law.judge(given))")
                }
            }
        }
    }
}
