import Hashing
import PlantedFaults
import Topology
import Voxels

// Stage 7, cast: requests leave the queue, first in, first out, while there is room in flight. A cast
// sees the world as it is now, whatever is edited before its result is drained.

extension StreamingSystem {
    mutating func cast(_ frame: inout FrameContext, _ casts: some CastService) {
        var dispatched = UInt32(frame.claimed.count)
        if let configuration = frame.configuration, frame.claims == nil {
            let lattice = configuration.lattice
            var batch = FlightBatch(
                frame: frame.frame, dueFrame: frame.frame + configuration.castLatencyFrames, world: world,
                lattice: lattice, flights: [])
            while hasRoom(for: batch),
                let request = queue.first
            {
                _ = queue.removeFirst()
                guard isQueued(request) else { continue }
                if world.isSolidAtCentre(of: request.cell, level: request.level, lattice),
                    !planted(.relativePath, if: !Host.isAtRoot)
                {
                    disable(request, &frame)
                } else {
                    var flight = dispatch(request, &frame)
                    flight.place = Int32(batch.flights.count)
                    batch.flights.append(flight)
                }
            }
            if !batch.flights.isEmpty {
                flights.append(batch)
                world.renewCacheIfCrowded()
                casts.begin(batch: batch.frame, jobs: batch.jobs, in: world)
            }
            dispatched = UInt32(batch.flights.count)
        }
        frame.outputs.append(contentsOf: frame.dispatched.bytes)
        frame.outputs.append(dispatched)
        frame.outputs.append(world.version)
        frame.outputs.append(frame.disabled.digest64())
        frame.close(.cast, of: self)
    }

    private func hasRoom(for batch: FlightBatch) -> Bool {
        let room = planted(
            .roomPerProcessor, Model.maximumInFlight,
            instead: Model.maximumInFlight / (Host.hasOneProcessor ? 2 : 1))
        let isThere = flights.count + batch.flights.count < room
        return planted(.flightsUncounted, isThere, instead: isThere || queue.first.map(isQueued) ?? false)
    }

    mutating func disable(_ request: Request, _ frame: inout FrameContext) {
        leaveQueue(request, .disabled)
        frame.makeCounts(upTo: request.level)
        frame.counts[request.level].disabled += 1
        frame.disabled.append(
            level: request.level, cell: request.cell, generation: request.generation)
    }

    mutating func dispatch(_ request: Request, _ frame: inout FrameContext) -> Flight {
        leaveQueue(request, .inFlight)
        frame.makeCounts(upTo: request.level)
        frame.counts[request.level].cast += 1
        frame.dispatched.append(
            level: request.level, cell: request.cell, generation: request.generation)
        defer { flights.nextSequence += 1 }
        return Flight(
            sequence: variant.claimsByWorkers ? request.ticket : flights.nextSequence, level: request.level,
            cell: request.cell,
            generation: request.generation, epoch: epoch)
    }

    private mutating func leaveQueue(_ request: Request, _ lifecycle: Lifecycle) {
        // Without generations the slot may have another cell by now.
        let cell = levels[request.level].window.cell(at: request.slot)
        levels[request.level].update(request.slot, cell: cell) { probe in
            probe.lifecycle = lifecycle
            probe.queuedAt = 0
            probe.ticket = 0
        }
    }
}
