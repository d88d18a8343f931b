package import Replay
package import Streaming
package import Topology

/// One value that differs between two runs.
package struct ValueDifference: Hashable, Sendable {
    /// The name of the field, with the way to it: `selected[17].cell`, `payload.sh.r0`.
    package var field: String
    package var expected: String
    package var found: String
}

/// What differs between two reports of one frame, in the first stage that differs.
package struct FrameDifference: Sendable {
    /// The first stage whose digest differs; nil where only the levels' or the frame's do.
    package var stage: Stage?
    /// The levels whose digests differ at the end of the frame.
    package var levels: [Int]
    /// The first value of what the stage did that differs; then of the parts of the state that it may have changed.
    package var output: ValueDifference?
    /// Other values of what the stage did that differ.
    package var otherOutputs = 0
    /// The first probe, level by level in linear order, that differs at the end of the stage.
    package var cell: CellDifference?
    /// How many other probes differ at the end of the stage, by level.
    package var otherCells: [Int: Int] = [:]
}

/// A probe that two runs left in different states.
package struct CellDifference: Sendable {
    package var level: Int
    package var cell: Cell
    /// Its fields that differ, in the order of the record; at least one.
    package var fields: [ValueDifference]
}

/// What a probe is in one run, at the end of a stage that it was not changed in.
package typealias UnchangedCell = (_ stage: Stage, _ level: Int, _ cell: Cell) -> CellReport?

extension FrameDifference {
    /// Compares two reports of a frame before which the runs agreed; nil where they agree in it as well.
    ///
    /// `unchanged` gives a probe that one of the two did not touch in a stage: up to there the runs agree, so that it
    /// is the same in both. Complexity: O(values of the first stage that differs).
    package init?(_ expected: FrameFacts, _ found: FrameFacts, unchanged: UnchangedCell) {
        guard expected.digest != found.digest else { return nil }
        levels = (0..<max(expected.levels.count, found.levels.count)).filter { level in
            level >= expected.levels.count || level >= found.levels.count
                || expected.levels[level] != found.levels[level]
        }
        guard
            let index = zip(expected.stages, found.stages).enumerated()
                .first(where: { $0.element.0.digest != $0.element.1.digest })?.offset
        else { return }
        let stage = found.stages[index].stage
        self.stage = stage
        let differences =
            valueDifferences(expected.stages[index].outputs, found.stages[index].outputs)
            + valueDifferences(expected.stages[index].parts, found.stages[index].parts)
        output = differences.first
        otherOutputs = max(0, differences.count - 1)
        compareCells(expected.changes[index], found.changes[index]) { unchanged(stage, $0, $1) }
    }

    /// Two lists of probes, each ascending by level and cell in linear order.
    package mutating func compareCells(
        _ expected: [CellReport], _ found: [CellReport],
        unchanged: (_ level: Int, _ cell: Cell) -> CellReport?
    ) {
        var (a, b) = (expected[...], found[...])
        while let next = [a.first, b.first].compactMap({ $0 }).min(by: { $0.precedes($1) }) {
            let left = a.first.flatMap { next.isOfSameCell(as: $0) ? $0 : nil }
            let right = b.first.flatMap { next.isOfSameCell(as: $0) ? $0 : nil }
            if left != nil { a = a.dropFirst() }
            if right != nil { b = b.dropFirst() }
            let fields = valueDifferences(
                (left ?? unchanged(next.level, next.cell))?.fields ?? .object([]),
                (right ?? unchanged(next.level, next.cell))?.fields ?? .object([]))
            guard !fields.isEmpty else { continue }
            if cell == nil {
                cell = CellDifference(level: next.level, cell: next.cell, fields: fields)
            } else {
                otherCells[next.level, default: 0] += 1
            }
        }
    }
}

/// Every leaf that is not the same in two trees, in the order of `found`, then what only `expected` has. A record
/// and its leaf follow from the fields before them, and are left out.
package func valueDifferences(_ expected: ReportValue, _ found: ReportValue) -> [ValueDifference] {
    let derived = ["stateRecord", "stateLeaf", "payloadRecord", "payloadLeaf"]
    // Order: looked up by the path, never walked.
    let left = Dictionary(expected.leaves().map { ($0.path, $0.text) }, uniquingKeysWith: { a, _ in a })
    let right = found.leaves()
    let known = Set(right.map(\.path))
    var differences: [ValueDifference] = []
    for (path, text) in right where left[path] != text && !derived.contains(path) {
        differences.append(
            ValueDifference(field: path, expected: left[path] ?? "nothing", found: text))
    }
    for (path, text) in expected.leaves() where !known.contains(path) && !derived.contains(path) {
        differences.append(ValueDifference(field: path, expected: text, found: "nothing"))
    }
    return differences
}

extension CellReport {
    fileprivate func precedes(_ other: CellReport) -> Bool {
        (level, cell.z, cell.y, cell.x) < (other.level, other.cell.z, other.cell.y, other.cell.x)
    }

    fileprivate func isOfSameCell(as other: CellReport) -> Bool { level == other.level && cell == other.cell }
}
