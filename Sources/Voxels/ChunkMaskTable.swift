/// The masks that one caster met last: a small direct-mapped table before the shared cache, so that
/// most steps need neither a look-up in the snapshot's dictionaries nor a reference count.
///
/// Bound: ``count`` entries; where the shared cache is full, as many masks of its own.
final class ChunkMaskTable {
    private struct Entry {
        var key: ChunkCoordinate
        /// ``vacant``, ``unloaded``, or a mask's address.
        var state: UInt
    }

    private let world: VoxelWorld
    private let entries: UnsafeMutablePointer<Entry>
    private var ownMasks: [Int: ChunkMask] = [:]

    private static let count = 4096
    private static let vacant: UInt = 0
    private static let unloaded: UInt = 1

    init(world: VoxelWorld) {
        self.world = world
        entries = .allocate(capacity: ChunkMaskTable.count)
        entries.initialize(
            repeating: Entry(key: ChunkCoordinate(0, 0, 0), state: ChunkMaskTable.vacant),
            count: ChunkMaskTable.count)
    }

    deinit {
        entries.deallocate()
        // Order: memory is given back; nothing sees the order.
        for mask in ownMasks.values { mask.deallocate() }
    }

    /// The mask of a loaded chunk, valid until the next call; nil if the chunk is not loaded.
    @inline(__always)
    func mask(_ x: Int64, _ y: Int64, _ z: Int64) -> ChunkMask? {
        let chunk = ChunkCoordinate(x, y, z)
        let index = Int(truncatingIfNeeded: chunk.spread) & (ChunkMaskTable.count - 1)
        let entry = entries[index]
        if entry.key == chunk, entry.state != ChunkMaskTable.vacant {
            return entry.state == ChunkMaskTable.unloaded ? nil : ChunkMask(address: entry.state)
        }
        return resolve(chunk, index)
    }

    @inline(never)
    private func resolve(_ chunk: ChunkCoordinate, _ index: Int) -> ChunkMask? {
        let state = world.state(of: chunk)
        let mask = state.isLoaded ? state.editedMask ?? generatedMask(of: chunk, index) : nil
        entries[index] = Entry(key: chunk, state: mask?.address ?? ChunkMaskTable.unloaded)
        return mask
    }

    private func generatedMask(of chunk: ChunkCoordinate, _ index: Int) -> ChunkMask {
        if let mask = world.cache.uniform(chunk) ?? world.cache.findOrGenerate(chunk) { return mask }
        let mask = ownMasks[index] ?? .allocate()
        ownMasks[index] = mask
        world.terrain.fill(mask, of: chunk)
        return mask
    }
}
