import Streaming
import Voxels

/// Steps virtual threads, the workers that cast and the one of the store, on the calling thread, in an order that is drawn from a seed.
///
/// One half of the seeds pick among those that can take a step at random. The other half follow S. Burckhardt, P. Kothari, M. Musuvathi and
/// S. Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs" (ASPLOS 2010): every thread has a priority, the one
/// with the highest runs, and now and then that one falls behind all others. So one thread can rest in the middle of what it does for as
/// long as others have work, which a random walk hardly ever lets happen.
final class Scheduler: LivePace {
    private enum Actor: Hashable { case worker(Int), store }

    /// Between two frames the clock of a schedule goes on by so much.
    private static let frameNanoseconds: Int64 = 16_666_667

    private let casts: LiveCasts
    private let store: ScheduledStore?
    private let cast: (CastJob, Int32, VoxelWorld) -> CastOutcome
    private var workers: [LiveWorker]
    /// Nil: nothing is left to chance.
    private var chance: Chance?
    /// Highest first; nil: who is next is drawn anew for each step.
    private var priorities: [Actor]?
    /// One step in so many, the thread that is due falls behind.
    private static let stepsPerChange: UInt64 = 24
    /// Of the work that waits so many quarters are done before the next frame, by chance one of these.
    private var quarters: [Int] = [4]
    /// One step of the frame thread in so many lets others come in; 0: none.
    private var passes: UInt64 = 0
    /// Where the results are prescribed: what every frame gets, and what has been cast and not been given.
    private let script: [[LiveCasts.Arrival]]?
    // Order: looked up by the arrival, never walked.
    private(set) var held: [LiveCasts.Arrival: CastOutcome] = [:]
    /// How many frames have begun.
    private var frames = 0

    init(
        _ schedule: Schedule, casts: LiveCasts, store: ScheduledStore?,
        cast: @escaping (CastJob, Int32, VoxelWorld) -> CastOutcome
    ) {
        self.casts = casts
        self.store = store
        self.cast = cast
        workers = [LiveWorker()]
        script = if case .drained(let script) = schedule { script } else { nil }
        if case .seeded(let seed) = schedule { draw(seed) }
        #if PLANTED_FAULTS
            casts.queue.interleave = { [weak self] in self?.pass() }
        #endif
    }

    private func draw(_ seed: UInt64) {
        var chance = Chance(seed: Schedule.mixed(seed))
        workers = (0..<Int(1 + chance.next(below: 6))).map { _ in LiveWorker() }
        if chance.next(below: 2) == 0 {
            var actors = workers.indices.map { Actor.worker($0) } + [.store]
            for place in actors.indices.dropFirst() {
                actors.swapAt(place, Int(chance.next(below: UInt64(place) + 1)))
            }
            priorities = actors
        }
        // Quick workers, middling ones, and some that are always behind.
        quarters = chance.pick([[0, 2, 4, 8], [0, 1, 2, 3, 4], [0, 0, 1, 2]])
        passes = chance.pick([1, 2, 4])
        store?.drawDrops(Schedule.mixed(~seed))
        self.chance = chance
    }

    // MARK: Between the frames, and within

    func waitForFrame(_ number: Int) -> (elapsedNanoseconds: Int64, isLate: Bool) {
        frames = number + 1
        if script != nil {
            giveScripted(number)
        } else if let quarter = chance?.pick(quarters) {
            let waiting = casts.queue.jobCount * 5 / 2 + workers.count * 2 + (store?.waitingCount ?? 0) * 2
            let extra = Int(chance?.next(below: 4) ?? 0)
            run(steps: waiting * quarter / 4 + extra)
        } else {
            settle()
        }
        return (Int64(number) * Scheduler.frameNanoseconds, false)
    }

    func pass() {
        guard passes > 0, let drawn = chance?.next(below: passes), drawn == 0 else { return }
        run(steps: Int(chance?.next(below: 9) ?? 0))
    }

    /// Until nobody has anything to do.
    func settle() {
        if script != nil { castScripted() }
        while step() {}
    }

    private func run(steps: Int) {
        for _ in 0..<steps where !step() { return }
    }

    // MARK: One step

    private func canStep(_ actor: Actor) -> Bool {
        switch actor {
        case .worker(let index): script == nil && (!workers[index].isFree || casts.queue.hasJobs)
        case .store: store?.canStep ?? false
        }
    }

    /// - Returns: false where nobody has anything to do.
    private func step() -> Bool {
        let able = (priorities ?? workers.indices.map { .worker($0) } + [.store]).filter(canStep)
        guard let first = able.first else { return false }
        var actor = first
        if priorities != nil {
            if chance?.next(below: Scheduler.stepsPerChange) == 0 {
                priorities?.removeAll { $0 == first }
                priorities?.append(first)
                return true
            }
        } else if let drawn = chance?.next(below: UInt64(able.count)) {
            actor = able[Int(drawn)]
        }
        switch actor {
        case .worker(let index):
            _ = workers[index].step(casts.queue, cast: cast)
        case .store: store?.step()
        }
        return true
    }

    // MARK: Results that are prescribed

    private func castScripted() {
        while let claim = casts.queue.claim() {
            for (offset, job) in claim.jobs.enumerated() {
                let arrival = LiveCasts.Arrival(batch: claim.batch, place: Int32(claim.first + offset))
                held[arrival] = cast(job, claim.batch, claim.world)
            }
        }
    }

    private func giveScripted(_ number: Int) {
        settle()
        guard let script, script.indices.contains(number) else { return }
        for arrival in script[number] {
            if let outcome = held.removeValue(forKey: arrival) { casts.queue.handOver(arrival, outcome) }
        }
    }
}
