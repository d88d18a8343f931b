import Streaming
import Voxels

/// Steps virtual threads, the workers that cast and the one of the store, on the calling thread, in an order that is drawn from a seed or given by
/// a script.
///
/// One half of the seeds pick among those that can take a step at random. The other half follow S. Burckhardt, P. Kothari, M. Musuvathi and
/// S. Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs" (ASPLOS 2010): every thread has a priority, the one
/// with the highest runs, and now and then that one falls behind all others. So one thread can rest in the middle of what it does for as
/// long as others have work, which a random walk hardly ever lets happen.
///
/// Whatever the order came from, it is written down (``log``) as the script that gives the same run.
final class Scheduler: LivePace {
    private enum Actor: Hashable { case worker(Int), store }

    /// Between two frames the clock of a schedule goes on by so much.
    private static let frameNanoseconds: Int64 = 16_666_667

    let casts: LiveCasts
    let store: ScheduledStore?
    private let cast: (CastJob, Int32, VoxelWorld) -> CastOutcome
    var workers: [ScheduledWorker]
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
    private let prescribed: [[LiveCasts.Arrival]]?
    // Order: looked up by the arrival, never walked.
    private(set) var held: [LiveCasts.Arrival: CastOutcome] = [:]
    /// Where the steps are given.
    var player: ScriptPlayer?
    var log = ScheduleLog()
    /// By batch, how many workers have looked for jobs in it; one that has begun has a number.
    // Order: looked up, never walked.
    var visits: [Int32: Int32] = [:]
    /// All that have begun.
    // Order: membership only.
    private(set) var batches: Set<Int32> = []

    init(
        _ schedule: Schedule, casts: LiveCasts, store: ScheduledStore?,
        cast: @escaping (CastJob, Int32, VoxelWorld) -> CastOutcome
    ) {
        self.casts = casts
        self.store = store
        self.cast = cast
        workers = [ScheduledWorker()]
        prescribed = if case .drained(let orders) = schedule { orders } else { nil }
        player = if case .steps(let script) = schedule { ScriptPlayer(script) } else { nil }
        if case .seeded(let seed) = schedule { draw(seed) }
        store?.observe = { [weak self] in self?.log.note($0) }
        store?.note = { [weak self] in self?.log.note($0) }
        store?.willWait = { [weak self] in self?.come(to: .replyAwaited) }
        #if PLANTED_FAULTS
            casts.queue.interleave = { [weak self] in self?.pass(.resultsRead) }
        #endif
    }

    private func draw(_ seed: UInt64) {
        var chance = Chance(seed: Schedule.mixed(seed))
        workers = (0..<Int(1 + chance.next(below: 6))).map { _ in ScheduledWorker() }
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
        log.begin(frame: Int32(number))
        store?.begin(frame: Int32(number))
        come(to: .begins)
        if prescribed != nil {
            givePrescribed(number)
        } else if player != nil {
            takeUnnamed()
        } else if let quarter = chance?.pick(quarters) {
            let waiting = casts.queue.jobCount * 5 / 2 + workers.count * 2 + (store?.waitingCount ?? 0) * 2
            let extra = Int(chance?.next(below: 4) ?? 0)
            run(steps: waiting * quarter / 4 + extra)
        } else {
            settle()
        }
        return (Int64(number) * Scheduler.frameNanoseconds, false)
    }

    func pass(_ phase: Script.Phase) {
        come(to: phase)
        guard passes > 0, let drawn = chance?.next(below: passes), drawn == 0 else { return }
        run(steps: Int(chance?.next(below: 9) ?? 0))
    }

    /// A point at which a script may let others come in, and a seed does not.
    func come(to phase: Script.Phase) {
        let point = log.come(to: phase)
        if player != nil { play(to: point) }
    }

    func begin(_ batch: Int32) { batches.insert(batch) }

    /// What is left of a batch is claimed by nobody.
    func abandon(_ batch: Int32) {
        log.note(.abandonsBatch(batch))
        let left = (casts.queue.jobCount(of: batch) + LiveQueue.chunk - 1) / LiveQueue.chunk
        let first = visits[batch, default: 0]
        for visit in first..<first + Int32(left) { log.noteUnclaimed(batch, visit: visit) }
    }

    /// Behind the last frame, until nobody has anything to do.
    func finish() {
        log.come(to: Script.end)
        if player != nil {
            play(to: Script.end)
            takeUnnamed()
        }
        settle()
        log.finish()
    }

    /// Until nobody has anything to do.
    private func settle() {
        if prescribed != nil { castPrescribed() }
        while step() {}
    }

    private func run(steps: Int) {
        for _ in 0..<steps where !step() { return }
    }

    // MARK: One step

    private func canStep(_ actor: Actor) -> Bool {
        switch actor {
        case .worker(let index): prescribed == nil && (!workers[index].isFree || casts.queue.hasJobs)
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
        case .worker(let index): stepWorker(index)
        case .store: store?.step()
        }
        return true
    }

    /// Lets a worker that can take a step take it.
    func stepWorker(_ index: Int) {
        let before = workers[index].activity
        guard workers[index].worker.step(casts.queue, cast: cast) else { return }
        let after = workers[index].activity
        if before == .free, let batch = after.batch {
            workers[index].begin(batch, visit: visits[batch, default: 0])
            visits[batch, default: 0] += 1
        }
        log.note(workers[index].step, by: index, before, after)
        workers[index].stepsDone += 1
    }

    // MARK: Results that are prescribed

    private func castPrescribed() {
        while let claim = casts.queue.claim() {
            for (offset, job) in claim.jobs.enumerated() {
                let arrival = claim.arrival(offset)
                held[arrival] = cast(job, claim.batch, claim.world)
            }
        }
    }

    private func givePrescribed(_ number: Int) {
        settle()
        guard let prescribed, prescribed.indices.contains(number) else { return }
        for arrival in prescribed[number] {
            if let outcome = held.removeValue(forKey: arrival) { casts.queue.handOver(arrival, outcome) }
        }
    }
}

/// A worker, and the name of what it is in the middle of.
struct ScheduledWorker {
    var worker = LiveWorker()
    private(set) var batch: Int32 = 0
    private(set) var visit: Int32 = 0
    var stepsDone: Int32 = 0

    var isFree: Bool { worker.isFree }
    var activity: LiveWorker.Activity { worker.activity }
    /// The next step that it takes, or the one that it has just taken, before that was counted.
    var step: Script.Step { .worker(batch: batch, visit: visit, step: stepsDone) }

    mutating func begin(_ batch: Int32, visit: Int32) {
        (self.batch, self.visit, stepsDone) = (batch, visit, 0)
    }
}

extension LiveWorker.Activity {
    var batch: Int32? {
        switch self {
        case .free: nil
        case .looked(let batch), .claimed(let batch, _, _): batch
        case .cast(let arrival), .announced(let arrival): arrival.batch
        }
    }
}
