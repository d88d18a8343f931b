package import Streaming

/// What can be done with a trace as a file: bring it into the canonical profile, and ask whether it is in it.
package enum Trace {
    /// Writes the content of any readable trace in the canonical profile: one message on `/config` for each
    /// start of a session and each change of its configuration, messages in order, chunks of a fixed number of
    /// frames.
    ///
    /// Channels that are not read, attachments, metadata and unknown records are refused, because a canonical file
    /// could not keep them, unless they are to be left out. Unknown fields and events of unknown kinds are always
    /// refused: leaving them out would not be the same trace. A configuration that no event refers to is left out:
    /// nothing was ever decided by it.
    ///
    /// Memory: bounded for a trace whose messages are in the order of their frames; otherwise all messages.
    ///
    /// - Parameters:
    ///   - trace: what to write.
    ///   - sink: where to.
    ///   - droppingForeign: whether foreign content is left out, and not refused.
    /// - Returns: the sink, and what was left out.
    /// - Throws: ``TraceError``, and what the sink throws.
    package static func finalize<Sink: ByteSink>(
        _ trace: TraceReader, to sink: Sink, droppingForeign: Bool = false
    ) throws -> (sink: Sink, leftOut: TraceExtras) {
        let foreign: ForeignContent = droppingForeign ? .dropped : .refused
        let isOrdered = try isOrdered(trace, foreign)
        var writer = try TraceWriter(sink)
        let leftOut: TraceExtras
        if isOrdered {
            var frames = TraceFrames(trace.bytes, foreign: foreign)
            while let input = try frames.next() { try writer.write(input) }
            leftOut = frames.extras
        } else {
            leftOut = try writeSorted(trace, foreign, &writer)
        }
        try writer.finish()
        return (writer.sink, leftOut)
    }

    /// Frames as the bytes of a canonical file.
    ///
    /// - Throws: ``TraceError`` where they are no trace.
    package static func encode(_ frames: [FrameInput]) throws -> [UInt8] {
        var writer = try TraceWriter(MemorySink())
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        return writer.sink.bytes
    }

    /// The bytes of the canonical file.
    package static func finalize(_ trace: TraceReader, droppingForeign: Bool = false) throws -> [UInt8] {
        try finalize(trace, to: MemorySink(), droppingForeign: droppingForeign).sink.bytes
    }

    /// How a file stands to the canonical profile.
    package enum Canonicity: Equatable, Sendable {
        case canonical
        /// Encoded again, the content gives other bytes from this offset on.
        case differs(offset: UInt64)
        /// The content cannot be encoded again.
        case refused(TraceError)
    }

    /// Encodes the trace again and compares as it goes, with bounded memory.
    package static func canonicity(of trace: TraceReader) -> Canonicity {
        do {
            var writer = try TraceWriter(ComparingSink(trace.bytes))
            var frames = TraceFrames(trace.bytes, foreign: .refused)
            while let input = try frames.next() { try writer.write(input) }
            try writer.finish()
            let written = writer.sink.position
            return written == trace.sizeBytes ? .canonical : .differs(offset: UInt64(written))
        } catch let error as ComparingSink.Difference {
            return .differs(offset: error.offset)
        } catch let error as TraceError {
            return .refused(error)
        } catch {
            return .differs(offset: 0)
        }
    }

    /// Whether no message stands behind one of a later frame.
    static func isOrdered(_ trace: TraceReader, _ foreign: ForeignContent) throws(TraceError) -> Bool {
        var messages = TraceMessages(trace.bytes, foreign: foreign)
        var previous: UInt32 = 0
        while let message = try messages.next() {
            guard message.sequence >= previous else { return false }
            previous = message.sequence
        }
        return true
    }

    private static func writeSorted<Sink: ByteSink>(
        _ trace: TraceReader, _ foreign: ForeignContent, _ writer: inout TraceWriter<Sink>
    ) throws -> TraceExtras {
        var messages = TraceMessages(trace.bytes, foreign: foreign)
        var all: [TraceMessage] = []
        while let message = try messages.next() { all.append(message) }
        all.sort { ($0.sequence, $0.offset) < ($1.sequence, $1.offset) }
        var assembler = FrameAssembler()
        for message in all {
            if let input = try assembler.take(message) { try writer.write(input) }
        }
        if let input = try assembler.finish() { try writer.write(input) }
        return messages.extras
    }
}

/// Compares what is written with a file, and stops at the first difference.
private struct ComparingSink: ByteSink {
    struct Difference: Error { var offset: UInt64 }

    private let expected: MCAPBytes
    private(set) var position = 0

    init(_ expected: MCAPBytes) { self.expected = expected }

    mutating func write(_ bytes: [UInt8]) throws {
        let available = min(bytes.count, expected.count - position)
        let there = expected.copy(position..<position + available)
        if let different = zip(there, bytes).enumerated().first(where: { $0.element.0 != $0.element.1 }) {
            throw Difference(offset: UInt64(position + different.offset))
        }
        position += available
        if available < bytes.count { throw Difference(offset: UInt64(position)) }
    }
}
