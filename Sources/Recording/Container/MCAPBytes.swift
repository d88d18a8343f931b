/// The bytes of one file, read-only: a copy in memory, or the file itself mapped into memory.
///
/// Positions are file offsets. A mapped file may grow while it is read (the growth is not seen), but must not
/// be shortened by anybody: the system ends a process that reads beyond the end of a mapped file.
package final class MCAPBytes: Sendable {
    /// The number of bytes.
    package let count: Int
    // The pointer is set once, and what it points at is only read until the deinitialiser frees it.
    private nonisolated(unsafe) let content: UnsafeRawBufferPointer
    private let isMapped: Bool

    /// A copy of some bytes; none are needed.
    package init(_ bytes: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyBytes(from: bytes)
        content = UnsafeRawBufferPointer(copy)
        count = bytes.count
        isMapped = false
    }

    /// Maps the file at `path`.
    ///
    /// - Throws: ``SystemFileError`` when it is missing, a folder, no regular file, empty, or not readable.
    package init(contentsOf path: String) throws(SystemFileError) {
        content = try SystemFile.map(path: path)
        count = content.count
        isMapped = true
    }

    deinit {
        if isMapped {
            SystemFile.unmap(content)
        } else {
            content.deallocate()
        }
    }

    /// A copy of the bytes of `range`.
    ///
    /// - Precondition: `range` lies within the bytes.
    package func copy(_ range: Range<Int>) -> [UInt8] { Array(slice(range)) }

    /// The byte at `position`.
    ///
    /// - Precondition: `position` lies within the bytes.
    subscript(position: Int) -> UInt8 {
        precondition(position >= 0 && position < count, "a position outside the file got past its check")
        return content[position]
    }

    func integer<Value: FixedWidthInteger>(at position: Int, as type: Value.Type) -> Value {
        let bytes = slice(position..<position + MemoryLayout<Value>.size)
        return Value(littleEndian: bytes.loadUnaligned(as: Value.self))
    }

    func text(_ range: Range<Int>) -> String? { String(validating: slice(range), as: UTF8.self) }

    /// The CRC32 of the bytes of `range`. Complexity: O(bytes).
    func checksum(_ range: Range<Int>) -> UInt32 { CRC32.checksum(of: slice(range)) }

    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count,
            "a range outside the file got past its check")
        return UnsafeRawBufferPointer(rebasing: content[range])
    }
}
