import BisectSupport
import Foundation
import Testing

/// What can be made of a log, and the helper of `git bisect run`.
@Suite("Logs of bisect commits")
struct BisectReplayTests {
    @Test("a log replays to its answer without a run, elsewhere too")
    func replays() throws {
        let workspace = try Workspace()
        let repository = try BisectTrialTests.repository(60, 0.5, seed: 81, in: workspace)
        let result = try repository.search(.commits([]), program: Program.path())
        #expect([.right, .rightlyUndecided].contains(result.verdict), "\(result.finished)")
        let answer = try #require(result.answer)
        try repository.git(["clone", "--quiet", ".", "../elsewhere"])
        let copy = "\(repository.folder)/copied log"
        try FileManager.default.copyItem(atPath: answer.log, toPath: copy)
        for (log, folder) in [(answer.log, repository.path), (copy, "\(repository.folder)/elsewhere")] {
            let finished = try TrialShell.run(
                [Program.path(), "bisect", "commits", "--replay", log, "--format", "json"], in: folder,
                environment: ["TRIAL_LEDGER": repository.ledger], scratch: repository.folder)
            let replayed = repository.judge(finished)
            #expect(replayed.verdict == result.verdict, "\(finished)")
            #expect(replayed.answer?.commit?.name == answer.commit?.name)
            #expect(replayed.answer?.confidence == answer.confidence)
            #expect(replayed.answer?.runs == answer.runs)
            #expect(repository.takeLedger().lines == [])
        }
    }

    @Test("a log of which lines were deleted goes on from there")
    func goesOn() throws {
        let workspace = try Workspace()
        let repository = try BisectTrialTests.repository(60, 1, seed: 82, isPlain: true, in: workspace)
        let result = try repository.search(.commits([]), program: Program.path())
        #expect(result.verdict == .right, "\(result.finished)")
        let log = try #require(result.answer?.log)
        let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        for kept in [lines.count - 1, lines.count / 2, 3] {
            try Data((lines[..<kept].joined(separator: "\n") + "\n").utf8).write(
                to: URL(fileURLWithPath: log))
            let more = try repository.search(.commits([]), program: Program.path())
            #expect(more.verdict == .right, "\(kept) lines\n\(more.finished)")
            #expect(more.runs <= lines.count - kept)
            #expect(more.answer?.runs == result.answer?.runs)
        }
    }

    @Test("a log of other commits is no log of this repository")
    func foreignLog() throws {
        let workspace = try Workspace()
        let one = try BisectTrialTests.repository(20, 1, seed: 83, isPlain: true, in: workspace)
        let two = try BisectTrialTests.repository(20, 1, seed: 84, isPlain: true, in: workspace)
        let result = try one.search(.commits([]), program: Program.path())
        let log = try #require(result.answer?.log)
        for (file, says) in [(log, "commit"), (workspace.path("no such log"), "no such log")] {
            let finished = try TrialShell.run(
                [Program.path(), "bisect", "commits", "--replay", file, "--format", "json"], in: two.path,
                scratch: two.folder)
            #expect([64, 65, 69, 74].contains(finished.code), "\(finished)")
            #expect(finished.output.isEmpty && finished.talk.contains(says), "\(finished)")
        }
    }

    // MARK: The helper

    @Test("git bisect run with the helper finds a failure that always shows, and skips what cannot be judged")
    func helper() throws {
        for (seed, isPlain) in [(91, true), (92, false)] as [(UInt64, Bool)] {
            let workspace = try Workspace()
            let repository = try BisectTrialTests.repository(
                60, 1, seed: seed, isPlain: isPlain, in: workspace)
            let result = try repository.search(.helper(repeats: 1), program: Program.path())
            #expect([.right, .rightlyUndecided].contains(result.verdict), "\(result.finished)")
        }
    }

    @Test("with 44 repeats it finds what shows one time in ten")
    func helperRepeats() throws {
        let workspace = try Workspace()
        let repository = try BisectTrialTests.repository(30, 0.1, seed: 93, isPlain: true, in: workspace)
        let result = try repository.search(.helper(repeats: 44), program: Program.path())
        #expect(result.verdict == .right, "\(result.finished)")
        #expect(result.runs > 44)
    }

    @Test("its exit codes are those of git bisect run")
    func helperCodes() throws {
        let workspace = try Workspace()
        for (arguments, code) in [
            (["--", "true"], 0), (["--", "false"], 1), (["--", "sh", "-c", "exit 77"], 125),
            (["--", "no-such-program"], 125),
            (["--", "sh", "-c", "exit 125"], 125), (["--build", "false", "--", "true"], 125),
            (["--build", "true", "--", "true"], 0), (["--repeats", "3", "--", "false"], 1),
            (["--timeout", "0.2", "--", "sleep", "60"], 125),
        ] as [([String], Int32)] {
            let outcome = try workspace.run(["bisect", "helper"] + arguments)
            #expect(outcome.code == code, "\(outcome)")
        }
        // One of three fails.
        let outcome = try workspace.run([
            "bisect", "helper", "--repeats", "3", "--", "sh", "-c",
            "echo x >> count; [ $(wc -l < count) -ne 2 ]",
        ])
        #expect(outcome.code == 1, "\(outcome)")
        for arguments in [
            [], ["--repeats", "0", "--", "true"], ["--repeats", "-2", "--", "true"],
            ["--timeout", "-1", "--", "true"],
        ] {
            let outcome = try workspace.run(["bisect", "helper"] + arguments)
            // From 128 on git stops; with a 64 it would call the revision bad, and find a wrong one.
            #expect(outcome.code.map { $0 >= 128 } ?? false, "\(outcome)")
        }
    }
}

/// The whole chain: a subject whose selection depends on a hash seed since the culprit, a trace, and no test command.
@Suite("bisect commits with a trace and a subject", .enabled(if: PlantedPrograms.arePossible))
struct BisectSubjectTests {
    @Test(
        "the commit since which the subject depends on its hash seed",
        .enabled(if: Scale.isThorough, "it takes long in debug"))
    func subject() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        var shape = RepositoryPlan.Shape(commits: 20, rate: 1)
        shape.foreign = 0
        let engine = """
            read -r rule < data/rule
            [ "$rule" = strict ] || export LUMON_PLANTED_FAULT=ties-by-hash@0
            exec '\(try Program.path())' subject

            """
        let repository = try TrialRepository(
            RepositoryPlan(seed: 7, shape: shape), in: workspace.folder.path,
            files: [
                "engine": engine,
                "lumon-replay.toml": "format = 1\n\n[subjects.engine]\ncommand = \"sh ./engine\"\n",
            ])
        let finished = try TrialShell.run(
            [
                Program.path(), "bisect", "commits", "--good", repository.good, "--bad", repository.bad,
                "--build", "sh ./build", "--trace", workspace.path(Sample.trace), "--subject", "engine",
                "--only", "hash-seed", "--quick", "--format", "json",
            ], in: repository.path, environment: ["TRIAL_LEDGER": repository.ledger],
            scratch: repository.folder)
        let result = repository.judge(finished)
        #expect([.right, .rightlyUndecided].contains(result.verdict), "\(finished)")
        #expect(repository.takeLedger().builds == result.answer?.builds)
    }
}
