import Foundation
package import Replay

/// git, as it is asked here: without hooks, without taking locks of its own accord, and about the repository of a folder, whatever the
/// environment says (within a hook it names the index of somebody's commit).
package struct Git: Sendable {
    /// Where it is asked.
    package let folder: String

    /// Asked several times a second whether to go on.
    private let isStopped: @Sendable () -> Bool

    package init(folder: String, isStopped: @escaping @Sendable () -> Bool = { false }) {
        self.folder = folder
        self.isStopped = isStopped
    }

    /// The same git, asked elsewhere.
    func elsewhere(_ folder: String) -> Git { Git(folder: folder, isStopped: isStopped) }

    /// What git takes from the environment about a repository (`git rev-parse --local-env-vars`).
    private static let variables =
        "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT GIT_OBJECT_DIRECTORY GIT_DIR "
        + "GIT_WORK_TREE GIT_IMPLICIT_WORK_TREE GIT_GRAFT_FILE GIT_INDEX_FILE GIT_NO_REPLACE_OBJECTS "
        + "GIT_REPLACE_REF_BASE GIT_PREFIX GIT_SHALLOW_FILE GIT_COMMON_DIR GIT_NAMESPACE GIT_CEILING_DIRECTORIES"

    /// In front of a command of a shell, for the same reason.
    package static let clean = "unset \(variables); export GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0; "

    /// How long git may take for an answer.
    private static let seconds = 600.0

    /// Asks git something.
    ///
    /// - Parameters:
    ///   - words: behind `git`; they are quoted.
    ///   - settings: `name=value`, for this call alone.
    /// - Returns: how it ended, and what it said.
    /// - Throws: ``BisectError/notStarted(command:reason:)``, ``BisectError/stopped``
    package func ask(_ words: [String], settings: [String] = []) throws(BisectError) -> ProgramRun {
        let own = ["core.hooksPath=/dev/null", "gc.auto=0", "maintenance.auto=false", "core.fsmonitor=false"]
        let options = (own + settings).map { "-c \(shellQuoted($0))" }.joined(separator: " ")
        let text = words.map(shellWord).joined(separator: " ")
        let run: ProgramRun
        do {
            run = try ProgramRun.run(
                "\(Git.clean)exec git -C \(shellWord(folder)) \(options) \(text)",
                timeLimitSeconds: Git.seconds, outputLimitBytes: 1 << 30, endsWithCaller: true,
                isStopped: isStopped)
        } catch {
            throw .notStarted(command: "git", reason: "\(error)")
        }
        if run.ending == .stopped { throw .stopped }
        return run
    }

    /// What git says, where it is to say it.
    ///
    /// - Parameters:
    ///   - words: behind `git`.
    ///   - doing: what is done, for the error.
    ///   - settings: for this call alone.
    /// - Returns: its standard output.
    /// - Throws: ``BisectError/git(doing:reason:)`` in its own words.
    package func text(
        _ words: [String], doing: String, settings: [String] = []
    ) throws(BisectError) -> String {
        let run = try ask(words, settings: settings)
        guard run.ending == .exited(0) else { throw .git(doing: doing, reason: Git.reason(run)) }
        return String(decoding: run.output, as: UTF8.self)
    }

    /// Whether git says yes.
    func holds(_ words: [String]) throws(BisectError) -> Bool { try ask(words).ending == .exited(0) }

    static func reason(_ run: ProgramRun) -> String {
        let lines = run.errorLines.map { line in
            ["fatal: ", "error: "].first { line.hasPrefix($0) }.map { String(line.dropFirst($0.count)) }
                ?? line
        }
        return lines.isEmpty ? "it \(run.ending.sentence)" : lines.joined(separator: "; ")
    }
}

extension String {
    /// Without what stands behind its last line.
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
