/// What can be wrong with an MCAP file, or with what a caller wants written into one.
///
/// Every case carries its facts: offsets are bytes from the start of the file, `reading` names the record
/// and field as the specification does. Nothing here is ever a trap: whatever the bytes, reading them ends
/// in records or in one of these.
package enum MCAPError: Error, Equatable, Sendable {
    /// The eight bytes at the start or at the end of the file are not MCAP's.
    case badMagic(offset: UInt64, found: [UInt8])
    /// The file or the record ends before what is being read does.
    case truncated(reading: String, offset: UInt64, needed: UInt64, available: UInt64)
    /// A length inside a record or chunk points beyond the end of that record or chunk.
    case lengthOutOfBounds(reading: String, offset: UInt64, length: UInt64, available: UInt64)
    /// A string is not UTF-8.
    case invalidText(reading: String, offset: UInt64)
    /// A map holds the same key twice.
    case duplicateKey(reading: String, offset: UInt64, key: String)
    /// The bytes do not have the checksum that the file gives for them.
    case crcMismatch(what: MCAPChecksum, offset: UInt64, expected: UInt32, found: UInt32)
    /// The chunk is compressed, and only uncompressed ones can be read.
    case compressedChunk(offset: UInt64, compression: String)
    /// Opcode 0 is no record; bytes that are not MCAP often begin with it.
    case invalidOpcode(offset: UInt64)
    /// A known record where the specification allows none of its kind.
    case unexpectedRecord(opcode: UInt8, offset: UInt64, place: MCAPPlace)
    /// Two schemas or two channels of one id differ.
    case conflictingDefinition(opcode: UInt8, id: UInt16, offset: UInt64)
    /// A schema with the id 0, which means "no schema" wherever it is referred to.
    case reservedSchemaID(offset: UInt64)
    /// A channel refers to a schema that has not been defined before it.
    case unknownSchema(id: UInt16, channel: UInt16, offset: UInt64)
    /// A message, or an index of messages, refers to a channel that has not been defined before it.
    case unknownChannel(id: UInt16, offset: UInt64)
    /// Two places of the file that must agree do not.
    case inconsistent(reading: String, offset: UInt64, expected: UInt64, found: UInt64)
    /// Bytes after the magic that ends the file.
    case trailingBytes(offset: UInt64, count: UInt64)
    /// The file has no chunk index, so that nothing can be looked up in it; it can still be read in order.
    case notIndexed(offset: UInt64)
    /// What is to be written does not fit the length field that the format has for it.
    case tooLarge(writing: String, size: UInt64, limit: UInt64)
}

/// What a CRC32 of the file is over.
package enum MCAPChecksum: String, Sendable {
    case chunk
    case dataSection = "data section"
    case summarySection = "summary section"
    case attachment
}

/// Where in the file a record stands.
package enum MCAPPlace: String, Sendable {
    case start = "the start of the file"
    case dataSection = "the data section"
    case chunk = "a chunk"
    case summarySection = "the summary section"
    case index = "the place that an index points at"
}

extension MCAPError: CustomStringConvertible {
    /// One sentence with the facts, and where there is something to be done, what.
    package var description: String {
        switch self {
        case .badMagic(let offset, let found):
            "not an MCAP file: at offset \(offset) stands \(hexadecimal(found)) instead of "
                + "\(hexadecimal(MCAPFormat.magic))"
        case .truncated(let reading, let offset, let needed, let available):
            "cut short: \(reading) at offset \(offset) needs \(needed) bytes, \(available) are left"
        case .lengthOutOfBounds(let reading, let offset, let length, let available):
            "\(reading) at offset \(offset) claims \(length) bytes, \(available) are left around it"
        case .invalidText(let reading, let offset):
            "\(reading) at offset \(offset) is not UTF-8"
        case .duplicateKey(let reading, let offset, let key):
            "\(reading) at offset \(offset) holds the key '\(key)' twice"
        case .crcMismatch(let what, let offset, let expected, let found):
            "damaged: the \(what.rawValue) at offset \(offset) should have the CRC32 "
                + "\(hexadecimal(expected)), its bytes have \(hexadecimal(found))"
        case .compressedChunk(let offset, let compression):
            "the chunk at offset \(offset) is compressed with '\(compression)', which is not read here; "
                + "write the file again uncompressed, for example with 'mcap decompress IN -o OUT'"
        case .invalidOpcode(let offset):
            "opcode 0 at offset \(offset) begins no record"
        case .unexpectedRecord(let opcode, let offset, let place):
            "a \(MCAPOpcode.name(of: opcode)) record at offset \(offset) has no business in \(place.rawValue)"
        case .conflictingDefinition(let opcode, let id, let offset):
            "the \(MCAPOpcode.name(of: opcode)) \(id) at offset \(offset) differs from an earlier one of that id"
        case .reservedSchemaID(let offset):
            "a schema at offset \(offset) has the id 0, which is reserved for 'no schema'"
        case .unknownSchema(let id, let channel, let offset):
            "the channel \(channel) at offset \(offset) refers to the schema \(id), which is not defined before it"
        case .unknownChannel(let id, let offset):
            "the record at offset \(offset) refers to the channel \(id), which is not defined before it"
        case .inconsistent(let reading, let offset, let expected, let found):
            "\(reading) at offset \(offset) should be \(expected), and is \(found)"
        case .trailingBytes(let offset, let count):
            "\(count) bytes follow the end of the file's content at offset \(offset)"
        case .notIndexed(let offset):
            "the footer at offset \(offset) leads to no chunk index; read the file in order instead"
        case .tooLarge(let writing, let size, let limit):
            "\(writing) has \(size) bytes, and its length field ends at \(limit)"
        }
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.isEmpty ? "nothing" : bytes.map { hexadecimal(UInt32($0), digits: 2) }.joined(separator: " ")
}

private func hexadecimal(_ value: UInt32, digits: Int = 8) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
