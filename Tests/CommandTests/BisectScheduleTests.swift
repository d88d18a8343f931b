import Foundation
import PlantedFaults
import Recording
import Replay
import Streaming
import Testing
import Topology

/// A planted race, and the two events whose order decides.
struct BisectCase: CustomTestStringConvertible, Sendable {
    var fault: Fault
    /// In the order that holds, each with its frame.
    var first: (frame: Int, what: String)
    var then: (frame: Int, what: String)

    var testDescription: String { fault.rawValue }

    init(_ fault: Fault, _ frame: Int, _ first: String, _ then: String) {
        self.fault = fault
        self.first = (frame, first)
        self.then = (frame, then)
    }

    /// The first three are quick, and of three kinds; LUMON_TEST_FULL=1 runs them all.
    static var sample: [BisectCase] { Scale.isFull ? all : Array(all.prefix(3)) }

    static let all = [
        // A payload is mixed with that of the result before: 2 behind 1 gives what it gives 1 behind 2 to.
        BisectCase(.runningMean, 1, "the result of cast 1 is drained", "the result of cast 2 is drained"),
        // Between the two steps of a hand-over another worker hands over.
        BisectCase(
            .tornHandOver, 1, "worker 1 hands over the result of job 7 of the batch of frame 0",
            "worker 2 hands over the result of job 8 of the batch of frame 0"),
        // The second worker looks before the first has claimed what both see.
        BisectCase(
            .claimedTwice, 6, "worker 1 claims jobs 8 to 9 of the batch of frame 4",
            "worker 2 looks for jobs, and sees the batch of frame 4"),
        // Results are applied as they came: any two neighbours will do.
        BisectCase(
            .orderOfArrival, 2, "the result of cast 18 is drained", "the result of cast 19 is drained"),
        // Four results find room: one of the first four changes places with the one behind them.
        BisectCase(.roomByArrival, 3, "the result of cast 1 is drained", "the result of cast 14 is drained"),
        // The later of two aborted casts waits longer.
        BisectCase(
            .retryByArrival, 2, "the result of cast 17 is drained", "the result of cast 18 is drained"),
        // An aborted cast (38) spoils the result behind it.
        BisectCase(.abortSpreads, 3, "the result of cast 19 is drained", "the result of cast 38 is drained"),
        // Replies are applied as they came.
        BisectCase(
            .repliesByArrival, 30, "the store's reply to request 167 is drained",
            "the store's reply to request 168 is drained"),
        // Two results of one batch that one frame drains: outcomes go to places as they came.
        BisectCase(
            .outcomesByArrival, 1, "worker 1 hands over the result of job 5 of the batch of frame 0",
            "worker 2 hands over the result of job 6 of the batch of frame 0"),
        // Frame 20 moves the window. The result misses the frame before which its request still counts.
        BisectCase(
            .retiredUnrecorded, 20, "worker 1 hands over the result of job 11 of the batch of frame 19",
            "the frame thread takes the 17 results that have come"),
        // A result of frame 3's batch misses frame 7, which begins the batch that has its number modulo four.
        BisectCase(
            .batchNumberReused, 7, "worker 1 hands over the result of job 1 of the batch of frame 3",
            "the frame thread takes the 8 results that have come"),
        // The result comes behind the first of the two questions, and before the second.
        BisectCase(
            .resultsRecordedApart, 3, "worker 1 hands over the result of job 7 of the batch of frame 2",
            "the frame thread takes the 12 results that have come"),
        // The same with a transaction of the store.
        BisectCase(
            .repliesRecordedApart, 30,
            "the store commits, with the replies to 126, 127, 128, 129, ...",
            "the frame thread asks for replies"),
        // The same with a write-back that is dropped.
        BisectCase(
            .dropsRecordedApart, 18,
            "the frame thread takes the 1 write-backs that were dropped, has its claims",
            "the store drops the write-back of level 1 region (-2, 49, 1)"),
        // A job of frame 14's batch is claimed behind the beginning of the next batch, whose world has the edit of frame 15.
        BisectCase(
            .worldAtClaim, 15, "worker 1 claims job 16 of the batch of frame 14",
            "the frame thread begins the batch of frame 15 with 13 jobs"),
        // A job of frame 11's batch is cast behind a claim of the next batch, whose world has the edit of frame 12.
        BisectCase(
            .sharedCaster, 13, "worker 1 casts job 10 of the batch of frame 11",
            "worker 2 claims jobs 0 to 1 of the batch of frame 12"),
        // The result is handed over behind the reading and before the emptying of the list.
        BisectCase(
            .resultLost, 3, "worker 1 hands over the result of job 7 of the batch of frame 2",
            "the frame thread reads the results, and has not emptied their list"),
        // A claim before the shift is written down behind it.
        BisectCase(
            .claimNotedLate, 1, "the claim of request 28 is written down",
            "the frame thread comes to the stage recycle"),
    ]
}

/// `bisect schedule`, through the program.
@Suite(
    "Two events",
    .enabled(
        if: BisectBuild.hasPlantedFaults,
        "this build has no planted faults; build in debug, or with -Xswiftc -DPLANTED_FAULTS"))
struct BisectScheduleTests {
    private static let race = ["LUMON_PLANTED_FAULT": "running-mean@0"]

    private func workspace() throws -> Workspace { try Workspace(try RaceFaultTests.traces.get()) }

    @Test("the two events of a race are found", arguments: BisectCase.sample)
    func found(given: BisectCase) throws {
        let race = try #require(RaceCase.all.first { $0.fault == given.fault })
        let outcome = try workspace().run(
            [
                "bisect", "schedule", "\(race.scenario.rawValue).mcap", "--bad", "\(race.seed)", "--format",
                "json",
            ], environment: ["LUMON_PLANTED_FAULT": "\(race.fault.rawValue)@0"], timeoutSeconds: 600)
        #expect(outcome.code == 0, "\(outcome)")
        let answer = try Answer(outcome)
        #expect(answer.events.count == 2, "\(outcome)")
        for (event, wanted) in zip(answer.events, [given.first, given.then]) {
            #expect(event.frame == wanted.frame && event.what == wanted.what, "\(outcome)")
        }
        #expect(answer.minimal && (1...2).contains(answer.changes), "\(outcome)")
        #expect(answer.stage != nil && answer.again.hasSuffix("--seed \(race.seed)"), "\(outcome)")
        // What it is about can be found again in the trace.
        let isAboutProbes = !answer.events.allSatisfy {
            $0.what.contains("store") || $0.what.contains("frame thread")
        }
        #expect(!isAboutProbes || answer.events.contains { $0.probes > 0 }, "\(outcome)")
    }

    @Test("no race has two cases, and every race has one")
    func cases() {
        #expect(BisectCase.all.count == RaceCase.all.count)
        #expect(Set(BisectCase.all.map(\.fault)) == Set(RaceCase.all.map(\.fault)))
    }

    @Test func theFirstScheduleThatFailsIsFoundAndTheRunIsWritten() throws {
        let workspace = try workspace()
        let arguments = ["bisect", "schedule", "busy.mcap", "--quick", "-o", "bad.mcap"]
        let outcome = try workspace.run(arguments, environment: Self.race)
        #expect(outcome.code == 0, "\(outcome)")
        let rows = [
            "good    what schedule 1 drained", "bad     the same in another order", "first   frame 1: ",
            "then    frame 1: ", "level 0, cell (", "differs frame 1, stage commit",
            "open    Sources/Streaming/Stages/CommitStage.swift", "minimal yes", "wrote   bad.mcap",
            "again   lumon-replay check busy.mcap --only live --seed 1",
        ]
        for row in rows { #expect(outcome.output.contains(row), "\(row) in \(outcome)") }
        #expect(!outcome.output.contains(" nil"), "\(outcome)")
        // Twice the same, and the same bytes.
        let bytes = try workspace.bytes("bad.mcap")
        #expect(try workspace.run(arguments, environment: Self.race).output == outcome.output)
        #expect(try workspace.bytes("bad.mcap") == bytes)
        #expect(try workspace.run(["trace", "validate", "bad.mcap"]).code == 0)
    }

    @Test func withoutAFlipItSaysSo() throws {
        let workspace = try workspace()
        try workspace.expectFailure(
            2, ["bisect", "schedule", "busy.mcap", "--quick"],
            says: ["the verdict does not flip", "2 schedules from 1 on hold", "--full"])
        // What fails in the plain schedule too is no race.
        let plain = try workspace.run(
            ["bisect", "schedule", "claimed.mcap", "--bad", "1", "--good", "2"],
            environment: ["LUMON_PLANTED_FAULT": "claim-noted-late@0"])
        #expect(plain.code == 2 && plain.talk.contains("schedule 2 fails too, at frame"), "\(plain)")
    }

    @Test func atTheLimitItPrintsTheSmallestSoFar() throws {
        let outcome = try workspace().run(
            ["bisect", "schedule", "busy.mcap", "--bad", "2", "--limit", "20"],
            environment: ["LUMON_PLANTED_FAULT": "torn-hand-over@0"])
        #expect(outcome.code == 2 && outcome.output.contains("NO PAIR"), "\(outcome)")
        #expect(outcome.output.contains("the limit of 20 replays was reached"), "\(outcome)")
    }

    @Test func wrongUsageIsRefused() throws {
        let workspace = try workspace()
        let bisect = ["bisect", "schedule", "busy.mcap"]
        for (more, words) in [
            (["--quick", "--full"], ["--quick and --full"]),
            (["--bad", "3", "--seed", "2"], ["--bad names"]),
            (["--seed", "0"], ["--seed is 0"]), (["--with", "claimed.mcap"], ["--with goes with a subject"]),
            (["--with", "claimed.mcap", "--bad", "1"], ["--with is the bad order"]),
            (["--good", "2", "--bad", "2"], ["are both 2"]), (["--limit", "3"], ["--limit is 3"]),
            (["-o", "busy.mcap"], ["is the trace itself"]),
            (["--subject-command", "true"], ["is no recorded live run"]),
            (
                ["--with", "claimed.mcap", "--subject-command", "true"],
                ["busy.mcap: is no recorded live run"]
            ),
        ] { try workspace.expectFailure(64, bisect + more, says: words) }
        try workspace.write("something else", to: "notes.txt")
        try workspace.expectFailure(64, bisect + ["-o", "notes.txt"], says: ["file of another kind"])
        #expect(try workspace.bytes("notes.txt") == Array("something else".utf8))
        try workspace.expectFailure(65, ["bisect", "schedule", "notes.txt"], says: ["notes.txt"])
    }

    // MARK: Recordings

    /// Live runs of one trace under schedules, as recorded.
    private func recordings(
        of trace: String = "busy.mcap", _ schedules: [(name: String, schedule: Schedule)]
    ) throws -> Workspace {
        let workspace = try workspace()
        let frames = try TraceFile(path: workspace.path(trace)).reader.allFrames()
        for (name, schedule) in schedules {
            var options = FrameRecorder.Options()
            options.queueFrames = frames.count + 1
            let recorder = try FrameRecorder(path: workspace.path(name), options: options)
            _ = try ScheduledLiveRun(schedule).run(frames, to: recorder)
            try recorder.finish()
        }
        return workspace
    }

    private func subject(_ fault: String) throws -> [String] {
        ["--subject-command", "LUMON_PLANTED_FAULT=\(fault)@0 '\(try Program.path())' subject"]
    }

    @Test func theTwoResultsOfARecordingThatChangeASubjectAreFound() throws {
        let workspace = try recordings([("live.mcap", .plain), ("other.mcap", .seeded(2))])
        // The model, in the orders of a schedule.
        let model = try workspace.run(
            ["bisect", "schedule", "live.mcap", "--bad", "3"],
            environment: ["LUMON_PLANTED_FAULT": "order-of-arrival@0"])
        #expect(model.code == 0 && model.output.contains("good    the recorded order"), "\(model)")
        #expect(model.output.contains("drained[") && model.output.contains(": expected "), "\(model)")
        // A subject, by its own digests.
        let own = try workspace.run(
            ["bisect", "schedule", "live.mcap", "--bad", "3"] + (try subject("order-of-arrival")))
        #expect(own.code == 0 && own.output.contains("fails   stage commit"), "\(own)")
        let events = { (outcome: Outcome) in
            outcome.outputLines.filter { $0.hasPrefix("  first ") || $0.hasPrefix("  then ") }
        }
        #expect(events(own) == events(model) && events(own).count == 2, "\(own)")
        #expect(
            own.output.contains("again   lumon-replay bisect schedule live.mcap --bad 3 --subject-command"))
        // A subject beside the model, in the order of another recording.
        let other = try workspace.run(
            ["bisect", "schedule", "live.mcap", "--with", "other.mcap", "-o", "bad.mcap"]
                + (try subject("order-of-arrival")))
        #expect(other.code == 0 && other.output.contains("bad     what other.mcap drained"), "\(other)")
        #expect(events(other).allSatisfy { $0.contains("the result of cast ") }, "\(other)")
        #expect(try workspace.run(["verify", "--against", "checkpoints", "bad.mcap"]).code != nil)
        // A subject that is right has nothing to be found.
        try workspace.expectFailure(
            2,
            ["bisect", "schedule", "live.mcap", "--with", "other.mcap", "--subject-command"]
                + ["'\(try Program.path())' subject"], says: ["the verdict does not flip: other.mcap holds"])
        try workspace.expectFailure(
            64, ["bisect", "schedule", "live.mcap", "--good", "3"],
            says: ["--good goes with a modelled trace"])
    }

    @Test("the claim of a recording, and the stage that it may not be behind")
    func claims() throws {
        let workspace = try recordings(
            of: "claimed.mcap", [("live.mcap", .plain), ("other.mcap", .seeded(1))])
        let outcome = try workspace.run([
            "bisect", "schedule", "live.mcap", "--with", "other.mcap", "--format", "json",
            "--subject-command", "'\(try Program.beside("subject-faults"))' claims-at-once",
        ])
        #expect(outcome.code == 0, "\(outcome)")
        let answer = try Answer(outcome)
        let first = try #require(answer.events.first)
        // Before shift it is no matter that the subject takes it before shift.
        #expect(
            first.what.hasPrefix("a worker claims request ") && first.stage == "shift" && first.probes == 1,
            "\(outcome)")
        #expect(answer.events.last?.what == "the frame comes to the stage recycle", "\(outcome)")
        #expect(answer.minimal && answer.changes == 1 && answer.stage == "shift", "\(outcome)")
    }

    @Test func recordingsOfOtherInputsAreRefused() throws {
        let workspace = try recordings([("live.mcap", .plain)])
        let frames = try TraceFile(path: workspace.path("live.mcap")).reader.allFrames()
        var moved = frames
        moved[5].camera.position.x += 1
        try workspace.write(try Trace.encode(moved), to: "moved.mcap")
        try workspace.write(try Trace.encode(Array(frames.dropLast())), to: "short.mcap")
        for (name, words) in [
            ("moved.mcap", ["differ at frame 5 in its camera"]), ("short.mcap", ["has 28 frames", "27"]),
        ] {
            try workspace.expectFailure(
                64, ["bisect", "schedule", "live.mcap", "--with", name] + (try subject("order-of-arrival")),
                says: words)
        }
    }
}

/// What the program has found.
private struct Answer {
    struct Event {
        var frame: Int?
        var what: String
        var stage: String?
        var probes: Int
    }

    var events: [Event]
    var changes: Int
    var minimal: Bool
    var stage: String?
    var again: String

    init(_ outcome: Outcome) throws {
        let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        let answer = try #require(json as? [String: Any])
        events = (answer["holds"] as? [[String: Any]] ?? []).map { event in
            Event(
                frame: event["frame"] as? Int, what: event["what"] as? String ?? "",
                stage: event["stage"] as? String,
                probes: (event["probes"] as? [Any])?.count ?? 0)
        }
        changes = (answer["changes"] as? [Any])?.count ?? 0
        minimal = answer["minimal"] as? Bool ?? false
        stage = (answer["first"] as? [String: Any])?["stage"] as? String
        again = answer["again"] as? String ?? ""
    }
}

private enum BisectBuild {
    #if PLANTED_FAULTS
        static let hasPlantedFaults = true
    #else
        static let hasPlantedFaults = false
    #endif
}
