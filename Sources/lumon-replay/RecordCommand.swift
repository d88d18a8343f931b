import ArgumentParser
import Recording
import Replay
import Verification

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Makes a trace from a scenario.",
        discussion: """
            A scenario is a small text file: a world, a camera's program, events. The same scenario gives
            the same bytes on every machine.

            EXAMPLE
              lumon-replay record Traces/walk.scenario.toml -o Traces/walk.mcap
            """)

    @Argument(help: "The scenario, NAME.scenario.toml.", completion: .file(extensions: ["toml"]))
    var scenario: String

    @Option(name: [.short, .long], help: "The trace to write.", completion: .file(extensions: ["mcap"]))
    var output: String

    func run() throws {
        try reporting(file: scenario) {
            let bytes = try Files.read(scenario)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(.data, "\(scenario): not text; expected a scenario in TOML, as UTF-8")
            }
            let frames = try Scenario(text: text, file: scenario).frames()
            try write(frames, from: scenario, to: output)
        }
    }
}
