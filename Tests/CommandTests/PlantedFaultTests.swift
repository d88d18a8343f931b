import Foundation
import PlantedFaults
import Testing

/// Where a planted fault has to be found, and what has to be named.
struct FaultCase: CustomTestStringConvertible, Sendable {
    var fault: Fault
    var scenario: FaultScenario
    /// It is planted from this frame on.
    var planted: Int
    /// The frame in which it makes a difference, as the scenario is written.
    var frame: Int
    var stage: String
    /// The lines of `explain` that name it: the value of the stage, or the probe and its first field.
    var names: [String]
    /// A cast's difference is made where it is dispatched, and shows where it is drained.
    var bites: Int?

    var testDescription: String { "\(fault.rawValue) in \(scenario.rawValue), frame \(frame), \(stage)" }

    init(
        _ fault: Fault, _ scenario: FaultScenario, planted: Int = 0, _ frame: Int, _ stage: String,
        _ names: String..., bites: Int? = nil
    ) {
        self.fault = fault
        self.scenario = scenario
        self.planted = planted
        self.frame = frame
        self.stage = stage
        self.names = names
        self.bites = bites
    }

    /// Frame and stage follow from the scenario and from what the fault is, not from a run.
    static let all = [
        FaultCase(
            .signedZero, .boxes, planted: 5, 5, "input",
            "configuration.reanchorDistance: expected 0, found -0"),
        FaultCase(
            .truncatedSnap, .moves, planted: 30, 36, "snap",
            "levels[0].cameraCell: expected (-3, 40, 0), found (-2, 40, 0)"),
        FaultCase(
            .floatSnap, .moves, planted: 30, 42, "snap",
            "levels[0].cameraCell: expected (15000001, 40, 0), found (15000002, 40, 0)"),
        FaultCase(
            .slotSign, .moves, planted: 30, 36, "shift", "level 0, cell (-7, 36, -4)",
            "slot: expected 289, found 295"),
        FaultCase(
            .cornerForgotten, .moves, 12, "shift", "level 0, cell (4, 37, -3)",
            "generation: expected 2, found 1"),
        FaultCase(
            .cornerDoubled, .moves, 12, "shift", "level 0, cell (4, 37, -3)",
            "generation: expected 2, found 3"),
        FaultCase(.sumKept, .moves, planted: 5, 12, "shift", "P: expected (", "payload sum of level 0: kept"),
        FaultCase(
            .onePlane, .moves, 18, "shift", "level 0, cell (5, 37, -3)", "generation: expected 2, found 1"),
        FaultCase(
            .teleportUnseen, .moves, 24, "shift", "level 0, cell (16, 53, 13)",
            "generation: expected 2, found 1"),
        FaultCase(
            .jumpOverflow, .moves, 30, "shift", "level 0, cell (65555, 53, 13)",
            "generation: expected 3, found 2"),
        FaultCase(.epochKept, .reloads, planted: 5, 20, "shift", "Q.epoch: expected 2, found 1"),
        FaultCase(
            .lostInvalidation, .edits, 3, "dirty", "level 0, cell (-2, 83, -2)",
            "afterFlight: expected (dirty, disable), found ()"),
        FaultCase(
            .requestKept, .crowded, 3, "dirty", "level 0, cell (-8, 40, -8)",
            "generation: expected 2, found 1"),
        FaultCase(
            .layoutIgnored, .reloads, 10, "dirty", "level 0, cell (-3, 36, -4)",
            "payload.sh.r0: expected nothing"),
        FaultCase(
            .boxClamped, .boxes, 20, "dirty", "level 0, cell (3, 82, 0)",
            "lifecycle: expected Valid, found Dirty"),
        FaultCase(
            .denormalsFlushed, .boxes, 24, "dirty", "level 0, cell (0, 80, -2)",
            "lifecycle: expected Dirty, found Disabled"),
        FaultCase(
            .totalIgnored, .moves, 0, "select", "selected[100].level: expected nothing, found 1",
            "lifecycle: expected Uninitialized, found Queued"),
        FaultCase(
            .tiesBySlot, .moves, planted: 3, 3, "select", "selected[0].cell: expected (", "level 0, cell (",
            "lifecycle: expected "),
        // Invalidated in frame 3 and queued again there, so that 30 frames are over in frame 33.
        FaultCase(
            .requestLost, .crowded, planted: 5, 33, "select", "level 0, cell (-8, 40, -8)",
            "queuedAt: expected 33, found 3"),
        FaultCase(
            .lateExpiry, .crowded, planted: 5, 33, "select", "level 0, cell (-8, 40, -8)",
            "queuedAt: expected 33, found 3"),
        FaultCase(
            .lateAgeing, .ageing, planted: 10, 602, "select", "level 0, cell (-4, 72, -4)",
            "lifecycle: expected Queued, found Valid"),
        FaultCase(
            .flightsUncounted, .crowded, 0, "cast", "dispatched[2048].level: expected nothing, found 0",
            "lifecycle: expected Queued, found InFlight"),
        FaultCase(
            .truncatedCentre, .edits, 0, "cast", "level 0, cell (-2, 82, -2)",
            "lifecycle: expected Disabled, found InFlight"),
        FaultCase(
            .oldResult, .thereAndBack, 5, "commit", "drained[0].disposition: expected dropped, found stored",
            "lifecycle: expected InFlight, found Valid", "level 0, cell ("),
        FaultCase(
            .flagKept, .edits, 5, "commit", "level 0, cell (-2, 83, -2)",
            "afterFlight: expected (), found (dirty, disable)"),
        FaultCase(
            .disableForgotten, .edits, 5, "commit", "level 0, cell (-2, 83, -2)",
            "lifecycle: expected Disabled, found Dirty"),
        FaultCase(
            .worldAtDrain, .edits, 5, "commit", "level 0, cell (", "payload.sh.r0: expected ",
            "cast again, in the world of its dispatch", "open    Sources/Streaming/CastService.swift"),
        FaultCase(
            .orderOfArrival, .edits, 5, "commit", "drained[0].",
            "open    Sources/Streaming/Stages/CommitStage.swift"),
        FaultCase(
            .retryAtOnce, .chunks, 2, "commit", "level 0, cell (", "retryAfter: expected 62, found 0"),
        FaultCase(
            .unloadedIsSky, .chunks, 2, "commit", "drained[0].outcome: expected aborted, found success",
            "level 0, cell (", "lifecycle: expected Dirty, found Valid",
            "open    Sources/Voxels/ProbeCaster.swift", bites: 0),
        // The region cache.
        FaultCase(.cacheForgotten, .cached, 12, "dirty", "regions: expected 1, found 0"),
        FaultCase(
            .newestEvicted, .cached, 16, "recycle",
            "entries[0].region: expected (-2, 48, -2), found (-1, 48, -2)"),
        FaultCase(
            .tiesReversed, .cached, 16, "recycle",
            "entries[0].region: expected (-2, 48, -2), found (-2, 51, 1)"),
        FaultCase(
            .inBoth, .cached, 22, "recycle",
            "cells both in the window and in the cache: kept 0, rebuilt 88"),
        FaultCase(
            .ageForgotten, .cached, 22, "recycle", "level 1, cell (-2, 96, -4)",
            "lastUpdated: expected 2, found 22"),
        FaultCase(.cacheKept, .cached, 25, "recycle", "C.cells: expected 0000000000000000, found "),
        // The store.
        FaultCase(.dirtyFlagLost, .stored, 20, "recycle", "entries[0].flags: expected 2, found 0"),
        FaultCase(.seedNotInKey, .stored, planted: 20, 20, "recycle", "I.pending: expected "),
        FaultCase(.spacingNotInKey, .stored, planted: 20, 20, "recycle", "I.pending: expected "),
        FaultCase(.storedForgotten, .stored, 23, "dirty", "regions: expected 8, found 0"),
        // Half of the rows went in frame 23; with their bytes still counted, the tenth of the next is too much.
        FaultCase(
            .bytesDrift, .stored, 26, "store", "handedOver[10].kind: expected write, found delete", bites: 23),
        FaultCase(.noPrefetch, .stored, planted: 33, 33, "store", "handedOver["),
        FaultCase(.requestsUnordered, .stored, 33, "store", "].region: expected "),
        FaultCase(.lateReply, .stored, 37, "recycle", "].restored: expected "),
        FaultCase(.maskForgotten, .stored, 37, "recycle", "replies[", "expected "),
        FaultCase(.clockBackwards, .restarts, 24, "recycle", "I.clock: expected 26, found 5"),
        FaultCase(.editsForgotten, .restarts, 44, "recycle", "replies[0].accepted: expected 0, found "),
    ]
}

/// Whether the program beside the tests can be made to go wrong.
enum Build {
    #if PLANTED_FAULTS
        static let hasPlantedFaults = true
    #else
        static let hasPlantedFaults = false
    #endif
    static let absence: Comment =
        "this build has no planted faults; build in debug, or with -Xswiftc -DPLANTED_FAULTS"
}

@Suite("Planted faults", .enabled(if: Build.hasPlantedFaults, Build.absence))
struct PlantedFaultTests {
    @Test("every fault has a case")
    func allFaults() {
        let explained = FaultCase.all.map(\.fault)
        // A law, a dimension or a schedule may have one of its own, or use one of those.
        let others = Set(
            LawFaultCase.all.map(\.fault) + DimensionFault.all.map(\.fault) + RaceCase.all.map(\.fault)
        ).subtracting(explained)
        #expect(Set(explained).union(others) == Set(Fault.allCases))
        #expect(explained.count == Set(explained).count)
    }

    @Test(
        "verify finds a fault at the frame and stage where it was planted; explain names it",
        arguments: Scale.sample(FaultCase.all))
    func found(planted: FaultCase) throws {
        let workspace = try planted.scenario.workspace()
        let trace = "\(planted.scenario.rawValue).mcap"
        let environment = ["LUMON_PLANTED_FAULT": "\(planted.fault.rawValue)@\(planted.planted)"]
        // One worker: with more of them a cast's fault can be told of while the next frame is stepped.
        let verdict = try workspace.run(["verify", trace, "--workers", "1"], environment: environment)
        #expect(verdict.code == 1, "\(verdict)")
        let first = "first   frame \(planted.frame), stage \(planted.stage), "
        #expect(verdict.output.contains(first), "\(first)\n\(verdict)")
        let bite = "planted: first difference at frame \(planted.bites ?? planted.frame)\n"
        #expect(verdict.talk.contains(bite), "\(bite)\n\(verdict)")

        let dump = try workspace.run(["replay", trace, "--dump-frame", "\(planted.frame)"])
        try #require(dump.code == 0)
        try workspace.write(dump.output, to: "healthy.jsonl")
        let report = try workspace.run(
            ["explain", trace, "--against", "healthy.jsonl", "--workers", "1"], environment: environment)
        #expect(report.code == 1, "\(report)")
        for text in [first] + planted.names { #expect(report.output.contains(text), "\(text)\n\(report)") }
    }

    @Test("the other way round: a faulty dump is told from a healthy run")
    func reversed() throws {
        let workspace = try FaultScenario.edits.workspace()
        let dump = try workspace.run(
            ["replay", "edits.mcap", "--dump-frame", "3"],
            environment: ["LUMON_PLANTED_FAULT": "lost-invalidation@0"])
        try workspace.write(dump.output, to: "faulty.jsonl")
        let report = try workspace.run(["explain", "edits.mcap", "--against", "faulty.jsonl"])
        #expect(report.code == 1)
        #expect(report.output.contains("level 0, cell (-2, 83, -2)"), "\(report)")
        #expect(report.output.contains("afterFlight: expected (), found (dirty, disable)"), "\(report)")
    }

    @Test("a fault that is planted later than its occasion changes nothing")
    func tooLate() throws {
        let workspace = try FaultScenario.reloads.workspace()
        let outcome = try workspace.run(
            ["verify", "reloads.mcap"], environment: ["LUMON_PLANTED_FAULT": "epoch-kept@21"])
        #expect(outcome.code == 0, "\(outcome)")
    }
}
