import Hashing
import Topology
import Voxels

/// A sum or a set that was kept up to date by increments and is not what a rebuild from scratch gives.
/// It is a fault of the bookkeeping, and says nothing about the trace.
package struct IncrementalFault: Hashable, Sendable, CustomStringConvertible {
    /// What was compared.
    package var name: String
    package var incremental: String
    package var rebuilt: String

    package var description: String { "\(name): kept \(incremental), rebuilt \(rebuilt)" }
}

extension StreamingSystem {
    /// Rebuilds everything that is kept incrementally, and compares.
    ///
    /// Complexity: O(cells + casts in flight + edited voxels).
    package func incrementalFaults() -> [IncrementalFault] {
        var faults: [IncrementalFault] = []
        func compare<Value: Equatable>(_ name: String, _ incremental: Value, _ rebuilt: Value) {
            guard incremental != rebuilt else { return }
            faults.append(
                IncrementalFault(name: name, incremental: "\(incremental)", rebuilt: "\(rebuilt)"))
        }
        for level in levels {
            let rebuilt = level.rebuiltSums()
            compare("state sum of level \(level.level)", level.stateSum, rebuilt.states)
            compare("payload sum of level \(level.level)", level.payloadSum, rebuilt.payloads)
            compare("queue sum of level \(level.level)", level.queueSum, rebuilt.queued)
            let candidates = level.rebuiltCandidates(beforeFrame: nextFrame ?? 0)
            compare("fresh probes of level \(level.level)", level.fresh.members.sorted(), candidates.fresh)
            compare("stale probes of level \(level.level)", level.stale.members.sorted(), candidates.stale)
        }
        compare("sums of the queue's requests", queue.sums, queue.rebuiltSums())
        // Without generations a probe may have more than one request; each that is Queued has its own.
        let queued =
            queue.countsAll
            ? Set(queue.requests.filter(isQueued).map { "\($0.level) \($0.slot.index)" }).count
            : queue.requests.filter(isQueued).count
        let marked = levels.reduce(0) { $0 + $1.probes.count { $0.lifecycle == .queued } }
        compare("requests in the queue", queued, marked)
        compare("sum of the casts in flight", flights.sum, flights.rebuiltSum())
        compare("casts in flight", flights.count, flights.batches.reduce(0) { $0 + $1.flights.count })
        let cached = cache.rebuilt()
        compare("sum of the cached cells", cache.cellSum, cached.cells)
        compare("sum of the cache's entries", cache.entrySum, cached.entries)
        compare("bytes of the cache", cache.bytes, cached.bytes)
        if let store {
            let rebuilt = store.rebuilt()
            compare("sum of the store's rows", store.rowSum, rebuilt.sum)
            compare("bytes of the store's rows", store.bytes, rebuilt.bytes)
        }
        compare("cells both in the window and in the cache", 0, cellsInBoth)
        compare("sum of the world", world.contentSum, world.rebuiltContentSum())
        return faults
    }
}

extension StreamingSystem {
    private var cellsInBoth: Int {
        var count = 0
        // Order: counted.
        for entry in cache.entries.values {
            let level = Int(entry.key.level)
            guard level < levels.count else { continue }
            count += entry.cells.count { levels[level].window.contains($0.cell) }
        }
        return count
    }
}

extension RegionCache {
    fileprivate func rebuilt() -> (cells: LeafSum, entries: LeafSum, bytes: Int64) {
        var (cells, sum, bytes) = (LeafSum(), LeafSum(), Int64(0))
        // Order: sums are the same in any order.
        for entry in entries.values {
            for cell in entry.cells { cells.add(cell.record(level: entry.key.level).leaf) }
            sum.add(entry.record.leaf)
            bytes += entry.bytes
        }
        return (cells, sum, bytes)
    }
}

extension ProbeLevel {
    fileprivate func rebuiltSums() -> (states: LeafSum, payloads: LeafSum, queued: LeafSum) {
        var states = LeafSum()
        var payloadLeaves = LeafSum()
        var queued = LeafSum()
        window.box.forEach { cell in
            let slot = window.slot(of: cell)
            let probe = probes[slot.index]
            states.add(probe.record(level: level, cell: cell).leaf)
            if payloads[slot.index].isValid {
                payloadLeaves.add(payloads[slot.index].record(level: level, cell: cell).leaf)
            }
            if probe.lifecycle == .queued {
                queued.add(probe.queuedRecord(level: level, cell: cell).leaf)
            }
        }
        return (states, payloadLeaves, queued)
    }

    /// A probe whose retry frame has come joins the candidates when the next frame selects; until then
    /// either answer is right, and here it counts as released once the frame before has selected.
    fileprivate func rebuiltCandidates(beforeFrame next: Int64) -> (fresh: [Int32], stale: [Int32]) {
        var fresh: [Int32] = []
        var stale: [Int32] = []
        for (index, probe) in probes.enumerated() {
            switch probe.lifecycle {
            case .uninitialized, .dirty:
                if Int64(probe.retryAfter) < next { fresh.append(Int32(index)) }
            case .stale: stale.append(Int32(index))
            case .valid, .inFlight, .disabled, .queued: break
            }
        }
        return (fresh, stale)
    }
}
