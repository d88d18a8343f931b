import Persistence
import StoreSupport
import Streaming
import Testing

/// How much of a run a store holds: whole batches, and operations of the batch after them.
struct Prefix {
    var batches = 0
    var operations = 0

    /// Finds the operations after which a store holds just this. The digests in an index stand for the cells of its rows: whether the rows are
    /// what they say is asked elsewhere (``StoreInspection/faults(_:)``).
    ///
    /// - Parameters:
    ///   - index: what the store holds.
    ///   - memory: the store before the run; then after the operations that were found.
    ///   - next: the run's batches in their order, each with a later clock than the one before.
    /// - Returns: nil where there are none.
    static func find(
        _ index: StoreIndex, _ memory: inout MemoryStore, next: () -> StoreBatch?
    ) -> Prefix? {
        var prefix = Prefix()
        if index.clock == memory.clock { return index == memory.contents.index ? prefix : nil }
        while let batch = next(), batch.clock <= index.clock {
            guard batch.clock == index.clock else {
                memory.handOver(batch)
                for request in batch.requests { memory.abandon(request) }
                prefix.batches += 1
                continue
            }
            // The last operation of several after which it is the same: some change nothing.
            var found: MemoryStore?
            for (place, operation) in batch.operations.enumerated() {
                memory.handOver(StoreBatch(frame: batch.frame, clock: batch.clock, operations: [operation]))
                guard memory.contents.index == index else { continue }
                found = memory
                prefix.operations = place + 1
            }
            guard let found else { return nil }
            memory = found
            return prefix.operations == batch.operations.count ? Prefix(batches: prefix.batches + 1) : prefix
        }
        return nil
    }

    /// Opens the file of a store that was new when the batches of `seed` were handed over to it, and expects whole rows, and no less than
    /// those batches; then closes it.
    static func expect(_ path: String, seed: UInt64, atLeast batches: Int) throws {
        let store = try FileStore(path: path)
        let found = store.indexAtOpening
        try store.close()
        #expect(found.damagedRows == 0)
        #expect(try StoreInspection.faults(path).faults.isEmpty)
        var memory = MemoryStore()
        var all = HeavyBatches(seed: seed, after: 0)
        let prefix = try #require(find(found, &memory) { all.next() }, "what no prefix of the run holds")
        #expect(prefix.batches >= batches)
    }
}
