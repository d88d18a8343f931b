/// Reads integers out of bytes that nobody has checked, in the order and the widths in which ``CanonicalBytes``
/// writes them. Nothing is read beyond the end.
///
/// Public for speed alone, like the leaves: a snapshot has millions of fields.
public struct CanonicalReader: Sendable {
    /// There are fewer bytes than a field takes.
    public struct OutOfBytes: Error, Equatable, Sendable {
        /// Where the field begins.
        public var offset: Int
        /// Bytes that it takes.
        public var needed: Int
        /// Bytes that are left.
        public var available: Int

        /// That a field is longer than what is left.
        public init(offset: Int, needed: Int, available: Int) {
            self.offset = offset
            self.needed = needed
            self.available = available
        }
    }

    @usableFromInline let bytes: [UInt8]
    @usableFromInline var position: Int

    /// Where the next field begins.
    public var offset: Int { position }

    /// A reader that begins at `offset`, which lies within the bytes or at their end.
    package init(_ bytes: [UInt8], at offset: Int = 0) {
        precondition((0...bytes.count).contains(offset), "a reader begins within its bytes")
        self.bytes = bytes
        position = offset
    }

    /// Bytes that are left.
    @inlinable public var remaining: Int { bytes.count - position }

    /// The next integer, little-endian.
    @inlinable
    public mutating func next<Value: FixedWidthInteger>(
        _: Value.Type = Value.self
    ) throws(OutOfBytes) -> Value {
        let size = MemoryLayout<Value>.size
        try require(size)
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Value.self) }
        position += size
        return Value(littleEndian: value)
    }

    /// The next binary64, whatever its bits.
    package mutating func double() throws(OutOfBytes) -> Double {
        Double(bitPattern: try next(UInt64.self))
    }

    /// The next digest, low half first.
    package mutating func digest128() throws(OutOfBytes) -> Digest128 {
        let low = try next(UInt64.self)
        return Digest128(high: try next(UInt64.self), low: low)
    }

    /// The next bytes as they stand.
    package mutating func take(_ count: Int) throws(OutOfBytes) -> ArraySlice<UInt8> {
        try require(count)
        defer { position += count }
        return bytes[position..<position + count]
    }

    @inlinable
    func require(_ size: Int) throws(OutOfBytes) {
        guard size >= 0, size <= remaining else {
            throw OutOfBytes(offset: position, needed: size, available: remaining)
        }
    }
}
