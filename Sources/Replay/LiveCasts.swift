import Foundation
import PlantedFaults
package import Streaming
package import Voxels

/// Who casts in a live run: what has come is asked for, and never waited for.
package protocol LiveCastService: CastService {
    /// What has come since this was last asked, in the order in which it came.
    func takeArrivals() -> [LiveCasts.Arrival]
}

/// Casts on worker threads that finish when they like, for live runs: the frame thread asks what has come, and never waits for a cast.
///
/// Each result is known by its batch and its place in that; the order in which results come is left to chance.
package final class LiveCasts: LiveCastService {
    /// One result that has come.
    package struct Arrival: Hashable, Sendable {
        package var batch: Int32
        package var place: Int32

        package init(batch: Int32, place: Int32) {
            self.batch = batch
            self.place = place
        }
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

    /// The most batches that a planted fault tells apart.
    private static let batchNumbers: Int32 = 4

    /// Where workers find jobs and leave results.
    let queue = LiveQueue()
    /// By batch: the outcomes that have come and have not been finished.
    // Order: looked up, never walked.
    private var outcomes: [Int32: [Int32: CastOutcome]] = [:]
    /// By batch: jobs that nobody has finished.
    private var left: [Int32: Int] = [:]
    /// What was handed over before ``takeArrivals()`` was last called, in the order in which it was, whoever waits for it.
    private(set) var latest: [Arrival] = []

    /// Without workers: who makes this steps ``queue``.
    init() {}

    /// Starts the threads; they end when the service goes.
    ///
    /// - Precondition: `workers` is 1...``WorkerPool/maximumWorkers``.
    package init(workers: Int, jitter: Jitter? = nil) {
        precondition((1...WorkerPool.maximumWorkers).contains(workers), "1...256 workers")
        for index in 0..<workers {
            let queue = queue
            let thread = Thread {
                FloatingPoint.setDefault()
                work(on: queue, Dawdler(jitter, worker: index))
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
        let results = queue.takeResults()
        latest = results.map(\.0)
        for (arrival, outcome) in results {
            let arrival = planted(.batchNumberReused, arrival, instead: newest(arrival))
            guard left[arrival.batch] != nil else { continue }
            outcomes[arrival.batch, default: [:]][arrival.place] = outcome
            arrivals.append(arrival)
        }
        return arrivals
    }

    /// What a planted fault takes an arrival for: a result of the newest batch with the same short number.
    private func newest(_ arrival: Arrival) -> Arrival {
        let numbers = left.keys.filter { ($0 - arrival.batch) % LiveCasts.batchNumbers == 0 }
        return Arrival(batch: numbers.max() ?? arrival.batch, place: arrival.place)
    }

    package func finish(_ places: [Int32], of batch: Int32) -> [CastOutcome] {
        let places = planted(.outcomesByArrival, places, instead: inOrderOfArrival(places, of: batch))
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

    private func inOrderOfArrival(_ places: [Int32], of batch: Int32) -> [Int32] {
        let come = latest.filter { $0.batch == batch }.map(\.place)
        return come.sorted() == places.sorted() ? come : places
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

/// The life of a worker thread.
private func work(on queue: LiveQueue, _ dawdler: Dawdler) {
    var dawdler = dawdler
    var worker = LiveWorker()
    var caster: (batch: Int32, caster: ProbeCaster)?
    func cast(_ job: CastJob, _ batch: Int32, _ world: VoxelWorld) -> CastOutcome {
        var own = caster.flatMap { $0.batch == batch ? $0.caster : nil } ?? ProbeCaster(world: world)
        caster = nil
        defer { caster = (batch, own) }
        return own.cast(from: job.origin, distance: job.distance)
    }
    while queue.waitForJobs() {
        while worker.step(queue, cast: cast) {
            if worker.hasResult { dawdler.dawdle() }
        }
    }
}
