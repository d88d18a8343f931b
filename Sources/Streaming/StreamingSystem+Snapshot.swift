import DequeModule
import Hashing
import Topology
import Voxels

// A snapshot: all state as bytes. It holds nothing but what the digests cover; queue, sets, timers and sums are
// made anew when it is read, so that a run that goes on from a snapshot shows whether the digests cover all state.
// The format is specified in SnapshotFormat.md.

extension StreamingSystem {
    /// The format of a snapshot of the reference.
    package static let snapshotVersion: UInt16 = 2
    /// The format of a snapshot of another variant, and the newest: with the variant, and the queue with its tickets.
    package static let snapshotVersionOfVariants: UInt16 = 3
    /// The first bytes of every snapshot.
    package static let snapshotMagic = Array("LRSNAPSH".utf8)

    /// The state as it is between two frames. O(cells + casts in flight + edited chunks of each world in sight).
    package func snapshot() -> [UInt8] {
        var bytes = CanonicalBytes()
        for byte in StreamingSystem.snapshotMagic { bytes.append(byte) }
        let isReference = variant == .reference
        bytes.append(
            isReference ? StreamingSystem.snapshotVersion : StreamingSystem.snapshotVersionOfVariants)
        bytes.append(UInt16(DigestAlgorithm.version))
        bytes.append(nextFrame ?? -1)
        bytes.append(session != nil)
        bytes.append(session ?? 0)
        bytes.append(epoch)
        bytes.append(queue.nextTicket)
        bytes.append(flights.nextSequence)
        bytes.append(configuration != nil)
        configuration?.append(to: &bytes)
        let worlds = distinctWorlds
        bytes.append(UInt32(worlds.count))
        for world in worlds { world.append(to: &bytes) }
        let runs = flights.batches.flatMap(\.runs)
        bytes.append(UInt32(runs.count))
        for run in runs { run.append(to: &bytes, worlds) }
        bytes.append(UInt32(levels.count))
        for level in levels { level.append(to: &bytes) }
        if !isReference { queue.append(to: &bytes) }
        appendRegions(to: &bytes)
        bytes.append(bytes.digest128())
        return bytes.bytes
    }

    /// Hands the casts that are in flight to a service that has not begun them. They see the world and the lattice
    /// of their dispatch, so that their outcomes are those that the first service would have given.
    package mutating func resumeCasts(_ casts: some CastService) {
        flights.renumber()
        for batch in flights.batches { casts.begin(batch: batch.frame, jobs: batch.jobs, in: batch.world) }
    }

    /// The present world first, then each older one that a cast in flight still sees. Within a run a version names
    /// one world only: a session with another seed begins after all casts have been abandoned.
    private var distinctWorlds: [VoxelWorld] {
        var worlds = [world]
        for batch in flights.batches where !worlds.contains(where: { $0.version == batch.world.version }) {
            worlds.append(batch.world)
        }
        return worlds
    }
}

extension VoxelWorld {
    fileprivate func append(to bytes: inout CanonicalBytes) {
        let content = content
        bytes.append(seed)
        bytes.append(chunksStartLoaded)
        bytes.append(content.version)
        bytes.append(UInt32(content.edits.count))
        for (chunk, voxels) in content.edits {
            chunk.append(to: &bytes)
            bytes.append(UInt32(voxels.count))
            for (voxel, material) in voxels {
                bytes.append(UInt16((voxel.x & 31) | (voxel.y & 31) << 5 | (voxel.z & 31) << 10))
                bytes.append(material.rawValue)
            }
        }
        bytes.append(UInt32(content.exceptions.count))
        for chunk in content.exceptions { chunk.append(to: &bytes) }
    }
}

extension FlightBatch {
    /// A batch that was drained in part, as batches without a gap in their numbers.
    fileprivate var runs: [FlightBatch] {
        let isWhole = zip(flights, flights.dropFirst()).allSatisfy { $0.sequence + 1 == $1.sequence }
        guard !isWhole else { return [self] }
        var runs: [FlightBatch] = []
        for flight in flights {
            if let before = runs.last?.flights.last, before.sequence + 1 == flight.sequence {
                runs[runs.count - 1].flights.append(flight)
            } else {
                var run = self
                run.flights = [flight]
                runs.append(run)
            }
        }
        return runs
    }

    fileprivate func append(to bytes: inout CanonicalBytes, _ worlds: [VoxelWorld]) {
        guard let index = worlds.firstIndex(where: { $0.version == world.version }),
            let first = flights.first
        else { preconditionFailure("a batch has flights, and its world is among those of the snapshot") }
        bytes.append(frame)
        bytes.append(dueFrame)
        bytes.append(UInt32(index))
        bytes.append(lattice.baseSpacing)
        bytes.append(UInt8(lattice.levels))
        bytes.append(lattice.resolution)
        bytes.append(first.epoch)
        bytes.append(first.sequence)
        bytes.append(UInt32(flights.count))
        for flight in flights {
            bytes.append(UInt8(flight.level))
            bytes.append(flight.cell)
            bytes.append(flight.generation)
        }
    }
}

extension RequestQueue {
    fileprivate func append(to bytes: inout CanonicalBytes) {
        bytes.append(UInt32(requests.count))
        for request in requests {
            bytes.append(request.ticket)
            bytes.append(UInt8(request.level))
            bytes.append(request.cell)
            bytes.append(request.queuedAt)
        }
    }
}

extension ProbeLevel {
    fileprivate func append(to bytes: inout CanonicalBytes) {
        bytes.append(snap.cameraCell)
        bytes.append(snap.anchor)
        for (probe, payload) in zip(probes, payloads) {
            bytes.append(probe.lifecycle.rawValue)
            bytes.append(probe.afterFlight.rawValue)
            bytes.append(probe.lastUpdated)
            bytes.append(probe.queuedAt)
            bytes.append(probe.retryAfter)
            bytes.append(probe.generation)
            if probe.lifecycle == .queued { bytes.append(probe.ticket) }
            bytes.append(payload.isValid)
            if payload.isValid { bytes.append(contentsOf: payload.bytes) }
        }
    }
}
