import Foundation
import GRDB
import Hashing
package import Streaming
import Topology

/// A store's file: rows of cells in a database of SQLite, through one connection that writes, reads and checkpoints.
///
/// Everything here is synchronous, and called from one thread: ``FileStore`` is who keeps it off the frame thread.
///
/// The file says who it belongs to: application id ``applicationID``, schema version ``version``. It is in WAL mode with
/// `synchronous=NORMAL`: a killed process loses nothing that was committed; after a loss of power the file is as it was at some earlier
/// commit. A mark that is lost with it is noticed by the digest of the world's edits, which is committed with the mark: a session whose
/// world has other edits takes nothing.
///
/// Size: see ``sizeBound(accountedBytes:)``.
package final class StoreDatabase {
    /// `LRST`.
    static let applicationID: UInt32 = 0x4C52_5354
    static let version: UInt32 = 1

    let path: String
    private let queue: DatabaseQueue
    /// The clock of the last transaction.
    package private(set) var clock: Int64 = 0
    /// What all rows count together; the same number is in the file, in the same transaction.
    package private(set) var accountedBytes: Int64 = 0
    /// Rows that were thrown out when the file was opened, because they are not what their own digests say.
    private(set) var damagedRows: UInt32 = 0

    /// The most bytes that the file and its log take together, where the rows have never counted more than this. A row takes at
    /// most twice what it counts, since a page is at least half full; half as much again for the index over the keys and the pages that
    /// are free for a moment; and a log of 4 MiB, and of one transaction, both twice over.
    package static func sizeBound(accountedBytes: Int64) -> Int64 { accountedBytes / 2 * 5 + (16 << 20) }

    /// Opens a store, or makes one where there is no file or an empty one.
    ///
    /// Where it `inspects`, nothing is made, and what is damaged stays.
    ///
    /// - Throws: ``StoreFailure``; a file that is not a store has not been touched then.
    package init(path: String, inspects: Bool = false) throws(StoreFailure) {
        self.path = path
        do {
            if try !StoreDatabase.isOurs(path) {
                guard !inspects else {
                    throw StoreFailure.notAFile(path: path, found: "no such file, or an empty one")
                }
                try StoreDatabase.make(path)
            }
            // Where it may not, SQLite would leave a log beside the file that is somebody else's.
            guard access(path, W_OK) == 0 else {
                throw StoreFailure.system(path: path, errno, doing: "opening the store")
            }
            queue = try DatabaseQueue(path: path, configuration: StoreDatabase.configuration)
            try queue.inDatabase { db in
                // First, so that no file of shared memory is made for one connection.
                _ = try String.fetchOne(db, sql: "PRAGMA locking_mode = EXCLUSIVE")
                try StoreDatabase.useLog(db)
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
                // By ourselves: SQLite keeps it quiet when a checkpoint of its own fails.
                _ = try Int.fetchOne(db, sql: "PRAGMA wal_autocheckpoint = 0")
                // Takes the lock, which is then kept.
                try db.execute(sql: "BEGIN IMMEDIATE; COMMIT")
            }
            if !inspects { try throwOutDamaged() }
            (clock, accountedBytes) = try queue.inDatabase { db in
                let meta = try Row.fetchOne(db, sql: "SELECT clock, bytes FROM meta")
                return (meta?[0] ?? 0, meta?[1] ?? 0)
            }
        } catch {
            throw StoreFailure(error, path: path, doing: "opening the store")
        }
    }

    package func close() throws(StoreFailure) {
        do {
            try queue.close()
        } catch {
            throw StoreFailure(error, path: path, doing: "closing the store")
        }
    }

    // MARK: Whose file it is

    private static var configuration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .immediateError
        configuration.label = "store"
        return configuration
    }

    /// Whether the path is that of a store; false where there is nothing yet. Reads the header without SQLite, which might change the
    /// file of somebody else.
    static func isOurs(_ path: String) throws -> Bool {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return false }
        guard !isDirectory.boolValue else { throw StoreFailure.notAFile(path: path, found: "a directory") }
        let attributes = try FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw StoreFailure.notAFile(path: path, found: "not a regular file")
        }
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let header = Array(try file.read(upToCount: 100) ?? Data())
        guard !header.isEmpty else { return false }
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw StoreFailure.notADatabase(path: path)
        }
        func number(at offset: Int) -> UInt32 {
            header[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
        guard number(at: 68) == applicationID else {
            throw StoreFailure.otherProgram(path: path, applicationID: number(at: 68))
        }
        guard number(at: 60) <= version else {
            throw StoreFailure.newerVersion(path: path, found: number(at: 60), supported: version)
        }
        return true
    }

    /// Makes an empty store beside the path and moves it there: a file at the path is whole, or not there.
    private static func make(_ path: String) throws {
        let partial = path + ".partial"
        for suffix in ["", "-journal", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: partial + suffix)
        }
        let queue = try DatabaseQueue(path: partial, configuration: configuration)
        try queue.inDatabase { db in
            try db.execute(sql: "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL")
            try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
            try db.execute(sql: schema)
            try StoreDatabase.useLog(db)
        }
        try queue.close()
        // The log of a store whose file is gone: SQLite would take it for the new one's.
        for suffix in ["-journal", "-wal", "-shm"] {
            guard unlink(path + suffix) == 0 || errno == ENOENT else {
                throw StoreFailure.system(path: path, errno, doing: "making the store")
            }
        }
        guard rename(partial, path) == 0 else {
            throw StoreFailure.system(path: path, errno, doing: "making the store")
        }
    }

    /// WAL mode. Where that cannot be, SQLite goes on as before and says so in its answer; or it fails after its answer, so that the statement
    /// is carried out to its end.
    private static func useLog(_ db: Database) throws {
        let mode = try String.fetchAll(db, sql: "PRAGMA journal_mode = WAL").first ?? "none"
        guard mode == "wal" else {
            throw DatabaseError(
                resultCode: .SQLITE_IOERR,
                message: "the log cannot be had: the journal mode is \(mode), expected wal")
        }
    }

    private static let schema = """
        CREATE TABLE meta (clock INTEGER NOT NULL, bytes INTEGER NOT NULL);
        INSERT INTO meta VALUES (0, 0);
        CREATE TABLE worlds (seed INTEGER PRIMARY KEY, edits INTEGER NOT NULL);
        CREATE TABLE rows (
            id INTEGER PRIMARY KEY,
            seed INTEGER NOT NULL, layout INTEGER NOT NULL, fingerprint INTEGER NOT NULL, spacing REAL NOT NULL,
            edge INTEGER NOT NULL, level INTEGER NOT NULL, x INTEGER NOT NULL, y INTEGER NOT NULL, z INTEGER NOT NULL,
            clock INTEGER NOT NULL, bytes INTEGER NOT NULL, cells BLOB NOT NULL, content_digest INTEGER NOT NULL,
            row_digest INTEGER NOT NULL, content BLOB NOT NULL,
            UNIQUE (seed, layout, fingerprint, spacing, edge, level, x, y, z));
        """

    // MARK: Transactions

    /// Carries out operations in their order, in one transaction. `found` is told the bytes of a row that is about to be read or changed.
    ///
    /// - Returns: the replies, by the place of their operation.
    func carryOut(
        _ operations: [(clock: Int64, operation: StoreOperation)], found: @escaping (RowKey, [UInt8]) -> Void
    ) throws(StoreFailure) -> [(place: Int, reply: StoreReply)] {
        let before = (clock, accountedBytes)
        do {
            var replies: [(Int, StoreReply)] = []
            try queue.inDatabase { db in
                try db.inTransaction(.immediate) {
                    let rows = StoredRows(db: db, found: found)
                    for (place, (clock, operation)) in operations.enumerated() {
                        self.clock = max(self.clock, clock)
                        if let reply = try self.carryOut(operation, clock, rows) {
                            replies.append((place, reply))
                        }
                    }
                    try db.cachedStatement(sql: "UPDATE meta SET clock = ?, bytes = ?").execute(
                        arguments: [self.clock, self.accountedBytes])
                    return .commit
                }
                try self.checkpointLongLog(db)
            }
            return replies
        } catch {
            (clock, accountedBytes) = before
            throw StoreFailure(error, path: path, doing: "writing to the store")
        }
    }

    /// Moves the log into the file once it has about 1000 pages, and empties it.
    private func checkpointLongLog(_ db: Database) throws {
        var facts = stat()
        guard stat(path + "-wal", &facts) == 0, facts.st_size >= 4 << 20 else { return }
        try db.checkpoint(.truncate)
    }

    /// One batch, in one transaction of its own.
    package func carryOut(_ batch: StoreBatch) throws(StoreFailure) {
        _ = try carryOut(batch.operations.map { (batch.clock, $0) }) { _, _ in }
    }

    /// What the file says that its rows count together, and what they do.
    package func accounting() throws(StoreFailure) -> (accounted: Int64, sum: Int64) {
        try inDatabase { db in
            (
                try Int64.fetchOne(db, sql: "SELECT bytes FROM meta") ?? -1,
                try Int64.fetchOne(db, sql: "SELECT coalesce(sum(bytes), 0) FROM rows") ?? -2
            )
        }
    }

    private func carryOut(_ operation: StoreOperation, _ clock: Int64, _ rows: StoredRows) throws
        -> StoreReply?
    {
        switch operation {
        case .mark(let key, let cells):
            guard let row = try rows.find(key), var content = row.content(of: key) else { return nil }
            content.remove(cells)
            accountedBytes += try rows.put(content, key, clock: row.clock, over: row)
        case .setEdits(let seed, let sum):
            try rows.db.cachedStatement(sql: "INSERT OR REPLACE INTO worlds VALUES (?, ?)").execute(
                arguments: [Int64(bitPattern: seed), Int64(bitPattern: sum.value)])
        case .forget(let seed):
            let arguments: StatementArguments = [Int64(bitPattern: seed)]
            accountedBytes -=
                try Int64.fetchOne(
                    rows.db, sql: "SELECT total(bytes) FROM rows WHERE seed = ?", arguments: arguments) ?? 0
            try rows.db.execute(sql: "DELETE FROM rows WHERE seed = ?", arguments: arguments)
            try rows.db.execute(sql: "DELETE FROM worlds WHERE seed = ?", arguments: arguments)
        case .delete(let key):
            guard let row = try rows.find(key) else { return nil }
            accountedBytes += try rows.put(RegionContent(), key, clock: clock, over: row)
        case .write(let key, let incoming):
            let row = try rows.find(key)
            var content = row?.content(of: key) ?? RegionContent()
            content.merge(incoming)
            accountedBytes += try rows.put(content, key, clock: clock, over: row)
        case .readIndex: return .index(try index(rows))
        case .read(let key, _):
            guard let row = try rows.find(key) else { return .absent }
            try rows.touch(row, key, clock: clock)
            return row.content(of: key).map { .region($0) } ?? .damaged
        }
        return nil
    }

    /// Spoils the last byte of a row.
    func damage(_ key: RowKey, found: @escaping (RowKey, [UInt8]) -> Void) throws(StoreFailure) {
        do {
            try queue.inDatabase { db in
                let rows = StoredRows(db: db, found: found)
                guard let row = try rows.find(key), var bytes = Optional(row.bytes), !bytes.isEmpty else {
                    return
                }
                bytes[bytes.count - 1] ^= 0xFF
                try db.execute(
                    sql: "UPDATE rows SET content = ? WHERE id = ?", arguments: [Data(bytes), row.id])
            }
        } catch {
            throw StoreFailure(error, path: path, doing: "spoiling a row")
        }
    }

    /// Makes the store what a trace says that it was. Nothing happens where it is that already.
    func replace(_ contents: StoreContents, isSame: (StoreIndex) -> Bool) throws(StoreFailure) {
        do {
            try queue.inDatabase { db in
                let rows = StoredRows(db: db) { _, _ in }
                guard try !isSame(self.index(rows)) else { return }
                try db.inTransaction(.immediate) {
                    try db.execute(sql: "DELETE FROM rows; DELETE FROM worlds")
                    self.accountedBytes = 0
                    for entry in contents.index.rows {
                        self.accountedBytes += try rows.insert(entry, contents.taken[entry.key] ?? [])
                    }
                    for world in contents.index.worlds {
                        try db.execute(
                            sql: "INSERT INTO worlds VALUES (?, ?)",
                            arguments: [Int64(bitPattern: world.seed), Int64(bitPattern: world.edits.value)])
                    }
                    self.clock = contents.index.clock
                    self.damagedRows = contents.index.damagedRows
                    try db.execute(
                        sql: "UPDATE meta SET clock = ?, bytes = ?",
                        arguments: [self.clock, self.accountedBytes])
                    return .commit
                }
                try self.checkpointLongLog(db)
            }
        } catch {
            throw StoreFailure(error, path: path, doing: "filling the store")
        }
    }

    // MARK: Index

    func index() throws(StoreFailure) -> StoreIndex {
        do {
            return try queue.inDatabase { try index(StoredRows(db: $0) { _, _ in }) }
        } catch {
            throw StoreFailure(error, path: path, doing: "reading the index")
        }
    }

    private func index(_ rows: StoredRows) throws -> StoreIndex {
        StoreIndex(
            clock: clock, rows: try rows.entries(), worlds: try rows.worlds(), damagedRows: damagedRows)
    }

    /// Rows that are not what their own digests say go, and what all rows count is counted anew.
    private func throwOutDamaged() throws {
        try queue.inDatabase { db in
            let rows = StoredRows(db: db) { _, _ in }
            let damaged = try rows.damagedIDs()
            damagedRows = UInt32(clamping: damaged.count)
            try db.inTransaction(.immediate) {
                for id in damaged { try db.execute(sql: "DELETE FROM rows WHERE id = ?", arguments: [id]) }
                self.accountedBytes =
                    try Int64.fetchOne(db, sql: "SELECT coalesce(sum(bytes), 0) FROM rows") ?? 0
                try db.execute(sql: "UPDATE meta SET bytes = ?", arguments: [self.accountedBytes])
                return .commit
            }
        }
    }

    /// For whoever looks after the file.
    func inDatabase<Value>(_ body: (Database) throws -> Value) throws(StoreFailure) -> Value {
        do {
            return try queue.inDatabase(body)
        } catch {
            throw StoreFailure(error, path: path, doing: "reading the store")
        }
    }
}
