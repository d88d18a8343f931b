import Hashing
import Testing
import Topology

@testable import Voxels

@Suite struct WorldTests {
    @Test func voxelsAndChunksFloor() {
        #expect(VoxelCoordinate(containing: WorldPoint(-0.5, -0.0, 0.5)) == VoxelCoordinate(-1, 0, 0))
        #expect(VoxelCoordinate(containing: WorldPoint(1.4e11, -1.4e11, -1)).x == 140_000_000_000)
        #expect(VoxelCoordinate(-1, 31, 32).chunk == ChunkCoordinate(-1, 0, 1))
        #expect(ChunkCoordinate(-1, 0, 2).box.lower == WorldPoint(-32, 0, 64))
        #expect(ChunkCoordinate(-1, 0, 2).box.upper == WorldPoint(0, 32, 96))
    }

    @Test func boxesCountWithoutTrapping() {
        #expect(box(-3, 5, 7, 2, 3, 4).count == 24)
        #expect(box(0, 0, 0, 2, 0, 4).count == 0)
        let everything = VoxelBox(
            lower: VoxelCoordinate(.min, .min, .min), upper: VoxelCoordinate(.max, .max, .max))
        #expect(everything.count == .max)
        let reversed = VoxelBox(lower: everything.upper, upper: everything.lower)
        #expect(reversed.isEmpty && reversed.count == 0)
        let wide = VoxelBox(
            lower: VoxelCoordinate(0, 0, 0), upper: VoxelCoordinate(1 << 40, 1 << 40, 1))
        #expect(wide.count == .max)
    }

    @Test func materialsHaveStableNumbersAndNames() {
        #expect(Material.allCases.map(\.rawValue) == Array(0...9))
        for material in Material.allCases { #expect(Material(name: material.name) == material) }
        #expect(Material(name: "Stone") == nil)
    }

    /// Chunks below, within and above the terrain, near the origin, below zero and far away.
    @Test func chunkMasksAgreeWithSingleVoxels() {
        let terrain = Terrain(seed: 5)
        let mask = ChunkMask.allocate()
        defer { mask.deallocate() }
        for chunk in [
            ChunkCoordinate(0, 0, 0), ChunkCoordinate(-1, 1, -3), ChunkCoordinate(3, 2, -7),
            ChunkCoordinate(937_500, 1, -937_501), ChunkCoordinate(-4_000_000_001, 2, 4_000_000_003),
            ChunkCoordinate(2, -1, 2), ChunkCoordinate(2, 3, 2),
        ] {
            terrain.fill(mask, of: chunk)
            var blocks: UInt64 = 0
            var wrong = 0
            for z in chunk.z * 32..<chunk.z * 32 + 32 {
                for y in chunk.y * 32..<chunk.y * 32 + 32 {
                    for x in chunk.x * 32..<chunk.x * 32 + 32 {
                        let isSolid = terrain.material(at: VoxelCoordinate(x, y, z)) != .air
                        if mask.isSolid(x, y, z) != isSolid { wrong += 1 }
                        if isSolid {
                            let (bx, by, bz) = (x >> 3 & 3, y >> 3 & 3, z >> 3 & 3)
                            let block = bx + by * 4 + bz * 16
                            blocks |= UInt64(1) << UInt64(block)
                        }
                    }
                }
            }
            #expect(wrong == 0, "\(chunk)")
            #expect(mask.occupancy == blocks, "\(chunk)")
        }
    }

    @Test func terrainHasGroundCavesAndLightsEverywhere() {
        for (seed, far) in [(1, 0), (2, 30_000_000), (3, -30_000_000)] as [(UInt64, Int64)] {
            let world = VoxelWorld(seed: seed, chunksStartLoaded: true)
            var found: Set<Material> = []
            var caves = 0
            for step in 0..<2500 {
                let (x, z) = (far + Int64(step % 50) * 37, far - Int64(step / 50) * 41)
                let surface = world.terrain.height(x: x, z: z)
                #expect((40...95).contains(surface))
                for y in surface - 12...surface { found.insert(world.material(at: VoxelCoordinate(x, y, z))) }
                found.insert(world.material(at: VoxelCoordinate(x, 5, z)))
                if world.material(at: VoxelCoordinate(x, 24, z)) == .air { caves += 1 }
                #expect(world.material(at: VoxelCoordinate(x, -1, z)) != .air)
                #expect(world.material(at: VoxelCoordinate(x, surface + 1, z)) == .air)
            }
            #expect(found.isSuperset(of: [.air, .stone, .dirt, .grass, .sand, .lamp, .crystal, .lava]))
            #expect((100...1000).contains(caves))
        }
    }

    @Test func hostileCoordinatesAnswer() {
        var world = VoxelWorld(seed: 1, chunksStartLoaded: true)
        for extreme in [Int64.min, Int64.max] {
            _ = world.material(at: VoxelCoordinate(extreme, 50, extreme))
            _ = world.isKnownSolid(VoxelCoordinate(extreme, extreme, extreme))
            world.setLoaded(ChunkCoordinate(extreme, extreme, extreme), false)
            #expect(ChunkCoordinate(extreme, extreme, extreme).box.isFinite)
        }
        let corner = VoxelBox(
            lower: VoxelCoordinate(.max - 2, .max - 40, .max - 2),
            upper: VoxelCoordinate(.max, .max, .max))
        world.apply(edit: corner, material: .wood)
        #expect(world.material(at: VoxelCoordinate(.max - 1, .max - 1, .max - 1)) == .wood)
        #expect(world.material(at: VoxelCoordinate(.max, .max - 1, .max - 1)) == .air)
        let opposite = VoxelBox(
            lower: VoxelCoordinate(.min, .min, .min), upper: VoxelCoordinate(.min + 2, .min + 2, .min + 2))
        world.apply(edit: opposite, material: .air)
        #expect(world.material(at: VoxelCoordinate(.min, .min, .min)) == .air)
        #expect(world.contentSum == world.rebuiltContentSum())
    }

    @Test func editsShowInTheirBoxOnly() {
        var world = VoxelWorld(seed: 8, chunksStartLoaded: true)
        let untouched = world
        let edit = box(-3, 60, 29, 7, 9, 5)
        world.apply(edit: edit, material: .lamp)
        for z: Int64 in 25..<40 {
            for y: Int64 in 55..<75 {
                for x: Int64 in -8..<8 {
                    let voxel = VoxelCoordinate(x, y, z)
                    let isInside = x >= -3 && x < 4 && y >= 60 && y < 69 && z >= 29 && z < 34
                    #expect(world.material(at: voxel) == (isInside ? .lamp : untouched.material(at: voxel)))
                }
            }
        }
    }

    @Test func snapshotsNeverChange() {
        var world = VoxelWorld(seed: 8, chunksStartLoaded: true)
        world.apply(edit: box(0, 100, 0, 40, 2, 40), material: .stone)
        let snapshot = world
        let origin = WorldPoint(3.5, 104.5, 3.5)
        var caster = ProbeCaster(world: snapshot)
        let before = caster.cast(from: origin, distance: 40)
        let (version, sum) = (snapshot.version, snapshot.contentSum)
        world.apply(edit: box(0, 100, 0, 40, 2, 40), material: .air)
        world.apply(edit: box(0, 106, 0, 8, 1, 8), material: .lava)
        world.setLoaded(ChunkCoordinate(0, 3, 0), false)
        #expect(snapshot.material(at: VoxelCoordinate(3, 100, 3)) == .stone)
        #expect(snapshot.isLoaded(ChunkCoordinate(0, 3, 0)))
        #expect(snapshot.version == version && snapshot.contentSum == sum)
        #expect(caster.cast(from: origin, distance: 40) == before)
        var fresh = ProbeCaster(world: snapshot)
        #expect(fresh.cast(from: origin, distance: 40) == before)
        var after = ProbeCaster(world: world)
        #expect(after.cast(from: origin, distance: 40) == .aborted)
    }

    @Test func anUnloadedChunkIsNotKnownToBeSolid() {
        var world = VoxelWorld(seed: 8, chunksStartLoaded: false)
        let rock = VoxelCoordinate(0, -5, 0)
        #expect(world.material(at: rock) != .air && !world.isKnownSolid(rock))
        world.setLoaded(rock.chunk, true)
        #expect(world.isKnownSolid(rock))
        world.setLoaded(rock.chunk, false)
        world.apply(edit: box(0, -5, 0), material: .air)
        world.setLoaded(rock.chunk, true)
        #expect(!world.isKnownSolid(rock), "an edit holds while its chunk is unloaded")
    }

    @Test func versionCountsWhatIsGiven() {
        var world = VoxelWorld(seed: 8, chunksStartLoaded: true)
        #expect(world.version == 0)
        world.apply(edit: box(0, 0, 0), material: .air)
        world.apply(edit: box(0, 0, 0, 0, 1, 1), material: .air)
        world.setLoaded(ChunkCoordinate(0, 0, 0), true)
        world.setLoaded(ChunkCoordinate(0, 0, 0), false)
        #expect(world.version == 4)
    }

    @Test func contentSumKnowsNoOrder() {
        let seed: UInt64 = 77
        var random = SeededGenerator(seed: seed)
        var edits: [(VoxelBox, Material)] = []
        for index: Int64 in 0..<40 {
            // Disjoint columns, so that any order makes the same content.
            let height = Int64.random(in: 1...6, using: &random)
            edits.append(
                (box(index * 9 - 180, 50, index * 5, 9, height, 4), random.pick(Material.allCases)))
        }
        let chunks = (0..<20).map { ChunkCoordinate($0 - 10, $0 % 3, 4) }
        var first = VoxelWorld(seed: seed, chunksStartLoaded: true)
        var second = first
        #expect(first.contentSum == LeafSum())
        for (box, material) in edits { first.apply(edit: box, material: material) }
        for chunk in chunks { first.setLoaded(chunk, false) }
        for chunk in chunks.shuffled(using: &random) {
            second.setLoaded(chunk, false)
            second.setLoaded(chunk, true)
            second.setLoaded(chunk, false)
        }
        for (box, material) in edits.shuffled(using: &random) {
            second.apply(edit: box, material: .wood)
            second.apply(edit: box, material: material)
        }
        #expect(first.contentSum == second.contentSum, "seed \(seed)")
        #expect(first.contentSum == first.rebuiltContentSum(), "seed \(seed)")
        #expect(second.contentSum == second.rebuiltContentSum(), "seed \(seed)")
        for chunk in chunks { first.setLoaded(chunk, true) }
        #expect(first.contentSum != second.contentSum)
        #expect(first.contentSum == first.rebuiltContentSum(), "seed \(seed)")
    }

    @Test func anEditCountsEvenIfItChangesNothing() {
        var world = VoxelWorld(seed: 8, chunksStartLoaded: true)
        world.apply(edit: box(0, 500, 0), material: .air)
        let sum = world.contentSum
        #expect(sum != LeafSum())
        world.apply(edit: box(0, 500, 0), material: .air)
        #expect(world.contentSum == sum && sum == world.rebuiltContentSum())
    }
}
