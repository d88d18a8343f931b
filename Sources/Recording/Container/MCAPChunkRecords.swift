/// A batch of schemas, channels and messages. The records themselves stay in the file.
package struct MCAPChunk: Equatable, Sendable {
    /// Earliest log time of its messages; 0 when it has none.
    package var messageStartTime: UInt64
    /// Latest log time of its messages; 0 when it has none.
    package var messageEndTime: UInt64
    /// The size of its records in bytes.
    package var uncompressedSize: UInt64
    /// CRC32 of its records; 0 when absent.
    package var uncompressedCRC: UInt32
    /// Empty for none.
    package var compression: String
    /// The file offsets that its records take.
    package var records: Range<UInt64>

    /// The bytes of an uncompressed chunk's record before its records.
    static let prefixSize = MCAPFormat.recordHeaderSize + 40

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        messageStartTime = try cursor.integer("message_start_time")
        messageEndTime = try cursor.integer("message_end_time")
        uncompressedSize = try cursor.integer("uncompressed_size")
        uncompressedCRC = try cursor.integer("uncompressed_crc")
        compression = try cursor.text("compression")
        let range = try cursor.range64("records")
        records = UInt64(range.lowerBound)..<UInt64(range.upperBound)
    }

    /// The records' positions, once it is certain that they are uncompressed, complete and undamaged.
    /// The chunk's own record stands at `start`.
    func verifiedRecords(of bytes: MCAPBytes, start: Int) throws(MCAPError) -> Range<Int> {
        let offset = UInt64(start)
        guard compression.isEmpty else {
            throw .compressedChunk(offset: offset, compression: compression)
        }
        guard uncompressedSize == UInt64(records.count) else {
            throw .inconsistent(
                reading: "Chunk.uncompressed_size", offset: offset, expected: UInt64(records.count),
                found: uncompressedSize)
        }
        let range = Int(records.lowerBound)..<Int(records.upperBound)
        let found = uncompressedCRC == 0 ? 0 : bytes.checksum(range)
        guard found == uncompressedCRC else {
            throw .crcMismatch(what: .chunk, offset: offset, expected: uncompressedCRC, found: found)
        }
        return range
    }
}

/// Where the messages of one channel stand in the chunk before it.
package struct MCAPMessageIndex: Equatable, Sendable {
    /// The place of one message.
    package struct Entry: Equatable, Sendable {
        /// The message's log time.
        package var logTime: UInt64
        /// The offset of its record from the first byte of the chunk's records.
        package var offset: UInt64
    }

    /// The channel.
    package var channelID: UInt16
    /// One for every message of the channel in the chunk.
    package var entries: [Entry]
}

/// Where a chunk and its message indexes stand.
package struct MCAPChunkIndex: Equatable, Sendable {
    /// As in the chunk.
    package var messageStartTime: UInt64
    /// As in the chunk.
    package var messageEndTime: UInt64
    /// File offset of the chunk's record.
    package var chunkStartOffset: UInt64
    /// The size of the chunk's record, header included.
    package var chunkLength: UInt64
    /// File offsets of the chunk's message indexes by channel; empty when there are none.
    package var messageIndexOffsets: [UInt16: UInt64]
    /// The size of all the chunk's message indexes.
    package var messageIndexLength: UInt64
    /// As in the chunk.
    package var compression: String
    /// The size of the chunk's records as they stand in the file.
    package var compressedSize: UInt64
    /// As in the chunk.
    package var uncompressedSize: UInt64

    /// The first field that says something else than the chunk at `frame`, as an error.
    func disagreement(with chunk: MCAPChunk, at frame: MCAPFrame) -> MCAPError? {
        let pairs: [(String, UInt64, UInt64)] = [
            ("chunk_length", UInt64(frame.end - frame.start), chunkLength),
            ("message_start_time", chunk.messageStartTime, messageStartTime),
            ("message_end_time", chunk.messageEndTime, messageEndTime),
            ("uncompressed_size", chunk.uncompressedSize, uncompressedSize),
            ("compressed_size", UInt64(chunk.records.count), compressedSize),
        ]
        for (field, expected, found) in pairs where expected != found {
            return .inconsistent(
                reading: "ChunkIndex.\(field)", offset: chunkStartOffset, expected: expected, found: found)
        }
        return nil
    }
}

extension MCAPMessageIndex: MCAPRecordContent {
    static var opcode: MCAPOpcode { .messageIndex }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        channelID = try cursor.integer("channel_id")
        var entries: [Entry] = []
        try cursor.elements("records") { (cursor) throws(MCAPError) in
            let logTime: UInt64 = try cursor.integer("records")
            entries.append(Entry(logTime: logTime, offset: try cursor.integer("records")))
        }
        self.entries = entries
    }

    func encode(into encoder: inout MCAPEncoder) throws(MCAPError) {
        encoder.append(channelID)
        try encoder.prefixed32("MessageIndex.records") { encoder in
            for entry in entries {
                encoder.append(entry.logTime)
                encoder.append(entry.offset)
            }
        }
    }
}

extension MCAPChunkIndex: MCAPRecordContent {
    static var opcode: MCAPOpcode { .chunkIndex }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        messageStartTime = try cursor.integer("message_start_time")
        messageEndTime = try cursor.integer("message_end_time")
        chunkStartOffset = try cursor.integer("chunk_start_offset")
        chunkLength = try cursor.integer("chunk_length")
        messageIndexOffsets = try cursor.integerMap("message_index_offsets")
        messageIndexLength = try cursor.integer("message_index_length")
        compression = try cursor.text("compression")
        compressedSize = try cursor.integer("compressed_size")
        uncompressedSize = try cursor.integer("uncompressed_size")
    }

    func encode(into encoder: inout MCAPEncoder) throws(MCAPError) {
        encoder.append(messageStartTime)
        encoder.append(messageEndTime)
        encoder.append(chunkStartOffset)
        encoder.append(chunkLength)
        try encoder.append(messageIndexOffsets, as: "ChunkIndex.message_index_offsets")
        encoder.append(messageIndexLength)
        try encoder.append(compression, as: "ChunkIndex.compression")
        encoder.append(compressedSize)
        encoder.append(uncompressedSize)
    }
}
