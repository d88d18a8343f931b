import ArgumentParser
import Persistence
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

            With --store the sessions keep their light in a file, which the run reads and writes: a later session with
            the same seed and layout starts warm. The trace holds what the run took from it, and is repeated without it.

            EXAMPLES
              lumon-replay record Traces/walk.scenario.toml -o Traces/walk.mcap
              lumon-replay record evening.scenario.toml --store lights.store -o evening.mcap
            """)

    @Argument(help: "The scenario, NAME.scenario.toml.", completion: .file(extensions: ["toml"]))
    var scenario: String

    @Option(name: [.short, .long], help: "The trace to write.", completion: .file(extensions: ["mcap"]))
    var output: String

    @Option(
        help: ArgumentHelp(
            "The file in which the sessions keep their light; made where there is none.",
            discussion:
                "A file that is not a store is never touched: the store is off then, and the run goes on."))
    var store: String?

    @Option(help: "With --store, where the scenario does not say it: the size cap of the store in bytes.")
    var storeBytes: Int64 = 256 << 20

    func validate() throws {
        guard (0...StoreRecording.maximumBytes).contains(storeBytes) else {
            throw ValidationError(
                "--store-bytes is \(storeBytes); expected 0...\(StoreRecording.maximumBytes)")
        }
    }

    func run() throws {
        try reporting(file: scenario) {
            let bytes = try Files.read(scenario)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(.data, "\(scenario): not text; expected a scenario in TOML, as UTF-8")
            }
            var frames = try Scenario(text: text, file: scenario).frames()
            if let store { frames = try StoreRecording.run(frames, path: store, sizeCapBytes: storeBytes) }
            try write(frames, from: scenario, to: output)
        }
    }
}
