package import Topology
package import Voxels

/// One probe's casts, as a worker needs them.
package struct CastJob: Hashable, Sendable {
    /// Where the rays start, in blocks: the centre of the probe's cell.
    package var origin: WorldPoint
    /// How far they go, in blocks.
    package var distance: Double

    package init(origin: WorldPoint, distance: Double) {
        self.origin = origin
        self.distance = distance
    }
}

/// Who casts the rays: the frame step hands a batch over when it dispatches and picks the outcomes up
/// when they are due. On how many threads, and in which order, is nobody's business but the service's:
/// an outcome is a function of the job and the world.
package protocol CastService: AnyObject {
    /// Begins casting. Returns at once or when done, as the service likes.
    ///
    /// - Parameters:
    ///   - batch: the number of the frame that dispatches; each begins at most one batch.
    ///   - jobs: what to cast, in the order in which the outcomes are wanted.
    ///   - world: an immutable snapshot, the world as it was at dispatch.
    func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld)

    /// Waits for a batch that was begun, and forgets it.
    ///
    /// - Returns: one outcome per job, in the order of the jobs.
    func finish(batch: Int32) -> [CastOutcome]

    /// Waits for some jobs of a batch that was begun. With the last of its jobs the batch is forgotten. Live runs only.
    ///
    /// - Parameters:
    ///   - places: of the jobs, in the batch as it was begun; each is asked for once.
    ///   - batch: as in ``begin(batch:jobs:in:)``.
    /// - Returns: one outcome per place.
    func finish(_ places: [Int32], of batch: Int32) -> [CastOutcome]

    /// Forgets a batch whose outcomes nobody will ask for.
    func abandon(batch: Int32)
}

extension CastService {
    /// For services that are asked for whole batches only, as modelled runs ask.
    package func finish(_ places: [Int32], of batch: Int32) -> [CastOutcome] {
        preconditionFailure("this service casts for modelled runs only")
    }
}

/// Casts on the calling thread, at once.
package final class InlineCasts: CastService {
    private let cast: ([CastJob], VoxelWorld) -> [CastOutcome]
    // Order: looked up by the batch, never walked.
    private var outcomes: [Int32: [CastOutcome]] = [:]
    private var parts = BatchParts()

    /// `cast` has the outcome of each job, in their order.
    package init(
        cast: @escaping ([CastJob], VoxelWorld) -> [CastOutcome] = { jobs, world in
            var caster = ProbeCaster(world: world)
            return jobs.map { caster.cast(from: $0.origin, distance: $0.distance) }
        }
    ) { self.cast = cast }

    package func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) {
        outcomes[batch] = cast(jobs, world)
    }

    package func finish(batch: Int32) -> [CastOutcome] {
        guard let finished = outcomes.removeValue(forKey: batch) else {
            preconditionFailure("batch \(batch) was never begun, or finished twice")
        }
        return finished
    }

    package func finish(_ places: [Int32], of batch: Int32) -> [CastOutcome] {
        parts.take(places, of: batch) { finish(batch: batch) }
    }

    package func abandon(batch: Int32) {
        outcomes[batch] = nil
        parts.abandon(batch)
    }
}

/// Batches that are picked up in parts, for services that do them as wholes.
package struct BatchParts {
    // Order: looked up by the batch, never walked.
    private var batches: [Int32: (outcomes: [CastOutcome], left: Int)] = [:]

    package init() {}

    /// The outcomes at some places of a batch, which is finished when it is first asked for.
    package mutating func take(_ places: [Int32], of batch: Int32, finish: () -> [CastOutcome])
        -> [CastOutcome]
    {
        var (outcomes, left) = batches.removeValue(forKey: batch) ?? ([], -1)
        if left < 0 {
            outcomes = finish()
            left = outcomes.count
        }
        left -= places.count
        precondition(left >= 0, "a job is asked for once")
        let taken = places.map { outcomes[Int($0)] }
        if left > 0 { batches[batch] = (outcomes, left) }
        return taken
    }

    package mutating func abandon(_ batch: Int32) { batches[batch] = nil }
}
