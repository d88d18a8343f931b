import Foundation
import PlantedFaults
import Testing
import Verification

/// A planted fault that a run against a golden may miss, and a perturbed run shows.
struct DimensionFault: CustomTestStringConvertible, Sendable {
    var fault: Fault
    var scenario: FaultScenario
    /// What has to be named, and no more: one dimension, or two that are needed together.
    var guilty: [String]
    /// Nil where it is drawn from the seed: then it is that of the verdict.
    var frame: Int?
    var stage: String
    /// The probe that is shown has this field first; nil where no probe differs at the frame's end.
    var field: String?

    var testDescription: String {
        "\(fault.rawValue) in \(scenario.rawValue): \(guilty.joined(separator: " and "))"
    }

    init(
        _ fault: Fault, _ scenario: FaultScenario, _ guilty: String..., at frame: Int?, _ stage: String,
        field: String? = nil
    ) {
        self.fault = fault
        self.scenario = scenario
        self.guilty = guilty.sorted()
        self.frame = frame
        self.stage = stage
        self.field = field
    }

    /// What is asked here is what dimensions show.
    static let noLaws = Laws.all.flatMap { ["--without", $0.name] }

    /// Frame and stage follow from the scenario and from what the fault is. Where the frame is drawn, it is that of seed 1.
    static let all = [
        DimensionFault(.tiesByHash, .moves, "hash-seed", at: 0, "select", field: "lifecycle"),
        DimensionFault(.tiesByAddress, .moves, "address-layout", at: 0, "select", field: "lifecycle"),
        DimensionFault(.uninitializedRead, .moves, "malloc-perturb", at: 0, "shift", field: "queuedAt"),
        DimensionFault(.collatedKeys, .stored, "locale", at: 33, "store"),
        DimensionFault(.localTime, .crowded, "time-zone", at: 33, "select", field: "queuedAt"),
        DimensionFault(.clockOverflow, .chunks, "clock", at: 2, "commit", field: "retryAfter"),
        DimensionFault(.modeOfRows, .stored, "umask", at: 37, "recycle", field: "lifecycle"),
        DimensionFault(.relativePath, .edits, "working-directory", at: 0, "cast", field: "lifecycle"),
        DimensionFault(.fullEnvironment, .moves, "environment-size", at: 0, "select", field: "lifecycle"),
        DimensionFault(.roomPerProcessor, .crowded, "cpus", at: 0, "cast", field: "lifecycle"),
        DimensionFault(.cachePerDescriptor, .cached, "open-files", at: 10, "recycle"),
        DimensionFault(.lastPartLost, .moves, "workers", at: 2, "commit", field: "lifecycle"),
        DimensionFault(
            .outcomesAsCompleted, .moves, "completion-order", at: 2, "commit", field: "payload.sh."),
        DimensionFault(.ageOfFirst, .stored, "visit-order", at: 20, "recycle"),
        DimensionFault(.restoredYoung, .moves, "restore", at: nil, "shift", field: "lastUpdated"),
        DimensionFault(.storeLeft, .stored, "reset", at: 4, "input"),
        DimensionFault(.impatientReply, .stored, "store-delay", at: 37, "input"),
        DimensionFault(.orderInFile, .twoEdits, "file-order", at: 3, "input"),
        DimensionFault(
            .environmentOfCaller, .moves, "floating-point", at: nil, "commit", field: "payload.sh."),
        DimensionFault(.recorderRounds, .moves, "recorder", at: 42, "snap", field: "lifecycle"),
        // Two at once.
        DimensionFault(.localDate, .crowded, "locale", "time-zone", at: 33, "select", field: "queuedAt"),
        DimensionFault(
            .hashOfEnvironment, .moves, "environment-size", "hash-seed", at: 0, "select", field: "lifecycle"),
        DimensionFault(
            .createdElsewhere, .stored, "umask", "working-directory", at: 37, "recycle", field: "lifecycle"),
        DimensionFault(.freshArena, .moves, "cpus", "malloc-perturb", at: 0, "shift", field: "queuedAt"),
        DimensionFault(.lateDescriptor, .chunks, "clock", "open-files", at: 2, "commit", field: "retryAfter"),
        DimensionFault(
            .sharedDescriptor, .moves, "open-files", "workers", at: 2, "commit", field: "lifecycle"),
        DimensionFault(
            .recordedCompletion, .moves, "completion-order", "recorder", at: 2, "commit", field: "payload.sh."
        ),
    ]
}

@Suite(
    "Faults that perturbed dimensions show", .enabled(if: Build.hasPlantedFaults, Build.absence),
    .enabled(if: Scale.isThorough, Scale.inRelease))
struct DimensionFaultTests {
    @Test(
        "check names the fewest dimensions, frame, stage and rule; explain the probe and both values",
        arguments: Scale.sample(DimensionFault.all))
    func found(planted: DimensionFault) throws {
        let workspace = try planted.scenario.workspace()
        let environment = ["LUMON_PLANTED_FAULT": "\(planted.fault.rawValue)@0"]
        let trace = "\(planted.scenario.rawValue).mcap"
        let verdict = try workspace.run(
            ["check", trace, "--quick", "--seed", "1"] + DimensionFault.noLaws, environment: environment)
        #expect(verdict.code == 1, "\(verdict)")
        let guilty =
            planted.guilty.count == 1
            ? planted.guilty[0] : planted.guilty.joined(separator: " and ") + ", together"
        #expect(verdict.outputLines.contains("  guilty  \(guilty)"), "\(guilty)\n\(verdict)")
        let line = try #require(verdict.outputLines.first { $0.hasPrefix("  first   frame ") }, "\(verdict)")
        let frame =
            planted.frame ?? line.split(separator: " ").dropFirst(2).first.flatMap { Int($0.dropLast()) }
            ?? -1
        let first = "first   frame \(frame), stage \(planted.stage)"
        #expect(verdict.output.contains(first), "\(first)\n\(verdict)")
        let broken = ["snap": "snap", "select": "selection", "cast": "selection", "commit": "selection"]
        let rule = broken[planted.stage] ?? "invalidation"
        #expect(verdict.output.contains("\(rule) BROKEN"), "\(verdict)")

        // The command that the verdict ends with reproduces it.
        let next = try #require(verdict.outputLines.first { $0.hasPrefix("  next    lumon-replay explain ") })
        let words = next.split(separator: " ").dropFirst(2).map(String.init)
        let report = try workspace.run(words, environment: environment)
        #expect(report.code == 1, "\(report)")
        #expect(report.output.contains(first), "\(report)")
        #expect(report.outputLines.contains { $0.hasPrefix("  value   ") }, "\(report)")
        #expect(
            report.outputLines.contains("  guilty  \(planted.guilty.joined(separator: " and "))"), "\(report)"
        )
        if let field = planted.field {
            #expect(
                report.outputLines.contains { $0.hasPrefix("  probe   level ") && $0.contains(", region (") })
            let line = try #require(
                report.outputLines.first { $0.hasPrefix("  field   \(field)") }, "\(report)")
            #expect(line.contains(": expected ") && line.contains(", found "), "\(report)")
            #expect(report.outputLines.contains { $0.hasPrefix("  last    frame ") }, "\(report)")
        }
    }

    /// In full for the nightly: one in nine otherwise.
    private static let sample = DimensionFault.all.enumerated().filter { Scale.isFull || $0.offset % 13 == 0 }
        .map(
            \.element)

    @Test("without the guilty dimension nothing is found: no other shows it", arguments: sample)
    func onlyThere(planted: DimensionFault) throws {
        let workspace = try planted.scenario.workspace()
        let environment = ["LUMON_PLANTED_FAULT": "\(planted.fault.rawValue)@0"]
        for name in planted.guilty {
            let verdict = try workspace.run(
                ["check", "\(planted.scenario.rawValue).mcap", "--quick", "--without", name]
                    + DimensionFault.noLaws,
                environment: environment)
            #expect(verdict.code == 0, "\(verdict)")
        }
    }

    @Test("another build is a dimension of its own")
    func builds() throws {
        let workspace = try FaultScenario.moves.workspace()
        let other = "other=LUMON_PLANTED_FAULT=ties-by-slot@3 '\(try Program.path())' subject"
        let verdict = try workspace.run(["check", "moves.mcap", "--quick", "--build", other])
        #expect(verdict.code == 1, "\(verdict)")
        #expect(verdict.outputLines.contains("  guilty  build"), "\(verdict)")
        #expect(verdict.output.contains("first   frame 3, stage select"), "\(verdict)")
        let same = "other='\(try Program.path())' subject"
        let agreeing = try workspace.run(
            ["check", "moves.mcap", "--quick", "--build", same, "--only", "build"])
        #expect(agreeing.code == 0, "\(agreeing)")
    }

    @Test("what differs once and not again is undecided, and no pass")
    func undecided() throws {
        let workspace = try FaultScenario.moves.workspace()
        try workspace.write("0", to: "starts")
        // The third time that it is started it goes wrong: first it is asked what it is, then comes the pinned run.
        let command = """
            n=$(cat starts); echo $((n + 1)) > starts; if [ "$n" = 2 ]; then export LUMON_PLANTED_FAULT=ties-by-slot@3; fi; \
            exec '\(try Program.path())' subject
            """
        let verdict = try workspace.run(
            ["check", "moves.mcap", "--quick", "--subject-command", command], timeoutSeconds: 120)
        #expect(verdict.code == 1, "\(verdict)")
        #expect(verdict.output.contains(" UNDECIDED  "), "\(verdict)")
        #expect(verdict.output.contains("first   frame 3, stage select"), "\(verdict)")
        #expect(verdict.output.contains(" runs, 2 digests"), "\(verdict)")
    }

    @Test("a run that differs from itself with everything pinned has no guilty dimension")
    func differsFromItself() throws {
        let workspace = try FaultScenario.moves.workspace()
        try workspace.write("0", to: "starts")
        let command = """
            n=$(cat starts); echo $((n + 1)) > starts; if [ "$n" -gt 1 ]; then export LUMON_PLANTED_FAULT=ties-by-slot@3; fi; \
            exec '\(try Program.path())' subject
            """
        let verdict = try workspace.run(["check", "moves.mcap", "--quick", "--subject-command", command])
        #expect(verdict.code == 1, "\(verdict)")
        #expect(verdict.output.contains("guilty  nothing that is perturbed"), "\(verdict)")
    }

    @Test("golden accept refuses what a quick check finds, and says what")
    func gate() throws {
        let workspace = try FaultScenario.moves.workspace()
        let before = try workspace.files()
        let outcome = try workspace.run(
            ["golden", "accept", "moves.mcap"], environment: ["LUMON_PLANTED_FAULT": "ties-by-hash@0"])
        #expect(outcome.code == 2, "\(outcome)")
        #expect(
            outcome.talk.contains(
                "not accepted: it is not deterministic: it differs under hash-seed, first at frame 0, stage select"
            ),
            "\(outcome)")
        #expect(try workspace.files().keys.sorted() == before.keys.sorted())
    }
}
