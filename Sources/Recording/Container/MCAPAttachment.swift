/// A file within the file.
package struct MCAPAttachment: Equatable, Sendable {
    /// When it was recorded, in nanoseconds.
    package var logTime: UInt64
    /// When it was made, in nanoseconds; 0 when that is not known.
    package var createTime: UInt64
    /// For example a file name.
    package var name: String
    /// For example `text/plain`.
    package var mediaType: String
    /// Its bytes.
    package var data: [UInt8]
    /// CRC32 of everything before it in the record; 0 when absent. A writer sets it by its options.
    package var crc: UInt32

    /// An attachment of these fields, still without a checksum.
    package init(logTime: UInt64, createTime: UInt64, name: String, mediaType: String, data: [UInt8]) {
        self.logTime = logTime
        self.createTime = createTime
        self.name = name
        self.mediaType = mediaType
        self.data = data
        crc = 0
    }
}

/// Named pairs of strings.
package struct MCAPMetadata: Equatable, Sendable {
    /// What the pairs are about.
    package var name: String
    /// The pairs.
    package var metadata: [String: String]

    /// A metadata record of these fields.
    package init(name: String, metadata: [String: String]) {
        self.name = name
        self.metadata = metadata
    }
}

extension MCAPAttachment: MCAPRecordContent {
    static var opcode: MCAPOpcode { .attachment }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        let start = cursor.position
        logTime = try cursor.integer("log_time")
        createTime = try cursor.integer("create_time")
        name = try cursor.text("name")
        mediaType = try cursor.text("media_type")
        let place = try cursor.range64("data")
        let checksummed = start..<cursor.position
        crc = try cursor.integer("crc")
        if crc != 0 {
            let found = cursor.bytes.checksum(checksummed)
            guard found == crc else {
                throw .crcMismatch(
                    what: .attachment, offset: UInt64(start - MCAPFormat.recordHeaderSize), expected: crc,
                    found: found)
            }
        }
        data = cursor.bytes.copy(place)
    }

    func encode(into encoder: inout MCAPEncoder) throws(MCAPError) {
        try encodeChecksummedFields(into: &encoder)
        encoder.append(crc)
    }

    /// The CRC32 that the attachment's bytes have.
    func checksum() throws(MCAPError) -> UInt32 {
        var encoder = MCAPEncoder()
        try encodeChecksummedFields(into: &encoder)
        return encoder.checksum(0..<encoder.bytes.count)
    }

    private func encodeChecksummedFields(into encoder: inout MCAPEncoder) throws(MCAPError) {
        encoder.append(logTime)
        encoder.append(createTime)
        try encoder.append(name, as: "Attachment.name")
        try encoder.append(mediaType, as: "Attachment.media_type")
        encoder.append(UInt64(data.count))
        encoder.append(raw: data)
    }
}

extension MCAPMetadata: MCAPRecordContent {
    static var opcode: MCAPOpcode { .metadata }

    init(from cursor: inout MCAPCursor) throws(MCAPError) {
        name = try cursor.text("name")
        metadata = try cursor.textMap("metadata")
    }

    func encode(into encoder: inout MCAPEncoder) throws(MCAPError) {
        try encoder.append(name, as: "Metadata.name")
        try encoder.append(metadata, as: "Metadata.metadata")
    }
}
