package import Hashing
import PlantedFaults
package import Topology
package import Voxels

/// A cell that is in no window: what is kept of it.
package struct CachedCell: Hashable, Sendable {
    package var cell: Cell
    /// The frame in which its payload was stored; signed, as in ``ProbeState/lastUpdated``.
    package var lastUpdated: Int32
    package var payload: Payload

    package init(cell: Cell, lastUpdated: Int32, payload: Payload) {
        self.cell = cell
        self.lastUpdated = lastUpdated
        self.payload = payload
    }

    /// The canonical record, 62 bytes: tag, level, cell, last updated, the 44 bytes of the payload.
    package func record(level: UInt8) -> LeafRecord {
        var record = LeafRecord(tag: RecordTag.cachedCell)
        record.append(level)
        record.append(cell)
        record.append(lastUpdated)
        payload.append(to: &record)
        return record
    }
}

/// What the cache has of one region. Without cells it does not exist.
package struct RegionEntry: Sendable {
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// An invalidation threw cells out of it.
        package static let invalidated = Flags(rawValue: 1)
        /// It has cells that came from the window, and that a store may not have.
        package static let unsaved = Flags(rawValue: 2)
    }

    package let key: RegionKey
    /// In no order.
    package private(set) var cells: [CachedCell] = []
    /// For each cell of the region its place in ``cells``, plus 1; 0 where it is not there.
    private var places: [Int32]
    /// The frame in which a cell last moved in or out.
    package var lastUsed: Int32 = -1
    /// The newest last updated of all cells that have moved in since the entry was made.
    package var newestUpdate = ProbeState.never
    package var layoutVersion: UInt32
    package var flags: Flags = []

    init(key: RegionKey, grid: RegionGrid, layoutVersion: UInt32) {
        self.key = key
        self.layoutVersion = layoutVersion
        places = Array(repeating: 0, count: grid.cellCount)
    }

    /// Bytes that the entry counts: the places of its cells, and the cells.
    package var bytes: Int64 { Int64(64 + 4 * places.count + 52 * cells.count) }

    package func contains(_ index: Int32) -> Bool { places[Int(index)] != 0 }

    /// The cell of that linear index, nil where it is not there.
    func cell(at index: Int32) -> CachedCell? {
        let place = places[Int(index)]
        return place == 0 ? nil : cells[Int(place - 1)]
    }

    /// Puts a cell in, in place of the one that is there.
    ///
    /// - Returns: what was there.
    mutating func insert(_ cell: CachedCell, at index: Int32) -> CachedCell? {
        newestUpdate = max(newestUpdate, cell.lastUpdated)
        let place = places[Int(index)]
        guard place == 0 else {
            defer { cells[Int(place - 1)] = cell }
            return cells[Int(place - 1)]
        }
        cells.append(cell)
        places[Int(index)] = Int32(cells.count)
        return nil
    }

    mutating func remove(_ index: Int32, _ grid: RegionGrid) -> CachedCell? {
        let place = places[Int(index)]
        guard place != 0 else { return nil }
        places[Int(index)] = 0
        let last = cells.removeLast()
        guard Int(place - 1) < cells.count else { return last }
        places[Int(grid.localIndex(of: last.cell))] = place
        defer { cells[Int(place - 1)] = last }
        return cells[Int(place - 1)]
    }

    /// The canonical record, 31 bytes: tag, level, region, cells (u32), last used (i32), newest update (i32),
    /// layout version (u32), flags (u8).
    package var record: LeafRecord {
        var record = LeafRecord(tag: RecordTag.cacheEntry)
        key.append(to: &record)
        record.append(UInt32(cells.count))
        record.append(lastUsed)
        record.append(newestUpdate)
        record.append(layoutVersion)
        record.append(flags.rawValue)
        return record
    }
}

/// The region cache: far cells outside the window, by region. A cell is in the window or here, never in both.
///
/// Everything derived (sums, bytes, order of use) follows each change in O(1) or O(log(entries)).
package struct RegionCache: Sendable {
    package let grid: RegionGrid
    /// Edge of a finest cell in blocks: what a box of world space meets.
    package let baseSpacing: Double
    /// As ``Lattice/isHalfCell``.
    let isHalfCell: Bool
    /// Order: looked up by key; who needs all of them takes ``keys``, or adds them up.
    package private(set) var entries: [RegionKey: RegionEntry] = [:]
    /// Sum over the leaves of all cells.
    package private(set) var cellSum = LeafSum()
    /// Sum over the leaves of all entries.
    package private(set) var entrySum = LeafSum()
    /// What all entries count together.
    package private(set) var bytes: Int64 = 0
    private var order = UseOrder<RegionKey>()

    package init(grid: RegionGrid, baseSpacing: Double, isHalfCell: Bool = false) {
        self.isHalfCell = isHalfCell
        self.grid = grid
        self.baseSpacing = baseSpacing
    }

    /// The keys of all entries, ascending.
    package var keys: [RegionKey] { entries.keys.sorted() }

    // MARK: Moving cells

    func contains(_ cell: Cell, level: Int) -> Bool {
        entries[RegionKey(level: level, region: grid.region(of: cell))]?.contains(grid.localIndex(of: cell))
            ?? false
    }

    /// Moves cells of one level in, over what is there.
    ///
    /// `unsaved` says that they come from the window. O(cells), and O(cells of a region) for each new entry.
    package mutating func insert(
        _ cells: [CachedCell], level: Int, unsaved: Bool, layoutVersion: UInt32, frame: Int32
    ) {
        var rest = cells[...]
        while let first = rest.first {
            let region = grid.region(of: first.cell)
            let key = RegionKey(level: level, region: region)
            // Neighbours mostly share a region; those that do not stand in another run, and are as well off there.
            let run = rest.prefix { grid.region(of: $0.cell) == region }
            rest = rest.dropFirst(run.count)
            // A new one was last used never: its first use is this one.
            var entry =
                take(key) ?? RegionEntry(key: key, grid: grid, layoutVersion: layoutVersion)
            for cell in run {
                if let before = entry.insert(cell, at: grid.localIndex(of: cell.cell)) {
                    cellSum.remove(before.record(level: key.level).leaf)
                }
                cellSum.add(cell.record(level: key.level).leaf)
            }
            if unsaved, !planted(.dirtyFlagLost) { entry.flags.insert(.unsaved) }
            put(entry, usedIn: frame)
        }
    }

    /// Moves the cells of a box out that are there and that `takes` wants, in linear order.
    package mutating func removeCells(
        in box: CellBox, of key: RegionKey, frame: Int32, _ takes: (CachedCell) -> Bool
    ) {
        guard var entry = take(key) else { return }
        var hasMoved = false
        box.intersection(grid.box(of: key.region)).forEach { cell in
            let index = grid.localIndex(of: cell)
            guard let cached = entry.cell(at: index), takes(cached) else { return }
            if !planted(.inBoth) { _ = entry.remove(index, grid) }
            cellSum.remove(cached.record(level: key.level).leaf)
            hasMoved = true
        }
        put(entry, usedIn: hasMoved ? frame : nil)
    }

    /// Throws the cells of a box out because their light is wrong. Not a use.
    ///
    /// - Returns: their number.
    mutating func invalidate(_ box: CellBox, of key: RegionKey) -> Int {
        guard var entry = take(key) else { return 0 }
        var count = 0
        box.intersection(grid.box(of: key.region)).forEach { cell in
            guard let cached = entry.remove(grid.localIndex(of: cell), grid) else { return }
            cellSum.remove(cached.record(level: key.level).leaf)
            count += 1
        }
        if count > 0 { entry.flags.insert(.invalidated) }
        put(entry, usedIn: nil)
        return count
    }

    /// Takes an entry out with all its cells.
    mutating func remove(_ key: RegionKey) -> RegionEntry? {
        guard let entry = take(key) else { return nil }
        for cell in entry.cells { cellSum.remove(cell.record(level: key.level).leaf) }
        return entry
    }

    /// The key of the entry that was used least recently, of several the smallest.
    mutating func removeOldestUse() -> RegionKey? {
        let oldest = order.removeOldest { [entries] key, clock in
            entries[key].map { Int64($0.lastUsed) == clock } ?? false
        }
        return planted(
            .tiesReversed,
            planted(
                .newestEvicted, oldest,
                instead: entries.values.max { ($0.lastUsed, $1.key) < ($1.lastUsed, $0.key) }?.key),
            instead: entries.values.min { ($0.lastUsed, $1.key) < ($1.lastUsed, $0.key) }?.key)
    }

    // MARK: Entries

    /// Puts an entry of a snapshot in.
    mutating func restore(_ entry: RegionEntry) {
        for cell in entry.cells { cellSum.add(cell.record(level: entry.key.level).leaf) }
        order.note(entry.key, clock: Int64(entry.lastUsed))
        put(entry, usedIn: nil)
    }

    /// Takes an entry out to be changed; its cells stay in the sum.
    private mutating func take(_ key: RegionKey) -> RegionEntry? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        entrySum.remove(entry.record.leaf)
        bytes -= entry.bytes
        return entry
    }

    /// Puts an entry (back) in, unless it has lost its cells. `frame` is that of a use.
    private mutating func put(_ entry: RegionEntry, usedIn frame: Int32?) {
        guard !entry.cells.isEmpty else { return }
        var entry = entry
        if let frame, frame != entry.lastUsed {
            entry.lastUsed = frame
            order.note(entry.key, clock: Int64(frame))
        }
        entrySum.add(entry.record.leaf)
        bytes += entry.bytes
        entries[entry.key] = entry
        order.compact(count: entries.count) { [entries] key, clock in
            entries[key].map { Int64($0.lastUsed) == clock } ?? false
        }
    }
}
