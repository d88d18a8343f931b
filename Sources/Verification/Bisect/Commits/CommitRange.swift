import Foundation
import Replay

/// The commits between a good one and a bad one, as git has them.
package struct CommitRange: Sendable {
    /// By place: parents before their children.
    package let names: [String]
    package let graph: CommitGraph
    /// What is tried in place of the good end: a commit that both ends have in their past. The good end itself, where it is one.
    package let start: String
    /// More than one parent.
    package let mergeCount: Int

    // Order: looked up by the name, never walked.
    private let places: [String: Int]

    /// More would take minutes for each decision.
    package static let mostCommits = 50_000

    /// Asks git.
    ///
    /// - Parameters:
    ///   - question: names both ends; they are commits of the repository.
    ///   - git: of the repository.
    /// - Throws: ``BisectError``
    package init(_ question: BisectQuestion, _ git: Git) throws(BisectError) {
        start = try CommitRange.start(question.good, question.bad, git)
        for good in question.alsoGood { _ = try CommitRange.start(good, question.bad, git) }
        var words = ["rev-list", "--topo-order", "--reverse", "--parents"]
        if question.isFirstParent { words.append("--first-parent") }
        words += [question.bad] + ([question.good] + question.alsoGood).map { "^" + $0 }
        if !question.paths.isEmpty { words += ["--"] + question.paths }
        let text = try git.text(words, doing: "listing the commits between the two ends")
        var names: [String] = []
        // Order: looked up by the name, never walked.
        var places: [String: Int] = [:]
        var parents: [[Int]] = []
        var merges = 0
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard let name = words.first else { continue }
            // --parents names all of them, also where only the first is followed.
            let own = words.dropFirst().prefix(question.isFirstParent ? 1 : .max)
            if words.count > 2 { merges += 1 }
            places[name] = names.count
            names.append(name)
            parents.append(own.compactMap { places[$0] })
        }
        guard !names.isEmpty else { throw .emptyRange(paths: question.paths) }
        guard names.count <= CommitRange.mostCommits else {
            throw .tooManyCommits(count: names.count, most: CommitRange.mostCommits)
        }
        self.names = names
        self.places = places
        graph = CommitGraph(parents: parents)
        mergeCount = merges
    }

    /// What a good and a bad commit both have in their past: the good one, where it is.
    private static func start(_ good: String, _ bad: String, _ git: Git) throws(BisectError) -> String {
        guard good != bad else { throw .sameCommit(good: good, bad: bad) }
        if try git.holds(["merge-base", "--is-ancestor", bad, good]) {
            throw .reversed(good: good, bad: bad)
        }
        if try git.holds(["merge-base", "--is-ancestor", good, bad]) { return good }
        let bases = try git.ask(["merge-base", good, bad])
        guard bases.ending == .exited(0),
            let base = String(decoding: bases.output, as: UTF8.self).split(separator: "\n").first
        else {
            let shallow = try git.text(
                ["rev-parse", "--is-shallow-repository"], doing: "asking whether the history is whole")
            throw .nothingInCommon(good: good, bad: bad, isShallow: shallow.trimmed == "true")
        }
        return String(base)
    }

    /// Nil where it is not between the ends.
    package func place(of name: String) -> Int? { places[name] }
}
