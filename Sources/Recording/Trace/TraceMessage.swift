import SwiftProtobuf

/// One message of a channel that is read, decoded.
struct TraceMessage: Sendable {
    enum Content: Sendable {
        case configuration(MessageConfiguration)
        case frame(MessageFrame)
        case event(MessageEvent)
        case work(MessageWork)
        case checkpoint(MessageCheckpoint)
        case snapshot(MessageSnapshot)
    }

    var content: Content
    var topic: TraceTopic
    /// The container's sequence: the frame.
    var sequence: UInt32
    var logTime: UInt64
    /// File offset of the message's record.
    var offset: UInt64
    /// File offset of the chunk that holds it, if one does whose checksum has been verified.
    var verifiedChunk: UInt64?

    init(_ message: MCAPMessage, topic: TraceTopic, offset: UInt64) throws(TraceError) {
        self.topic = topic
        sequence = message.sequence
        logTime = message.logTime
        self.offset = offset
        do {
            content =
                switch topic {
                case .configuration:
                    .configuration(try MessageConfiguration(serializedBytes: message.data))
                case .frame: .frame(try MessageFrame(serializedBytes: message.data))
                case .event: .event(try MessageEvent(serializedBytes: message.data))
                case .work: .work(try MessageWork(serializedBytes: message.data))
                case .checkpoint: .checkpoint(try MessageCheckpoint(serializedBytes: message.data))
                case .snapshot: .snapshot(try MessageSnapshot(serializedBytes: message.data))
                }
        } catch {
            throw .undecodable(topic: topic.rawValue, sequence: message.sequence, offset: offset)
        }
    }

    /// Bytes of fields that this version does not know.
    var unknownBytes: Int {
        switch content {
        case .configuration(let message): message.unknownBytes
        case .frame(let message): message.unknownBytes
        case .event(let message): message.unknownBytes
        case .work(let message): message.unknownBytes
        case .checkpoint(let message): message.unknownFields.data.count
        case .snapshot(let message): message.unknownFields.data.count
        }
    }

    /// Sequence and log time agree with the frame that the message names. A configuration names none.
    func checkPlace() throws(TraceError) {
        let frame: UInt32
        switch content {
        case .configuration: frame = sequence
        case .frame(let message): frame = message.frame
        case .event(let message): frame = message.frame
        case .work(let message): frame = message.frame
        case .checkpoint(let message): frame = message.frame
        case .snapshot(let message): frame = message.frame
        }
        guard sequence == frame else {
            throw .sequence(topic: topic.rawValue, expected: frame, found: sequence, offset: offset)
        }
        guard frame <= TraceFormat.lastFrame else {
            throw .outOfRange(
                field: "frame", value: "\(frame)", allowed: "0...\(TraceFormat.lastFrame)", frame: frame)
        }
        let expected = TraceFormat.logTime(frame: frame)
        guard logTime == expected else {
            throw .logTime(
                topic: topic.rawValue, frame: frame, expected: expected, found: logTime, offset: offset)
        }
    }
}
