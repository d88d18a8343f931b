import Foundation
import PlantedFaults
import Testing
import Verification

/// A fault that a law finds and no other law does, and where.
struct LawFaultCase: CustomTestStringConvertible, Sendable {
    var fault: Fault
    var law: String
    var scenario: LawScenario
    var frame: Int
    /// Nil where no stage is named.
    var stage: String
    /// What the breach has to say.
    var names: [String]
    /// Options of `check`.
    var effort = "--quick"

    var testDescription: String { "\(fault.rawValue), found by \(law) at frame \(frame), \(stage)" }

    /// Frame and stage follow from the scenario, from what the fault is, and where a law draws, from the seed.
    static let all = [
        // The camera is on its way from frame 20 on, and with frame 21 in another cell; other budgets and latencies leave casts in flight there.
        LawFaultCase(
            fault: .snapWaits, law: "snap-alone", scenario: .glide, frame: 21, stage: "snap",
            names: ["cameraCell: expected (1, 200, 0), found (0, 200, 0)", "with other budgets"]),
        // The camera's own cell is first wherever it is stored; the six beside it are as far from it.
        LawFaultCase(
            fault: .tiesBySlot, law: "translation", scenario: .glide, frame: 0, stage: "select",
            names: ["selected[1]: expected level 0 (", "in the run moved by ("]),
        // What is in flight is Q, and shift is the first stage that hashes it: at the cut.
        LawFaultCase(
            fault: .flightsForgotten, law: "split-and-join", scenario: .glide, frame: 5, stage: "shift",
            names: ["in the half that begins with the state before frame 5"], effort: "--full"),
        // 729 probes are selected by frame 15, 48 in each; the camera's own cell was the first.
        LawFaultCase(
            fault: .idleRefresh, law: "rest", scenario: .glide, frame: 16, stage: "select",
            names: [
                "(0, 200, 0)",
                "selected: expected nothing where nothing is due, found 1 probes",
            ]),
        LawFaultCase(
            fault: .heapDrained, law: "prefix", scenario: .glide, frame: 0, stage: "select",
            names: ["selected[0].cell of the level: expected ("]),
        LawFaultCase(
            fault: .restoreWears, law: "there-and-back", scenario: .glide, frame: 77, stage: "recycle",
            names: ["payload.confidence: expected 0.25", "coming back"]),
        LawFaultCase(
            fault: .lateResultsFade, law: "fixed-point", scenario: .glide, frame: 92, stage: "commit",
            names: ["payload.confidence: expected 0.24414062", "with a cast latency of"]),
        // The camera is back in frame 22, and what was asked for there is drained four frames later.
        LawFaultCase(
            fault: .agesForgotten, law: "seek", scenario: .stored, frame: 26, stage: "input",
            names: ["from a keyframe after frame 25", "lastUpdated: expected 25, found 26"], effort: "--full"),
        // The second session starts in frame 50, and has the index four frames later.
        LawFaultCase(
            fault: .seedNotInKey, law: "other-key", scenario: .glide, frame: 54, stage: "recycle",
            names: ["rows accepted: expected 0 of ", "with another world seed"]),
        // And what it asks for then another four.
        LawFaultCase(
            fault: .replyNotAwaited, law: "same-key", scenario: .glide, frame: 58, stage: "input",
            names: ["with a store that does its work at other times"]),
    ]
}

/// Small scenarios, high in the air, where casts are quick and every cell has light.
enum LawScenario: String, CaseIterable {
    case glide, stored

    /// The written form.
    var text: String {
        switch self {
        case .glide:
            // An odd number of cells: moved by whole chunks they get other slots. One level, which is far, and kept.
            """
            format = 1
            purpose = "faults that laws find"
            preset = "classic"
            seed = 23
            frames_per_second = 60
            start = [1.0, 401.0, 1.0]

            [config]
            resolution = 9
            levels = 1
            near_levels = 0
            region_edge = 3
            level_budgets = [48]
            cast_latency_frames = 3

            [[camera]]
            move = "hold"
            frames = 20

            [[camera]]
            move = "fly"
            speed = 60
            frames = 18
            direction = [1, 0, 0]

            [[camera]]
            move = "hold"
            frames = 12
            """
        case .stored:
            // Away and back: what was stored is asked for.
            """
            format = 1
            purpose = "faults that laws find"
            preset = "classic"
            seed = 23
            frames_per_second = 60
            start = [1.0, 401.0, 1.0]

            [config]
            resolution = 8
            levels = 2
            level_budgets = [16, 40]
            cache_bytes = 0
            region_edge = 2

            [store]
            size_cap_bytes = 1048576

            [[camera]]
            move = "hold"
            frames = 10

            [[camera]]
            move = "teleport"
            frames = 12
            to = [33, 401, 1]

            [[camera]]
            move = "teleport"
            frames = 10
            to = [1, 401, 1]
            """
        }
    }
}

@Suite("Faults that laws find", .enabled(if: Build.hasPlantedFaults, Build.absence))
struct LawFaultTests {
    /// The traces of the scenarios, by the healthy program.
    private static let healthy: Result<[String: [UInt8]], any Error> = Result {
        let workspace = try Workspace()
        for scenario in LawScenario.allCases {
            let name = scenario.rawValue
            try workspace.write(scenario.text, to: "\(name).scenario.toml")
            let outcome = try workspace.run(["record", "\(name).scenario.toml", "-o", "\(name).mcap"])
            try #require(outcome.code == 0, "\(outcome)")
        }
        return try workspace.files().filter { !$0.key.hasSuffix("/") }
    }

    /// What a verdict says of a law.
    private enum Word { case holds, broken, notApplicable, nothing }

    private func word(of law: String, in outcome: Outcome) -> Word {
        for line in outcome.outputLines {
            if line == "  law     \(law)" { return .broken }
            if line.hasPrefix("  n/a     \(law): ") { return .notApplicable }
            if line.hasPrefix("  laws    "), line.contains(" \(law) (") { return .holds }
        }
        return .nothing
    }

    private static let laws = Laws.all.flatMap { ["--only", $0.name] }

    @Test("every law has a fault that it finds")
    func allLaws() {
        // Those of `live` are races: RaceFaultTests.
        #expect(Set(LawFaultCase.all.map(\.law) + ["live"]) == Set(Laws.all.map(\.name)))
    }

    @Test("a law finds its fault, and says where and what", arguments: LawFaultCase.all)
    func found(planted: LawFaultCase) throws {
        let workspace = try Workspace(try LawFaultTests.healthy.get())
        let outcome = try workspace.run(
            ["check", "\(planted.scenario.rawValue).mcap", planted.effort, "--only", planted.law],
            environment: ["LUMON_PLANTED_FAULT": "\(planted.fault.rawValue)@0"])
        #expect(outcome.code == 1, "\(outcome)")
        #expect(word(of: planted.law, in: outcome) == .broken, "\(outcome)")
        let first = "  first   frame \(planted.frame), stage \(planted.stage)"
        #expect(outcome.outputLines.contains { $0.hasPrefix(first) }, "\(first)\n\(outcome)")
        for name in planted.names { #expect(outcome.output.contains(name), "\(name)\n\(outcome)") }
        #expect(outcome.output.contains(" BROKEN"), "\(outcome)")
        #expect(outcome.talk.contains("planted: first difference at frame "), "\(outcome)")
    }

    @Test("no other law finds it", .enabled(if: Scale.isFull), arguments: LawFaultCase.all)
    func alone(planted: LawFaultCase) throws {
        let workspace = try Workspace(try LawFaultTests.healthy.get())
        for scenario in LawScenario.allCases {
            let outcome = try workspace.run(
                ["check", "\(scenario.rawValue).mcap", planted.effort] + LawFaultTests.laws,
                environment: ["LUMON_PLANTED_FAULT": "\(planted.fault.rawValue)@0"])
            for law in Laws.all where law.name != planted.law {
                let word = word(of: law.name, in: outcome)
                #expect(word == .holds || word == .notApplicable, "\(law.name)\n\(outcome)")
            }
            guard scenario == planted.scenario else { continue }
            #expect(word(of: planted.law, in: outcome) == .broken, "\(outcome)")
        }
    }

    @Test(
        "nothing is found where nothing is planted",
        arguments: Scale.isFull ? LawScenario.allCases : [.glide])
    func healthy(scenario: LawScenario) throws {
        let workspace = try Workspace(try LawFaultTests.healthy.get())
        let outcome = try workspace.run(
            ["check", "\(scenario.rawValue).mcap", "--quick"] + LawFaultTests.laws)
        #expect(outcome.code == 0, "\(outcome)")
        for law in Laws.all {
            let word = word(of: law.name, in: outcome)
            #expect(word == .holds || word == .notApplicable, "\(law.name)\n\(outcome)")
        }
    }
}
