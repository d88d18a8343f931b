import Foundation
import PlantedFaults
import Recording
import Streaming
import Testing
import Verification

@Suite("minimize, the command")
struct MinimizeCommandTests {
    private func faulty(_ fault: String) throws -> String {
        "'\(try Program.beside("subject-faults"))' \(fault)"
    }

    private func recorded() throws -> Workspace { try Workspace(try Sample.recorded.get()) }

    /// A trace whose frames are numbered, for a subject that goes wrong in frame 5.
    private func arguments(_ more: String...) throws -> [String] {
        ["minimize", Sample.trace, "-o", "small.mcap", "--subject-command", try faulty("wrong-digest 5")]
            + more
    }

    @Test("a subject that differs: the report, and the trace that is written")
    func differs() throws {
        let workspace = try recorded()
        let outcome = try workspace.run(try arguments())
        #expect(outcome.code == 0, "\(outcome)")
        // The subject counts frames, so that six are needed, and nothing else.
        for row in [
            "  fails      stage select, at frame 5: ", "  frames     10 -> 6", "  events     1 -> 0",
            "  sessions   1",
            "  moves      9 -> 0", "  levels     2 -> 1", "  resolution 8", "  minimal    yes: ",
            "  next       lumon-replay explain small.mcap --subject-command ",
        ] { #expect(outcome.outputLines.contains { $0.hasPrefix(row) }, "\(row)\n\(outcome)") }
        #expect(outcome.talk.isEmpty, "\(outcome)")
        let frames = try TraceReader(try workspace.bytes("small.mcap")).allFrames()
        #expect(frames.count == 6 && frames[0].frame == 0)
        #expect(try Trace.encode(frames) == (try workspace.bytes("small.mcap")))
        let verdict = try workspace.run(
            [
                "verify", "small.mcap", "--reference", "model", "--subject-command",
                try faulty("wrong-digest 5"),
            ])
        #expect(verdict.code == 1 && verdict.output.contains("frame 5, stage select"), "\(verdict)")

        // Again, over it: the same bytes, and the same in JSON.
        let before = try workspace.bytes("small.mcap")
        let again = try workspace.run(try arguments("--replace", "--format", "json"))
        #expect(again.code == 0, "\(again)")
        #expect(try workspace.bytes("small.mcap") == before)
        for part in [
            #""trace":"Traces/walk.mcap","output":"small.mcap","signature":{"kind":"stage","stage":"select"},"frame":5"#,
            #""before":{"frames":10,"events":1,"sessions":1,"moves":9,"levels":2,"resolution":8}"#,
            #""after":{"frames":6,"events":0,"sessions":1,"moves":0,"levels":1,"resolution":8}"#,
            #""minimal":true,"reason":null,"next":"lumon-replay explain small.mcap "#,
        ] { #expect(again.output.contains(part), "\(part)\n\(again)") }
    }

    @Test(
        "a subject that breaks off is minimized for how it does",
        arguments: ["dies 5", "refuses 5", "crashes 5"])
    func breaksOff(fault: String) throws {
        let workspace = try recorded()
        let outcome = try workspace.run([
            "minimize", Sample.trace, "-o", "small.mcap", "--subject-command", try faulty(fault),
        ])
        #expect(outcome.code == 0, "\(outcome)")
        let words = [
            "dies 5": "ends with exit status 3", "refuses 5": "refuses a frame",
            "crashes 5": "ends by signal 6",
        ]
        #expect(
            outcome.outputLines.contains { $0.hasPrefix("  fails      breaks off: \(words[fault] ?? "?")") },
            "\(outcome)")
        #expect(outcome.output.contains("  frames     10 -> 6\n"), "\(outcome)")
    }

    @Test("two subjects are compared with each other")
    func twoSubjects() throws {
        let workspace = try recorded()
        let right = try faulty("none")
        let outcome = try workspace.run(try arguments("--reference-command", right))
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.output.contains("  frames     10 -> 6\n"), "\(outcome)")
        let next = "  next       lumon-replay explain small.mcap --subject-command "
        #expect(
            outcome.outputLines.contains { $0.hasPrefix(next) && $0.hasSuffix(" --perturb build=1") },
            "\(outcome)")
        // The other way round the one that is taken for right goes wrong: that is a difference all the same.
        let reversed = try workspace.run([
            "minimize", Sample.trace, "-o", "other.mcap", "--reference-command", try faulty("wrong-digest 5"),
        ])
        #expect(reversed.code == 0 && reversed.output.contains("frames     10 -> 6"), "\(reversed)")
    }

    @Test(
        "at the limit the smallest so far is written, where the report says so; the folder of regressions is made"
    )
    func limit() throws {
        let workspace = try recorded()
        let output = "Traces/regressions/small.mcap"
        let outcome = try workspace.run([
            "minimize", Sample.trace, "-o", output, "--subject-command", try faulty("wrong-digest 5"),
            "--limit", "12", "--repeats", "1",
        ])
        #expect(outcome.output.contains("  mended     lumon-replay golden accept \(output)"), "\(outcome)")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.output.contains("it may not be: the limit of 12 replays was reached"), "\(outcome)")
        #expect(workspace.exists(output))
    }

    @Test("interrupted, it writes the smallest so far")
    func interrupted() throws {
        let workspace = try recorded()
        try workspace.write("0", to: "starts")
        // The subject is a child of the program that starts it, and the eighth of them stops it.
        let command = """
            n=$(cat starts); echo $((n + 1)) > starts; if [ "$n" = 8 ]; then kill -INT $PPID; fi; exec \(try faulty("wrong-digest 5"))
            """
        let outcome = try workspace.run([
            "minimize", Sample.trace, "-o", "small.mcap", "--subject-command", command,
        ])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.output.contains("it may not be: it was stopped"), "\(outcome)")
        #expect(try TraceReader(try workspace.bytes("small.mcap")).allFrames().count <= 10)
    }

    // MARK: Errors

    @Test("a trace that does not fail is an error, and says what was compared")
    func agrees() throws {
        let workspace = try recorded()
        let healthy = "'\(try Program.path())' subject"
        try workspace.expectFailure(
            64, ["minimize", Sample.trace, "-o", "small.mcap", "--reference-command", healthy],
            says: ["does not fail", "the model of this program and the reference command", "all 10 frames"])
        try workspace.expectFailure(
            64, ["minimize", Sample.trace, "-o", "small.mcap", "--subject-command", try faulty("none")],
            says: ["does not fail", "faulty and the model"])
        try workspace.expectFailure(
            64, ["minimize", Sample.trace, "-o", "small.mcap", "--perturb", "recorder=1"],
            says: ["does not fail", "everything pinned and the one with recorder=1"])
        try workspace.expectFailure(
            64, ["minimize", Sample.trace, "-o", "small.mcap", "--law", "rest"],
            says: ["does not fail", "by the law rest"])
    }

    @Test("what cannot be is refused before anything is run")
    func refused() throws {
        let workspace = try recorded()
        try workspace.write("[not] = a trace", to: "other.toml")
        try workspace.write([UInt8](try workspace.bytes(Sample.trace).prefix(40)), to: "cut.mcap")
        try workspace.write("text", to: "there.mcap")
        let trace = ["minimize", Sample.trace, "-o"]
        try workspace.expectFailure(64, trace + ["there.mcap"], says: ["is there already", "--replace"])
        try workspace.expectFailure(
            64, trace + ["there.mcap", "--replace"], says: ["a file of another kind"])
        try workspace.expectFailure(
            64, trace + ["./Traces/../" + Sample.trace, "--replace"], says: ["is the trace itself"])
        try workspace.expectFailure(
            64, trace + ["small.mcap", "--law", "gravity"], says: ["no such law", "translation"])
        try workspace.expectFailure(
            64, trace + ["small.mcap", "--law", "rest", "--perturb", "recorder=1"], says: ["two ways to fail"]
        )
        try workspace.expectFailure(
            64, trace + ["small.mcap", "--law", "rest", "--subject-command", "x"], says: ["without a subject"]
        )
        try workspace.expectFailure(64, trace + ["small.mcap", "--seed", "3"], says: ["go with --law"])
        try workspace.expectFailure(64, trace + ["small.mcap", "--limit", "3"], says: ["--limit is 3"])
        try workspace.expectFailure(64, trace + ["small.mcap", "--repeats", "0"], says: ["--repeats is 0"])
        try workspace.expectFailure(
            64, trace + ["small.mcap", "--perturb", "weather=1"], says: ["called 'weather'"])
        try workspace.expectFailure(
            64, trace + ["small.mcap", "--perturb", "recorder"], says: ["expected DIMENSION=SEED"])
        try workspace.expectFailure(
            64, trace + ["small.mcap", "--build", "a=b"], says: ["--build goes with --perturb"])
        try workspace.expectFailure(
            65, ["minimize", "cut.mcap", "-o", "small.mcap", "--law", "rest"], says: ["cut.mcap"])
        try workspace.expectFailure(
            74, ["minimize", "none.mcap", "-o", "small.mcap", "--law", "rest"], says: ["none.mcap"])
        // Programs that cannot be compared with anything.
        try workspace.expectFailure(
            69, trace + ["small.mcap", "--reference-command", "false"], says: ["exit status 1"])
        try workspace.expectFailure(
            69, trace + ["small.mcap", "--reference-command", try faulty("dies 5")],
            says: ["frame 5", "taken for right"])
    }

    @Test("a law that cannot judge the trace says why")
    func lawNotApplicable() throws {
        let workspace = try recorded()
        let frames = try TraceReader(try workspace.bytes(Sample.trace)).allFrames()
        try workspace.write(try Trace.encode(Array(frames.prefix(1))), to: "one.mcap")
        try workspace.expectFailure(
            64, ["minimize", "one.mcap", "-o", "small.mcap", "--law", "split-and-join"],
            says: ["cannot be judged by the law split-and-join: the trace has one frame"])
    }

    // MARK: Without a way to fail

    @Test("a golden that differs is no reference, and that is said", .enabled(if: Build.hasPlantedFaults))
    func golden() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let outcome = try workspace.run(
            ["minimize", Sample.trace, "-o", "small.mcap"],
            environment: ["LUMON_PLANTED_FAULT": "signed-zero@0"])
        #expect(outcome.code == 64, "\(outcome)")
        for text in ["first at frame ", "digests of one trace only", "--reference-command"] {
            #expect(outcome.talk.contains(text), "\(outcome)")
        }
    }

    @Test("where nothing fails in any way that is looked for, that is said")
    func nothingFound() throws {
        let workspace = try recorded()
        try workspace.expectFailure(
            64, ["minimize", Sample.trace, "-o", "small.mcap"],
            says: ["a quick check", "finds nothing", "--reference-command"])
    }

    @Test(
        "what a quick check finds is minimized",
        .enabled(if: Build.hasPlantedFaults), .enabled(if: Scale.isThorough, Scale.inRelease))
    func check() throws {
        let workspace = try recorded()
        let environment = ["LUMON_PLANTED_FAULT": "recorder-rounds@0"]
        try workspace.write(
            Sample.scenario(frames: 6).replacingOccurrences(
                of: "[0.0, 84.0, 0.0]", with: "[30000003.0, 84.0, 0.0]"),
            to: "far.scenario.toml")
        #expect(try workspace.run(["record", "far.scenario.toml", "-o", "far.mcap"]).code == 0)
        let outcome = try workspace.run(
            ["minimize", "far.mcap", "-o", "small.mcap"], environment: environment)
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.talk.contains("it differs under recorder"), "\(outcome)")
        // The recorder rounds from the second frame of a process on: before the first one no fault is planted.
        #expect(outcome.outputLines.contains { $0.hasPrefix("  perturbed  recorder=") }, "\(outcome)")
        #expect(outcome.output.contains("  frames     6 -> 2\n"), "\(outcome)")
    }

    // MARK: Regressions

    @Test(
        "a regression is a trace like the others: verify, check and golden status find it without being told")
    func regressions() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let output = "Traces/regressions/walk.mcap"
        try workspace.write(try workspace.bytes(Sample.trace), to: output)
        let missing = try workspace.run(["golden", "status"])
        #expect(missing.code == 2 && missing.output.contains(output), "\(missing)")
        let verdict = try workspace.run(["verify"])
        #expect(verdict.code == 2, "\(verdict)")
        #expect(
            verdict.outputLines.contains { $0.hasPrefix(output) && $0.hasSuffix("NO GOLDEN") }, "\(verdict)")
        // Where its golden would lie: in a folder that was named, and of a subject.
        try workspace.write("x", to: "Other/regressions/walk.golden")
        try workspace.expectFailure(
            2, ["explain", output, "--golden", "Other"], says: ["Other/regressions/walk.digests is missing"])
        try workspace.remove("Other")
        try workspace.expectFailure(
            2, ["explain", output, "--subject-command", try faulty("none"), "--reference", "golden"],
            says: ["Golden/regressions/faulty/walk.golden: there is no golden"])

        // The same trace has the same golden.
        for name in ["walk.golden", "walk.digests"] {
            try workspace.write(try workspace.bytes("Golden/\(name)"), to: "Golden/regressions/\(name)")
        }
        let status = try workspace.run(["golden", "status"])
        #expect(status.code == 0 && status.output.contains(output), "\(status)")
        let good = try workspace.run(["verify"])
        #expect(good.code == 0 && good.output.contains(Sample.trace), "\(good)")
        #expect(good.output.contains(output), "\(good)")

        // A golden whose trace is gone, though there is another of its name.
        try workspace.remove(output)
        let orphan = try workspace.run(["verify"])
        #expect(orphan.code == 2, "\(orphan)")
        #expect(
            orphan.output.contains("Golden/regressions/walk.golden: a golden without a trace"), "\(orphan)")
        #expect(!orphan.output.contains("Golden/walk.golden: a golden"), "\(orphan)")
    }

    @Test("and so in a project with folders of its own")
    func projectRegressions() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        try workspace.write(
            "format = 1\ntraces = \"Runs\"\ngolden = \"Right\"\n", to: "lumon-replay.toml")
        try workspace.write(try workspace.bytes(Sample.trace), to: "Runs/regressions/walk.mcap")
        try workspace.makeFolder("below")
        let trace = "../Runs/regressions/walk.mcap"
        try workspace.write("x", to: "Right/regressions/walk.golden")
        let report = try workspace.run(in: "below", ["explain", trace])
        #expect(report.talk.contains("../Right/regressions/walk.digests is missing"), "\(report)")
        try workspace.remove("Right")
        let verdict = try workspace.run(in: "below", ["verify"])
        #expect(verdict.code == 2, "\(verdict)")
        #expect(
            verdict.outputLines.contains { $0.hasPrefix(trace) && $0.hasSuffix("NO GOLDEN") }, "\(verdict)")
    }
}
