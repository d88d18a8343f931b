import Synchronization

/// The generated chunks of one seed, shared by all threads without a lock: open addressing over a fixed
/// number of atomic addresses. A slot is written once and its mask is never changed or freed before the
/// cache is, so what ``find(_:)`` returns stays valid as long as the cache is alive.
///
/// The content is a pure function of the seed. What is in the cache at a time depends on threads; what a
/// look-up means does not.
///
/// `@unchecked Sendable`: the slots are atomics, published with release and read with acquire; the masks
/// behind them are written before they are published and only read afterwards.
final class ChunkMaskCache: @unchecked Sendable {
    let terrain: Terrain
    /// A mask without a solid voxel; its key means nothing.
    let empty: ChunkMask
    /// A mask without a hole; its key means nothing.
    let solid: ChunkMask

    /// Slots; a power of two.
    let capacity: Int
    private let slots: UnsafeMutablePointer<Atomic<UInt>>
    private let count = Atomic<Int>(0)

    /// Masks per cache: 68 MB when full. Distance 512 around four levels of 32^3 meets some 7000 chunks.
    static let defaultCapacity = 16384

    /// `capacity` slots: a power of two, at least 8.
    init(terrain: Terrain, capacity: Int) {
        precondition(capacity >= 8 && capacity & (capacity - 1) == 0, "the capacity is no power of two")
        self.terrain = terrain
        self.capacity = capacity
        slots = .allocate(capacity: capacity)
        for index in 0..<capacity { (slots + index).initialize(to: Atomic(0)) }
        empty = .allocate()
        empty.key = ChunkCoordinate(0, 0, 0)
        empty.setAll(solid: false)
        solid = .allocate()
        solid.key = ChunkCoordinate(0, 0, 0)
        solid.setAll(solid: true)
    }

    deinit {
        for index in 0..<capacity {
            ChunkMask(address: slots[index].load(ordering: .acquiring))?.deallocate()
        }
        slots.deinitialize(count: capacity)
        slots.deallocate()
        empty.deallocate()
        solid.deallocate()
    }

    /// Three quarters full: time for a fresh cache.
    var isCrowded: Bool { count.load(ordering: .relaxed) >= capacity / 4 * 3 }

    /// Seven eighths full: nothing is published any more. Threads that race pass it by one mask each.
    private var isFull: Bool { count.load(ordering: .relaxed) >= capacity / 8 * 7 }

    /// The mask of a chunk that is wholly on one side of what can vary; nil where it has to be generated.
    func uniform(_ chunk: ChunkCoordinate) -> ChunkMask? {
        terrain.isUniformlySolid(chunk).map { $0 ? solid : empty }
    }

    /// O(1) expected.
    func find(_ chunk: ChunkCoordinate) -> ChunkMask? {
        var index = firstSlot(chunk)
        for _ in 0..<capacity {
            guard let mask = ChunkMask(address: slots[index].load(ordering: .acquiring)) else { return nil }
            if mask.key == chunk { return mask }
            index = (index + 1) & (capacity - 1)
        }
        return nil
    }

    /// The shared mask of a chunk, generated if need be; nil when the cache is full.
    func findOrGenerate(_ chunk: ChunkCoordinate) -> ChunkMask? {
        if let mask = find(chunk) { return mask }
        guard !isFull else { return nil }
        let mask = ChunkMask.allocate()
        terrain.fill(mask, of: chunk)
        return publish(mask)
    }

    /// The mask that stands in the cache in the end: another thread's equal one, if that was faster.
    private func publish(_ mask: ChunkMask) -> ChunkMask? {
        let key = mask.key
        var index = firstSlot(key)
        for _ in 0..<capacity {
            let (exchanged, original) = slots[index].compareExchange(
                expected: 0, desired: mask.address, successOrdering: .acquiringAndReleasing,
                failureOrdering: .acquiring)
            if exchanged {
                count.wrappingAdd(1, ordering: .relaxed)
                return mask
            }
            if let other = ChunkMask(address: original), other.key == key {
                mask.deallocate()
                return other
            }
            index = (index + 1) & (capacity - 1)
        }
        mask.deallocate()
        return nil
    }

    private func firstSlot(_ chunk: ChunkCoordinate) -> Int {
        Int(truncatingIfNeeded: chunk.spread) & (capacity - 1)
    }
}

extension ChunkCoordinate {
    /// A spread of the coordinates over 64 bits, for tables whose order is never seen.
    @inline(__always)
    var spread: UInt64 {
        var h = UInt64(bitPattern: x) &* 0x9E37_79B9_7F4A_7C15
        h ^= UInt64(bitPattern: y) &* 0xC2B2_AE3D_27D4_EB4F
        h ^= UInt64(bitPattern: z) &* 0xD6E8_FEB8_6659_FD93
        return h ^ h >> 32
    }
}
