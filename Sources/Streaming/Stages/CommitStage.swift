import Hashing
import PlantedFaults
import Topology
import Voxels

// Stage 8, commit: results that are due, in a live run those that have come, are drained and applied in the order of
// dispatch. What a result meets decides what becomes of it; the precedence is the order of the cases below.

extension StreamingSystem {
    mutating func commit(_ frame: inout FrameContext, _ casts: some CastService) {
        for batch in frame.abandoned { casts.abandon(batch: batch) }
        beginClaimed(&frame, casts)
        var results: [DrainedResult] = []
        for batch in drainFlights(frame) {
            let cast =
                frame.input.castResults == nil
                ? casts.finish(batch: batch.frame)
                : casts.finish(batch.flights.map(\.place), of: batch.frame)
            let outcomes = planted(.worldAtDrain, cast, instead: batch.recast(in: world))
            precondition(outcomes.count == batch.flights.count, "one outcome per job")
            let order = planted(
                .orderOfArrival, Array(batch.flights.indices), instead: batch.flights.indices.reversed())
            let taken = planted(
                .lateResultsFade, outcomes, instead: outcomes.map { $0.faded(by: frame.frame - batch.frame) })
            results += order.map { (batch.flights[$0], taken[$0]) }
        }
        // Requests are claimed in any order, and their results are applied in that of the requests. Order: a number is given once.
        if variant.claimsByWorkers { results.sort { $0.flight.sequence < $1.flight.sequence } }
        let come = frame.input.castResults ?? []
        spoilByArrival(&results, come: come)
        for (flight, outcome) in results {
            let disposition = apply(outcome, of: flight, frame.frame)
            frame.count(disposition, level: flight.level)
            frame.appendOutput(level: flight.level, cell: flight.cell, generation: flight.generation)
            outcome.append(level: flight.level, cell: flight.cell, to: &frame.outputs)
            frame.outputs.append(disposition.rawValue)
        }
        delayByArrival(results, come: come, retryAfter: frame.frame + Model.retryDelayFrames)
        frame.outputs.append(UInt32(results.count))
        frame.close(.commit, of: self)
    }

    private mutating func drainFlights(_ frame: FrameContext) -> [FlightBatch] {
        guard let come = frame.input.castResults else { return flights.drain(due: frame.frame) }
        // What this frame has abandoned is not there any more, though its results have come.
        return variant.claimsByWorkers ? flights.drain(anyOf: come) : flights.drain(come.sorted())
    }

    private mutating func apply(
        _ outcome: CastOutcome, of flight: Flight, _ frame: Int32
    ) -> Disposition {
        guard isCurrent(flight) else { return .dropped }
        let slot = levels[flight.level].window.slotOutside(of: flight.cell)
        // With generations it is the flight's own.
        let cell = levels[flight.level].window.cell(at: slot)
        let flags = levels[flight.level].probes[slot.index].afterFlight
        let disposition: Disposition
        if flags.contains(.disable), !planted(.disableForgotten) {
            disposition = .disabled
        } else if flags.contains(.dirty) {
            disposition = .dirtied
        } else if case .success(let payload) = outcome {
            levels[flight.level].store(payload, in: slot, cell: cell)
            disposition = cell == flight.cell ? .stored : .storedElsewhere
        } else {
            disposition = .aborted
        }
        levels[flight.level].update(slot, cell: cell) { $0.land(disposition, frame) }
        return disposition
    }

    /// A result counts only while its request does: same epoch, same generation, still in flight. Without generations it counts for
    /// whichever cell has its slot and is in flight.
    package func isCurrent(_ flight: Flight) -> Bool {
        guard flight.epoch == epoch, flight.level < levels.count else { return false }
        guard variant.hasGenerations else {
            let level = levels[flight.level]
            return level.probes[level.window.slotOutside(of: flight.cell).index].lifecycle == .inFlight
        }
        guard levels[flight.level].window.contains(flight.cell) else { return false }
        let probe = levels[flight.level].state(of: flight.cell)
        guard probe.lifecycle == .inFlight else { return false }
        return probe.generation == flight.generation || planted(.oldResult)
    }
}

/// What became of a drained result.
private enum Disposition: UInt8 {
    /// Its request was no longer current.
    case dropped = 0
    /// The probe's centre became solid while the cast was in flight.
    case disabled = 1
    /// The probe was invalidated while the cast was in flight.
    case dirtied = 2
    /// A ray met an unloaded chunk.
    case aborted = 3
    case stored = 4
    /// The slot has another cell by now, and that is in flight as well: a variant without generations takes the result for its.
    case storedElsewhere = 5
}

extension ProbeState {
    fileprivate mutating func land(_ disposition: Disposition, _ frame: Int32) {
        if !planted(.flagKept, if: !afterFlight.isEmpty) { afterFlight = [] }
        switch disposition {
        case .dropped: preconditionFailure("a dropped result lands nowhere")
        case .disabled: lifecycle = .disabled
        case .dirtied: lifecycle = .dirty
        case .aborted:
            lifecycle = .dirty
            retryAfter = planted(.retryAtOnce, frame + Model.retryDelayFrames, instead: 0)
            if planted(.clockOverflow, if: Host.isAfter2038)
                || planted(.lateDescriptor, if: Host.isAfter2038 && Host.hasFewDescriptors)
            {
                retryAfter = frame + 1
            }
        case .stored, .storedElsewhere:
            lifecycle = .valid
            lastUpdated = frame
        }
    }
}

extension FrameContext {
    /// A request of before a rebuild may be of a level that is not there any more.
    mutating func makeCounts(upTo level: Int) { while counts.count <= level { counts.append(LevelCounts()) } }

    fileprivate mutating func count(_ disposition: Disposition, level: Int) {
        makeCounts(upTo: level)
        switch disposition {
        case .dropped: counts[level].dropped += 1
        case .disabled, .dirtied: counts[level].overtaken += 1
        case .aborted: counts[level].aborted += 1
        case .stored, .storedElsewhere: counts[level].committed += 1
        }
    }
}

extension CastOutcome {
    /// Of a planted fault.
    fileprivate func faded(by frames: Int32) -> CastOutcome {
        if case .success(let payload) = self { .success(payload.faded(by: frames)) } else { self }
    }

    /// 0 and eight zero bytes for an abort, 1 and the payload's leaf for a success.
    fileprivate func append(level: Int, cell: Cell, to bytes: inout CanonicalBytes) {
        switch self {
        case .aborted:
            bytes.append(UInt8(0))
            bytes.append(UInt64(0))
        case .success(let payload):
            bytes.append(UInt8(1))
            bytes.append(payload.record(level: level, cell: cell).leaf)
        }
    }
}

extension FlightBatch {
    /// What a planted fault makes of the casts: as if they saw the world as it is when they are drained.
    fileprivate func recast(in world: VoxelWorld) -> [CastOutcome] {
        var caster = ProbeCaster(world: world)
        return jobs.map { caster.cast(from: $0.origin, distance: $0.distance) }
    }
}
