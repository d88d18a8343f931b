import Hashing
import Testing
import Topology

@testable import Voxels

/// A world that is moved as a whole has the same voxels in other places.
@Suite struct MovedWorldTests {
    static let origins = [
        ChunkCoordinate(0, 0, 0), ChunkCoordinate(5, 0, 0), ChunkCoordinate(-3, 2, 7),
        ChunkCoordinate(4, -6, -100_001),
    ]

    private func moved(_ voxel: VoxelCoordinate, _ origin: ChunkCoordinate) -> VoxelCoordinate {
        VoxelCoordinate(voxel.x + 32 * origin.x, voxel.y + 32 * origin.y, voxel.z + 32 * origin.z)
    }

    @Test(arguments: origins)
    func voxelsAndHeightsMove(_ origin: ChunkCoordinate) {
        let still = VoxelWorld(seed: 5, chunksStartLoaded: true)
        let world = VoxelWorld(seed: 5, chunksStartLoaded: true, origin: origin)
        for z: Int64 in stride(from: -40, to: 40, by: 7) {
            for x: Int64 in stride(from: -40, to: 40, by: 3) {
                let there = moved(VoxelCoordinate(x, 0, z), origin)
                #expect(
                    world.terrain.height(x: there.x, z: there.z) == still.terrain.height(x: x, z: z) + there.y
                )
                for y: Int64 in stride(from: -3, to: 100, by: 2) {
                    let voxel = VoxelCoordinate(x, y, z)
                    #expect(world.material(at: moved(voxel, origin)) == still.material(at: voxel))
                    #expect(world.isKnownSolid(moved(voxel, origin)) == still.isKnownSolid(voxel))
                }
            }
        }
    }

    /// Through terrain, an edit and an unloaded chunk; in the air, above the ceiling, and at an unloaded chunk high up.
    @Test(arguments: origins, [true, false])
    func castsFindTheSame(_ origin: ChunkCoordinate, _ startLoaded: Bool) {
        var still = VoxelWorld(seed: 9, chunksStartLoaded: startLoaded)
        var world = VoxelWorld(seed: 9, chunksStartLoaded: startLoaded, origin: origin)
        let box = VoxelBox(lower: VoxelCoordinate(-4, 60, -4), upper: VoxelCoordinate(5, 63, 5))
        still.apply(edit: box, material: .lamp)
        world.apply(
            edit: VoxelBox(lower: moved(box.lower, origin), upper: moved(box.upper, origin)), material: .lamp)
        for x: Int64 in -2...2 {
            for y: Int64 in 0...4 {
                for z: Int64 in -2...2 where (x, y, z) != (1, 2, 0) {
                    still.setLoaded(ChunkCoordinate(x, y, z), true)
                    world.setLoaded(ChunkCoordinate(x + origin.x, y + origin.y, z + origin.z), true)
                }
            }
        }
        still.setLoaded(ChunkCoordinate(1, 2, 0), false)
        world.setLoaded(ChunkCoordinate(1 + origin.x, 2 + origin.y, origin.z), false)
        var (here, there) = (ProbeCaster(world: still), ProbeCaster(world: world))
        var successes = 0
        for x in [-20.5, -1.25, 0, 3.5, 30] {
            for y in [20.25, 44, 61.5, 79.75, 130] {
                let expected = here.cast(from: WorldPoint(x, y, -2.5), distance: 24)
                let found = there.cast(
                    from: WorldPoint(
                        x + 32 * Double(origin.x), y + 32 * Double(origin.y), -2.5 + 32 * Double(origin.z)),
                    distance: 24)
                #expect(found == expected, "from (\(x), \(y), -2.5)")
                if case .success = expected { successes += 1 }
            }
        }
        #expect(successes > 5 && successes < 25)
    }

    @Test func contentAndCopiesKeepTheOrigin() {
        let origin = ChunkCoordinate(7, -1, 2)
        var world = VoxelWorld(seed: 1, chunksStartLoaded: true, origin: origin)
        world.apply(
            edit: VoxelBox(lower: VoxelCoordinate(224, 0, 64), upper: VoxelCoordinate(225, 1, 65)),
            material: .lava)
        let other = VoxelWorld(seed: 1, chunksStartLoaded: true, origin: origin).replacing(world.content)
        #expect(other.origin == origin)
        #expect(other.contentSum == world.contentSum)
        #expect(other.material(at: VoxelCoordinate(224, 0, 64)) == .lava)
        #expect(VoxelWorld(seed: 1, chunksStartLoaded: true).origin == ChunkCoordinate(0, 0, 0))
    }
}
