/// Reads the fields of one record in order and never leaves it.
///
/// A length is compared with what is left as 64 bits before it becomes an Int, and nothing is allocated that
/// is larger than the bytes it is made of.
struct MCAPCursor {
    let bytes: MCAPBytes
    let opcode: MCAPOpcode
    private(set) var position: Int
    private let end: Int

    init(_ frame: MCAPFrame, opcode: MCAPOpcode, of bytes: MCAPBytes) {
        self.init(
            bytes: bytes, opcode: opcode, position: frame.content.lowerBound, end: frame.content.upperBound)
    }

    private init(bytes: MCAPBytes, opcode: MCAPOpcode, position: Int, end: Int) {
        self.bytes = bytes
        self.opcode = opcode
        self.position = position
        self.end = end
    }

    private var available: Int { end - position }

    mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(
        _ field: StaticString, as type: Value.Type = Value.self
    ) throws(MCAPError) -> Value {
        let size = MemoryLayout<Value>.size
        guard size <= available else {
            throw .truncated(
                reading: name(field), offset: UInt64(position), needed: UInt64(size),
                available: UInt64(available))
        }
        defer { position += size }
        return bytes.integer(at: position, as: type)
    }

    mutating func text(_ field: StaticString) throws(MCAPError) -> String {
        let range = try range32(field)
        guard let text = bytes.text(range) else {
            throw .invalidText(reading: name(field), offset: UInt64(range.lowerBound))
        }
        return text
    }

    mutating func block32(_ field: StaticString) throws(MCAPError) -> [UInt8] {
        bytes.copy(try range32(field))
    }

    /// The place of bytes that stand after their size in 64 bits.
    mutating func range64(_ field: StaticString) throws(MCAPError) -> Range<Int> {
        let length: UInt64 = try integer(field)
        return try advance(length, field)
    }

    /// Everything to the end of the record.
    mutating func rest() -> [UInt8] {
        defer { position = end }
        return bytes.copy(position..<end)
    }

    mutating func textMap(_ field: StaticString) throws(MCAPError) -> [String: String] {
        var map: [String: String] = [:]
        try elements(field) { (cursor) throws(MCAPError) in
            let start = cursor.position
            let key = try cursor.text(field)
            guard map.updateValue(try cursor.text(field), forKey: key) == nil else {
                throw .duplicateKey(reading: cursor.name(field), offset: UInt64(start), key: key)
            }
        }
        return map
    }

    mutating func integerMap(_ field: StaticString) throws(MCAPError) -> [UInt16: UInt64] {
        var map: [UInt16: UInt64] = [:]
        try elements(field) { (cursor) throws(MCAPError) in
            let start = cursor.position
            let key: UInt16 = try cursor.integer(field)
            guard map.updateValue(try cursor.integer(field), forKey: key) == nil else {
                throw .duplicateKey(reading: cursor.name(field), offset: UInt64(start), key: "\(key)")
            }
        }
        return map
    }

    /// Calls `read` until the array or map that stands here after its size in bytes is used up.
    mutating func elements(
        _ field: StaticString, _ read: (inout MCAPCursor) throws(MCAPError) -> Void
    ) throws(MCAPError) {
        let range = try range32(field)
        var inner = MCAPCursor(
            bytes: bytes, opcode: opcode, position: range.lowerBound, end: range.upperBound)
        while inner.available > 0 { try read(&inner) }
    }

    private mutating func range32(_ field: StaticString) throws(MCAPError) -> Range<Int> {
        let length: UInt32 = try integer(field)
        return try advance(UInt64(length), field)
    }

    private mutating func advance(_ length: UInt64, _ field: StaticString) throws(MCAPError) -> Range<Int> {
        guard length <= UInt64(available) else {
            throw .lengthOutOfBounds(
                reading: name(field), offset: UInt64(position), length: length, available: UInt64(available))
        }
        let start = position
        position += Int(length)
        return start..<position
    }

    private func name(_ field: StaticString) -> String { "\(opcode.name).\(field)" }
}
