import Testing
import Topology
import Voxels

@testable import Streaming

/// The second implementation of the variant, beside the system.
@Suite struct VariantScenarioTests {
    /// Of each theme that is not about stores one live, of some one modelled, and two with real rays; more of them with LUMON_TEST_SCALE.
    static let seeds: [UInt64] =
        TestScale.single.map { [$0] }
        ?? Array(16..<28) + [2, 6, 8, 9, 12, 34, 81] + Array(100..<100 + UInt64(32 * (TestScale.factor - 1)))

    static func run(seed: UInt64, frames: Int) throws -> ScenarioRun {
        var scenario = VariantScenario(seed: seed)
        let outcomes = CastOutcomes(source: scenario.castSource)
        let reference = ReferenceModel { outcomes.outcome(CastJob(origin: $0, distance: $1), $2) }
        return try StreamingTests.run(frames: frames, reference, outcomes, restoringEvery: 7) {
            try scenario.next(reference, $0, $1)
        }
    }

    @Test func theVariantIsItsReferenceInEveryFieldOfEveryFrame() throws {
        let frames = TestScale.variantFrames
        var reached: [ReachedVariantCase: Int] = [:]
        for seed in VariantScenarioTests.seeds {
            let line =
                "seed \(seed); repeat with: LUMON_TEST_SEED=\(seed) LUMON_TEST_FRAMES=\(frames) swift test --filter VariantScenarioTests"
            let run = try VariantScenarioTests.run(seed: seed, frames: frames)
            if let difference = run.difference { Issue.record("\(difference); \(line)") }
            #expect(run.mistakes.isEmpty, "\(run.mistakes.prefix(4)); \(line)")
            // Order: numbers are added up.
            reached.merge(run.reachedVariant, uniquingKeysWith: +)
        }
        guard TestScale.single == nil else { return }
        // Nothing grows old in so few frames: that is a directed scenario.
        for each in ReachedVariantCase.allCases where each != .coarseNotReached {
            #expect(reached[each, default: 0] > 2, "\(each)")
        }
    }

    @Test func aFullTableOfFlightsAndExpiringRequestsAgree() throws {
        var scenario = DirectedScenario.crowded(frames: 44)
        let change = scenario.change
        scenario.configuration.variant = .lumon2026_01
        scenario.configuration.budgets.uploadBytes = 1 << 30
        scenario.change = { index, input in
            change(index, &input)
            input.events = input.events.map { event in
                guard case .configure(var configuration) = event else { return event }
                configuration.variant = .lumon2026_01
                return .configure(configuration)
            }
        }
        let run = try scenario.run()
        #expect(run.difference == nil, "\(run.difference as Any)")
        #expect(run.mistakes == [])
        #expect(run.totals.expired > 0 && run.totals.cast > Model.maximumInFlight)
    }

    /// The window moves a cell a frame while casts take five frames: a slot has another cell by then, and that is in flight as well.
    @Test func anOldResultIsStoredInTheCellThatHasItsSlotNow() throws {
        for variant in Variant.allCases {
            var configuration = Configuration.classic
            configuration.variant = variant
            configuration.baseSpacing = 1
            configuration.resolution = 8
            configuration.levels = 2
            configuration.cacheBytes = 0
            configuration.castLatencyFrames = 5
            configuration.budgets = Budgets(perLevel: [64, 16], total: 80, uploadBytes: 1 << 20)
            let scenario = DirectedScenario(frames: 40, configuration: configuration) { index, input in
                input.camera.position = WorldPoint(0.5 + Double(max(0, index - 4)), 300.5, 0.5)
            }
            let run = try scenario.run()
            #expect(run.difference == nil, "\(run.difference as Any)")
            #expect(run.mistakes == [])
            let stored = run.reachedVariant[.storedElsewhere, default: 0]
            #expect(variant == .reference ? stored == 0 : stored > 20, "\(stored) of \(variant)")
        }
    }

    @Test func levelsThatTheBudgetDoesNotReachDoNotGrowOld() throws {
        var scenario = DirectedScenario.ageingLevels()
        scenario.configuration.variant = .lumon2026_01
        // All cells are lit at once, so that all grow old at once, with six probes a frame and one byte less than a seventh.
        scenario.configuration.budgets = Budgets(perLevel: [512, 512], total: 1024, uploadBytes: 1 << 30)
        let change = scenario.change
        scenario.change = { index, input in
            change(index, &input)
            if index == 2 {
                input.budgets = Budgets(perLevel: [512, 512], total: 1024, uploadBytes: 7 * 1576 - 1)
            }
        }
        let run = try scenario.run()
        #expect(run.difference == nil, "\(run.difference as Any)")
        #expect(run.mistakes == [])
        #expect(run.reachedVariant[.coarseNotReached, default: 0] > 0 && run.totals.promoted > 0)
    }
}

extension TestScale {
    static var single: UInt64? { value("LUMON_TEST_SEED") }
    static var variantFrames: Int { value("LUMON_TEST_FRAMES").map(Int.init) ?? 44 }
}
