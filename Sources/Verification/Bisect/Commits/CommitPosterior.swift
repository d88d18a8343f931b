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
        package var deterministic = 0.5
        /// Otherwise its rate is Beta(a, b).
        package var badFailures = 0.5
        package var badPasses = 1.0
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

    /// By hypothesis (``place(of:)``): runs of commits that are bad under it.
    private(set) var badFailures: [Int]
    private(set) var badPasses: [Int]
    private(set) var failures = 0
    private(set) var passes = 0

    package init(_ graph: CommitGraph, prior: Prior = Prior()) {
        self.graph = graph
        self.prior = prior
        badFailures = [Int](repeating: 0, count: graph.count + 2)
        badPasses = badFailures
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
            if failed { badFailures[place] += 1 } else { badPasses[place] += 1 }
        }
    }

    /// What is believed of one hypothesis.
    struct Belief {
        /// Normalised over all hypotheses.
        var probability: Double
        /// Under the hypothesis, that the failure is deterministic.
        var deterministic: Double
    }

    /// By place of the hypothesis.
    ///
    /// Complexity: O(commits).
    func beliefs() -> [Belief] {
        let bad = LogBeta(prior.badFailures, prior.badPasses, runs: failures + passes)
        let good = LogBeta(prior.goodFailures, prior.goodPasses, runs: failures + passes)
        let perCommit = log((1 - prior.older - prior.nothing) / Double(graph.count))
        var logs: [Double] = []
        var deterministic: [Double] = []
        for place in 0..<hypothesisCount {
            let (failed, passed) = (badFailures[place], badPasses[place])
            let always = passed == 0 ? prior.deterministic : 0
            let sometimes = (1 - prior.deterministic) * exp(bad.ratio(failed, passed))
            // Far out on the other side both can be too small for a number.
            let sum = always + sometimes
            let badSide =
                sum > 0 ? log(sum) : log(1 - prior.deterministic) + bad.ratio(failed, passed)
            let belief =
                place < graph.count ? perCommit : log(place == graph.count ? prior.older : prior.nothing)
            logs.append(belief + badSide + good.ratio(failures - failed, passes - passed))
            deterministic.append(sum > 0 ? always / sum : 0)
        }
        let most = logs.max() ?? 0
        let weights = logs.map { exp($0 - most) }
        let total = weights.reduce(0, +)
        return zip(weights, deterministic).map { Belief(probability: $0 / total, deterministic: $1) }
    }

    /// How probable it is that at least one of `runs` fails.
    ///
    /// - Returns: of a commit that is bad under the hypothesis at `place`, and of a good one.
    func failing(_ runs: Int, at place: Int, _ belief: Belief) -> (bad: Double, good: Double) {
        let (failed, passed) = (badFailures[place], badPasses[place])
        let sometimes = CommitPosterior.failing(
            runs, prior.badFailures + Double(failed), prior.badPasses + Double(passed))
        let good = CommitPosterior.failing(
            runs, prior.goodFailures + Double(failures - failed), prior.goodPasses + Double(passes - passed))
        return (belief.deterministic + (1 - belief.deterministic) * sometimes, good)
    }

    /// Where the rate is Beta(`failed`, `passed`).
    private static func failing(_ runs: Int, _ failed: Double, _ passed: Double) -> Double {
        var all = 1.0
        for run in 0..<runs { all *= (passed + Double(run)) / (failed + passed + Double(run)) }
        return 1 - all
    }

    /// Commits that a failure without any chance in it leaves, with no failure of a good commit.
    func consistentCommits() -> [Bool] {
        (0..<graph.count).map { badPasses[$0] == 0 && badFailures[$0] == failures }
    }

    /// The rate of the bad side under a hypothesis, as it is expected to be; nil where no bad commit has ever passed.
    package func chanceRate(_ hypothesis: Hypothesis) -> Double? {
        let place = place(of: hypothesis)
        guard badPasses[place] > 0 else { return nil }
        let (failed, passed) = (Double(badFailures[place]), Double(badPasses[place]))
        return (prior.badFailures + failed) / (prior.badFailures + prior.badPasses + failed + passed)
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
