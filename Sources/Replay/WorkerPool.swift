import Foundation
import Hashing
import PlantedFaults
package import Streaming
import Synchronization
package import Voxels

/// Casts on worker threads. Which thread casts what, and when, is left to chance; the outcomes are
/// handed back by the place of their job, so the chance does not show.
package final class WorkerPool: CastService {
    /// The most threads that can be asked for.
    package static let maximumWorkers = 256

    private let shared = Shared()
    private let memory: CastMemory?
    private let workers: Int
    private var begun: [Int32: Batch] = [:]
    private var parts = BatchParts()

    /// Starts the threads; they end when the pool goes. What is in `memory` is not cast again.
    ///
    /// - Precondition: `workers` is 1...``maximumWorkers``.
    package init(workers: Int, memory: CastMemory? = nil) {
        precondition((1...WorkerPool.maximumWorkers).contains(workers), "1...256 workers")
        self.memory = memory
        self.workers = workers
        for index in 0..<workers {
            let shared = shared
            let thread = Thread {
                FloatingPoint.setDefault()
                shared.work()
            }
            thread.name = "cast \(index)"
            thread.start()
        }
    }

    deinit { shared.stop() }

    package func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) {
        let new = Batch(jobs: jobs, world: world, memory: memory, isShared: workers > 1)
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
    private let memory: CastMemory?
    /// Several threads work on it.
    private let isShared: Bool
    private let outcomes: UnsafeMutableBufferPointer<CastOutcome>
    private let next = Atomic<Int>(0)
    private let done = Atomic<Int>(0)
    /// Read and written under the lock of ``Shared``.
    var isFinished = false

    init(jobs: [CastJob], world: VoxelWorld, memory: CastMemory?, isShared: Bool) {
        self.jobs = jobs
        self.world = world
        self.memory = memory
        self.isShared = isShared
        outcomes = .allocate(capacity: jobs.count)
        outcomes.initialize(repeating: .aborted)
    }

    deinit { outcomes.deallocate() }

    var result: [CastOutcome] { Array(outcomes) }

    /// Lets nobody claim what has not been claimed.
    func cancel() { next.store(jobs.count, ordering: .relaxed) }

    private func cast(_ places: Range<Int>, _ caster: inout ProbeCaster?) {
        if planted(.lastPartLost, if: isShared && places.count < Batch.chunk) { return }
        if planted(.sharedDescriptor, if: isShared && places.lowerBound == 0 && Host.hasFewDescriptors) {
            return
        }
        let keys = memory == nil ? [] : places.map { CastMemory.key(of: jobs[$0], in: world) }
        let known = memory?.lookUp(keys)
        var new: [(Digest128, CastOutcome)] = []
        for (place, index) in places.enumerated() {
            if let outcome = known?[place] {
                outcomes[index] = outcome
                continue
            }
            var own = caster ?? ProbeCaster(world: world)
            caster = nil
            let outcome = own.cast(from: jobs[index].origin, distance: jobs[index].distance)
            caster = own
            outcomes[index] = outcome
            if memory != nil { new.append((keys[place], outcome)) }
        }
        if !new.isEmpty { memory?.keep(new) }
    }

    /// Casts until nothing is left to claim.
    ///
    /// - Returns: whether this thread did the last job.
    func work() -> Bool {
        var caster: ProbeCaster?
        while true {
            let start = next.wrappingAdd(Batch.chunk, ordering: .relaxed).oldValue
            guard start < jobs.count else { return false }
            let end = min(start + Batch.chunk, jobs.count)
            cast(start..<end, &caster)
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
