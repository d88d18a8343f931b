import Foundation
import GRDB
import Hashing
import Persistence
import StoreSupport
import Streaming
import Testing
import Topology

/// What the store says that its rows count is what they count, after every transaction, and the file keeps within its bound.
@Suite struct AccountingTests {
    /// 100,000 operations with LUMON_TEST_FULL=1; half of that in release builds otherwise, and a tenth in debug builds.
    static var operations: Int {
        #if DEBUG
            TestSize.isFull ? 100_000 : 10_000
        #else
            TestSize.isFull ? 100_000 : 50_000
        #endif
    }

    @Test func theAccountedSizeIsTheSumOfTheRows() throws {
        let seed = TestSize.seeds[0]
        let folder = try TemporaryFolder()
        let path = folder.file("a.store")
        var batches = RandomBatches(seed: seed)
        batches.regions = 24
        batches.edges = [8, 4, 2]
        var peak: Int64 = 0
        var done = 0
        var transactions = 0
        while done < Self.operations {
            let store = try StoreDatabase(path: path)
            // Restarts: each a hundred transactions after the one before.
            for _ in 0..<100 where done < Self.operations {
                let batch = batches.batch(Int.random(in: 1...40, using: &batches.random))
                try store.carryOut(batch)
                done += batch.operations.count
                transactions += 1
                let (accounted, sum) = try store.accounting()
                try #require(accounted == sum, "after \(done) operations, \(TestSize.repetition(seed))")
                peak = max(peak, accounted)
                let size = folder.sizeBytes
                try #require(
                    size <= StoreDatabase.sizeBound(accountedBytes: peak), "\(size) bytes, accounted \(peak)")
            }
            try store.close()
            try damage(path, &batches)
        }
        #expect(transactions > Self.operations / 45)
    }

    /// Spoils what is in the file between two sessions: contents, and columns that the row's own digest covers.
    private func damage(_ path: String, _ batches: inout RandomBatches) throws {
        let queue = try DatabaseQueue(path: path)
        let column = ["content", "bytes", "clock", "cells", "level"].randomElement(using: &batches.random)
        try queue.write { db in
            let ids = try Int64.fetchAll(db, sql: "SELECT id FROM rows ORDER BY id")
            guard let id = ids.randomElement(using: &batches.random) else { return }
            switch column {
            case "content", "cells":
                try db.execute(
                    sql: "UPDATE rows SET \(column ?? "") = x'00112233' WHERE id = ?", arguments: [id])
            default:
                try db.execute(
                    sql: "UPDATE OR IGNORE rows SET \(column ?? "") = \(column ?? "") + 1 WHERE id = ?",
                    arguments: [id])
            }
        }
        try queue.close()
    }
}
