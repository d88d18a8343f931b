import Foundation

/// What may be the case: a commit of the range has brought the failure, or something that nobody expects.
package enum Hypothesis: Hashable, Sendable {
    case commit(Int)
    /// The end that is said to be good fails as well: the failure is older.
    case older
    /// Nothing is wrong at the bad end: what failed there was chance.
    case nothing
}

/// Where a test can be run.
package enum TestedCommit: Hashable, Sendable {
    case commit(Int)
    case goodEnd
    case badEnd
}

/// How probable it is that each commit is the one that has brought a failure, after runs of a test that fails sometimes.
///
/// A commit is bad if the one in question is in its past. A test of a bad commit fails at a rate that nobody knows, the same for all of them; one of
/// a good commit fails at another, which is small. Of the first rate is believed that it is 1 (the failure is deterministic) or any other (a beta
/// distribution); of the second a beta distribution near nothing. With these the probability of everything that was seen is known in closed form for
/// each hypothesis, and Bayes' rule does the rest: nothing is estimated, and no number of repeats is fixed beforehand. See Bisect.md.
package struct CommitPosterior: Sendable {
    package struct Prior: Sendable {
        /// That the failure is deterministic.
        package var deterministic = 0.3
        /// Otherwise its rate is Beta(a, b): what is much rarer than one in a hundred nobody bisects.
        package var badFailures = 2.0
        package var badPasses = 5.0
        /// The rate of the good side is Beta(a, b).
        package var goodFailures = 1.0
        package var goodPasses = 1000.0
        /// That the failure is older than the range.
        package var older = 0.02
        /// That there is none.
        package var nothing = 0.01

        package init() {}
    }

    package let graph: CommitGraph
    let prior: Prior

    /// Runs of commits that are bad under a hypothesis.
    struct Evidence: Hashable, Sendable {
        var failed = 0
        var passed = 0
    }

    /// By place of the hypothesis (``place(of:)``).
    private(set) var evidence: [Evidence]
    private(set) var failures = 0
    private(set) var passes = 0

    package init(_ graph: CommitGraph, prior: Prior = Prior()) {
        self.graph = graph
        self.prior = prior
        evidence = [Evidence](repeating: Evidence(), count: graph.count + 2)
    }

    // MARK: Hypotheses

    /// Commits come first, by their places.
    var hypothesisCount: Int { graph.count + 2 }

    func place(of hypothesis: Hypothesis) -> Int {
        switch hypothesis {
        case .commit(let place): place
        case .older: graph.count
        case .nothing: graph.count + 1
        }
    }

    func hypothesis(at place: Int) -> Hypothesis {
        place < graph.count ? .commit(place) : place == graph.count ? .older : .nothing
    }

    /// Which hypotheses make a commit bad.
    func blamers(of tested: TestedCommit) -> [Bool] {
        switch tested {
        case .commit(let place): graph.past(of: place) + [true, false]
        case .goodEnd: [Bool](repeating: false, count: graph.count) + [true, false]
        case .badEnd: [Bool](repeating: true, count: graph.count) + [true, false]
        }
    }

    // MARK: Evidence

    /// Takes a run of the test into account.
    ///
    /// Complexity: O(commits).
    package mutating func observe(_ tested: TestedCommit, failed: Bool) {
        if failed { failures += 1 } else { passes += 1 }
        for (place, isBad) in blamers(of: tested).enumerated() where isBad {
            if failed { evidence[place].failed += 1 } else { evidence[place].passed += 1 }
        }
    }

    /// What is believed after what was seen. Hypotheses that have the same evidence share what follows from it: there are few kinds of them, as there are
    /// few commits that were tried.
    struct Beliefs: Sendable {
        /// By place of the hypothesis; their sum is 1.
        var probabilities: [Double] = []
        /// By place of the hypothesis, which kind it is of.
        var kinds: [Int] = []
        /// By kind.
        var evidence: [Evidence] = []
        /// By kind, that the failure is deterministic.
        var deterministic: [Double] = []
    }

    /// Complexity: O(commits), and O(runs).
    func beliefs() -> Beliefs {
        let bad = LogBeta(prior.badFailures, prior.badPasses, runs: failures + passes)
        let good = LogBeta(prior.goodFailures, prior.goodPasses, runs: failures + passes)
        let ofCommit = log((1 - prior.older - prior.nothing) / Double(max(graph.count, 1)))
        // Order: looked up, never walked.
        var kinds: [Evidence: Int] = [:]
        var beliefs = Beliefs()
        var likelihoods: [Double] = []
        var logs: [Double] = []
        for (place, own) in evidence.enumerated() {
            let kind =
                kinds[own]
                ?? {
                    let (likelihood, deterministic) = likelihood(own, bad)
                    beliefs.evidence.append(own)
                    beliefs.deterministic.append(deterministic)
                    likelihoods.append(likelihood + good.ratio(failures - own.failed, passes - own.passed))
                    kinds[own] = likelihoods.count - 1
                    return likelihoods.count - 1
                }()
            beliefs.kinds.append(kind)
            let before =
                place < graph.count ? ofCommit : log(place == graph.count ? prior.older : prior.nothing)
            logs.append(before + likelihoods[kind])
        }
        let most = logs.max() ?? 0
        let weights = logs.map { exp($0 - most) }
        let total = weights.reduce(0, +)
        beliefs.probabilities = weights.map { $0 / total }
        return beliefs
    }

    /// The logarithm of the probability of some runs of bad commits, and the probability that the failure is deterministic after them.
    private func likelihood(_ seen: Evidence, _ bad: LogBeta) -> (log: Double, deterministic: Double) {
        let sometimes = log(1 - prior.deterministic) + bad.ratio(seen.failed, seen.passed)
        guard seen.passed == 0, prior.deterministic > 0 else { return (sometimes, 0) }
        let always = log(prior.deterministic)
        let most = max(always, sometimes)
        let sum = most + log(exp(always - most) + exp(sometimes - most))
        return (sum, exp(always - sum))
    }

    /// How probable it is that at least one of `runs` fails.
    ///
    /// - Returns: of a commit that is bad under hypotheses of a kind, and of a good one.
    func failing(_ runs: Int, _ kind: Int, _ beliefs: Beliefs) -> (bad: Double, good: Double) {
        let seen = beliefs.evidence[kind]
        func failing(_ failed: Double, _ passed: Double) -> Double {
            1 - (0..<runs).reduce(1.0) { $0 * (passed + Double($1)) / (failed + passed + Double($1)) }
        }
        let sometimes = failing(
            prior.badFailures + Double(seen.failed), prior.badPasses + Double(seen.passed))
        let always = beliefs.deterministic[kind]
        return (
            always + (1 - always) * sometimes,
            failing(
                prior.goodFailures + Double(failures - seen.failed),
                prior.goodPasses + Double(passes - seen.passed))
        )
    }

    /// Commits that a failure without any chance in it leaves, with no failure of a good commit.
    func consistentCommits() -> [Bool] {
        evidence.prefix(graph.count).map { $0.passed == 0 && $0.failed == failures }
    }

    /// The rate of the bad side under a hypothesis, as it is expected to be; nil where no bad commit has ever passed.
    package func chanceRate(_ hypothesis: Hypothesis) -> Double? {
        let seen = evidence[place(of: hypothesis)]
        guard seen.passed > 0 else { return nil }
        let failed = prior.badFailures + Double(seen.failed)
        return failed / (failed + prior.badPasses + Double(seen.passed))
    }
}

/// The logarithms of B(a + f, b + p) / B(a, b), from tables.
private struct LogBeta {
    private var failures: [Double] = [0]
    private var passes: [Double] = [0]
    private var both: [Double] = [0]

    init(_ a: Double, _ b: Double, runs: Int) {
        for run in 0..<runs {
            failures.append(failures[run] + log(a + Double(run)))
            passes.append(passes[run] + log(b + Double(run)))
            both.append(both[run] + log(a + b + Double(run)))
        }
    }

    func ratio(_ failed: Int, _ passed: Int) -> Double {
        failures[failed] + passes[passed] - both[failed + passed]
    }
}
