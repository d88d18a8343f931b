/// A record that can be written from, and read into, fields.
protocol MCAPRecordContent: Equatable, Sendable {
    static var opcode: MCAPOpcode { get }
    init(from cursor: inout MCAPCursor) throws(MCAPError)
    func encode(into encoder: inout MCAPEncoder) throws(MCAPError)
}

/// One record of an MCAP file, decoded.
package enum MCAPRecord: Equatable, Sendable {
    case header(MCAPHeader)
    case footer(MCAPFooter)
    case schema(MCAPSchema)
    case channel(MCAPChannel)
    case message(MCAPMessage)
    case chunk(MCAPChunk)
    case messageIndex(MCAPMessageIndex)
    case chunkIndex(MCAPChunkIndex)
    case attachment(MCAPAttachment)
    case attachmentIndex(MCAPAttachmentIndex)
    case statistics(MCAPStatistics)
    case metadata(MCAPMetadata)
    case metadataIndex(MCAPMetadataIndex)
    case summaryOffset(MCAPSummaryOffset)
    case dataEnd(MCAPDataEnd)

    /// What kind of record it is.
    package var opcode: MCAPOpcode { content.0 }

    /// The record as it stands in a file, header included; nil for a chunk, whose records are not part of it.
    ///
    /// - Throws: ``MCAPError/tooLarge(writing:size:limit:)``.
    package func encoded() throws(MCAPError) -> [UInt8]? {
        guard let content = content.1 else { return nil }
        var encoder = MCAPEncoder()
        try encoder.append(record: content)
        return encoder.bytes
    }

    /// Decodes the record of `frame`.
    ///
    /// - Returns: nil when its opcode is not known.
    init?(_ frame: MCAPFrame, of bytes: MCAPBytes) throws(MCAPError) {
        guard let opcode = MCAPOpcode(rawValue: frame.opcode) else { return nil }
        var cursor = MCAPCursor(frame, opcode: opcode, of: bytes)
        switch opcode {
        case .header: self = .header(try MCAPHeader(from: &cursor))
        case .footer: self = .footer(try MCAPFooter(from: &cursor))
        case .schema: self = .schema(try MCAPSchema(from: &cursor))
        case .channel: self = .channel(try MCAPChannel(from: &cursor))
        case .message: self = .message(try MCAPMessage(from: &cursor))
        case .chunk: self = .chunk(try MCAPChunk(from: &cursor))
        case .messageIndex: self = .messageIndex(try MCAPMessageIndex(from: &cursor))
        case .chunkIndex: self = .chunkIndex(try MCAPChunkIndex(from: &cursor))
        case .attachment: self = .attachment(try MCAPAttachment(from: &cursor))
        case .attachmentIndex: self = .attachmentIndex(try MCAPAttachmentIndex(from: &cursor))
        case .statistics: self = .statistics(try MCAPStatistics(from: &cursor))
        case .metadata: self = .metadata(try MCAPMetadata(from: &cursor))
        case .metadataIndex: self = .metadataIndex(try MCAPMetadataIndex(from: &cursor))
        case .summaryOffset: self = .summaryOffset(try MCAPSummaryOffset(from: &cursor))
        case .dataEnd: self = .dataEnd(try MCAPDataEnd(from: &cursor))
        }
    }

    private var content: (MCAPOpcode, (any MCAPRecordContent)?) {
        switch self {
        case .header(let record): (.header, record)
        case .footer(let record): (.footer, record)
        case .schema(let record): (.schema, record)
        case .channel(let record): (.channel, record)
        case .message(let record): (.message, record)
        case .chunk: (.chunk, nil)
        case .messageIndex(let record): (.messageIndex, record)
        case .chunkIndex(let record): (.chunkIndex, record)
        case .attachment(let record): (.attachment, record)
        case .attachmentIndex(let record): (.attachmentIndex, record)
        case .statistics(let record): (.statistics, record)
        case .metadata(let record): (.metadata, record)
        case .metadataIndex(let record): (.metadataIndex, record)
        case .summaryOffset(let record): (.summaryOffset, record)
        case .dataEnd(let record): (.dataEnd, record)
        }
    }
}

/// Where one record stands, known to lie within the file and within what contains it.
struct MCAPFrame: Equatable {
    let opcode: UInt8
    /// The position of the opcode.
    let start: Int
    /// What follows the opcode and the length.
    let content: Range<Int>

    var end: Int { content.upperBound }

    /// Reads opcode and length at `position`; `limit` is where the chunk ends that contains the record, or
    /// nil for the file itself.
    init(at position: Int, of bytes: MCAPBytes, within limit: Int? = nil) throws(MCAPError) {
        let available = (limit ?? bytes.count) - position
        guard available >= MCAPFormat.recordHeaderSize else {
            throw .truncated(
                reading: "record header", offset: UInt64(position),
                needed: UInt64(MCAPFormat.recordHeaderSize), available: UInt64(max(0, available)))
        }
        opcode = bytes[position]
        guard opcode != 0 else { throw .invalidOpcode(offset: UInt64(position)) }
        let length = bytes.integer(at: position + 1, as: UInt64.self)
        let left = UInt64(available - MCAPFormat.recordHeaderSize)
        guard length <= left else {
            let name = MCAPOpcode.name(of: opcode)
            if limit == nil {
                throw .truncated(reading: name, offset: UInt64(position), needed: length, available: left)
            }
            throw .lengthOutOfBounds(reading: name, offset: UInt64(position), length: length, available: left)
        }
        start = position
        let contentStart = position + MCAPFormat.recordHeaderSize
        content = contentStart..<contentStart + Int(length)
    }
}
