import Foundation
import GRDB
import Hashing
import Streaming
import Topology

/// One row of the file.
struct StoredRow {
    var id: Int64
    var clock: Int64
    var accountedBytes: Int64
    /// The cells that the row says it has.
    var present: CellMask
    /// What the row says of its bytes.
    var digest: Digest64
    var bytes: [UInt8]

    /// The cells; nil where the bytes are not what the row says.
    func content(of key: RowKey) -> RegionContent? {
        guard RegionContent.digest(of: bytes, in: key) == digest else { return nil }
        return RegionContent(bytes: bytes, grid: key.key.grid)
    }
}

/// The rows of a store's file, within a transaction. Numbers without a sign are kept as the signed ones of the same bits.
struct StoredRows {
    let db: Database
    /// Is told the bytes of a row that is about to be read or changed.
    let found: (RowKey, [UInt8]) -> Void

    func find(_ key: RowKey) throws -> StoredRow? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT id, clock, bytes, cells, content_digest, content FROM rows WHERE seed = ? AND layout = ?
                AND fingerprint = ? AND spacing = ? AND edge = ? AND level = ? AND x = ? AND y = ? AND z = ?
                """)
        guard let row = try Row.fetchOne(statement, arguments: key.arguments) else { return nil }
        let content: Data = row[5]
        let bytes = Array(content)
        found(key, bytes)
        return StoredRow(
            id: row[0], clock: row[1], accountedBytes: row[2],
            present: CellMask(packed: row[3]) ?? CellMask(),
            digest: Digest64(UInt64(bitPattern: row[4])), bytes: bytes)
    }

    /// Puts content in place of a row's, or throws the row out where there is none.
    ///
    /// - Returns: by how much the accounted bytes grow.
    func put(_ content: RegionContent, _ key: RowKey, clock: Int64, over before: StoredRow?) throws -> Int64 {
        guard !content.cells.isEmpty else {
            guard let before else { return 0 }
            try db.cachedStatement(sql: "DELETE FROM rows WHERE id = ?").execute(arguments: [before.id])
            return -before.accountedBytes
        }
        let bytes = content.bytes
        let row = StoreRow(
            clock: clock, present: content.present, content: RegionContent.digest(of: bytes, in: key))
        if let before {
            try db.cachedStatement(
                sql: """
                    UPDATE rows SET clock = ?, bytes = ?, cells = ?, content_digest = ?, row_digest = ?, content = ?
                    WHERE id = ?
                    """
            ).execute(arguments: row.arguments(key) + [Data(bytes), before.id])
            return row.bytes - before.accountedBytes
        }
        return try insert(StoreIndex.Entry(key, row), bytes)
    }

    func insert(_ entry: StoreIndex.Entry, _ bytes: [UInt8]) throws -> Int64 {
        try db.cachedStatement(
            sql: """
                INSERT INTO rows (seed, layout, fingerprint, spacing, edge, level, x, y, z, clock, bytes, cells,
                content_digest, row_digest, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: entry.key.arguments + entry.row.arguments(entry.key) + [Data(bytes)])
        return entry.row.bytes
    }

    /// Sets the clock of a row.
    func touch(_ row: StoredRow, _ key: RowKey, clock: Int64) throws {
        let touched = StoreRow(clock: clock, present: row.present, content: row.digest)
        try db.cachedStatement(sql: "UPDATE rows SET clock = ?, row_digest = ? WHERE id = ?").execute(
            arguments: [clock, Int64(bitPattern: touched.digest(key).value), row.id])
    }

    // MARK: All rows

    /// Ascending by key, whatever their order in the file.
    func entries() throws -> [StoreIndex.Entry] {
        var entries: [StoreIndex.Entry] = []
        try forEach { _, entry in if let entry { entries.append(entry) } }
        // Order: a key is there once.
        entries.sort { $0.key < $1.key }
        return entries
    }

    /// Rows that are not what their own digests say.
    func damagedIDs() throws -> [Int64] {
        var damaged: [Int64] = []
        try forEach { id, entry in if entry == nil { damaged.append(id) } }
        return damaged
    }

    /// Every row in the order of the file; nil for one that is not what its own digest says. The content is not looked at.
    private func forEach(_ body: (Int64, StoreIndex.Entry?) -> Void) throws {
        let cursor = try Row.fetchCursor(
            db,
            sql: """
                SELECT id, seed, layout, fingerprint, spacing, edge, level, x, y, z, clock, bytes, cells, content_digest,
                row_digest FROM rows
                """)
        while let row = try cursor.next() { body(row[0], StoreIndex.Entry(row)) }
    }

    func worlds() throws -> [StoreIndex.World] {
        try Row.fetchAll(db, sql: "SELECT seed, edits FROM worlds").map { row in
            StoreIndex.World(
                seed: UInt64(bitPattern: row[0] as Int64), edits: LeafSum(value: UInt64(bitPattern: row[1])))
        }.sorted { $0.seed < $1.seed }
    }
}

extension RowKey {
    /// The columns of the key.
    var arguments: StatementArguments {
        [
            Int64(bitPattern: key.worldSeed), Int64(key.layoutVersion),
            Int64(bitPattern: key.fingerprint.value),
            key.baseSpacing, Int64(key.regionEdge), Int64(region.level), Int64(region.region.x),
            Int64(region.region.y), Int64(region.region.z),
        ]
    }
}

extension StoreRow {
    /// Clock, accounted bytes, cells, digest of the content, digest of the row.
    func arguments(_ key: RowKey) -> StatementArguments {
        [
            clock, bytes, Data(present.packed), Int64(bitPattern: content.value),
            Int64(bitPattern: digest(key).value),
        ]
    }

    /// XXH3-64 over all columns but the content, for which its digest stands.
    func digest(_ key: RowKey) -> Digest64 {
        var all = CanonicalBytes()
        key.append(to: &all)
        all.append(clock)
        all.append(bytes)
        all.append(present.digest)
        all.append(content)
        return all.digest64()
    }
}

extension StoreIndex.Entry {
    /// A row as the file has it; nil where it is not what its own digest says, or what no store can hold.
    fileprivate init?(_ row: Row) {
        guard let seed = row[1] as Int64?, let layout = UInt32(exactly: row[2] as Int64? ?? -1),
            let fingerprint = row[3] as Int64?, let spacing = row[4] as Double?,
            let edge = Int32(exactly: row[5] as Int64? ?? -1),
            let level = UInt8(exactly: row[6] as Int64? ?? -1),
            let x = Int32(exactly: row[7] as Int64? ?? .max),
            let y = Int32(exactly: row[8] as Int64? ?? .max),
            let z = Int32(exactly: row[9] as Int64? ?? .max), let clock = row[10] as Int64?,
            let bytes = row[11] as Int64?, let cells = row[12] as Data?,
            let present = CellMask(packed: cells),
            let content = row[13] as Int64?, let digest = row[14] as Int64?, spacing.isFinite
        else { return nil }
        let key = RowKey(
            StoreKey(
                worldSeed: UInt64(bitPattern: seed), layoutVersion: layout,
                fingerprint: Digest64(UInt64(bitPattern: fingerprint)), baseSpacing: spacing, regionEdge: edge
            ),
            RegionKey(level: Int(level), region: Cell(x, y, z)))
        let stored = StoreRow(
            clock: clock, present: present, content: Digest64(UInt64(bitPattern: content)))
        let entry = StoreIndex.Entry(key, stored)
        guard bytes == stored.bytes, UInt64(bitPattern: digest) == stored.digest(key).value,
            StoreIndex(clock: RegionContent.clockLimit - 1, rows: [entry]).fault == nil
        else { return nil }
        self = entry
    }
}

extension CellMask {
    /// The shorter of two forms: 0 and the words, 8 bytes each; or 1 and the indexes, 4 bytes each, ascending.
    var packed: [UInt8] {
        var bytes = CanonicalBytes()
        if 2 * words.count <= count {
            bytes.append(UInt8(0))
            for word in words { bytes.append(word) }
        } else {
            bytes.append(UInt8(1))
            for index in indexes { bytes.append(index) }
        }
        return bytes.bytes
    }

    /// nil where the bytes are not what ``packed`` gives.
    init?(packed data: Data) {
        var reader = CanonicalReader(Array(data))
        guard let form = try? reader.next(UInt8.self) else { return nil }
        self.init()
        if form == 0 {
            guard reader.remaining % 8 == 0 else { return nil }
            var words: [UInt64] = []
            while let word = try? reader.next(UInt64.self) { words.append(word) }
            guard words.last != 0 else { return nil }
            self.init(words: words)
        } else {
            guard form == 1, reader.remaining % 4 == 0 else { return nil }
            var last: Int32 = -1
            // No region has more cells.
            while let index = try? reader.next(Int32.self), index > last, index < 1 << 21 {
                insert(index)
                last = index
            }
            guard reader.remaining == 0 else { return nil }
        }
    }
}
