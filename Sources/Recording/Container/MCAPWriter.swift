/// Writes an MCAP file to a sink, front to back and uncompressed.
///
/// Memory: the open chunk, and an index entry for every closed chunk, attachment and metadata record. The same
/// calls always give the same bytes. A chunk closes when the caller says so, and goes to the sink in one piece
/// with its message indexes, so that what a dying process leaves ends at most one chunk early.
package struct MCAPWriter<Sink: ByteSink> {
    /// Where the bytes go.
    package private(set) var sink: Sink
    /// The number of bytes written to the sink so far: the file offset of what comes next.
    package private(set) var position: UInt64 = 0
    /// The statistics of what has been written, the open chunk included.
    package var statistics: MCAPStatistics { tally.statistics }
    /// The size of the records of the open chunk, in bytes; it lets a caller close chunks by size.
    package var openChunkSize: Int { chunk.recordsSize }

    private let options: MCAPWriterOptions
    private var tally = MCAPTally()
    private var summary = MCAPSummaryBuilder()
    private var chunk = MCAPOpenChunk()
    private var dataCRC = CRC32()
    private var isFinished = false

    /// Begins the file: magic and header.
    ///
    /// - Throws: what the sink throws; ``MCAPError`` when a string is too long.
    package init(_ sink: Sink, header: MCAPHeader, options: MCAPWriterOptions = .complete) throws {
        self.sink = sink
        self.options = options
        var encoder = MCAPEncoder()
        encoder.append(raw: MCAPFormat.magic)
        try encoder.append(record: header)
        try emit(encoder.bytes)
    }

    /// Defines a schema. The same one again writes nothing.
    ///
    /// - Throws: ``MCAPError`` when its id is 0, or another schema's.
    package mutating func write(_ schema: MCAPSchema) throws {
        var tally = tally
        guard try tally.add(schema, at: position) else { return }
        if options.chunks { try chunk.append(schema) } else { try emit(record: schema) }
        self.tally = tally
    }

    /// Defines a channel. The same one again writes nothing.
    ///
    /// - Throws: ``MCAPError`` when its id is another channel's, or its schema is not defined.
    package mutating func write(_ channel: MCAPChannel) throws {
        var tally = tally
        guard try tally.add(channel, at: position) else { return }
        if options.chunks { try chunk.append(channel) } else { try emit(record: channel) }
        self.tally = tally
    }

    /// Writes a message.
    ///
    /// - Throws: ``MCAPError`` when its channel is not defined.
    package mutating func write(_ message: MCAPMessage) throws {
        try tally.requireChannel(message.channelID, at: position)
        if options.chunks { try chunk.append(message) } else { try emit(record: message) }
        tally.countMessage(message.channelID, logTime: message.logTime)
    }

    /// Writes an attachment, before the open chunk, with a checksum of its own if the options want any.
    package mutating func write(_ attachment: MCAPAttachment) throws {
        var attachment = attachment
        attachment.crc = options.checksums ? try attachment.checksum() : 0
        let offset = position
        try emit(record: attachment)
        tally.countAttachment()
        summary.attachmentIndexes.append(
            MCAPAttachmentIndex(
                offset: offset, length: position - offset, logTime: attachment.logTime,
                createTime: attachment.createTime, dataSize: UInt64(attachment.data.count),
                name: attachment.name, mediaType: attachment.mediaType))
    }

    /// Writes a metadata record, before the open chunk.
    package mutating func write(_ metadata: MCAPMetadata) throws {
        let offset = position
        try emit(record: metadata)
        tally.countMetadata()
        summary.metadataIndexes.append(
            MCAPMetadataIndex(offset: offset, length: position - offset, name: metadata.name))
    }

    /// Ends the open chunk and hands it to the sink; nothing happens when it is empty.
    package mutating func closeChunk() throws {
        guard !chunk.isEmpty else { return }
        let closed = try chunk.closed(at: position, options: options)
        try emit(closed.bytes)
        chunk = MCAPOpenChunk()
        tally.countChunk()
        summary.chunkIndexes.append(closed.index)
    }

    /// Ends the file: closes the open chunk, writes the summary, the footer and the magic. Nothing can be
    /// written after it.
    package mutating func finish() throws {
        try closeChunk()
        var end = MCAPEncoder()
        try end.append(record: MCAPDataEnd(dataSectionCRC: options.checksums ? dataCRC.value : 0))
        let start = position + UInt64(end.bytes.count)
        end.append(raw: try summary.encoded(at: start, tally: tally, options: options))
        end.append(raw: MCAPFormat.magic)
        try emit(end.bytes)
        isFinished = true
    }

    private mutating func emit(record: some MCAPRecordContent) throws {
        var encoder = MCAPEncoder()
        try encoder.append(record: record)
        try emit(encoder.bytes)
    }

    private mutating func emit(_ bytes: [UInt8]) throws {
        precondition(!isFinished, "a writer is used after its file was finished")
        try sink.write(bytes)
        if options.checksums { dataCRC.update(bytes) }
        position += UInt64(bytes.count)
    }
}
