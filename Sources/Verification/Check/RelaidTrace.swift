import Recording
import Streaming

/// The same trace with its messages in another order: those of one frame stand next to each other in any, and chunks end where they like.
enum RelaidTrace {
    /// The frames of a trace, written in a layout drawn from a seed, and read again.
    ///
    /// - Throws: what the reader throws.
    static func frames(_ frames: [FrameInput], seed: UInt64) throws -> [FrameInput] {
        var writer = try TraceWriter(MemorySink(), layout: .shuffled(seed: seed))
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        return try TraceReader(writer.sink.bytes).allFrames()
    }
}
