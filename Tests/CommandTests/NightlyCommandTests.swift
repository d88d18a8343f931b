import Foundation
import Testing

/// Nights from their beginning to what somebody finds on the desk.
@Suite(.serialized) struct NightlyCommandTests {
    /// What report.json says, as far as tests look at it.
    struct Report: Decodable {
        struct Verdict: Decodable {
            var kind: String
            var subject: String
            var name: String
            var outcome: String
            var reason: String
            var incident: String?
        }

        var state: String
        var green: Bool
        var headline: String
        var counts: [String: Int]
        var notes: [String]
        var verdicts: [Verdict]
        var night: Int?
        var process: Int

        init(_ workspace: Workspace, _ folder: String) throws {
            self = try JSONDecoder().decode(
                Report.self, from: Data(try workspace.bytes("\(folder)/report.json")))
        }

        func outcomes(_ kind: String, _ subject: String = "model") -> [String] {
            verdicts.filter { $0.kind == kind && $0.subject == subject }.map(\.outcome)
        }
    }

    /// What a night of a few seconds does.
    private static let quick = """
        format = 1

        [nightly]
        effort = "quick"
        only = ["seek"]
        generate_seconds = 0

        """

    /// The same with a dimension in place of a law.
    private static let perturbed = quick.replacingOccurrences(of: "seek", with: "hash-seed")

    /// Two small traces with their goldens, by the healthy program.
    private static let traces: Result<[String: [UInt8]], any Error> = Result {
        let workspace = try Workspace()
        try workspace.makeFolder("Traces")
        for (name, seed) in [("dawn", 3), ("dusk", 4)] {
            try workspace.write(Sample.scenario(seed: seed), to: "\(name).scenario.toml")
            let outcome = try workspace.run(["record", "\(name).scenario.toml", "-o", "Traces/\(name).mcap"])
            try #require(outcome.code == 0, "\(outcome)")
        }
        let outcome = try workspace.run(["golden", "accept", "Traces/dawn.mcap", "Traces/dusk.mcap"])
        try #require(outcome.code == 0, "\(outcome)")
        return try workspace.files().filter { !$0.key.hasSuffix("/") && !$0.key.hasSuffix(".toml") }
    }

    private func workspace(_ project: String = NightlyCommandTests.quick) throws -> Workspace {
        let workspace = try Workspace(try NightlyCommandTests.traces.get())
        try workspace.write(project, to: "lumon-replay.toml")
        return workspace
    }

    // MARK: Green

    @Test func aGreenNightLeavesAReportAHistoryAndAProgramToCompareWith() throws {
        let workspace = try workspace()
        let outcome = try workspace.run(["nightly", "--output", "out", "--revision", "abcdef"])
        #expect(outcome.code == 0 && outcome.output.contains("Nightly is green: 4 verdicts"), "\(outcome)")
        let report = try Report(workspace, "out")
        #expect(report.green && report.state == "ended" && report.night == 1)
        #expect(
            report.outcomes("verify") == ["passed", "passed"]
                && report.outcomes("check") == ["passed", "passed"])
        let junit = try JUnit(String(decoding: try workspace.bytes("out/junit.xml"), as: UTF8.self))
        #expect(junit.cases.count == 4 && junit.failures == 0 && junit.errors == 0)
        #expect(workspace.exists(".nightly/green/reference") && !workspace.exists("out/incidents"))
        let history = try workspace.run(["nightly", "history"])
        #expect(
            history.code == 0 && history.output.contains("4 questions, 0 red, 0 flaky")
                && history.output.contains("at abcdef"), "\(history)")
        let nights = try workspace.run(["nightly", "history", "--nights", "--format", "json"])
        #expect(
            nights.output.contains("\"state\":\"ended\"") && nights.output.contains("\"passed\":4"),
            "\(nights)")
        // Without a folder named, each night has its own.
        for _ in 0..<2 {
            let again = try workspace.run(["nightly", "Traces/dawn.mcap"])
            #expect(again.code == 0, "\(again)")
        }
        let folders = try workspace.files().keys.filter {
            $0.hasPrefix(".nightly/2") && $0.hasSuffix("report.md")
        }
        #expect(folders.count == 2)
    }

    @Test func twoNightsAtOnceBothCount() throws {
        let workspace = try workspace()
        let nights = try (0..<2).map { try Night(workspace, ["--output", "out\($0)"]) }
        for night in nights { #expect(night.wait() == 0) }
        for number in 0..<2 { #expect(try Report(workspace, "out\(number)").green) }
        let history = try workspace.run(["nightly", "history", "--format", "json"])
        #expect(history.output.components(separatedBy: "\"nights\":2").count == 5, "\(history)")
    }

    // MARK: Red

    /// A green night; then somebody breaks the program; then a night finds a bundle on the desk, which is taken elsewhere.
    @Test(.enabled(if: PlantedPrograms.arePossible), .enabled(if: Scale.isThorough, Scale.inRelease))
    func fromARedNightToABundleThatRunsAnywhere() throws {
        let workspace = try workspace()
        #expect(try workspace.run(["nightly", "--output", "first", "--revision", "good"]).code == 0)
        // Another program than that of the green night, with a fault; and the good one is good.
        let broken = try PlantedPrograms.broken(in: workspace)
        let environment = ["LUMON_PLANTED_FAULT": "ties-by-slot@2", "LUMON_SOUND_PROGRAM": "reference"]
        let night = try Night(
            workspace, ["--output", "second", "--revision", "bad"], program: broken, environment: environment)
        #expect(night.wait() == 1)
        let report = try Report(workspace, "second")
        let incident = try #require(report.verdicts.first { $0.kind == "verify" }?.incident)
        let bundle = "second/\(incident)"
        for name in [
            "dawn.mcap", "dawn.golden", "dawn.digests", "minimized.mcap", "expected.jsonl", "found.jsonl",
            "explain.txt", "explain-minimized.txt", "report.md", "rerun", "rerun-minimized", "lumon-replay",
            "reference", "lumon-replay.toml",
        ] { #expect(workspace.exists("\(bundle)/\(name)"), "\(name)") }
        // What is wrong, since when, why, how small, and what to type: five lines.
        let markdown = String(decoding: try workspace.bytes("second/report.md"), as: UTF8.self)
        let lines = markdown.split(separator: "\n").map(String.init)
        let first = try #require(lines.firstIndex { $0.hasPrefix("1. **What:**") })
        let five = Array(lines[first..<first + 5])
        #expect(lines[first - 1] == "### Traces/dawn.mcap")
        #expect(five[0].contains("stage select") && five[0].contains("frame "), "\(five)")
        #expect(five[1].contains("red since tonight, last green") && five[1].contains("at good"), "\(five)")
        #expect(five[2].contains(": expected ") && five[2].contains(", found "), "\(five)")
        #expect(five[3].contains(" of 10 frames, ") && five[3].contains("minimized.mcap"), "\(five)")
        #expect(five[4] == "5. **Type:** `\(bundle)/rerun`", "\(five)")

        // In an empty folder, with nothing done by hand.
        let elsewhere = try Workspace()
        try FileManager.default.copyItem(atPath: workspace.path(bundle), toPath: elsewhere.path("bundle"))
        let command = elsewhere.path("bundle/rerun")
        #expect(try Shell.run(command, in: elsewhere.path(""), environment: environment).code == 1)
        #expect(try Shell.run(command, in: elsewhere.path(""), environment: [:]).code == 0)
        let smallest = elsewhere.path("bundle/rerun-minimized")
        let shown = try Shell.run(smallest, in: elsewhere.path(""), environment: environment)
        #expect(shown.code == 1 && shown.output.contains("stage select"), "\(shown.output)")
        // A mended program, by its path from where one is.
        let mended = try Shell.run(
            "LUMON_REPLAY=\(try Program.path()) \(command)", in: elsewhere.path(""), environment: [:])
        #expect(mended.code == 0, "\(mended.output)")

        // The third night knows since when.
        let third = try Night(
            workspace, ["--output", "third", "--revision", "bad"], program: broken, environment: environment)
        #expect(third.wait() == 1)
        let since = String(decoding: try workspace.bytes("third/report.md"), as: UTF8.self)
        #expect(
            since.contains("red since 20") && since.contains("at bad, last green"), "\(since.prefix(600))")
        let history = try workspace.run(["nightly", "history", "--red"])
        #expect(
            history.output.contains("RED  since 20") && history.output.contains("last green 20"), "\(history)"
        )
    }

    @Test(.enabled(if: PlantedPrograms.arePossible), .enabled(if: Scale.isThorough, Scale.inRelease))
    func whatIsNotDeterministicHasItsPerturbationAndBothDumps() throws {
        let workspace = try workspace(NightlyCommandTests.perturbed)
        let night = try Night(
            workspace, ["--output", "out", "Traces/dawn.mcap"],
            environment: ["LUMON_PLANTED_FAULT": "ties-by-hash@0"])
        #expect(night.wait() == 1)
        let report = try Report(workspace, "out")
        #expect(report.outcomes("check") == ["failed"])
        let incident = try #require(report.verdicts.first { $0.kind == "check" }?.incident)
        for name in ["rerun", "explain.txt", "expected.jsonl", "found.jsonl", "minimized.mcap"] {
            #expect(workspace.exists("out/\(incident)/\(name)"), "\(name)")
        }
        let text = String(decoding: try workspace.bytes("out/\(incident)/rerun"), as: UTF8.self)
        #expect(text.contains("explain dawn.mcap --perturb hash-seed="))
        let again = try Shell.run(
            workspace.path("out/\(incident)/rerun"), in: workspace.path(""),
            environment: ["LUMON_PLANTED_FAULT": "ties-by-hash@0"])
        #expect(again.code == 1 && again.output.contains("guilty  hash-seed"), "\(again.output)")
    }

    @Test func onGitHubItWritesSummaryAndAnnotations() throws {
        let workspace = try workspace()
        // A golden that is of something else.
        try workspace.write(try workspace.bytes("Golden/dusk.golden"), to: "Golden/dawn.golden")
        try workspace.write(try workspace.bytes("Golden/dusk.digests"), to: "Golden/dawn.digests")
        try workspace.write("before\n", to: "summary.md")
        let outcome = try workspace.run(
            ["nightly", "--output", "out"],
            environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": workspace.path("summary.md")])
        #expect(outcome.code == 2, "\(outcome)")
        let annotations = outcome.outputLines.filter { $0.hasPrefix("::") }
        #expect(
            annotations.count == 1 && annotations[0].hasPrefix("::error title=Traces/dawn.mcap::no golden"),
            "\(outcome)")
        #expect(annotations[0].contains("%0Alumon-replay verify Traces/dawn.mcap"), "\(annotations)")
        let summary = String(decoding: try workspace.bytes("summary.md"), as: UTF8.self)
        #expect(summary.hasPrefix("before\n# Nightly is red: 1 of 4 verdicts"), "\(summary.prefix(200))")
    }

    // MARK: Subjects, canaries

    @Test func aSubjectThatHangsDoesNotStopTheRest() throws {
        let workspace = try workspace(
            NightlyCommandTests.quick + """

                [subjects.asleep]
                command = "sleep 60"
                timeout_seconds = 0.3

                """)
        try workspace.write(try workspace.bytes("Traces/dawn.mcap"), to: "Traces/noon.mcap")
        let outcome = try workspace.run(["nightly", "--output", "out"])
        let report = try Report(workspace, "out")
        #expect(report.outcomes("verify", "asleep") == ["error", "error", "error"], "\(outcome)")
        #expect(report.outcomes("check", "asleep") == ["not run", "not run", "not run"], "\(outcome)")
        #expect(report.outcomes("check") == ["passed", "passed", "passed"], "\(outcome)")
        let left = report.verdicts.filter { $0.outcome == "not run" }
        #expect(left.allSatisfy { $0.reason == "the subject was not available 3 times in a row" })
        // The third trace has no golden, the subject does not answer; nothing failed.
        #expect(outcome.code == 69, "\(outcome)")
    }

    /// A subject that is not what it was: its bundle starts it where it is, and has its golden.
    @Test(.enabled(if: PlantedPrograms.arePossible), .enabled(if: Scale.isThorough, Scale.inRelease))
    func aSubjectsBundleRunsAnywhere() throws {
        func project(_ fault: String) throws -> String {
            NightlyCommandTests.quick.replacingOccurrences(
                of: "effort", with: "subjects = [\"engine\"]\neffort") + """

                    [subjects.engine]
                    command = "LUMON_PLANTED_FAULT=\(fault) '\(try Program.path())' subject --name other"

                    """
        }
        let workspace = try workspace(try project(""))
        let accepted = try workspace.run(["golden", "accept", "Traces/dawn.mcap", "--subject", "engine"])
        #expect(accepted.code == 0 && workspace.exists("Golden/engine/dawn.golden"), "\(accepted)")
        #expect(try workspace.run(["nightly", "--output", "first", "Traces/dawn.mcap"]).code == 0)
        try workspace.write(try project("ties-by-slot@2"), to: "lumon-replay.toml")
        let outcome = try workspace.run(["nightly", "--output", "out", "Traces/dawn.mcap"])
        #expect(outcome.code == 1, "\(outcome)")
        let report = try Report(workspace, "out")
        let incident = try #require(
            report.verdicts.first { $0.kind == "verify" }?.incident, "\(outcome) \(report)")
        #expect(workspace.exists("out/\(incident)/engine/dawn.golden"))
        let elsewhere = try Workspace()
        try FileManager.default.copyItem(
            atPath: workspace.path("out/\(incident)"), toPath: elsewhere.path("bundle"))
        let again = try Shell.run("bundle/rerun", in: elsewhere.path(""), environment: [:])
        #expect(again.code == 1 && again.output.contains("DIVERGED"), "\(again.output)")
        #expect(again.output.contains("stage select"), "\(again.output)")
    }

    @Test(.enabled(if: Scale.isThorough, Scale.inRelease))
    func madeUpTracesThatFailHaveBundles() throws {
        let workspace = try workspace(
            NightlyCommandTests.quick.replacingOccurrences(of: "seek", with: "prefix").replacingOccurrences(
                of: "generate_seconds = 0", with: "generate_seconds = 0.01\nincidents = 3"))
        let healthy = try workspace.run(["nightly", "--output", "first", "--seed", "1", "Traces/dawn.mcap"])
        #expect(healthy.code == 0 && healthy.output.contains("4 traces hold"), "\(healthy)")
        guard PlantedPrograms.arePossible else { return }
        let outcome = try workspace.run(
            ["nightly", "--output", "out", "--seed", "1", "Traces/dawn.mcap"],
            environment: ["LUMON_PLANTED_FAULT": "heap-drained@0"], timeoutSeconds: 300)
        #expect(outcome.code == 1, "\(outcome)")
        let report = try Report(workspace, "out")
        let failed = report.verdicts.filter { $0.kind == "generated" && $0.outcome == "failed" }
        let sum = try #require(failed.first { $0.name == "generated traces" }, "\(outcome)")
        #expect(sum.reason.contains("traces failed, and have verdicts of their own"), "\(sum)")
        let first = try #require(failed.first { $0.name != "generated traces" })
        let bundle = "out/\(try #require(first.incident))"
        #expect(workspace.exists("\(bundle)/\(first.name).mcap") && workspace.exists("\(bundle)/rerun"))
        // Only the sum is a question that is asked again.
        let history = try workspace.run(["nightly", "history", "--format", "json"])
        #expect(history.output.contains("\"generated traces\""), "\(history)")
        #expect(!history.output.contains("\"generated-"), "\(history)")
    }

    @Test func aVerdictThatTakesTooLongIsAnError() throws {
        // More than 200 runs take longer than that anywhere.
        let workspace = try workspace(
            NightlyCommandTests.perturbed.replacingOccurrences(of: "quick", with: "full")
                .replacingOccurrences(
                    of: "generate_seconds = 0", with: "generate_seconds = 0\ncheck_seconds = 0.1"))
        let outcome = try workspace.run(["nightly", "--output", "out", "Traces/dawn.mcap"])
        let report = try Report(workspace, "out")
        #expect(
            report.outcomes("verify") == ["passed"] && report.outcomes("check") == ["error"], "\(outcome)")
        #expect(
            report.verdicts.contains { $0.reason.contains("it took longer than it may (0 s)") },
            "\(report.verdicts)")
        #expect(outcome.code == 69)
    }

    @Test(.enabled(if: PlantedPrograms.arePossible), .enabled(if: Scale.isThorough, Scale.inRelease))
    func aCanaryThatIsNotFoundIsRed() throws {
        let program = try Program.path()
        func canary(_ name: String, _ fault: String, _ more: String = "") -> String {
            """

            [canaries.\(name)]
            trace = "Traces/dawn.mcap"
            command = "\(program) subject"
            environment = { LUMON_PLANTED_FAULT = "\(fault)" }
            \(more)

            """
        }
        let workspace = try workspace(
            NightlyCommandTests.quick + canary("seen", "ties-by-slot@2") + canary("unseen", "late-ageing@0")
                + canary("checked", "ties-by-hash@0", "found_by = \"check\""))
        let outcome = try workspace.run(["nightly", "--output", "out", "Traces/dawn.mcap"])
        let report = try Report(workspace, "out")
        let canaries = report.verdicts.filter { $0.kind == "canary" }
        #expect(canaries.map(\.name) == ["checked", "seen", "unseen"], "\(outcome)")
        #expect(canaries.map(\.outcome) == ["passed", "passed", "failed"], "\(outcome)")
        #expect(outcome.code == 1 && canaries[2].reason.contains("NOT found"))
        // Its bundle says 1 as long as it is not found.
        let bundle = workspace.path("out/\(try #require(canaries[2].incident))")
        #expect(try Shell.run("'\(bundle)/rerun'", in: workspace.path(""), environment: [:]).code == 1)
        let script = try String(contentsOfFile: bundle + "/rerun", encoding: .utf8)
        try script.replacingOccurrences(of: "late-ageing@0", with: "ties-by-slot@2")
            .write(toFile: bundle + "/found", atomically: true, encoding: .utf8)
        let found = try Shell.run("sh '\(bundle)/found'", in: workspace.path(""), environment: [:])
        #expect(found.code == 0, "\(found.output)")
    }

    // MARK: Interrupted

    /// At random moments, by signals that can be caught and by one that cannot: what is reported as judged is true, and the rest is said not to have run.
    @Test func interruptedItTellsTheTruth() throws {
        let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
        let seed =
            ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap(UInt64.init)
            ?? UInt64.random(in: 1...1_000_000)
        var random = SplitMix(state: seed)
        let workspace = try workspace()
        // How long a night takes here and now.
        let start = Date()
        #expect(try workspace.run(["nightly", "--output", "whole"]).code == 0)
        let seconds = -start.timeIntervalSinceNow
        for round in 0..<(isFull ? 50 : 4) {
            let text: Comment = "round \(round); again with LUMON_TEST_SEED=\(seed)"
            let signal = [SIGINT, SIGTERM, SIGKILL][round % 3]
            let night = try Night(workspace, ["--output", "out\(round)"])
            usleep(UInt32(seconds * 1_000_000 * Double(random.next() % 1000) / 1000))
            night.signal(signal)
            let code = night.wait()
            guard workspace.exists("out\(round)/report.json") else {
                // Before the first word there is none.
                #expect(code == -signal, text)
                continue
            }
            let report = try Report(workspace, "out\(round)")
            let judged = report.verdicts.filter { $0.outcome != "not run" }
            #expect(report.verdicts.count == 4 && judged.allSatisfy { $0.outcome == "passed" }, text)
            #expect(report.counts["not run"] == 4 - judged.count && report.counts["planned"] == 4, text)
            let junit = try JUnit(
                String(decoding: try workspace.bytes("out\(round)/junit.xml"), as: UTF8.self))
            let markdown = String(decoding: try workspace.bytes("out\(round)/report.md"), as: UTF8.self)
            switch report.state {
            case "ended":
                // The signal may come behind the last word.
                #expect([0, -signal].contains(code) && report.green && judged.count == 4, text)
            case "interrupted":
                #expect(signal != SIGKILL && code == -signal && !report.green && junit.errors == 1, text)
                #expect(markdown.hasPrefix("# Nightly was INTERRUPTED ("), text)
            default:
                #expect(signal == SIGKILL && code == -SIGKILL && !report.green && junit.errors == 1, text)
                #expect(
                    markdown.hasPrefix("# Nightly has NOT ENDED: \(judged.count) of 4 verdicts so far"), text)
            }
            // The history has what the report has; killed between the two it has one more.
            guard let number = report.night else { continue }
            let nights = try workspace.run([
                "nightly", "history", "--nights", "--last", "1", "--format", "json",
            ])
            #expect(nights.output.contains("\"night\":\(number),"), text)
            // Killed between the two the history knows the end and the report does not.
            let states =
                ["ended": ["ended"], "interrupted": ["interrupted"]][report.state] ?? ["killed", "ended"]
            #expect(
                states.contains { nights.output.contains("\"state\":\"\($0)\"") }, "\(nights) \(text)")
            let counts = signal == SIGKILL ? [judged.count, judged.count + 1] : [judged.count]
            #expect(counts.contains { nights.output.contains("\"passed\":\($0),") }, "\(nights) \(text)")
        }
    }

    // MARK: Wrong input

    @Test func aHistoryThatIsNoneIsSaidAndTheNightGoesOn() throws {
        let workspace = try workspace()
        try workspace.write(String(repeating: "not a database ", count: 20), to: ".nightly/history.sqlite")
        let before = try workspace.bytes(".nightly/history.sqlite")
        let outcome = try workspace.run(["nightly", "--output", "out", "Traces/dawn.mcap"])
        #expect(outcome.code == 74 && outcome.talk.contains("no history is kept"), "\(outcome)")
        let report = try Report(workspace, "out")
        #expect(report.outcomes("verify") == ["passed"] && !report.green && report.notes.count == 1)
        #expect(try workspace.bytes(".nightly/history.sqlite") == before)
        try workspace.expectFailure(65, ["nightly", "history"], says: ["is not a database of SQLite"])
    }

    @Test func whatIsWrongIsRefused() throws {
        let workspace = try workspace()
        try workspace.expectFailure(64, ["nightly", "history"], says: ["there is no history yet"])
        try workspace.expectFailure(64, ["nightly", "--generate=-1"], says: ["expected 0 to 86400 seconds"])
        try workspace.expectFailure(64, ["nightly", "--seed", "18446744073709551615"], says: ["--seed"])
        try workspace.expectFailure(
            64, ["nightly", "history", "--nights", "--red"], says: ["--nights goes alone"])
        try workspace.expectFailure(64, ["nightly", "history", "--last", "0"], says: ["--last"])
        // A file in the folder's place.
        try workspace.write("a file", to: "taken")
        try workspace.makeFolder(".nightly")
        try workspace.expectFailure(74, ["nightly", "--output", "taken"], says: ["taken"])
        for (line, says) in [
            ("effort = \"most\"", "quick"), ("subjects = [\"engine\"]", "engine"),
            ("verify_seconds = 0", "0.1"),
            ("generate_secs = 3", "generate_seconds"), ("incidents = -1", "incidents"),
        ] {
            try workspace.write("format = 1\n[nightly]\n\(line)\n", to: "lumon-replay.toml")
            try workspace.expectFailure(65, ["nightly"], says: [says])
        }
        for (line, says) in [
            ("trace = \"a\"", "subject or command"), ("trace = \"a\"\nsubject = \"x\"", "has none"),
            ("trace = \"a\"\ncommand = \"b\"\nfound_by = \"luck\"", "verify"),
        ] {
            try workspace.write("format = 1\n[canaries.one]\n\(line)\n", to: "lumon-replay.toml")
            try workspace.expectFailure(65, ["nightly"], says: [says])
        }
        for (line, says) in [
            ("builds = \"make\"", "build"), ("build_runs = -1", "build_runs"),
            ("state_path = 3", "state_path"),
            ("nightly_seconds = 0", "nightly_seconds"), ("program = \"\"", "program"),
        ] {
            try workspace.write("format = 1\n[bisect]\n\(line)\n", to: "lumon-replay.toml")
            try workspace.expectFailure(65, ["nightly"], says: [says])
        }
        try workspace.write("format = 1\n", to: "lumon-replay.toml")
        try workspace.remove("Traces")
        try workspace.expectFailure(64, ["nightly"], says: ["no trace was named"])
    }
}

/// A night that runs beside the test.
private final class Night {
    private let process = Process()

    init(
        _ workspace: Workspace, _ arguments: [String], program: String? = nil,
        environment: [String: String] = [:]
    ) throws {
        process.executableURL = URL(fileURLWithPath: try program ?? Program.path())
        process.arguments = ["nightly"] + arguments
        process.currentDirectoryURL = workspace.folder
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// The exit code; less than 0 where a signal ended it.
    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal
            ? -process.terminationStatus : process.terminationStatus
    }
}

/// Programs that have a fault.
enum PlantedPrograms {
    /// Whether this build can have any.
    static var arePossible: Bool {
        #if PLANTED_FAULTS
            true
        #else
            false
        #endif
    }

    /// Other bytes than those of the program under test, which do the same.
    static func broken(in workspace: Workspace) throws -> String {
        let path = workspace.path("broken")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: try Program.path()))
        bytes.append(0x0A)
        try bytes.write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }
}

/// A command for a shell.
enum Shell {
    static func run(
        _ command: String, in folder: String, environment: [String: String]
    ) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command + " 2>&1"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }
        process.environment = variables
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}
