/// The generated world: a pure function from a seed and a voxel to a material, integers only.
///
/// Value noise on square lattices, linearly interpolated without intermediate rounding, so that a whole
/// chunk computed row by row agrees exactly with a single voxel's query. Terrain is everywhere:
/// - below y = 0 everything is solid; at and above ``top`` everything is air;
/// - between, the ground is solid up to ``height(x:z:)``, hollowed out by caves, which are filled with
///   lava below ``lavaLevel``.
struct Terrain: Hashable, Sendable {
    let seed: UInt64
    /// Where in the world the terrain's own chunk (0, 0, 0) lies: (0, 0, 0) but in worlds that are moved as a whole. All
    /// coordinates above and below are the terrain's own; those of the functions that are not private are the world's.
    let origin: ChunkCoordinate

    init(seed: UInt64, origin: ChunkCoordinate = ChunkCoordinate(0, 0, 0)) {
        self.seed = seed
        self.origin = origin
    }

    /// A chunk, voxel or coordinate of the world in the terrain's own coordinates.
    @inline(__always)
    private func own(_ chunk: ChunkCoordinate) -> ChunkCoordinate {
        ChunkCoordinate(chunk.x &- origin.x, chunk.y &- origin.y, chunk.z &- origin.z)
    }

    @inline(__always)
    private func own(_ voxel: VoxelCoordinate) -> VoxelCoordinate {
        VoxelCoordinate(
            voxel.x &- origin.x &<< 5, voxel.y &- origin.y &<< 5, voxel.z &- origin.z &<< 5)
    }

    /// The mask of a chunk that is wholly on one side of what can vary: all solid, all air; nil where it has to be
    /// generated.
    func isUniformlySolid(_ chunk: ChunkCoordinate) -> Bool? {
        let y = chunk.y &- origin.y
        if y < 0 { return true }
        return y >= Terrain.top / ChunkCoordinate.edge ? false : nil
    }

    /// The first chunk along y of the world from which on nothing is generated.
    var ceilingChunk: Int64 { Terrain.top / ChunkCoordinate.edge &+ origin.y }

    /// The first y at which nothing is generated; a multiple of the chunk's edge.
    static let top: Int64 = 96
    /// Caves below this y are full of lava, and therefore solid.
    static let lavaLevel: Int64 = 10

    private static let lowestHeight: Int64 = 40
    private static let snowLine: Int64 = 78
    private static let beachLine: Int64 = 56
    /// Of the cave noise, whose range is 0 ..< 6144 * 65536.
    private static let caveThreshold: Int64 = 240_000_000

    /// What stands apart in the noise: one value per use.
    private enum Salt {
        static let broad: UInt64 = 0xA076_1D64_78BD_642F
        static let middle: UInt64 = 0xE703_7ED1_A0B4_28DB
        static let fine: UInt64 = 0x8EBC_6AF0_9C88_C6E3
        static let cavern: UInt64 = 0x5899_65CC_7537_4CC3
        static let tunnel: UInt64 = 0x1D8E_4E27_C47D_124F
        static let lamps: UInt64 = 0xEB44_ACCA_B455_D165
        static let crystals: UInt64 = 0x9E6C_63D0_676A_9A99
    }

    /// The y of the topmost ground voxel of a column, 40...95. O(1): 12 lattice values.
    func height(x: Int64, z: Int64) -> Int64 {
        ownHeight(x: x &- origin.x &<< 5, z: z &- origin.z &<< 5) &+ origin.y &<< 5
    }

    private func ownHeight(x: Int64, z: Int64) -> Int64 {
        let broad = plane(x, z, shift: 7, salt: Salt.broad)
        let middle = plane(x, z, shift: 5, salt: Salt.middle)
        let fine = plane(x, z, shift: 3, salt: Salt.fine)
        return Terrain.height(fromNoise: broad << 2 + middle << 5 + fine << 8)
    }

    /// Whether a voxel is not air. O(1).
    func isSolid(_ place: VoxelCoordinate) -> Bool {
        let voxel = own(place)
        if voxel.y < 0 { return true }
        if voxel.y >= Terrain.top || voxel.y > ownHeight(x: voxel.x, z: voxel.z) { return false }
        return voxel.y < Terrain.lavaLevel || !isCave(voxel)
    }

    /// The material of any voxel. O(1).
    func material(at voxel: VoxelCoordinate) -> Material {
        isSolid(voxel) ? solidMaterial(at: voxel) : .air
    }

    /// The material of a voxel that is known not to be air. O(1).
    ///
    /// - Precondition: ``isSolid(_:)``; the answer means nothing elsewhere.
    func solidMaterial(at place: VoxelCoordinate) -> Material {
        let voxel = own(place)
        let (x, y, z) = (voxel.x, voxel.y, voxel.z)
        if y >= 0, y < Terrain.lavaLevel, isCave(voxel) { return .lava }
        if y > Terrain.lowestHeight - 4 {
            let surface = ownHeight(x: x, z: z)
            if y == surface {
                if noise(x, 0, z, Salt.lamps) < 0x10000 / 61 { return .lamp }
                return surface < Terrain.beachLine ? .sand : surface >= Terrain.snowLine ? .snow : .grass
            }
            if y > surface - 4 { return surface < Terrain.beachLine ? .sand : .dirt }
        }
        return noise(x >> 1, y >> 1, z >> 1, Salt.crystals) < 0x10000 / 37 ? .crystal : .stone
    }

    /// Fills the mask of one chunk. Agrees with ``isSolid(_:)`` for each of its 32^3 voxels. O(voxels).
    func fill(_ mask: ChunkMask, of place: ChunkCoordinate) {
        mask.key = place
        let chunk = own(place)
        if chunk.y < 0 { return mask.setAll(solid: true) }
        mask.setAll(solid: false)
        let bottom = chunk.y &* ChunkCoordinate.edge
        if bottom >= Terrain.top { return }
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: 1024) { heights in
            fillHeights(heights, x0: chunk.x &<< 5, z0: chunk.z &<< 5)
            for z: Int64 in 0..<4 {
                for x: Int64 in 0..<4 {
                    var highest: Int64 = 0
                    for row in z * 8..<z * 8 + 8 {
                        for column in x * 8..<x * 8 + 8 {
                            highest = max(highest, heights[Int(row * 32 + column)])
                        }
                    }
                    for y: Int64 in 0..<4 where bottom + y * 8 <= highest {
                        fillBlock(mask, of: chunk, x, y, z, heights)
                    }
                }
            }
        }
        mask.countOccupancy()
    }

    // MARK: - Noise

    /// 16 bits of noise at a lattice point.
    @inline(__always)
    private func noise(_ x: Int64, _ y: Int64, _ z: Int64, _ salt: UInt64) -> Int64 {
        var h = (seed ^ salt) &+ UInt64(bitPattern: x) &* 0x9E37_79B9_7F4A_7C15
        h = (h ^ h >> 32) &* 0xD6E8_FEB8_6659_FD93
        h = (h ^ h >> 29) &+ UInt64(bitPattern: y) &* 0xC2B2_AE3D_27D4_EB4F
        h = (h ^ h >> 32) &* 0xD6E8_FEB8_6659_FD93
        h = (h ^ h >> 29) &+ UInt64(bitPattern: z) &* 0x1656_67B1_9E37_79F9
        h = (h ^ h >> 32) &* 0xD6E8_FEB8_6659_FD93
        h = (h ^ h >> 32) &* 0xD6E8_FEB8_6659_FD93
        return Int64(truncatingIfNeeded: h >> 48)
    }

    /// Two-dimensional value noise on a lattice of edge `1 << shift`; in 0 ..< 65536 << (2 * shift).
    @inline(__always)
    private func plane(_ x: Int64, _ z: Int64, shift: Int64, salt: UInt64) -> Int64 {
        let edge: Int64 = 1 << shift
        let (fx, fz) = (x & (edge - 1), z & (edge - 1))
        let (cx, cz) = (x >> shift, z >> shift)
        let left = noise(cx, 0, cz, salt) * (edge - fz) + noise(cx, 0, cz &+ 1, salt) * fz
        let right = noise(cx &+ 1, 0, cz, salt) * (edge - fz) + noise(cx &+ 1, 0, cz &+ 1, salt) * fz
        return left * (edge - fx) + right * fx
    }

    private static func height(fromNoise sum: Int64) -> Int64 { lowestHeight + sum >> 27 }

    private func isCave(_ voxel: VoxelCoordinate) -> Bool {
        let cavern = edgeCorners(voxel, shift: 4, salt: Salt.cavern).row(voxel.y & 15, voxel.z & 15)
        let tunnel = edgeCorners(voxel, shift: 3, salt: Salt.tunnel).row(voxel.y & 7, voxel.z & 7)
        return cavern.value(at: voxel.x & 15) + tunnel.value(at: voxel.x & 7) * 4 > Terrain.caveThreshold
    }

    /// The eight lattice values around a voxel.
    private func edgeCorners(_ voxel: VoxelCoordinate, shift: Int64, salt: UInt64) -> Corners {
        let (x, y, z) = (voxel.x >> shift, voxel.y >> shift, voxel.z >> shift)
        return Corners(
            edge: 1 << shift,
            left: (
                noise(x, y, z, salt), noise(x, y &+ 1, z, salt), noise(x, y, z &+ 1, salt),
                noise(x, y &+ 1, z &+ 1, salt)
            ),
            right: (
                noise(x &+ 1, y, z, salt), noise(x &+ 1, y &+ 1, z, salt), noise(x &+ 1, y, z &+ 1, salt),
                noise(x &+ 1, y &+ 1, z &+ 1, salt)
            ))
    }

    /// Three-dimensional value noise within one lattice cube; in 0 ..< 65536 * edge^3.
    private struct Corners {
        let edge: Int64
        let left: (Int64, Int64, Int64, Int64)
        let right: (Int64, Int64, Int64, Int64)

        @inline(__always)
        func row(_ y: Int64, _ z: Int64) -> Row {
            func blend(_ c: (Int64, Int64, Int64, Int64)) -> Int64 {
                (c.0 * (edge - y) + c.1 * y) * (edge - z) + (c.2 * (edge - y) + c.3 * y) * z
            }
            let start = blend(left)
            return Row(start: start * edge, slope: blend(right) - start)
        }
    }

    /// The noise along x within one lattice cube.
    private struct Row {
        let start: Int64
        let slope: Int64

        @inline(__always)
        func value(at x: Int64) -> Int64 { start + slope * x }
    }

    // MARK: - A chunk at a time

    private func fillHeights(_ heights: UnsafeMutableBufferPointer<Int64>, x0: Int64, z0: Int64) {
        for index in 0..<1024 { heights[index] = 0 }
        func add(shift: Int64, salt: UInt64, weight: Int64) {
            let edge: Int64 = 1 << shift
            let cell = min(edge, 32)
            for z in stride(from: 0, to: 32, by: Int(cell)) {
                for x in stride(from: 0, to: 32, by: Int(cell)) {
                    let (cx, cz) = ((x0 &+ Int64(x)) >> shift, (z0 &+ Int64(z)) >> shift)
                    let corners = (
                        noise(cx, 0, cz, salt), noise(cx, 0, cz &+ 1, salt),
                        noise(cx &+ 1, 0, cz, salt), noise(cx &+ 1, 0, cz &+ 1, salt)
                    )
                    let fx = (x0 &+ Int64(x)) & (edge - 1)
                    for dz in 0..<Int(cell) {
                        let fz = (z0 &+ Int64(z + dz)) & (edge - 1)
                        let left = corners.0 * (edge - fz) + corners.1 * fz
                        let right = corners.2 * (edge - fz) + corners.3 * fz
                        var value = (left * edge + (right - left) * fx) << weight
                        let slope = (right - left) << weight
                        for dx in 0..<Int(cell) {
                            heights[(z + dz) * 32 + x + dx] += value
                            value += slope
                        }
                    }
                }
            }
        }
        add(shift: 7, salt: Salt.broad, weight: 2)
        add(shift: 5, salt: Salt.middle, weight: 5)
        add(shift: 3, salt: Salt.fine, weight: 8)
        for index in 0..<1024 { heights[index] = Terrain.height(fromNoise: heights[index]) }
    }

    /// One block of 8^3 voxels, at block coordinates 0..<4 within the chunk.
    private func fillBlock(
        _ mask: ChunkMask, of chunk: ChunkCoordinate, _ bx: Int64, _ by: Int64, _ bz: Int64,
        _ heights: UnsafeMutableBufferPointer<Int64>
    ) {
        let corner = VoxelCoordinate(
            chunk.x &<< 5 | bx << 3, chunk.y &<< 5 | by << 3, chunk.z &<< 5 | bz << 3)
        let caverns = edgeCorners(corner, shift: 4, salt: Salt.cavern)
        let tunnels = edgeCorners(corner, shift: 3, salt: Salt.tunnel)
        for z: Int64 in 0..<8 {
            let heightRow = Int((bz * 8 + z) * 32 + bx * 8)
            for y: Int64 in 0..<8 {
                let worldY = corner.y + y
                var row: UInt64 = 0
                for x in 0..<8 where worldY <= heights[heightRow + x] { row |= 1 << UInt64(x) }
                if row != 0, worldY >= Terrain.lavaLevel {
                    let cavern = caverns.row(worldY & 15, (corner.z + z) & 15)
                    let tunnel = tunnels.row(y, z)
                    var value = cavern.value(at: corner.x & 15) + tunnel.start * 4
                    let slope = cavern.slope + tunnel.slope * 4
                    for x: UInt64 in 0..<8 {
                        if value > Terrain.caveThreshold { row &= ~(1 << x) }
                        value += slope
                    }
                }
                let bit = UInt64((y & 3) << 2 | (z & 3) << 4)
                let brick = Int(bx * 2 | (by * 2 + y >> 2) << 3 | (bz * 2 + z >> 2) << 6)
                mask.bricks[brick] |= (row & 15) << bit
                mask.bricks[brick + 1] |= (row >> 4) << bit
            }
        }
    }
}
