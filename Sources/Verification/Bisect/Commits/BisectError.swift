package import Recording

/// Why a bisection cannot begin, or cannot go on.
package enum BisectError: Error, Sendable {
    /// git is not there, or the folder is in no repository; in git's words.
    case notARepository(path: String, reason: String)
    case unknownRevision(name: String, reason: String, isShallow: Bool)
    /// Both ends are one commit.
    case sameCommit(good: String, bad: String)
    /// The bad end is older than the good one.
    case reversed(good: String, bad: String)
    case nothingInCommon(good: String, bad: String, isShallow: Bool)
    case emptyRange(paths: [String])
    case tooManyCommits(count: Int, most: Int)
    /// git refused something that it should not refuse.
    case git(doing: String, reason: String)
    /// There is something else where the bisection would work.
    case foreignFolder(path: String)
    /// Another one works there.
    case busy(path: String)
    case badLog(path: String, line: Int, expected: String, found: String)
    /// The log names a commit that is not between the ends.
    case strangeCommit(path: String, name: String)
    /// Nothing can be learnt where the failure itself cannot be seen.
    case badEndUnjudged(name: String, reason: String, output: String?)
    case diskFull(path: String)
    case notStarted(command: String, reason: String)
    case system(SystemFileError)
    /// Somebody asked to stop.
    case stopped

    /// In one sentence.
    package var sentence: String {
        switch self {
        case .notARepository(let path, let reason):
            "\(path): is in no git repository that can be read (\(reason))"
        case .unknownRevision(let name, let reason, let isShallow):
            "'\(name)': is no commit of this repository (\(reason)); expected a revision as git names them"
                + (isShallow ? "; its history is cut off (a shallow clone)" : "")
        case .sameCommit(let good, let bad):
            "'\(good)' and '\(bad)' are one commit; expected two, the second of which fails"
        case .reversed(let good, let bad):
            "'\(bad)' is in the past of '\(good)': what is bad is older than what is good; expected it the other way round"
        case .nothingInCommon(let good, let bad, let isShallow):
            "'\(good)' and '\(bad)' have no commit in common"
                + (isShallow ? ": the history of this repository is cut off (a shallow clone)" : "")
        case .emptyRange(let paths):
            "no commit between the two ends touches \(paths.joined(separator: ", ")); expected one"
        case .tooManyCommits(let count, let most):
            "there are \(count) commits between the two ends; expected at most \(most)"
        case .git(let doing, let reason): "\(doing) failed: \(reason)"
        case .foreignFolder(let path):
            "\(path): is not a folder of bisections of this program, and not empty; nothing was touched"
        case .busy(let path): "\(path): another bisection works there; expected none"
        case .badLog(let path, let line, let expected, let found):
            "\(path): line \(line): expected \(expected), found \(found)"
        case .strangeCommit(let path, let name):
            "\(path): names the commit \(name), which is not between the two ends in this repository"
        case .badEndUnjudged(let name, let reason, let output):
            "the bad end \(name.prefix(12)) cannot be judged: \(reason)"
                + (output.map { "; its output is in \($0)" } ?? "")
        case .diskFull(let path): "\(path): no space is left there; nothing that was found out is lost"
        case .notStarted(let command, let reason): "'\(command)' cannot be started: \(reason)"
        case .system(let error): error.description
        case .stopped: "stopped"
        }
    }
}
