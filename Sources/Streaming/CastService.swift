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

    /// Forgets a batch whose outcomes nobody will ask for.
    func abandon(batch: Int32)
}

/// Casts on the calling thread, at once.
package final class InlineCasts: CastService {
    // Order: looked up by the batch, never walked.
    private var outcomes: [Int32: [CastOutcome]] = [:]

    package init() {}

    package func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) {
        var caster = ProbeCaster(world: world)
        outcomes[batch] = jobs.map { caster.cast(from: $0.origin, distance: $0.distance) }
    }

    package func finish(batch: Int32) -> [CastOutcome] {
        guard let finished = outcomes.removeValue(forKey: batch) else {
            preconditionFailure("batch \(batch) was never begun, or finished twice")
        }
        return finished
    }

    package func abandon(batch: Int32) { outcomes[batch] = nil }
}
