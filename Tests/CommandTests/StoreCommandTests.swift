import Foundation
import GRDB
import Hashing
import Persistence
import Streaming
import Testing
import Topology
import Voxels

@Suite("The verbs that look after a store, by the program itself")
struct StoreCommandTests {
    private static let verbs = [["info"], ["verify"], ["prune", "--damaged"]]

    private func row(seed: UInt64, level: Int = 1, x: Int32) -> RowKey {
        RowKey(
            StoreKey(
                worldSeed: seed, layoutVersion: 1, fingerprint: Digest64(5), baseSpacing: 1, regionEdge: 4),
            RegionKey(level: level, region: Cell(x, 0, 0)))
    }

    /// Two cells, so 280 bytes that are accounted.
    private var content: RegionContent {
        var payload = Payload.zero
        payload.flags = 1
        return RegionContent(
            cells: [3, 9].map { StoredCell(index: $0, ageFrames: 1, storedAt: 1, payload: payload) })
    }

    /// Rows of world 7 at x = 2 (clock 1), 1 and 0 (both clock 2), and one of world 9 (clock 3).
    private func makeStore(_ workspace: Workspace) throws {
        let store = try FileStore(path: workspace.path("a.store"))
        let clocks: [(Int64, [RowKey])] = [
            (1, [row(seed: 7, x: 2)]), (2, [row(seed: 7, x: 1), row(seed: 7, x: 0)]),
            (3, [row(seed: 9, level: 2, x: 5)]),
        ]
        for (clock, rows) in clocks {
            store.handOver(
                StoreBatch(
                    frame: Int32(clock), clock: clock, operations: rows.map { .write($0, content) }))
        }
        store.handOver(
            StoreBatch(frame: 4, clock: 3, operations: [.setEdits(seed: 7, LeafSum(value: 0x1234))]))
        try store.close()
    }

    private func rowsLeft(_ workspace: Workspace) throws -> [RowKey] {
        let store = try FileStore(path: workspace.path("a.store"))
        let rows = store.indexAtOpening.rows.map(\.key)
        try store.close()
        return rows
    }

    private func change(_ workspace: Workspace, _ sql: String) throws {
        let queue = try DatabaseQueue(path: workspace.path("a.store"))
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: sql)
            try db.checkpoint(.truncate)
        }
        try queue.close()
    }

    /// Runs what must change nothing on disk.
    private func look(_ workspace: Workspace, _ arguments: [String], code: Int32) throws -> Outcome {
        let before = try workspace.files()
        let outcome = try workspace.run(["store"] + arguments)
        #expect(outcome.code == code, "\(outcome)")
        #expect(try workspace.files() == before, "changed on disk\n\(outcome)")
        return outcome
    }

    @Test("info says what a store holds, as text and as JSON, and leaves it as it is")
    func info() throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        let text = try look(workspace, ["info", "a.store"], code: 0)
        for pattern in [
            "(?m)^version +1$", "(?m)^clock +3$", "(?m)^rows +4$", "(?m)^accounted bytes +1120$",
            "(?m)^world +seed 7, edits .*1234$", "(?m)^key +seed 7 .* level 1: 3 rows, 6 cells, 840 bytes$",
            "(?m)^key +seed 9 .* level 2: 1 row, 2 cells, 280 bytes$",
        ] {
            #expect(text.output.range(of: pattern, options: .regularExpression) != nil, "\(pattern)\n\(text)")
        }
        let outcome = try look(workspace, ["info", "a.store", "--format", "json"], code: 0)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let keys = try #require(json["keys"] as? [[String: Any]])
        #expect(json["clock"] as? Int == 3 && json["accountedBytes"] as? Int == 1120, "\(outcome)")
        #expect(keys.map { $0["seed"] as? String } == ["7", "9"])
        #expect(keys.map { $0["rows"] as? Int } == [3, 1])
        let size = try workspace.bytes("a.store").count
        #expect(json["fileBytes"] as? Int == size && size <= json["boundBytes"] as? Int ?? 0)
    }

    @Test("verify names a row whose cells are damaged, and prune --damaged throws out that row only")
    func damagedCells() throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        #expect(try look(workspace, ["verify", "a.store"], code: 0).outputLines == ["4 rows, 0 faults"])
        let damaged = row(seed: 7, x: 1)
        let store = try FileStore(path: workspace.path("a.store"))
        store.damage(damaged)
        try store.close()
        let verified = try look(workspace, ["verify", "a.store"], code: 1)
        #expect(verified.outputLines.count == 2, "\(verified)")
        #expect(verified.output.contains("\(damaged.region) is damaged"), "\(verified)")
        #expect(verified.talk.contains("next: lumon-replay store prune a.store --damaged"), "\(verified)")
        let pruned = try workspace.run(["store", "prune", "a.store", "--damaged"])
        #expect(pruned.code == 0 && pruned.output.contains("\(damaged.region): 2 cells, 280 bytes"))
        #expect(pruned.outputLines.last == "1 row gone, 280 bytes", "\(pruned)")
        #expect(try workspace.files().keys.sorted() == ["a.store"])
        #expect(try look(workspace, ["verify", "a.store"], code: 0).outputLines == ["3 rows, 0 faults"])
        #expect(
            try rowsLeft(workspace) == [row(seed: 7, x: 0), row(seed: 7, x: 2), row(seed: 9, level: 2, x: 5)])
    }

    @Test("a row whose columns cannot be believed, and a wrong account, are found and repaired")
    func damagedColumns() throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        try change(workspace, "UPDATE rows SET clock = clock + 1 WHERE x = 2; UPDATE meta SET bytes = 5")
        let verified = try look(workspace, ["verify", "a.store"], code: 1)
        #expect(verified.output.contains("row 1 is damaged: its columns"), "\(verified)")
        #expect(verified.output.contains("accounted with 5 bytes; expected 1120"), "\(verified)")
        let info = try look(workspace, ["info", "a.store"], code: 0)
        #expect(info.output.range(of: "damaged rows +1\n", options: .regularExpression) != nil, "\(info)")
        let pruned = try workspace.run(["store", "prune", "a.store", "--damaged"])
        #expect(pruned.code == 0 && pruned.output.contains("1 row gone"), "\(pruned)")
        #expect(pruned.output.contains("without a key that can be believed"), "\(pruned)")
        #expect(try look(workspace, ["verify", "a.store"], code: 0).outputLines == ["3 rows, 0 faults"])
    }

    @Test("prune --to-bytes throws out the least recently used, of those of one clock the first by key")
    func leastRecentlyUsed() throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        let nothing = try workspace.run(["store", "prune", "a.store", "--to-bytes", "1120"])
        #expect(nothing.code == 0 && nothing.outputLines == ["0 rows gone, 0 bytes"], "\(nothing)")
        let pruned = try workspace.run(["store", "prune", "a.store", "--to-bytes", "839"])
        #expect(pruned.code == 0 && pruned.outputLines.last == "2 rows gone, 560 bytes", "\(pruned)")
        #expect(try rowsLeft(workspace) == [row(seed: 7, x: 1), row(seed: 9, level: 2, x: 5)])
    }

    @Test("prune throws out the rows of one world, or those of all others")
    func worlds() throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        let whole = try workspace.bytes("a.store")
        #expect(try workspace.run(["store", "prune", "a.store", "--seed", "7"]).code == 0)
        #expect(try rowsLeft(workspace) == [row(seed: 9, level: 2, x: 5)])
        try workspace.write(whole, to: "a.store")
        #expect(try workspace.run(["store", "prune", "a.store", "--other-than-seed", "7"]).code == 0)
        #expect(try rowsLeft(workspace) == [row(seed: 7, x: 0), row(seed: 7, x: 1), row(seed: 7, x: 2)])
    }

    @Test("no verb touches what is not a store, and each says so with code 65", arguments: verbs)
    func refusals(_ verb: [String]) throws {
        let workspace = try Workspace()
        try workspace.makeFolder("folder")
        try workspace.write("text", to: "text")
        try workspace.write("", to: "empty")
        try makeStore(workspace)
        try change(workspace, "PRAGMA user_version = 2")
        let other = try DatabaseQueue(path: workspace.path("other"))
        try other.write { try $0.execute(sql: "CREATE TABLE rows (id INTEGER)") }
        try other.close()
        for (name, says) in [
            ("folder", "a directory"), ("text", "no database of SQLite"), ("other", "another program"),
            ("a.store", "a store of version 2"), ("empty", "an empty one"), ("missing", "no such file"),
        ] {
            try workspace.expectFailure(65, ["store", verb[0], name] + verb.dropFirst(), says: [name, says])
        }
    }

    /// Its bytes are not read here meanwhile: who closes a file gives up all locks that its process has on it.
    @Test("a store in use is refused with code 69", arguments: verbs)
    func locked(_ verb: [String]) throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        let store = try FileStore(path: workspace.path("a.store"))
        let outcome = try workspace.run(["store", verb[0], "a.store"] + verb.dropFirst())
        #expect(outcome.code == 69 && outcome.errorLines.count == 1, "\(outcome)")
        #expect(outcome.talk.contains("another process uses this store"), "\(outcome)")
        try store.close()
    }

    @Test("prune without anything to throw out, or with a size below 0, is a wrong use")
    func usage() throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        try workspace.expectFailure(64, ["store", "prune", "a.store"], says: ["--to-bytes"])
        try workspace.expectFailure(64, ["store", "prune", "a.store", "--to-bytes=-1"], says: ["below 0"])
    }
}
