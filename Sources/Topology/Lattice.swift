import PlantedFaults

/// Why a position cannot be snapped. Nothing of the frame has been applied when this is thrown.
package enum LatticeError: Error, Equatable, Sendable {
    /// A coordinate is NaN or infinite.
    case notFinite(axis: String, value: Double)
    /// The window around the position would leave the range of Int32.
    case outOfRange(axis: String, value: Double, limitBlocks: Double)
}

/// The nested lattices of the clipmap: level L has spacing `base * 2^L` blocks, and its cell is the
/// finest level's cell shifted right by L, so that levels nest by construction.
package struct Lattice: Hashable, Sendable {
    /// Edge of a finest cell, in blocks.
    package let baseSpacing: Double
    /// Number of levels, 1...8.
    package let levels: Int
    /// Cells per axis of every level's window.
    package let resolution: Int32
    /// Cells are centred on multiples of the spacing instead of lying between them (``Variant/hasHalfCellWindow``).
    package let isHalfCell: Bool

    package init(baseSpacing: Double, levels: Int, resolution: Int32, isHalfCell: Bool = false) {
        self.baseSpacing = baseSpacing
        self.levels = levels
        self.resolution = resolution
        self.isHalfCell = isHalfCell
    }

    /// Edge of a cell of `level`, in blocks. Exact: only the exponent of the base spacing changes.
    package func spacing(level: Int) -> Double { baseSpacing * Double(1 << level) }

    /// The finest level's cell of a position: one binary64 division per axis, then floor.
    ///
    /// - Throws: ``LatticeError`` for a coordinate that is not finite, or whose window (with a margin
    ///   of one window) would leave Int32.
    package func finestCell(of point: WorldPoint) throws(LatticeError) -> Cell {
        Cell(
            try finestCoordinate(point.x, axis: "x"), try finestCoordinate(point.y, axis: "y"),
            try finestCoordinate(point.z, axis: "z"))
    }

    private func finestCoordinate(_ value: Double, axis: String) throws(LatticeError) -> Int32 {
        guard value.isFinite else { throw .notFinite(axis: axis, value: value) }
        let limit = Double(Int32.max - 2 * resolution)
        let floor = (value / baseSpacing).rounded(.down)
        let untruncated = planted(.truncatedSnap, floor, instead: (value / baseSpacing).rounded(.towardZero))
        let coordinate = planted(
            .floatSnap, untruncated, instead: (Double(Float(value)) / baseSpacing).rounded(.down))
        guard coordinate >= -limit, coordinate <= limit else {
            throw .outOfRange(axis: axis, value: value, limitBlocks: limit * baseSpacing)
        }
        return Int32(coordinate)
    }

    /// The world position of a cell's centre, `(cell + 0.5) * spacing`, derived once from integers; `cell * spacing` where cells are
    /// centred on multiples of the spacing.
    package func centre(of cell: Cell, level: Int) -> WorldPoint {
        let s = spacing(level: level)
        let half = isHalfCell ? 0 : 0.5
        return WorldPoint(
            (Double(cell.x) + half) * s, (Double(cell.y) + half) * s, (Double(cell.z) + half) * s)
    }

    /// The cells of `window` whose half-open cubes meet the half-open box. Cells outside the window are
    /// never returned, and never replaced by cells of its border.
    ///
    /// A box meets cell k of the finest level where `floor(lower / base) <= k <= ceil(upper / base) - 1`,
    /// always the first of these, and a coarser cell where it meets one of the finest cells within. It is
    /// the same division as snapping, so that a box always meets the cell into which its lower corner
    /// snaps, and a box that ends on a border does not meet the cells behind it.
    /// Complexity: O(1). An empty box meets nothing.
    package func cells(meeting box: WorldBox, level: Int, in window: Window) -> CellBox {
        let met = Lattice.cells(
            meeting: box, baseSpacing: baseSpacing, isHalfCell: isHalfCell, level: level, within: window.box)
        guard !box.isEmpty else { return met }
        guard planted(.boxClamped, if: met.isEmpty) else { return met }
        let last = window.resolution - 1
        let corner = Cell(
            min(met.lower.x, window.minimum.x + last), min(met.lower.y, window.minimum.y + last),
            min(met.lower.z, window.minimum.z + last))
        return CellBox(lower: corner, upper: Cell(corner.x + 1, corner.y + 1, corner.z + 1))
    }

    /// The cells of `window` next to those that the box meets, which are the same where it meets the window: each bound is brought
    /// into the window (``Variant/clampsBoxes``). An empty box has none. O(1).
    package func cellsClamped(meeting box: WorldBox, level: Int, in window: Window) -> CellBox {
        let all = CellBox(
            lower: Cell(.min, .min, .min), upper: Cell(.max, .max, .max))
        guard !box.isEmpty else { return CellBox(lower: window.minimum, upper: window.minimum) }
        let met = Lattice.cells(
            meeting: box, baseSpacing: baseSpacing, isHalfCell: isHalfCell, level: level, within: all)
        let last = window.resolution - 1
        // In Int64: a box that lies below all cells ends at the first integer.
        func clamp(_ value: Int64, _ minimum: Int32) -> Int32 {
            Int32(min(max(value, Int64(minimum)), Int64(minimum) + Int64(last)))
        }
        func lower(_ value: Int32, _ minimum: Int32) -> Int32 { clamp(Int64(value), minimum) }
        func upper(_ value: Int32, _ minimum: Int32) -> Int32 { clamp(Int64(value) - 1, minimum) + 1 }
        let minimum = window.minimum
        return CellBox(
            lower: Cell(
                lower(met.lower.x, minimum.x), lower(met.lower.y, minimum.y), lower(met.lower.z, minimum.z)),
            upper: Cell(
                upper(met.upper.x, minimum.x), upper(met.upper.y, minimum.y), upper(met.upper.z, minimum.z)))
    }

    /// The cells of a box of cells that the half-open box of world space meets, on the lattice of this base spacing. See
    /// ``cells(meeting:level:in:)``. O(1).
    ///
    /// Where cells are centred on multiples of the spacing, the same is counted in halves of finest cells, which is exact: doubling
    /// changes the exponent only, and a cell of level L is 2^(L+1) of them, moved by 2^L.
    package static func cells(
        meeting box: WorldBox, baseSpacing: Double, isHalfCell: Bool = false, level: Int,
        within cells: CellBox
    ) -> CellBox {
        guard !box.isEmpty, !cells.isEmpty else { return CellBox(lower: cells.lower, upper: cells.lower) }
        let scale = isHalfCell ? 2.0 : 1.0
        func lowest(_ value: Double, _ lower: Int32, _ upper: Int32) -> Int32 {
            clip((value / baseSpacing * scale).rounded(.down), lower, upper)
        }
        func end(_ low: Double, _ high: Double, _ lower: Int32, _ upper: Int32) -> Int32 {
            let first = (low / baseSpacing * scale).rounded(.down)
            let bound = planted(
                .denormalsFlushed, high, instead: abs(high) < .leastNormalMagnitude ? 0 : high)
            let last = max(first, (bound / baseSpacing * scale).rounded(.up) - 1)
            return clip(last, offset: 1, lower, upper)
        }
        func clip(_ finest: Double, offset: Int64 = 0, _ lower: Int32, _ upper: Int32) -> Int32 {
            // 2^40 is far outside every window, and far inside what converts to Int64.
            let whole = Int64(min(max(finest, -0x1p40), 0x1p40))
            let coarse = isHalfCell ? (whole + 1 << Int64(level)) >> Int64(level + 1) : whole >> Int64(level)
            let bounded = coarse + offset
            return Int32(min(max(bounded, Int64(lower)), Int64(upper)))
        }
        return CellBox(
            lower: Cell(
                lowest(box.lower.x, cells.lower.x, cells.upper.x),
                lowest(box.lower.y, cells.lower.y, cells.upper.y),
                lowest(box.lower.z, cells.lower.z, cells.upper.z)),
            upper: Cell(
                end(box.lower.x, box.upper.x, cells.lower.x, cells.upper.x),
                end(box.lower.y, box.upper.y, cells.lower.y, cells.upper.y),
                end(box.lower.z, box.upper.z, cells.lower.z, cells.upper.z)))
    }
}
