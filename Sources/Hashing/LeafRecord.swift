/// The canonical record of one thing (a probe's state, its payload, a request, an edited voxel),
/// at most 64 bytes, built on the stack and hashed to the thing's leaf.
///
/// 64 bytes is a bound of speed: up to there XXH3 takes its shortest paths.
package struct LeafRecord {
    /// The longest record in bytes.
    package static let maximumCount = 64

    private typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
    private var words: Words = (0, 0, 0, 0, 0, 0, 0, 0)
    package private(set) var count = 0

    /// - Parameter tag: says what kind of record it is, so that records of two kinds never hash alike.
    @inline(__always)
    package init(tag: UInt8) { append(tag) }

    /// - Precondition: the record stays within ``maximumCount`` bytes.
    @inline(__always)
    package mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        let size = MemoryLayout<Value>.size
        precondition(count + size <= LeafRecord.maximumCount, "a leaf record grew over its bound")
        withUnsafeMutableBytes(of: &words) {
            $0.storeBytes(of: value.littleEndian, toByteOffset: count, as: Value.self)
        }
        count += size
    }

    /// XXH3-64 of the bytes appended so far.
    @inline(__always)
    package var leaf: Digest64 {
        withUnsafeBytes(of: words) { XXH3.digest64(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// The bytes appended so far; for dumps and tests.
    package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0[..<count]) } }
}

/// A wrapping sum of leaves modulo 2^64: the digest of a set that does not depend on the order in
/// which its members are met, and that follows a change of one member in O(1).
package struct LeafSum: Hashable, Sendable, CustomStringConvertible {
    package private(set) var value: UInt64

    package init() { value = 0 }

    @inline(__always)
    package mutating func add(_ leaf: Digest64) { value &+= leaf.value }

    @inline(__always)
    package mutating func remove(_ leaf: Digest64) { value &-= leaf.value }

    package var description: String { Digest64(value).description }
}
