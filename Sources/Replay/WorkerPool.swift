import Foundation
package import Streaming
import Synchronization
package import Voxels

/// Casts on worker threads. Which thread casts what, and when, is left to chance; the outcomes are
/// handed back by the place of their job, so the chance does not show.
package final class WorkerPool: CastService {
    /// The most threads that can be asked for.
    package static let maximumWorkers = 256

    private let shared = Shared()
    private var begun: [Int32: Batch] = [:]
    private var parts = BatchParts()

    /// Starts the threads; they end when the pool goes.
    ///
    /// - Precondition: `workers` is 1...``maximumWorkers``.
    package init(workers: Int) {
        precondition((1...WorkerPool.maximumWorkers).contains(workers), "1...256 workers")
        for index in 0..<workers {
            let shared = shared
            let thread = Thread { shared.work() }
            thread.name = "cast \(index)"
            thread.start()
        }
    }

    deinit { shared.stop() }

    package func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) {
        let new = Batch(jobs: jobs, world: world)
        // Nobody would do the last of no jobs. It is not shared yet.
        new.isFinished = jobs.isEmpty
        begun[batch] = new
        shared.enqueue(new)
    }

    package func finish(batch: Int32) -> [CastOutcome] {
        guard let waited = begun.removeValue(forKey: batch) else {
            preconditionFailure("batch \(batch) was never begun, or finished twice")
        }
        return shared.wait(for: waited)
    }

    package func finish(_ places: [Int32], of batch: Int32) -> [CastOutcome] {
        parts.take(places, of: batch) { finish(batch: batch) }
    }

    package func abandon(batch: Int32) {
        begun.removeValue(forKey: batch)?.cancel()
        parts.abandon(batch)
    }
}

/// The jobs of one frame, taken in chunks by whichever thread is free.
///
/// `@unchecked Sendable`: `jobs` and `world` never change; every element of `outcomes` is written by the
/// one thread that claimed its index from `next`, and read after all have been counted in `done`, whose
/// last change happens under the lock that the reader waits on.
private final class Batch: @unchecked Sendable {
    /// Small enough to share out evenly, large enough that the claim costs nothing beside it.
    private static let chunk = 4

    private let jobs: [CastJob]
    private let world: VoxelWorld
    private let outcomes: UnsafeMutableBufferPointer<CastOutcome>
    private let next = Atomic<Int>(0)
    private let done = Atomic<Int>(0)
    /// Read and written under the lock of ``Shared``.
    var isFinished = false

    init(jobs: [CastJob], world: VoxelWorld) {
        self.jobs = jobs
        self.world = world
        outcomes = .allocate(capacity: jobs.count)
        outcomes.initialize(repeating: .aborted)
    }

    deinit { outcomes.deallocate() }

    var result: [CastOutcome] { Array(outcomes) }

    /// Lets nobody claim what has not been claimed.
    func cancel() { next.store(jobs.count, ordering: .relaxed) }

    /// Casts until nothing is left to claim.
    ///
    /// - Returns: whether this thread did the last job.
    func work() -> Bool {
        var caster: ProbeCaster?
        while true {
            let start = next.wrappingAdd(Batch.chunk, ordering: .relaxed).oldValue
            guard start < jobs.count else { return false }
            let end = min(start + Batch.chunk, jobs.count)
            for index in start..<end {
                if caster == nil { caster = ProbeCaster(world: world) }
                if let outcome = caster?.cast(
                    from: jobs[index].origin, distance: jobs[index].distance)
                {
                    outcomes[index] = outcome
                }
            }
            let counted = done.wrappingAdd(end - start, ordering: .acquiringAndReleasing).newValue
            if counted == jobs.count { return true }
        }
    }
}

/// What the pool and its threads share. The threads hold this and not the pool, so that the pool can go.
///
/// `@unchecked Sendable`: everything mutable is touched under `condition`.
private final class Shared: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [Batch] = []
    private var stopping = false

    func enqueue(_ batch: Batch) {
        condition.withLock {
            waiting.append(batch)
            condition.broadcast()
        }
    }

    func wait(for batch: Batch) -> [CastOutcome] {
        condition.withLock {
            while !batch.isFinished { condition.wait() }
        }
        return batch.result
    }

    func stop() {
        condition.withLock {
            stopping = true
            condition.broadcast()
        }
    }

    /// The life of a worker thread.
    func work() {
        while let batch = nextBatch() {
            let finished = batch.work()
            condition.withLock {
                waiting.removeAll { $0 === batch }
                if finished {
                    batch.isFinished = true
                    condition.broadcast()
                }
            }
        }
    }

    private func nextBatch() -> Batch? {
        condition.withLock {
            while waiting.isEmpty, !stopping { condition.wait() }
            return stopping ? nil : waiting.first
        }
    }
}
