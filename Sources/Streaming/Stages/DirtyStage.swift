import Hashing
import PlantedFaults
package import Topology
import Voxels

// Stage 5, dirty: what entered and was not restored, what the layout's change made worthless, and what
// the frame's boxes meet. A box outside the window dirties nothing.

extension StreamingSystem {
    mutating func dirty(_ frame: inout FrameContext) {
        for level in levels.indices {
            var byEntry = LeafSum()
            var byLayout = LeafSum()
            var byBox = LeafSum()
            let dirtied =
                dirtyEntering(level, frame, &byEntry) + dirtyForLayout(level, frame, &byLayout)
                + dirtyBoxes(level, frame, &byBox)
            frame.counts[level].dirtied = dirtied
            frame.outputs.append(byEntry)
            frame.outputs.append(byLayout)
            frame.outputs.append(byBox)
        }
        var met: UInt32 = 0
        for box in frame.invalidated { met += invalidateKept(box, &frame.outputs) }
        frame.outputs.append(met)
        frame.close(.dirty, of: self)
    }

    /// In the first frame of a session and after a rebuild the entering cells stay Uninitialized. Those that were restored are not
    /// Uninitialized any more.
    private mutating func dirtyEntering(
        _ level: Int, _ frame: FrameContext, _ sum: inout LeafSum
    ) -> Int {
        guard !frame.rebuilds else { return 0 }
        var count = 0
        for box in frame.shifts[level].entering {
            visitOrder.forEach(in: box) { cell in
                guard levels[level].state(of: cell).lifecycle == .uninitialized else { return }
                levels[level].dirty(cell, &sum)
                count += 1
            }
        }
        return count
    }

    private mutating func dirtyForLayout(
        _ level: Int, _ frame: FrameContext, _ sum: inout LeafSum
    ) -> Int {
        guard frame.changesLayout, !frame.rebuilds else { return 0 }
        let window = levels[level].window
        visitOrder.forEach(in: window.box) { cell in
            let slot = window.slot(of: cell)
            if !planted(.layoutIgnored, if: levels[level].payloads[slot.index].isValid) {
                levels[level].clearPayload(slot, cell)
            }
            levels[level].dirty(cell, retiringFlight: true, &sum)
        }
        return window.count
    }

    private mutating func dirtyBoxes(
        _ level: Int, _ frame: FrameContext, _ sum: inout LeafSum
    ) -> Int {
        guard let lattice = frame.configuration?.lattice else { return 0 }
        var count = 0
        for box in frame.invalidated {
            let met = meeting(box, level, lattice)
            visitOrder.forEach(in: met) { cell in
                if levels[level].state(of: cell).lifecycle == .inFlight {
                    if planted(.lostInvalidation) { return }
                    let solid = world.isSolidAtCentre(of: cell, level: level, lattice)
                    levels[level].markInFlight(cell, solid: solid, &sum)
                } else {
                    levels[level].dirty(cell, &sum)
                }
                count += 1
            }
        }
        return count
    }
}

extension StreamingSystem {
    private func meeting(_ box: WorldBox, _ level: Int, _ lattice: Lattice) -> CellBox {
        variant.clampsBoxes
            ? lattice.cellsClamped(meeting: box, level: level, in: levels[level].window)
            : lattice.cells(meeting: box, level: level, in: levels[level].window)
    }
}

extension VoxelWorld {
    /// Whether the voxel at the centre of a cell is loaded and solid.
    func isSolidAtCentre(of cell: Cell, level: Int, _ lattice: Lattice) -> Bool {
        let centre = lattice.centre(of: cell, level: level)
        return planted(
            .truncatedCentre, isKnownSolid(VoxelCoordinate(containing: centre)),
            instead: isKnownSolid(
                VoxelCoordinate(Int64(centre.x), Int64(centre.y), Int64(centre.z))))
    }
}

extension ProbeLevel {
    /// - Precondition: the window contains `cell`.
    package func state(of cell: Cell) -> ProbeState { probes[window.slot(of: cell).index] }

    /// Makes a probe Dirty and free to be selected at once; a request that waits in the queue is retired.
    ///
    /// `retiringFlight` retires a cast in flight as well; without it the probe is not InFlight.
    fileprivate mutating func dirty(
        _ cell: Cell, retiringFlight: Bool = false, _ sum: inout LeafSum
    ) {
        let slot = window.slot(of: cell)
        let hasGenerations = hasGenerations
        update(slot, cell: cell) { probe in
            if planted(.requestKept, if: probe.lifecycle == .queued) {
                probe.queuedAt = 0
                probe.ticket = 0
            } else if probe.lifecycle == .queued || (retiringFlight && probe.lifecycle == .inFlight) {
                probe.retireRequest(hasGenerations: hasGenerations)
            }
            probe.lifecycle = .dirty
            probe.retryAfter = 0
        }
        sum.add(probes[slot.index].record(level: level, cell: cell).leaf)
    }

    /// Notes on a probe in flight that its result will be wrong. Whether it is to be disabled follows
    /// the newest invalidation: a centre that was filled and is empty again does not disable.
    fileprivate mutating func markInFlight(_ cell: Cell, solid: Bool, _ sum: inout LeafSum) {
        let slot = window.slot(of: cell)
        update(slot, cell: cell) { $0.afterFlight = solid ? [.dirty, .disable] : [.dirty] }
        sum.add(probes[slot.index].record(level: level, cell: cell).leaf)
    }
}
