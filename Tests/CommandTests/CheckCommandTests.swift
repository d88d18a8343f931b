import Foundation
import Testing

@Suite("check on the command line")
struct CheckCommandTests {
    /// One small trace, `small.mcap`.
    private func workspace() throws -> Workspace {
        let workspace = try Workspace()
        try workspace.write(FaultScenario.thereAndBack.text, to: "small.scenario.toml")
        let outcome = try workspace.run(["record", "small.scenario.toml", "-o", "small.mcap"])
        try #require(outcome.code == 0, "\(outcome)")
        return workspace
    }

    @Test("every verdict names the three rules, how many runs there were, and what they show")
    func verdict() throws {
        let workspace = try workspace()
        let before = try workspace.files()
        let outcome = try workspace.run(["check", "small.mcap", "--quick"])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(
            outcome.outputLines.contains("  rules   snap holds, selection holds, invalidation holds"),
            "\(outcome)")
        #expect(
            outcome.outputLines.contains(
                "  runs    4 runs, 1 digest; fails less than 52.8 % of the time (95 % sure)"), "\(outcome)")
        #expect(
            outcome.outputLines.last == "1 verdict: 1 hold, 0 diverged, 0 broken, 0 undecided, 0 errors",
            "\(outcome)")
        let again = try workspace.run(["check", "small.mcap", "--quick"])
        #expect(again.output == outcome.output)
        #expect(try workspace.files() == before, "a check leaves nothing behind")
    }

    @Test("without --quick every pair of dimensions is met; a single one takes three runs")
    func efforts() throws {
        let workspace = try workspace()
        let standard = try workspace.run(["check", "small.mcap", "--only", "umask", "--only", "restore"])
        #expect(standard.output.contains("  runs    5 runs, 1 digest"), "\(standard)")
        let one = try workspace.run(["check", "small.mcap", "--only", "umask"])
        #expect(one.output.contains("  runs    3 runs, 1 digest"), "\(one)")
    }

    @Test(
        "--full says beforehand how long it will take, and makes more than 200 runs",
        .enabled(if: Scale.isThorough, Scale.inRelease))
    func full() throws {
        let workspace = try workspace()
        let outcome = try workspace.run(
            ["check", "small.mcap", "--full", "--only", "visit-order", "--only", "restore"])
        #expect(outcome.code == 0, "\(outcome)")
        let pattern = #/1 trace, 20[0-9] runs each: about [0-9]+ (s|min)/#
        #expect(outcome.talk.contains(pattern), "\(outcome)")
        #expect(outcome.output.contains("fails less than 1.5 % of the time"), "\(outcome)")
    }

    @Test("--rule judges by one rule")
    func rules() throws {
        let workspace = try workspace()
        for rule in ["snap", "selection", "invalidation"] {
            let outcome = try workspace.run([
                "check", "small.mcap", "--quick", "--rule", rule, "--only", "restore",
            ])
            #expect(outcome.code == 0, "\(outcome)")
            #expect(outcome.outputLines.contains("  rules   \(rule) holds"), "\(outcome)")
        }
        let outcome = try workspace.run(["check", "small.mcap", "--rule", "shift"])
        #expect(outcome.code == 64, "\(outcome)")
    }

    @Test("JSON and JUnit have a verdict for each rule")
    func formats() throws {
        let workspace = try workspace()
        let json = try workspace.run([
            "check", "small.mcap", "--quick", "--only", "umask", "--format", "json",
        ])
        #expect(json.code == 0)
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["holds"] as? Bool == true)
        let trace = (object?["traces"] as? [[String: Any]])?.first
        #expect((trace?["rules"] as? [String: String])?["selection"] == "holds")
        let junit = try workspace.run([
            "check", "small.mcap", "--quick", "--only", "umask", "--format", "junit",
        ])
        let suite = try JUnit(junit.output)
        #expect(suite.cases == ["snap", "selection", "invalidation"])
        #expect(suite.failures == 0 && suite.errors == 0)
    }

    @Test("what cannot be checked is an error and no pass")
    func errors() throws {
        let workspace = try workspace()
        try workspace.expectFailure(
            64, ["check", "small.mcap", "--only", "phase-of-the-moon"],
            says: ["there is no dimension and no law called 'phase-of-the-moon'", "hash-seed"])
        try workspace.expectFailure(64, ["check", "small.mcap", "--quick", "--full"], says: ["two things"])
        try workspace.expectFailure(64, ["check", "small.mcap", "--build", "x"], says: ["NAME=COMMAND"])
        try workspace.expectFailure(64, ["check"], says: ["no trace was named"])
        try workspace.expectFailure(
            74, ["check", "none.mcap", "--only", "umask"], says: ["none.mcap: no such file"])
        try workspace.write("no trace", to: "bad.mcap")
        try workspace.expectFailure(65, ["check", "bad.mcap", "--only", "umask"], says: ["bad.mcap"])
        try workspace.expectFailure(
            69, ["check", "small.mcap", "--only", "umask", "--subject-command", "exit 3"],
            says: ["the subject ended with exit status"])
        try workspace.expectFailure(
            64, ["check", "small.mcap", "--only", "umask", "--without", "umask"], says: ["nothing is checked"]
        )
        // A tool that is not there: found by name, so that another PATH hides it.
        try workspace.makeFolder("bin")
        for tool in ["sh", "date", "cat", "nproc"] {
            try? FileManager.default.createSymbolicLink(
                atPath: workspace.path("bin/\(tool)"), withDestinationPath: "/bin/\(tool)")
        }
        let missing = try workspace.run(
            ["check", "small.mcap", "--only", "cpus"], environment: ["PATH": workspace.path("bin")])
        #expect(missing.code == 69, "\(missing)")
        #expect(missing.talk.contains("the dimension cpus cannot be applied"), "\(missing)")
        #expect(missing.talk.contains("taskset (of util-linux)"), "\(missing)")
        #expect(missing.talk.contains("--without cpus"), "\(missing)")
    }

    @Test("what judges nothing of a trace is no pass")
    func nothingJudged() throws {
        let workspace = try workspace()
        let outcome = try workspace.run(["check", "small.mcap", "--only", "same-key"])
        #expect(outcome.code == 2, "\(outcome)")
        #expect(outcome.output.contains(" not applicable"), "\(outcome)")
        #expect(outcome.output.contains("of what was asked for nothing judges this trace"), "\(outcome)")
        #expect(outcome.output.contains("  n/a     same-key: "), "\(outcome)")
    }

    @Test("a truncated trace among others is an error of its own")
    func truncated() throws {
        let workspace = try workspace()
        let bytes = try workspace.bytes("small.mcap")
        try workspace.write(Array(bytes.prefix(bytes.count / 2)), to: "torn.mcap")
        let outcome = try workspace.run(["check", "torn.mcap", "small.mcap", "--only", "umask"])
        #expect(outcome.code == 65, "\(outcome)")
        #expect(outcome.output.contains("torn.mcap                          ERROR"), "\(outcome)")
        #expect(outcome.output.contains("small.mcap                         holds"), "\(outcome)")
    }

    @Test("the list says what there is, and what is not applicable")
    func list() throws {
        let workspace = try workspace()
        let outcome = try workspace.run(["check", "--list"])
        #expect(outcome.code == 0, "\(outcome)")
        for name in ["workers", "completion-order", "restore", "reset", "hash-seed", "visit-order"] {
            #expect(outcome.outputLines.contains("dimension  \(name)"), "\(outcome)")
        }
    }

    @Test(
        "dimensions of the project: variables that are set, and commands that are others",
        .enabled(if: Scale.isThorough, Scale.inRelease))
    func project() throws {
        let workspace = try workspace()
        try workspace.write(
            """
            format = 1

            [dimensions.driver]
            environment = { LUMON_PLANTED_FAULT = "ties-by-slot@3" }

            [dimensions.twin]
            commands = { same = "'\(try Program.path())' subject" }
            subjects = ["model"]

            [dimensions.other]
            environment = { LUMON_PLANTED_FAULT = "ties-by-slot@3" }
            subjects = ["engine"]
            """, to: "lumon-replay.toml")
        let list = try workspace.run(["check", "--list"])
        #expect(
            list.outputLines.contains("dimension  driver") && list.outputLines.contains("dimension  twin"))
        #expect(!list.outputLines.contains("dimension  other"), "\(list)")
        let twin = try workspace.run(["check", "small.mcap", "--quick", "--only", "twin"])
        #expect(twin.code == 0, "\(twin)")
        guard Build.hasPlantedFaults else { return }
        let driver = try workspace.run(["check", "small.mcap", "--quick"])
        #expect(driver.code == 1 && driver.outputLines.contains("  guilty  driver"), "\(driver)")
    }

    @Test(
        "a subject with two stages of the model's: the right verdict, and what is not applicable",
        .enabled(if: Scale.isThorough, Scale.inRelease))
    func partialSubject() throws {
        let workspace = try workspace()
        let command = "'\(try Program.beside("subject-faults"))' partial"
        let healthy = try workspace.run(["check", "small.mcap", "--quick", "--subject-command", command])
        #expect(healthy.code == 0, "\(healthy)")
        for line in [
            "  n/a     workers: the subject takes no worker count",
            "  n/a     visit-order: the subject cannot be told to",
            "  n/a     restore: the subject does not save its state",
            "  n/a     completion-order: the subject takes no order of completion",
        ] { #expect(healthy.outputLines.contains(line), "\(line)\n\(healthy)") }
        try workspace.expectFailure(
            64, ["check", "small.mcap", "--only", "restore", "--subject-command", command],
            says: ["restore is not applicable: the subject does not save its state"])
        guard Build.hasPlantedFaults else { return }
        let faulty = try workspace.run(
            ["check", "small.mcap", "--quick", "--subject-command", command],
            environment: ["LUMON_PLANTED_FAULT": "ties-by-hash@1"])
        #expect(faulty.code == 1 && faulty.outputLines.contains("  guilty  hash-seed"), "\(faulty)")
        #expect(faulty.output.contains("first   frame 1, stage select"), "\(faulty)")
        #expect(faulty.output.contains("snap unknown from frame 1 on, selection BROKEN"), "\(faulty)")
    }
}
