import Hashing
package import Streaming
import Synchronization
import Topology
import Voxels

/// Outcomes of casts by their content: the world, where a cast starts and how far it goes decide the outcome, so that whoever runs a trace
/// many times need not cast again. Shared by any number of runs and threads.
package final class CastMemory: Sendable {
    /// The most outcomes that are kept, each of about 100 bytes. What comes after that is cast and not kept.
    package static let capacity = 4_000_000

    // Order: looked up by the content, or sorted.
    private let outcomes = Mutex<[Digest128: CastOutcome]>([:])

    package init() {}

    /// What decides an outcome, hashed: the world's seed and content, the origin and the distance.
    static func key(of job: CastJob, in world: VoxelWorld) -> Digest128 {
        var bytes = CanonicalBytes()
        bytes.append(world.seed)
        bytes.append(world.chunksStartLoaded)
        bytes.append(world.contentSum)
        for coordinate in [world.origin.x, world.origin.y, world.origin.z] { bytes.append(coordinate) }
        bytes.append(job.origin.x)
        bytes.append(job.origin.y)
        bytes.append(job.origin.z)
        bytes.append(job.distance)
        return bytes.digest128()
    }

    package var count: Int { outcomes.withLock { $0.count } }

    /// Everything, ascending by key.
    var sorted: [(key: Digest128, outcome: CastOutcome)] {
        outcomes.withLock { all in all.map { ($0.key, $0.value) } }
            .sorted { ($0.0.high, $0.0.low) < ($1.0.high, $1.0.low) }
    }

    func lookUp(_ keys: [Digest128]) -> [CastOutcome?] { outcomes.withLock { all in keys.map { all[$0] } } }

    func keep(_ new: [(Digest128, CastOutcome)]) {
        outcomes.withLock { all in
            for (key, outcome) in new where all.count < CastMemory.capacity { all[key] = outcome }
        }
    }
}

extension CastMemory {
    /// Who casts, on the calling thread, what has not been cast before.
    package func casts() -> InlineCasts { InlineCasts { self.outcomes(of: $0, in: $1) } }

    private func outcomes(of jobs: [CastJob], in world: VoxelWorld) -> [CastOutcome] {
        let keys = jobs.map { CastMemory.key(of: $0, in: world) }
        var caster: ProbeCaster?
        var new: [(Digest128, CastOutcome)] = []
        var results: [CastOutcome] = []
        results.reserveCapacity(jobs.count)
        for (place, known) in lookUp(keys).enumerated() {
            if let known {
                results.append(known)
                continue
            }
            var own = caster ?? ProbeCaster(world: world)
            caster = nil
            let outcome = own.cast(from: jobs[place].origin, distance: jobs[place].distance)
            caster = own
            new.append((keys[place], outcome))
            results.append(outcome)
        }
        if !new.isEmpty { keep(new) }
        return results
    }
}
