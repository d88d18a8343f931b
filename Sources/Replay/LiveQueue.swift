import Foundation
import PlantedFaults
import Streaming
import Voxels

/// Jobs and results between the frame thread and the workers. Held for moments only: nobody casts or sleeps under the lock.
///
/// Each function is one atomic step, whoever calls it: threads (``LiveCasts``), or the virtual workers of a schedule, which take the same steps
/// in an order that is drawn from a seed (``ScheduledLiveRun``).
///
/// `@unchecked Sendable`: everything mutable is touched under `condition`; `interleave` is set before anybody else has the queue.
final class LiveQueue: @unchecked Sendable {
    /// What one frame dispatched.
    struct Batch {
        var number: Int32
        var jobs: [CastJob]
        var world: VoxelWorld
        var next = 0
    }

    /// Jobs that a worker has taken.
    struct Claim {
        var batch: Int32
        var world: VoxelWorld
        /// The place of the first of them in the batch.
        var first: Int
        var jobs: ArraySlice<CastJob>

        /// The result of one of its jobs.
        func arrival(_ place: Int) -> LiveCasts.Arrival {
            LiveCasts.Arrival(batch: batch, place: Int32(first + place))
        }
    }

    /// Jobs that a worker takes at once: few, so that results of several workers mix.
    static let chunk = 2

    private let condition = NSCondition()
    private var batches: [Batch] = []
    private var results: [(LiveCasts.Arrival, CastOutcome)] = []
    private var stopping = false

    #if PLANTED_FAULTS
        /// Where a planted fault takes in two steps what should be one: other virtual threads may come in between.
        var interleave: (() -> Void)?
        private var newestWorld: VoxelWorld?
        private var lastClaimedWorld: VoxelWorld?
        private var announced: [LiveCasts.Arrival] = []
        /// Touched by the frame thread only.
        private var seenBefore: [(LiveCasts.Arrival, CastOutcome)] = []
    #endif

    // MARK: By the frame thread

    func append(_ batch: Batch) {
        condition.withLock {
            batches.append(batch)
            #if PLANTED_FAULTS
                newestWorld = batch.world
            #endif
            condition.broadcast()
        }
    }

    func takeResults() -> [(LiveCasts.Arrival, CastOutcome)] {
        #if PLANTED_FAULTS
            if planted(.resultLost, if: hasMoreResultsLater()) { return takeResultsInTwoSteps() }
        #endif
        return condition.withLock {
            defer { results = [] }
            return results
        }
    }

    func abandon(_ batch: Int32) { condition.withLock { batches.removeAll { $0.number == batch } } }

    func stop() {
        condition.withLock {
            stopping = true
            condition.broadcast()
        }
    }

    // MARK: By a worker

    /// Waits for jobs.
    ///
    /// - Returns: false at the end.
    func waitForJobs() -> Bool {
        condition.withLock {
            while !stopping, batches.isEmpty { condition.wait() }
            return !stopping
        }
    }

    /// Whether there is something to claim. Never waits.
    var hasJobs: Bool { condition.withLock { !stopping && !batches.isEmpty } }

    /// The batch of which jobs would be claimed next. Never waits.
    var frontBatch: Int32? { condition.withLock { stopping ? nil : batches.first?.number } }

    /// Whether jobs of a batch wait.
    func hasJobs(of batch: Int32) -> Bool { condition.withLock { batches.contains { $0.number == batch } } }

    /// Jobs of a batch that nobody has claimed.
    func jobCount(of batch: Int32) -> Int {
        condition.withLock { batches.first { $0.number == batch }.map { $0.jobs.count - $0.next } ?? 0 }
    }

    /// Jobs that nobody has claimed.
    var jobCount: Int { condition.withLock { batches.reduce(0) { $0 + $1.jobs.count - $1.next } } }

    /// Takes the next jobs, nil where there are none or the end has come. Never waits.
    func claim() -> Claim? {
        condition.withLock {
            guard !stopping, let batch = batches.first else { return nil }
            return claim(batch)
        }
    }

    /// Hands a result over.
    func handOver(_ arrival: LiveCasts.Arrival, _ outcome: CastOutcome) {
        condition.withLock { results.append((arrival, outcome)) }
    }

    /// Under the lock: what the casts of a batch see is the world as it was at dispatch.
    private func world(for batch: Batch) -> VoxelWorld {
        #if PLANTED_FAULTS
            lastClaimedWorld = batch.world
            if let newestWorld, planted(.worldAtClaim, if: newestWorld.contentSum != batch.world.contentSum) {
                return newestWorld
            }
        #endif
        return batch.world
    }

    /// Under the lock: `batch` is the first, as it was seen.
    private func claim(_ batch: Batch) -> Claim {
        let end = min(batch.next + LiveQueue.chunk, batch.jobs.count)
        if batches.first?.number == batch.number {
            if end == batch.jobs.count {
                batches.removeFirst()
            } else {
                batches[0].next = end
            }
        }
        let world = world(for: batch)
        return Claim(batch: batch.number, world: world, first: batch.next, jobs: batch.jobs[batch.next..<end])
    }
}

#if PLANTED_FAULTS
    // What planted faults make of the steps: each is one that was taken apart, as it is written before somebody has thought of the other thread.
    extension LiveQueue {
        /// What a worker saw that did not claim it in the same step.
        func look() -> Batch? { condition.withLock { stopping ? nil : batches.first } }

        /// Claims what was seen, whoever has claimed it since.
        func claim(seen batch: Batch) -> Claim {
            condition.withLock {
                let isTaken = batches.first?.number != batch.number || batches.first?.next != batch.next
                _ = planted(.claimedTwice, if: isTaken)
                return claim(batch)
            }
        }

        /// Says whose result comes next.
        func announce(_ arrival: LiveCasts.Arrival) { condition.withLock { announced.append(arrival) } }

        /// Hands over a result for whoever was announced first.
        func handOverAnnounced(_ own: LiveCasts.Arrival, _ outcome: CastOutcome) {
            condition.withLock {
                let arrival = announced.isEmpty ? own : announced.removeFirst()
                _ = planted(.tornHandOver, if: arrival != own)
                results.append((arrival, outcome))
            }
        }

        /// The world of whichever batch was claimed last, by whichever worker.
        var worldOfLastClaim: VoxelWorld? { condition.withLock { lastClaimedWorld } }

        /// Lets others in between reading the results and emptying the list.
        fileprivate func hasMoreResultsLater() -> Bool {
            seenBefore = condition.withLock { results }
            interleave?()
            return condition.withLock { results.count } > seenBefore.count
        }

        fileprivate func takeResultsInTwoSteps() -> [(LiveCasts.Arrival, CastOutcome)] {
            defer { seenBefore = [] }
            condition.withLock { results = [] }
            return seenBefore
        }
    }
#endif
