/// Builds records byte by byte: little-endian, every length in front of what it measures.
struct MCAPEncoder {
    private(set) var bytes: [UInt8] = []

    mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(raw: [UInt8]) { bytes += raw }

    /// A string after its size in 32 bits.
    mutating func append(_ text: String, as field: String) throws(MCAPError) {
        try prefixed32(field) { $0.bytes += Array(text.utf8) }
    }

    /// Bytes after their size in 32 bits.
    mutating func append(_ block: [UInt8], as field: String) throws(MCAPError) {
        try prefixed32(field) { $0.bytes += block }
    }

    /// A map after its size in bytes, by ascending key, keys compared as UTF-8.
    mutating func append(_ map: [String: String], as field: String) throws(MCAPError) {
        // Order: sorted before it is written.
        let entries = map.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        try prefixed32(field) { (encoder) throws(MCAPError) in
            for (key, value) in entries {
                try encoder.append(key, as: field)
                try encoder.append(value, as: field)
            }
        }
    }

    /// A map after its size in bytes, by ascending key.
    mutating func append(_ map: [UInt16: UInt64], as field: String) throws(MCAPError) {
        // Order: sorted before it is written.
        let entries = map.sorted { $0.key < $1.key }
        try prefixed32(field) { encoder in
            for (key, value) in entries {
                encoder.append(key)
                encoder.append(value)
            }
        }
    }

    /// What `content` appends, after its size in 32 bits.
    mutating func prefixed32(
        _ field: String, _ content: (inout MCAPEncoder) throws(MCAPError) -> Void
    ) throws(MCAPError) {
        let start = bytes.count
        append(UInt32(0))
        try content(&self)
        let size = UInt64(bytes.count - start - 4)
        guard let size32 = UInt32(exactly: size) else {
            throw .tooLarge(writing: field, size: size, limit: UInt64(UInt32.max))
        }
        patch(size32, at: start)
    }

    /// A whole record. When it cannot be written nothing is.
    ///
    /// - Returns: the range of its bytes, header included.
    @discardableResult
    mutating func append<Record: MCAPRecordContent>(record: Record) throws(MCAPError) -> Range<Int> {
        let start = bytes.count
        append(Record.opcode.rawValue)
        append(UInt64(0))
        do {
            try record.encode(into: &self)
        } catch {
            bytes.removeSubrange(start...)
            throw error
        }
        patch(UInt64(bytes.count - start - MCAPFormat.recordHeaderSize), at: start + 1)
        return start..<bytes.count
    }

    mutating func patch<Value: FixedWidthInteger>(_ value: Value, at position: Int) {
        withUnsafeBytes(of: value.littleEndian) {
            bytes.replaceSubrange(position..<position + $0.count, with: $0)
        }
    }

    func checksum(_ range: Range<Int>) -> UInt32 {
        bytes.withUnsafeBytes { CRC32.checksum(of: UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}
