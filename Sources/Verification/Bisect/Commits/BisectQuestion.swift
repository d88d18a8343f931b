import Foundation
import Hashing
import Recording

/// What a bisection asks: between which commits, and how one is built and judged. Its text is the head of a log.
package struct BisectQuestion: Equatable, Sendable {
    /// What the exit codes of the test mean.
    package enum Exits: String, Sendable, CaseIterable {
        /// As `git bisect run` has it: 0 good, 125 cannot be judged, 1 to 124 bad.
        case git
        /// As this program's own: 0 agrees, 1 does not; with all others nothing was judged.
        case lumonReplay = "lumon-replay"
    }

    /// Names of commits, in full. The good end is tried once.
    package var good: String
    /// More commits that are good: what is in their past is not looked at.
    package var alsoGood: [String] = []
    package var bad: String
    /// Merges are taken as one step.
    package var isFirstParent = false
    /// Only commits that touch these, by the top of the repository; empty: all.
    package var paths: [String] = []
    /// For `/bin/sh`, in the tree of the commit; nil: nothing is to be built.
    package var build: String?
    /// What of a build is kept, by the top of the tree; empty: the whole tree.
    package var artifacts: [String] = []
    /// For `/bin/sh`, in the tree of the commit.
    package var test: String
    package var exits = Exits.git
    /// The trace that the test is about: `LUMON_BISECT_TRACE` in its environment.
    package var trace: String?

    package init(good: String, bad: String, test: String) {
        self.good = good
        self.bad = bad
        self.test = test
    }

    /// The first line of a log.
    static let magic = "lumon-replay bisect 1"

    /// A line for each thing that is said.
    var lines: [String] {
        var lines = [BisectQuestion.magic]
        lines += ([good] + alsoGood).map { "good \($0)" }
        lines.append("bad \(bad)")
        if isFirstParent { lines.append("first-parent yes") }
        lines += paths.map { "path \(JSONLine.quoted($0))" }
        if let build { lines.append("build \(JSONLine.quoted(build))") }
        lines += artifacts.map { "artifact \(JSONLine.quoted($0))" }
        if let trace { lines.append("trace \(JSONLine.quoted(trace))") }
        lines.append("exits \(exits.rawValue)")
        lines.append("test \(JSONLine.quoted(test))")
        return lines
    }

    /// The same question has the same name, on every machine.
    var name: String { String(Digest128.of(lines.joined(separator: "\n")).description.prefix(12)) }

    /// Commits with the same name of this have been built in the same way.
    var buildName: String {
        let text = ([build ?? ""] + artifacts).map(JSONLine.quoted).joined(separator: "\n")
        return String(Digest128.of(text).description.prefix(12))
    }

    /// Reads the head of a log.
    ///
    /// - Parameters:
    ///   - lines: of the log, all of them.
    ///   - path: of the log, for errors.
    /// - Returns: the question, and how many lines it took.
    /// - Throws: ``BisectError/badLog(path:line:expected:found:)``
    static func read(
        _ lines: [Substring], path: String
    ) throws(BisectError) -> (question: BisectQuestion, count: Int) {
        func bad(_ line: Int, _ expected: String) -> BisectError {
            let found = lines.indices.contains(line) ? "'\(lines[line].prefix(80))'" : "the end"
            return .badLog(path: path, line: line + 1, expected: expected, found: found)
        }
        guard lines.first.map(String.init) == magic else { throw bad(0, "'\(magic)'") }
        var question = BisectQuestion(good: "", bad: "", test: "")
        var place = 1
        while lines.indices.contains(place), question.test.isEmpty {
            let words = lines[place].split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { throw bad(place, "a word and what it says") }
            let value = String(words[1])
            let text = BisectQuestion.text(of: value)
            switch (words[0], text) {
            case ("good", _) where BisectLog.isCommitName(value):
                if question.good.isEmpty { question.good = value } else { question.alsoGood.append(value) }
            case ("bad", _) where BisectLog.isCommitName(value): question.bad = value
            case ("first-parent", _) where value == "yes": question.isFirstParent = true
            case ("path", let text?): question.paths.append(text)
            case ("build", let text?): question.build = text
            case ("artifact", let text?): question.artifacts.append(text)
            case ("trace", let text?): question.trace = text
            case ("exits", _):
                guard let exits = Exits(rawValue: value) else { throw bad(place, "git or lumon-replay") }
                question.exits = exits
            case ("test", let text?) where !text.isEmpty: question.test = text
            default:
                throw bad(place, "good, bad, first-parent, path, build, artifact, trace, exits or test")
            }
            place += 1
        }
        guard !question.test.isEmpty, !question.good.isEmpty, !question.bad.isEmpty else {
            throw bad(place, "good, bad and test")
        }
        return (question, place)
    }

    /// A text in quotes.
    static func text(of quoted: String) -> String? {
        guard quoted.hasPrefix("\"") else { return nil }
        return (try? JSONDecoder().decode([String].self, from: Data("[\(quoted)]".utf8)))?.first
    }
}

extension Digest128 {
    /// XXH3-128 of a text.
    fileprivate static func of(_ text: String) -> Digest128 { Hashing.XXH3.digest128(Array(text.utf8)) }
}
