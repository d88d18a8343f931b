import Foundation
package import Streaming
import Synchronization
package import Voxels

/// Casts on worker threads that finish when they like, for live runs: the frame thread asks what has come, and never waits for a cast.
///
/// Each result is known by its batch and its place in that; the order in which results come is left to chance.
package final class LiveCasts: CastService {
    /// One result that has come.
    package struct Arrival: Hashable, Sendable {
        package var batch: Int32
        package var place: Int32
    }

    /// Makes workers dawdle at random, as other threads of a game make them.
    package struct Jitter: Sendable {
        package var seed: UInt64
        /// The longest that a worker sleeps before it hands a result over.
        package var maximumMicroseconds: UInt32

        package init(seed: UInt64, maximumMicroseconds: UInt32) {
            self.seed = seed
            self.maximumMicroseconds = maximumMicroseconds
        }
    }

    private let queue = LiveQueue()
    /// By batch: the outcomes that have come and have not been finished.
    // Order: looked up, never walked.
    private var outcomes: [Int32: [Int32: CastOutcome]] = [:]
    /// By batch: jobs that nobody has finished.
    private var left: [Int32: Int] = [:]

    /// Starts the threads; they end when the service goes.
    ///
    /// - Precondition: `workers` is 1...``WorkerPool/maximumWorkers``.
    package init(workers: Int, jitter: Jitter? = nil) {
        precondition((1...WorkerPool.maximumWorkers).contains(workers), "1...256 workers")
        for index in 0..<workers {
            let queue = queue
            let thread = Thread {
                FloatingPoint.setDefault()
                queue.work(Dawdler(jitter, worker: index))
            }
            thread.name = "cast \(index)"
            thread.start()
        }
    }

    deinit { queue.stop() }

    package func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) {
        left[batch] = jobs.count
        queue.append(LiveQueue.Batch(number: batch, jobs: jobs, world: world))
    }

    /// What has come since this was last asked, in the order in which it came. Never waits for a cast.
    package func takeArrivals() -> [Arrival] {
        var arrivals: [Arrival] = []
        for (arrival, outcome) in queue.takeResults() where left[arrival.batch] != nil {
            outcomes[arrival.batch, default: [:]][arrival.place] = outcome
            arrivals.append(arrival)
        }
        return arrivals
    }

    package func finish(_ places: [Int32], of batch: Int32) -> [CastOutcome] {
        let finished = places.map { place in
            guard let outcome = outcomes[batch]?.removeValue(forKey: place) else {
                preconditionFailure("result \(place) of batch \(batch) has not come, or was finished before")
            }
            return outcome
        }
        left[batch, default: 0] -= places.count
        if left[batch] == 0 { abandon(batch: batch) }
        return finished
    }

    package func finish(batch: Int32) -> [CastOutcome] {
        preconditionFailure("a live run takes what has come")
    }

    package func abandon(batch: Int32) {
        left[batch] = nil
        outcomes[batch] = nil
        queue.abandon(batch)
    }
}

/// What is left to chance in a live run, from a seed: Knuth's linear congruential generator (MMIX), of whose state the high half is used.
struct Chance {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % bound
    }
}

/// Sleeps at random.
private struct Dawdler {
    private let maximum: UInt32
    private var chance: Chance

    init(_ jitter: LiveCasts.Jitter?, worker: Int) {
        maximum = jitter?.maximumMicroseconds ?? 0
        chance = Chance(seed: (jitter?.seed ?? 0) &+ UInt64(worker) &* 0x9E37_79B9_7F4A_7C15)
    }

    mutating func dawdle() {
        guard maximum > 0 else { return }
        usleep(UInt32(chance.next(below: UInt64(maximum) + 1)))
    }
}

/// Jobs and results between the frame thread and the workers. Held for moments only: nobody casts or sleeps under the lock.
///
/// `@unchecked Sendable`: everything mutable is touched under `condition`.
private final class LiveQueue: @unchecked Sendable {
    struct Batch {
        var number: Int32
        var jobs: [CastJob]
        var world: VoxelWorld
        var next = 0
    }

    /// Jobs that a worker takes at once: few, so that results of several workers mix.
    private static let chunk = 2

    private let condition = NSCondition()
    private var batches: [Batch] = []
    private var results: [(LiveCasts.Arrival, CastOutcome)] = []
    private var stopping = false

    func append(_ batch: Batch) {
        condition.withLock {
            batches.append(batch)
            condition.broadcast()
        }
    }

    func takeResults() -> [(LiveCasts.Arrival, CastOutcome)] {
        condition.withLock {
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

    func work(_ dawdler: Dawdler) {
        var dawdler = dawdler
        var caster: (batch: Int32, caster: ProbeCaster)?
        while let (batch, first, jobs) = take() {
            if caster?.batch != batch.number { caster = (batch.number, ProbeCaster(world: batch.world)) }
            for (offset, job) in jobs.enumerated() {
                guard let outcome = caster?.caster.cast(from: job.origin, distance: job.distance) else {
                    continue
                }
                dawdler.dawdle()
                let arrival = LiveCasts.Arrival(batch: batch.number, place: Int32(first + offset))
                condition.withLock { results.append((arrival, outcome)) }
            }
        }
    }

    /// Waits for jobs; nil at the end.
    private func take() -> (Batch, Int, ArraySlice<CastJob>)? {
        condition.withLock {
            while !stopping, batches.isEmpty { condition.wait() }
            guard !stopping, let batch = batches.first else { return nil }
            let end = min(batch.next + LiveQueue.chunk, batch.jobs.count)
            if end == batch.jobs.count {
                batches.removeFirst()
            } else {
                batches[0].next = end
            }
            return (batch, batch.next, batch.jobs[batch.next..<end])
        }
    }
}
