import Foundation
import Persistence
import StoreSupport
import Streaming

// Hands batches over to a store as fast as it can until it is killed or the store is off, and prints the number of each batch, from 1,
// after it was committed. The batches are those of `HeavyBatches`; the test that kills it knows them by heart.
//
//   store-forever PATH SEED

guard CommandLine.arguments.count == 3, let seed = UInt64(CommandLine.arguments[2]) else {
    tell("usage: store-forever PATH SEED")
    exit(64)
}

do {
    let store = try FileStore(path: CommandLine.arguments[1])
    try work(store, HeavyBatches(seed: seed, after: store.indexAtOpening.clock))
} catch {
    tell(error.sentence)
    exit(74)
}

/// Up to three batches wait for the disk while the next is made.
func work(_ store: FileStore, _ all: HeavyBatches) throws(StoreFailure) -> Never {
    var batches = all
    var waiting: [[UInt64]] = []
    var committed = 0
    store.open(nil)
    while true {
        let batch = batches.next()
        store.handOver(batch)
        waiting.append(batch.requests)
        guard waiting.count > 3 else { continue }
        let requests = waiting.removeFirst()
        guard store.wait(for: requests) else {
            try store.close()
            fatalError("a store that failed was closed without an error")
        }
        // The last of a batch's requests is its last operation, and a reply comes after the commit.
        for request in requests { _ = store.finish(request) }
        committed += 1
        FileHandle.standardOutput.write(Data("committed \(committed)\n".utf8))
    }
}

func tell(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
