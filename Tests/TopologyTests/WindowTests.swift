import Testing
import Topology

@Suite struct SlotTests {
    /// Every window minimum from -40 to 40, different on each axis, and every resolution.
    @Test(arguments: Int32(8)...13)
    func slotsAreABijectionAndCellAtIsItsInverse(n: Int32) {
        for start: Int32 in -40...40 {
            let window = Window(minimum: Cell(start, -start, start + 3), resolution: n)
            var taken = Array(repeating: false, count: window.count)
            var twice = 0
            var wrong = 0
            window.box.forEach { cell in
                let slot = window.slot(of: cell)
                if taken[slot.index] { twice += 1 }
                taken[slot.index] = true
                if window.cell(at: slot) != cell { wrong += 1 }
            }
            #expect(twice == 0 && wrong == 0, "N \(n), minimum \(start): \(twice) twice, \(wrong) wrong")
            #expect(!taken.contains(false), "N \(n), minimum \(start)")
        }
    }

    /// A slot is the Euclidean modulus of the cell, whatever window the cell is in.
    @Test(arguments: Int32(8)...13)
    func aSlotIsAFunctionOfTheCellAlone(n: Int32) {
        func modulus(_ k: Int32) -> Int {
            var rest = Int(k)
            while rest < 0 { rest += Int(n) }
            while rest >= Int(n) { rest -= Int(n) }
            return rest
        }
        for start: Int32 in -40...40 {
            let window = Window(minimum: Cell(start, start, start), resolution: n)
            for k in start..<start + n {
                let along = Cell(k, start, start + n - 1)
                let expected = modulus(k) + (modulus(start) + modulus(start + n - 1) * Int(n)) * Int(n)
                #expect(window.slot(of: along).index == expected, "N \(n), cell \(along)")
            }
        }
    }

    @Test func windowsAtTheEndsOfInt32DoNotOverflow() {
        for n: Int32 in [8, 13, 128] {
            for minimum in [Int32.min, Int32.max - n] {
                let window = Window(minimum: Cell(minimum, minimum, minimum), resolution: n)
                let last = Cell(minimum + n - 1, minimum + n - 1, minimum + n - 1)
                for cell in [window.minimum, last] {
                    #expect(window.contains(cell))
                    #expect(window.cell(at: window.slot(of: cell)) == cell)
                }
            }
        }
    }

    @Test func theWindowStartsHalfAResolutionBelowItsAnchor() {
        for n: Int32 in 8...13 {
            let window = Window(anchor: Cell(-3, 0, 100), resolution: n)
            #expect(window.minimum == Cell(-3 - n / 2, -(n / 2), 100 - n / 2))
            #expect(window.box.upper == Cell(-3 - n / 2 + n, -(n / 2) + n, 100 - n / 2 + n))
            #expect(window.count == Int(n * n * n))
        }
    }

    @Test func theLocalIndexCountsXFirstThenYThenZ() {
        let window = Window(minimum: Cell(-5, 7, -9), resolution: 9)
        var expected = 0
        window.box.forEach { cell in
            #expect(window.localIndex(of: cell) == expected)
            expected += 1
        }
        #expect(expected == window.count)
    }

    @Test func euclideanRemaindersAreNeverNegative() {
        for divisor: Int32 in 1...20 {
            for value: Int32 in -45...45 {
                let remainder = euclideanRemainder(value, divisor)
                #expect(remainder >= 0 && remainder < divisor)
                #expect((value - remainder) % divisor == 0)
            }
            #expect(euclideanRemainder(.min, divisor) >= 0)
        }
    }
}

@Suite struct WindowShiftTests {
    private static func window(_ n: Int32, _ x: Int32, _ y: Int32, _ z: Int32) -> Window {
        Window(minimum: Cell(x, y, z), resolution: n)
    }

    /// Cell by cell, for all shifts of a window of 4 cells, from -6 to 6 on each axis.
    @Test func theSetsAreTheDifferencesOfTheWindows() {
        let n: Int32 = 4
        let before = WindowShiftTests.window(n, -2, -1, 3)
        for dz: Int32 in -6...6 {
            for dy: Int32 in -6...6 {
                for dx: Int32 in -6...6 {
                    let after = WindowShiftTests.window(n, -2 + dx, -1 + dy, 3 + dz)
                    let shift = WindowShift(from: before, to: after)
                    let leaving = difference(before, after)
                    let entering = difference(after, before)
                    let message = "shift \(dx) \(dy) \(dz)"
                    #expect(cells(shift.leaving) == leaving, "\(message)")
                    #expect(cells(shift.entering) == entering, "\(message)")
                }
            }
        }
    }

    /// The cells of the boxes, sorted, with what is in two boxes twice.
    private func cells(_ boxes: [CellBox]) -> [Int] {
        var keys: [Int] = []
        for box in boxes { box.forEach { keys.append(key($0)) } }
        return keys.sorted()
    }

    private func difference(_ a: Window, _ b: Window) -> [Int] {
        var keys: [Int] = []
        a.box.forEach { if !b.contains($0) { keys.append(key($0)) } }
        return keys.sorted()
    }

    private func key(_ cell: Cell) -> Int {
        Int(cell.x) + 50 + (Int(cell.y) + 50) * 100 + (Int(cell.z) + 50) * 10000
    }

    /// For all shifts of a window of 8 cells from -10 to 10 on each axis: at most three boxes, within
    /// one window, clear of the other, clear of each other, and as many cells as the difference has.
    /// Together this says that they are the difference.
    @Test func theBoxesAreAPartitionOfTheDifference() {
        let n: Int32 = 8
        let before = WindowShiftTests.window(n, -3, 5, -20)
        for dz in -n - 2...n + 2 {
            for dy in -n - 2...n + 2 {
                for dx in -n - 2...n + 2 {
                    let after = WindowShiftTests.window(n, -3 + dx, 5 + dy, -20 + dz)
                    let shift = WindowShift(from: before, to: after)
                    let kept = max(0, n - abs(dx)) * max(0, n - abs(dy)) * max(0, n - abs(dz))
                    let isRight =
                        isPartition(shift.entering, of: after.box, without: before.box, n * n * n - kept)
                        && isPartition(shift.leaving, of: before.box, without: after.box, n * n * n - kept)
                    #expect(isRight, "shift \(dx) \(dy) \(dz): \(shift)")
                }
            }
        }
    }

    private func isPartition(
        _ boxes: [CellBox], of whole: CellBox, without other: CellBox, _ count: Int32
    ) -> Bool {
        guard boxes.count <= 3 else { return false }
        var total: Int32 = 0
        for (index, box) in boxes.enumerated() {
            guard volume(box) > 0, overlap(box, whole) == volume(box), overlap(box, other) == 0 else {
                return false
            }
            for later in boxes[(index + 1)...] where overlap(box, later) > 0 { return false }
            total += volume(box)
        }
        return total == count
    }

    private func volume(_ box: CellBox) -> Int32 { overlap(box, box) }

    private func overlap(_ a: CellBox, _ b: CellBox) -> Int32 {
        func along(_ axis: KeyPath<Cell, Int32>) -> Int32 {
            max(
                0,
                min(a.upper[keyPath: axis], b.upper[keyPath: axis])
                    - max(a.lower[keyPath: axis], b.lower[keyPath: axis]))
        }
        return along(\.x) * along(\.y) * along(\.z)
    }

    @Test func inTheFirstFrameEveryCellEnters() {
        let after = WindowShiftTests.window(9, 1, 2, 3)
        let shift = WindowShift(from: nil, to: after)
        #expect(shift.leaving.isEmpty)
        #expect(shift.entering == [after.box])
    }

    @Test func nothingEntersAWindowThatStays() {
        let window = WindowShiftTests.window(9, 1, 2, 3)
        let shift = WindowShift(from: window, to: window)
        #expect(shift.leaving.isEmpty)
        #expect(shift.entering.isEmpty)
    }

    /// The whole window as one box, however far: nothing is stepped through.
    @Test func aJumpAcrossInt32CostsWhatAShortOneDoes() {
        let n: Int32 = 128
        let before = WindowShiftTests.window(n, .min, .min, .min)
        let after = WindowShiftTests.window(n, .max - n, .max - n, .max - n)
        for (from, to) in [(before, after), (after, before)] {
            let shift = WindowShift(from: from, to: to)
            #expect(shift.leaving == [from.box])
            #expect(shift.entering == [to.box])
        }
        let along = WindowShiftTests.window(n, .max - n, .min, .min)
        #expect(WindowShift(from: before, to: along).entering == [along.box])
    }

    /// The same slots, other cells: all of them enter.
    @Test(arguments: Int32(8)...13)
    func aJumpOfWholeWindowsReplacesEveryCell(n: Int32) {
        let before = WindowShiftTests.window(n, -7, 0, 3)
        for count: Int32 in [-1000, -3, -1, 1, 2, 500] {
            let after = WindowShiftTests.window(n, -7 + count * n, 0, 3)
            #expect(WindowShift(from: before, to: after).entering == [after.box])
            #expect(before.slot(of: before.minimum) == after.slot(of: after.minimum))
        }
    }

    @Test func anEmptyBoxHasNoCellsAndNothingIsLeftOfIt() {
        let cell = Cell(1, 2, 3)
        let empty = CellBox(lower: cell, upper: cell)
        #expect(empty.isEmpty)
        #expect(empty.subtracting(WindowShiftTests.window(8, 0, 0, 0).box).isEmpty)
        var count = 0
        empty.forEach { _ in count += 1 }
        #expect(count == 0)
        let box = WindowShiftTests.window(8, 0, 0, 0).box
        #expect(box.subtracting(empty) == [box])
    }
}
