/// Counts over the whole file.
package struct MCAPStatistics: Equatable, Sendable {
    /// Messages, in chunks and outside.
    package var messageCount: UInt64 = 0
    /// Schema ids.
    package var schemaCount: UInt16 = 0
    /// Channel ids.
    package var channelCount: UInt32 = 0
    /// Attachments.
    package var attachmentCount: UInt32 = 0
    /// Metadata records.
    package var metadataCount: UInt32 = 0
    /// Chunks.
    package var chunkCount: UInt32 = 0
    /// Earliest log time; 0 without messages.
    package var messageStartTime: UInt64 = 0
    /// Latest log time; 0 without messages.
    package var messageEndTime: UInt64 = 0
    /// Messages by channel; empty means not known.
    package var channelMessageCounts: [UInt16: UInt64] = [:]
}

/// Where a group of equal records stands in the summary.
package struct MCAPSummaryOffset: Equatable, Sendable {
    /// The kind of the records.
    package var groupOpcode: UInt8
    /// File offset of the first of them.
    package var groupStart: UInt64
    /// The size of all of them in bytes.
    package var groupLength: UInt64
}

/// Where an attachment stands.
package struct MCAPAttachmentIndex: Equatable, Sendable {
    /// File offset of the attachment's record.
    package var offset: UInt64
    /// The size of the record, header included.
    package var length: UInt64
    /// As in the attachment.
    package var logTime: UInt64
    /// As in the attachment.
    package var createTime: UInt64
    /// The size of the attachment's data.
    package var dataSize: UInt64
    /// As in the attachment.
    package var name: String
    /// As in the attachment.
    package var mediaType: String
}

/// Where a metadata record stands.
package struct MCAPMetadataIndex: Equatable, Sendable {
    /// File offset of the metadata record.
    package var offset: UInt64
    /// The size of the record, header included.
    package var length: UInt64
    /// As in the metadata.
    package var name: String
}

extension MCAPStatistics: MCAPRecordContent {
    static var opcode: MCAPOpcode { .statistics }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        messageCount = try cursor.integer("message_count")
        schemaCount = try cursor.integer("schema_count")
        channelCount = try cursor.integer("channel_count")
        attachmentCount = try cursor.integer("attachment_count")
        metadataCount = try cursor.integer("metadata_count")
        chunkCount = try cursor.integer("chunk_count")
        messageStartTime = try cursor.integer("message_start_time")
        messageEndTime = try cursor.integer("message_end_time")
        channelMessageCounts = try cursor.integerMap("channel_message_counts")
    }

    func encode(into encoder: inout MCAPEncoder) throws(MCAPError) {
        encoder.append(messageCount)
        encoder.append(schemaCount)
        encoder.append(channelCount)
        encoder.append(attachmentCount)
        encoder.append(metadataCount)
        encoder.append(chunkCount)
        encoder.append(messageStartTime)
        encoder.append(messageEndTime)
        try encoder.append(channelMessageCounts, as: "Statistics.channel_message_counts")
    }
}

extension MCAPSummaryOffset: MCAPRecordContent {
    static var opcode: MCAPOpcode { .summaryOffset }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        groupOpcode = try cursor.integer("group_opcode")
        groupStart = try cursor.integer("group_start")
        groupLength = try cursor.integer("group_length")
    }

    func encode(into encoder: inout MCAPEncoder) {
        encoder.append(groupOpcode)
        encoder.append(groupStart)
        encoder.append(groupLength)
    }
}

extension MCAPAttachmentIndex: MCAPRecordContent {
    static var opcode: MCAPOpcode { .attachmentIndex }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        offset = try cursor.integer("offset")
        length = try cursor.integer("length")
        logTime = try cursor.integer("log_time")
        createTime = try cursor.integer("create_time")
        dataSize = try cursor.integer("data_size")
        name = try cursor.text("name")
        mediaType = try cursor.text("media_type")
    }

    func encode(into encoder: inout MCAPEncoder) throws(MCAPError) {
        encoder.append(offset)
        encoder.append(length)
        encoder.append(logTime)
        encoder.append(createTime)
        encoder.append(dataSize)
        try encoder.append(name, as: "AttachmentIndex.name")
        try encoder.append(mediaType, as: "AttachmentIndex.media_type")
    }
}

extension MCAPMetadataIndex: MCAPRecordContent {
    static var opcode: MCAPOpcode { .metadataIndex }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        offset = try cursor.integer("offset")
        length = try cursor.integer("length")
        name = try cursor.text("name")
    }

    func encode(into encoder: inout MCAPEncoder) throws(MCAPError) {
        encoder.append(offset)
        encoder.append(length)
        try encoder.append(name, as: "MetadataIndex.name")
    }
}
