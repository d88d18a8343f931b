import Foundation

/// A folder with a repository of a plan in it, and the files of the programs that run there; gone with the value.
package final class TrialRepository {
    package let plan: RepositoryPlan
    /// The folder with everything in it.
    package let folder: String
    /// The user's repository, at the bad end.
    package let path: String
    /// Where every build and every run of the test leaves a line.
    package var ledger: String { "\(folder)/ledger" }
    /// The commits' names.
    package private(set) var names: [String] = []

    package var good: String { names[plan.good] }
    package var bad: String { names[plan.bad] }
    package var culprit: String { names[plan.culprit] }
    /// Those that cannot be told from the culprit, and itself.
    package private(set) var lookalikes: Set<String> = []

    private let keeps: Bool

    /// - Parameters:
    ///   - plan: what it holds.
    ///   - parent: a folder that exists.
    ///   - name: the name of the repository's folder.
    ///   - hasSubmodule: whether its builds need another repository, which is beside it.
    ///   - files: further files of all commits, by their names.
    ///   - keeps: leaves the folder behind.
    /// - Throws: what git says where it fails.
    package init(
        _ plan: RepositoryPlan, in parent: String, name: String = "repository", hasSubmodule: Bool = false,
        files: [String: String] = [:], keeps: Bool = false
    ) throws {
        self.plan = plan
        self.keeps = keeps
        folder = "\(parent)/trial-\(UUID().uuidString)"
        path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let submodule = hasSubmodule ? try TrialRepository.library(in: folder) : nil
        let stream = "\(folder)/stream"
        try Data(plan.importStream(submodule: submodule, files: files).utf8).write(
            to: URL(fileURLWithPath: stream))
        try git(["init", "--quiet", "--initial-branch=main", "."])
        try TrialShell.git(
            ["fast-import", "--quiet", "--done", "--export-marks=\(folder)/marks"], in: path, scratch: folder,
            input: stream)
        try git(["reset", "--quiet", "--hard", "main"])
        if hasSubmodule {
            try git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init"])
        }
        names = [String](repeating: "", count: plan.commits.count)
        for line in try String(contentsOfFile: "\(folder)/marks", encoding: .utf8).split(separator: "\n") {
            let parts = line.dropFirst().split(separator: " ")
            guard parts.count == 2, let mark = Int(parts[0]), names.indices.contains(mark - 1) else {
                throw ShellError(description: "git fast-import left the mark '\(line)'")
            }
            names[mark - 1] = String(parts[1])
        }
        lookalikes = Set(plan.lookalikes.map { names[$0] })
    }

    deinit { if !keeps { try? FileManager.default.removeItem(atPath: folder) } }

    /// Makes a repository with one file.
    private static func library(in folder: String) throws -> RepositoryPlan.Submodule {
        let path = "\(folder)/library"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data("a header\n".utf8).write(to: URL(fileURLWithPath: "\(path)/header"))
        for words in [["init", "--quiet", "."], ["add", "."], ["commit", "--quiet", "-m", "Header"]] {
            try TrialShell.git(words, in: path, scratch: folder)
        }
        let commit = try TrialShell.git(["rev-parse", "HEAD"], in: path, scratch: folder)
        return RepositoryPlan.Submodule(name: "library", url: path, commit: commit)
    }

    /// Runs git in the repository; it has to succeed.
    @discardableResult
    package func git(_ arguments: [String]) throws -> String {
        try TrialShell.git(arguments, in: path, scratch: folder)
    }

    /// Builds and runs since the ledger was last taken.
    package func takeLedger() -> (builds: Int, runs: Int, unjudged: Int, lines: [String]) {
        let text = (try? String(contentsOfFile: ledger, encoding: .utf8)) ?? ""
        try? FileManager.default.removeItem(atPath: ledger)
        let lines = text.split(separator: "\n").map(String.init)
        let builds = lines.count { $0.hasPrefix("build ") }
        let runs = lines.count { $0.hasPrefix("run ") }
        return (builds, runs, lines.count - builds - runs, lines)
    }
}
