import PlantedFaults

/// Where a probe is stored within its level: the Euclidean modulus of its cell by N, as the linear
/// index `x + y*N + z*N*N`. It is a function of the cell alone; there is no ring offset that could drift.
public struct Slot: Hashable, Sendable {
    /// The linear index.
    public var index: Int

    /// The slot with this index.
    @inlinable public init(_ index: Int) { self.index = index }
}

/// The cubic window of cells that one level keeps around its anchor.
///
/// Shape: `resolution` cells per axis, from `minimum` to `minimum + resolution`, exclusive.
public struct Window: Hashable, Sendable {
    /// The cell with the smallest coordinates.
    public let minimum: Cell
    /// Cells per axis.
    public let resolution: Int32
    /// The slot coordinates of ``minimum``, kept because every slot is computed from them.
    @usableFromInline let minimumResidue: Cell

    /// The window whose cells start N/2 (integer division) below the anchor.
    ///
    /// - Precondition: the window is within the range of Int32, as ``Lattice/finestCell(of:)`` ensures.
    public init(anchor: Cell, resolution: Int32) {
        let half = resolution / 2
        self.init(
            minimum: Cell(anchor.x - half, anchor.y - half, anchor.z - half), resolution: resolution)
    }

    /// The window whose smallest cell is `minimum`.
    public init(minimum: Cell, resolution: Int32) {
        self.minimum = minimum
        self.resolution = resolution
        minimumResidue = Cell(
            planted(
                .slotSign, euclideanRemainder(minimum.x, resolution), instead: abs(minimum.x % resolution)),
            euclideanRemainder(minimum.y, resolution), euclideanRemainder(minimum.z, resolution))
    }

    /// Its cells.
    public var box: CellBox {
        CellBox(
            lower: minimum,
            upper: Cell(minimum.x + resolution, minimum.y + resolution, minimum.z + resolution))
    }

    /// The number of cells, N*N*N.
    public var count: Int { Int(resolution) * Int(resolution) * Int(resolution) }

    /// Whether a cell is in it. O(1).
    @inlinable public func contains(_ cell: Cell) -> Bool {
        cell.x >= minimum.x && cell.x < minimum.x + resolution
            && cell.y >= minimum.y && cell.y < minimum.y + resolution
            && cell.z >= minimum.z && cell.z < minimum.z + resolution
    }

    /// - Precondition: the window contains `cell`.
    @inlinable @inline(__always)
    public func slot(of cell: Cell) -> Slot {
        let n = Int(resolution)
        let x = wrap(cell.x - minimum.x + minimumResidue.x)
        let y = wrap(cell.y - minimum.y + minimumResidue.y)
        let z = wrap(cell.z - minimum.z + minimumResidue.z)
        return Slot(x + (y + z * n) * n)
    }

    /// The slot in which a cell would be stored, whether or not the window contains it.
    package func slotOutside(of cell: Cell) -> Slot {
        let n = Int(resolution)
        let x = Int(euclideanRemainder(cell.x, resolution))
        let y = Int(euclideanRemainder(cell.y, resolution))
        let z = Int(euclideanRemainder(cell.z, resolution))
        return Slot(x + (y + z * n) * n)
    }

    /// The cell of the window that is stored in `slot`; the inverse of ``slot(of:)``.
    @inlinable @inline(__always)
    public func cell(at slot: Slot) -> Cell {
        let n = Int(resolution)
        let x = Int32(truncatingIfNeeded: slot.index % n)
        let y = Int32(truncatingIfNeeded: slot.index / n % n)
        let z = Int32(truncatingIfNeeded: slot.index / (n * n))
        return Cell(
            minimum.x + Int32(wrap(x - minimumResidue.x + resolution)),
            minimum.y + Int32(wrap(y - minimumResidue.y + resolution)),
            minimum.z + Int32(wrap(z - minimumResidue.z + resolution)))
    }

    /// The linear index of a cell counted from the window's minimum: the order that breaks ties.
    @inlinable @inline(__always)
    public func localIndex(of cell: Cell) -> Int {
        let n = Int(resolution)
        return Int(cell.x - minimum.x) + (Int(cell.y - minimum.y) + Int(cell.z - minimum.z) * n) * n
    }

    /// - Precondition: `0 <= coordinate < 2 * resolution`.
    @inlinable @inline(__always)
    func wrap(_ coordinate: Int32) -> Int {
        Int(coordinate >= resolution ? coordinate - resolution : coordinate)
    }
}

/// The remainder that is never negative, for a divisor greater than zero.
package func euclideanRemainder(_ value: Int32, _ divisor: Int32) -> Int32 {
    let remainder = value % divisor
    return remainder < 0 ? remainder + divisor : remainder
}

/// What one level's window lost and gained in a frame, as sets: a corner that two axes share is in
/// exactly one box. At most three boxes each; the whole window where no cell stayed.
package struct WindowShift: Sendable {
    package let leaving: [CellBox]
    package let entering: [CellBox]

    /// `before` is nil in the first frame of a session, when every cell enters.
    /// Complexity: O(1), whatever the distance.
    package init(from before: Window?, to after: Window) {
        leaving = before.map { $0.box.subtracting(after.box) } ?? []
        let entering = before.map { after.box.subtracting($0.box) } ?? [after.box]
        self.entering = before.map { WindowShift.misled(entering, from: $0, to: after) } ?? entering
    }

    /// The boxes themselves, but for faults that tests plant.
    private static func misled(
        _ entering: [CellBox], from before: Window, to after: Window
    ) -> [CellBox] {
        let jump = Cell(
            after.minimum.x &- before.minimum.x, after.minimum.y &- before.minimum.y,
            after.minimum.z &- before.minimum.z)
        let n = after.resolution
        if planted(
            .teleportUnseen,
            if: jump != Cell(0, 0, 0) && jump.x % n == 0 && jump.y % n == 0 && jump.z % n == 0)
        {
            return []
        }
        if planted(.onePlane, if: jump.x > 1 && jump.x < n && jump.y == 0 && jump.z == 0),
            let box = entering.first
        {
            return [
                CellBox(lower: Cell(box.upper.x - 1, box.lower.y, box.lower.z), upper: box.upper)
            ]
        }
        if planted(.cornerForgotten, if: entering.count > 1) { return Array(entering.dropLast()) }
        if planted(.cornerDoubled, if: entering.count > 1) { return entering + entering.suffix(1) }
        return planted(.jumpOverflow, entering, instead: wrapped(entering, jump.x, from: before, to: after))
    }

    private static func wrapped(
        _ entering: [CellBox], _ jump: Int32, from before: Window, to after: Window
    ) -> [CellBox] {
        guard abs(jump) >= 1 << 15 else { return entering }
        let distance = Int32(Int16(truncatingIfNeeded: jump))
        let lower = Cell(before.minimum.x &+ distance, after.minimum.y, after.minimum.z)
        let n = after.resolution
        let box = CellBox(lower: lower, upper: Cell(lower.x + n, lower.y + n, lower.z + n))
        return box.subtracting(before.box).map { $0.moved(x: after.minimum.x - lower.x) }
    }
}

extension CellBox {
    fileprivate func moved(x distance: Int32) -> CellBox {
        CellBox(
            lower: Cell(lower.x &+ distance, lower.y, lower.z),
            upper: Cell(upper.x &+ distance, upper.y, upper.z))
    }
}
