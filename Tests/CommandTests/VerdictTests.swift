import Foundation
import Hashing
import Streaming
import Testing
import Verification

@Suite("From a scenario to a verdict")
struct VerdictTests {
    @Test("record, verify without a golden, accept, verify, and the same answer twice")
    func wholeWay() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let missing = try workspace.expectFailure(
            2, ["verify"], says: ["NO GOLDEN", "lumon-replay golden accept \(Sample.trace)"])
        #expect(missing.output.contains("1 verdict: 0 agree"))
        try workspace.expectFailure(2, ["verify", Sample.trace])
        #expect(try workspace.run(["golden", "status"]).code == 2)

        let accepted = try workspace.run(["golden", "accept", Sample.trace])
        #expect(accepted.code == 0, "\(accepted)")
        #expect(accepted.output.hasPrefix("\(Sample.golden)  created, run "))
        #expect(try workspace.run(["golden", "status"]).code == 0)

        let first = try workspace.run(["verify"])
        #expect(first.code == 0, "\(first)")
        #expect(first.output.contains(" agrees  \(Sample.frames) frames"))
        #expect(first.output.contains("1 verdict: 1 agree, 0 diverged"))
        let before = try workspace.files()
        for workers in ["1", "2", "3", "8"] {
            let again = try workspace.run(["verify", "--workers", workers, "--rebuild-every", "1"])
            #expect(again.code == 0, "\(again)")
            #expect(again.output == first.output)
        }
        let unchanged = try workspace.run(["golden", "accept", Sample.trace])
        #expect(unchanged.output.contains("unchanged"))
        #expect(try workspace.files() == before)
    }

    @Test("recording twice gives the same bytes, whatever the environment")
    func recordTwice() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let expected = try workspace.bytes(Sample.trace)
        let environments = [
            [:], ["SWIFT_DETERMINISTIC_HASHING": "1"],
            ["LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Asia/Kathmandu"],
            ["LC_ALL": "C", "TZ": "UTC"], ["HOME": "/nonexistent", "NO_COLOR": "1"],
        ]
        for (index, environment) in environments.enumerated() {
            let name = "again-\(index).mcap"
            let outcome = try workspace.run(
                ["record", Sample.scenario, "-o", name], environment: environment)
            #expect(outcome.code == 0, "\(outcome)")
            #expect(outcome.output.isEmpty)
            #expect(try workspace.bytes(name) == expected, "\(environment)")
        }
        var outputs: Set<String> = []
        for environment in environments {
            outputs.insert(
                try workspace.run(["replay", Sample.trace, "--from", "0"], environment: environment).output)
        }
        #expect(outputs.count == 1)
    }

    @Test("a trace that changed under the same name is another trace, not a divergence")
    func otherTrace() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try workspace.write(Sample.scenario(seed: 4), to: Sample.scenario)
        #expect(try workspace.run(["record", Sample.scenario, "-o", Sample.trace]).code == 0)
        try workspace.expectFailure(2, ["verify"], says: ["golden is of another trace"])
        try workspace.expectFailure(2, ["golden", "status"], says: ["of another trace"])
        let accepted = try workspace.run(["golden", "accept", Sample.trace])
        #expect(accepted.code == 0)
        #expect(accepted.output.contains("replaced"))
        #expect(accepted.output.contains("trace-xxh3"))
        #expect(try workspace.run(["verify"]).code == 0)
    }

    @Test(
        "a difference planted in a stage is named, left beside, and accepted again",
        arguments: Scale.few(Stage.allCases, 3))
    func plantedDifference(stage: Stage) throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let original = try workspace.files()
        let frame = 2 + Int(stage.rawValue) % 7
        let level = Int(stage.rawValue) % 2
        try plant(workspace, frame: frame, stage: stage, level: level)
        let planted = try workspace.files()

        let outcome = try workspace.run(["verify"])
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.output.contains(" DIVERGED"))
        #expect(outcome.output.contains("first   frame \(frame), stage \(stage.name), level \(level)\n"))
        #expect(outcome.output.contains("open    \(stage.sourceFile)\n"))
        #expect(outcome.output.contains("next    lumon-replay explain \(Sample.trace)"))
        #expect(outcome.output.contains("differ  1 of \(Sample.frames) frames"))
        #expect(!outcome.looksLikeAPass)
        let source = Sample.repository.appendingPathComponent(stage.sourceFile).path
        #expect(FileManager.default.fileExists(atPath: source), "the file that is named is there")

        let after = try workspace.files()
        #expect(
            Set(after.keys) == Set(planted.keys).union(["\(Sample.golden).new", "\(Sample.digests).new"]))
        for (name, bytes) in planted { #expect(after[name] == bytes, "\(name) is as it was") }
        #expect(after["\(Sample.golden).new"] == original[Sample.golden])
        #expect(after["\(Sample.digests).new"] == original[Sample.digests])

        let status = try workspace.run(["golden", "status"])
        #expect(status.code == 2)
        #expect(status.output.contains("changed"))
        let accepted = try workspace.run(["golden", "accept", Sample.trace])
        #expect(accepted.code == 0, "\(accepted)")
        #expect(try workspace.files() == original)
        #expect(try workspace.run(["verify"]).code == 0)
    }

    @Test("the next command is one that can be typed as it stands, and helps")
    func nextCommand() throws {
        for (trace, options) in [
            (Sample.trace, []), ("Traces/a b.mcap", []), (Sample.trace, ["--golden", "Kept"]),
        ] {
            let workspace = try Workspace([trace: try #require(try Sample.recorded.get()[Sample.trace])])
            let first = try workspace.run(["verify"] + options)
            #expect(first.code == 2)
            let next = try #require(first.outputLines.first { $0.hasPrefix("  next") })
            let command = try #require(next.range(of: "lumon-replay ").map { String(next[$0.lowerBound...]) })
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/sh")
            let program = URL(fileURLWithPath: try Program.path()).deletingLastPathComponent().path
            shell.arguments = ["-c", "PATH='\(program)':$PATH; \(command) >/dev/null 2>&1"]
            shell.currentDirectoryURL = workspace.folder
            try shell.run()
            shell.waitUntilExit()
            #expect(shell.terminationStatus == 0, "\(command)")
            let second = try workspace.run(["verify"] + options)
            #expect(second.code == 0, "after: \(command)\n\(second)")
        }
    }

    @Test("a divergence is told also where nothing can be left beside the golden")
    func nothingLeft() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try plant(workspace, frame: 3, stage: .select, level: 0)
        try workspace.makeFolder("\(Sample.digests).new")
        let outcome = try workspace.expectFailure(
            1, ["verify"], says: ["left    nothing: \(Sample.digests).new", "stage select, level 0"])
        #expect(outcome.errorLines.isEmpty)
    }

    @Test("what was left beside a golden and is damaged is not accepted over")
    func damagedNew() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try workspace.write("half a li", to: "\(Sample.golden).new")
        try workspace.expectFailure(65, ["golden", "accept", Sample.trace], says: ["\(Sample.golden).new"])
        try workspace.expectFailure(65, ["golden", "status"], says: ["\(Sample.golden).new"])
    }

    @Test("a run other than the one that was looked at is not accepted")
    func outdatedNew() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        var golden = try Golden(
            decoding: String(decoding: try workspace.bytes(Sample.golden), as: UTF8.self))
        golden.run.high ^= 1
        try workspace.write(golden.encoded(), to: "\(Sample.golden).new")
        try workspace.expectFailure(
            2, ["golden", "accept", Sample.trace],
            says: ["not accepted", "lumon-replay verify \(Sample.trace)"])
    }

    @Test("a changed summary is told counter by counter")
    func changedSummary() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try plant(workspace, frame: 3, stage: .select, level: 0, selected: 1)
        #expect(try workspace.run(["verify"]).code == 1)
        let status = try workspace.run(["golden", "status"])
        #expect(status.outputLines.contains { $0.contains("selected") && $0.contains("->") }, "\(status)")
    }

    @Test("the gravest of several verdicts is the exit code, and each trace has its own")
    func severalTraces() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let bytes = try workspace.bytes(Sample.trace)
        try workspace.write(bytes, to: "Traces/fresh.mcap")
        let missing = try workspace.run(["verify"])
        #expect(missing.code == 2)
        #expect(missing.output.contains("2 verdicts: 1 agree, 0 diverged, 1 without a good golden, 0 errors"))
        try plant(workspace, frame: 5, stage: .commit, level: 1)
        #expect(try workspace.run(["verify"]).code == 1)
        try workspace.write(bytes, to: "Traces/broken.mcap")
        try workspace.write("no golden", to: "Golden/broken.golden")
        try workspace.write("no digests", to: "Golden/broken.digests")
        let broken = try workspace.run(["verify"])
        #expect(broken.code == 65)
        #expect(broken.output.contains("3 verdicts: 0 agree, 1 diverged, 1 without a good golden, 1 errors"))
    }

    @Test("reports in other formats are well formed and agree with the exit code")
    func formats() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try check(workspace, code: 0, outcome: "agrees", failures: 0, errors: 0)
        try plant(workspace, frame: 5, stage: .dirty, level: 0)
        try check(workspace, code: 1, outcome: "diverged", failures: 1, errors: 0)
        try workspace.remove(Sample.digests)
        try check(workspace, code: 2, outcome: "golden", failures: 0, errors: 1)
        try workspace.write("<&>\"'\u{1}", to: Sample.digests)
        try check(workspace, code: 65, outcome: "error", failures: 0, errors: 1)
    }

    @Test(
        "a trace whose name needs care is verified and reported",
        arguments: Scale.few(["<&>\"'", "a b", "ünï 日本", "-x"], 1))
    func awkwardNames(name: String) throws {
        let workspace = try Workspace([
            "Traces/\(name).mcap": try #require(try Sample.recorded.get()[Sample.trace])
        ])
        let accepted = try workspace.run(["golden", "accept", "Traces/\(name).mcap"])
        #expect(accepted.code == 0, "\(accepted)")
        #expect(try workspace.run(["verify"]).code == 0)
        #expect(try workspace.run(["golden", "accept", "Traces/\(name).mcap"]).output.contains("unchanged"))
        try check(workspace, code: 0, outcome: "agrees", failures: 0, errors: 0, trace: "Traces/\(name).mcap")
    }

    @Test("a trace with a line's end in its name never gets a golden that cannot be read")
    func lineEndInName() throws {
        let name = "Traces/two\nlines.mcap"
        let workspace = try Workspace([name: try #require(try Sample.recorded.get()[Sample.trace])])
        if try workspace.run(["golden", "accept", name]).code == 0 {
            let verified = try workspace.run(["verify"])
            #expect(verified.code == 0, "\(verified)")
        }
    }

    @Test(
        "the folder of the goldens may be named in any way",
        arguments: ["Golden", "Golden/", "./Golden", "Golden/."])
    func goldenFolder(name: String) throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let outcome = try workspace.run(["verify", "--golden", name])
        #expect(outcome.code == 0, "\(outcome)")
    }

    @Test("goldens in the working folder itself")
    func goldenInWorkingFolder() throws {
        let files = try Sample.accepted.get()
        let workspace = try Workspace([
            Sample.trace: try #require(files[Sample.trace]),
            "walk.golden": try #require(files[Sample.golden]),
            "walk.digests": try #require(files[Sample.digests]),
        ])
        let outcome = try workspace.run(["verify", "--golden", "."])
        #expect(outcome.code == 0, "\(outcome)")
    }

    private func check(
        _ workspace: Workspace, code: Int32, outcome word: String, failures: Int, errors: Int,
        trace: String = Sample.trace, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let json = try workspace.run(["verify", "--format", "json"])
        #expect(json.code == code, "\(json)", sourceLocation: sourceLocation)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["agree"] as? Bool == (code == 0), sourceLocation: sourceLocation)
        let traces = try #require(object["traces"] as? [[String: Any]])
        #expect(traces.map { $0["trace"] as? String } == [trace], sourceLocation: sourceLocation)
        #expect(traces.map { $0["outcome"] as? String } == [word], sourceLocation: sourceLocation)

        let junit = try workspace.run(["verify", "--format", "junit"])
        #expect(junit.code == code, "\(junit)", sourceLocation: sourceLocation)
        let suite = try JUnit(junit.output)
        #expect(suite.attributes["tests"] == "1", sourceLocation: sourceLocation)
        #expect(suite.attributes["failures"] == "\(failures)", sourceLocation: sourceLocation)
        #expect(suite.attributes["errors"] == "\(errors)", sourceLocation: sourceLocation)
        #expect(suite.cases == [trace], sourceLocation: sourceLocation)
        #expect(suite.failures == failures, sourceLocation: sourceLocation)
        #expect(suite.errors == errors, sourceLocation: sourceLocation)
    }

    /// Changes one frame of the golden, in both files and with checksums that agree.
    private func plant(
        _ workspace: Workspace, frame: Int, stage: Stage, level: Int, selected: Int = 0
    ) throws {
        var file = try DigestsFile(decoding: try workspace.bytes(Sample.digests))
        file.rows[frame].frame ^= 1 << 40
        file.rows[frame].stages[Int(stage.rawValue)] ^= 0x0110
        file.rows[frame].levels[level] ^= 0x0011
        file.run.low ^= 1
        let bytes = file.encoded()
        let text = String(decoding: try workspace.bytes(Sample.golden), as: UTF8.self)
        var golden = try Golden(decoding: text)
        golden.run = file.run
        golden.digestsFile = XXH3.digest128(bytes)
        for index in golden.summary.indices where golden.summary[index].name == "selected" {
            golden.summary[index].perLevel[0] += selected
        }
        try workspace.write(bytes, to: Sample.digests)
        try workspace.write(golden.encoded(), to: Sample.golden)
    }
}
