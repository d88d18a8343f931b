import Foundation
import Replay
import Verification

/// What goes wrong at the commit that was found: where its run first differs.
struct BisectExplanation {
    /// Rows of a report.
    private(set) var rows: [(name: String, value: String)] = []

    /// A failure that does not always show is shown by one of so many runs, or not.
    private static let mostRuns = 40
    private static let mostLines = 8

    init(_ bisection: CommitBisection, _ workshop: BisectWorkshop, _ name: String, parent: String?) {
        guard workshop.isReady(name) else { return }
        let question = bisection.question
        guard question.exits == .lumonReplay else {
            // It is the user's own test: what it said.
            guard let path = workshop.testOutput(name) else { return }
            let text = (try? Files.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            rows = text.split(whereSeparator: \.isNewline).suffix(BisectExplanation.mostLines).map {
                ("said", String($0))
            }
            return
        }
        for command in BisectExplanation.commands(question, workshop, parent) {
            for _ in 0..<BisectExplanation.mostRuns {
                guard let run = workshop.show(command, in: name) else { return }
                if run.ending == .exited(0) { continue }
                if run.ending == .exited(1) {
                    rows = BisectExplanation.rows(
                        of: run, comparesBuilds: command.contains("--perturb build=1"))
                }
                break
            }
            if !rows.isEmpty { return }
        }
    }

    /// The most telling first.
    private static func commands(
        _ question: BisectQuestion, _ workshop: BisectWorkshop, _ parent: String?
    ) -> [String] {
        var commands: [String] = []
        if let range = question.test.range(of: " verify "), let trace = question.trace {
            let program = question.test[..<range.lowerBound]
            if let parent, let tree = workshop.treePath(parent), program.hasPrefix("./") {
                let build = "parent=" + shellQuoted(tree + program.dropFirst()) + " subject"
                commands.append(
                    "\(program) explain \(shellQuoted(trace)) --build \(shellQuoted(build)) --perturb build=1"
                )
            }
            commands.append(question.test.replacingCharacters(in: range, with: " explain "))
        }
        return commands + [question.test]
    }

    /// Rows of what explain, verify and check print, without the commands for another folder.
    private static func rows(of run: ProgramRun, comparesBuilds: Bool) -> [(name: String, value: String)] {
        // That the other build differs is what was asked.
        let wanted = ["first", "digest", "value", "probe", "field", "others", "guilty", "law", "open"]
        return String(decoding: run.output, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 1)
            guard line.hasPrefix("  "), words.count == 2, wanted.contains(String(words[0])),
                words[0] != "guilty" || !comparesBuilds
            else {
                return nil
            }
            return (String(words[0]), words[1].trimmingCharacters(in: .whitespaces))
        }
    }
}
