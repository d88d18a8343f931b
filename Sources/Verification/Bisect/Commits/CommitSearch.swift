import Foundation
import Hashing

/// Decides which commit is tried next, and when it is enough.
///
/// As long as everything that was seen is what a deterministic failure would show, the candidates are halved, as git halves them: such a failure takes
/// no more runs than git needs, and those that confirm it. After that the run is made from which the most is to be learnt: the one whose
/// outcome has the greatest mutual information with the question which commit it is (for a failure that always shows that is halving; for one that shows
/// one time in ten it is a commit before which lies more than half, because a pass says little). What a build costs is weighed against it.
///
/// M. Ben-Or, A. Hassidim, "The Bayesian Learner is Optimal for Noisy Binary Search" (FOCS 2008); D. V. Lindley, "On a Measure of the Information
/// Provided by an Experiment" (1956).
package struct CommitSearch: Sendable {
    package struct Options: Sendable {
        /// How sure the answer has to be, 0.5..<1.
        package var confidence = 0.99
        /// Runs of the test at most.
        package var maximumRuns = 3000
        /// A build of a commit that has none yet costs as much as so many runs.
        package var buildRuns = 10.0
        package var prior = CommitPosterior.Prior()

        package init() {}
    }

    package enum Answer: Sendable, Equatable {
        case found(Int)
        /// The failure is older than the range: the good end fails.
        case older
        /// The bad end has not failed, or its failure was chance.
        case nothing
        /// One of these, the most probable first; nothing that can be tested tells them apart, or the runs are used up.
        case undecided([Hypothesis], isExhausted: Bool)
    }

    package enum Step: Sendable, Equatable {
        case test(TestedCommit)
        case answer(Answer)
    }

    package private(set) var posterior: CommitPosterior
    private let options: Options
    /// By place; those that can be judged, as far as is known.
    private var isSkipped: [Bool]
    private var isBuilt: [Bool]
    private let needsBuilds: Bool
    private var skippedEnds: Set<TestedCommit> = []
    package private(set) var runs = 0
    private var badEndFailures = 0
    private var badEndRuns = 0
    private var goodEndRuns = 0
    private var signatures: [UInt64]?
    /// The bad end is the last of the commits as well.
    private let isBadEndCandidate: Bool

    /// - Parameters:
    ///   - graph: the commits between the ends.
    ///   - options: how sure the answer has to be.
    ///   - isBadEndCandidate: the bad end is the last commit of the graph; otherwise it is behind all of them.
    ///   - needsBuilds: a commit has to be built before its test can be run.
    package init(
        _ graph: CommitGraph, options: Options = Options(), isBadEndCandidate: Bool = true,
        needsBuilds: Bool = true
    ) {
        posterior = CommitPosterior(graph, prior: options.prior)
        self.options = options
        isSkipped = [Bool](repeating: false, count: graph.count)
        isBuilt = [Bool](repeating: false, count: graph.count)
        self.isBadEndCandidate = isBadEndCandidate && graph.count > 0
        self.needsBuilds = needsBuilds
    }

    private var graph: CommitGraph { posterior.graph }

    // MARK: What was seen

    /// The test of a commit has been run, and it passed or failed.
    package mutating func observe(_ tested: TestedCommit, failed: Bool) {
        runs += 1
        switch tested {
        case .commit(let place): isBuilt[place] = true
        case .goodEnd: goodEndRuns += 1
        case .badEnd:
            badEndRuns += 1
            if failed { badEndFailures += 1 }
            if isBadEndCandidate { isBuilt[graph.count - 1] = true }
        }
        posterior.observe(tested, failed: failed)
    }

    /// The test has been run, and said nothing.
    package mutating func observeNothing() { runs += 1 }

    /// A commit cannot be judged, now or ever.
    package mutating func skip(_ tested: TestedCommit) {
        switch tested {
        case .commit(let place): isSkipped[place] = true
        case .goodEnd, .badEnd: skippedEnds.insert(tested)
        }
        signatures = nil
    }

    // MARK: What comes next

    /// Runs of the bad end after which it is not believed that it fails: as many as are left, and no more than would have shown one in a hundred.
    private var mostBadEndRuns: Int { min(options.maximumRuns, 460) }

    /// What to do now: the same for the same things seen.
    ///
    /// Complexity: O(commits), with what merges have joined; after a skip O(commits squared) at most.
    package mutating func next() -> Step {
        if graph.count == 0 { return .answer(.nothing) }
        // Nothing is looked for before it has been seen.
        if badEndFailures == 0, !skippedEnds.contains(.badEnd) {
            return badEndRuns < mostBadEndRuns && runs < options.maximumRuns
                ? .test(.badEnd) : .answer(.nothing)
        }
        if goodEndRuns == 0, !skippedEnds.contains(.goodEnd), runs < options.maximumRuns {
            return .test(.goodEnd)
        }
        let beliefs = posterior.beliefs()
        if let answer = answer(beliefs) { return .answer(answer) }
        guard runs < options.maximumRuns else {
            return .answer(.undecided(likely(beliefs), isExhausted: true))
        }
        if let half = half() { return .test(.commit(half)) }
        guard let best = mostInformative(beliefs) else {
            return .answer(.undecided(likely(beliefs), isExhausted: false))
        }
        return .test(best)
    }

    /// The probability of each hypothesis, the most probable first.
    package func probabilities() -> [(hypothesis: Hypothesis, probability: Double)] {
        posterior.beliefs().probabilities.enumerated()
            .map { (hypothesis: posterior.hypothesis(at: $0), probability: $1) }
            .sorted { $0.probability > $1.probability }
    }

    /// The most probable hypothesis. Once anything was seen.
    package var mostProbable: (hypothesis: Hypothesis, probability: Double)? {
        let probabilities = posterior.beliefs().probabilities
        return probabilities.enumerated().max { $0.element < $1.element }.map {
            (posterior.hypothesis(at: $0.offset), $0.element)
        }
    }

    /// The fewest that have the probability that is wanted together, the most probable first.
    private func likely(_ beliefs: CommitPosterior.Beliefs) -> [Hypothesis] {
        byProbability(beliefs).prefix(likelyCount(beliefs, upTo: options.confidence)).map {
            posterior.hypothesis(at: $0)
        }
    }

    private func likelyCount(_ beliefs: CommitPosterior.Beliefs, upTo wanted: Double) -> Int {
        var sum = 0.0
        return byProbability(beliefs).prefix { place in
            defer { sum += beliefs.probabilities[place] }
            return sum < wanted
        }.count
    }

    private func byProbability(_ beliefs: CommitPosterior.Beliefs) -> [Int] {
        beliefs.probabilities.indices.sorted {
            (beliefs.probabilities[$0], $1) > (beliefs.probabilities[$1], $0)
        }
    }

    /// The doubt that is left may be six tenths of what is allowed: where the rate is one that was thought improbable it is a little greater than it
    /// seems, and trials came out right only so (Bisect.md).
    private var threshold: Double { 1 - 0.6 * (1 - options.confidence) }

    private mutating func answer(_ beliefs: CommitPosterior.Beliefs) -> Answer? {
        let order = byProbability(beliefs)
        guard let first = order.first else { return nil }
        if beliefs.probabilities[first] >= threshold {
            switch posterior.hypothesis(at: first) {
            case .commit(let place): return .found(place)
            case .older: return .older
            case .nothing: return .nothing
            }
        }
        // Commits that no test tells apart, because those between them cannot be judged.
        let skipped = isSkipped.count { $0 }
        // Of these one at most can be judged: where it takes more to be sure, nobody has to look closer.
        guard skipped > 0, first < graph.count, likelyCount(beliefs, upTo: threshold) <= skipped + 1 else {
            return nil
        }
        let signatures = self.signatures ?? signatures(of: graph)
        self.signatures = signatures
        let like = order.filter { $0 < graph.count && signatures[$0] == signatures[first] }
        let sum = like.reduce(0) { $0 + beliefs.probabilities[$1] }
        guard like.count > 1, sum >= threshold else { return nil }
        return .undecided(like.map { .commit($0) }, isExhausted: false)
    }

    /// Of each commit, which of those that can be judged have it in their past.
    private func signatures(of graph: CommitGraph) -> [UInt64] {
        var signatures = [UInt64](repeating: 0, count: graph.count)
        for tested in 0..<graph.count where !isSkipped[tested] {
            let key = SeededRandom.mixed(UInt64(tested) + 1)
            for (place, isBefore) in graph.past(of: tested).enumerated() where isBefore {
                signatures[place] &+= key
            }
        }
        return signatures
    }

    // MARK: Which commit

    /// While nothing contradicts a deterministic failure: the commit that halves what is left; nil where one is left, or none.
    private func half() -> Int? {
        let isLeft = posterior.consistentCommits()
        let total = isLeft.count { $0 }
        guard total > 1 else { return nil }
        let before = graph.sumsOverPast(isLeft.map { $0 ? 1 : 0 })
        let chances = judgeable()
        var best: (place: Int, score: Double)?
        for place in 0..<graph.count where !isSkipped[place] {
            let score = min(before[place], Double(total) - before[place]) * chances[place]
            if score > (best?.score ?? 0) { best = (place, score) }
        }
        return best?.place
    }

    /// The run from which the most is to be learnt for what it costs; nil where nothing is.
    private func mostInformative(_ beliefs: CommitPosterior.Beliefs) -> TestedCommit? {
        var best: (tested: TestedCommit, score: Double)?
        let chances = judgeable()
        // To be built for a single run is dear: what several would say is weighed against the build.
        let buildRuns = needsBuilds ? options.buildRuns : 0
        for count in buildRuns > 0 ? [1, 2, 4, 8, 16, 32, 64] : [1] {
            let outcome = Outcomes(posterior, beliefs, runs: count)
            func consider(_ tested: TestedCommit, _ information: Double, isBuilt: Bool, chance: Double) {
                guard information > CommitSearch.leastInformation else { return }
                let cost = Double(count) + (isBuilt ? 0 : buildRuns)
                let score = information * chance / cost
                // What is as good but for a rounding is decided by the order.
                if score > (best?.score ?? 0) * (1 + 1e-9) { best = (tested, score) }
            }
            // The bad end goes by that name.
            let places = graph.count - (isBadEndCandidate ? 1 : 0)
            for (place, information) in outcome.ofCommits().prefix(places).enumerated()
            where !isSkipped[place] {
                consider(.commit(place), information, isBuilt: isBuilt[place], chance: chances[place])
            }
            for end in [TestedCommit.goodEnd, .badEnd] where !skippedEnds.contains(end) {
                consider(end, outcome.of(end), isBuilt: true, chance: 1)
            }
        }
        return best?.tested
    }

    private static let leastChance = 0.1
    /// In nats: what is less than this is a rounding.
    private static let leastInformation = 1e-9

    /// How probable it is that a commit can be judged: not, in the neighbourhood of one that cannot. The more of them stand in a row, the further it is
    /// kept away from, so that a long stretch is left after a few tries.
    /// Never so improbable that nobody looks: at last they are known to be what cannot be told apart.
    private func judgeable() -> [Double] {
        var chances = [Double](repeating: 1, count: graph.count)
        // Stretches between two commits that were judged.
        for stretch in graph.parents.indices.split(whereSeparator: { isBuilt[$0] && !isSkipped[$0] }) {
            let skipped = stretch.filter { isSkipped[$0] }
            guard let first = skipped.first, let last = skipped.last else { continue }
            let reach = Double(max(last - first, 4))
            var next = 0
            for place in stretch {
                while next < skipped.count, skipped[next] < place { next += 1 }
                let behind = next > 0 ? place - skipped[next - 1] : Int.max
                let before = next < skipped.count ? skipped[next] - place : Int.max
                let distance = Double(min(behind, before))
                chances[place] =
                    isSkipped[place] ? 0 : max(distance / (distance + reach), CommitSearch.leastChance)
            }
        }
        return chances
    }
}

/// What is to be learnt from so many runs of the test.
private struct Outcomes {
    private let graph: CommitGraph
    private var bad: [Double] = []
    private var good: [Double] = []
    private var badEntropy: [Double] = []
    private var goodEntropy: [Double] = []

    init(_ posterior: CommitPosterior, _ beliefs: CommitPosterior.Beliefs, runs: Int) {
        graph = posterior.graph
        let kinds = beliefs.evidence.indices.map { kind in
            let failing = posterior.failing(runs, kind, beliefs)
            return (failing: failing, entropy: (bad: entropy(failing.bad), good: entropy(failing.good)))
        }
        for (probability, kind) in zip(beliefs.probabilities, beliefs.kinds) {
            bad.append(probability * kinds[kind].failing.bad)
            good.append(probability * kinds[kind].failing.good)
            badEntropy.append(probability * kinds[kind].entropy.bad)
            goodEntropy.append(probability * kinds[kind].entropy.good)
        }
    }

    /// In nats, of each commit.
    func ofCommits() -> [Double] {
        let count = graph.count
        // All good, but for what is in the past; and for `older`, under which all is bad.
        let failing = good.reduce(0, +) - good[count] + bad[count]
        let entropies = goodEntropy.reduce(0, +) - goodEntropy[count] + badEntropy[count]
        let more = graph.sumsOverPast((0..<count).map { bad[$0] - good[$0] })
        let less = graph.sumsOverPast((0..<count).map { badEntropy[$0] - goodEntropy[$0] })
        return (0..<count).map { entropy(failing + more[$0]) - (entropies + less[$0]) }
    }

    func of(_ end: TestedCommit) -> Double {
        let older = graph.count
        if end == .goodEnd {
            return entropy(good.reduce(0, +) - good[older] + bad[older])
                - (goodEntropy.reduce(0, +) - goodEntropy[older] + badEntropy[older])
        }
        let none = graph.count + 1
        return entropy(bad.reduce(0, +) - bad[none] + good[none])
            - (badEntropy.reduce(0, +) - badEntropy[none] + goodEntropy[none])
    }
}

/// Of something that happens with this probability, in nats.
private func entropy(_ probability: Double) -> Double {
    guard probability > 0, probability < 1 else { return 0 }
    return -probability * log(probability) - (1 - probability) * log(1 - probability)
}
