import Hashing
import Streaming
import Topology
import Voxels

// The lines of a dump for what is kept outside the windows: the region cache and the ledger of the store.

extension StreamingSystem {
    /// One value for each line: entries in key order with their cells behind them, the ledger, its rows, requests, write-backs and boxes.
    /// O(cells that are kept + rows).
    var keptLines: [ReportValue] {
        var lines: [ReportValue] = []
        for key in cache.keys {
            guard let entry = cache.entries[key] else { continue }
            lines.append(entry.line)
            lines += entry.cellLines(cache.grid)
        }
        if let store { lines += store.lines }
        return lines
    }
}

extension RegionEntry {
    fileprivate var line: ReportValue {
        let record = record
        return .object([
            ("entry", key.region.value), ("level", .integer(Int64(key.level))),
            ("cells", .integer(Int64(cells.count))), ("lastUsed", .integer(Int64(lastUsed))),
            ("newestUpdate", .integer(Int64(newestUpdate))),
            ("layoutVersion", .integer(Int64(layoutVersion))),
            (
                "flags",
                .list(
                    (flags.contains(.invalidated) ? [.text("invalidated")] : [])
                        + (flags.contains(.unsaved) ? [.text("unsaved")] : []))
            ),
            ("bytes", .integer(bytes)),
            ("entryRecord", .hexadecimal(record.bytes)), ("entryLeaf", .text(record.leaf.description)),
        ])
    }

    fileprivate func cellLines(_ grid: RegionGrid) -> [ReportValue] {
        // Order: by linear index.
        cells.sorted { grid.localIndex(of: $0.cell) < grid.localIndex(of: $1.cell) }.map { cell in
            let record = cell.record(level: key.level)
            return .object([
                ("cached", cell.cell.value), ("level", .integer(Int64(key.level))),
                ("lastUpdated", .integer(Int64(cell.lastUpdated))),
                ("payload", .object(cell.payload.fields.map { ($0.name, .text($0.text)) })),
                ("cachedRecord", .hexadecimal(record.bytes)), ("cachedLeaf", .text(record.leaf.description)),
            ])
        }
    }
}

extension StoreLedger {
    fileprivate var lines: [ReportValue] {
        let record = record
        var lines: [ReportValue] = [
            .object([
                ("ledger", .integer(sizeCapBytes)), ("isIndexKnown", .flag(isIndexKnown)),
                ("indexClock", .integer(indexClock)), ("startFrame", .integer(Int64(startFrame))),
                ("startEdits", .text(startEdits.description)), ("knownEdits", .text(knownEdits.description)),
                ("nextStoreSequence", .integer(Int64(clamping: nextSequence))), ("bytes", .integer(bytes)),
                ("ledgerRecord", .hexadecimal(record.bytes)), ("ledgerLeaf", .text(record.leaf.description)),
            ])
        ]
        // Order: by key.
        for (key, row) in rows.sorted(by: { $0.key < $1.key }) {
            let record = row.record(of: key)
            lines.append(
                .object([
                    ("row", key.region.region.value), ("level", .integer(Int64(key.region.level))),
                    ("key", key.key.value), ("clock", .integer(row.clock)), ("bytes", .integer(row.bytes)),
                    ("mask", row.present.value), ("content", .text(row.content.description)),
                    ("rowRecord", .hexadecimal(record.bytes)), ("rowLeaf", .text(record.leaf.description)),
                ]))
        }
        for request in requests {
            let record = request.record
            lines.append(
                .object([
                    ("request", .integer(Int64(clamping: request.sequence))),
                    ("key", request.row?.key.value ?? .null),
                    ("level", request.row.map { .integer(Int64($0.region.level)) } ?? .null),
                    ("region", request.row?.region.region.value ?? .null),
                    ("due", .integer(Int64(request.dueFrame))), ("masked", request.masked.value),
                    ("requestRecord", .hexadecimal(record.bytes)),
                    ("requestLeaf", .text(record.leaf.description)),
                ]))
        }
        for write in held {
            let record = write.record
            lines.append(
                .object([
                    ("writeBack", .integer(Int64(clamping: write.sequence))), ("key", write.row.key.value),
                    ("level", .integer(Int64(write.row.region.level))),
                    ("region", write.row.region.region.value),
                    ("cells", .integer(Int64(write.cells.count))),
                    ("content", .text(write.contentDigest.description)),
                    ("writeBackRecord", .hexadecimal(record.bytes)),
                    ("writeBackLeaf", .text(record.leaf.description)),
                ]))
        }
        for (place, box) in heldBoxes.enumerated() {
            let record = StoreLedger.record(of: box, place: place)
            lines.append(
                .object([
                    ("box", .integer(Int64(place))), ("lower", box.lower.value), ("upper", box.upper.value),
                    ("boxRecord", .hexadecimal(record.bytes)), ("boxLeaf", .text(record.leaf.description)),
                ]))
        }
        return lines
    }
}

extension StoreKey {
    fileprivate var value: ReportValue {
        .object([
            ("seed", .hexadecimal(worldSeed)), ("layoutVersion", .integer(Int64(layoutVersion))),
            ("fingerprint", .text(fingerprint.description)), ("baseSpacing", .number(baseSpacing)),
            ("regionEdge", .integer(Int64(regionEdge))),
        ])
    }
}

extension CellMask {
    /// The words, each as 16 hexadecimal digits.
    fileprivate var value: ReportValue { .list(words.map { .hexadecimal($0) }) }
}

extension WorldPoint {
    fileprivate var value: ReportValue { .list([.number(x), .number(y), .number(z)]) }
}
