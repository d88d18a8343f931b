import PlantedFaults
package import Topology

/// What became of a cast.
package enum CastOutcome: Sendable, Hashable {
    /// Every ray hit something or reached its distance. The payload is valid.
    case success(Payload)
    /// A ray met an unloaded chunk before it hit or reached its distance; the start voxel counts.
    case aborted
}

/// Casts the 64 rays of a probe through a snapshot of the world. One per worker thread; what it keeps
/// between casts makes it faster and never changes a result.
package struct ProbeCaster {
    private let world: VoxelWorld
    private let masks: ChunkMaskTable
    private let directions = CastDirections.directions

    /// The largest coordinate of an origin, in blocks: half-voxels are exact up to here.
    package static let maximumCoordinate = 0x1p50
    /// The largest distance, in blocks.
    package static let maximumDistance = 0x1p30

    /// - Parameter world: the snapshot that all casts see. Complexity: O(1), 128 KiB.
    package init(world: VoxelWorld) {
        self.world = world
        masks = ChunkMaskTable(world: world)
    }

    /// Casts from a probe's centre.
    ///
    /// A voxel is visited if the ray enters it at `t <= distance`, boundary included; t is a distance, as
    /// directions have length 1. The first visited voxel that is not air is the hit, at its entry's t; a
    /// solid start voxel is a hit at 0. A visited voxel of an unloaded chunk aborts the whole cast,
    /// unless the same ray hit before. ``RayAxis`` states the order of voxels, ties and zero components.
    ///
    /// - Parameters:
    ///   - origin: in blocks; each coordinate at most ``maximumCoordinate`` in magnitude.
    ///   - distance: in blocks, 0...``maximumDistance``.
    /// - Returns: the payload, or that the cast was aborted.
    /// - Complexity: O(64 * blocks of 8^3 and voxels met).
    package mutating func cast(from origin: WorldPoint, distance: Double) -> CastOutcome {
        let limit = ProbeCaster.maximumCoordinate
        precondition(
            abs(origin.x) <= limit && abs(origin.y) <= limit && abs(origin.z) <= limit,
            "a cast starts outside the world")
        precondition(
            distance >= 0 && distance <= ProbeCaster.maximumDistance, "a cast's distance is out of range")
        let start = VoxelCoordinate(containing: origin)
        var light = GatheredLight()
        for direction in directions {
            switch end(of: direction, from: origin, start, distance) {
            case .unloaded: return .aborted
            case .miss: light.addMiss(direction)
            case .hit(let voxel, let t): light.addHit(direction, world.solidMaterial(at: voxel), t)
            }
        }
        return .success(light.payload)
    }

    /// How a single ray ends.
    enum RayEnd {
        case miss
        case hit(VoxelCoordinate, Double)
        case unloaded
    }

    func end(
        of direction: CastDirection, from origin: WorldPoint, _ start: VoxelCoordinate, _ distance: Double
    ) -> RayEnd {
        var x = RayAxis(origin: origin.x, direction: direction.x, voxel: start.x)
        var y = RayAxis(origin: origin.y, direction: direction.y, voxel: start.y)
        var z = RayAxis(origin: origin.z, direction: direction.z, voxel: start.z)
        // Where the ray entered the present voxel.
        var t = 0.0
        let ceiling = world.ceilingChunk
        while true {
            let (cx, cy, cz) = (x.voxel >> 5, y.voxel >> 5, z.voxel >> 5)
            if cy >= ceiling {
                // Air without end above; a ray that does not come down has missed.
                guard y.step < 0 else { return .miss }
                let last = ceiling << 5
                t = y.parameter(leaving: last)
                guard t <= distance else { return .miss }
                x.pass(t, orAt: true, last: x.voxel &+ x.step &* ProbeCaster.farAway)
                z.pass(t, orAt: false, last: z.voxel &+ z.step &* ProbeCaster.farAway)
                y.leave(last)
                continue
            }
            guard let mask = masks.mask(cx, cy, cz) else {
                return planted(.unloadedIsSky) ? .miss : .unloaded
            }
            repeat {
                let air = ProbeCaster.airAround(x.voxel, y.voxel, z.voxel, mask.occupancy)
                if air > 0 {
                    t = ProbeCaster.leave(air, &x, &y, &z, distance)
                    guard t <= distance else { return .miss }
                } else {
                    let (bx, by, bz) = (x.voxel >> 3, y.voxel >> 3, z.voxel >> 3)
                    repeat {
                        if mask.isSolid(x.voxel, y.voxel, z.voxel) {
                            return .hit(VoxelCoordinate(x.voxel, y.voxel, z.voxel), t)
                        }
                        if x.exit <= y.exit, x.exit <= z.exit {
                            t = x.exit
                            guard t <= distance else { return .miss }
                            x.advance()
                        } else if y.exit <= z.exit {
                            t = y.exit
                            guard t <= distance else { return .miss }
                            y.advance()
                        } else {
                            t = z.exit
                            guard t <= distance else { return .miss }
                            z.advance()
                        }
                    } while (x.voxel >> 3 ^ bx) | (y.voxel >> 3 ^ by) | (z.voxel >> 3 ^ bz) == 0
                }
            } while (x.voxel >> 5 ^ cx) | (y.voxel >> 5 ^ cy) | (z.voxel >> 5 ^ cz) == 0
        }
    }

    /// More voxels than the longest distance crosses.
    private static let farAway: Int64 = 1 << 60

    /// One less than the edge of the largest aligned box around a voxel that its chunk's occupancy shows
    /// to be air, out of 32, 16 and 8; 0 if there is none.
    @inline(__always)
    private static func airAround(_ x: Int64, _ y: Int64, _ z: Int64, _ occupancy: UInt64) -> Int64 {
        if occupancy == 0 { return 31 }
        let block = UInt64(bitPattern: (x >> 3 & 3) | (y >> 3 & 3) << 2 | (z >> 3 & 3) << 4)
        guard occupancy &>> block & 1 == 0 else { return 0 }
        // The bits of the 2^3 blocks of 8^3 voxels that make up an octant of the chunk.
        return occupancy &>> (block & 0b101010) & 0x33_0033 == 0 ? 15 : 7
    }

    /// Leaves the aligned box of `mask + 1` voxels, which is all air; returns the parameter at which the
    /// ray does. Past `distance` the axes stay where they are.
    @inline(__always)
    private static func leave(
        _ mask: Int64, _ x: inout RayAxis, _ y: inout RayAxis, _ z: inout RayAxis, _ distance: Double
    ) -> Double {
        let (lastX, lastY, lastZ) = (x.last(within: mask), y.last(within: mask), z.last(within: mask))
        let tx = x.parameter(leaving: lastX)
        let ty = y.parameter(leaving: lastY)
        let tz = z.parameter(leaving: lastZ)
        if tx <= ty, tx <= tz {
            guard tx <= distance else { return tx }
            y.pass(tx, orAt: false, last: lastY)
            z.pass(tx, orAt: false, last: lastZ)
            x.leave(lastX)
            return tx
        } else if ty <= tz {
            guard ty <= distance else { return ty }
            x.pass(ty, orAt: true, last: lastX)
            z.pass(ty, orAt: false, last: lastZ)
            y.leave(lastY)
            return ty
        } else {
            guard tz <= distance else { return tz }
            x.pass(tz, orAt: true, last: lastX)
            y.pass(tz, orAt: true, last: lastY)
            z.leave(lastZ)
            return tz
        }
    }
}
