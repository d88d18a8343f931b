import Foundation
import Hashing
import Persistence
import StoreSupport
import Streaming
import Synchronization
import Testing

/// A live run never waits for the disk.
@Suite struct LiveQueueTests {
    /// Holds the store's thread until it is let go.
    private final class Gate: Sendable {
        private let isOpen = Atomic<Bool>(false)
        private let isReached = Atomic<Bool>(false)

        func wait() {
            isReached.store(true, ordering: .releasing)
            while !isOpen.load(ordering: .acquiring) { usleep(200) }
        }

        func waitUntilReached() { while !isReached.load(ordering: .acquiring) { usleep(200) } }
        func open() { isOpen.store(true, ordering: .releasing) }
    }

    private func write(_ batches: inout RandomBatches, _ count: Int) -> [StoreOperation] {
        (0..<count).map { _ in
            let row = batches.row()
            return .write(row, batches.content(of: row))
        }
    }

    @Test func theOldestWriteBacksAreDroppedAndNothingElse() throws {
        let folder = try TemporaryFolder()
        let gate = Gate()
        var batches = RandomBatches(seed: 3)
        var limits = FileStore.Limits()
        limits.bytes = 20_000
        let store = try FileStore(
            path: folder.file("a.store"), pace: .live, limits: limits, beforeTransaction: { gate.wait() })
        var memory = MemoryStore()
        var dropped: [RowKey] = []
        var handedOver: [StoreOperation] = []
        // The store's thread stands at the gate before the first write-back: none has been begun, whenever that thread was started.
        store.handOver(
            StoreBatch(frame: 0, clock: 0, operations: [.setEdits(seed: 7, LeafSum(value: 0))]))
        gate.waitUntilReached()
        for _ in 0..<200 {
            batches.clock += 1
            batches.sequence += 1
            let operations =
                write(&batches, 2) + [
                    .delete(batches.row()), .setEdits(seed: 7, LeafSum(value: UInt64(batches.clock))),
                    .readIndex(sequence: batches.sequence),
                ]
            handedOver += operations
            store.handOver(StoreBatch(frame: 1, clock: batches.clock, operations: operations))
            dropped += store.takeDroppedWriteBacks()
            #expect(store.failure == nil)
        }
        #expect(dropped.count > 100)
        gate.open()
        let writes = handedOver.compactMap { operation in
            if case .write(let row, _) = operation { row } else { nil }
        }
        try #require(dropped == Array(writes.prefix(dropped.count)), "the oldest, in their order")
        var number = 0
        for operation in handedOver {
            if case .write = operation {
                number += 1
                if number <= dropped.count { continue }
            }
            memory.handOver(StoreBatch(frame: 1, clock: 1, operations: [operation]))
        }
        while store.readyReplies().count < 200 { usleep(500) }
        #expect(store.readyReplies() == Array(1...200))
        let contents = try store.close()
        #expect(contents.index.rows.isEmpty)
        let again = try FileStore(path: folder.file("a.store"))
        #expect(again.indexAtOpening.worlds == [StoreIndex.World(seed: 7, edits: LeafSum(value: 200))])
        #expect(again.indexAtOpening.rows.map(\.key) == memory.contents.index.rows.map(\.key))
        #expect(again.indexAtOpening.rows.map(\.row.content) == memory.contents.index.rows.map(\.row.content))
        try again.close()
    }

    @Test func aModelledRunWaitsInstead() throws {
        let folder = try TemporaryFolder()
        var batches = RandomBatches(seed: 4)
        var limits = FileStore.Limits()
        limits.bytes = 5_000
        let store = try FileStore(
            path: folder.file("a.store"), limits: limits, beforeTransaction: { usleep(300) })
        var memory = MemoryStore()
        for _ in 0..<60 {
            let batch = batches.batch(12)
            store.handOver(batch)
            memory.handOver(batch)
            for sequence in batch.requests { #expect(store.finish(sequence) == memory.finish(sequence)) }
        }
        #expect(store.takeDroppedWriteBacks().isEmpty)
        try store.close()
    }

    /// Else what a run does would depend on its disk.
    @Test func aModelledRunWaitsForWhatMustNotBeDroppedToo() throws {
        let folder = try TemporaryFolder()
        var batches = RandomBatches(seed: 6)
        var limits = FileStore.Limits()
        limits.operations = 3
        let store = try FileStore(
            path: folder.file("a.store"), limits: limits, beforeTransaction: { usleep(2000) })
        for _ in 0..<60 {
            store.handOver(StoreBatch(frame: 1, clock: 1, operations: [.delete(batches.row())]))
            try #require(store.failure == nil)
        }
        try store.close()
    }

    @Test func tooMuchThatMustNotBeDroppedIsAFailure() throws {
        let folder = try TemporaryFolder()
        let gate = Gate()
        var batches = RandomBatches(seed: 5)
        var limits = FileStore.Limits()
        limits.operations = 50
        let store = try FileStore(
            path: folder.file("a.store"), pace: .live, limits: limits, beforeTransaction: { gate.wait() })
        for _ in 0..<30 {
            store.handOver(
                StoreBatch(frame: 1, clock: 1, operations: [.delete(batches.row()), .delete(batches.row())]))
        }
        guard case .overwhelmed(_, let waiting)? = store.failure else {
            Issue.record("\(String(describing: store.failure))")
            return
        }
        #expect(waiting > 50)
        gate.open()
        #expect(throws: StoreFailure.self) { try store.close() }
    }

    /// A trace needs what a run took before its store failed.
    @Test func whatAStoreGaveBeforeItFailedIsKnown() throws {
        let folder = try TemporaryFolder()
        var batches = RandomBatches(seed: 8)
        var (row, content) = (batches.row(), RegionContent())
        while content.cells.isEmpty {
            row = batches.row()
            content = batches.content(of: row)
        }
        let first = try FileStore(path: folder.file("a.store"))
        first.handOver(StoreBatch(frame: 1, clock: 1, operations: [.write(row, content)]))
        try first.close()

        let gate = Gate()
        let transactions = Atomic<Int>(0)
        var limits = FileStore.Limits()
        limits.operations = 3
        let store = try FileStore(
            path: folder.file("a.store"), pace: .live, limits: limits,
            beforeTransaction: {
                if transactions.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { gate.wait() }
            })
        store.handOver(StoreBatch(frame: 2, clock: 2, operations: [.read(row, sequence: 1)]))
        while store.readyReplies().isEmpty { usleep(200) }
        for _ in 0..<9 {
            store.handOver(StoreBatch(frame: 3, clock: 3, operations: [.delete(batches.row())]))
        }
        #expect(store.failure != nil)
        gate.open()
        #expect(throws: StoreFailure.self) { try store.close() }
        #expect(store.contentsAtOpening.index.rows.map(\.key) == [row])
        #expect(store.contentsAtOpening.taken[row] == content.bytes)
    }
}
