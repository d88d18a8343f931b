import CZlib
import Recording

/// Gives an MCAP file the checksums that its bytes have, wherever it has one; a checksum of 0, which stands for none,
/// is left alone. Nothing else is changed.
///
/// It goes by the lengths of the records, as the specification has them (https://mcap.dev/spec), and with none of the
/// readers' code.
package enum ContainerRepair {
    private static let headerSize = MCAPFormat.recordHeaderSize

    /// Complexity: O(bytes).
    package static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var file = bytes
        var summaryStart: Int?
        var start = MCAPFormat.magic.count
        while let end = end(of: start, in: file) {
            let content = start + headerSize
            switch file[start] {
            case MCAPOpcode.chunk.rawValue: repairChunk(content..<end, &file)
            case MCAPOpcode.attachment.rawValue where end - content >= 4:
                seal(end - 4, over: content..<end - 4, &file)
            case MCAPOpcode.dataEnd.rawValue where end - content >= 4:
                seal(content, over: 0..<start, &file)
                summaryStart = end
            case MCAPOpcode.footer.rawValue where end - content >= MCAPFormat.footerSize:
                seal(content + 16, over: (summaryStart ?? start)..<content + 16, &file)
            default: break
            }
            start = end
        }
        return file
    }

    /// Where the record ends that starts there; nil where none fits.
    private static func end(of start: Int, in file: [UInt8]) -> Int? {
        guard start <= file.count, file.count - start >= headerSize else { return nil }
        let length = integer(at: start + 1, as: UInt64.self, file)
        guard length <= UInt64(file.count - start - headerSize) else { return nil }
        return start + headerSize + Int(length)
    }

    /// Start and end time, size, checksum, compression, length of the records, records.
    private static func repairChunk(_ content: Range<Int>, _ file: inout [UInt8]) {
        let compression = content.lowerBound + 28
        guard compression <= content.upperBound else { return }
        let text = UInt64(integer(at: compression - 4, as: UInt32.self, file))
        guard text <= UInt64(content.upperBound - compression) else { return }
        let records = compression + Int(text) + 8
        guard records <= content.upperBound else { return }
        let length = integer(at: records - 8, as: UInt64.self, file)
        guard length <= UInt64(content.upperBound - records) else { return }
        seal(content.lowerBound + 24, over: records..<records + Int(length), &file)
    }

    private static func seal(_ place: Int, over range: Range<Int>, _ file: inout [UInt8]) {
        guard integer(at: place, as: UInt32.self, file) != 0 else { return }
        let sum = file[range].withUnsafeBytes { bytes in
            crc32(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(bytes.count))
        }
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: sum).littleEndian) { sum in
            file.replaceSubrange(place..<place + 4, with: sum)
        }
    }

    private static func integer<Value: FixedWidthInteger>(
        at place: Int, as _: Value.Type, _ file: [UInt8]
    ) -> Value {
        let value = file.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Value.self) }
        return Value(littleEndian: value)
    }
}
