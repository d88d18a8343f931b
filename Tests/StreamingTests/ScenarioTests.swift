import Foundation
import Hashing
import Testing
import Topology
import Voxels

@testable import Streaming

/// Runs one scenario through the system and the reference, until they differ.
struct ScenarioRun {
    var difference: Difference?
    var mistakes: [String] = []
    var totals = LevelCounts()
    var frames = 0
    var reached: [ReachedCase: Int] = [:]
    var reachedLive: [ReachedLiveCase: Int] = [:]
    var reachedVariant: [ReachedVariantCase: Int] = [:]
}

func runScenario(seed: UInt64, frames: Int, fault: PlantedFault? = nil) throws -> ScenarioRun {
    var generator = ScenarioGenerator(seed: seed)
    let outcomes = CastOutcomes(source: generator.castSource)
    let reference = ReferenceModel(fault: fault) {
        outcomes.outcome(CastJob(origin: $0, distance: $1), $2)
    }
    return try run(frames: frames, reference, outcomes, restoringEvery: generator.isLive ? 8 : nil) { _, _ in
        generator.next(reference)
    }
}

/// A run that goes on from a snapshot of another, with casts that are begun anew.
private struct RestoredRun {
    private var system: StreamingSystem
    private let casts: ScriptedCasts
    private var keeper: MemoryStore
    private(set) var mistakes: [String] = []

    init(_ original: StreamingSystem, _ outcomes: CastOutcomes, _ keeper: MemoryStore) throws {
        let snapshot = original.snapshot()
        system = try StreamingSystem(snapshot: snapshot)
        casts = ScriptedCasts(outcomes)
        self.keeper = keeper
        if system.snapshot() != snapshot { mistakes.append("a restored system has another snapshot") }
        system.resumeCasts(casts)
        expectAsMany(original)
    }

    /// Whether it begins with a batch of which a part has been drained before.
    var beginsInPart: Bool {
        system.flightBatches.contains { batch in
            zip(batch.flights, batch.flights.dropFirst()).contains { $0.sequence + 1 < $1.sequence }
        }
    }

    mutating func lose(_ row: RowKey) { keeper.handOver(lossOf(row)) }

    mutating func step(_ input: FrameInput, like result: FrameResult, _ original: StreamingSystem) throws {
        let found = try system.step(input, casts: casts, store: &keeper)
        if found.digests != result.digests || found.counts != result.counts {
            mistakes.append("frame \(input.frame): a run from a snapshot has other digests or counts")
        }
        expectAsMany(original)
    }

    /// At its end the state is compared in all its bytes.
    mutating func finish(_ original: StreamingSystem) -> [String] {
        if system.snapshot() != original.snapshot() {
            mistakes.append("a run from a snapshot has come to another state")
        }
        return mistakes + casts.mistakes
    }

    private mutating func expectAsMany(_ original: StreamingSystem) {
        guard casts.openBatches != original.flightBatches.count else { return }
        mistakes.append("after a snapshot \(casts.openBatches) batches are open")
    }
}

/// A row that a disk has lost.
private func lossOf(_ row: RowKey) -> StoreBatch {
    StoreBatch(frame: 0, clock: 0, operations: [.delete(row)])
}

func run(
    frames: Int, _ reference: ReferenceModel, _ outcomes: CastOutcomes, restoringEvery interval: Int? = nil,
    _ next: (StreamingSystem, ScriptedCasts) throws -> FrameInput
) throws -> ScenarioRun {
    let casts = ScriptedCasts(outcomes)
    var system = StreamingSystem()
    var keeper = MemoryStore()
    var run = ScenarioRun()
    var restored: RestoredRun?
    for index in 0..<frames {
        let input = try next(system, casts)
        for row in reference.lostRows {
            keeper.handOver(lossOf(row))
            restored?.lose(row)
            reference.disk.delete(row)
        }
        reference.lostRows = []
        var hashed: [[UInt8]] = []
        let result = try system.step(input, casts: casts, store: &keeper) { _, bytes, _ in
            hashed.append(bytes)
        }
        let expected = reference.step(input)
        for counts in result.counts { run.totals += counts }
        run.frames += 1
        run.difference = firstDifference(system, result, reference, expected)
        run.difference?.addBytes(hashed, expected.stageBytes)
        if run.difference == nil { run.difference = storeDifference(keeper, reference, frame: input.frame) }
        if run.difference != nil {
            run.difference?.places.append("events: \(input.events.map(shortName))")
            break
        }
        if casts.openBatches != system.flightBatches.count {
            run.mistakes.append("frame \(input.frame): \(casts.openBatches) batches are open")
        }
        if index % 16 == 15 {
            run.mistakes += system.incrementalFaults().map { "frame \(input.frame): \($0)" }
        }
        try restored?.step(input, like: result, system)
        if let interval, index % interval == interval - 1 {
            run.mistakes += restored?.finish(system) ?? []
            restored = try RestoredRun(system, outcomes, keeper)
            if restored?.beginsInPart == true { reference.note(.restoredInPart) }
        }
    }
    if run.difference == nil { run.mistakes += restored?.finish(system) ?? [] }
    run.mistakes += casts.mistakes
    run.reached = reference.reached
    run.reachedLive = reference.reachedLive
    run.reachedVariant = reference.reachedVariant
    return run
}

/// What a failing test says of an event.
private func shortName(_ event: Event) -> String {
    switch event {
    case .store(let cap, let contents):
        "store of \(cap) bytes with \(contents.map { "\($0.index.rows.count) rows" } ?? "what it had")"
    default: "\(event)"
    }
}

/// What the environment says about a longer run, or about a single seed to repeat.
enum TestScale {
    /// LUMON_TEST_SCALE multiplies the number of scenarios.
    static var factor: Int { value("LUMON_TEST_SCALE").map(Int.init) ?? 1 }
    /// LUMON_TEST_FRAMES, or 60, and for some seeds enough for an aborted cast to be tried again.
    static func frames(_ seed: UInt64) -> Int {
        value("LUMON_TEST_FRAMES").map(Int.init) ?? (seed % 7 == 3 ? 100 : 60)
    }

    static var seeds: [UInt64] {
        if let seed = value("LUMON_TEST_SEED") { return [seed] }
        // A sixth of them in debug: release does the others.
        return Array(0..<UInt64((isThorough ? 72 : 12) * factor))
    }

    /// In release, and in full for the nightly: what takes minutes in debug.
    static var isThorough: Bool {
        #if DEBUG
            value("LUMON_TEST_FULL") == 1
        #else
            true
        #endif
    }
    static let inRelease: Comment = "in release, and with LUMON_TEST_FULL=1"

    static func repeatLine(_ seed: UInt64, _ frames: Int) -> String {
        "repeat with: LUMON_TEST_SEED=\(seed) LUMON_TEST_FRAMES=\(frames) swift test --filter ScenarioTests"
    }

    static func value(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}

@Suite struct ScenarioTests {
    @Test(arguments: TestScale.seeds)
    func theSystemIsTheReferenceInEveryFieldOfEveryFrame(seed: UInt64) throws {
        let frames = TestScale.frames(seed)
        let run = try runScenario(seed: seed, frames: frames)
        let line = "seed \(seed); \(TestScale.repeatLine(seed, frames))"
        if let difference = run.difference { Issue.record("\(difference); \(line)") }
        #expect(run.mistakes.isEmpty, "\(run.mistakes); \(line)")
    }

    /// One scenario of each theme; what grows old or waits too long is left to the directed ones.
    @Test func theScenariosReachWhatCanHappenToAProbe() throws {
        var totals = LevelCounts()
        for seed in 0..<UInt64(ScenarioTheme.allCases.count) {
            totals += try runScenario(seed: seed, frames: 25).totals
        }
        for (name, count) in [
            ("entered", totals.entered), ("left", totals.left), ("dirtied", totals.dirtied),
            ("selected", totals.selected), ("cast", totals.cast), ("disabled", totals.disabled),
            ("committed", totals.committed), ("aborted", totals.aborted), ("overtaken", totals.overtaken),
            ("dropped", totals.dropped),
        ] {
            #expect(count > 10, "\(name)")
        }
    }

    @Test(.enabled(if: TestScale.isThorough, TestScale.inRelease))
    func theScenariosReachWhatCanHappenToARegion() throws {
        var reached: [ReachedCase: Int] = [:]
        for seed in 0..<UInt64(128) where ScenarioGenerator(seed: seed).theme.isAboutRegions {
            // Order: numbers are added up.
            reached.merge(try runScenario(seed: seed, frames: 60).reached, uniquingKeysWith: +)
        }
        for each in ReachedCase.allCases { #expect(reached[each, default: 0] > 2, "\(each)") }
    }

    @Test(.enabled(if: TestScale.isThorough, TestScale.inRelease))
    func theLiveScenariosReachWhatCanHappenToWhatIsDrained() throws {
        var reached: [ReachedLiveCase: Int] = [:]
        for seed in 0..<UInt64(96) where ScenarioGenerator(seed: seed).isLive {
            // Order: numbers are added up.
            reached.merge(try runScenario(seed: seed, frames: 60).reachedLive, uniquingKeysWith: +)
        }
        for each in ReachedLiveCase.allCases { #expect(reached[each, default: 0] > 2, "\(each)") }
    }

    /// A test that cannot fail proves nothing: each mistake is planted in the reference and has to be
    /// found, at a stage where it shows first.
    @Test(.enabled(if: TestScale.isThorough, TestScale.inRelease), arguments: PlantedFault.allCases)
    func aPlantedFaultIsFoundAtItsStage(fault: PlantedFault) throws {
        var found: Difference?
        if fault == .queueNeverExpires {
            found = try DirectedScenario.crowded(frames: 34).run(fault: fault).difference
        } else {
            let seeds = (0..<UInt64(384)).filter { seed in
                let generator = ScenarioGenerator(seed: seed)
                return fault.themes.contains(generator.theme) && (generator.isLive || !fault.isOfLiveRuns)
            }
            for seed in seeds where found == nil {
                found = try runScenario(seed: seed, frames: 60, fault: fault).difference
            }
        }
        let difference = try #require(found, "no scenario shows \(fault)")
        let stage = try #require(difference.stage, "\(difference)")
        #expect(fault.stages.contains(stage), "\(difference)")
    }
}

/// Frames chosen by hand for what a random walk does not reach.
struct DirectedScenario {
    var frames: Int
    var configuration: Configuration
    /// Changes the input of a frame, given its index.
    var change: (Int, inout FrameInput) -> Void

    func run(fault: PlantedFault? = nil) throws -> ScenarioRun {
        let outcomes = CastOutcomes(source: .invented)
        let reference = ReferenceModel(fault: fault) {
            outcomes.outcome(CastJob(origin: $0, distance: $1), $2)
        }
        var index = 0
        return try StreamingTests.run(frames: frames, reference, outcomes) { _, _ in
            var input = FrameInput(
                frame: Int32(index), camera: Camera(position: WorldPoint(0.5, 70.5, 0.5)),
                events: index == 0 ? [.sessionStart(configuration)] : [])
            change(index, &input)
            index += 1
            return input
        }
    }

    /// More requests than fit in flight, on their way for longer than a request may wait. Before the
    /// first results, a layout change retires what is in flight, which takes its room all the same.
    static func crowded(frames: Int) -> DirectedScenario {
        var configuration = Configuration.classic
        configuration.resolution = 13
        configuration.levels = 1
        configuration.castLatencyFrames = 37
        configuration.budgets = Budgets(perLevel: [4000], total: 4000, uploadBytes: 1 << 20)
        return DirectedScenario(frames: frames, configuration: configuration) { index, input in
            // Above all terrain: no centre is solid.
            input.camera.position.y = 300
            if index == 34 {
                configuration.layoutVersion = 2
                input.events.append(.configure(configuration))
            }
            if index == 36 { input.camera.position.x += 6 }
        }
    }

    /// Long enough for a probe to grow old; some are kept fresh by invalidation.
    static func ageing() -> DirectedScenario {
        var configuration = Configuration.classic
        configuration.baseSpacing = 0.25
        configuration.resolution = 8
        configuration.levels = 1
        configuration.budgets = Budgets(perLevel: [9], total: 9, uploadBytes: 1 << 20)
        return DirectedScenario(frames: 680, configuration: configuration) { index, input in
            if index % 97 == 96 {
                let corner = WorldPoint(0, 70, 0)
                input.events.append(.invalidate(WorldBox(lower: corner, upper: WorldPoint(0.6, 70.6, 0.6))))
            }
            if index > 620 { input.camera.position.x += Double(index - 620) * 0.05 }
        }
    }

    /// Stale probes at more than one level, while a budget is too small for all of them.
    static func ageingLevels() -> DirectedScenario {
        var scenario = ageing()
        scenario.configuration.levels = 2
        scenario.configuration.budgets.perLevel = [6, 5]
        return scenario
    }
}

@Suite struct DirectedScenarioTests {
    @Test func aFullTableOfFlightsAndExpiringRequestsAgreeWithTheReference() throws {
        let run = try DirectedScenario.crowded(frames: 44).run()
        #expect(run.difference == nil, "\(run.difference as Any)")
        #expect(run.mistakes == [])
        #expect(run.totals.cast > Model.maximumInFlight)
        #expect(run.totals.expired > 0)
        #expect(run.totals.dropped == Model.maximumInFlight)
    }

    @Test(arguments: [1, 2]) func probesThatGrowStaleAgreeWithTheReference(levels: Int) throws {
        let scenario = levels == 1 ? DirectedScenario.ageing() : DirectedScenario.ageingLevels()
        let run = try scenario.run()
        #expect(run.difference == nil, "\(run.difference as Any)")
        #expect(run.mistakes == [])
        #expect(run.totals.promoted > 200)
    }
}
