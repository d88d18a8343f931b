import Streaming

/// The fixed names and numbers of a trace: an MCAP file of three channels, or up to six, in its canonical profile.
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
    /// Stages that an engine may have, and digests of each kind that a checkpoint may have.
    package static let maximumStages = 64
    /// Bytes of the name of an engine, and of that of one of its stages or of a snapshot's format.
    package static let maximumEngineNameBytes = 200
    package static let maximumNameBytes = 64
    /// Requests that one frame may name in each list of its work.
    package static let maximumRequestsPerFrame = 1 << 20
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
    case work = "/work"
    case checkpoint = "/checkpoint"
    case snapshot = "/snapshot"

    /// Those that every trace has. The others are there where there are messages on them.
    package static let required: [TraceTopic] = [.configuration, .frame, .event]

    /// The full name of the channel's message type.
    package var schemaName: String {
        switch self {
        case .configuration: "lumon.replay.v1.Configuration"
        case .frame: "lumon.replay.v1.Frame"
        case .event: "lumon.replay.v1.Event"
        case .work: "lumon.replay.v1.Work"
        case .checkpoint: "lumon.replay.v1.Checkpoint"
        case .snapshot: "lumon.replay.v1.Snapshot"
        }
    }

    /// The number of schema and channel in a canonical file, from 1.
    package var id: UInt16 {
        switch self {
        case .configuration: 1
        case .frame: 2
        case .event: 3
        case .work: 4
        case .checkpoint: 5
        case .snapshot: 6
        }
    }

    /// A `FileDescriptorSet` with the message and all that it refers to.
    package var schemaData: [UInt8] {
        switch self {
        case .configuration: TraceTopic.configurationSchema
        case .frame: TraceTopic.frameSchema
        case .event: TraceTopic.eventSchema
        case .work: TraceTopic.workSchema
        case .checkpoint: TraceTopic.checkpointSchema
        case .snapshot: TraceTopic.snapshotSchema
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
    private static let workSchema = bytes(hexadecimal: SchemaDescriptors.work)
    private static let checkpointSchema = bytes(hexadecimal: SchemaDescriptors.checkpoint)
    private static let snapshotSchema = bytes(hexadecimal: SchemaDescriptors.snapshot)

    private static func bytes(hexadecimal text: String) -> [UInt8] {
        func digit(_ character: UInt8) -> UInt8 { character < 0x61 ? character - 0x30 : character - 0x57 }
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            digit(digits[$0]) << 4 | digit(digits[$0 + 1])
        }
    }
}
