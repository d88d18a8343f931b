import Foundation
import Persistence
import StoreSupport
import Streaming
import Testing

/// A disk that is full, or does not sync: one failure that says what and where, and a file that is whole once the disk is well again.
@Suite struct FailingDiskTests {
    private static let seed =
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) } ?? 5
    /// SQLite's codes.
    private static let full: [Int32] = [13]
    private static let syncFailed: [Int32] = [1034, 10]

    /// From nothing at all over the making of the file to the middle of the second checkpoint.
    @Test(
        arguments: [
            0, 1, 3000, 5000, 20_000, 33_000, 60_000, 100_000, 500_000, 2_000_000, 4_200_000, 5_000_000,
            6_000_000, 9_000_000,
        ] as [Int64])
    func aFullDiskIsOneFailure(_ bytes: Int64) throws {
        let folder = try TemporaryFolder()
        let disk = try TestDisk(folder)
        disk.isFull(after: bytes)
        let committed = try expectOneFailure(folder, codes: Self.full, context: "full after \(bytes) bytes")
        #expect(disk.bytesWritten == bytes)
        disk.isFull(after: nil)
        try expectWhole(folder, committed)
    }

    /// In the making of the file, at the log's first frame, at a checkpoint: of the log, of the file, and again.
    @Test(arguments: [0, 1, 5, 12] + Array(18..<32) as [Int32])
    func aSyncThatFailsIsOneFailure(_ count: Int32) throws {
        let folder = try TemporaryFolder()
        let disk = try TestDisk(folder)
        disk.syncsFail(after: count)
        let committed = try expectOneFailure(
            folder, codes: Self.syncFailed, context: "no sync after \(count)")
        #expect(disk.syncsDone == count)
        disk.syncsFail(after: nil)
        try expectWhole(folder, committed)
    }

    /// The log of a store whose file was deleted is not the new store's.
    @Test func aLogThatWasLeftBehindIsNotTaken() throws {
        let folder = try TemporaryFolder()
        let database = try StoreDatabase(path: folder.file("a.store"))
        var batches = HeavyBatches(seed: Self.seed, after: 0)
        for _ in 0..<20 { try database.carryOut(batches.next()) }
        let log = try #require(folder.content["a.store-wal"])
        #expect(log.count > 4096)
        let other = try TemporaryFolder()
        try log.write(to: URL(fileURLWithPath: other.file("a.store-wal")))
        let store = try FileStore(path: other.file("a.store"))
        #expect(store.indexAtOpening == StoreIndex())
        try store.close()
        #expect(try StoreInspection.faults(other.file("a.store")).faults.isEmpty)
        try database.close()
    }

    /// Works until the store is off; a run would go on without it.
    ///
    /// - Returns: how many batches were known to be committed.
    private func expectOneFailure(_ folder: TemporaryFolder, codes: [Int32], context: String) throws -> Int {
        let path = folder.file("a.store")
        var failure: StoreFailure?
        var committed = 0
        do throws(StoreFailure) {
            let store = try FileStore(path: path)
            store.open(nil)
            var batches = HeavyBatches(seed: Self.seed, after: 0)
            for _ in 0..<2000 {
                let batch = batches.next()
                store.handOver(batch)
                guard store.wait(for: batch.requests) else {
                    // Some may have been answered by the transaction before.
                    for request in batch.requests { store.abandon(request) }
                    break
                }
                for request in batch.requests { _ = store.finish(request) }
                committed += 1
            }
            let first = store.failure
            #expect(first != nil, "\(context): no failure in \(committed) batches")
            // What comes afterwards goes nowhere, and waits for nothing.
            for _ in 0..<3 {
                let batch = batches.next()
                store.handOver(batch)
                #expect(!store.wait(for: batch.requests) && store.readyReplies().isEmpty)
                for request in batch.requests { store.abandon(request) }
            }
            #expect(store.failure == first)
            try store.close()
        } catch {
            failure = error
        }
        guard case .system(path, let doing, let code, _)? = failure, codes.contains(code) else {
            Issue.record("\(context), after \(committed) batches: \(String(describing: failure))")
            return committed
        }
        #expect(["opening the store", "writing to the store"].contains(doing))
        return committed
    }

    /// The file holds all that a reply had told of, whole, and works.
    private func expectWhole(_ folder: TemporaryFolder, _ committed: Int) throws {
        try Prefix.expect(folder.file("a.store"), seed: Self.seed, atLeast: committed)
        #expect(folder.content.keys.sorted() == ["a.store"])
    }
}
