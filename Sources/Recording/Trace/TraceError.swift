/// Why a file is not a trace, or why something cannot be written into one.
///
/// Offsets are bytes from the start of the file and name the message's record.
package enum TraceError: Error, Equatable, Sendable {
    /// The container itself is damaged, or no MCAP file.
    case container(MCAPError)
    /// The operating system refused.
    case system(SystemFileError)
    /// The messages are of a version that did not exist when this was built.
    case newerVersion(found: UInt32, supported: UInt32, offset: UInt64)
    case missingVersion(offset: UInt64)
    case missingChannel(topic: String)
    case duplicateChannel(topic: String, first: UInt16, second: UInt16)
    case channelSchema(topic: String, expected: String, found: String)
    case channelEncoding(topic: String, expected: String, found: String)
    /// The bytes of a message are not protobuf.
    case undecodable(topic: String, sequence: UInt32, offset: UInt64)
    case missingField(field: String, frame: UInt32)
    case notFinite(field: String, value: String, frame: UInt32)
    case outOfRange(field: String, value: String, allowed: String, frame: UInt32)
    /// Of a kind that is not known here, or of none.
    case unknownEvent(frame: UInt32, ordinal: UInt32, offset: UInt64)
    /// The container's sequence is not the frame that the message names.
    case sequence(topic: String, expected: UInt32, found: UInt32, offset: UInt64)
    case logTime(topic: String, frame: UInt32, expected: UInt64, found: UInt64, offset: UInt64)
    case noFrames
    /// Frames are missing between two that follow each other in the file.
    case frameGap(expected: UInt32, found: UInt32, offset: UInt64? = nil)
    /// A message of an earlier frame stands behind one of a later.
    case frameOrder(previous: UInt32, found: UInt32, offset: UInt64)
    case frameRepeated(frame: UInt32, offset: UInt64)
    /// On a channel that has at most one for each frame.
    case messageRepeated(topic: String, frame: UInt32, offset: UInt64)
    /// A frame drains what has come, and the first one what is due, or the other way round.
    case mixedPace(frame: UInt32, isLive: Bool)
    /// Events or configurations of a frame that has no message on `/frame`.
    case frameMissing(frame: UInt32)
    case eventOrdinal(frame: UInt32, expected: UInt32, found: UInt32)
    case configurationMissing(id: UInt32, frame: UInt32, ordinal: UInt32)
    case configurationOrder(expected: UInt32, found: UInt32, frame: UInt32)
    /// The first event of the first frame does not start a session.
    case noSessionStart(frame: UInt32)
    case tooMany(what: String, count: Int, limit: Int, frame: UInt32)
    /// A frame was asked for that the trace does not have.
    case notInTrace(frame: Int64, first: UInt32, last: UInt32)
    /// Foreign content, which a canonical file cannot keep; `what` names it.
    case notCanonicalizable(what: String, offset: UInt64?)
    /// In a damaged file of another writer: nothing tells it from a damaged record of the trace.
    case doubtfulRecord(offset: UInt64)
    /// A message of the format has fields that are not known here: they could be inputs, so that a file without
    /// them would be another trace.
    case unknownFields(topic: String, frame: UInt32, offset: UInt64)
}

extension TraceError: CustomStringConvertible {
    /// What failed and where, what was expected and found, what to do next.
    package var description: String {
        switch self {
        case .container(let error): error.description
        case .system(let error): error.description
        case .newerVersion(let found, let supported, let offset):
            "written by a newer version: the configuration at offset \(offset) has format version \(found), this "
                + "program reads up to \(supported); use a newer lumon-replay"
        case .missingVersion(let offset):
            "the configuration at offset \(offset) has no format version; expected \(TraceFormat.version)"
        case .missingChannel(let topic): "no channel \(topic); is this a trace of another kind?"
        case .duplicateChannel(let topic, let first, let second):
            "two channels \(topic), with ids \(first) and \(second); expected one"
        case .channelSchema(let topic, let expected, let found):
            "the channel \(topic) has messages of type \(found); expected \(expected)"
        case .channelEncoding(let topic, let expected, let found):
            "the channel \(topic) is encoded as \(found); expected \(expected)"
        case .undecodable(let topic, let sequence, let offset):
            "the message on \(topic) at offset \(offset), sequence \(sequence), cannot be decoded as "
                + (TraceTopic(rawValue: topic)?.schemaName ?? "protobuf")
        case .missingField(let field, let frame): "frame \(frame): \(field) is missing"
        case .notFinite(let field, let value, let frame):
            "frame \(frame): \(field) is \(value); expected a finite number"
        case .outOfRange(let field, let value, let allowed, let frame):
            "frame \(frame): \(field) is \(value); expected \(allowed)"
        case .unknownEvent(let frame, let ordinal, let offset):
            "frame \(frame): event \(ordinal) at offset \(offset) is of no kind that is known here, so that the run "
                + "cannot be repeated; use a newer lumon-replay"
        case .sequence(let topic, let expected, let found, let offset):
            "the message on \(topic) at offset \(offset) is of frame \(expected), its sequence is \(found); expected "
                + "the same"
        case .logTime(let topic, let frame, let expected, let found, let offset):
            "the message on \(topic) at offset \(offset) has log time \(found); expected \(expected) for frame \(frame)"
        case .noFrames: "no frame; a trace has at least one"
        case .frameGap(let expected, let found, let offset):
            "frame \(expected) expected, found \(found)\(offset.map { " at offset \($0)" } ?? ""): the frames between "
                + "are lost"
        case .frameOrder(let previous, let found, let offset):
            "a message of frame \(found) at offset \(offset) stands behind one of frame \(previous); "
                + "'trace finalize' brings messages into order"
        case .frameRepeated(let frame, let offset):
            "frame \(frame) has a second message on /frame, at offset \(offset); expected one"
        case .messageRepeated(let topic, let frame, let offset):
            "frame \(frame) has a second message on \(topic), at offset \(offset); expected one"
        case .mixedPace(let frame, let isLive):
            isLive
                ? "frame \(frame) says what it drained, and the trace's first frame does not; expected all or none"
                : "frame \(frame) does not say what it drained, as the trace's first frame does"
        case .frameMissing(let frame):
            "frame \(frame) has events or configurations, but no message on /frame"
        case .eventOrdinal(let frame, let expected, let found):
            "frame \(frame): event ordinal \(expected) expected, found \(found)"
        case .configurationMissing(let id, let frame, let ordinal):
            "frame \(frame): event \(ordinal) refers to configuration \(id), which is not in the trace before it"
        case .configurationOrder(let expected, let found, let frame):
            "frame \(frame): configuration \(expected) expected, found \(found)"
        case .noSessionStart(let frame):
            "frame \(frame) is the first, and has neither a first event that starts a session nor a snapshot of one"
        case .tooMany(let what, let count, let limit, let frame):
            "frame \(frame): \(count) \(what), the limit is \(limit)"
        case .notInTrace(let frame, let first, let last):
            "there is no frame \(frame); the trace has \(first) to \(last)"
        case .notCanonicalizable(let what, let offset):
            "\(what)\(offset.map { " at offset \($0)" } ?? "") cannot be kept in a canonical trace"
        case .doubtfulRecord(let offset):
            "a record of an unknown kind stands behind offset \(offset), and the file is damaged: it may have been one "
                + "of the trace"
        case .unknownFields(let topic, let frame, let offset):
            "frame \(frame): the message on \(topic) at offset \(offset) has fields that are not known here, which "
                + "could be inputs; use a newer lumon-replay"
        }
    }
}
