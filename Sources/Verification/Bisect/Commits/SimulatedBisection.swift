import Hashing

/// A bisection whose culprit and failures are drawn from a seed: nothing is built or run.
package struct SimulatedBisection {
    /// What it took.
    package let outcome: (answer: CommitSearch.Answer, culprit: Int, runs: Int, commits: Int)

    /// - Parameters:
    ///   - graph: the commits.
    ///   - options: of the search.
    ///   - rate: at which a bad commit fails, 0...1.
    ///   - goodRate: at which a good one does.
    ///   - unjudged: which commits cannot be judged; none if it is empty.
    ///   - seed: of the culprit and of every failure.
    package init(
        _ graph: CommitGraph, _ options: CommitSearch.Options, rate: Double, goodRate: Double = 0,
        unjudged: [Bool] = [], seed: UInt64
    ) {
        var random = SeededRandom(seed: seed)
        let culprit = Int(random.next() % UInt64(graph.count))
        var search = CommitSearch(graph, options: options)
        // Order: counted, and looked up.
        var isBad: [Int: Bool] = [:]
        func fails(_ rate: Double) -> Bool { Double(random.next() >> 11) / Double(1 << 53) < rate }
        while true {
            switch search.next() {
            case .answer(let answer):
                outcome = (answer, culprit, search.runs, isBad.count + 1)
                return
            case .test(.goodEnd): search.observe(.goodEnd, failed: fails(goodRate))
            case .test(.badEnd): search.observe(.badEnd, failed: fails(rate))
            case .test(.commit(let place)):
                let bad = isBad[place] ?? graph.past(of: place)[culprit]
                isBad[place] = bad
                if unjudged.indices.contains(place), unjudged[place] {
                    search.skip(.commit(place))
                } else {
                    search.observe(.commit(place), failed: fails(bad ? rate : goodRate))
                }
            }
        }
    }
}
