import Foundation
import PlantedFaults
import Testing

/// Where a planted race has to be found, and under which schedule.
struct RaceCase: CustomTestStringConvertible, Sendable {
    var fault: Fault
    var scenario: RaceScenario
    /// Of the schedule under which it shows. The plain one is seed 0.
    var seed: UInt64
    var frame: Int
    var stage: String

    var testDescription: String { "\(fault.rawValue) in \(scenario.rawValue), seed \(seed)" }

    init(_ fault: Fault, _ scenario: RaceScenario, seed: UInt64, _ frame: Int, _ stage: String) {
        self.fault = fault
        self.scenario = scenario
        self.seed = seed
        self.frame = frame
        self.stage = stage
    }

    /// The frame follows from the schedule, the stage from what the race is.
    static let all = [
        // The order within a frame decides something.
        RaceCase(.orderOfArrival, .busy, seed: 2, 2, "commit"),
        RaceCase(.runningMean, .busy, seed: 1, 1, "commit"),
        RaceCase(.roomByArrival, .busy, seed: 4, 3, "commit"),
        RaceCase(.retryByArrival, .unloaded, seed: 2, 2, "commit"),
        RaceCase(.abortSpreads, .unloaded, seed: 1, 3, "commit"),
        RaceCase(.repliesByArrival, .stored, seed: 1, 30, "input"),
        RaceCase(.outcomesByArrival, .busy, seed: 2, 2, "commit"),
        // The frame that drains something decides it.
        RaceCase(.retiredUnrecorded, .busy, seed: 1, 21, "commit"),
        RaceCase(.batchNumberReused, .busy, seed: 3, 8, "commit"),
        RaceCase(.resultsRecordedApart, .busy, seed: 1, 3, "commit"),
        RaceCase(.repliesRecordedApart, .stored, seed: 8, 31, "input"),
        RaceCase(.dropsRecordedApart, .stored, seed: 3, 18, "input"),
        // Workers come in between each other, or between the frame's steps.
        RaceCase(.worldAtClaim, .busy, seed: 1, 17, "commit"),
        RaceCase(.sharedCaster, .busy, seed: 3, 13, "commit"),
        RaceCase(.tornHandOver, .busy, seed: 2, 2, "commit"),
        RaceCase(.claimedTwice, .busy, seed: 2, 14, "input"),
        RaceCase(.resultLost, .busy, seed: 1, 2, "cast"),
        RaceCase(.claimNotedLate, .claimed, seed: 1, 1, "shift"),
    ]
}

/// Races that are planted in the live path, through the program: the law `live` finds each under a schedule that is drawn from a seed, always at the
/// same frame and stage, and under the plain schedule finds nothing.
@Suite(
    "Planted races",
    .enabled(
        if: RaceBuild.hasPlantedFaults,
        "this build has no planted faults; build in debug, or with -Xswiftc -DPLANTED_FAULTS"))
struct RaceFaultTests {
    /// The traces of all scenarios.
    static let traces: Result<[String: [UInt8]], any Error> = Result {
        let workspace = try Workspace()
        for scenario in RaceScenario.allCases {
            let name = scenario.rawValue
            try workspace.write(scenario.text, to: "\(name).scenario.toml")
            let outcome = try workspace.run(["record", "\(name).scenario.toml", "-o", "\(name).mcap"])
            try #require(outcome.code == 0, "\(outcome)")
        }
        return try workspace.files().filter { $0.key.hasSuffix(".mcap") }
    }

    private func check(
        _ scenario: RaceScenario, seed: UInt64, _ fault: Fault?, _ more: String...
    ) throws -> Verdict {
        let workspace = try Workspace(try RaceFaultTests.traces.get())
        let outcome = try workspace.run(
            ["check", "\(scenario.rawValue).mcap", "--only", "live", "--seed", "\(seed)"] + more,
            environment: fault.map { ["LUMON_PLANTED_FAULT": "\($0.rawValue)@0"] } ?? [:])
        return Verdict(outcome)
    }

    @Test(
        "the law finds a race at its frame and stage, under its schedule and not under the plain one",
        arguments: Scale.sample(RaceCase.all))
    func found(race: RaceCase) throws {
        let plain = try check(race.scenario, seed: 0, race.fault)
        #expect(plain.holds, "the plain schedule: \(plain.outcome)")
        let verdict = try check(race.scenario, seed: race.seed, race.fault)
        #expect(verdict.frame == race.frame && verdict.stage == race.stage, "\(verdict.outcome)")
    }

    @Test("without a fault nothing is found", arguments: RaceScenario.allCases)
    func healthy(scenario: RaceScenario) throws {
        let verdict = try check(scenario, seed: 1, nil, "--quick")
        #expect(verdict.holds, "\(verdict.outcome)")
    }

    @Test("no race has two cases, and each schedule is a disturbed one")
    func cases() {
        #expect(Set(RaceCase.all.map(\.fault)).count == RaceCase.all.count)
        #expect(RaceCase.all.allSatisfy { $0.seed != 0 })
    }
}

/// What `check` says of one law, whatever words it stands in.
private struct Verdict {
    let outcome: Outcome
    /// Of the first frame that is named together with a stage.
    let frame: Int?
    let stage: String?

    init(_ outcome: Outcome) {
        self.outcome = outcome
        let frame = outcome.output.firstMatch(of: /frame:?\s+(\d+)/)
        let stages = "input|snap|shift|recycle|dirty|select|cast|commit|store"
        let stage =
            (try? Regex<(Substring, Substring)>("stage:?\\s+(?:Optional\\()?(?:[A-Za-z]+\\.)*(\(stages))\\b"))
            .flatMap { outcome.output.firstMatch(of: $0) }
        self.frame = frame.flatMap { Int($0.1) }
        self.stage = stage.map { String($0.1) }
    }

    /// Ran to its end, and names nothing.
    var holds: Bool { outcome.code == 0 && outcome.output.contains("live") && stage == nil }
}

/// Whether the program beside the tests can be made to go wrong.
private enum RaceBuild {
    #if PLANTED_FAULTS
        static let hasPlantedFaults = true
    #else
        static let hasPlantedFaults = false
    #endif
}
