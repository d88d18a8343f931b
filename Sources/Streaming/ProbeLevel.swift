import DequeModule
package import Hashing
import HeapModule
import PlantedFaults
package import Topology
package import Voxels

/// One level of the clipmap: its window, the state and the payload of the probe in every slot, the sums
/// over their leaves, and the sets that selection draws from.
///
/// Shapes: `probes` and `payloads` have N*N*N elements, indexed by slot. Every change of a probe goes
/// through ``update(_:cell:_:)`` or ``store(_:in:cell:)``, which keep the sums and the sets up to date in
/// O(1); everything derived can be rebuilt from `probes` and `payloads` alone.
package struct ProbeLevel: Sendable {
    package let level: Int
    package let spacing: Double
    /// Age in frames at which Valid becomes Stale.
    package let staleAgeFrames: Int32
    /// See ``Variant/hasGenerations``.
    let hasGenerations: Bool
    package internal(set) var snap: Snap {
        didSet {
            guard snap.cameraCell != oldValue.cameraCell else { return }
            fresh.nearestDistance = 0
            stale.nearestDistance = 0
        }
    }
    package internal(set) var window: Window
    package private(set) var probes: [ProbeState]
    package private(set) var payloads: [Payload]

    /// Sum over the leaves of the state records of all cells of the window.
    package private(set) var stateSum = LeafSum()
    /// Sum over the leaves of the payload records of the cells that have a payload.
    package private(set) var payloadSum = LeafSum()
    /// Sum over the leaves of the places in the queue.
    package private(set) var queueSum = LeafSum()

    /// Dirty and Uninitialized probes that nothing holds back.
    var fresh: SlotSet
    var stale: SlotSet
    /// Dirty probes that wait for their retry frame, in the order of that frame, with entries that no
    /// longer hold among them.
    private var retries: Deque<Timer> = []
    /// Valid probes in the order in which they become Stale, with entries that no longer hold.
    private var ageing: Deque<Timer> = []
    /// Those of them that were restored, and come due before some that stand in front of them.
    private var ageingRestored = Heap<Timer>()

    private struct Timer: Comparable, Sendable {
        var dueFrame: Int32
        var slot: Int32

        static func < (a: Timer, b: Timer) -> Bool {
            (a.dueFrame, a.slot) < (b.dueFrame, b.slot)
        }
    }

    /// A level all of whose slots are empty; every cell of the window has yet to enter.
    init(level: Int, lattice: Lattice, snap: Snap, hasGenerations: Bool = true) {
        self.level = level
        self.hasGenerations = hasGenerations
        spacing = lattice.spacing(level: level)
        staleAgeFrames = Model.staleAgeFrames(spacing: spacing)
        self.snap = snap
        window = Window(anchor: snap.anchor, resolution: lattice.resolution)
        probes = Array(repeating: ProbeState(generation: 0), count: window.count)
        payloads = Array(repeating: .zero, count: window.count)
        fresh = SlotSet(slotCount: window.count)
        stale = SlotSet(slotCount: window.count)
    }

    /// A level whose slots hold what a snapshot of it held; everything derived is made anew.
    ///
    /// `probes` and `payloads` are in the order of the slots; `nextFrame` is the first frame that has not been
    /// stepped, which tells the retries that have come due already. O(cells * log(cells)).
    init(
        level: Int, lattice: Lattice, snap: Snap, probes: [ProbeState], payloads: [Payload], nextFrame: Int64,
        hasGenerations: Bool = true
    ) {
        self.init(level: level, lattice: lattice, snap: snap, hasGenerations: hasGenerations)
        self.probes = probes
        self.payloads = payloads
        for index in probes.indices {
            let cell = window.cell(at: Slot(index))
            enter(Slot(index), cell)
            if probes[index].lifecycle == .dirty, Int64(probes[index].retryAfter) < nextFrame {
                fresh.insert(index, squaredDistance: squaredDistance(cell))
            }
            if payloads[index].isValid {
                payloadSum.add(payloads[index].record(level: level, cell: cell).leaf)
            }
        }
        // Order: probes that come due in one frame are all taken in that frame, whichever stands in front.
        ageing = Deque(ageing.sorted { ($0.dueFrame, $0.slot) < ($1.dueFrame, $1.slot) })
        retries = Deque(retries.sorted { ($0.dueFrame, $0.slot) < ($1.dueFrame, $1.slot) })
    }

    // MARK: Changing a probe

    /// Changes the probe in `slot`, and with it the sums and the sets. O(1), three leaves at most.
    @inline(__always)
    mutating func update(_ slot: Slot, cell: Cell, _ change: (inout ProbeState) -> Void) {
        withdraw(slot, cell)
        change(&probes[slot.index])
        enter(slot, cell)
    }

    /// Gives the slot to `cell`, which has just come into the window: a new generation, all fields and
    /// the payload cleared.
    ///
    /// `leaving` is the cell that was in the slot, nil in the first frame of a session.
    ///
    /// - Returns: whether a request for the leaving cell was retired.
    mutating func replace(_ slot: Slot, leaving: Cell?, entering cell: Cell) -> Bool {
        if let leaving {
            withdraw(slot, leaving)
            clearPayload(slot, leaving)
        }
        let old = probes[slot.index]
        probes[slot.index] = ProbeState(generation: hasGenerations ? old.generation + 1 : 0)
        if planted(.uninitializedRead, if: Host.freshByte != 0)
            || planted(.freshArena, if: Host.hasOneProcessor && Host.freshByte != 0)
        {
            probes[slot.index].queuedAt = Int32(Host.freshByte)
        }
        enter(slot, cell)
        return old.lifecycle == .queued || old.lifecycle == .inFlight
    }

    /// Stores a payload in place of the one that is there.
    ///
    /// - Precondition: the payload is VALID; the flag is what says that a slot has one.
    mutating func store(_ payload: Payload, in slot: Slot, cell: Cell) {
        precondition(payload.isValid, "a cast succeeded with a payload that is not VALID")
        clearPayload(slot, cell)
        payloads[slot.index] = payload
        payloadSum.add(payload.record(level: level, cell: cell).leaf)
    }

    /// Gives a cell of the window back what was kept of it. It is Valid, as old as it was.
    mutating func restore(_ cell: Cell, _ payload: Payload, lastUpdated: Int32) {
        let slot = window.slot(of: cell)
        store(planted(.restoreWears, payload, instead: payload.worn), in: slot, cell: cell)
        update(slot, cell: cell) { probe in
            probe.lifecycle = .valid
            probe.lastUpdated = lastUpdated
            probe.retryAfter = 0
        }
    }

    mutating func clearPayload(_ slot: Slot, _ cell: Cell) {
        guard payloads[slot.index].isValid else { return }
        let leaf = payloads[slot.index].record(level: level, cell: cell).leaf
        if !planted(.sumKept) { payloadSum.remove(leaf) }
        payloads[slot.index] = .zero
    }

    @inline(__always)
    private mutating func withdraw(_ slot: Slot, _ cell: Cell) {
        let probe = probes[slot.index]
        stateSum.remove(probe.record(level: level, cell: cell).leaf)
        switch probe.lifecycle {
        case .uninitialized, .dirty: fresh.remove(slot.index)
        case .stale: stale.remove(slot.index)
        case .queued: queueSum.remove(probe.queuedRecord(level: level, cell: cell).leaf)
        case .valid, .inFlight, .disabled: break
        }
    }

    @inline(__always)
    private mutating func enter(_ slot: Slot, _ cell: Cell) {
        let probe = probes[slot.index]
        stateSum.add(probe.record(level: level, cell: cell).leaf)
        switch probe.lifecycle {
        case .uninitialized, .dirty:
            if probe.retryAfter == 0 {
                fresh.insert(slot.index, squaredDistance: squaredDistance(cell))
            } else {
                retries.append(Timer(dueFrame: probe.retryAfter, slot: Int32(slot.index)))
            }
        case .valid:
            let timer = Timer(dueFrame: dueFrame(of: probe), slot: Int32(slot.index))
            if let last = ageing.last, last.dueFrame > timer.dueFrame {
                ageingRestored.insert(timer)
            } else {
                ageing.append(timer)
            }
        case .stale: stale.insert(slot.index, squaredDistance: squaredDistance(cell))
        case .queued: queueSum.add(probe.queuedRecord(level: level, cell: cell).leaf)
        case .inFlight, .disabled: break
        }
    }

    // MARK: What comes due

    /// Throws out the timers that no longer hold, once they are more than the slots twice over; so the
    /// memory is bounded by the slots, and the cost is O(1) per change, amortised.
    private mutating func compactTimers() {
        if ageing.count > 2 * probes.count {
            ageing = ageing.filter {
                let probe = probes[Int($0.slot)]
                return probe.lifecycle == .valid && dueFrame(of: probe) == $0.dueFrame
            }
        }
        if ageingRestored.count > 2 * probes.count {
            ageingRestored = Heap(
                ageingRestored.unordered.filter {
                    let probe = probes[Int($0.slot)]
                    return probe.lifecycle == .valid && dueFrame(of: probe) == $0.dueFrame
                })
        }
        if retries.count > 2 * probes.count {
            retries = retries.filter {
                let probe = probes[Int($0.slot)]
                return probe.lifecycle == .dirty && probe.retryAfter == $0.dueFrame
            }
        }
    }

    /// The frame in which a Valid probe becomes Stale.
    private func dueFrame(of probe: ProbeState) -> Int32 { probe.lastUpdated + staleAgeFrames }

    /// Lets the Dirty probes whose retry frame has come be selected again.
    ///
    /// Retry frames are set in ascending order (always this frame plus a constant), so the ones that are
    /// due stand in front. Complexity: O(due).
    mutating func releaseRetries(frame: Int32) {
        compactTimers()
        while let timer = retries.first, timer.dueFrame <= frame {
            retries.removeFirst()
            let probe = probes[Int(timer.slot)]
            if probe.lifecycle == .dirty, probe.retryAfter == timer.dueFrame {
                let cell = window.cell(at: Slot(Int(timer.slot)))
                fresh.insert(Int(timer.slot), squaredDistance: squaredDistance(cell))
            }
        }
    }

    /// Turns the Valid probes that are old enough into Stale ones. Complexity: O(due).
    ///
    /// - Returns: the sum over the cells' leaves after the change, and their number.
    mutating func promoteStale(frame: Int32) -> (sum: LeafSum, count: Int) {
        var sum = LeafSum()
        var count = 0
        while let timer = nextAgeing(frame) {
            let slot = Slot(Int(timer.slot))
            let probe = probes[slot.index]
            guard probe.lifecycle == .valid, frame - probe.lastUpdated >= staleAgeFrames else { continue }
            if planted(.lateAgeing, if: frame - probe.lastUpdated == staleAgeFrames) { continue }
            let cell = window.cell(at: slot)
            update(slot, cell: cell) { $0.lifecycle = .stale }
            sum.add(probes[slot.index].record(level: level, cell: cell).leaf)
            count += 1
        }
        return (sum, count)
    }

    private mutating func nextAgeing(_ frame: Int32) -> Timer? {
        if let timer = ageing.first, timer.dueFrame <= frame { return ageing.removeFirst() }
        guard let timer = ageingRestored.min, timer.dueFrame <= frame else { return nil }
        return ageingRestored.removeMin()
    }

    /// How many probes may be selected, before budgets.
    package var candidateCount: Int { fresh.count + stale.count }
}

extension Payload {
    /// What planted faults make of a payload that has been handed on, or was long on its way.
    var worn: Payload { faded(by: 1) }

    func faded(by frames: Int32) -> Payload {
        var payload = self
        payload.confidence *= 1 - Float(min(frames, 100)) / 128
        return payload
    }
}
