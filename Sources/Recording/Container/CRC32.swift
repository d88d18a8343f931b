import CZlib

/// The CRC32 of zlib and of MCAP (polynomial 0xEDB88320, reflected), fed piece by piece.
///
/// The one place that calls zlib.
struct CRC32 {
    private var state: UInt = 0

    /// zlib counts in 32 bits: longer pieces are fed in parts of this many bytes.
    private static let maximumPieceSize = 1 << 30

    /// The checksum of everything fed so far; 0 when that is nothing.
    var value: UInt32 { UInt32(truncatingIfNeeded: state) }

    /// Complexity: O(bytes).
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(CRC32.maximumPieceSize))
            let start = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
            state = UInt(crc32(uLong(state), start, uInt(piece.count)))
            rest = rest.dropFirst(piece.count)
        }
    }

    mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = CRC32()
        crc.update(bytes)
        return crc.value
    }
}
