package import Streaming
package import Topology

/// A written description of a run: a world, a configuration, a camera's program and events. The frames that
/// it stands for are the same on every machine.
package struct Scenario: Sendable {
    /// Why the scenario exists, in one sentence.
    package var purpose: String
    /// What the first session starts with.
    package var configuration: Configuration
    /// Frames a second: turns speeds into distances and frames into the engine's time.
    package var framesPerSecond: Int64
    /// Where the camera is in frame 0, in blocks.
    package var start: WorldPoint
    /// The store of the first session; nil: it has none.
    package var store: SessionStore?
    package var camera: [CameraSegment]
    package var events: [ScenarioEvent]

    /// Names the file and the lines in errors.
    let source: ScenarioSource

    /// Frames of all segments.
    package var frameCount: Int64 { camera.reduce(0) { $0 + $1.frames } }

    /// Reads the text of a `NAME.scenario.toml`.
    ///
    /// - Parameters:
    ///   - text: at most 1 MiB.
    ///   - file: the name that errors show.
    /// - Throws: ``ScenarioError`` for anything that is not expected: there are no silent defaults for a key
    ///   that is misspelt.
    package init(text: String, file: String) throws(ScenarioError) {
        let source = ScenarioSource(file: file, text: text)
        let root = ScenarioTable(
            source: source, path: "", values: try ScenarioValue.parse(text, file: file))
        try root.allow(Scenario.keys)
        _ = try root.integer("format", 1...1)
        self.source = source
        purpose = try root.string("purpose")
        guard !purpose.isEmpty else {
            throw source.error(
                "purpose", .wrongValue(expected: "one sentence", found: "an empty text", nearest: nil))
        }
        let preset = try root.word("preset", among: Configuration.presets.map(\.name))
        configuration = Configuration.presets.first { $0.name == preset }?.configuration ?? .classic
        configuration.worldSeed = try root.seed("seed")
        framesPerSecond = try root.integer("frames_per_second", 1...1000)
        if root.has("config") {
            let overrides = try ConfigurationOverrides(root.table("config"), .session)
            overrides.apply(to: &configuration)
        }
        store = root.has("store") ? try SessionStore(root.table("store")) : nil
        start = try root.point("start")
        camera = try CameraSegment.read(root)
        events = []
        for table in try root.tables("event", limit: ScenarioLimits.eventTables) {
            events.append(try ScenarioEvent(table, frameCount: frameCount))
        }
    }

    private static let keys = [
        "format", "purpose", "preset", "seed", "frames_per_second", "config", "store", "start", "camera",
        "event",
    ]
}
