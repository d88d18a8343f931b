import Hashing
import Topology
import Voxels

extension SnapshotReader {
    // MARK: Cache

    /// An entry of the cache: of a far level, after the entry before, with cells that no window has.
    mutating func entry(
        after last: RegionKey?, _ grid: RegionGrid, _ configuration: Configuration?, _ levels: [ProbeLevel],
        _ nextFrame: Int64
    ) throws(SnapshotError) -> RegionEntry {
        guard let configuration, configuration.nearLevels < configuration.levels else {
            throw outOfRange("entries of the cache", "some", "none: there is no far level")
        }
        let start = offset
        let key = try regionKey(
            UInt8(configuration.nearLevels), UInt8(configuration.levels - 1), edge: grid.edge)
        if let last, key <= last { throw outOfRange("entry", "\(key)", "after \(last)", at: start) }
        var entry = RegionEntry(key: key, grid: grid, layoutVersion: 0)
        entry.lastUsed = try number("last used", 0, Int32(clamping: nextFrame - 1))
        let newest = try lastUpdate(nextFrame)
        entry.layoutVersion = try number(
            "layout version of an entry", configuration.layoutVersion, configuration.layoutVersion)
        entry.flags = RegionEntry.Flags(rawValue: try number("flags of an entry", 0, 3))
        for cell in try cells(grid, key.region, least: 1, nextFrame) {
            if levels[Int(key.level)].window.contains(cell.cell) {
                throw outOfRange("cached cell", "\(cell.cell)", "a cell outside the window")
            }
            _ = entry.insert(cell, at: grid.localIndex(of: cell.cell))
        }
        guard newest >= entry.newestUpdate else {
            throw outOfRange("newest update of an entry", "\(newest)", "at least \(entry.newestUpdate)")
        }
        entry.newestUpdate = newest
        return entry
    }

    /// Cells of one region, ascending by their linear index.
    private mutating func cells(
        _ grid: RegionGrid, _ region: Cell, least: UInt32, _ nextFrame: Int64
    ) throws(SnapshotError) -> [CachedCell] {
        let count: UInt32 = try number("cells of a region", least, UInt32(grid.cellCount))
        var cells: [CachedCell] = []
        var next: Int32 = 0
        for _ in 0..<count {
            let index: Int32 = try number("linear index of a cell", next, Int32(grid.cellCount - 1))
            cells.append(
                CachedCell(
                    cell: grid.cell(index, in: region), lastUpdated: try lastUpdate(nextFrame),
                    payload: try storedPayload()))
            next = index + 1
        }
        return cells
    }

    private mutating func lastUpdate(_ nextFrame: Int64) throws(SnapshotError) -> Int32 {
        try number("last updated", -Int32(Model.frameLimit), Int32(clamping: nextFrame - 1))
    }

    // MARK: Ledger

    mutating func ledger(_ key: StoreKey, _ nextFrame: Int64) throws(SnapshotError) -> StoreLedger {
        let cap: Int64 = try number("size cap", 0, Model.maximumStoreBytes)
        let start: Int32 = try number("frame of the session's start", 0, Int32(clamping: nextFrame - 1))
        var ledger = StoreLedger(
            sizeCapBytes: cap, worldSeed: key.worldSeed, startFrame: start,
            startEdits: LeafSum(value: try next()))
        ledger.isIndexKnown = try flag("index is known")
        ledger.indexClock = try number(
            "clock of the index", 0, ledger.isIndexKnown ? RegionContent.clockLimit - 1 : 0)
        ledger.knownEdits = LeafSum(value: try next())
        // The index is asked for in the session's first frame.
        ledger.nextSequence = try number("next sequence of the store", 1, SnapshotReader.counterLimit)
        try rows(&ledger, nextFrame)
        try requests(&ledger, key, nextFrame)
        try held(&ledger, nextFrame)
        return ledger
    }

    private mutating func rows(_ ledger: inout StoreLedger, _ nextFrame: Int64) throws(SnapshotError) {
        let count: UInt32 = try number("rows of the store", 0, ledger.isIndexKnown ? .max : 0)
        var last: RowKey?
        for _ in 0..<count {
            let start = offset
            let key = try rowKey()
            if let last, key <= last {
                throw outOfRange("row", "\(key.region)", "after the row before", at: start)
            }
            last = key
            let clock: Int64 = try number(
                "clock of a row", 0, ledger.clock(in: Int32(clamping: nextFrame - 1)))
            let present = try mask(key.key.grid)
            guard !present.isEmpty else { throw outOfRange("cells of a row", "0", "some", at: start) }
            ledger.set(key, StoreRow(clock: clock, present: present, content: Digest64(try next())))
        }
        guard ledger.bytes <= ledger.sizeCapBytes else {
            throw outOfRange("bytes of the rows", "\(ledger.bytes)", "0...\(ledger.sizeCapBytes)")
        }
    }

    private mutating func requests(
        _ ledger: inout StoreLedger, _ key: StoreKey, _ nextFrame: Int64
    ) throws(SnapshotError) {
        let count: UInt32 = try next()
        var least: UInt64 = 0
        for _ in 0..<count {
            let sequence: UInt64 = try number("sequence of a request", least, ledger.nextSequence - 1)
            least = sequence + 1
            // What a live run waits for may have been due before.
            let due: Int32 = try number(
                "due frame of a request", Int32(clamping: Int64(ledger.startFrame) + 1),
                Int32(clamping: nextFrame + 254))
            let start = offset
            let isForRow = try flag("request is for a row")
            let row = isForRow ? try rowKey() : nil
            guard isForRow == ledger.isIndexKnown, row.map({ $0.key == key }) ?? true else {
                throw outOfRange(
                    "request", isForRow ? "for a row" : "for the index", "what is not known yet", at: start)
            }
            var request = StoreRequest(sequence: sequence, row: row, dueFrame: due)
            if let row {
                request.masked = try mask(row.key.grid)
            } else {
                _ = try number("mask", UInt32(0), 0)
            }
            ledger.requests.append(request)
        }
        guard ledger.isIndexKnown || ledger.requests.count == 1 else {
            throw outOfRange("requests", "\(ledger.requests.count)", "1, for the index")
        }
    }

    private mutating func held(_ ledger: inout StoreLedger, _ nextFrame: Int64) throws(SnapshotError) {
        let writes: UInt32 = try number("held write-backs", 0, ledger.isIndexKnown ? 0 : .max)
        var least: UInt64 = 0
        for _ in 0..<writes {
            let sequence: UInt64 = try number("sequence of a write-back", least, ledger.nextSequence - 1)
            least = sequence + 1
            let row = try rowKey()
            ledger.held.append(
                HeldWrite(
                    sequence: sequence, row: row,
                    cells: try cells(row.key.grid, row.region.region, least: 1, nextFrame)))
        }
        let boxes: UInt32 = try number("held boxes", 0, ledger.isIndexKnown ? 0 : .max)
        for _ in 0..<boxes { ledger.heldBoxes.append(WorldBox(lower: try corner(), upper: try corner())) }
    }

    private mutating func corner() throws(SnapshotError) -> WorldPoint {
        WorldPoint(
            try finite("corner of a box"), try finite("corner of a box"), try finite("corner of a box"))
    }

    // MARK: Keys and masks

    /// A region of the lattice of that edge, at a level of the range.
    private mutating func regionKey(
        _ least: UInt8, _ greatest: UInt8, edge: Int32
    ) throws(SnapshotError) -> RegionKey {
        let level: UInt8 = try number("level of a region", least, greatest)
        let limit = Int32.max / edge - 1
        return RegionKey(
            level: Int(level),
            region: Cell(
                try number("region", -limit, limit), try number("region", -limit, limit),
                try number("region", -limit, limit)))
    }

    package mutating func rowKey() throws(SnapshotError) -> RowKey {
        let key = StoreKey(
            worldSeed: try next(), layoutVersion: try next(), fingerprint: Digest64(try next()),
            baseSpacing: try spacing(), regionEdge: try number("region edge", 1, 128))
        return RowKey(key, try regionKey(0, 7, edge: key.regionEdge))
    }

    package mutating func mask(_ grid: RegionGrid) throws(SnapshotError) -> CellMask {
        let count: UInt32 = try number("words of a mask", 0, UInt32((grid.cellCount + 63) / 64))
        var words: [UInt64] = []
        for _ in 0..<count { words.append(try next()) }
        let mask = CellMask(words: words)
        guard words.last != 0, mask.indexes.last.map({ Int($0) < grid.cellCount }) ?? true else {
            throw outOfRange("mask", "zero words at its end, or cells outside the region", "neither")
        }
        return mask
    }

    private func outOfRange(
        _ field: String, _ value: String, _ allowed: String, at start: Int? = nil
    ) -> SnapshotError {
        .outOfRange(field: field, value: value, allowed: allowed, offset: start ?? offset)
    }
}
