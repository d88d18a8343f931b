import Foundation

/// Tries commits until it is sure enough which one has brought a failure: asks ``CommitSearch`` what to try, ``BisectWorkshop`` to build and test it,
/// and writes everything into a ``BisectLog`` before it goes on. Whoever begins again with the log goes on where it was.
package final class CommitBisection {
    /// What is told while it goes on.
    package enum Progress {
        case builds(name: String)
        case tried(name: String, BisectLog.Result, runs: Int)
        /// It cannot be judged.
        case skipped(name: String, reason: String)
    }

    package let range: CommitRange
    package let question: BisectQuestion
    package private(set) var search: CommitSearch
    /// By commit: how often its test has been run, and how often in a row it said nothing.
    // Order: looked up by the name, never walked.
    private var runs: [String: Int] = [:]
    private var judged: [String: Int] = [:]
    private var silent: [String: Int] = [:]
    /// Names of commits that cannot be judged, with the reason, in the order in which that was found.
    package private(set) var skipped: [(name: String, reason: String)] = []
    package private(set) var builds = 0

    /// Runs in a row that say nothing, after which a commit that has been judged before is left alone.
    private static let mostSilentRuns = 3

    package init(_ range: CommitRange, _ question: BisectQuestion, options: CommitSearch.Options) {
        self.range = range
        self.question = question
        search = CommitSearch(
            range.graph, options: options, isBadEndCandidate: range.place(of: question.bad) != nil,
            needsBuilds: question.build != nil)
    }

    package var runCount: Int { search.runs }

    /// By commit that was tried: runs that failed, and runs.
    package func counts(of name: String) -> (failed: Int, runs: Int) { tally[name] ?? (0, 0) }
    // Order: looked up by the name, never walked.
    private var tally: [String: (failed: Int, runs: Int)] = [:]

    // MARK: What is known

    /// Takes in what a log says.
    ///
    /// - Throws: ``BisectError/strangeCommit(path:name:)``
    package func replay(_ log: BisectLog) throws(BisectError) {
        for event in log.events {
            switch event {
            case .start, .answer: continue
            case .build(let name, _), .run(let name, _):
                guard node(of: name) != nil else { throw .strangeCommit(path: log.path, name: name) }
                take(event)
            }
        }
    }

    private func node(of name: String) -> TestedCommit? {
        if name == question.bad { return .badEnd }
        if name == range.start { return .goodEnd }
        return range.place(of: name).map { .commit($0) }
    }

    private func name(of node: TestedCommit) -> String {
        switch node {
        case .badEnd: question.bad
        case .goodEnd: range.start
        case .commit(let place): range.names[place]
        }
    }

    private func take(_ event: BisectLog.Event) {
        switch event {
        case .start, .answer: return
        case .build(let name, let failure):
            builds += 1
            if let failure { skip(name, "it does not build: \(failure)") }
        case .run(let name, let result):
            runs[name, default: 0] += 1
            switch result {
            case .passed, .failed:
                guard let node = node(of: name) else { return }
                search.observe(node, failed: result == .failed)
                judged[name, default: 0] += 1
                silent[name] = 0
                let before = tally[name] ?? (0, 0)
                tally[name] = (before.failed + (result == .failed ? 1 : 0), before.runs + 1)
            case .unjudged(let reason):
                search.observeNothing()
                silent[name, default: 0] += 1
                let isHopeless = judged[name, default: 0] == 0
                if isHopeless || silent[name, default: 0] >= CommitBisection.mostSilentRuns {
                    skip(name, reason)
                }
            }
        }
    }

    private func skip(_ name: String, _ reason: String) {
        guard let node = node(of: name), !skipped.contains(where: { $0.name == name }) else { return }
        skipped.append((name, reason))
        search.skip(node)
    }

    // MARK: Finding out

    /// Goes on until there is an answer.
    ///
    /// - Parameters:
    ///   - workshop: builds and tests.
    ///   - log: of this question; what it says has been taken in.
    ///   - tell: called with everything that is found out.
    /// - Returns: the answer.
    /// - Throws: ``BisectError``; what was found out until then is in the log.
    package func run(
        in workshop: BisectWorkshop, _ log: BisectLog, tell: (Progress) -> Void
    ) throws(BisectError) -> CommitSearch.Answer {
        while true {
            switch search.next() {
            case .answer(let answer): return answer
            case .test(let node): try test(node, in: workshop, log, tell: tell)
            }
        }
    }

    private func test(
        _ node: TestedCommit, in workshop: BisectWorkshop, _ log: BisectLog, tell: (Progress) -> Void
    ) throws(BisectError) {
        let name = name(of: node)
        if !workshop.isReady(name) {
            tell(.builds(name: name))
            let failure = try workshop.prepare(name)
            try note(.build(name, failure: failure), log)
            if let failure {
                tell(.skipped(name: name, reason: "it does not build: \(failure)"))
                if node == .badEnd {
                    throw .badEndUnjudged(
                        name: name, reason: "it does not build: \(failure)",
                        output: workshop.buildOutput(name))
                }
                return
            }
        }
        let result = try workshop.test(name, number: runs[name, default: 0] + 1)
        try note(.run(name, result), log)
        tell(.tried(name: name, result, runs: runCount))
        if node == .badEnd, let (_, reason) = skipped.first(where: { $0.name == name }) {
            throw .badEndUnjudged(name: name, reason: reason, output: workshop.testOutput(name))
        }
    }

    private func note(_ event: BisectLog.Event, _ log: BisectLog) throws(BisectError) {
        try log.append(event)
        take(event)
    }
}
