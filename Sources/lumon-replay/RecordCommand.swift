import ArgumentParser
import Persistence
import Recording
import Replay
import Streaming
import Verification

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Makes a trace from a scenario, from a seed, or of a live run.",
        discussion: """
            A scenario is a small text file: a world, a camera's program, events. The same scenario gives
            the same bytes on every machine.

            With --generated the frames are made up from a seed, as check --generate does.

            With --store the sessions keep their light in a file, which the run reads and writes: a later session with
            the same seed and layout starts warm. The trace holds what the run took from it, and is repeated without it.

            With --live the streaming system runs in real time: worker threads end their casts when they like, a store
            answers when its disk does. The trace holds what each frame drained, so that a replay comes to the same state in
            every frame, and the digests that the run itself came to (verify --against checkpoints). The camera comes from
            a scenario, or from a trace: an imported path. Ctrl-C ends the run, and the trace is written.

            EXAMPLES
              lumon-replay record Traces/walk.scenario.toml -o Traces/walk.mcap
              lumon-replay record --live --fps 60 --workers 3 Traces/walk.scenario.toml -o live.mcap
              lumon-replay record --live --keep-last 120s --store lights.store path.mcap -o last.mcap
              lumon-replay record evening.scenario.toml --store lights.store -o evening.mcap
              lumon-replay record --generated 17 -o generated-17.mcap
            """)

    @Argument(
        help:
            "The scenario, NAME.scenario.toml; with --live also a trace, whose camera and events are taken.",
        completion: .file(extensions: ["toml", "mcap"]))
    var scenario: String?

    @Option(help: ArgumentHelp("In place of a scenario: the frames of this seed.", valueName: "seed"))
    var generated: UInt64?

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

    @OptionGroup var liveOptions: LiveOptions

    func validate() throws {
        guard (scenario == nil) != (generated == nil) else {
            throw ValidationError("expected a scenario, or --generated SEED: one of the two")
        }
        try liveOptions.validate(hasStore: store != nil)
        guard (0...StoreRecording.maximumBytes).contains(storeBytes) else {
            throw ValidationError(
                "--store-bytes is \(storeBytes); expected 0...\(StoreRecording.maximumBytes)")
        }
    }

    func run() throws {
        let source = scenario ?? "seed \(generated ?? 0)"
        try reporting(file: source) {
            let given = try frames()
            if liveOptions.live {
                try LiveRecording(
                    options: liveOptions, frames: given, source: source, output: output, store: store,
                    storeBytes: storeBytes
                ).run()
                return
            }
            let frames =
                try store.map { try StoreRecording.run(given, path: $0, sizeCapBytes: storeBytes) } ?? given
            try write(frames, from: source, to: output)
        }
    }

    private func frames() throws -> [FrameInput] {
        if let generated { return GeneratedTrace.frames(seed: generated) }
        guard let scenario else { preconditionFailure("validated: a scenario, or a seed") }
        let bytes = try Files.read(scenario)
        if liveOptions.live, bytes.starts(with: MCAPFormat.magic) {
            return try TraceReader(bytes).allFrames()
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.data, "\(scenario): not text; expected a scenario in TOML, as UTF-8")
        }
        return try Scenario(text: text, file: scenario).frames()
    }
}
