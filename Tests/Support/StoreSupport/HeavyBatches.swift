package import Streaming

/// What `store-forever` hands over, batch by batch: a function of the seed and of the clock that the store had, so that whoever kills it
/// knows what every batch was.
package struct HeavyBatches {
    private var batches: RandomBatches

    /// The clock is that of the store; every batch has a later one, so that a store's clock says which batch was its last.
    package init(seed: UInt64, after clock: Int64) {
        batches = RandomBatches(seed: seed)
        batches.clock = clock
        // The third kind of key has the large regions: 1,728 cells of 60 bytes.
        batches.edges = [4, 8, 12]
        batches.regions = 8
    }

    /// One in six is of 40 write-backs at least, which with the large regions among them are more than one transaction (1 MiB) takes.
    /// The last operation is a request.
    package mutating func next() -> StoreBatch {
        let isHeavy = Int.random(in: 0..<6, using: &batches.random) == 0
        var batch = batches.batch(Int.random(in: 1...12, using: &batches.random))
        if isHeavy {
            for _ in 0..<40 {
                let row = batches.row()
                batch.operations.append(.write(row, batches.content(of: row)))
            }
        }
        batches.sequence += 1
        batch.operations.append(.read(batches.row(), sequence: batches.sequence))
        return batch
    }
}
