import Foundation
import Hashing
import Persistence
import StoreSupport
import Streaming
import Synchronization
import Testing
import Topology

/// Whatever is handed over, in whatever pace the disk does it: a file replies what a store in memory replies.
@Suite struct EquivalenceTests {
    @Test(arguments: TestSize.seeds)
    func aFileRepliesWhatMemoryReplies(_ seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("lights.store")
        var batches = RandomBatches(seed: seed)
        var memory = MemoryStore()
        for session in 0..<4 {
            let pace = Mutex(SeededGenerator(seed: seed &+ UInt64(session)))
            let file = try FileStore(
                path: path,
                beforeTransaction: {
                    let pause = pace.withLock { UInt32.random(in: 0...400, using: &$0) }
                    usleep(session == 0 ? 0 : pause)
                })
            file.open(nil)
            memory.open(nil)
            #expect(file.indexAtOpening == memory.contents.index, "\(TestSize.repetition(seed))")
            var waiting: [UInt64] = []
            for _ in 0..<40 {
                let batch = batches.batch(Int.random(in: 1...30, using: &batches.random))
                file.handOver(batch)
                memory.handOver(batch)
                if Int.random(in: 0..<6, using: &batches.random) == 0 {
                    let row = batches.row()
                    file.damage(row)
                    memory.damage(row)
                }
                waiting += batch.requests
                // Replies are asked for late, and in another order than they were requested.
                while waiting.count > 8 {
                    let sequence = waiting.remove(
                        at: Int.random(in: 0..<waiting.count, using: &batches.random))
                    if Int.random(in: 0..<9, using: &batches.random) == 0 {
                        file.abandon(sequence)
                        memory.abandon(sequence)
                        continue
                    }
                    #expect(file.wait(for: [sequence]))
                    try #require(
                        file.finish(sequence) == memory.finish(sequence),
                        "request \(sequence), \(TestSize.repetition(seed))")
                }
            }
            for sequence in waiting { try #require(file.finish(sequence) == memory.finish(sequence)) }
            let taken = try file.close().taken
            for (key, bytes) in taken { #expect(!bytes.isEmpty, "\(key)") }
        }
    }

    /// Rows stand in the file in the order of their first write; the index is by key.
    @Test func theOrderOfRowsInTheFileDoesNotShow() throws {
        var indexes: [StoreIndex] = []
        for seed: UInt64 in [1, 2, 3] {
            let folder = try TemporaryFolder()
            var batches = RandomBatches(seed: 9)
            var writes: [StoreOperation] = []
            for _ in 0..<200 {
                let row = batches.row()
                writes.append(.write(row, batches.content(of: row)))
            }
            // One write for each row, so that only their order differs.
            var seen: Set<RowKey> = []
            writes = writes.filter { operation in
                guard case .write(let row, let content) = operation else { return false }
                return !content.cells.isEmpty && seen.insert(row).inserted
            }
            var random = SeededGenerator(seed: seed)
            let file = try FileStore(path: folder.file("a.store"))
            file.handOver(StoreBatch(frame: 1, clock: 5, operations: writes.shuffled(using: &random)))
            try file.close()
            let again = try FileStore(path: folder.file("a.store"))
            indexes.append(again.indexAtOpening)
            try again.close()
        }
        #expect(indexes[0].rows.count > 20)
        #expect(indexes[0] == indexes[1])
        #expect(indexes[0] == indexes[2])
    }

    @Test func aStoreIsFilledFromATrace() throws {
        var batches = RandomBatches(seed: 12)
        var memory = MemoryStore()
        for _ in 0..<10 { memory.handOver(batches.batch(20)) }
        let folder = try TemporaryFolder()
        let file = try FileStore(path: folder.file("a.store"))
        file.open(memory.contents)
        file.handOver(StoreBatch(frame: 99, clock: 0, operations: [.readIndex(sequence: 0)]))
        #expect(file.finish(0) == .index(memory.contents.index))
        for (sequence, entry) in memory.contents.index.rows.enumerated() {
            let batch = StoreBatch(
                frame: 100, clock: batches.clock + 1,
                operations: [.read(entry.key, sequence: UInt64(sequence + 1))])
            file.handOver(batch)
            memory.handOver(batch)
            #expect(file.finish(UInt64(sequence + 1)) == memory.finish(UInt64(sequence + 1)))
        }
        try file.close()
    }
}
