import Foundation
import Persistence
import StoreSupport
import Streaming
import Testing

/// A disk on which one sync takes half a second, or five: the store is late, and nobody waits for it who must not.
@Suite struct SlowDiskTests {
    @Test(arguments: [500, 5000] as [Int32])
    func aLiveRunNeverWaitsForASync(_ milliseconds: Int32) throws {
        let folder = try TemporaryFolder()
        let disk = try TestDisk(folder)
        var limits = FileStore.Limits()
        limits.bytes = 300_000
        let store = try FileStore(path: folder.file("a.store"), pace: .live, limits: limits)
        store.open(nil)
        var batches = HeavyBatches(seed: 8, after: 0)
        let clock = ContinuousClock()
        var duringSync: [Duration] = []
        var dropped = 0
        disk.delaySyncs(milliseconds: milliseconds, count: 1)
        let end = clock.now + .milliseconds(milliseconds) + .milliseconds(200)
        while clock.now < end {
            let batch = batches.next()
            let isSyncing = disk.isSyncing
            let start = clock.now
            store.handOver(batch)
            let ready = store.readyReplies()
            dropped += store.takeDroppedWriteBacks().count
            // Only a call that began and ended within the sync counts: what is looked for is one that waits for its end.
            let taken = clock.now - start
            if isSyncing { duringSync.append(taken) }
            for request in ready { _ = store.finish(request) }
            usleep(3000)
        }
        duringSync.sort()
        let longest = try #require(duringSync.last, "no call while the sync was under way")
        let median = duringSync[duringSync.count / 2]
        print("sync of \(milliseconds) ms: \(duringSync.count) calls, median \(median), longest \(longest)")
        #expect(duringSync.count >= 10)
        // Generous, since the machine may have other things to do; whoever waits for the sync waits longer.
        #expect(median < .milliseconds(5))
        #expect(longest < .milliseconds(100))
        #expect(dropped > 0, "so much waits that write-backs must be dropped")
        #expect(store.failure == nil)
        try store.close()
        #expect(try StoreInspection.faults(folder.file("a.store")).faults.isEmpty)
    }

    @Test func aModelledRunWaitsAndGetsTheSameReplies() throws {
        let folder = try TemporaryFolder()
        let disk = try TestDisk(folder)
        let store = try FileStore(path: folder.file("a.store"))
        var memory = MemoryStore()
        var batches = HeavyBatches(seed: 9, after: 0)
        disk.delaySyncs(milliseconds: 500, count: 1)
        for _ in 0..<20 {
            let batch = batches.next()
            store.handOver(batch)
            memory.handOver(batch)
            for request in batch.requests {
                try #require(store.wait(for: [request]))
                #expect(store.finish(request) == memory.finish(request))
            }
        }
        try store.close()
        let again = try FileStore(path: folder.file("a.store"))
        #expect(again.indexAtOpening == memory.contents.index)
        try again.close()
    }
}
