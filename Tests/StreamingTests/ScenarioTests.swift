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
}

func runScenario(seed: UInt64, frames: Int, fault: PlantedFault? = nil) throws -> ScenarioRun {
    var generator = ScenarioGenerator(seed: seed)
    let outcomes = CastOutcomes(source: generator.castSource)
    let reference = ReferenceModel(fault: fault) {
        outcomes.outcome(CastJob(origin: $0, distance: $1), $2)
    }
    return try run(frames: frames, reference, outcomes) { generator.next(reference) }
}

func run(
    frames: Int, _ reference: ReferenceModel, _ outcomes: CastOutcomes, _ next: () -> FrameInput
) throws -> ScenarioRun {
    let casts = ScriptedCasts(outcomes)
    var system = StreamingSystem()
    var run = ScenarioRun()
    for index in 0..<frames {
        let input = next()
        let result = try system.step(input, casts: casts)
        let expected = reference.step(input)
        for counts in result.counts { run.totals += counts }
        run.frames += 1
        run.difference = firstDifference(system, result, reference, expected)
        if run.difference != nil { break }
        if casts.openBatches != system.flightBatches.count {
            run.mistakes.append("frame \(input.frame): \(casts.openBatches) batches are open")
        }
        if index % 16 == 15 {
            run.mistakes += system.incrementalFaults().map { "frame \(input.frame): \($0)" }
        }
    }
    run.mistakes += casts.mistakes
    return run
}

/// What the environment says about a longer run, or about a single seed to repeat.
enum TestScale {
    /// LUMON_TEST_SCALE multiplies the number of scenarios.
    static var factor: Int { value("LUMON_TEST_SCALE").map(Int.init) ?? 1 }
    static var frames: Int { value("LUMON_TEST_FRAMES").map(Int.init) ?? 60 }

    static var seeds: [UInt64] {
        if let seed = value("LUMON_TEST_SEED") { return [seed] }
        return Array(0..<UInt64(72 * factor))
    }

    static func repeatLine(_ seed: UInt64, _ frames: Int) -> String {
        "repeat with: LUMON_TEST_SEED=\(seed) LUMON_TEST_FRAMES=\(frames) swift test --filter ScenarioTests"
    }

    private static func value(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}

@Suite struct ScenarioTests {
    @Test(arguments: TestScale.seeds)
    func theSystemIsTheReferenceInEveryFieldOfEveryFrame(seed: UInt64) throws {
        let run = try runScenario(seed: seed, frames: TestScale.frames)
        let line = "seed \(seed); \(TestScale.repeatLine(seed, TestScale.frames))"
        if let difference = run.difference { Issue.record("\(difference); \(line)") }
        #expect(run.mistakes.isEmpty, "\(run.mistakes); \(line)")
    }

    /// A test that cannot fail proves nothing: each mistake is planted in the reference and has to be
    /// found, at a stage where it shows first.
    @Test(arguments: PlantedFault.allCases)
    func aPlantedFaultIsFoundAtItsStage(fault: PlantedFault) throws {
        var found: [Stage: Int] = [:]
        for seed in 0..<UInt64(72) {
            guard let difference = try runScenario(seed: seed, frames: 60, fault: fault).difference else {
                continue
            }
            let stage = try #require(difference.stage, "seed \(seed): \(difference)")
            #expect(fault.stages.contains(stage), "seed \(seed): \(difference)")
            found[stage, default: 0] += 1
            if found.values.reduce(0, +) == 2 { break }
        }
        #expect(!found.isEmpty, "no scenario shows \(fault)")
    }
}
