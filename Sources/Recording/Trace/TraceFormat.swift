import Streaming

/// The fixed names and numbers of a trace: an MCAP file of three channels, in its canonical profile.
package enum TraceFormat {
    /// The newest version of the messages, and the only one so far.
    package static let version: UInt32 = 1
    /// Nanoseconds from the log time of a frame to that of the next: seeking a frame is arithmetic.
    package static let tickNanoseconds: UInt64 = 16_666_667
    /// The container's profile.
    package static let profile = "lumon.replay.v1"
    /// The container's library: a constant, so that the same content is the same bytes whoever writes it.
    package static let library = "lumon-replay"
    /// How messages and schemas are written.
    package static let encoding = "protobuf"
    /// A chunk closes after this many frames.
    package static let framesPerChunk = 256
    /// Events that one frame may carry, as in the model.
    package static let maximumEventsPerFrame = 65_536
    /// Configurations that one trace may hold.
    package static let maximumConfigurations = 1 << 20
    /// Levels that a list of budgets may name.
    package static let maximumLevelBudgets = 64
    /// The last number that a frame can have.
    package static let lastFrame = UInt32(Model.frameLimit - 1)

    package static func logTime(frame: UInt32) -> UInt64 { UInt64(frame) * tickNanoseconds }
}

/// The channels that are read.
package enum TraceTopic: String, CaseIterable, Sendable {
    case configuration = "/config"
    case frame = "/frame"
    case event = "/event"

    /// A channel of the format that is not read yet: listed, never an error.
    package static let checkpoint = "/checkpoint"

    /// The full name of the channel's message type.
    package var schemaName: String {
        switch self {
        case .configuration: "lumon.replay.v1.Configuration"
        case .frame: "lumon.replay.v1.Frame"
        case .event: "lumon.replay.v1.Event"
        }
    }

    /// The number of schema and channel in a canonical file, from 1.
    package var id: UInt16 {
        switch self {
        case .configuration: 1
        case .frame: 2
        case .event: 3
        }
    }

    /// A `FileDescriptorSet` with the message and all that it refers to.
    package var schemaData: [UInt8] {
        switch self {
        case .configuration: TraceTopic.configurationSchema
        case .frame: TraceTopic.frameSchema
        case .event: TraceTopic.eventSchema
        }
    }

    package var schema: MCAPSchema {
        MCAPSchema(id: id, name: schemaName, encoding: TraceFormat.encoding, data: schemaData)
    }

    package var channel: MCAPChannel {
        MCAPChannel(id: id, schemaID: id, topic: rawValue, messageEncoding: TraceFormat.encoding)
    }

    private static let configurationSchema = bytes(hexadecimal: SchemaDescriptors.config)
    private static let frameSchema = bytes(hexadecimal: SchemaDescriptors.frame)
    private static let eventSchema = bytes(hexadecimal: SchemaDescriptors.event)

    private static func bytes(hexadecimal text: String) -> [UInt8] {
        func digit(_ character: UInt8) -> UInt8 { character < 0x61 ? character - 0x30 : character - 0x57 }
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            digit(digits[$0]) << 4 | digit(digits[$0 + 1])
        }
    }
}
