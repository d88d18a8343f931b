/// What can be done with a trace as a file: bring it into the canonical profile, and ask whether it is in it.
package enum Trace {
    /// Writes the content of any readable trace in the canonical profile: one message on `/config` for each
    /// start of a session and each change of its configuration, messages in order, chunks of a fixed number of
    /// frames.
    ///
    /// Channels that are not read, attachments, metadata, unknown records and unknown fields are refused: a
    /// canonical file could not keep them, and leaving them out would not be the same trace. A configuration that no
    /// event refers to is left out: nothing was ever decided by it.
    ///
    /// Memory: bounded for a trace whose messages are in the order of their frames; otherwise all messages.
    ///
    /// - Throws: ``TraceError``, and what the sink throws.
    package static func finalize<Sink: ByteSink>(_ trace: TraceReader, to sink: Sink) throws -> Sink {
        var isOrdered = true
        do {
            try checkOrder(trace)
        } catch TraceError.frameOrder {
            isOrdered = false
        }
        var writer = try TraceWriter(sink)
        if isOrdered {
            var frames = TraceFrames(trace.bytes, isStrict: true)
            while let input = try frames.next() { try writer.write(input) }
        } else {
            try writeSorted(trace, &writer)
        }
        try writer.finish()
        return writer.sink
    }

    /// The bytes of the canonical file.
    package static func finalize(_ trace: TraceReader) throws -> [UInt8] {
        try finalize(trace, to: MemorySink()).bytes
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
            var frames = TraceFrames(trace.bytes, isStrict: true)
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

    private static func checkOrder(_ trace: TraceReader) throws(TraceError) {
        var messages = TraceMessages(trace.bytes, isStrict: true)
        var previous: UInt32 = 0
        while let message = try messages.next() {
            guard message.sequence >= previous else {
                throw .frameOrder(previous: previous, found: message.sequence, offset: message.offset)
            }
            previous = message.sequence
        }
    }

    private static func writeSorted<Sink: ByteSink>(
        _ trace: TraceReader, _ writer: inout TraceWriter<Sink>
    ) throws {
        var messages = TraceMessages(trace.bytes, isStrict: true)
        var all: [TraceMessage] = []
        while let message = try messages.next() { all.append(message) }
        all.sort { ($0.sequence, $0.offset) < ($1.sequence, $1.offset) }
        var assembler = FrameAssembler()
        for message in all {
            if let input = try assembler.take(message) { try writer.write(input) }
        }
        if let input = try assembler.finish() { try writer.write(input) }
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
