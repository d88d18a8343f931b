package import Hashing

/// A store without a file: what a modelled run and a replay use. A value: a copy is another store.
///
/// It does its work when it is handed over; what it answers is the same as from a file, whose worker does it when it can.
package struct MemoryStore: StoreService, Sendable {
    package struct Row: Hashable, Sendable {
        package var clock: Int64
        package var bytes: [UInt8]
        /// As the row says, whatever its bytes are.
        package var digest: Digest64
        package var present: CellMask
    }

    package private(set) var clock: Int64 = 0
    package private(set) var rows: [RowKey: Row] = [:]
    package private(set) var worlds: [UInt64: LeafSum] = [:]
    /// Replies that nobody has asked for yet.
    package private(set) var replies: [UInt64: StoreReply] = [:]
    private var damagedRows: UInt32 = 0

    package init() {}

    /// A store as a snapshot holds it.
    package init(clock: Int64, rows: [RowKey: Row], worlds: [UInt64: LeafSum], replies: [UInt64: StoreReply])
    {
        self.clock = clock
        self.rows = rows
        self.worlds = worlds
        self.replies = replies
    }

    /// What it holds, as a run that finds it needs it.
    package var contents: StoreContents { StoreContents(index: index, taken: rows.mapValues(\.bytes)) }

    package mutating func open(_ contents: StoreContents?) {
        guard let contents else { return }
        clock = contents.index.clock
        rows = [:]
        for entry in contents.index.rows {
            rows[entry.key] = Row(
                clock: entry.row.clock, bytes: contents.taken[entry.key] ?? [], digest: entry.row.content,
                present: entry.row.present)
        }
        worlds = [:]
        for world in contents.index.worlds { worlds[world.seed] = world.edits }
        damagedRows = contents.index.damagedRows
    }

    package mutating func handOver(_ batch: StoreBatch) {
        clock = max(clock, batch.clock)
        for operation in batch.operations { carryOut(operation) }
    }

    package mutating func wait(for sequences: [UInt64]) -> Bool { true }

    package mutating func finish(_ sequence: UInt64) -> StoreReply {
        guard let reply = replies.removeValue(forKey: sequence) else {
            preconditionFailure("request \(sequence) was never handed over, or finished twice")
        }
        return reply
    }

    package mutating func abandon(_ sequence: UInt64) { replies[sequence] = nil }

    package mutating func damage(_ row: RowKey) {
        guard let last = rows[row]?.bytes.indices.last else { return }
        rows[row]?.bytes[last] ^= 0xFF
    }

    private mutating func carryOut(_ operation: StoreOperation) {
        switch operation {
        case .mark(let row, let cells):
            guard var content = content(row) else { return }
            content.remove(cells)
            put(content, row, clock: rows[row]?.clock ?? clock)
        case .setEdits(let seed, let sum): worlds[seed] = sum
        case .forget(let seed):
            worlds[seed] = nil
            // Order: each row is judged by itself.
            rows = rows.filter { $0.key.key.worldSeed != seed }
        case .delete(let row): rows[row] = nil
        case .write(let row, let incoming):
            var merged = content(row) ?? RegionContent()
            merged.merge(incoming)
            put(merged, row, clock: clock)
        case .readIndex(let sequence): replies[sequence] = .index(index)
        case .read(let row, let sequence):
            guard rows[row] != nil else {
                replies[sequence] = .absent
                return
            }
            replies[sequence] = content(row).map { .region($0) } ?? .damaged
            rows[row]?.clock = clock
        }
    }

    /// The row's cells; nil where it is not there or damaged.
    private func content(_ key: RowKey) -> RegionContent? {
        guard let row = rows[key], RegionContent.digest(of: row.bytes, in: key) == row.digest else {
            return nil
        }
        return RegionContent(bytes: row.bytes, grid: key.key.grid)
    }

    private mutating func put(_ content: RegionContent, _ key: RowKey, clock: Int64) {
        guard !content.cells.isEmpty else {
            rows[key] = nil
            return
        }
        let bytes = content.bytes
        rows[key] = Row(
            clock: clock, bytes: bytes, digest: RegionContent.digest(of: bytes, in: key),
            present: content.present)
    }

    private var index: StoreIndex {
        // Order: both are sorted.
        StoreIndex(
            clock: clock,
            rows: rows.sorted { $0.key < $1.key }.map { key, row in
                StoreIndex.Entry(key, StoreRow(clock: row.clock, present: row.present, content: row.digest))
            },
            worlds: worlds.sorted { $0.key < $1.key }.map { StoreIndex.World(seed: $0.key, edits: $0.value) },
            damagedRows: damagedRows)
    }
}

/// For runs that have no store: nothing is ever handed over to it.
package struct NoStore: StoreService {
    package init() {}

    package mutating func open(_ contents: StoreContents?) {
        preconditionFailure("a session has a store that nobody keeps")
    }

    package mutating func handOver(_ batch: StoreBatch) {
        preconditionFailure("something is handed over to no store")
    }

    package mutating func wait(for sequences: [UInt64]) -> Bool { true }

    package mutating func finish(_ sequence: UInt64) -> StoreReply { preconditionFailure("no store replies") }

    package mutating func abandon(_ sequence: UInt64) { preconditionFailure("no store replies") }

    package mutating func damage(_ row: RowKey) { preconditionFailure("no store has rows") }
}
