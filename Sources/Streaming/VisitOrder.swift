package import Topology

/// In which order things are visited whose order cannot matter: cells of a box, members of a set, rows of a table. Not state: nothing of
/// it may show in a digest, and a harness perturbs it to see that nothing does.
package struct VisitOrder: Sendable {
    /// 0 visits everything as it comes.
    package var seed: UInt64 = 0
    /// Grows with each walk, so that no two are shuffled alike.
    private var walks: UInt64 = 0

    package init(seed: UInt64 = 0) { self.seed = seed }

    package var isPerturbed: Bool { seed != 0 }

    /// The elements in the order in which they are to be visited.
    package mutating func of<Element>(_ elements: [Element]) -> [Element] {
        guard isPerturbed else { return elements }
        var elements = elements
        mix(&elements)
        return elements
    }

    /// Calls `body` with every cell of a box; unless perturbed in linear order. O(cells).
    @inline(__always)
    package mutating func forEach(in box: CellBox, _ body: (Cell) -> Void) {
        guard isPerturbed else {
            box.forEach(body)
            return
        }
        var cells: [Cell] = []
        box.forEach { cells.append($0) }
        mix(&cells)
        for cell in cells { body(cell) }
    }

    /// Fisher and Yates, with the splitmix of Steele, Lea and Flood (2014).
    private mutating func mix<Element>(_ elements: inout [Element]) {
        walks &+= 1
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ walks
        for last in elements.indices.dropFirst().reversed() {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            elements.swapAt(last, Int((mixed ^ (mixed >> 31)) % UInt64(last + 1)))
        }
    }
}
