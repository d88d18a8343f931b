import Hashing
import Streaming
import Topology
import Voxels

// The variant of January 2026 a second time, from the text of Model.md, "Variants". Nothing here asks the system's own switches.

/// A request in the queue of the variant, in which it stays until somebody takes it.
struct ReferenceRequest {
    var level: Int
    var cell: Cell
    var ticket: UInt64

    /// Tag 3, level, cell, generation 0, ticket.
    var leaf: UInt64 {
        var record = LeafRecord(tag: 3)
        record.append(UInt8(level))
        record.append(cell.x)
        record.append(cell.y)
        record.append(cell.z)
        record.append(UInt32(0))
        record.append(ticket)
        return record.leaf.value
    }
}

/// What can happen in a variant and not in the reference.
enum ReachedVariantCase: CaseIterable, Sendable {
    case storedElsewhere, takenForAnotherCell, takenOutsideTheWindow, passedOver, twiceInTheQueue,
        disabledForAnotherCell
    case expired, boxesClamped, halfACellOff, coarseNotReached
    case claimedBeforeShift, claimedBeforeRecycle, claimedBeforeDirty, claimedBeforeSelect
    case castOnTheLatticeOfBefore, claimedBeforeCast, claimedBeforeCommit, claimedInTheFrameOfItsSelection,
        drainedInTheFrameOfItsClaim
}

extension ReferenceModel {
    var isOld: Bool { configuration?.variant == .lumon2026_01 }

    /// Cells are centred on multiples of the spacing.
    var liesHalfACellOff: Bool { isOld && (configuration?.resolution ?? 0) % 2 == 1 }

    /// The probe that has the slot of a cell, whatever its own cell is.
    func holder(_ level: Int, _ cell: Cell) -> ReferenceProbe? {
        guard level < levels.count else { return nil }
        let window = levels[level]
        return window.probe(congruent(to: cell, from: window.minimum, window.resolution))
    }

    // MARK: Boxes

    /// Counted in quarters of finest cells, in which borders are whole numbers: cell c of level L covers (4 c - 2) 2^L up to (4 c + 2) 2^L.
    func isMetHalfACellOff(_ box: WorldBox, level: Int, cell: Cell, baseSpacing: Double) -> Bool {
        let scale = Double(1 << level)
        func meets(_ lower: Double, _ upper: Double, _ k: Int32) -> Bool {
            let first = (lower / baseSpacing * 2).rounded(.down)
            let last = max(first, -(-(upper / baseSpacing * 2)).rounded(.down) - 1)
            let low = (2 * Double(k) - 1) * scale
            return first < low + 2 * scale && last >= low
        }
        return meets(box.lower.x, box.upper.x, cell.x) && meets(box.lower.y, box.upper.y, cell.y)
            && meets(box.lower.z, box.upper.z, cell.z)
    }

    /// Per axis, a cell is met if the unbounded box meets it, or if it is the border towards which all of the box lies.
    func isMetClamped(_ box: WorldBox, _ probe: ReferenceProbe, _ window: ReferenceLevel) -> Bool {
        guard box.lower.x < box.upper.x, box.lower.y < box.upper.y, box.lower.z < box.upper.z,
            let base = configuration?.baseSpacing
        else { return false }
        let isWhole = !liesHalfACellOff
        let scale = Double(1 << probe.level)
        /// Where a cell begins, in finest cells, or halves of them.
        func begin(_ k: Int32) -> Double { isWhole ? Double(k) * scale : (2 * Double(k) - 1) * scale }
        func meets(_ lower: Double, _ upper: Double, _ k: Int32, _ minimum: Int32) -> Bool {
            let factor = isWhole ? 1.0 : 2.0
            let first = (lower / base * factor).rounded(.down)
            let last = max(first, -(-(upper / base * factor)).rounded(.down) - 1)
            if first < begin(k + 1) && last >= begin(k) { return true }
            let end = minimum + window.resolution
            let isBelow = last < begin(minimum)
            let isAbove = first >= begin(end)
            if isBelow || isAbove { note(.boxesClamped) }
            return (isBelow && k == minimum) || (isAbove && k == end - 1)
        }
        return meets(box.lower.x, box.upper.x, probe.cell.x, window.minimum.x)
            && meets(box.lower.y, box.upper.y, probe.cell.y, window.minimum.y)
            && meets(box.lower.z, box.upper.z, probe.cell.z, window.minimum.z)
    }

    // MARK: Select

    func selectInTheOldWay(_ frame: inout ReferenceFrameWork) {
        let now = Int64(frame.input.frame)
        guard let budgets = configuration?.budgets else { return }
        var expired = Array(repeating: UInt64(0), count: levels.count)
        for level in levels.indices {
            forEachProbe(of: level) { probe in
                guard probe.lifecycle == .queued, now - Int64(probe.queuedAt) >= 30 else { return }
                probe.retire(isOld: true)
                probe.lifecycle = .dirty
                expired[level] &+= probe.stateLeaf
                frame.counts[level].expired += 1
                note(.expired)
            }
        }
        var bytes = CanonicalBytes()
        var list = CanonicalBytes()
        var left = min(Int64(budgets.total), budgets.uploadBytes / 1576)
        for level in levels.indices {
            var promoted: UInt64 = 0
            forEachProbe(of: level) { probe in
                guard probe.lifecycle == .valid, now - Int64(probe.lastUpdated) >= staleAge(level) else {
                    return
                }
                guard left > 0 else {
                    note(.coarseNotReached)
                    return
                }
                probe.lifecycle = .stale
                promoted &+= probe.stateLeaf
                frame.counts[level].promoted += 1
            }
            bytes.append(promoted)
            bytes.append(expired[level])
            for probe in candidates(level, now).prefix(Int(min(left, Int64(budgets.perLevel[level])))) {
                if oldQueue.contains(where: { $0.level == level && $0.cell == probe.cell }) {
                    note(.twiceInTheQueue)
                }
                probe.lifecycle = .queued
                probe.queuedAt = frame.input.frame
                probe.retryAfter = 0
                probe.ticket = nextTicket
                oldQueue.append(ReferenceRequest(level: level, cell: probe.cell, ticket: nextTicket))
                nextTicket += 1
                left -= 1
                frame.counts[level].selected += 1
                append(probe, to: &list)
            }
        }
        frame.close(.select, self, [.states, .requests]) {
            for byte in bytes.bytes + list.bytes { $0.append(byte) }
        }
    }

    // MARK: Cast

    /// What was claimed before this stage, or, where nothing is claimed, what the model's own worker takes.
    func castInTheOldWay(
        _ frame: inout ReferenceFrameWork, _ bytes: inout CanonicalBytes, _ disabled: inout CanonicalBytes,
        _ dispatched: inout UInt32
    ) {
        if frame.claims == nil {
            while flights.count + frame.claimed.count < 2048, let first = oldQueue.first {
                oldQueue.removeFirst()
                take(first, &frame, latency: configuration?.castLatencyFrames ?? 0)
            }
            flights += frame.claimed
            dispatched = UInt32(frame.claimed.count)
            frame.claimed = []
        } else {
            dispatched = UInt32(frame.claimed.count)
        }
        bytes = frame.claimedList
        disabled = frame.disabledList
    }

    func readClaims(_ frame: inout ReferenceFrameWork) {
        guard isOld, frame.input.castResults != nil else { return }
        let work = frame.input.engineWork
        frame.claims = zip(work?.claimed ?? [], work?.claimStages ?? []).map { Claim(request: $0, stage: $1) }
    }

    func claim(_ frame: inout ReferenceFrameWork, before stage: UInt32) {
        let moments: [ReachedVariantCase] = [
            .claimedBeforeShift, .claimedBeforeRecycle, .claimedBeforeDirty, .claimedBeforeSelect,
            .claimedBeforeCast, .claimedBeforeCommit,
        ]
        while let claim = frame.claims?.first, claim.stage <= stage {
            frame.claims?.removeFirst()
            guard let place = oldQueue.firstIndex(where: { $0.ticket == claim.request }) else { continue }
            note(moments[Int(stage) - 2])
            let after = configuration
            // Levels that are about to be made anew lie where they lay.
            if stage == 2, frame.rebuilds { configuration = frame.before }
            take(oldQueue.remove(at: place), &frame, latency: after?.castLatencyFrames ?? 0)
            configuration = after
        }
    }

    private func take(_ request: ReferenceRequest, _ frame: inout ReferenceFrameWork, latency: Int32) {
        guard let configuration, let probe = holder(request.level, request.cell),
            let origin = centre(level: request.level, cell: request.cell)
        else { return }
        guard probe.lifecycle == .queued else {
            note(.passedOver)
            return
        }
        if probe.queuedAt == frame.input.frame, frame.claims != nil { note(.claimedInTheFrameOfItsSelection) }
        if probe.cell != request.cell { note(.takenForAnotherCell) }
        if levels[request.level].probe(request.cell) == nil { note(.takenOutsideTheWindow) }
        if liesHalfACellOff { note(.halfACellOff) }
        while frame.counts.count <= request.level { frame.counts.append(LevelCounts()) }
        probe.queuedAt = 0
        probe.ticket = 0
        let isSolid = world.isKnownSolid(VoxelCoordinate(containing: origin))
        probe.lifecycle = isSolid ? .disabled : .inFlight
        if isSolid {
            if probe.cell != request.cell { note(.disabledForAnotherCell) }
            frame.counts[request.level].disabled += 1
            append(request, to: &frame.disabledList)
            return
        }
        frame.counts[request.level].cast += 1
        append(request, to: &frame.claimedList)
        if frame.input.castResults?.contains(request.ticket) == true { note(.drainedInTheFrameOfItsClaim) }
        if levels[request.level].resolution == configuration.resolution, frame.rebuilds, !frame.endsSession,
            frame.stages.count == 2
        {
            note(.castOnTheLatticeOfBefore)
        }
        frame.claimed.append(
            ReferenceFlight(
                dispatched: frame.input.frame,
                due: Int64(frame.input.frame) + Int64(latency),
                sequence: request.ticket, level: request.level, cell: request.cell, generation: 0,
                epoch: epoch,
                worldVersion: world.version, worldContent: world.contentSum.value,
                baseSpacing: configuration.baseSpacing, resolution: configuration.resolution,
                outcome: outcome(
                    origin, spacing(configuration, request.level) * Double(configuration.resolution), world)))
        nextSequence += 1
    }

    private func append(_ request: ReferenceRequest, to bytes: inout CanonicalBytes) {
        bytes.append(UInt8(request.level))
        append(request.cell, to: &bytes)
        bytes.append(UInt32(0))
    }
}
