import Hashing
import Topology
import Voxels

// Stage 7, cast: requests leave the queue, first in, first out, while there is room in flight. A cast
// sees the world as it is now, whatever is edited before its result is drained.

extension StreamingSystem {
    mutating func cast(_ frame: inout FrameContext, _ casts: some CastService) {
        var disabled = CanonicalBytes()
        var batch = FlightBatch(
            frame: frame.frame, dueFrame: 0, world: world, flights: [])
        var jobs: [CastJob] = []
        if let configuration = frame.configuration {
            let lattice = configuration.lattice
            batch.dueFrame = frame.frame + configuration.castLatencyFrames
            while flights.count + batch.flights.count < Model.maximumInFlight,
                let request = queue.first
            {
                _ = queue.removeFirst()
                guard isQueued(request) else { continue }
                if world.isSolidAtCentre(of: request.cell, level: request.level, lattice) {
                    disable(request, &frame, &disabled)
                } else {
                    batch.flights.append(dispatch(request, &frame))
                    jobs.append(
                        CastJob(
                            origin: lattice.centre(of: request.cell, level: request.level),
                            distance: levels[request.level].spacing * Double(lattice.resolution)))
                }
            }
        }
        if !jobs.isEmpty {
            flights.append(batch)
            world.renewCacheIfCrowded()
            casts.begin(batch: batch.frame, jobs: jobs, in: world)
        }
        frame.outputs.append(UInt32(jobs.count))
        frame.outputs.append(world.version)
        frame.outputs.append(disabled.digest64())
        frame.close(.cast, [.states, .requests], of: self)
    }

    private mutating func disable(
        _ request: Request, _ frame: inout FrameContext, _ disabled: inout CanonicalBytes
    ) {
        leaveQueue(request, .disabled)
        frame.counts[request.level].disabled += 1
        disabled.append(UInt8(request.level))
        disabled.append(request.cell)
        disabled.append(request.generation)
    }

    private mutating func dispatch(_ request: Request, _ frame: inout FrameContext) -> Flight {
        leaveQueue(request, .inFlight)
        frame.counts[request.level].cast += 1
        frame.appendOutput(
            level: request.level, cell: request.cell, generation: request.generation)
        defer { flights.nextSequence += 1 }
        return Flight(
            sequence: flights.nextSequence, level: request.level, cell: request.cell,
            generation: request.generation, epoch: epoch)
    }

    private mutating func leaveQueue(_ request: Request, _ lifecycle: Lifecycle) {
        levels[request.level].update(request.slot, cell: request.cell) { probe in
            probe.lifecycle = lifecycle
            probe.queuedAt = 0
            probe.ticket = 0
        }
    }
}
