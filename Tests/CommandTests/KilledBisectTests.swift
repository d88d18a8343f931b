import BisectSupport
import Foundation
import Testing

/// A bisection that is killed at any moment goes on where it was, and the user's repository never knows of it.
@Suite("A bisection that is killed", .serialized)
struct KilledBisectTests {
    private static let seed =
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 0...UInt64.max)
    private static let kills = BisectTrialTests.isFull ? 200 : 5

    /// A repository as users have them: changes that are not committed, staged, stashed, ignored; hooks, a submodule, a second worktree.
    private func lived(_ repository: TrialRepository) throws {
        let files = FileManager.default
        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(repository.path)/\(name)"))
        }
        try write("stashed\n", "subject")
        try repository.git(["stash", "--quiet"])
        try write("staged\n", "staged file")
        try repository.git(["add", "staged file"])
        try write("exit 3 # changed, not committed\n", "build")
        try write("untracked\n", "un tracked")
        try write("ignored\n", "program")
        try repository.git(["worktree", "add", "--quiet", "--detach", "../second", repository.good])
        try repository.git(["notes", "add", "-m", "a note", repository.good])
        try repository.git(["tag", "-a", "-m", "a tag", "v1", repository.good])
        try repository.git(["config", "core.fsmonitor", "false"])
        try repository.git(["config", "gc.auto", "1"])
        let mark = "#!/bin/sh\necho \"$0\" >> '\(repository.folder)/hooks ran'\n"
        for name in [
            "post-checkout", "pre-commit", "post-commit", "pre-auto-gc", "post-index-change", "post-merge",
            "reference-transaction", "update", "pre-receive", "post-receive", "push-to-checkout",
            "post-rewrite", "pre-rebase",
        ] {
            let path = "\(repository.path)/.git/hooks/\(name)"
            try Data(mark.utf8).write(to: URL(fileURLWithPath: path))
            try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
    }

    /// git that may clone from a folder: the submodule is one.
    private func settings(_ repository: TrialRepository) throws -> [String: String] {
        let path = "\(repository.folder)/gitconfig"
        try Data("[protocol \"file\"]\n\tallow = always\n".utf8).write(to: URL(fileURLWithPath: path))
        return ["GIT_CONFIG_GLOBAL": path, "TRIAL_LEDGER": repository.ledger]
    }

    @Test(
        "it comes to the same answer, with at most a run more for each kill, and nothing of the user's has changed",
        arguments: Scale.isThorough ? [1, 0.3] : [0.3])
    func kills(rate: Double) throws {
        let again = "repeat with: LUMON_TEST_SEED=\(Self.seed) swift test --filter KilledBisectTests"
        var random = SplitMix(state: Self.seed ^ rate.bitPattern)
        var left = Self.kills
        var killed = 0
        var rounds = 0
        while left > 0 {
            rounds += 1
            let workspace = try Workspace()
            let repository = try BisectTrialTests.repository(
                60, rate, seed: random.next(), hasSubmodule: true, in: workspace)
            try lived(repository)
            let settings = try settings(repository)
            let context = "seed \(repository.plan.seed), rate \(rate); \(again)"
            let undisturbed = try repository.search(
                .commits(["--folder", "\(repository.folder)/undisturbed"]), program: Program.path(),
                environment: settings)
            #expect(
                [.right, .rightlyUndecided].contains(undisturbed.verdict),
                "\(context)\n\(undisturbed.finished)")
            let image = try FolderImage(repository.path)
            let second = try FolderImage("\(repository.folder)/second")

            var here = 0
            var finished: Finished?
            while finished == nil {
                let running = try TrialShell.start(
                    [Program.path()] + repository.arguments(), in: repository.path, environment: settings,
                    scratch: repository.folder)
                let most = min(left - here, 25)
                let delay =
                    Double(random.next() % 1_000_000) / 1_000_000 * undisturbed.seconds
                    * (here % 3 == 2 ? 1 : 0.3)
                guard most > 0, !running.hasEnded(within: delay) else {
                    finished = try running.wait()
                    break
                }
                let signal = [SIGKILL, SIGINT, SIGTERM][Int(random.next() % 3)]
                kill(running.process.processIdentifier, signal)
                let end = try running.wait(seconds: 60)
                // It may have been done when the signal came.
                guard end.code == nil || ![0, 2].contains(end.code) else {
                    finished = end
                    break
                }
                here += 1
                #expect(
                    end.code == nil || end.code == 128 + signal,
                    "signal \(signal) after \(delay) s; \(context)\n\(end)")
            }
            // A search that was over too soon still counts, or an unlucky seed would never end.
            left -= max(1, here)
            killed += here
            let result = repository.judge(try #require(finished))
            let counts = repository.takeLedger()
            #expect(result.verdict == undisturbed.verdict, "\(context)\n\(result.finished)")
            #expect(result.answer?.commit?.name == undisturbed.answer?.commit?.name, "\(context)")
            #expect(
                counts.runs <= undisturbed.runs + here,
                "\(counts.runs) runs after \(here) kills, \(undisturbed.runs) without; \(context)")
            #expect(counts.builds <= undisturbed.builds + here, "\(context)")

            let changed = image.differences(try FolderImage(repository.path))
            #expect(changed.isEmpty, "changed in the user's repository: \(changed); \(context)")
            #expect(second == (try FolderImage("\(repository.folder)/second")), "\(context)")
            #expect(!FileManager.default.fileExists(atPath: "\(repository.folder)/hooks ran"), "\(context)")
            #expect(try Processes.wait { try Processes.working(in: repository.folder) } == [], "\(context)")
        }
        print("\(killed) kills in \(rounds) searches at rate \(rate), seed \(Self.seed)")
        #expect(killed > 0, "no kill came in time; \(again)")
    }

    @Test("nothing of what it has started outlives it", arguments: ["--build", "--test", "git"])
    func orphans(kind: String) throws {
        let workspace = try Workspace()
        let repository = try BisectTrialTests.repository(20, 1, seed: 5, isPlain: true, in: workspace)
        for (number, signal) in [SIGKILL, SIGINT, SIGTERM].enumerated() {
            // An argument that no other process has.
            let sleep =
                "sleep 7\(UInt32.random(in: 100_000...999_999)).\(UInt32.random(in: 100_000...999_999))"
            let mark = "\(repository.folder)/mark-\(number)"
            let waiting = "echo > '\(mark)'; \(sleep); exit 0"
            // A git that takes long to check something out.
            let git = """
                #!/bin/sh
                case "$*" in *"worktree add"*) \(waiting) ;; esac
                exec '\(try TrialShell.gitPath())' "$@"

                """
            let bin = "\(repository.folder)/bin-\(number)"
            try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
            try Data(git.utf8).write(to: URL(fileURLWithPath: "\(bin)/git"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(bin)/git")
            let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
            let running = try TrialShell.start(
                [
                    Program.path(), "bisect", "commits", "--good", repository.good, "--bad", repository.bad,
                    "--build", kind == "--build" ? waiting : "sh ./build", "--test",
                    kind == "--test" ? waiting : "sh ./program", "--folder", "\(repository.folder)/\(number)",
                ], in: repository.path, environment: kind == "git" ? ["PATH": "\(bin):\(path)"] : [:],
                scratch: repository.folder)
            var isThere = false
            for _ in 0..<600 where !isThere {
                Thread.sleep(forTimeInterval: 0.05)
                isThere = FileManager.default.fileExists(atPath: mark)
            }
            #expect(isThere, "\(kind) was not started")
            kill(running.process.processIdentifier, signal)
            #expect(try Processes.wait { try Processes.with(sleep) } == [], "signal \(signal)")
            // What is left would hold up everything that waits for an end.
            for line in try Processes.with(sleep) {
                if let number = line.split(separator: " ").first.flatMap({ Int32($0) }) {
                    kill(number, SIGKILL)
                }
            }
            let finished = try running.wait(seconds: 60)
            #expect(finished.code != 0 && finished.code != 2, "signal \(signal)\n\(finished)")
        }
    }
}
