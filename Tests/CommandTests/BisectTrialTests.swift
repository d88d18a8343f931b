import BisectSupport
import Foundation
import Testing

/// Searches for planted culprits, by the program itself in repositories that were made up.
@Suite("bisect commits in generated histories")
struct BisectTrialTests {
    static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"

    /// A repository of a seed.
    static func repository(
        _ commits: Int, _ rate: Double, seed: UInt64, isPlain: Bool = false, name: String = "repository",
        hasSubmodule: Bool = false, in workspace: Workspace
    ) throws -> TrialRepository {
        var shape = RepositoryPlan.Shape(commits: commits, rate: rate)
        if isPlain {
            shape.breaks = 0
            shape.foreign = 0
        }
        return try TrialRepository(
            RepositoryPlan(seed: seed, shape: shape), in: workspace.folder.path, name: name,
            hasSubmodule: hasSubmodule)
    }

    // MARK: What is generated

    @Test("git sees the history of the plan", arguments: [1, 2, 3] as [UInt64])
    func plans(seed: UInt64) throws {
        let workspace = try Workspace()
        let repository = try Self.repository(120, 0.3, seed: seed, in: workspace)
        let plan = repository.plan
        let range = "\(repository.good)..\(repository.bad)"
        #expect(try repository.git(["rev-list", "--count", range]) == "120")
        let merges = try repository.git(["rev-list", "--count", "--merges", range])
        #expect(Int(merges) ?? 0 > 3, "\(merges) merges")
        let graph = try repository.git(["log", "--format=%H %P", repository.bad])
        let expected = plan.commits.enumerated().map { index, commit in
            ([index] + commit.parents).map { repository.names[$0] }.joined(separator: " ")
                + (commit.parents.isEmpty ? " " : "")
        }
        #expect(Set(graph.split(separator: "\n").map(String.init)) == Set(expected))
        let after = try repository.git([
            "rev-list", "--ancestry-path", "\(repository.culprit)..\(repository.bad)",
        ])
        let faulty = Set(after.split(separator: "\n").map(String.init) + [repository.culprit])
        for (index, commit) in plan.commits.enumerated() {
            let name = repository.names[index]
            #expect(commit.isFaulty == faulty.contains(name))
            guard index % 7 == 0 || index == plan.culprit else { continue }
            let rule = try repository.git(["show", "\(name):data/rule"])
            #expect(rule == (commit.isFaulty ? "loose" : "strict"))
            #expect(
                try repository.git(["show", "\(name):build"]).contains("> program") == commit.builds)
            #expect(try repository.git(["show", "\(name):data/format"]) == (commit.isReadable ? "2" : "1"))
        }
    }

    @Test("the same seed makes the same commits, another one others")
    func repeatable() throws {
        let workspace = try Workspace()
        let one = try Self.repository(60, 0.3, seed: 9, in: workspace)
        let two = try Self.repository(60, 0.3, seed: 9, in: workspace)
        let three = try Self.repository(60, 0.3, seed: 10, in: workspace)
        #expect(one.names == two.names)
        #expect(one.bad != three.bad)
    }

    @Test(
        "the test fails at the planted rate where the fault is, alike in every repetition, and never elsewhere"
    )
    func rates() throws {
        let workspace = try Workspace()
        let repository = try Self.repository(20, 0.3, seed: 4, in: workspace)
        func failures(_ commit: String) throws -> String {
            try repository.git(["checkout", "--quiet", commit])
            let script = """
                for run in \((1...400).map(String.init).joined(separator: " ")); do
                    LUMON_BISECT_COMMIT=\(commit) LUMON_BISECT_RUN=$run sh ./subject || echo $run
                done
                """
            return try TrialShell.run(
                ["/bin/sh", "-c", script], in: repository.path, scratch: repository.folder
            ).output
        }
        let first = try failures(repository.bad)
        let count = first.split(separator: "\n").count
        // Four standard deviations; the seed is fixed.
        #expect(abs(count - 120) < 37, "\(count) failures of 400")
        #expect(try failures(repository.bad) == first)
        #expect(try failures(repository.good) == "")
    }

    @Test(
        "all kinds of histories come up: merges, stretches that cannot be judged, culprits on side branches")
    func variety() {
        var onSide = 0
        var withLookalikes = 0
        var unjudgeable = 0
        for seed in 0..<60 as Range<UInt64> {
            let plan = RepositoryPlan(seed: seed, shape: .init(commits: 100, rate: 1))
            #expect(plan.commits.count == 105)
            #expect(plan.range.contains(plan.culprit))
            #expect(plan.lookalikes.contains(plan.culprit))
            #expect(plan.commits[plan.bad].isJudgeable && plan.commits[plan.good].isJudgeable)
            #expect(plan.range.allSatisfy { plan.isAncestor($0, of: plan.bad) })
            var head = plan.bad
            while head > plan.culprit, let first = plan.commits[head].parents.first { head = first }
            if head != plan.culprit { onSide += 1 }
            if plan.lookalikes.count > 1 { withLookalikes += 1 }
            unjudgeable += plan.range.count { !plan.commits[$0].isJudgeable }
        }
        #expect(onSide > 10 && onSide < 50, "\(onSide)")
        #expect(withLookalikes > 2 && withLookalikes < 30, "\(withLookalikes)")
        #expect(unjudgeable > 200 && unjudgeable < 1800, "\(unjudgeable)")
    }

    // MARK: Trials

    struct Case: Sendable, CustomStringConvertible {
        var commits: Int
        var rate: Double
        var seeds: ClosedRange<UInt64>
        var description: String { "\(commits) commits, rate \(rate)" }
    }

    static let cases =
        isFull
        ? [50, 200, 1000].flatMap { commits in
            [1, 0.5, 0.1].map { Case(commits: commits, rate: $0, seeds: 1...20) }
        }
        : !Scale.isThorough
            ? [
                Case(commits: 50, rate: 1, seeds: 1...1), Case(commits: 200, rate: 0.5, seeds: 1...1),
                Case(commits: 50, rate: 0.1, seeds: 1...1),
            ]
            : [
                Case(commits: 50, rate: 1, seeds: 1...3), Case(commits: 200, rate: 1, seeds: 1...2),
                Case(commits: 50, rate: 0.5, seeds: 1...2), Case(commits: 200, rate: 0.5, seeds: 1...1),
                Case(commits: 50, rate: 0.1, seeds: 1...2), Case(commits: 200, rate: 0.1, seeds: 1...1),
            ]

    /// At a confidence of 0.99 one answer in a hundred may be wrong. The seeds are fixed: what passes once passes always.
    @Test(
        "the culprit is found, or where it cannot be told from others all of them are named", arguments: cases
    )
    func finds(_ one: Case) throws {
        var wrong = 0
        for seed in one.seeds {
            let workspace = try Workspace()
            let repository = try Self.repository(one.commits, one.rate, seed: seed, in: workspace)
            let result = try repository.search(.commits([]), program: Program.path())
            let context = "seed \(seed), culprit \(repository.culprit), \(one)\n\(result.finished)"
            let isRight = [.right, .rightlyUndecided].contains(result.verdict)
            if Self.isFull, result.verdict == .wrong { wrong += 1 } else { #expect(isRight, "\(context)") }
            let answer = try #require(result.answer, "\(context)")
            #expect(
                answer.runs == result.runs && answer.builds == result.builds, "\(context)")
            guard let commit = answer.commit else { continue }
            let told = try repository.git(["log", "-1", "--format=%an%n%s", commit.name]).split(
                separator: "\n")
            #expect(commit.author.map { $0.hasPrefix(told[0]) } ?? false, "\(context)")
            #expect(commit.subject == String(told[1]), "\(context)")
            if result.verdict == .right, repository.plan.commits[repository.plan.culprit].parents.count == 1 {
                #expect(commit.files?.contains("data/rule") ?? false, "\(context)")
            }
        }
        #expect(wrong <= 2, "\(wrong) of \(one.seeds.count) wrong")
    }

    @Test(
        "a failure that always shows takes no more runs than git needs, and at most 14 for both ends and to confirm it",
        arguments: [(60, 11), (200, 13)] as [(Int, UInt64)])
    func deterministicFailures(commits: Int, seed: UInt64) throws {
        let workspace = try Workspace()
        let repository = try Self.repository(commits, 1, seed: seed, isPlain: true, in: workspace)
        let ours = try repository.search(.commits([]), program: Program.path())
        let gits = try repository.search(.git(repeats: 1), program: Program.path())
        #expect(gits.verdict == .right)
        #expect(ours.verdict == .right, "\(ours.finished)")
        let vars = try repository.git(["rev-list", "--bisect-vars", repository.bad, "^\(repository.good)"])
        #expect(vars.contains("bisect_all=\(commits)"))
        let steps = Int(log2(Double(commits)).rounded(.up))
        // A history with merges cannot always be halved; then git takes more, too.
        #expect(
            ours.runs <= max(steps, gits.runs) + 14, "\(steps) steps, git took \(gits.runs)\n\(ours.finished)"
        )
    }

    @Test("on a single line, where it can always be halved, that is log2 of the commits")
    func deterministicLine() throws {
        let workspace = try Workspace()
        var shape = RepositoryPlan.Shape(commits: 128, rate: 1)
        shape.branches = false
        shape.breaks = 0
        shape.foreign = 0
        let repository = try TrialRepository(
            RepositoryPlan(seed: 21, shape: shape), in: workspace.folder.path)
        let ours = try repository.search(.commits([]), program: Program.path())
        #expect(ours.verdict == .right && ours.runs <= 7 + 14, "\(ours.finished)")
    }

    // MARK: Ends

    @Test("a bad end that does not fail is said, and a good end that fails")
    func ends() throws {
        let workspace = try Workspace()
        let repository = try Self.repository(60, 1, seed: 31, isPlain: true, in: workspace)
        let plan = repository.plan
        let healthy = try #require(
            plan.range.last { !plan.commits[$0].isFaulty && plan.isAncestor(plan.good, of: $0) })
        let faulty = try #require(plan.range.first { plan.commits[$0].isFaulty && $0 != plan.bad })
        for (good, bad, outcome) in [
            (plan.good, healthy, "bad end does not fail"), (faulty, plan.bad, "good end fails"),
        ] {
            let finished = try TrialShell.run(
                [
                    Program.path(), "bisect", "commits", "--good", repository.names[good], "--bad",
                    repository.names[bad], "--build", "sh ./build", "--test", "sh ./program", "--format",
                    "json", "--folder", "\(repository.folder)/\(outcome)",
                ], in: repository.path, scratch: repository.folder)
            #expect(finished.code == 2, "\(finished)")
            let answer = try JSONDecoder().decode(CommitsAnswer.self, from: Data(finished.output.utf8))
            #expect(answer.outcome == outcome && answer.commit == nil, "\(finished)")
        }
    }

    @Test("with --first-parent it is the merge that has brought it to the main line")
    func firstParent() throws {
        let workspace = try Workspace()
        var seed: UInt64 = 41
        var plan: RepositoryPlan
        var line: [Int]
        repeat {
            var shape = RepositoryPlan.Shape(commits: 60, rate: 1)
            shape.breaks = 0
            shape.foreign = 0
            plan = RepositoryPlan(seed: seed, shape: shape)
            line = [plan.bad]
            while let head = line.last, head > plan.good, let first = plan.commits[head].parents.first {
                line.append(first)
            }
            seed += 1
        } while line.contains(plan.culprit)
        let merge = try #require(line.last { plan.commits[$0].isFaulty })
        let repository = try TrialRepository(plan, in: workspace.folder.path)
        let result = try repository.search(.commits(["--first-parent"]), program: Program.path())
        #expect(result.answer?.commit?.name == repository.names[merge], "\(result.finished)")
        #expect(result.finished.code == 0)
    }

    @Test("--path leaves only commits that changed it, and finds the culprit among them")
    func paths() throws {
        let workspace = try Workspace()
        let repository = try Self.repository(200, 1, seed: 51, isPlain: true, in: workspace)
        let result = try repository.search(
            .commits(["--path", "data/rule", "--path", "docs"]), program: Program.path())
        #expect(result.verdict == .right, "\(result.finished)")
        let candidates = try repository.git([
            "rev-list", "--count", "\(repository.good)..\(repository.bad)", "--", "data/rule", "docs",
        ])
        let count = try #require(Int(candidates))
        #expect(count < 100)
        #expect(result.runs <= Int(log2(Double(count)).rounded(.up)) + 3 + 12, "\(result.finished)")
    }

    @Test("of several good ends the pasts of all are left out, in the log too")
    func severalGoodEnds() throws {
        let workspace = try Workspace()
        let repository = try Self.repository(60, 1, seed: 11, isPlain: true, in: workspace)
        let plan = repository.plan
        let healthy = plan.range.filter { !plan.commits[$0].isFaulty }.map { repository.names[$0] }
        let more = [healthy[healthy.count / 2], try #require(healthy.last), repository.good]
        let result = try repository.search(
            .commits(more.flatMap { ["--good", $0] }), program: Program.path())
        #expect(result.verdict == .right, "\(result.finished)")
        let left = try repository.git(
            ["rev-list", "--count", repository.bad] + more.map { "^" + $0 })
        #expect(result.answer?.commits == Int(left))
        // What the others have in their past is not tried.
        #expect(result.answer.map { more[..<2].contains($0.good) } ?? false, "\(result.finished)")
        #expect(try #require(Int(left)) < plan.range.count)
        let replayed = try TrialShell.run(
            [
                Program.path(), "bisect", "commits", "--replay", try #require(result.answer?.log), "--format",
                "json",
            ], in: repository.path, scratch: repository.folder)
        #expect(replayed.output == result.finished.output, "\(replayed)")
    }

    @Test("--plan runs nothing, and --max-runs is kept to")
    func options() throws {
        let workspace = try Workspace()
        let repository = try Self.repository(60, 0.1, seed: 61, in: workspace)
        let plan = try repository.search(.commits(["--plan"]), program: Program.path())
        #expect(plan.finished.code == 0 && plan.runs == 0 && plan.builds == 0, "\(plan.finished)")
        let few = try repository.search(
            .commits(["--max-runs", "20", "--folder", "\(repository.folder)/few"]), program: Program.path())
        #expect(few.runs <= 20 && few.finished.code == 2, "\(few.finished)")
        #expect(few.answer?.commit == nil && few.answer?.outcome != "found")
    }

    // MARK: The same again

    @Test("two searches leave the same log")
    func repeats() throws {
        let workspace = try Workspace()
        let repository = try Self.repository(50, 0.3, seed: 71, in: workspace)
        var logs: [String] = []
        for folder in ["one", "two"] {
            let path = "\(repository.folder)/\(folder)"
            let result = try repository.search(.commits(["--folder", path]), program: Program.path())
            #expect([.right, .rightlyUndecided].contains(result.verdict), "\(result.finished)")
            let log = try String(contentsOfFile: try #require(result.answer?.log), encoding: .utf8)
            logs.append(log.replacingOccurrences(of: path, with: "FOLDER"))
        }
        #expect(logs[0] == logs[1])
        #expect(logs[0].split(separator: "\n").count > 10)
    }

    @Test("typed again it says the same, and runs nothing")
    func again() throws {
        let workspace = try Workspace()
        let repository = try Self.repository(50, 0.5, seed: 72, in: workspace)
        let first = try repository.search(.commits([]), program: Program.path())
        let second = try repository.search(.commits([]), program: Program.path())
        #expect(second.runs == 0 && second.builds == 0)
        #expect(second.finished.output == first.finished.output)
        #expect(second.finished.code == first.finished.code)
        let third = try repository.search(.commits(["--restart"]), program: Program.path())
        // What is built stays; what did not build is tried again.
        #expect(third.runs == first.runs && third.builds < first.builds, "\(third.finished)")
        #expect(third.answer?.commit?.name == first.answer?.commit?.name)
    }
}
