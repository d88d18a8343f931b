import Recording
import SwiftProtobuf

/// A container that is sound, made of whatever bytes: so that a fuzzer that changes a byte changes what messages say,
/// and not a length, an index or a count that the container's reader finds wrong before anybody looks at a message.
///
/// The first three bytes say how the container is made (``Layout``), then come messages: a byte with the channel, how
/// the number of the frame goes on, and how it is found, a byte with the number of bytes, and the bytes.
struct MessageStream {
    /// Of a channel its topic, the name of its schema and the encoding of both.
    struct Channel {
        var topic: String
        var schema: String
        var encoding: String
        /// The frame that a message of it names, if it can be decoded.
        var frame: @Sendable ([UInt8]) -> UInt32? = { _ in nil }
    }

    let channels: [Channel]

    /// The three channels of a trace, and one that is not its own.
    static let trace = MessageStream(
        channels: [
            channel(.configuration) { _ in nil },
            channel(.frame) { (try? MessageFrame(serializedBytes: $0))?.frame },
            channel(.event) { (try? MessageEvent(serializedBytes: $0))?.frame },
            Channel(topic: "/other", schema: "other", encoding: "other"),
        ])

    /// Poses and transforms, in both encodings.
    static let poses = MessageStream(
        channels: [
            Channel(topic: "/a", schema: FoxgloveSchema.poseInFrame.rawValue, encoding: "protobuf"),
            Channel(topic: "/a", schema: FoxgloveSchema.poseInFrame.rawValue, encoding: "json"),
            Channel(topic: "/b", schema: FoxgloveSchema.frameTransform.rawValue, encoding: "protobuf"),
            Channel(topic: "/b", schema: FoxgloveSchema.frameTransform.rawValue, encoding: "json"),
        ])

    /// The container with the messages that the bytes say. Nothing where it cannot be made, which is when there are
    /// no three bytes.
    func file(of bytes: [UInt8]) throws -> [UInt8] {
        guard bytes.count >= Layout.size else { return [] }
        let layout = Layout(bytes)
        var writer = try MCAPWriter(MemorySink(), header: layout.header, options: layout.options)
        for (index, channel) in channels.enumerated() {
            let id = UInt16(index + 1)
            try writer.write(
                MCAPSchema(id: id, name: channel.schema, encoding: channel.encoding, data: []))
            try writer.write(
                MCAPChannel(
                    id: id, schemaID: id, topic: channel.topic, messageEncoding: channel.encoding))
        }
        var messages = StreamedMessages(bytes: bytes[Layout.size...])
        var count = 0
        while let message = messages.next(channels) {
            try writer.write(message)
            count += 1
            if count.isMultiple(of: layout.messagesPerChunk) { try writer.closeChunk() }
        }
        try writer.finish()
        return layout.cut(writer.sink.bytes)
    }

    /// The bytes of which ``file(of:)`` makes a container with these messages, whose channels are numbered from 1 in
    /// the order of ``channels``.
    ///
    /// - Precondition: no message is longer than 255 bytes.
    static func bytes(_ messages: [MCAPMessage], layout: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [layout, 0, 0]
        var frame: UInt32 = 0
        for message in messages {
            let step: UInt8 = message.sequence > frame ? StreamedMessages.nextFrame : 0
            frame = message.sequence
            let channel = UInt8(truncatingIfNeeded: message.channelID - 1) & 3
            bytes.append(channel | step | StreamedMessages.namedFrame)
            precondition(message.data.count <= UInt8.max, "a message of \(message.data.count) bytes")
            bytes.append(UInt8(message.data.count))
            bytes += message.data
        }
        return bytes
    }

    private static func channel(
        _ topic: TraceTopic, _ frame: @escaping @Sendable ([UInt8]) -> UInt32?
    ) -> Channel {
        Channel(
            topic: topic.rawValue, schema: topic.schemaName, encoding: TraceFormat.encoding, frame: frame)
    }
}

/// How a container is made: by the bits of a byte, and where it is cut.
private struct Layout {
    static let size = 3
    private let bits: UInt8
    private let place: Int

    init(_ bytes: [UInt8]) {
        bits = bytes[0]
        place = Int(bytes[1]) | Int(bytes[2]) << 8
    }

    var header: MCAPHeader {
        bits & 1 == 0
            ? MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library)
            : MCAPHeader(profile: "", library: "another")
    }

    var options: MCAPWriterOptions {
        var options: MCAPWriterOptions = bits & 2 == 0 ? .complete : .plain
        options.checksums = bits & 4 == 0
        options.chunks = bits & 8 == 0
        return options
    }

    var messagesPerChunk: Int { [1, 2, 7, 1 << 16][Int(bits >> 4 & 3)] }

    func cut(_ file: [UInt8]) -> [UInt8] {
        bits & 64 == 0 ? file : Array(file.prefix(place % (file.count + 1)))
    }
}

/// Takes the messages off the bytes.
private struct StreamedMessages {
    /// The bit that gives a message the number of the frame that it names, where it names one.
    static let namedFrame: UInt8 = 64
    /// The bit that gives a message the number after the last one.
    static let nextFrame: UInt8 = 4

    var bytes: ArraySlice<UInt8>
    private var frame: UInt32 = 0

    init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    mutating func next(_ channels: [MessageStream.Channel]) -> MCAPMessage? {
        guard bytes.count >= 2 else { return nil }
        let bits = bytes.removeFirst()
        let size = Int(bytes.removeFirst())
        let data = Array(bytes.prefix(size))
        bytes = bytes.dropFirst(size)
        let channel = Int(bits & 3)
        frame = frame &+ [0, 1, 2, .max][Int(bits >> 2 & 3)]
        if bits & StreamedMessages.namedFrame != 0, let named = channels[channel].frame(data) {
            frame = named
        }
        let lateness: UInt64 = bits & 16 == 0 ? 0 : 1
        let time = TraceFormat.logTime(frame: frame) + lateness
        return MCAPMessage(
            channelID: UInt16(channel + 1), sequence: frame, logTime: time, publishTime: time, data: data)
    }
}
