/// Which of a chunk's 32^3 voxels are solid: one bit each, in memory of its own that lives until
/// ``deallocate()``; the struct is a pointer to it.
///
/// Shape, in 64-bit words: the chunk's coordinates (3), the occupancy of the 4^3 blocks of 8^3 voxels
/// (1), the 8^3 bricks of 4^3 voxels (512). Indices are linear, x fastest, then y, then z, in all three.
struct ChunkMask {
    private let words: UnsafeMutablePointer<UInt64>

    static let brickCount = 512
    private static let headerCount = 4
    /// The memory of one mask.
    static let sizeBytes = (headerCount + brickCount) * 8

    /// Uninitialised memory for one mask.
    static func allocate() -> ChunkMask {
        ChunkMask(words: .allocate(capacity: headerCount + brickCount))
    }

    /// The mask at an address that ``address`` gave.
    @inline(__always)
    init?(address: UInt) {
        guard let words = UnsafeMutablePointer<UInt64>(bitPattern: address) else { return nil }
        self.words = words
    }

    private init(words: UnsafeMutablePointer<UInt64>) { self.words = words }

    func deallocate() { words.deallocate() }

    /// Never 0 or 1.
    var address: UInt { UInt(bitPattern: words) }

    /// The chunk that the mask belongs to.
    var key: ChunkCoordinate {
        get {
            ChunkCoordinate(
                Int64(bitPattern: words[0]), Int64(bitPattern: words[1]), Int64(bitPattern: words[2]))
        }
        nonmutating set {
            words[0] = UInt64(bitPattern: newValue.x)
            words[1] = UInt64(bitPattern: newValue.y)
            words[2] = UInt64(bitPattern: newValue.z)
        }
    }

    /// A bit for each block of 8^3 voxels, set if any of them is solid.
    @inline(__always)
    var occupancy: UInt64 { words[3] }

    @inline(__always)
    var bricks: UnsafeMutablePointer<UInt64> { words + ChunkMask.headerCount }

    /// The brick of a voxel; the arguments may be world coordinates, the low five bits count.
    @inline(__always)
    static func brick(_ x: Int64, _ y: Int64, _ z: Int64) -> Int {
        Int(truncatingIfNeeded: (x >> 2 & 7) | (y >> 2 & 7) << 3 | (z >> 2 & 7) << 6)
    }

    /// The bit of a voxel within its brick, 0..<64.
    @inline(__always)
    static func bit(_ x: Int64, _ y: Int64, _ z: Int64) -> UInt64 {
        UInt64(bitPattern: (x & 3) | (y & 3) << 2 | (z & 3) << 4)
    }

    @inline(__always)
    func isSolid(_ x: Int64, _ y: Int64, _ z: Int64) -> Bool {
        bricks[ChunkMask.brick(x, y, z)] &>> ChunkMask.bit(x, y, z) & 1 != 0
    }

    func set(_ x: Int64, _ y: Int64, _ z: Int64, solid: Bool) {
        let bit: UInt64 = 1 &<< ChunkMask.bit(x, y, z)
        if solid {
            bricks[ChunkMask.brick(x, y, z)] |= bit
        } else {
            bricks[ChunkMask.brick(x, y, z)] &= ~bit
        }
    }

    func setAll(solid: Bool) {
        (words + 3).update(repeating: solid ? .max : 0, count: 1 + ChunkMask.brickCount)
    }

    /// Everything but the key.
    func copyContent(from other: ChunkMask) {
        (words + 3).update(from: other.words + 3, count: 1 + ChunkMask.brickCount)
    }

    /// Brings ``occupancy`` up to date with the bricks.
    func countOccupancy() {
        var occupancy: UInt64 = 0
        for z in 0..<8 {
            for y in 0..<8 {
                for x in 0..<8 where bricks[x | y << 3 | z << 6] != 0 {
                    occupancy |= 1 &<< UInt64(x >> 1 | (y >> 1) << 2 | (z >> 1) << 4)
                }
            }
        }
        words[3] = occupancy
    }
}
