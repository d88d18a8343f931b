/// The kinds of records of MCAP 1, by the byte that begins each.
///
/// Source: the MCAP format specification, https://mcap.dev/spec (major version byte 0x30).
package enum MCAPOpcode: UInt8, CaseIterable, Sendable {
    case header = 0x01
    case footer = 0x02
    case schema = 0x03
    case channel = 0x04
    case message = 0x05
    case chunk = 0x06
    case messageIndex = 0x07
    case chunkIndex = 0x08
    case attachment = 0x09
    case attachmentIndex = 0x0A
    case statistics = 0x0B
    case metadata = 0x0C
    case metadataIndex = 0x0D
    case summaryOffset = 0x0E
    case dataEnd = 0x0F

    /// Whether records of this opcode are read; all others are skipped, as the specification asks.
    package static func isKnown(_ opcode: UInt8) -> Bool { MCAPOpcode(rawValue: opcode) != nil }

    /// The record's name as the specification and its conformance vectors write it.
    package var name: String {
        switch self {
        case .header: "Header"
        case .footer: "Footer"
        case .schema: "Schema"
        case .channel: "Channel"
        case .message: "Message"
        case .chunk: "Chunk"
        case .messageIndex: "MessageIndex"
        case .chunkIndex: "ChunkIndex"
        case .attachment: "Attachment"
        case .attachmentIndex: "AttachmentIndex"
        case .statistics: "Statistics"
        case .metadata: "Metadata"
        case .metadataIndex: "MetadataIndex"
        case .summaryOffset: "SummaryOffset"
        case .dataEnd: "DataEnd"
        }
    }

    /// The name of a known opcode, or the number of another.
    package static func name(of opcode: UInt8) -> String {
        MCAPOpcode(rawValue: opcode)?.name ?? "opcode \(opcode)"
    }
}

/// The fixed sizes and bytes of the format.
package enum MCAPFormat {
    /// Begins and ends every file; the sixth byte is the major version.
    package static let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]

    /// Opcode and length, in bytes, before the content of every record.
    package static let recordHeaderSize = 9

    /// The content of a Footer in bytes; the specification promises that it never grows.
    package static let footerSize = 20

    /// The part of a Footer that the summary's checksum covers, with the record's header.
    static let footerChecksummedSize = recordHeaderSize + 16
}
