import Testing
import Topology

@Suite struct SnappingTests {
    private func lattice(_ base: Double, levels: Int = 8, resolution: Int32 = 32) -> Lattice {
        Lattice(baseSpacing: base, levels: levels, resolution: resolution)
    }

    private func coordinate(_ value: Double, _ base: Double) throws -> Int32 {
        let cell = try lattice(base).finestCell(of: WorldPoint(value, value, value))
        #expect(cell == Cell(cell.x, cell.x, cell.x))
        return cell.x
    }

    /// A power of two divides without rounding, so the floor is exact to the last bit.
    @Test(arguments: [0.25, 0.5, 1, 2, 4, 64])
    func bordersBelongToTheCellAbove(base: Double) throws {
        for k: Int32 in -60...60 {
            let border = Double(k) * base
            #expect(try coordinate(border, base) == k)
            if k != 0 {
                #expect(try coordinate(border.nextDown, base) == k - 1)
                #expect(try coordinate(border.nextUp, base) == k)
            }
            #expect(try coordinate(border + base / 2, base) == k)
        }
    }

    /// Quarters of blocks in integers: floor(q / 4 / (b / 4)) = floor division of q by b.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 100])
    func snappingIsTheFloorOfTheExactQuotient(baseQuarters: Int) throws {
        for quarters in -700...700 {
            var exact = quarters / baseQuarters
            if exact * baseQuarters > quarters { exact -= 1 }
            let found = try coordinate(Double(quarters) / 4, Double(baseQuarters) / 4)
            #expect(Int(found) == exact, "\(quarters) quarters at base \(baseQuarters) quarters")
        }
    }

    @Test func bothZerosAreInCellZero() throws {
        for base in [0.25, 0.3, 1, 2] {
            #expect(try coordinate(0, base) == 0)
            #expect(try coordinate(-0.0, base) == 0)
        }
    }

    /// Denormals are numbers: flushed to zero, the negative ones would be in cell 0.
    @Test func denormalsAreNotFlushed() throws {
        for base in [0.25, 0.5, 1] {
            #expect(try coordinate(.leastNonzeroMagnitude, base) == 0)
            #expect(try coordinate(-.leastNonzeroMagnitude, base) == -1)
            #expect(try coordinate(-.leastNormalMagnitude, base) == -1)
        }
        // The division itself rounds this one to -0.0, and that is the rule.
        #expect(try coordinate(-.leastNonzeroMagnitude, 2) == 0)
        #expect(try coordinate(-2 * .leastNonzeroMagnitude, 2) == -1)
    }

    /// A Float holds whole numbers to 2^24 only.
    @Test func farCoordinatesAreNotRoundedThroughFloat() throws {
        #expect(try coordinate(3e7, 2) == 15_000_000)
        #expect(try coordinate(30_000_001, 1) == 30_000_001)
        #expect(try coordinate(-30_000_001.5, 1) == -30_000_002)
        #expect(try coordinate(-3e7, 0.3) == -100_000_000)
        #expect(try coordinate(16_777_217, 1) == 16_777_217)
    }

    @Test func coarserLevelsNest() {
        for k: Int32 in -300...300 {
            for level in 0...7 {
                let edge = Int32(1) << level
                var floor = k / edge
                if floor * edge > k { floor -= 1 }
                #expect(Cell(k, 0, -1).coarser(by: level) == Cell(floor, 0, -1))
            }
        }
    }

    @Test func spacingDoublesAndCentresAreHalfways() {
        let lattice = lattice(0.3)
        #expect(lattice.spacing(level: 0) == 0.3)
        #expect(lattice.spacing(level: 7) == 0.3 * 128)
        #expect(lattice.centre(of: Cell(-1, 0, 2), level: 1) == WorldPoint(-0.5 * 0.6, 0.5 * 0.6, 2.5 * 0.6))
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, .signalingNaN])
    func whatIsNotFiniteIsRefusedOnEveryAxis(value: Double) {
        for axis in ["x", "y", "z"] {
            let point = WorldPoint(axis == "x" ? value : 0, axis == "y" ? value : 0, axis == "z" ? value : 0)
            let error = #expect(throws: LatticeError.self) { try lattice(2).finestCell(of: point) }
            // NaN is not equal to itself; the facts are compared one by one.
            guard case .notFinite(let found, let shown) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(found == axis)
            #expect(shown.isNaN == value.isNaN && (value.isNaN || shown == value))
        }
    }

    @Test(arguments: [Int32(8), 128])
    func whatWouldLeaveInt32IsRefusedAndTheLimitIsNotFarOff(n: Int32) throws {
        let lattice = lattice(2, resolution: n)
        let limit = Double(Int32.max - 2 * n) * 2
        for sign in [-1.0, 1] {
            let cell = try lattice.finestCell(of: WorldPoint(0, sign * limit, 0))
            #expect(cell.y == Int32(sign) * (.max - 2 * n))
            _ = Window(anchor: cell, resolution: n).box
            for beyond in [sign * limit + sign * 2, sign * 1e300] {
                let expected = LatticeError.outOfRange(axis: "y", value: beyond, limitBlocks: limit)
                #expect(throws: expected) { try lattice.finestCell(of: WorldPoint(0, beyond, 0)) }
            }
        }
    }

    @Test func theFirstBadAxisIsNamed() {
        #expect(throws: LatticeError.notFinite(axis: "y", value: .infinity)) {
            try lattice(2).finestCell(of: WorldPoint(0, .infinity, .nan))
        }
    }
}

@Suite struct ReanchorTests {
    private let lattice = Lattice(baseSpacing: 1, levels: 3, resolution: 8)

    private func snap(_ x: Double, previous: Snap?, distance: Double, level: Int = 0) throws -> Snap {
        let point = WorldPoint(x, 0.5, 0.5)
        return lattice.snap(
            point, finestCell: try lattice.finestCell(of: point), level: level, previous: previous,
            reanchorDistance: distance)
    }

    @Test func withoutADistanceTheAnchorIsTheCamerasCell() throws {
        let old = Snap(cameraCell: Cell(9, 9, 9), anchor: Cell(9, 9, 9))
        let snap = try snap(-3.5, previous: old, distance: 0)
        #expect(snap == Snap(cameraCell: Cell(-4, 0, 0), anchor: Cell(-4, 0, 0)))
    }

    @Test func inTheFirstFrameTheAnchorIsTheCamerasCell() throws {
        #expect(try snap(5.9, previous: nil, distance: 40).anchor == Cell(5, 0, 0))
    }

    /// An axis keeps its anchor k while |p - k * s| < d, and each axis for itself.
    @Test(arguments: [0, 1, 2])
    func anAxisKeepsItsAnchorWithinTheDistance(level: Int) throws {
        let s = Double(1 << level)
        let old = Snap(cameraCell: Cell(3, 0, 0), anchor: Cell(3, 0, 0))
        let d = 2.0
        for (x, keeps) in [
            (3 * s, true), ((3 * s + d).nextDown, true), (3 * s + d, false), ((3 * s - d).nextUp, true),
            (3 * s - d, false), (3 * s + 100, false),
        ] {
            let found = try snap(x, previous: old, distance: d, level: level)
            #expect(found.anchor == Cell(keeps ? 3 : found.cameraCell.x, 0, 0), "x \(x)")
            #expect(found.cameraCell.x == Int32((x / s).rounded(.down)))
        }
    }
}

@Suite struct CellsMeetingTests {
    /// One axis by the definition: cell k meets the box if a finest cell within it is one of
    /// floor(lower / base)...ceil(upper / base) - 1, and always the first of these.
    private func expected(
        _ lower: Double, _ upper: Double, _ base: Double, _ level: Int, _ window: Range<Int32>
    ) -> [Int32] {
        guard lower < upper else { return [] }
        let first = Int((lower / base).rounded(.down))
        let last = max(first, Int((upper / base).rounded(.up)) - 1)
        return window.filter { k in
            let finest = Int(k) << level..<(Int(k) + 1) << level
            return finest.contains { $0 >= first && $0 <= last }
        }
    }

    @Test(arguments: [0.25, 0.3, 0.5, 0.7, 0.75, 1, 1.5, 2])
    func cellsMeetingABoxAreThoseOfTheDefinition(base: Double) {
        let lattice = Lattice(baseSpacing: base, levels: 4, resolution: 8)
        for level in 0...3 {
            let window = Window(minimum: Cell(-3, -100, 7), resolution: 8)
            let inside = Double(1 << level) * base
            for lower in -30...30 {
                for upper in lower - 1...lower + 14 {
                    let box = WorldBox(
                        lower: WorldPoint(Double(lower) / 4 * inside, -96 * inside, 8 * inside),
                        upper: WorldPoint(Double(upper) / 4 * inside, -95 * inside, 9.5 * inside))
                    let found = lattice.cells(meeting: box, level: level, in: window)
                    let x = expected(box.lower.x, box.upper.x, base, level, -3..<5)
                    if x.isEmpty {
                        #expect(found.isEmpty, "base \(base), level \(level), \(box)")
                        continue
                    }
                    #expect(Array(found.lower.x..<found.upper.x) == x, "base \(base), level \(level), \(box)")
                    #expect(found.lower.y == -96 && found.upper.y == -95)
                    #expect(found.lower.z == 8 && found.upper.z == 10)
                }
            }
        }
    }

    @Test func aBoxOutsideTheWindowMeetsNothingOfIt() {
        let lattice = Lattice(baseSpacing: 2, levels: 2, resolution: 8)
        let window = Window(minimum: Cell(0, 0, 0), resolution: 8)
        for level in 0...1 {
            let edge = 16 * Double(1 << level)
            for (lower, upper) in [(-1e9, -1e8), (-5, 0), (edge, edge + 3), (1e300, 1e301), (-1e301, -1e300)]
            {
                let box = WorldBox(lower: WorldPoint(lower, 1, 1), upper: WorldPoint(upper, 2, 2))
                #expect(lattice.cells(meeting: box, level: level, in: window).isEmpty, "\(box)")
            }
        }
    }

    @Test func aHugeBoxMeetsTheWholeWindowAndNoMore() {
        let lattice = Lattice(baseSpacing: 0.25, levels: 8, resolution: 8)
        let huge = Double.greatestFiniteMagnitude
        let box = WorldBox(lower: WorldPoint(-huge, -huge, -huge), upper: WorldPoint(huge, huge, huge))
        for level in 0...7 {
            for minimum in [Int32.min + 12, -4, Int32.max - 20] {
                let window = Window(minimum: Cell(minimum, minimum, minimum), resolution: 8)
                #expect(lattice.cells(meeting: box, level: level, in: window) == window.box)
            }
        }
    }

    @Test func anEmptyBoxMeetsNothing() {
        let lattice = Lattice(baseSpacing: 1, levels: 1, resolution: 8)
        let window = Window(minimum: Cell(-4, -4, -4), resolution: 8)
        let corner = WorldPoint(0.5, 0.5, 0.5)
        for upper in [corner, WorldPoint(3, 0.5, 3), WorldPoint(3, 3, -3), WorldPoint(-3, -3, -3)] {
            let box = WorldBox(lower: corner, upper: upper)
            #expect(box.isEmpty)
            #expect(lattice.cells(meeting: box, level: 0, in: window).isEmpty)
        }
    }

    /// The cell of the lower corner is met however the division rounds.
    @Test(arguments: [0.25, 0.3, 0.7, 1, 1.5, 2, 63.9, 64])
    func aBoxMeetsTheCellThatItsLowerCornerSnapsInto(base: Double) throws {
        let lattice = Lattice(baseSpacing: base, levels: 1, resolution: 64)
        let window = Window(minimum: Cell(-32, -32, -32), resolution: 64)
        for k in -20...20 {
            for lower in [(Double(k) * base).nextDown, Double(k) * base, (Double(k) * base).nextUp] {
                let box = WorldBox(
                    lower: WorldPoint(lower, 0, 0), upper: WorldPoint(lower.nextUp, 1, 1))
                let found = lattice.cells(meeting: box, level: 0, in: window)
                let cell = try lattice.finestCell(of: WorldPoint(lower, 0, 0))
                #expect(found.lower.x == cell.x && cell.x < found.upper.x, "base \(base), x \(lower)")
            }
        }
    }

    /// All points, where the quotient is exact: for a base that is a power of two, away from denormals.
    @Test(arguments: [0.25, 1, 2, 64])
    func aBoxMeetsTheCellsThatItsPointsSnapInto(base: Double) throws {
        let lattice = Lattice(baseSpacing: base, levels: 1, resolution: 64)
        let window = Window(minimum: Cell(-32, -32, -32), resolution: 64)
        for k in -20...20 where k != 0 {
            let border = Double(k) * base
            for (lower, upper) in [
                (border.nextDown, border), (border, border.nextUp), (border.nextDown, border.nextUp),
                (border - base / 3, border),
            ] {
                let box = WorldBox(lower: WorldPoint(lower, 0, 0), upper: WorldPoint(upper, 1, 1))
                let found = lattice.cells(meeting: box, level: 0, in: window)
                for x in [lower, upper.nextDown] {
                    let cell = try lattice.finestCell(of: WorldPoint(x, 0, 0))
                    #expect(found.lower.x <= cell.x && cell.x < found.upper.x, "base \(base), x \(x)")
                }
            }
        }
    }
}
