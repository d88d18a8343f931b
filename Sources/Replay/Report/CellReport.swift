import Hashing
package import Streaming
package import Topology
import Voxels

/// One probe, field by field.
package struct CellReport: Sendable {
    package let level: Int
    package let cell: Cell
    /// Its fields, without level and cell.
    package let fields: ReportValue

    init(level: Int, cell: Cell, fields: ReportValue) {
        self.level = level
        self.cell = cell
        self.fields = fields
    }

    /// The probe of a cell of the level's window.
    package init(_ level: ProbeLevel, _ cell: Cell) {
        self.level = level.level
        self.cell = cell
        let slot = level.window.slot(of: cell)
        let probe = level.probes[slot.index]
        let payload = level.payloads[slot.index]
        let record = probe.record(level: level.level, cell: cell)
        var fields: [(name: String, value: ReportValue)] = [
            ("slot", .integer(Int64(slot.index))), ("lifecycle", .text(probe.lifecycle.name)),
            (
                "afterFlight",
                .list(
                    (probe.afterFlight.contains(.dirty) ? [.text("dirty")] : [])
                        + (probe.afterFlight.contains(.disable) ? [.text("disable")] : []))
            ),
            (
                "lastUpdated",
                probe.lastUpdated == ProbeState.never ? .null : .integer(Int64(probe.lastUpdated))
            ),
            ("queuedAt", .integer(Int64(probe.queuedAt))), ("retryAfter", .integer(Int64(probe.retryAfter))),
            ("generation", .integer(Int64(probe.generation))),
            ("ticket", .integer(Int64(clamping: probe.ticket))),
            ("stateRecord", .hexadecimal(record.bytes)), ("stateLeaf", .text(record.leaf.description)),
        ]
        if payload.isValid {
            let record = payload.record(level: level.level, cell: cell)
            fields.append(("payload", .object(payload.fields.map { ($0.name, .text($0.text)) })))
            fields.append(("payloadRecord", .hexadecimal(record.bytes)))
            fields.append(("payloadLeaf", .text(record.leaf.description)))
        }
        self.fields = .object(fields)
    }

    /// The line of a dump; `stage` is the one that changed the probe.
    func line(changedIn stage: Stage? = nil) -> ReportValue {
        guard case .object(let members) = fields else { return fields }
        return .object(
            (stage.map { [("changedIn", .text($0.name))] } ?? []) + [
                ("level", .integer(Int64(level))), ("cell", cell.value),
            ] + members)
    }
}

extension Cell {
    var value: ReportValue { .list([.integer(Int64(x)), .integer(Int64(y)), .integer(Int64(z))]) }
}

extension StreamingSystem {
    /// The cells whose probe or payload is not what it was, level by level in linear order; a cell that was not in
    /// the window counts. O(cells).
    package func changedCells(since before: StreamingSystem) -> [(level: Int, cell: Cell)] {
        var changed: [(level: Int, cell: Cell)] = []
        for level in levels {
            let old = level.level < before.levels.count ? before.levels[level.level] : nil
            level.window.box.forEach { cell in
                let slot = level.window.slot(of: cell).index
                if let old, old.window.contains(cell) {
                    let oldSlot = old.window.slot(of: cell).index
                    if old.probes[oldSlot] == level.probes[slot],
                        old.payloads[oldSlot] == level.payloads[slot]
                    {
                        return
                    }
                }
                changed.append((level.level, cell))
            }
        }
        return changed
    }
}
