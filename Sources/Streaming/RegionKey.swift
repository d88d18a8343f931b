package import Hashing
package import Topology

/// A region of one level: a cube of cells that is cached and stored as one.
///
/// Ordered by level, then z, y, x of the region: the linear order of regions, which is also the order of keys
/// that breaks ties.
package struct RegionKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var level: UInt8
    /// In regions: the floor division of a cell by the region's edge.
    package var region: Cell

    package init(level: Int, region: Cell) {
        self.level = UInt8(level)
        self.region = region
    }

    package static func < (a: RegionKey, b: RegionKey) -> Bool {
        (Int32(a.level), a.region.z, a.region.y, a.region.x) < (
            Int32(b.level), b.region.z, b.region.y, b.region.x
        )
    }

    package var description: String { "level \(level) region \(region)" }

    package func append(to bytes: inout CanonicalBytes) {
        bytes.append(level)
        bytes.append(region)
    }

    func append(to record: inout LeafRecord) {
        record.append(level)
        record.append(region)
    }
}

/// How the cells of a level are grouped into regions.
package struct RegionGrid: Hashable, Sendable {
    /// Cells per axis of a region, 1...128.
    package var edge: Int32

    package init(edge: Int32) { self.edge = edge }

    /// Cells of a region.
    package var cellCount: Int { Int(edge) * Int(edge) * Int(edge) }

    package func region(of cell: Cell) -> Cell {
        Cell(floorQuotient(cell.x, edge), floorQuotient(cell.y, edge), floorQuotient(cell.z, edge))
    }

    /// The linear index of a cell within its region: x fastest, then y, then z.
    package func localIndex(of cell: Cell) -> Int32 {
        euclideanRemainder(cell.x, edge)
            + (euclideanRemainder(cell.y, edge) + euclideanRemainder(cell.z, edge) * edge) * edge
    }

    /// The cell of that linear index in a region.
    package func cell(_ index: Int32, in region: Cell) -> Cell {
        Cell(
            region.x &* edge &+ index % edge, region.y &* edge &+ index / edge % edge,
            region.z &* edge &+ index / (edge &* edge))
    }

    /// The cells of a region that the lattice has: a region at its border is cut.
    package func box(of region: Cell) -> CellBox {
        func bounds(_ coordinate: Int32) -> (Int32, Int32) {
            let lower = Int64(coordinate) * Int64(edge)
            return (Int32(clamping: lower), Int32(clamping: lower + Int64(edge)))
        }
        let (x, y, z) = (bounds(region.x), bounds(region.y), bounds(region.z))
        return CellBox(lower: Cell(x.0, y.0, z.0), upper: Cell(x.1, y.1, z.1))
    }

    /// The regions that have cells of the box, as a half-open box of regions.
    package func regions(meeting box: CellBox) -> CellBox {
        guard !box.isEmpty else { return CellBox(lower: Cell(0, 0, 0), upper: Cell(0, 0, 0)) }
        let first = region(of: box.lower)
        let last = region(of: Cell(box.upper.x - 1, box.upper.y - 1, box.upper.z - 1))
        return CellBox(lower: first, upper: Cell(last.x + 1, last.y + 1, last.z + 1))
    }
}

/// Floor division, for a divisor greater than zero.
func floorQuotient(_ value: Int32, _ divisor: Int32) -> Int32 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}
