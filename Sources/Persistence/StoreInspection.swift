import Foundation
import GRDB
package import Streaming

/// For people who look after a store's file.
///
/// The file is opened as a session opens it, so that it cannot be in use; a file that may not be written to is looked at in a copy.
package enum StoreInspection {
    /// The rows of one key and level.
    package struct Group: Hashable, Sendable {
        package var key: StoreKey
        package var level: UInt8
        package var rows: Int
        package var cells: Int
        package var bytes: Int64
    }

    package struct Info: Sendable {
        package var version: UInt32
        package var clock: Int64
        package var accountedBytes: Int64
        /// Ascending by key and level.
        package var groups: [Group]
        package var worlds: [StoreIndex.World]
        /// Rows that are not what their own digests say.
        package var damagedRows: Int
        /// Of the file and its log.
        package var fileBytes: Int64
        package var boundBytes: Int64
    }

    /// Something that is not as it should be.
    package enum Fault: Hashable, Sendable {
        /// The columns are not what the row's digest says.
        case row(id: Int64)
        /// The cells are not what the row says of them.
        case content(RowKey)
        case accounting(accounted: Int64, sum: Int64)
        /// What SQLite's own check found.
        case database(String)
    }

    /// Which rows go.
    package struct Pruning: Sendable {
        /// The least recently used, until the others count no more than this.
        package var toBytes: Int64?
        /// Those that are damaged.
        package var damaged = false
        /// Those of this world.
        package var seed: UInt64?
        /// Those of all other worlds.
        package var otherThanSeed: UInt64?

        package init() {}
    }

    // MARK: Looking

    /// O(rows).
    package static func info(_ path: String) throws(StoreFailure) -> Info {
        try withDatabase(path) { (database) throws(StoreFailure) in
            let index = try database.index()
            var groups: [Group] = []
            for entry in index.rows {
                let (key, level) = (entry.key.key, entry.key.region.level)
                if groups.last?.key != key || groups.last?.level != level {
                    groups.append(Group(key: key, level: level, rows: 0, cells: 0, bytes: 0))
                }
                groups[groups.count - 1].rows += 1
                groups[groups.count - 1].cells += entry.row.present.count
                groups[groups.count - 1].bytes += entry.row.bytes
            }
            return Info(
                version: StoreDatabase.version, clock: index.clock, accountedBytes: database.accountedBytes,
                groups: groups, worlds: index.worlds, damagedRows: try database.damagedIDs().count,
                fileBytes: sizeBytes(path),
                boundBytes: StoreDatabase.sizeBound(accountedBytes: database.accountedBytes))
        }
    }

    /// Reads everything and checks every digest.
    package static func faults(_ path: String) throws(StoreFailure) -> (rows: Int, faults: [Fault]) {
        try withDatabase(path) { (database) throws(StoreFailure) in
            var faults = try database.damagedIDs().map { Fault.row(id: $0) }
            let index = try database.index()
            for entry in index.rows where try !database.isWhole(entry) { faults.append(.content(entry.key)) }
            let (accounted, sum) = try database.accounting()
            if accounted != sum { faults.append(.accounting(accounted: accounted, sum: sum)) }
            let check = try database.inDatabase { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
            faults += check.filter { $0 != "ok" }.map { Fault.database($0) }
            return (index.rows.count, faults)
        }
    }

    // MARK: Pruning

    /// Throws rows out, and gives the room back to the file system.
    ///
    /// - Returns: what went, and how many rows that had no key any more.
    package static func prune(
        _ path: String, _ pruning: Pruning
    ) throws(StoreFailure) -> (rows: [StoreIndex.Entry], unnamed: Int) {
        let database = try StoreDatabase(path: path, inspects: true)
        let unnamed = pruning.damaged ? try database.damagedIDs() : []
        var gone: [StoreIndex.Entry] = []
        var kept: [StoreIndex.Entry] = []
        for entry in try database.index().rows {
            let seed = entry.key.key.worldSeed
            let isOfThatWorld =
                pruning.seed == seed || pruning.otherThanSeed.map { $0 != seed } ?? false
            let isDamaged = pruning.damaged ? try !database.isWhole(entry) : false
            if isOfThatWorld || isDamaged { gone.append(entry) } else { kept.append(entry) }
        }
        if let limit = pruning.toBytes {
            var bytes = kept.reduce(0) { $0 + $1.row.bytes }
            // Order: by clock, of several by key, as a session evicts them.
            for entry in kept.sorted(by: { ($0.row.clock, $0.key) < ($1.row.clock, $1.key) })
            where bytes > limit {
                gone.append(entry)
                bytes -= entry.row.bytes
            }
        }
        try database.delete(gone.map(\.key), ids: unnamed)
        try database.close()
        return (gone.sorted { $0.key < $1.key }, unnamed.count)
    }

    // MARK: Helpers

    private static func withDatabase<Value>(
        _ path: String, _ body: (StoreDatabase) throws(StoreFailure) -> Value
    ) throws(StoreFailure) -> Value {
        guard access(path, W_OK) != 0, access(path, R_OK) == 0 else {
            let database = try StoreDatabase(path: path, inspects: true)
            let value = try body(database)
            try database.close()
            return value
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "lumon-replay-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let copy = folder.appendingPathComponent("store").path
        do {
            _ = try StoreDatabase.isOurs(path)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
                try Data(contentsOf: URL(fileURLWithPath: path + suffix)).write(
                    to: URL(fileURLWithPath: copy + suffix))
            }
        } catch {
            throw StoreFailure(error, path: path, doing: "copying the store")
        }
        let database = try StoreDatabase(path: copy, inspects: true)
        let value = try body(database)
        try database.close()
        return value
    }

    private static func sizeBytes(_ path: String) -> Int64 {
        ["", "-wal"].reduce(0) { sum, suffix in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
            return sum + (attributes?[.size] as? Int64 ?? 0)
        }
    }
}

extension StoreDatabase {
    /// Rows that are not what their own digests say.
    fileprivate func damagedIDs() throws(StoreFailure) -> [Int64] {
        try inDatabase { try StoredRows(db: $0) { _, _ in }.damagedIDs() }
    }

    /// Whether a row's cells are what it says of them.
    fileprivate func isWhole(_ entry: StoreIndex.Entry) throws(StoreFailure) -> Bool {
        try inDatabase { db in
            let row = try StoredRows(db: db) { _, _ in }.find(entry.key)
            return row?.content(of: entry.key)?.present == entry.row.present
        }
    }

    fileprivate func delete(_ keys: [RowKey], ids: [Int64]) throws(StoreFailure) {
        try carryOut(StoreBatch(frame: 0, clock: clock, operations: keys.map { .delete($0) }))
        try inDatabase { db in
            try db.inTransaction(.immediate) {
                for id in ids { try db.execute(sql: "DELETE FROM rows WHERE id = ?", arguments: [id]) }
                try db.execute(sql: "UPDATE meta SET bytes = (SELECT coalesce(sum(bytes), 0) FROM rows)")
                return .commit
            }
            try db.execute(sql: "PRAGMA incremental_vacuum")
            try db.checkpoint(.truncate)
        }
    }
}
