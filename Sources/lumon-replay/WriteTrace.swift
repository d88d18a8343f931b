import Recording
import Replay
import Streaming
import Verification

/// Asks the model whether it takes the frames, unless they are of an engine of its own, and writes them as a canonical trace, beside and
/// renamed.
func write(_ frames: [FrameInput], from source: String, to output: String, isModel: Bool = true) throws {
    if isModel {
        do {
            talk(about: try Replayer.checkInputs(frames), of: source)
        } catch {
            throw Failure(error, file: source)
        }
    }
    var writer = try TraceWriter(MemorySink())
    do {
        for frame in frames { try writer.write(frame) }
        try writer.finish()
    } catch {
        throw Failure(error, file: source)
    }
    try writeOutput(writer.sink.bytes, to: output)
    Console.talk("\(output): \(frames.count) frames, \(writer.sink.bytes.count) bytes")
}

/// Writes what the user has named as an output, over an older output of the same kind but over nothing else.
func writeOutput(_ bytes: [UInt8], to path: String) throws {
    try checkOutput(path, startingWith: Array(bytes.prefix(8)))
    try Files.write(bytes, to: path)
}

/// The same for what `body` writes piece by piece.
///
/// - Returns: the size of the output in bytes.
func writeOutput(
    to path: String, startingWith magic: [UInt8], _ body: (ReplacingFile) throws -> Void
) throws -> Int {
    try checkOutput(path, startingWith: magic)
    return try Files.write(to: path, body)
}

/// Refuses an output in the place of something else: a slip in its name must not cost somebody a scenario.
func checkOutput(_ path: String, startingWith magic: [UInt8]) throws {
    guard !Files.isOfAnotherKind(path, than: magic) else {
        throw Failure(
            .usage, "\(path): exists and is a file of another kind; expected no file, or one to replace",
            next: "remove it, or name another output")
    }
}

/// Says which configured values were outside their bounds.
func talk(about clampings: [(frame: Int32, clamping: Clamping)], of file: String) {
    for (frame, clamping) in clampings {
        Console.talk(
            "note: \(file): frame \(frame): \(clamping.field) is \(clamping.given), \(clamping.used) is used")
    }
}
