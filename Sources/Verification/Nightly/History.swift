import Foundation
import GRDB
import Recording

/// What nights have found, in a file of SQLite that many nights write to.
///
/// A verdict is a transaction: whatever kills a night, what it had judged is there. The file is kept with a rollback journal and not with a
/// log: nights that run at once are several connections, and SQLite before 3.51.3 can lose a log that one of them resets while another
/// writes. A writer waits for another one up to ``busySeconds``.
package final class History {
    /// `LRHI`.
    static let applicationID: UInt32 = 0x4C52_4849
    static let version: UInt32 = 1
    /// How long a writer waits for another one.
    static let busySeconds = 20.0

    package let path: String
    private let queue: DatabaseQueue

    /// Opens a history, or makes one.
    ///
    /// - Parameters:
    ///   - path: of the file; its folder is there.
    ///   - isReadOnly: makes none, and writes nothing.
    /// - Throws: ``HistoryError``; a file that is no history has not been touched then.
    package init(path: String, isReadOnly: Bool = false) throws(HistoryError) {
        self.path = path
        try History.refuseStranger(path, isReadOnly: isReadOnly)
        do {
            var configuration = GRDB.Configuration()
            configuration.busyMode = .timeout(History.busySeconds)
            configuration.readonly = isReadOnly
            configuration.label = "history"
            queue = try DatabaseQueue(path: path, configuration: configuration)
            let (id, version) = try queue.inDatabase { db in
                (
                    try UInt32.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
                    try UInt32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                )
            }
            guard id == History.applicationID || (id == 0 && version == 0 && !isReadOnly) else {
                throw HistoryError.otherProgram(path: path, applicationID: id)
            }
            guard version <= History.version else {
                throw HistoryError.newerVersion(path: path, found: version, supported: History.version)
            }
            if !isReadOnly { try make() }
        } catch let error as HistoryError {
            throw error
        } catch {
            throw HistoryError(error, path, doing: "opening the history")
        }
    }

    private static func refuseStranger(_ path: String, isReadOnly: Bool) throws(HistoryError) {
        let header: [UInt8]
        do {
            header = try Files.head(of: path, bytes: 100)
        } catch .missing, .empty {
            if isReadOnly { throw HistoryError.missing(path: path) }
            return
        } catch {
            throw .failed(path: path, doing: "opening the history", reason: error.description)
        }
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw .notADatabase(path: path)
        }
    }

    private func make() throws {
        try queue.write { db in
            guard try UInt32.fetchOne(db, sql: "PRAGMA user_version") == 0 else { return }
            guard try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master") == 0 else {
                throw HistoryError.otherProgram(path: path, applicationID: 0)
            }
            try db.execute(sql: History.schema)
        }
    }

    private static let schema = """
        CREATE TABLE nights (
          id INTEGER PRIMARY KEY,
          started INTEGER NOT NULL,
          ended INTEGER,
          state TEXT NOT NULL,
          revision TEXT NOT NULL,
          dirty INTEGER NOT NULL,
          host TEXT NOT NULL,
          process INTEGER NOT NULL,
          seed INTEGER NOT NULL,
          report TEXT NOT NULL
        );
        CREATE TABLE verdicts (
          night INTEGER NOT NULL REFERENCES nights (id),
          subject TEXT NOT NULL,
          kind TEXT NOT NULL,
          name TEXT NOT NULL,
          outcome TEXT NOT NULL,
          reason TEXT NOT NULL,
          frame INTEGER,
          stage TEXT,
          frames INTEGER NOT NULL,
          runs INTEGER NOT NULL,
          differing INTEGER NOT NULL,
          seconds REAL NOT NULL
        );
        CREATE INDEX verdicts_by_question ON verdicts (subject, kind, name, night, outcome);
        CREATE INDEX verdicts_by_night ON verdicts (night, outcome);
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        """

    // MARK: Writing

    /// A night that begins, or has been.
    package struct Night: Sendable, Equatable {
        package enum State: String, Sendable {
            /// It has not ended; or nobody could write that it has.
            case running
            case ended
            case interrupted
            /// Its process is gone, and never said that it ended.
            case killed
        }

        package var id: Int64 = 0
        /// In milliseconds since 1970.
        package var started: Int64
        package var ended: Int64?
        package var state = State.running
        package var revision: String
        package var isDirty: Bool
        package var host: String
        package var process: Int32
        package var seed: UInt64
        /// The folder of its report.
        package var report: String
        /// By outcome.
        package var passed = 0
        package var failed = 0
        package var errors = 0

        package init(
            started: Int64, revision: String, isDirty: Bool, host: String, process: Int32, seed: UInt64,
            report: String
        ) {
            self.started = started
            self.revision = revision
            self.isDirty = isDirty
            self.host = host
            self.process = process
            self.seed = seed
            self.report = report
        }
    }

    /// Writes that a night begins. Nights of this host whose process is gone are known to have been killed from now on.
    ///
    /// - Returns: its number.
    package func begin(_ night: Night) throws(HistoryError) -> Int64 {
        try writing("writing the night") { db in
            try History.noteKilled(db, host: night.host)
            try db.execute(
                sql: """
                    INSERT INTO nights (started, state, revision, dirty, host, process, seed, report)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    night.started, Night.State.running.rawValue, night.revision, night.isDirty, night.host,
                    night.process, Int64(bitPattern: night.seed), night.report,
                ])
            return db.lastInsertedRowID
        }
    }

    private static func noteKilled(_ db: Database, host: String) throws {
        let rows = try Row.fetchAll(
            db, sql: "SELECT id, process FROM nights WHERE state = 'running' AND host = ?", arguments: [host])
        for row in rows where !isAlive(row[1]) {
            try db.execute(
                sql: "UPDATE nights SET state = 'killed' WHERE id = ?", arguments: [row[0] as Int64])
        }
    }

    private static func isAlive(_ process: Int32) -> Bool {
        process > 0 && (kill(process, 0) == 0 || errno == EPERM)
    }

    /// Writes one verdict, for good.
    package func add(_ judgement: Judgement, night: Int64) throws(HistoryError) {
        try writing("writing a verdict") { db in
            try db.cachedStatement(
                sql: """
                    INSERT INTO verdicts (night, subject, kind, name, outcome, reason, frame, stage, frames,
                      runs, differing, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                night, judgement.subject, judgement.kind.rawValue, judgement.name, judgement.outcome.rawValue,
                judgement.reason, judgement.place?.frame, judgement.place?.stage, judgement.frames,
                judgement.runs, judgement.differing, judgement.seconds,
            ])
        }
    }

    /// Writes that a night has ended, `state` being how. `ended` is in milliseconds since 1970.
    package func end(night: Int64, _ state: Night.State, ended: Int64) throws(HistoryError) {
        try writing("writing the night's end") { db in
            try db.execute(
                sql: "UPDATE nights SET state = ?, ended = ? WHERE id = ?",
                arguments: [state.rawValue, ended, night])
        }
    }

    private func writing<Value>(
        _ doing: String, _ body: (Database) throws -> Value
    ) throws(HistoryError) -> Value {
        do {
            return try queue.write(body)
        } catch {
            throw HistoryError(error, path, doing: doing)
        }
    }

    // MARK: Reading

    /// What nights have seen of a question; of every question where none is given. In the order of subject, kind and name.
    ///
    /// - Parameters:
    ///   - question: its kind, subject and name.
    ///   - before: only nights before this one.
    ///   - last: only so many of the last nights count, for everything but the last green one.
    /// - Returns: none for a question that nobody has asked.
    /// - Throws: ``HistoryError``.
    package func standings(
        of question: Judgement? = nil, before: Int64 = .max, last: Int = 365
    ) throws(HistoryError) -> [Standing] {
        do {
            return try queue.read { db in
                let first =
                    try Int64.fetchOne(
                        db,
                        sql: "SELECT id FROM nights WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ?",
                        arguments: [before, max(0, last - 1)]) ?? 0
                var filter = ""
                var arguments: StatementArguments = [first, before]
                if let question {
                    filter = "AND subject = ? AND kind = ? AND name = ?"
                    arguments += [question.subject, question.kind.rawValue, question.name]
                }
                let rows = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT subject, kind, name, COUNT(*) AS nights,
                          SUM(outcome IN ('failed', 'error')) AS red, SUM(runs) AS runs,
                          SUM(differing) AS differing, AVG(seconds) AS seconds, MAX(night) AS last
                        FROM verdicts
                        WHERE night >= ? AND night < ? AND outcome NOT IN ('not run', 'not applicable') \(filter)
                        GROUP BY subject, kind, name ORDER BY subject, kind, name
                        """, arguments: arguments)
                return try rows.compactMap { try standing(db, $0, first, before) }
            }
        } catch {
            throw HistoryError(error, path, doing: "reading the history")
        }
    }

    private func standing(
        _ db: Database, _ row: Row, _ first: Int64, _ before: Int64
    ) throws -> Standing? {
        guard let kind = Judgement.Kind(rawValue: row["kind"]) else { return nil }
        var standing = Standing(kind: kind, subject: row["subject"], name: row["name"])
        standing.nights = row["nights"]
        standing.redNights = row["red"]
        standing.runs = row["runs"]
        standing.differing = row["differing"]
        standing.meanSeconds = row["seconds"]
        let question: StatementArguments = [standing.subject, kind.rawValue, standing.name]
        let which = "subject = ? AND kind = ? AND name = ?"
        let green = try Int64.fetchOne(
            db,
            sql: "SELECT MAX(night) FROM verdicts WHERE \(which) AND night < ? AND outcome = 'passed'",
            arguments: question + [before])
        let red = try Int64.fetchOne(
            db,
            sql: """
                SELECT MIN(night) FROM verdicts
                WHERE \(which) AND night > ? AND night < ? AND outcome IN ('failed', 'error')
                """, arguments: question + [green ?? 0, before])
        standing.lastGreen = try sight(db, green)
        standing.redSince = try sight(db, red)
        standing.last = try sight(db, row["last"])
        let outcome = try String.fetchOne(
            db, sql: "SELECT outcome FROM verdicts WHERE \(which) AND night = ? ORDER BY rowid DESC",
            arguments: question + [row["last"] as Int64])
        standing.outcome = outcome.flatMap(Judgement.Outcome.init(rawValue:)) ?? .notRun
        if standing.redNights > 0, standing.redNights < standing.nights {
            standing.flakyRevisions = try String.fetchAll(
                db,
                sql: """
                    SELECT revision FROM verdicts JOIN nights ON nights.id = verdicts.night
                    WHERE \(which) AND night >= ? AND night < ? AND dirty = 0 AND revision <> ''
                    GROUP BY revision HAVING SUM(outcome = 'passed') > 0 AND SUM(outcome = 'failed') > 0
                    ORDER BY MAX(night) DESC
                    """, arguments: question + [first, before])
        }
        return standing
    }

    private func sight(_ db: Database, _ night: Int64?) throws -> Standing.Sight? {
        guard let night else { return nil }
        return try Row.fetchOne(
            db, sql: "SELECT id, started, revision, dirty FROM nights WHERE id = ?", arguments: [night]
        ).map { Standing.Sight(night: $0[0], started: $0[1], revision: $0[2], isDirty: $0[3]) }
    }

    /// The last nights, newest first. `host` is this one: of its nights it can be told whether they still run.
    package func nights(last: Int, host: String) throws(HistoryError) -> [Night] {
        do {
            return try queue.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT id, started, ended, state, revision, dirty, host, process, seed, report,
                          (SELECT COUNT(*) FROM verdicts WHERE night = id AND outcome = 'passed') AS passed,
                          (SELECT COUNT(*) FROM verdicts WHERE night = id AND outcome = 'failed') AS failed,
                          (SELECT COUNT(*) FROM verdicts WHERE night = id AND outcome = 'error') AS errors
                        FROM nights ORDER BY id DESC LIMIT ?
                        """, arguments: [last]
                ).map { row in
                    var night = Night(
                        started: row["started"], revision: row["revision"], isDirty: row["dirty"],
                        host: row["host"], process: row["process"],
                        seed: UInt64(bitPattern: row["seed"] as Int64), report: row["report"])
                    night.id = row["id"]
                    night.ended = row["ended"]
                    night.state = Night.State(rawValue: row["state"]) ?? .running
                    if night.state == .running, night.host == host, !History.isAlive(night.process) {
                        night.state = .killed
                    }
                    (night.passed, night.failed, night.errors) = (row["passed"], row["failed"], row["errors"])
                    return night
                }
            }
        } catch {
            throw HistoryError(error, path, doing: "reading the history")
        }
    }

    /// What each of the last nights has seen of one question, newest first.
    package func sights(
        of standing: Standing, last: Int
    ) throws(HistoryError) -> [(sight: Standing.Sight, outcome: Judgement.Outcome, reason: String)] {
        do {
            return try queue.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT nights.id, started, revision, dirty, outcome, reason
                        FROM verdicts JOIN nights ON nights.id = verdicts.night
                        WHERE subject = ? AND kind = ? AND name = ? ORDER BY night DESC LIMIT ?
                        """, arguments: [standing.subject, standing.kind.rawValue, standing.name, last]
                ).map { row in
                    (
                        Standing.Sight(night: row[0], started: row[1], revision: row[2], isDirty: row[3]),
                        Judgement.Outcome(rawValue: row[4]) ?? .notRun, row[5]
                    )
                }
            }
        } catch {
            throw HistoryError(error, path, doing: "reading the history")
        }
    }
}

extension HistoryError {
    init(_ error: any Error, _ path: String, doing: String) {
        switch error {
        case let error as HistoryError: self = error
        case let error as DatabaseError where error.resultCode == .SQLITE_BUSY: self = .busy(path: path)
        case let error as DatabaseError where error.resultCode == .SQLITE_NOTADB:
            self = .notADatabase(path: path)
        case let error as DatabaseError:
            self = .failed(path: path, doing: doing, reason: error.message ?? "\(error.resultCode)")
        default: self = .failed(path: path, doing: doing, reason: "\(error)")
        }
    }
}
