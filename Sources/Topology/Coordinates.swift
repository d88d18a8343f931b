/// A position in world space, in blocks. One block is the edge of one voxel.
package struct WorldPoint: Hashable, Sendable {
    package var x: Double
    package var y: Double
    package var z: Double

    package init(_ x: Double, _ y: Double, _ z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    package var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }
}

/// A box in world space, in blocks, half-open on every axis: `lower` belongs to it, `upper` does not.
/// It is empty where `lower >= upper` on any axis.
package struct WorldBox: Hashable, Sendable {
    package var lower: WorldPoint
    package var upper: WorldPoint

    package init(lower: WorldPoint, upper: WorldPoint) {
        self.lower = lower
        self.upper = upper
    }

    package var isFinite: Bool { lower.isFinite && upper.isFinite }

    package var isEmpty: Bool { lower.x >= upper.x || lower.y >= upper.y || lower.z >= upper.z }
}

/// A cell of one level's lattice, by its integer coordinates: cell `k` covers the half-open cube from
/// `k * s` to `(k + 1) * s`, where `s` is the level's spacing.
public struct Cell: Hashable, Sendable, CustomStringConvertible {
    /// Cells along x.
    public var x: Int32
    /// Cells along y.
    public var y: Int32
    /// Cells along z.
    public var z: Int32

    /// The cell with these coordinates.
    @inlinable public init(_ x: Int32, _ y: Int32, _ z: Int32) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// `(x, y, z)`.
    public var description: String { "(\(x), \(y), \(z))" }

    /// The cell that contains this one, `levels` levels coarser: an arithmetic shift, which is a floor
    /// division for negative coordinates as well.
    public func coarser(by levels: Int) -> Cell { Cell(x >> levels, y >> levels, z >> levels) }
}

/// A half-open box of cells of one level, `lower` inclusive, `upper` exclusive.
public struct CellBox: Hashable, Sendable {
    /// The first cell.
    public var lower: Cell
    /// One past the last cell on every axis.
    public var upper: Cell

    /// The box from `lower` to `upper`.
    @inlinable public init(lower: Cell, upper: Cell) {
        self.lower = lower
        self.upper = upper
    }

    /// Whether no cell is in it.
    @inlinable public var isEmpty: Bool {
        lower.x >= upper.x || lower.y >= upper.y || lower.z >= upper.z
    }

    /// Calls `body` for every cell in linear order: x fastest, then y, then z. O(cells).
    @inlinable @inline(__always)
    public func forEach(_ body: (Cell) throws -> Void) rethrows {
        guard !isEmpty else { return }
        for z in lower.z..<upper.z {
            for y in lower.y..<upper.y {
                for x in lower.x..<upper.x { try body(Cell(x, y, z)) }
            }
        }
    }

    /// The cells of this box that are not in `other`, as at most six disjoint boxes: slabs are cut off
    /// along z, then y, then x, so that a corner is in one of them only. O(1), however far apart.
    public func subtracting(_ other: CellBox) -> [CellBox] {
        if isEmpty { return [] }
        let shared = intersection(other)
        if shared.isEmpty { return [self] }
        var rest = self
        var pieces: [CellBox] = []
        func cut(_ axis: WritableKeyPath<Cell, Int32>) {
            if rest.lower[keyPath: axis] < shared.lower[keyPath: axis] {
                var piece = rest
                piece.upper[keyPath: axis] = shared.lower[keyPath: axis]
                pieces.append(piece)
                rest.lower[keyPath: axis] = shared.lower[keyPath: axis]
            }
            if shared.upper[keyPath: axis] < rest.upper[keyPath: axis] {
                var piece = rest
                piece.lower[keyPath: axis] = shared.upper[keyPath: axis]
                pieces.append(piece)
                rest.upper[keyPath: axis] = shared.upper[keyPath: axis]
            }
        }
        cut(\.z)
        cut(\.y)
        cut(\.x)
        return pieces
    }

    /// The cells that both have. O(1).
    public func intersection(_ other: CellBox) -> CellBox {
        CellBox(
            lower: Cell(
                max(lower.x, other.lower.x), max(lower.y, other.lower.y), max(lower.z, other.lower.z)),
            upper: Cell(
                min(upper.x, other.upper.x), min(upper.y, other.upper.y), min(upper.z, other.upper.z)))
    }
}
