import BisectSupport
import Foundation
import Testing

/// Everything that can be in the way of `bisect commits`: one error in words, and nothing changed.
@Suite("Errors of bisect commits")
struct BisectErrorTests {
    private let workspace: Workspace
    private let repository: TrialRepository

    init() throws {
        workspace = try Workspace()
        repository = try BisectTrialTests.repository(20, 1, seed: 3, isPlain: true, in: workspace)
    }

    private func commits(
        _ more: [String] = [], good: String? = nil, bad: String? = nil, test: String = "sh ./program",
        folder: String = "bisection"
    ) -> [String] {
        [
            "bisect", "commits", "--good", good ?? repository.good, "--bad", bad ?? repository.bad, "--build",
            "sh ./build", "--test", test, "--format", "json", "--folder", "\(repository.folder)/\(folder)",
        ] + more
    }

    private func run(
        _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]
    ) throws -> Finished {
        try TrialShell.run(
            [Program.path()] + arguments, in: folder ?? repository.path,
            environment: environment.merging(["TRIAL_LEDGER": repository.ledger]) { $1 },
            scratch: repository.folder)
    }

    /// One error with these words; no run, and the repository as it was.
    @discardableResult
    private func expectError(
        _ code: Int32, _ arguments: [String], says: [String], in folder: String? = nil,
        environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Finished {
        let before = try FolderImage(repository.path)
        let finished = try run(arguments, in: folder, environment: environment)
        #expect(finished.code == code, "\(finished)", sourceLocation: sourceLocation)
        #expect(finished.output.isEmpty, "\(finished)", sourceLocation: sourceLocation)
        let errors = finished.talk.split(separator: "\n").filter { $0.lowercased().hasPrefix("error:") }
        #expect(errors.count == 1, "one error\n\(finished)", sourceLocation: sourceLocation)
        for text in says {
            #expect(
                finished.talk.contains(text), "says '\(text)'\n\(finished)", sourceLocation: sourceLocation)
        }
        #expect(repository.takeLedger().runs == 0, "\(finished)", sourceLocation: sourceLocation)
        let changed = before.differences(try FolderImage(repository.path))
        #expect(changed.isEmpty, "changed: \(changed)\n\(finished)", sourceLocation: sourceLocation)
        return finished
    }

    /// The culprit is found.
    @discardableResult
    private func expectFound(
        _ finished: Finished, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> CommitsAnswer {
        let result = repository.judge(finished)
        #expect(result.verdict == .right, "\(finished)", sourceLocation: sourceLocation)
        return try #require(result.answer, "\(finished)", sourceLocation: sourceLocation)
    }

    // MARK: The repository

    @Test func notARepository() throws {
        try workspace.makeFolder("elsewhere")
        try expectError(
            69, commits(), says: ["elsewhere", "git repository", "next:"], in: workspace.path("elsewhere"))
    }

    @Test(arguments: [
        "nothing-of-that-name", "two words", "-x", "--output=leak",
        "0123456789012345678901234567890123456789",
        "HEAD^{tree}", "", "$(touch leak)",
    ])
    func unknownRevision(_ name: String) throws {
        var arguments = commits(bad: name)
        // A name with a dash in front reaches the program only like this.
        if name.hasPrefix("-"), let place = arguments.firstIndex(of: "--bad") {
            arguments.replaceSubrange(place...place + 1, with: ["--bad=\(name)"])
        }
        try expectError(64, arguments, says: name.isEmpty ? [] : [name])
        #expect(!workspace.exists("leak"))
    }

    @Test("revisions by their names, with spaces in them")
    func namedRevisions() throws {
        let first = repository.plan.range.lowerBound
        try repository.git(["branch", "feature/ünï", repository.names[first]])
        let finished = try run(commits(good: "feature/ünï~1", bad: ":/Edit \(repository.plan.bad)"))
        // Where the culprit is the last commit, that is its subject.
        if finished.code == 64 {
            try expectFound(try run(commits(good: "feature/ünï~1", bad: ":/Loosen \(repository.plan.bad)")))
        } else {
            #expect(finished.code == 0 || finished.code == 2, "\(finished)")
        }
    }

    @Test func theGoodEndIsNotBeforeTheBadOne() throws {
        try expectError(
            64, commits(good: repository.bad, bad: repository.good),
            says: [repository.bad.prefix(7).description, "the other way round"])
        try repository.git(["checkout", "--quiet", "--orphan", "other"])
        try repository.git(["commit", "--quiet", "--allow-empty", "-m", "Other root"])
        let other = try repository.git(["rev-parse", "HEAD"])
        try repository.git(["checkout", "--quiet", "--force", "main"])
        try expectError(64, commits(good: other), says: [other.prefix(7).description, "no commit in common"])
    }

    @Test func theEndsAreTheSame() throws {
        try expectError(
            64, commits(good: repository.bad, bad: repository.bad),
            says: [repository.bad.prefix(7).description])
    }

    @Test func noCommitInTheRange() throws {
        try expectError(64, commits(["--path", "no/such/file"]), says: ["no/such/file"])
    }

    @Test("a checkout with changes is noted, and is not in the way")
    func dirtyCheckout() throws {
        try Data("exit 1\n".utf8).write(to: URL(fileURLWithPath: "\(repository.path)/build"))
        let before = try FolderImage(repository.path)
        let finished = try run(commits())
        try expectFound(finished)
        #expect(finished.talk.contains("not committed"), "\(finished)")
        #expect(before.differences(try FolderImage(repository.path)).isEmpty)
    }

    @Test func bareRepository() throws {
        try repository.git(["clone", "--quiet", "--bare", ".", "../bare.git"])
        try expectFound(try run(commits(), in: "\(repository.folder)/bare.git"))
    }

    @Test("a clone that is cut within the range")
    func shallowClone() throws {
        try repository.git(["clone", "--quiet", "--depth", "5", "file://\(repository.path)", "../shallow"])
        let folder = "\(repository.folder)/shallow"
        // The good end is not there at all, or what is between is cut.
        try expectError(
            64, commits(), says: [repository.good.prefix(7).description, "git fetch --unshallow"], in: folder)
    }

    @Test("a clone that is cut in front of the culprit does not blame the commit at the cut")
    func cutBeforeTheCulprit() throws {
        let depth = 8
        /// A good commit that a clone of this depth has, where it has not the culprit.
        func good(_ plan: RepositoryPlan) -> Int? {
            var reached: Set<Int> = [plan.bad]
            var front = reached
            for _ in 1..<depth {
                // Order: a set again.
                front = Set(front.flatMap { plan.commits[$0].parents })
                reached.formUnion(front)
            }
            guard !reached.contains(plan.culprit) else { return nil }
            return plan.range.last { reached.contains($0) && !plan.commits[$0].isFaulty }
        }
        var shape = RepositoryPlan.Shape(commits: 40, rate: 1)
        shape.breaks = 0
        shape.foreign = 0
        let plans = (1...2000 as ClosedRange<UInt64>).lazy.map { RepositoryPlan(seed: $0, shape: shape) }
        let plan = try #require(plans.first { good($0) != nil })
        let start = try #require(good(plan))
        let whole = try TrialRepository(plan, in: workspace.folder.path)
        try whole.git(["clone", "--quiet", "--depth", "\(depth)", "file://\(whole.path)", "../shallow"])
        let finished = try TrialShell.run(
            [
                Program.path(), "bisect", "commits", "--good", whole.names[start], "--bad", whole.bad,
                "--build", "sh ./build", "--test", "sh ./program",
            ], in: "\(whole.folder)/shallow", scratch: whole.folder)
        // It may refuse, or give what it finds with a warning; it may not be silent.
        #expect((finished.output + finished.talk).contains("shallow"), "\(finished)")
    }

    @Test("as within a hook: git's variables are those of another repository")
    func gitVariables() throws {
        let index = "\(repository.folder)/other index"
        try Data("not an index".utf8).write(to: URL(fileURLWithPath: index))
        let finished = try run(
            commits(),
            environment: [
                "GIT_INDEX_FILE": index, "GIT_DIR": "\(repository.path)/.git",
                "GIT_WORK_TREE": repository.path, "GIT_PREFIX": "data/", "GIT_EDITOR": "false",
                "GIT_OBJECT_DIRECTORY": "\(repository.path)/.git/objects",
            ])
        try expectFound(finished)
        #expect(try String(contentsOfFile: index, encoding: .utf8) == "not an index")
    }

    @Test("folders whose names have spaces, quotes and dollar signs in them")
    func oddNames() throws {
        let odd = try BisectTrialTests.repository(
            20, 1, seed: 3, isPlain: true, name: "it's \"odd\" $HOME; é -n", in: workspace)
        let finished = try TrialShell.run(
            [Program.path()] + odd.arguments(), in: odd.path, scratch: odd.folder)
        let result = odd.judge(finished)
        #expect(result.verdict == .right, "\(finished)")
    }

    // MARK: The folder

    @Test func theFolderCannotBeMade() throws {
        try workspace.write("a file", to: "file")
        let path = workspace.path("file") + "/below"
        try expectError(74, commits(["--folder", path]), says: [path])
    }

    @Test func theFolderIsSomebodyElses() throws {
        let path = "\(repository.folder)/bisection"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data("dear diary".utf8).write(to: URL(fileURLWithPath: "\(path)/diary"))
        try expectError(64, commits(), says: [path, "--folder"])
        try expectError(64, commits(["--restart"]), says: [path])
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["diary"])
    }

    @Test("another question in the same folder has a log of its own, and what is built already")
    func anotherQuestion() throws {
        let first = try expectFound(try run(commits()))
        #expect(repository.takeLedger().builds == first.builds)
        let log = try Data(contentsOf: URL(fileURLWithPath: first.log))
        let second = try expectFound(try run(commits(test: "sh ./program; exit $?")))
        let counts = repository.takeLedger()
        #expect(second.log != first.log && second.builds == 0 && counts.builds == 0 && counts.runs > 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: first.log)) == log)
        #expect(try expectFound(try run(commits())).log == first.log)
        #expect(repository.takeLedger().lines == [])
    }

    @Test func twoBisectionsAtOnce() throws {
        let mark = "\(repository.folder)/mark"
        let gate = "\(repository.folder)/gate"
        let waiting = "echo > '\(mark)'; while [ ! -e '\(gate)' ]; do sleep 0.05; done; sh ./program"
        let first = try TrialShell.start(
            [Program.path()] + commits(test: waiting), in: repository.path, scratch: repository.folder)
        for _ in 0..<600 where !FileManager.default.fileExists(atPath: mark) {
            Thread.sleep(forTimeInterval: 0.05)
        }
        try expectError(
            69, commits(test: waiting), says: ["\(repository.folder)/bisection", "another"])
        try Data().write(to: URL(fileURLWithPath: gate))
        try expectFound(try first.wait(seconds: 120))
    }

    @Test("the disk is full: it says so, and goes on when there is room", arguments: [1, 8, 64])
    func fullDisk(blocks: Int) throws {
        let script = "trap '' XFSZ; ulimit -f \(blocks); exec \"$@\""
        let before = try FolderImage(repository.path)
        let finished = try TrialShell.run(
            ["/bin/sh", "-c", script, "sh", Program.path()] + commits(), in: repository.path,
            scratch: repository.folder)
        // Only files that grow beyond the limit are short of room: with much of it nothing is.
        if finished.code != 0 {
            #expect([69, 74].contains(finished.code), "\(finished)")
            #expect(finished.talk.lowercased().contains("error:"), "\(finished)")
        }
        #expect(before.differences(try FolderImage(repository.path)).isEmpty)
        try expectFound(try run(commits()))
    }

    @Test("a file system of 1 MiB")
    func smallFileSystem() throws {
        let place = "\(repository.folder)/small"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let mounted = try? TrialShell.run(
            ["/bin/mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], in: "/",
            scratch: repository.folder)
        guard mounted?.code == 0 else { return }
        defer {
            _ = try? TrialShell.run(["/bin/umount", place], in: "/", scratch: repository.folder)
        }
        let arguments = commits(["--folder", "\(place)/bisection"])
        let finished = try run(arguments)
        if finished.code != 0 {
            #expect([69, 74].contains(finished.code), "\(finished)")
            #expect(finished.talk.lowercased().contains("no space"), "\(finished)")
        }
        let remounted = try TrialShell.run(
            ["/bin/mount", "-o", "remount,size=64m", place], in: "/", scratch: repository.folder)
        #expect(remounted.code == 0, "\(remounted)")
        try expectFound(try run(arguments))
    }

    // MARK: The log

    @Test("a last line that was not written to its end is left out, whatever there is of it")
    func tornLog() throws {
        let path = try expectFound(try run(commits())).log
        _ = repository.takeLedger()
        let log = try Data(contentsOf: URL(fileURLWithPath: path))
        let lines = log.split(separator: 10, omittingEmptySubsequences: false)
        for (line, cut) in [(lines.count - 2, 1), (lines.count / 2, 5), (3, 0), (1, 2)] {
            _ = repository.takeLedger()
            let kept = Data(lines[..<line].joined(separator: [10])) + [10] + lines[line].prefix(cut)
            try kept.write(to: URL(fileURLWithPath: path))
            try expectFound(try run(commits()))
            #expect(repository.takeLedger().runs <= lines.count - line)
        }
    }

    @Test(
        "a log that is none", arguments: ["garbage", "{}", "{\"kind\":\"run\"}", "\0\0\0\0", "[1]", "null"])
    func damagedLog(_ garbage: String) throws {
        let path = try expectFound(try run(commits())).log
        _ = repository.takeLedger()
        var lines = try String(contentsOfFile: path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
        lines[lines.count / 2] = garbage
        let damaged = lines.joined(separator: "\n")
        try Data(damaged.utf8).write(to: URL(fileURLWithPath: path))
        try expectError(65, commits(), says: [path, "line \(lines.count / 2 + 1)", "--restart"])
        #expect(try String(contentsOfFile: path, encoding: .utf8) == damaged)
        try expectFound(try run(commits(["--restart"])))
    }

    // MARK: Commands

    @Test(
        "a test that cannot be started is no verdict",
        arguments: ["no-such-program", "./data/rule", "exit 200"])
    func noSuchTest(_ command: String) throws {
        let finished = try run(commits(test: command))
        #expect(finished.code == 69, "\(finished)")
        let word = try #require(command.split(separator: " ").last)
        #expect(finished.talk.contains(word), "\(finished)")
        let errors = finished.talk.split(separator: "\n").filter { $0.hasPrefix("error:") }
        #expect(errors.count == 1 && finished.output.isEmpty, "\(finished)")
    }

    @Test(
        "wrong usage",
        arguments: [
            ["--confidence", "1"], ["--confidence", "0.3"], ["--confidence", "nan"], ["--max-runs", "0"],
            ["--max-runs", "-1"], ["--build-runs", "-1"], ["--format", "xml"], ["--path"],
            ["--replay", "x", "--restart"],
        ])
    func usage(_ more: [String]) throws {
        let finished = try run(commits(more))
        #expect(finished.code == 64, "\(finished)")
        #expect(finished.talk.lowercased().contains("error:"), "\(finished)")
        #expect(!FileManager.default.fileExists(atPath: "\(repository.folder)/bisection"))
    }

    @Test("no test, no ends")
    func missingArguments() throws {
        for arguments in [
            ["bisect", "commits"], ["bisect", "commits", "--good", repository.good, "--bad", repository.bad],
            ["bisect", "commits", "--bad", repository.bad, "--test", "true"],
        ] {
            let finished = try run(arguments)
            #expect(finished.code == 64, "\(finished)")
        }
    }
}
