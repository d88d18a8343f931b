package import Hashing
import PlantedFaults
package import Topology
import Voxels

/// The model's own account of a store while a session has one: every row without its cells, and what is pending. All
/// decisions about the store are made here; the store itself only carries them out.
package struct StoreLedger: Sendable {
    package let sizeCapBytes: Int64
    /// The seed of the session's world.
    package let worldSeed: UInt64
    /// The frame of the session's start.
    package let startFrame: Int32
    /// The world's edits as of the session's start: a store that knows others is not believed.
    package let startEdits: LeafSum

    package internal(set) var isIndexKnown = false
    /// The clock that the index gave.
    package internal(set) var indexClock: Int64 = 0
    /// The world's edits as the store knows them.
    package internal(set) var knownEdits = LeafSum()
    /// The number of the next request or write-back.
    package internal(set) var nextSequence: UInt64 = 0

    package private(set) var rows: [RowKey: StoreRow] = [:]
    package private(set) var rowSum = LeafSum()
    /// What all rows count together.
    package private(set) var bytes: Int64 = 0
    /// How many rows each key has.
    private(set) var rowsOfKey: [StoreKey: Int] = [:]
    private var order = UseOrder<RowKey>()

    /// Requests whose replies have not been drained, in the order of their numbers.
    package internal(set) var requests: [StoreRequest] = []
    /// Write-backs that have not been handed over, in the order of their numbers.
    package internal(set) var held: [HeldWrite] = []
    /// Boxes that wait for the index.
    package internal(set) var heldBoxes: [WorldBox] = []

    /// What this frame is to hand over beside write-backs and requests. Empty between frames.
    var work = StoreWork()

    init(sizeCapBytes: Int64, worldSeed: UInt64, startFrame: Int32, startEdits: LeafSum) {
        self.sizeCapBytes = sizeCapBytes
        self.worldSeed = worldSeed
        self.startFrame = startFrame
        self.startEdits = startEdits
    }

    /// The store's clock in a frame of the session; 0 while it is not known.
    package func clock(in frame: Int32) -> Int64 {
        guard isIndexKnown else { return 0 }
        return planted(.clockBackwards, indexClock, instead: 0) + 1 + Int64(frame - startFrame)
    }

    mutating func takeSequence() -> UInt64 {
        defer { nextSequence += 1 }
        return nextSequence
    }

    // MARK: Rows

    /// Sets a row, or throws it out. All changes of rows come through here.
    mutating func set(_ key: RowKey, _ row: StoreRow?) {
        if let before = rows[key] {
            rowSum.remove(before.record(of: key).leaf)
            bytes -= before.bytes
            if row == nil {
                rows[key] = nil
                let count = (rowsOfKey[key.key] ?? 0) - 1
                rowsOfKey[key.key] = count > 0 ? count : nil
            }
        } else if row != nil {
            rowsOfKey[key.key, default: 0] += 1
        }
        guard let row else { return }
        if rows[key]?.clock != row.clock { order.note(key, clock: row.clock) }
        rows[key] = row
        rowSum.add(row.record(of: key).leaf)
        bytes += row.bytes
        order.compact(count: rows.count) { [rows] key, clock in rows[key]?.clock == clock }
    }

    /// Takes cells off a row: what a mark does. Accounting apart, a planted fault can only be here.
    mutating func mark(_ key: RowKey, _ cells: CellMask) {
        guard var row = rows[key] else { return }
        let before = bytes
        for index in cells.indexes { row.present.remove(index) }
        row.content = row.content(after: 2) { bytes in for word in cells.words { bytes.append(word) } }
        set(key, row.present.isEmpty ? nil : row)
        if planted(.bytesDrift) { bytes = before }
    }

    /// Merges cells into a row.
    mutating func write(_ key: RowKey, _ content: RegionContent, clock: Int64) {
        var row = rows[key] ?? StoreRow(clock: clock, present: CellMask(), content: Digest64(0))
        for cell in content.cells { row.present.insert(cell.index) }
        row.content = row.content(after: 1) { $0.append(contentsOf: content.bytes) }
        row.clock = clock
        set(key, row)
    }

    /// The row that was used least recently.
    mutating func oldestRow() -> RowKey? {
        order.removeOldest { [rows] key, clock in rows[key]?.clock == clock }
    }

    // MARK: Digests

    /// Sum over the leaves of what is pending and of the ledger itself.
    package var pendingSum: LeafSum {
        var sum = LeafSum()
        sum.add(record.leaf)
        for request in requests { sum.add(request.record.leaf) }
        for write in held { sum.add(write.record.leaf) }
        for (place, box) in heldBoxes.enumerated() { sum.add(StoreLedger.record(of: box, place: place).leaf) }
        return sum
    }

    /// The canonical record, 46 bytes: tag, size cap (i64), whether the index is known, the clock it gave (i64), frame of the
    /// start (i32), edits of the start (u64), edits that the store knows (u64), next sequence (u64).
    package var record: LeafRecord {
        var record = LeafRecord(tag: RecordTag.ledger)
        record.append(sizeCapBytes)
        record.append(isIndexKnown ? UInt8(1) : 0)
        record.append(indexClock)
        record.append(startFrame)
        record.append(startEdits.value)
        record.append(knownEdits.value)
        record.append(nextSequence)
        return record
    }

    /// The canonical record, 53 bytes: tag, place (u32), the corners (3 x f64 each).
    package static func record(of box: WorldBox, place: Int) -> LeafRecord {
        var record = LeafRecord(tag: RecordTag.heldBox)
        record.append(UInt32(place))
        for corner in [box.lower, box.upper] {
            record.append(canonicalBits(of: corner.x))
            record.append(canonicalBits(of: corner.y))
            record.append(canonicalBits(of: corner.z))
        }
        return record
    }

    /// Sum and bytes of the rows from scratch.
    func rebuilt() -> (sum: LeafSum, bytes: Int64) {
        var sum = LeafSum()
        var bytes: Int64 = 0
        // Order: sums are the same in any order.
        for (key, row) in rows {
            sum.add(row.record(of: key).leaf)
            bytes += row.bytes
        }
        return (sum, bytes)
    }
}

/// A request whose reply has not been drained.
package struct StoreRequest: Hashable, Sendable {
    package var sequence: UInt64
    /// nil: the index.
    package var row: RowKey?
    package var dueFrame: Int32
    /// Cells that a box has met since.
    package var masked = CellMask()

    /// The canonical record, 42 bytes: tag, sequence (u64), key, level (255: the index), region, due frame (i32), mask.
    package var record: LeafRecord {
        var record = LeafRecord(tag: RecordTag.storeRequest)
        record.append(sequence)
        record.append(row?.key.digest.value ?? 0)
        record.append(row?.region.level ?? 255)
        record.append(row?.region.region ?? Cell(0, 0, 0))
        record.append(dueFrame)
        record.append(masked.digest.value)
        return record
    }
}

/// A write-back that has not been handed over.
package struct HeldWrite: Sendable {
    package let sequence: UInt64
    package let row: RowKey
    /// Ascending by their linear index.
    package private(set) var cells: [CachedCell]
    /// XXH3-64 of the cells.
    package private(set) var contentDigest: Digest64

    init(sequence: UInt64, row: RowKey, cells: [CachedCell]) {
        self.sequence = sequence
        self.row = row
        let grid = row.key.grid
        self.cells = cells.sorted { grid.localIndex(of: $0.cell) < grid.localIndex(of: $1.cell) }
        contentDigest = Digest64(0)
        contentDigest = digest
    }

    /// Throws the cells of a box out.
    ///
    /// - Returns: their number.
    mutating func invalidate(_ box: CellBox) -> Int {
        let before = cells.count
        cells.removeAll { box.contains($0.cell) }
        guard cells.count < before else { return 0 }
        contentDigest = digest
        return before - cells.count
    }

    /// The cells as they are stored in a frame.
    func content(frame: Int32, clock: Int64) -> RegionContent {
        let grid = row.key.grid
        return RegionContent(
            cells: cells.map { cell in
                let age = min(Int64(frame) - Int64(cell.lastUpdated), Model.frameLimit)
                return StoredCell(
                    index: grid.localIndex(of: cell.cell), ageFrames: Int32(age), storedAt: clock,
                    payload: cell.payload)
            })
    }

    private var digest: Digest64 {
        var bytes = CanonicalBytes()
        let grid = row.key.grid
        for cell in cells {
            bytes.append(grid.localIndex(of: cell.cell))
            bytes.append(cell.lastUpdated)
            bytes.append(contentsOf: cell.payload.bytes)
        }
        return bytes.digest64()
    }

    /// The canonical record, 42 bytes: tag, sequence (u64), key, level, region, cells (u32), digest of the cells.
    package var record: LeafRecord {
        var record = LeafRecord(tag: RecordTag.heldWrite)
        record.append(sequence)
        record.append(row.key.digest.value)
        row.region.append(to: &record)
        record.append(UInt32(cells.count))
        record.append(contentDigest.value)
        return record
    }
}

/// What one frame is to hand over beside write-backs and requests.
struct StoreWork: Sendable {
    /// Rows whose write-back found no room: what is on the disk is not what the ledger says.
    var dropped: [RowKey] = []
    /// Rows that were read and were not what they should be.
    var refused: [RowKey] = []
    var forgetsWorld = false
    /// Rows that boxes met, with the cells that they lost.
    var marked: [RowKey: CellMask] = [:]
    /// The whole grown window is asked for: the index came, or the key is another one.
    var asksForAll = false
    /// Write-backs that were dropped before this frame.
    var droppedWrites = 0
}

extension StoreRow {
    /// The canonical record, 54 bytes: tag, key, level, region, bytes (i64), clock (i64), mask, content.
    package func record(of key: RowKey) -> LeafRecord {
        var record = LeafRecord(tag: RecordTag.storeRow)
        record.append(key.key.digest.value)
        key.region.append(to: &record)
        record.append(bytes)
        record.append(clock)
        record.append(present.digest.value)
        record.append(content.value)
        return record
    }

    /// What names the content of a row after something was done to it.
    func content(after code: UInt8, _ change: (inout CanonicalBytes) -> Void) -> Digest64 {
        var bytes = CanonicalBytes()
        bytes.append(content)
        bytes.append(code)
        change(&bytes)
        return bytes.digest64()
    }
}

extension CellBox {
    func contains(_ cell: Cell) -> Bool {
        cell.x >= lower.x && cell.x < upper.x && cell.y >= lower.y && cell.y < upper.y && cell.z >= lower.z
            && cell.z < upper.z
    }
}
