package import Topology

/// A voxel, by its integer coordinates in blocks: voxel `v` covers the half-open unit cube from `v` to
/// `v + 1`. Any Int64 is allowed; nothing here traps on a hostile value.
package struct VoxelCoordinate: Hashable, Sendable {
    package var x: Int64
    package var y: Int64
    package var z: Int64

    package init(_ x: Int64, _ y: Int64, _ z: Int64) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// The voxel that contains a point: floor per axis, saturating at ±2^62. -0.0 is in voxel 0.
    ///
    /// - Precondition: no coordinate is NaN.
    package init(containing point: WorldPoint) {
        func floor(_ value: Double) -> Int64 {
            precondition(!value.isNaN, "a NaN got past the checks of the input")
            return Int64(min(max(value.rounded(.down), -0x1p62), 0x1p62))
        }
        self.init(floor(point.x), floor(point.y), floor(point.z))
    }

    /// The chunk that contains the voxel: an arithmetic shift, a floor division also below zero.
    package var chunk: ChunkCoordinate { ChunkCoordinate(x >> 5, y >> 5, z >> 5) }
}

/// A chunk of 32^3 voxels, by its integer coordinates: chunk `c` covers voxels `32 * c ..< 32 * (c + 1)`.
package struct ChunkCoordinate: Hashable, Sendable {
    package var x: Int64
    package var y: Int64
    package var z: Int64

    package init(_ x: Int64, _ y: Int64, _ z: Int64) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// The order by z, then y, then x, in which chunks are written.
    package func precedes(_ other: ChunkCoordinate) -> Bool { (z, y, x) < (other.z, other.y, other.x) }

    /// Edge of a chunk, in voxels.
    package static let edge: Int64 = 32

    /// The chunk's box in world units. Exact while a coordinate is below 2^48 in magnitude; never traps.
    package var box: WorldBox {
        let edge = Double(ChunkCoordinate.edge)
        return WorldBox(
            lower: WorldPoint(Double(x) * edge, Double(y) * edge, Double(z) * edge),
            upper: WorldPoint((Double(x) + 1) * edge, (Double(y) + 1) * edge, (Double(z) + 1) * edge))
    }
}

/// A half-open box of voxels: `lower` belongs to it, `upper` does not.
package struct VoxelBox: Hashable, Sendable {
    package var lower: VoxelCoordinate
    package var upper: VoxelCoordinate

    package init(lower: VoxelCoordinate, upper: VoxelCoordinate) {
        self.lower = lower
        self.upper = upper
    }

    /// Whether `lower >= upper` on any axis.
    package var isEmpty: Bool { lower.x >= upper.x || lower.y >= upper.y || lower.z >= upper.z }

    /// The number of voxels, 0 for an empty box, Int64.max where the number is larger than that.
    package var count: Int64 {
        guard !isEmpty else { return 0 }
        func extent(_ lower: Int64, _ upper: Int64) -> Int64 {
            let (value, overflow) = upper.subtractingReportingOverflow(lower)
            return overflow ? .max : value
        }
        func product(_ a: Int64, _ b: Int64) -> Int64 {
            let (value, overflow) = a.multipliedReportingOverflow(by: b)
            return overflow ? .max : value
        }
        return product(
            product(extent(lower.x, upper.x), extent(lower.y, upper.y)), extent(lower.z, upper.z))
    }

    /// The box in world units. Exact while a coordinate is at most 2^53 in magnitude.
    package var worldBox: WorldBox {
        WorldBox(
            lower: WorldPoint(Double(lower.x), Double(lower.y), Double(lower.z)),
            upper: WorldPoint(Double(upper.x), Double(upper.y), Double(upper.z)))
    }
}
