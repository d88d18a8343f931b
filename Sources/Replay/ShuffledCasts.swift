import PlantedFaults
package import Streaming
package import Voxels

/// Has the jobs of each batch done, and completed, in an order drawn from a seed. Outcomes go back by the place of their job, so that
/// nothing of it may show.
package final class ShuffledCasts: CastService {
    private let casts: any CastService
    private var chance: Chance
    /// A recorder is attached; for a planted fault.
    private let isRecorded: Bool
    /// By batch: for each job as it was handed on, its place in the batch.
    // Order: looked up by the batch, never walked.
    private var orders: [Int32: [Int]] = [:]
    private var parts = BatchParts()

    package init(_ casts: any CastService, seed: UInt64, isRecorded: Bool = false) {
        self.casts = casts
        self.isRecorded = isRecorded
        chance = Chance(seed: seed)
    }

    package func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) {
        var order = Array(jobs.indices)
        for last in order.indices.dropFirst().reversed() {
            order.swapAt(last, Int(chance.next(below: UInt64(last + 1))))
        }
        orders[batch] = order
        casts.begin(batch: batch, jobs: order.map { jobs[$0] }, in: world)
    }

    package func finish(batch: Int32) -> [CastOutcome] {
        guard let order = orders.removeValue(forKey: batch) else {
            preconditionFailure("batch \(batch) was never begun, or finished twice")
        }
        let completed = casts.finish(batch: batch)
        var outcomes = completed
        for (outcome, place) in zip(completed, order) { outcomes[place] = outcome }
        if planted(.outcomesAsCompleted, if: outcomes != completed)
            || planted(.recordedCompletion, if: isRecorded && outcomes != completed)
        {
            return completed
        }
        return outcomes
    }

    package func finish(_ places: [Int32], of batch: Int32) -> [CastOutcome] {
        parts.take(places, of: batch) { finish(batch: batch) }
    }

    package func abandon(batch: Int32) {
        if orders.removeValue(forKey: batch) != nil { casts.abandon(batch: batch) }
        parts.abandon(batch)
    }
}
