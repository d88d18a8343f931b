// What is public here, and in the cells and windows of Topology, is so for speed alone: the compiler
// inlines from another module what is public and @inlinable, and not what is merely package.

/// The canonical record of one thing (a probe's state, its payload, a request, an edited voxel),
/// at most 64 bytes, built on the stack and hashed to the thing's leaf.
///
/// 64 bytes is a bound of speed: up to there XXH3 takes its shortest paths.
public struct LeafRecord {
    /// The longest record in bytes.
    @inlinable public static var maximumCount: Int { 64 }

    @usableFromInline typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
    @usableFromInline var words: Words = (0, 0, 0, 0, 0, 0, 0, 0)
    @usableFromInline var length = 0

    /// Bytes appended so far.
    @inlinable public var count: Int { length }

    /// - Parameter tag: says what kind of record it is, so that records of two kinds never hash alike.
    @inlinable @inline(__always)
    public init(tag: UInt8) { append(tag) }

    // One method per width, not one generic method: these are called for every probe that changes, from
    // another module, where a generic one stays unspecialised and costs ten times as much.

    /// - Precondition: the record stays within ``maximumCount`` bytes. So for all widths.
    @inlinable @inline(__always)
    public mutating func append(_ value: UInt8) { store(value, 1) }

    /// Appends an integer, little-endian.
    @inlinable @inline(__always)
    public mutating func append(_ value: UInt16) { store(value.littleEndian, 2) }

    /// Appends an integer, little-endian.
    @inlinable @inline(__always)
    public mutating func append(_ value: UInt32) { store(value.littleEndian, 4) }

    /// Appends an integer, little-endian.
    @inlinable @inline(__always)
    public mutating func append(_ value: Int32) { store(value.littleEndian, 4) }

    /// Appends an integer, little-endian.
    @inlinable @inline(__always)
    public mutating func append(_ value: UInt64) { store(value.littleEndian, 8) }

    /// Appends an integer, little-endian.
    @inlinable @inline(__always)
    public mutating func append(_ value: Int64) { store(value.littleEndian, 8) }

    @inlinable @inline(__always)
    mutating func store<Value: BitwiseCopyable>(_ value: Value, _ size: Int) {
        precondition(count + size <= LeafRecord.maximumCount, "a leaf record grew over its bound")
        let offset = length
        withUnsafeMutableBytes(of: &words) {
            $0.storeBytes(of: value, toByteOffset: offset, as: Value.self)
        }
        length = offset + size
    }

    /// XXH3-64 of the bytes appended so far.
    @inlinable @inline(__always)
    public var leaf: Digest64 {
        withUnsafeBytes(of: words) { XXH3.digest64(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// The bytes appended so far; for dumps and tests.
    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0[..<count]) } }
}

/// A wrapping sum of leaves modulo 2^64: the digest of a set that does not depend on the order in
/// which its members are met, and that follows a change of one member in O(1).
public struct LeafSum: Hashable, Sendable, CustomStringConvertible {
    @usableFromInline var total: UInt64

    /// The sum.
    @inlinable public var value: UInt64 { total }

    /// The sum over nothing.
    @inlinable public init() { total = 0 }

    /// Takes a member in.
    @inlinable @inline(__always)
    public mutating func add(_ leaf: Digest64) { total &+= leaf.value }

    /// Takes a member out.
    @inlinable @inline(__always)
    public mutating func remove(_ leaf: Digest64) { total &-= leaf.value }

    /// The sum of these members and no others.
    package init(value: UInt64) { total = value }

    /// Takes in what another sum has gained.
    package mutating func add(_ sum: LeafSum, removing before: LeafSum) {
        total = total &+ sum.total &- before.total
    }

    /// Takes in all members of another sum.
    package mutating func add(_ sum: LeafSum) { total &+= sum.total }

    /// 16 hexadecimal digits.
    public var description: String { Digest64(value).description }
}
