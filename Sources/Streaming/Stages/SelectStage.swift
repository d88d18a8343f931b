import Hashing
import PlantedFaults
import Topology

// Stage 6, select: what is old becomes Stale, what waited too long in the queue becomes Dirty, and the
// budgets are spent on the nearest probes of each level, finest level first.

extension StreamingSystem {
    mutating func select(_ frame: inout FrameContext) {
        var expired = Array(repeating: LeafSum(), count: levels.count)
        expireQueued(&frame, &expired)
        for level in levels.indices {
            levels[level].releaseRetries(frame: frame.frame)
            let promoted = levels[level].promoteStale(frame: frame.frame)
            frame.counts[level].promoted = promoted.count
            frame.outputs.append(promoted.sum)
            frame.outputs.append(expired[level])
        }
        if let budgets = frame.configuration?.budgets, let order = selectionOrder {
            spend(budgets, order, &frame)
        }
        frame.close(.select, of: self)
    }

    /// The queue is in the order of selection, so what has waited longest stands in front.
    private mutating func expireQueued(_ frame: inout FrameContext, _ sums: inout [LeafSum]) {
        while let request = queue.first {
            if isQueued(request) {
                let age = frame.frame - request.queuedAt
                guard age >= Model.queueExpiryFrames else { return }
                if planted(.lateExpiry, if: age == Model.queueExpiryFrames) { return }
                if planted(.requestLost) {
                    _ = queue.removeFirst()
                    continue
                }
                levels[request.level].update(request.slot, cell: request.cell) { probe in
                    probe.retireRequest()
                    probe.lifecycle = .dirty
                }
                let probe = levels[request.level].probes[request.slot.index]
                sums[request.level].add(probe.record(level: request.level, cell: request.cell).leaf)
                frame.counts[request.level].expired += 1
            }
            _ = queue.removeFirst()
        }
    }

    private mutating func spend(
        _ budgets: Budgets, _ order: SelectionOrder, _ frame: inout FrameContext
    ) {
        var left = budgets.maximumProbes
        for level in levels.indices {
            let slots = levels[level].nearestCandidates(
                limit: min(Int(budgets.perLevel[level]), left), order: order)
            left -= planted(.totalIgnored, slots.count, instead: 0)
            frame.counts[level].selected = slots.count
            for slot in slots { enqueue(slot, level, &frame) }
        }
    }

    private mutating func enqueue(_ slot: Slot, _ level: Int, _ frame: inout FrameContext) {
        let cell = levels[level].window.cell(at: slot)
        let generation = levels[level].probes[slot.index].generation
        let ticket = queue.append(
            Request(
                level: level, cell: cell, slot: slot, generation: generation, queuedAt: frame.frame))
        levels[level].update(slot, cell: cell) { probe in
            probe.lifecycle = .queued
            probe.queuedAt = frame.frame
            probe.retryAfter = 0
            probe.ticket = ticket
        }
        frame.appendOutput(level: level, cell: cell, generation: generation)
    }

    /// Whether a request in the queue still counts; a retired one does not.
    func isQueued(_ request: Request) -> Bool {
        let probe = levels[request.level].probes[request.slot.index]
        return probe.lifecycle == .queued && probe.generation == request.generation
    }
}
