package import Hashing

/// The voxel world: terrain generated from a seed, under an overlay of edits, and the set of chunks that
/// are loaded. A value: a copy is an immutable snapshot that no later edit changes, and costs O(1).
///
/// - An edit is the truth of the world, whether or not its chunk is loaded; a cast sees it once the
///   chunk is. Unloading a chunk forgets nothing.
/// - An edit counts as one even if the voxel already had that material; there is no way back to
///   "never edited".
package struct VoxelWorld: Sendable {
    package let seed: UInt64
    /// Whether a chunk that was never mentioned is loaded.
    package let chunksStartLoaded: Bool
    /// Grows by 1 with each edit, load or unload that is given, also one that changes nothing. 0 at first.
    package private(set) var version: UInt64 = 0
    /// The wrapping sum of a leaf for each edited voxel and for each chunk whose loaded state is not that
    /// of the start. Equal contents have equal sums, whatever the order of events. The seed, the start
    /// state and ``version`` are not in it.
    package private(set) var contentSum = LeafSum()
    /// The part of ``contentSum`` that the edited voxels make: what is left of a world when nothing is loaded.
    package private(set) var editSum = LeafSum()

    let terrain: Terrain
    private(set) var cache: ChunkMaskCache
    private var edited: [ChunkCoordinate: EditedChunk] = [:]
    /// The chunks whose loaded state is not that of the start.
    private var exceptions: Set<ChunkCoordinate> = []
    /// A box around all chunks that an edit, a load or an unload has met, both corners inclusive; most
    /// chunks are outside, and need no look-up. Never shrinks.
    private var touched: (lower: ChunkCoordinate, upper: ChunkCoordinate)?
    /// Chunks from this y upwards hold no terrain, no edit and no unloaded chunk. Never sinks.
    private(set) var ceilingChunk: Int64

    /// The largest edit, in voxels.
    package static let maximumEditVoxels: Int64 = 1 << 18

    /// A world without edits, at version 0. Complexity: O(slots of the cache), 128 KiB.
    ///
    /// `origin` is where the terrain's chunk (0, 0, 0) lies. A world that is moved as a whole has the same voxels in other
    /// places; it is for comparing runs, and no part of any digest.
    package init(
        seed: UInt64, chunksStartLoaded: Bool, origin: ChunkCoordinate = ChunkCoordinate(0, 0, 0)
    ) {
        self.init(
            seed: seed, chunksStartLoaded: chunksStartLoaded, origin: origin,
            cacheCapacity: ChunkMaskCache.defaultCapacity)
    }

    /// As ``init(seed:chunksStartLoaded:)``, with room for `cacheCapacity` masks of generated chunks: a
    /// power of two, at least 8. It never changes a result.
    package init(
        seed: UInt64, chunksStartLoaded: Bool, origin: ChunkCoordinate = ChunkCoordinate(0, 0, 0),
        cacheCapacity: Int
    ) {
        self.seed = seed
        self.chunksStartLoaded = chunksStartLoaded
        terrain = Terrain(seed: seed, origin: origin)
        cache = ChunkMaskCache(terrain: terrain, capacity: cacheCapacity)
        ceilingChunk = chunksStartLoaded ? terrain.ceilingChunk : .max
    }

    /// See ``init(seed:chunksStartLoaded:origin:)``.
    package var origin: ChunkCoordinate { terrain.origin }

    // MARK: - Changes

    /// Turns the voxels of a box into a material. An empty box changes nothing but ``version``.
    /// Complexity: O(voxels), and a copy of each chunk that the box meets.
    ///
    /// - Precondition: the box has at most ``maximumEditVoxels`` voxels.
    package mutating func apply(edit box: VoxelBox, material: Material) {
        precondition(box.count <= VoxelWorld.maximumEditVoxels, "an edit is over its bound")
        version &+= 1
        guard !box.isEmpty else { return }
        // The box is half-open; its last voxel is one below the upper corner.
        let first = box.lower.chunk
        let last = VoxelCoordinate(box.upper.x - 1, box.upper.y - 1, box.upper.z - 1).chunk
        for z in first.z...last.z {
            for y in first.y...last.y {
                for x in first.x...last.x {
                    apply(edit: box, material: material, in: ChunkCoordinate(x, y, z))
                }
            }
        }
        touch(first)
        touch(last)
    }

    private mutating func apply(edit box: VoxelBox, material: Material, in chunk: ChunkCoordinate) {
        // `upper` of the last chunk below Int64.max would not be representable; the last voxel is.
        func clip(_ lower: Int64, _ upper: Int64, _ chunk: Int64) -> (Int64, Int64) {
            let start = chunk &<< 5
            let end = start | 31
            return (max(lower, start), upper - 1 < end ? upper : end == .max ? .max : end + 1)
        }
        let (x0, x1) = clip(box.lower.x, box.upper.x, chunk.x)
        let (y0, y1) = clip(box.lower.y, box.upper.y, chunk.y)
        let (z0, z1) = clip(box.lower.z, box.upper.z, chunk.z)
        let before = contentSum
        var sum = before
        edited[chunk] = withGeneratedMask(of: chunk) { generated in
            EditedChunk(
                of: chunk, base: edited[chunk], generated: generated,
                box: VoxelBox(lower: VoxelCoordinate(x0, y0, z0), upper: VoxelCoordinate(x1, y1, z1)),
                material: material
            ) { voxel, before in
                if let before { sum.remove(VoxelWorld.leaf(of: voxel, before)) }
                sum.add(VoxelWorld.leaf(of: voxel, material))
            }
        }
        contentSum = sum
        editSum.add(sum, removing: before)
    }

    /// Loads or unloads a chunk. Complexity: O(1), unless a snapshot still shares the set of chunks.
    package mutating func setLoaded(_ chunk: ChunkCoordinate, _ loaded: Bool) {
        version &+= 1
        guard isLoaded(chunk) != loaded else { return }
        let leaf = VoxelWorld.leaf(of: chunk, loaded: !chunksStartLoaded)
        if loaded == chunksStartLoaded {
            exceptions.remove(chunk)
            contentSum.remove(leaf)
        } else {
            exceptions.insert(chunk)
            contentSum.add(leaf)
            touch(chunk)
        }
    }

    /// Swaps in an empty cache of generated chunks once the present one is three quarters full. Older
    /// snapshots keep theirs. To be called now and then, once a frame say, by the owner of the world;
    /// without it casts stay right and become slow. It never changes a result. Complexity: O(1) mostly.
    package mutating func renewCacheIfCrowded() {
        guard cache.isCrowded else { return }
        cache = ChunkMaskCache(terrain: terrain, capacity: cache.capacity)
    }

    // MARK: - Queries

    /// O(1).
    package func isLoaded(_ chunk: ChunkCoordinate) -> Bool {
        exceptions.isEmpty ? chunksStartLoaded : exceptions.contains(chunk) != chunksStartLoaded
    }

    /// The material of a voxel, loaded or not: the truth of the world. O(1).
    package func material(at voxel: VoxelCoordinate) -> Material {
        if !edited.isEmpty, let edit = edited[voxel.chunk]?.edit(at: voxel) { return edit }
        return terrain.material(at: voxel)
    }

    /// Whether a voxel is in a loaded chunk and not air. O(1).
    package func isKnownSolid(_ voxel: VoxelCoordinate) -> Bool {
        guard isLoaded(voxel.chunk) else { return false }
        if !edited.isEmpty, let edit = edited[voxel.chunk]?.edit(at: voxel) { return edit != .air }
        return terrain.isSolid(voxel)
    }

    /// The material of a voxel that is known not to be air. O(1).
    func solidMaterial(at voxel: VoxelCoordinate) -> Material {
        if !edited.isEmpty, let edit = edited[voxel.chunk]?.edit(at: voxel) { return edit }
        return terrain.solidMaterial(at: voxel)
    }

    /// Whether a chunk is loaded, and its mask if it has edits, valid as long as this snapshot. O(1).
    func state(of chunk: ChunkCoordinate) -> (isLoaded: Bool, editedMask: ChunkMask?) {
        guard isTouched(chunk) else { return (chunksStartLoaded, nil) }
        return (isLoaded(chunk), edited[chunk]?.mask)
    }

    /// ``contentSum`` from scratch. O(edited chunks and loaded or unloaded ones): an oracle for tests.
    package func rebuiltContentSum() -> LeafSum {
        var sum = LeafSum()
        // Order: a wrapping sum is the same in any order.
        for chunk in edited.values {
            chunk.forEachEdit { voxel, material in sum.add(VoxelWorld.leaf(of: voxel, material)) }
        }
        for chunk in exceptions { sum.add(VoxelWorld.leaf(of: chunk, loaded: !chunksStartLoaded)) }
        return sum
    }

    // MARK: - Content

    /// What distinguishes a world from a new one of the same seed and start state.
    package struct Content: Sendable {
        package var version: UInt64
        /// Each edited chunk with its edits in linear order of the voxels; ascending by z, y, x.
        package var edits: [(chunk: ChunkCoordinate, voxels: [(VoxelCoordinate, Material)])]
        /// The chunks whose loaded state is not that of the start, ascending by z, y, x.
        package var exceptions: [ChunkCoordinate]

        package init(
            version: UInt64, edits: [(chunk: ChunkCoordinate, voxels: [(VoxelCoordinate, Material)])],
            exceptions: [ChunkCoordinate]
        ) {
            self.version = version
            self.edits = edits
            self.exceptions = exceptions
        }
    }

    /// Everything that edits, loads and unloads have made of the world. O(edited chunks).
    package var content: Content {
        // Order: both are sorted.
        let chunks = edited.sorted { $0.key.precedes($1.key) }
        return Content(
            version: version,
            edits: chunks.map { chunk, edits in
                var voxels: [(VoxelCoordinate, Material)] = []
                edits.forEachEdit { voxels.append(($0, $1)) }
                return (chunk, voxels)
            }, exceptions: exceptions.sorted { $0.precedes($1) })
    }

    /// The world of the same seed and start state with this content. O(edits).
    ///
    /// - Precondition: the voxels of an edited chunk lie in it, and no chunk stands there twice.
    package func replacing(_ content: Content) -> VoxelWorld {
        var world = self
        world.version = content.version
        world.contentSum = LeafSum()
        world.editSum = LeafSum()
        world.edited = [:]
        world.exceptions = []
        world.touched = nil
        world.ceilingChunk = chunksStartLoaded ? terrain.ceilingChunk : .max
        for (chunk, voxels) in content.edits {
            world.edited[chunk] = withGeneratedMask(of: chunk) {
                EditedChunk(of: chunk, generated: $0, edits: voxels)
            }
            for (voxel, material) in voxels { world.contentSum.add(VoxelWorld.leaf(of: voxel, material)) }
            world.editSum = world.contentSum
            world.touch(chunk)
        }
        for chunk in content.exceptions {
            world.exceptions.insert(chunk)
            world.contentSum.add(VoxelWorld.leaf(of: chunk, loaded: !chunksStartLoaded))
            world.touch(chunk)
        }
        return world
    }

    // MARK: - Helpers

    /// Tags of the leaves in ``contentSum``.
    private enum Tag {
        static let editedVoxel: UInt8 = 0x45
        static let chunkLoaded: UInt8 = 0x4C
    }

    /// Record: tag, x, y, z (Int64 each), raw material.
    private static func leaf(of voxel: VoxelCoordinate, _ material: Material) -> Digest64 {
        var record = LeafRecord(tag: Tag.editedVoxel)
        record.append(voxel.x)
        record.append(voxel.y)
        record.append(voxel.z)
        record.append(material.rawValue)
        return record.leaf
    }

    /// Record: tag, x, y, z (Int64 each), 1 if the chunk is loaded, else 0.
    private static func leaf(of chunk: ChunkCoordinate, loaded: Bool) -> Digest64 {
        var record = LeafRecord(tag: Tag.chunkLoaded)
        record.append(chunk.x)
        record.append(chunk.y)
        record.append(chunk.z)
        record.append(loaded ? UInt8(1) : 0)
        return record.leaf
    }

    private mutating func touch(_ chunk: ChunkCoordinate) {
        ceilingChunk = max(ceilingChunk, chunk.y == .max ? .max : chunk.y + 1)
        let (lower, upper) = touched ?? (chunk, chunk)
        touched = (
            ChunkCoordinate(min(lower.x, chunk.x), min(lower.y, chunk.y), min(lower.z, chunk.z)),
            ChunkCoordinate(max(upper.x, chunk.x), max(upper.y, chunk.y), max(upper.z, chunk.z))
        )
    }

    private func isTouched(_ chunk: ChunkCoordinate) -> Bool {
        guard let (lower, upper) = touched else { return false }
        return chunk.x >= lower.x && chunk.x <= upper.x && chunk.y >= lower.y && chunk.y <= upper.y
            && chunk.z >= lower.z && chunk.z <= upper.z
    }

    private func withGeneratedMask<Result>(
        of chunk: ChunkCoordinate, _ body: (ChunkMask) -> Result
    ) -> Result {
        if let mask = cache.uniform(chunk) ?? cache.findOrGenerate(chunk) { return body(mask) }
        let mask = ChunkMask.allocate()
        defer { mask.deallocate() }
        terrain.fill(mask, of: chunk)
        return body(mask)
    }
}
