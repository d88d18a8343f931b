/// The first record of every file.
package struct MCAPHeader: Equatable, Sendable {
    /// A name for what the file promises beyond the format; may be empty.
    package var profile: String
    /// The writer's name for itself.
    package var library: String

    /// A header of these two strings.
    package init(profile: String, library: String) {
        self.profile = profile
        self.library = library
    }
}

/// The last record of every file: where the summary is.
package struct MCAPFooter: Equatable, Sendable {
    /// File offset of the first record of the summary; 0 when there is none.
    package var summaryStart: UInt64
    /// File offset of the first SummaryOffset; 0 when there is none.
    package var summaryOffsetStart: UInt64
    /// CRC32 from the start of the summary to the end of the field before this one; 0 when absent.
    package var summaryCRC: UInt32
}

/// A description of messages, identified by its id in the whole file.
package struct MCAPSchema: Equatable, Sendable {
    /// Not 0: that means "no schema" in a channel.
    package var id: UInt16
    /// The name of the message type.
    package var name: String
    /// How `data` is written, for example `protobuf`.
    package var encoding: String
    /// The description itself.
    package var data: [UInt8]

    /// A schema of these fields.
    package init(id: UInt16, name: String, encoding: String, data: [UInt8]) {
        self.id = id
        self.name = name
        self.encoding = encoding
        self.data = data
    }
}

/// A stream of messages of one topic, identified by its id in the whole file.
package struct MCAPChannel: Equatable, Sendable {
    /// Identifies the channel.
    package var id: UInt16
    /// The schema of its messages; 0 for none.
    package var schemaID: UInt16
    /// The name that messages are looked up by.
    package var topic: String
    /// How messages are written, for example `protobuf`.
    package var messageEncoding: String
    /// Whatever else is to be known about it.
    package var metadata: [String: String]

    /// A channel of these fields.
    package init(
        id: UInt16, schemaID: UInt16, topic: String, messageEncoding: String, metadata: [String: String] = [:]
    ) {
        self.id = id
        self.schemaID = schemaID
        self.topic = topic
        self.messageEncoding = messageEncoding
        self.metadata = metadata
    }
}

/// One message.
package struct MCAPMessage: Equatable, Sendable {
    /// The channel it is on.
    package var channelID: UInt16
    /// The publisher's counter.
    package var sequence: UInt32
    /// When it was recorded, in nanoseconds; messages are looked up by it.
    package var logTime: UInt64
    /// When it was published, in nanoseconds.
    package var publishTime: UInt64
    /// The message, encoded as the channel says.
    package var data: [UInt8]

    /// A message of these fields.
    package init(channelID: UInt16, sequence: UInt32, logTime: UInt64, publishTime: UInt64, data: [UInt8]) {
        self.channelID = channelID
        self.sequence = sequence
        self.logTime = logTime
        self.publishTime = publishTime
        self.data = data
    }
}

/// Separates the data from the summary.
package struct MCAPDataEnd: Equatable, Sendable {
    /// CRC32 of the file from its first byte to this record; 0 when absent.
    package var dataSectionCRC: UInt32
}

extension MCAPHeader: MCAPRecordContent {
    static var opcode: MCAPOpcode { .header }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        profile = try cursor.text("profile")
        library = try cursor.text("library")
    }

    func encode(into encoder: inout MCAPEncoder) throws(MCAPError) {
        try encoder.append(profile, as: "Header.profile")
        try encoder.append(library, as: "Header.library")
    }
}

extension MCAPFooter: MCAPRecordContent {
    static var opcode: MCAPOpcode { .footer }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        summaryStart = try cursor.integer("summary_start")
        summaryOffsetStart = try cursor.integer("summary_offset_start")
        summaryCRC = try cursor.integer("summary_crc")
    }

    func encode(into encoder: inout MCAPEncoder) {
        encoder.append(summaryStart)
        encoder.append(summaryOffsetStart)
        encoder.append(summaryCRC)
    }
}

extension MCAPSchema: MCAPRecordContent {
    static var opcode: MCAPOpcode { .schema }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        id = try cursor.integer("id")
        name = try cursor.text("name")
        encoding = try cursor.text("encoding")
        data = try cursor.block32("data")
    }

    func encode(into encoder: inout MCAPEncoder) throws(MCAPError) {
        encoder.append(id)
        try encoder.append(name, as: "Schema.name")
        try encoder.append(encoding, as: "Schema.encoding")
        try encoder.append(data, as: "Schema.data")
    }
}

extension MCAPChannel: MCAPRecordContent {
    static var opcode: MCAPOpcode { .channel }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        id = try cursor.integer("id")
        schemaID = try cursor.integer("schema_id")
        topic = try cursor.text("topic")
        messageEncoding = try cursor.text("message_encoding")
        metadata = try cursor.textMap("metadata")
    }

    func encode(into encoder: inout MCAPEncoder) throws(MCAPError) {
        encoder.append(id)
        encoder.append(schemaID)
        try encoder.append(topic, as: "Channel.topic")
        try encoder.append(messageEncoding, as: "Channel.message_encoding")
        try encoder.append(metadata, as: "Channel.metadata")
    }
}

extension MCAPMessage: MCAPRecordContent {
    static var opcode: MCAPOpcode { .message }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        channelID = try cursor.integer("channel_id")
        sequence = try cursor.integer("sequence")
        logTime = try cursor.integer("log_time")
        publishTime = try cursor.integer("publish_time")
        data = cursor.rest()
    }

    func encode(into encoder: inout MCAPEncoder) {
        encoder.append(channelID)
        encoder.append(sequence)
        encoder.append(logTime)
        encoder.append(publishTime)
        encoder.append(raw: data)
    }
}

extension MCAPDataEnd: MCAPRecordContent {
    static var opcode: MCAPOpcode { .dataEnd }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        dataSectionCRC = try cursor.integer("data_section_crc")
    }

    func encode(into encoder: inout MCAPEncoder) { encoder.append(dataSectionCRC) }
}
