import Verification

/// What a bisection would do.
struct BisectPlan {
    private let question: BisectQuestion
    private let range: CommitRange
    private let options: CommitSearch.Options
    private let repository: BisectRepository

    /// Failure rates for which it is tried out.
    private static let rates = [1.0, 0.5, 0.1]
    /// Bisections of each, with made-up failures.
    private static let trials: UInt64 = 9
    /// More commits would take too long to try out.
    private static let mostCommits = 3000

    init(
        _ question: BisectQuestion, _ range: CommitRange, _ options: CommitSearch.Options,
        _ repository: BisectRepository
    ) {
        self.question = question
        self.range = range
        self.options = options
        self.repository = repository
    }

    /// By rate: the median of the runs, and of the commits that are built, of bisections that were tried out.
    private var estimates: [(rate: Double, runs: Int, commits: Int)] {
        guard range.names.count <= BisectPlan.mostCommits else { return [] }
        return BisectPlan.rates.map { rate in
            let tried = (1...BisectPlan.trials).map { seed in
                SimulatedBisection(range.graph, options, rate: rate, seed: seed).outcome
            }
            return (
                rate, tried.map(\.runs).sorted()[tried.count / 2],
                tried.map(\.commits).sorted()[tried.count / 2]
            )
        }
    }

    func show(_ format: PlainFormat) throws {
        let estimates = estimates
        guard format == .text else {
            try Console.print(
                JSON.object([
                    ("good", .string(question.good)),
                    ("also_good", .array(question.alsoGood.map { .string($0) })),
                    ("bad", .string(question.bad)),
                    ("start", .string(range.start)), ("commits", .integer(range.names.count)),
                    ("merges", .integer(range.mergeCount)), ("folder", .string(repository.folder)),
                    ("build", question.build.map { .string($0) } ?? .null), ("test", .string(question.test)),
                    (
                        "estimates",
                        .array(
                            estimates.map {
                                .object([
                                    ("rate", .hundredths($0.rate)), ("runs", .integer($0.runs)),
                                    ("commits", .integer($0.commits)),
                                ])
                            })
                    ),
                ]).text)
            return
        }
        func row(_ name: String, _ value: String) throws { try Console.print("\(pad(name, 9)) \(value)") }
        try row("good", question.good)
        if range.start != question.good {
            try row(
                "",
                "it is not in the past of the bad end; \(range.start), which is in that of both, is tried in its place"
            )
        }
        for name in question.alsoGood { try row("good", name) }
        try row("bad", question.bad)
        let merges = range.mergeCount > 0 ? ", \(range.mergeCount) of them merges" : ""
        try row(
            "commits",
            "\(range.names.count)\(merges)" + (question.isFirstParent ? ", first parents only" : ""))
        for path in question.paths { try row("path", path) }
        try row("build", question.build ?? "nothing is built")
        for artifact in question.artifacts { try row("kept", artifact) }
        try row("test", question.test)
        try row("folder", repository.folder)
        for (rate, runs, commits) in estimates {
            let name =
                rate == 1
                ? "a failure that always shows" : "one that shows in \(Int(rate * 100)) % of the runs"
            try row(
                "expected",
                "\(name): \(runs) runs, \(commits) commits built (median of \(BisectPlan.trials) tried out)")
        }
        if let note = repository.note { try row("note", note) }
    }
}
