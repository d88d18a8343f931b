/// A 64-bit digest: XXH3-64 with seed 0 of some canonical bytes.
///
/// It detects accidents, not adversaries: XXH3 is not a cryptographic hash.
public struct Digest64: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The digest as a number.
    public var value: UInt64

    /// The digest with this value.
    @inlinable public init(_ value: UInt64) { self.value = value }

    /// 16 lower-case hexadecimal digits, most significant first.
    public var description: String { hexadecimal(value) }

    /// Orders by the number.
    public static func < (a: Digest64, b: Digest64) -> Bool { a.value < b.value }
}

/// A 128-bit digest: XXH3-128 with seed 0 of some canonical bytes.
package struct Digest128: Hashable, Sendable, CustomStringConvertible {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads what ``description`` writes; nil for anything but 32 hexadecimal digits.
    package init?(hexadecimal text: some StringProtocol) {
        let digits = text.utf8
        guard digits.count == 32, digits.allSatisfy(isHexadecimalDigit),
            let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// Reads ``bigEndianBytes``; nil for anything but 16 bytes.
    package init?(bigEndianBytes bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: word(bytes[..<8]), low: word(bytes[8...]))
    }

    /// 16 bytes in the order of ``description``: xxHash's canonical form.
    package var bigEndianBytes: [UInt8] {
        [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
    }

    /// 32 lower-case hexadecimal digits, most significant first, as `xxh128sum` prints them.
    package var description: String { hexadecimal(high) + hexadecimal(low) }
}

private func isHexadecimalDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...102).contains(byte)
}

private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
