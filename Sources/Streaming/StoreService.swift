package import Hashing
import Topology

/// What is done to a store. The model decides all of it; a store carries it out, in this order, and decides nothing.
package enum StoreOperation: Hashable, Sendable {
    /// Throws cells out of a row whose light is wrong. The row keeps at least one; nothing happens where there is no such row.
    case mark(RowKey, CellMask)
    /// From now on the world of that seed has edits with this digest (``VoxelWorld/editSum``).
    case setEdits(seed: UInt64, LeafSum)
    /// Throws out all rows of a world, and its digest: nobody knows what was edited since they were stored.
    case forget(seed: UInt64)
    /// Throws a row out.
    case delete(RowKey)
    /// Merges cells into a row (``RegionContent/merge(_:)``), which need not exist. A row whose bytes are not what its digest says counts as
    /// not there.
    case write(RowKey, RegionContent)
    /// Asks for the rows of the store, and its clock.
    case readIndex(sequence: UInt64)
    /// Asks for the cells of a row.
    case read(RowKey, sequence: UInt64)
}

/// What one frame hands over: one transaction.
package struct StoreBatch: Hashable, Sendable {
    package var frame: Int32
    /// The store's clock: the clock of every row that is written or read. 0 where the model does not know it yet, and asks for the index only.
    package var clock: Int64
    package var operations: [StoreOperation]

    package init(frame: Int32, clock: Int64, operations: [StoreOperation]) {
        self.frame = frame
        self.clock = clock
        self.operations = operations
    }
}

/// What a store holds, without the cells.
package struct StoreIndex: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var key: RowKey
        package var row: StoreRow

        package init(_ key: RowKey, _ row: StoreRow) {
            self.key = key
            self.row = row
        }
    }

    /// The edits of a world, as of the last transaction that knew them.
    package struct World: Hashable, Sendable {
        package var seed: UInt64
        package var edits: LeafSum

        package init(seed: UInt64, edits: LeafSum) {
            self.seed = seed
            self.edits = edits
        }
    }

    /// The clock of the last transaction; 0 in a new store.
    package var clock: Int64
    /// Ascending by key.
    package var rows: [Entry]
    /// Ascending by seed.
    package var worlds: [World]
    /// Rows that the index did not take, because they are not what their own digests say. They are gone.
    package var damagedRows: UInt32

    package init(clock: Int64 = 0, rows: [Entry] = [], worlds: [World] = [], damagedRows: UInt32 = 0) {
        self.clock = clock
        self.rows = rows
        self.worlds = worlds
        self.damagedRows = damagedRows
    }

    /// Clock, number of rows, each with its key, clock, mask (number of words, words) and content; number of worlds, each with seed and sum;
    /// damaged rows.
    package func append(to bytes: inout CanonicalBytes) {
        bytes.append(clock)
        bytes.append(UInt32(rows.count))
        for entry in rows {
            entry.key.append(to: &bytes)
            bytes.append(entry.row.clock)
            bytes.append(UInt32(entry.row.present.words.count))
            for word in entry.row.present.words { bytes.append(word) }
            bytes.append(entry.row.content)
        }
        bytes.append(UInt32(worlds.count))
        for world in worlds {
            bytes.append(world.seed)
            bytes.append(world.edits)
        }
        bytes.append(damagedRows)
    }
}

/// What comes back for a request.
package enum StoreReply: Hashable, Sendable {
    case index(StoreIndex)
    /// The cells as they were when all that was handed over before the request had been done, and nothing that was handed over after it.
    case region(RegionContent)
    /// There is no such row.
    case absent
    /// The row is not what its digest says. It stays there until it is thrown out.
    case damaged
}

/// What a store was when a run first saw it: enough to repeat the run without the file.
package struct StoreContents: Hashable, Sendable {
    package var index: StoreIndex
    /// The bytes of the rows that the run took, as they were found, right or damaged. A row that nobody took has none.
    /// Order: looked up by key.
    package var taken: [RowKey: [UInt8]]

    package init(index: StoreIndex = StoreIndex(), taken: [RowKey: [UInt8]] = [:]) {
        self.index = index
        self.taken = taken
    }
}

/// Who keeps the regions beyond the cache. The frame step hands over one batch a frame and picks up replies when they are due.
/// When it does the work, and on which thread, is nobody's business but the service's.
package protocol StoreService {
    /// A session begins with this store. `contents` is what the store was before the run, nil where it is as the run left it.
    mutating func open(_ contents: StoreContents?)

    /// Takes a batch. All its operations see what was handed over before.
    mutating func handOver(_ batch: StoreBatch)

    /// Waits until the replies to these requests are there.
    ///
    /// - Returns: false where they will never be there, because the store has failed. Whoever steps the system then puts
    ///   ``Event/storeOff`` into the frame's input (``FrameInput/switchingStoreOff(_:)``).
    mutating func wait(for sequences: [UInt64]) -> Bool

    /// The reply to a request that was handed over, waited for, and then forgotten.
    mutating func finish(_ sequence: UInt64) -> StoreReply

    /// Forgets a request whose reply nobody will ask for.
    mutating func abandon(_ sequence: UInt64)

    /// Spoils the last byte of a row, after all that was handed over: what a disk may do. The row's digest stays as it is.
    mutating func damage(_ row: RowKey)
}

/// A store that never makes the frame thread wait, for live runs.
package protocol LiveStoreService: StoreService {
    /// The requests whose replies have come, ascending.
    func readyReplies() -> [UInt64]

    /// A reply that has come; it stays there until it is finished or abandoned.
    func reply(to sequence: UInt64) -> StoreReply?

    /// Waits for one reply: at the end of a session, which nobody plays.
    ///
    /// - Returns: nil where it will never come, because the store has failed.
    func waitForReply(to sequence: UInt64) -> StoreReply?

    /// The rows of write-backs that were dropped since this was last asked, the oldest first.
    func takeDroppedWriteBacks() -> [RowKey]
}

/// A store whose replies stand in the frames' inputs: the one of a live run that is repeated.
package struct RecordedStore: StoreService {
    package init() {}

    package mutating func open(_ contents: StoreContents?) {}

    package mutating func handOver(_ batch: StoreBatch) {}

    package mutating func wait(for sequences: [UInt64]) -> Bool { true }

    package mutating func finish(_ sequence: UInt64) -> StoreReply {
        preconditionFailure("the reply to request \(sequence) is not in the frame's input")
    }

    package mutating func abandon(_ sequence: UInt64) {}

    package mutating func damage(_ row: RowKey) {}
}

extension StoreIndex {
    /// Why no store can have given this; nil where one can. A trace may hold anything.
    package var fault: String? {
        guard (0..<RegionContent.clockLimit).contains(clock) else { return "its clock is \(clock)" }
        for (place, entry) in rows.enumerated() {
            if let fault = entry.fault { return "row \(place): \(fault)" }
            guard entry.row.clock <= clock else {
                return "row \(place): its clock \(entry.row.clock) is after the store's"
            }
            if place > 0, entry.key <= rows[place - 1].key {
                return "row \(place) does not come after the row before"
            }
        }
        for (a, b) in zip(worlds, worlds.dropFirst()) where a.seed >= b.seed {
            return "world \(b.seed) does not come after the world before"
        }
        return nil
    }
}

extension StoreIndex.Entry {
    fileprivate var fault: String? {
        let edge = key.key.regionEdge
        guard (1...128).contains(edge) else { return "its region edge is \(edge)" }
        guard key.key.baseSpacing >= 0.25, key.key.baseSpacing <= 64 else {
            return "its base spacing is \(key.key.baseSpacing)"
        }
        guard key.region.level < 8 else { return "its level is \(key.region.level)" }
        let limit = Int32.max / edge - 1
        let region = key.region.region
        guard [region.x, region.y, region.z].allSatisfy({ (-limit...limit).contains($0) }) else {
            return "its region \(region) is outside the lattice"
        }
        guard row.clock >= 0 else { return "its clock is \(row.clock)" }
        guard !row.present.isEmpty, row.present.words.count <= (key.key.grid.cellCount + 63) / 64,
            row.present.indexes.last.map({ Int($0) < key.key.grid.cellCount }) ?? false
        else { return "it has no cells, or cells outside its region" }
        return nil
    }
}
