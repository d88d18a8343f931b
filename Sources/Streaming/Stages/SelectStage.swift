import DequeModule
import Hashing
import PlantedFaults
import Topology

// Stage 6, select: what is old becomes Stale, what waited too long in the queue becomes Dirty, and the
// budgets are spent on the nearest probes of each level, finest level first.

extension StreamingSystem {
    mutating func select(_ frame: inout FrameContext) {
        var expired = Array(repeating: LeafSum(), count: levels.count)
        expireQueued(&frame, &expired)
        var selected: [[Slot]] = []
        var left = frame.configuration?.budgets.maximumProbes(variant) ?? 0
        for level in levels.indices {
            levels[level].releaseRetries(frame: frame.frame)
            let isReached = left > 0 || !variant.promotesOnlyReachedLevels
            let promoted = isReached ? levels[level].promoteStale(frame: frame.frame) : (LeafSum(), 0)
            frame.counts[level].promoted = promoted.1
            frame.outputs.append(promoted.0)
            frame.outputs.append(expired[level])
            selected.append(spend(frame.configuration?.budgets.perLevel[level] ?? 0, level, &left))
        }
        for level in levels.indices {
            frame.counts[level].selected = selected[level].count
            for slot in selected[level] { enqueue(slot, level, &frame) }
        }
        frame.close(.select, of: self)
    }

    /// The queue is in the order of selection, so what has waited longest stands in front.
    private mutating func expireQueued(_ frame: inout FrameContext, _ sums: inout [LeafSum]) {
        guard variant.hasGenerations else {
            expireKeepingRequests(&frame, &sums)
            return
        }
        while let request = queue.first {
            if isQueued(request) {
                let age = frame.frame - request.queuedAt
                guard age >= Model.queueExpiryFrames else { return }
                if planted(.lateExpiry, if: age == Model.queueExpiryFrames) { return }
                let late = age - Model.queueExpiryFrames
                if planted(.localTime, if: late < Host.hoursFromUTC.magnitude)
                    || planted(.localDate, if: !Host.isLocaleC && late < Host.hoursFromUTC.magnitude)
                {
                    return
                }
                if planted(.requestLost) {
                    _ = queue.removeFirst()
                    continue
                }
                levels[request.level].update(request.slot, cell: request.cell) { probe in
                    probe.retireRequest(hasGenerations: true)
                    probe.lifecycle = .dirty
                }
                let probe = levels[request.level].probes[request.slot.index]
                sums[request.level].add(probe.record(level: request.level, cell: request.cell).leaf)
                frame.counts[request.level].expired += 1
            }
            _ = queue.removeFirst()
        }
    }

    /// Without generations nothing retires a request: it stays in the queue when its probe has expired. A probe that is Queued has a
    /// request of its own there, so that those that are due are among the requests that have waited as long.
    private mutating func expireKeepingRequests(_ frame: inout FrameContext, _ sums: inout [LeafSum]) {
        for request in queue.requests {
            guard frame.frame - request.queuedAt >= Model.queueExpiryFrames else { return }
            let probe = levels[request.level].probes[request.slot.index]
            guard probe.lifecycle == .queued, frame.frame - probe.queuedAt >= Model.queueExpiryFrames else {
                continue
            }
            let cell = levels[request.level].window.cell(at: request.slot)
            levels[request.level].update(request.slot, cell: cell) { probe in
                probe.retireRequest(hasGenerations: false)
                probe.lifecycle = .dirty
            }
            let expired = levels[request.level].probes[request.slot.index]
            sums[request.level].add(expired.record(level: request.level, cell: cell).leaf)
            frame.counts[request.level].expired += 1
        }
    }

    /// The probes that a level takes of what is left of the budgets, nearest first.
    private mutating func spend(_ budget: Int32, _ level: Int, _ left: inout Int) -> [Slot] {
        guard let order = selectionOrder else { return [] }
        let room = planted(.fullEnvironment, left, instead: Host.hasLargeEnvironment ? left - 1 : left)
        var slots = levels[level].nearestCandidates(
            limit: min(Int(budget), room), order: order, &visitOrder)
        if planted(
            .idleRefresh,
            if: slots.isEmpty && min(Int(budget), left) > 0 && levels[level].mayIdle(nextFrame ?? 0))
        {
            slots = [levels[level].window.slot(of: levels[level].snap.cameraCell)]
        }
        left -= planted(.totalIgnored, slots.count, instead: 0)
        return slots
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

extension ProbeLevel {
    /// Whether a planted fault finds the camera's own cell Valid, and not quite new.
    fileprivate func mayIdle(_ nextFrame: Int64) -> Bool {
        guard window.contains(snap.cameraCell) else { return false }
        let probe = state(of: snap.cameraCell)
        return probe.lifecycle == .valid && nextFrame - Int64(probe.lastUpdated) > 8
    }
}
