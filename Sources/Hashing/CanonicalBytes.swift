import PlantedFaults

/// Bytes to be hashed, appended field by field: little-endian, no padding, no memory images.
///
/// What is equal as a value has equal bytes: -0.0 is written as +0.0, and a NaN is a mistake of the
/// caller, because every way into the system refuses it.
///
/// Public for speed alone, like the leaves.
public struct CanonicalBytes: Sendable {
    @usableFromInline var storage: [UInt8] = []

    /// Everything appended so far.
    public var bytes: [UInt8] { storage }

    package init() {}

    package mutating func reset() { storage.removeAll(keepingCapacity: true) }

    /// Appends a byte.
    @inlinable public mutating func append(_ value: UInt8) { storage.append(value) }

    /// Appends an integer, little-endian.
    @inlinable
    public mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { storage.append(contentsOf: $0) }
    }

    /// Appends bytes as they stand.
    package mutating func append(contentsOf raw: [UInt8]) { storage += raw }

    package mutating func append(_ value: Bool) { storage.append(value ? 1 : 0) }

    package mutating func append(_ value: Double) { append(canonicalBits(of: value)) }

    package mutating func append(_ digest: Digest64) { append(digest.value) }

    package mutating func append(_ sum: LeafSum) { append(sum.value) }

    /// Low half first, as the integer of 128 bits would stand in memory.
    package mutating func append(_ digest: Digest128) {
        append(digest.low)
        append(digest.high)
    }

    package func digest64() -> Digest64 { XXH3.digest64(bytes) }

    package func digest128() -> Digest128 { XXH3.digest128(bytes) }
}

/// The bits that stand for a Double wherever it is hashed or stored: -0.0 becomes +0.0.
///
/// - Precondition: `value` is not NaN.
package func canonicalBits(of value: Double) -> UInt64 {
    precondition(!value.isNaN, "a NaN got past the checks of the input")
    return value == 0
        ? planted(.signedZero, 0, instead: (-0.0).bitPattern) : value.bitPattern
}
