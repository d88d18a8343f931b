import Recording
import Replay
import Streaming

/// What must hold for a text that may be a scenario.
enum ScenarioProperties {
    /// A scenario may stand for a million frames; here only short ones are made.
    private static let maximumFrames = 1024
    /// Frames that the system is given.
    private static let maximumSteps = 4
    /// Cells of all levels of a system that is given frames.
    private static let maximumCells = 20_000

    static func check(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        guard let text = String(validating: bytes, as: UTF8.self) else { return .refused }
        let scenario: Scenario
        do throws(ScenarioError) {
            scenario = try Scenario(text: text, file: "a")
        } catch {
            try check(error, text)
            return .refused
        }
        guard scenario.frameCount <= maximumFrames else { return .accepted }
        let frames: [FrameInput]
        do throws(ScenarioError) {
            frames = try scenario.frames()
        } catch {
            try check(error, text)
            return .refused
        }
        try check(frames, of: scenario)
        return .accepted
    }

    private static func check(_ error: ScenarioError, _ text: String) throws {
        try require(!error.description.isEmpty, "an error says nothing")
        guard let line = error.line else { return }
        let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        try require((1...lines).contains(line), "an error is in line \(line) of \(lines)")
    }

    /// The frames are a trace, and the model takes them.
    private static func check(_ frames: [FrameInput], of scenario: Scenario) throws {
        try require(Int64(frames.count) == scenario.frameCount, "another number of frames")
        try require(try scenario.frames() == frames, "the same scenario gives other frames")
        var writer = try TraceWriter(MemorySink())
        for input in frames { try writer.write(input) }
        try writer.finish()
        try require(
            try TraceReader(writer.sink.bytes).allFrames() == frames, "the frames are read otherwise")
        let steps = Array(frames.prefix(maximumSteps))
        guard steps.allSatisfy({ cells($0) <= maximumCells }) else { return }
        _ = try Replayer.checkInputs(steps)
    }

    /// The most cells of a configuration that the frame brings.
    private static func cells(_ input: FrameInput) -> Int {
        var most = 0
        for case .sessionStart(let given) in input.events { most = max(most, given.cells) }
        for case .configure(let given) in input.events { most = max(most, given.cells) }
        return most
    }
}

extension Configuration {
    /// The cells of all levels, as the model uses it.
    fileprivate var cells: Int {
        let used = effective().configuration
        let edge = Int(used.resolution)
        return edge * edge * edge * Int(used.levels)
    }
}
