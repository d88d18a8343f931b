import Foundation

/// Who looks for the culprit.
package enum BisectMethod: Hashable, Sendable, CustomStringConvertible {
    /// `lumon-replay bisect commits` with further arguments.
    case commits([String])
    /// `git bisect run`, with so many runs of the test a commit: bad if one fails.
    case git(repeats: Int)
    /// The same by `lumon-replay bisect helper`.
    case helper(repeats: Int)

    package var description: String {
        switch self {
        case .commits(let more): (["bisect commits"] + more).joined(separator: " ")
        case .helper(let repeats): "bisect helper --repeats \(repeats)"
        case .git(let repeats): "git bisect, \(repeats) run\(repeats == 1 ? "" : "s") a commit"
        }
    }
}

/// What a search came to, against what is known of the plan.
package struct TrialResult: Sendable {
    package enum Verdict: String, Sendable {
        case right
        /// No commit was named as the culprit, but the culprit is among those that were left.
        case undecided
        /// As before, and no test could have told them apart.
        case rightlyUndecided = "rightly undecided"
        /// Another commit was named, or the culprit is not among those that were left.
        case wrong
        /// The search did not come to an end.
        case failed
    }

    package var verdict: Verdict
    /// As the ledger has them.
    package var runs: Int
    /// Of these, those that said nothing of the commit.
    package var unjudged = 0
    package var builds: Int
    package var seconds: Double
    /// Of the answer, where the method gives one.
    package var confidence: Double?
    /// All that the program said.
    package var finished: Finished
    package var answer: CommitsAnswer?
}

/// What `bisect commits --format json` says, as far as trials look at it.
package struct CommitsAnswer: Decodable, Sendable {
    package struct Commit: Decodable, Sendable {
        package var name: String
        package var author: String?
        package var date: String?
        package var subject: String?
        package var files: [String]?
    }

    package struct Candidate: Decodable, Sendable {
        package var name: String
        package var subject: String?
        package var probability: Double
    }

    package var outcome: String
    package var confidence: Double
    package var commit: Commit?
    package var candidates: [Candidate]
    package var good: String
    /// Between the ends.
    package var commits: Int
    package var runs: Int
    package var builds: Int
    package var skipped: Int
    package var log: String
}

extension TrialRepository {
    /// The arguments of `bisect commits` for this repository.
    package func arguments(_ more: [String] = []) -> [String] {
        [
            "bisect", "commits", "--good", good, "--bad", bad, "--build", "sh ./build", "--test",
            "sh ./program", "--format", "json",
        ] + more
    }

    /// Looks for the culprit.
    ///
    /// - Parameters:
    ///   - method: who looks for it.
    ///   - program: path of `lumon-replay`.
    ///   - environment: for `lumon-replay` and what it starts.
    /// - Returns: what it came to.
    /// - Throws: where a program could not be started.
    package func search(
        _ method: BisectMethod, program: String, environment: [String: String] = [:]
    ) throws -> TrialResult {
        _ = takeLedger()
        let start = ContinuousClock.now
        let finished: Finished
        switch method {
        case .commits(let more):
            finished = try TrialShell.run(
                [program] + arguments(more), in: path,
                environment: environment.merging(["TRIAL_LEDGER": ledger]) { $1 }, scratch: folder)
        case .git(let repeats): finished = try gitBisect(repeats: repeats)
        case .helper(let repeats): finished = try gitBisect(helper: program, repeats: repeats)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let counts = takeLedger()
        var result = TrialResult(
            verdict: .failed, runs: 0, builds: 0, seconds: 0, finished: finished)
        if case .commits = method {
            result = judge(finished)
        } else {
            result.verdict = gitVerdict(finished)
        }
        (result.runs, result.builds, result.seconds) = (counts.runs, counts.builds, seconds)
        result.unjudged = counts.unjudged
        return result
    }

    /// Judges what `bisect commits` said; the ledger is not looked at.
    package func judge(_ finished: Finished) -> TrialResult {
        var result = TrialResult(verdict: .failed, runs: 0, builds: 0, seconds: 0, finished: finished)
        guard let answer = try? JSONDecoder().decode(CommitsAnswer.self, from: Data(finished.output.utf8))
        else {
            return result
        }
        result.answer = answer
        result.confidence = answer.confidence
        let named = answer.candidates.filter { $0.probability > 0 }.map(\.name)
        switch (answer.outcome, finished.code) {
        case ("found", 0): result.verdict = answer.commit?.name == culprit ? .right : .wrong
        case ("undecided", 2):
            result.verdict =
                !named.contains(culprit)
                ? .wrong : Set(named).isSubset(of: lookalikes) ? .rightlyUndecided : .undecided
        case ("bad end does not fail", 2), ("good end fails", 2): result.verdict = .wrong
        default: break
        }
        return result
    }

    private func gitBisect(repeats: Int) throws -> Finished {
        let script = "\(folder)/repeat"
        let text = """
            LUMON_BISECT_COMMIT=$(git rev-parse HEAD)
            export LUMON_BISECT_COMMIT
            sh ./build || exit 125
            LUMON_BISECT_RUN=0
            export LUMON_BISECT_RUN
            while [ $LUMON_BISECT_RUN -lt \(repeats) ]; do
                LUMON_BISECT_RUN=$((LUMON_BISECT_RUN + 1))
                sh ./program || exit $?
            done

            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: script))
        return try gitBisect(["sh", script])
    }

    private func gitBisect(helper program: String, repeats: Int) throws -> Finished {
        try gitBisect([
            program, "bisect", "helper", "--repeats", "\(repeats)", "--build", "sh ./build", "--", "sh",
            "./program",
        ])
    }

    private func gitBisect(_ command: [String]) throws -> Finished {
        try git(["bisect", "start", bad, good])
        let finished = try TrialShell.run(
            [TrialShell.gitPath(), "bisect", "run"] + command, in: path,
            environment: ["TRIAL_LEDGER": ledger, "TRIAL_COUNTER": "\(folder)/counter"], scratch: folder)
        try git(["bisect", "reset"])
        return finished
    }

    /// Judges what `git bisect run` said.
    package func gitVerdict(_ finished: Finished) -> TrialResult.Verdict {
        let lines = finished.output.split(separator: "\n").map(String.init)
        if let line = lines.last(where: { $0.hasSuffix(" is the first bad commit") }) {
            return line.hasPrefix(culprit) ? .right : .wrong
        }
        guard let place = lines.lastIndex(where: { $0.hasPrefix("The first bad commit could be any of") })
        else { return .failed }
        let named = lines[(place + 1)...].filter { $0.count == 40 && $0.allSatisfy(\.isHexDigit) }
        return !named.contains(culprit)
            ? .wrong : Set(named).isSubset(of: lookalikes) ? .rightlyUndecided : .undecided
    }
}
