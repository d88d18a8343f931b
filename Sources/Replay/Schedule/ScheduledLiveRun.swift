package import Recording
package import Streaming
import Voxels

/// A live run whose threads are simulated: the frames, the queue between them and the workers, the workers and the recorder are those of
/// ``LiveRun``; who takes the next step is said by a ``Schedule``, and not by an operating system.
package struct ScheduledLiveRun: Sendable {
    package var schedule: Schedule
    /// Who casts; casts are begun one at a time, by whichever virtual worker does them.
    package var options: ReplayOptions

    package init(_ schedule: Schedule, options: ReplayOptions = ReplayOptions()) {
        self.schedule = schedule
        self.options = options
    }

    /// What came of it.
    package struct Outcome: Sendable {
        package var run: Run
        package var counts: LiveRun.Outcome
        /// Frame by frame what had come when the frame began, in that order: the schedule ``Schedule/drained(_:)`` that does the same.
        package var drained: [[LiveCasts.Arrival]]
        /// Casts in flight whose results never came, though the workers had nothing left to do; with the frame that dispatched them.
        package var lost: [(frame: Int32, flight: Flight)]
        /// What happened, in that order.
        package var events: [ScheduleEvent]
        /// The cast of every result, by its batch and its place in that.
        // Order: looked up by the arrival, never walked.
        package var flights: [LiveCasts.Arrival: Flight]

        /// The schedule ``Schedule/steps(_:)`` that does the same; of one that prescribes results it says too little.
        package var script: Script { Script(events.map(\.entry)) }
    }

    /// Runs the frames of a trace, without what another run of it has drained.
    ///
    /// `recorder` needs room for all frames: a frame that is missed for want of room would be up to the machine. `observe` sees each frame as it was
    /// recorded, its result, and the run as it is then. `watch` is asked before each frame who wants to look at its stages. `refused` is given what
    /// had happened where the model refuses what the run made of a frame; then the error is thrown.
    ///
    /// - Throws: ``ReplayError``, ``RecorderError``, what `observe` throws.
    package func run(
        _ given: [FrameInput], to recorder: FrameRecorder,
        observe: (FrameInput, FrameResult, borrowing RunState) throws -> Void = { _, _, _ in },
        watch: (FrameInput) -> StageWatch? = { _ in nil },
        refused: ([ScheduleEvent], [LiveCasts.Arrival: Flight]) -> Void = { _, _ in }
    ) throws -> Outcome {
        let frames = ScheduledLiveRun.frames(of: given)
        let queue = LiveCasts()
        let store = frames.contains(where: \.opensStore) ? ScheduledStore(given.contentsAtStart) : nil
        let caster = SingleCasts(options.casts())
        let scheduler = Scheduler(schedule, casts: queue, store: store, cast: caster.cast)
        let casts = ScheduledCasts(queue, caster, scheduler)
        let loop = LiveLoop(casts: casts, store: store, pace: casts)
        var claims = if case .seeded(let seed) = schedule { ClaimDraw(seed: seed) } else { ClaimDraw() }
        if case .steps = schedule { claims.decide = { scheduler.claims(of: $0) } }
        claims.observe = { scheduler.log.note($0, $1) }
        // Order: looked up by the arrival, never walked.
        var flights: [LiveCasts.Arrival: Flight] = [:]
        let (run, counts): (Run, LiveRun.Outcome)
        do {
            (run, counts) = try loop.run(
                frames, claims: claims, to: recorder,
                observe: { input, result, state in
                    if let batch = state.system.flightBatches.last, batch.frame == input.frame {
                        for flight in batch.flights {
                            flights[LiveCasts.Arrival(batch: batch.frame, place: flight.place)] = flight
                        }
                    }
                    try observe(input, result, state)
                }, watch: watch)
        } catch ReplayError.frameRefused(let frame, let error) {
            scheduler.finish()
            refused(scheduler.log.events, flights)
            throw ReplayError.frameRefused(frame: frame, error)
        }
        scheduler.finish()
        let late = Set(queue.takeArrivals())
        let lost = run.system.flightBatches.flatMap { batch in
            batch.flights.filter { flight in
                let arrival = LiveCasts.Arrival(batch: batch.frame, place: flight.place)
                return !late.contains(arrival) && scheduler.held[arrival] == nil
            }.map { (batch.frame, $0) }
        }
        return Outcome(
            run: run, counts: counts, drained: casts.drained, lost: lost, events: scheduler.log.events,
            flights: flights)
    }

    /// Frames as a live run is given them: without what another run has drained, recorded or dropped.
    package static func frames(of given: [FrameInput]) -> [FrameInput] {
        given.map { given in
            var input = given
            input.castResults = nil
            input.storeReplies = nil
            input.engineWork = nil
            input.checkpoint = nil
            input.snapshot = nil
            input.events.removeAll { event in
                switch event {
                case .writeBackDropped, .engine: true
                default: false
                }
            }
            return input
        }
    }
}

/// The queue as the frame thread sees it, with the schedule beside it: what is begun or asked for lets others come in.
private final class ScheduledCasts: LiveCastService, LivePace {
    private let casts: LiveCasts
    private let caster: SingleCasts
    private let scheduler: Scheduler
    private(set) var drained: [[LiveCasts.Arrival]] = []

    init(_ casts: LiveCasts, _ caster: SingleCasts, _ scheduler: Scheduler) {
        self.casts = casts
        self.caster = caster
        self.scheduler = scheduler
    }

    func waitForFrame(_ number: Int) -> (elapsedNanoseconds: Int64, isLate: Bool) {
        drained.append([])
        return scheduler.waitForFrame(number)
    }

    func pass(_ phase: Script.Phase) { scheduler.pass(phase) }

    func takeArrivals() -> [LiveCasts.Arrival] {
        let arrivals = casts.takeArrivals()
        if let last = drained.indices.last { drained[last] += casts.latest }
        scheduler.log.note(.takesResults(casts.latest))
        return arrivals
    }

    func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) {
        caster.prepare(jobs, of: batch, in: world)
        scheduler.come(to: .stepping)
        scheduler.begin(batch)
        casts.begin(batch: batch, jobs: jobs, in: world)
        scheduler.log.note(.beginsBatch(batch, jobs: jobs.count))
        scheduler.pass(.stepping)
    }

    func finish(batch: Int32) -> [CastOutcome] { casts.finish(batch: batch) }

    func finish(_ places: [Int32], of batch: Int32) -> [CastOutcome] { casts.finish(places, of: batch) }

    func abandon(batch: Int32) {
        scheduler.pass(.stepping)
        scheduler.abandon(batch)
        casts.abandon(batch: batch)
        caster.abandon(batch)
    }
}

/// Casts one job at a time with a service that casts batches. An outcome is a function of the job and the world: those of a whole batch are made
/// at once, when it begins, and given to whichever worker casts the job.
private final class SingleCasts {
    private let casts: any CastService
    private var number: Int32 = 0
    // Order: looked up by the job, never walked.
    private var prepared: [Int32: (world: VoxelWorld, outcomes: [CastJob: CastOutcome])] = [:]

    init(_ casts: any CastService) { self.casts = casts }

    func prepare(_ jobs: [CastJob], of batch: Int32, in world: VoxelWorld) {
        let outcomes = cast(jobs, in: world)
        prepared[batch] = (world, Dictionary(zip(jobs, outcomes), uniquingKeysWith: { first, _ in first }))
    }

    func cast(_ job: CastJob, of batch: Int32, in world: VoxelWorld) -> CastOutcome {
        // A worker that has gone wrong casts what nobody expects.
        // Nothing else holds the outcomes while one is taken out: they would be copied, each time.
        guard prepared[batch]?.world.contentSum == world.contentSum,
            let outcome = prepared[batch]?.outcomes.removeValue(forKey: job)
        else { return cast([job], in: world)[0] }
        if prepared[batch]?.outcomes.isEmpty ?? false { prepared[batch] = nil }
        return outcome
    }

    func abandon(_ batch: Int32) { prepared[batch] = nil }

    private func cast(_ jobs: [CastJob], in world: VoxelWorld) -> [CastOutcome] {
        number = number == Int32.max ? 0 : number + 1
        casts.begin(batch: number, jobs: jobs, in: world)
        return casts.finish(batch: number)
    }
}

extension FrameInput {
    fileprivate var opensStore: Bool {
        events.contains { if case .store = $0 { true } else { false } }
    }
}

extension [FrameInput] {
    /// What the run's store was before it, where the frames say so.
    fileprivate var contentsAtStart: StoreContents? {
        for input in self {
            for case .store(_, let contents) in input.events { return contents }
        }
        return nil
    }
}
