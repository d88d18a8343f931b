import Hashing
import PlantedFaults
import Topology

// Stage 3, shift: every window moves to its anchor. A slot whose cell left gets the cell that entered,
// empty and with a new generation, which retires the request that was out for the old cell.

extension StreamingSystem {
    mutating func shift(_ frame: inout FrameContext) {
        liftAll(&frame)
        if frame.endsSession { dropSession(&frame) }
        if frame.rebuilds { rebuild(frame) }
        for level in levels.indices {
            let before = frame.rebuilds ? nil : levels[level].window
            levels[level].snap = frame.snaps[level]
            let after = Window(
                anchor: frame.snaps[level].anchor, resolution: levels[level].window.resolution)
            let shift = WindowShift(from: before, to: after)
            if frame.lifts(level), let before { lift(shift.leaving, level, before, &frame) }
            let retired = levels[level].move(to: after, shift, from: before, &frame, &visitOrder)
            frame.shifts.append(shift)
            frame.windowsBefore.append(before)
            frame.outputs.append(before != nil)
            if let before { frame.outputs.append(before.minimum) }
            frame.outputs.append(after.minimum)
            frame.outputs.append(UInt32(retired))
        }
        frame.close(.shift, of: self)
    }

    /// Where the key ends and there is a store, every far cell is kept, whether it leaves its window or not.
    private mutating func liftAll(_ frame: inout FrameContext) {
        guard frame.endsKey, let before = frame.configurationBefore else {
            frame.lifted = Array(repeating: [], count: levels.count)
            frame.liftsFrom =
                frame.configuration.map { $0.cacheBytes > 0 || store != nil ? Int($0.nearLevels) : .max }
                ?? .max
            return
        }
        frame.lifted = Array(repeating: [], count: levels.count)
        guard frame.closing != nil || store != nil else { return }
        for level in levels.indices where level >= before.nearLevels {
            lift([levels[level].window.box], level, levels[level].window, &frame)
        }
    }

    /// Lifts the cells of a level out that are worth it: Valid or Stale.
    private mutating func lift(
        _ boxes: [CellBox], _ level: Int, _ window: Window, _ frame: inout FrameContext
    ) {
        let probes = levels[level].probes
        let payloads = levels[level].payloads
        for box in boxes {
            var first: Int32?
            visitOrder.forEach(in: box) { cell in
                let slot = window.slot(of: cell)
                let probe = probes[slot.index]
                guard probe.lifecycle == .valid || probe.lifecycle == .stale else { return }
                first = first ?? probe.lastUpdated
                frame.lifted[level].append(
                    CachedCell(
                        cell: cell,
                        lastUpdated: planted(
                            .ageOfFirst, probe.lastUpdated, instead: first ?? probe.lastUpdated),
                        payload: payloads[slot.index]))
            }
        }
    }

    /// A session's end drops its state. Its workers are gone with it: the casts in flight are abandoned, and so is
    /// what was claimed in this frame.
    private mutating func dropSession(_ frame: inout FrameContext) {
        frame.abandoned = flights.drain(due: Int32.max).map(\.frame)
        frame.claimed = []
        queue.removeAll(countsAll: false)
        levels = []
    }

    /// All levels anew, in a new epoch: what is queued is dropped, what is in flight no longer counts
    /// but takes its room until it is drained.
    private mutating func rebuild(_ frame: FrameContext) {
        guard let lattice = frame.configuration?.lattice else { return }
        epoch += planted(.epochKept, 1, instead: 0)
        queue.removeAll(countsAll: !variant.hasGenerations)
        levels = frame.snaps.indices.map {
            ProbeLevel(
                level: $0, lattice: lattice, snap: frame.snaps[$0], hasGenerations: variant.hasGenerations)
        }
        if selectionOrder?.resolution != lattice.resolution {
            selectionOrder = SelectionOrder(resolution: lattice.resolution)
        }
    }
}

extension ProbeLevel {
    /// Moves the window and hands the slots over, cell by cell of the sets that left and entered.
    ///
    /// - Returns: the number of requests that were retired.
    fileprivate mutating func move(
        to after: Window, _ shift: WindowShift, from before: Window?, _ frame: inout FrameContext,
        _ visitOrder: inout VisitOrder
    ) -> Int {
        var leavingSum = LeafSum()
        var enteringSum = LeafSum()
        var retired = 0
        var left = 0
        var entered = 0
        if let before {
            for box in shift.leaving {
                box.forEach { cell in
                    leavingSum.add(
                        probes[before.slot(of: cell).index].record(level: level, cell: cell).leaf)
                    left += 1
                }
            }
        }
        window = after
        for box in shift.entering {
            visitOrder.forEach(in: box) { cell in
                let slot = after.slot(of: cell)
                if replace(slot, leaving: before?.cell(at: slot), entering: cell) { retired += 1 }
                enteringSum.add(probes[slot.index].record(level: level, cell: cell).leaf)
                entered += 1
            }
        }
        frame.outputs.append(leavingSum)
        frame.outputs.append(enteringSum)
        frame.counts[level].left = left
        frame.counts[level].entered = entered
        return retired
    }
}
