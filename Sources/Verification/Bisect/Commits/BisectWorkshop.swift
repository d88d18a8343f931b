import Foundation
import Recording
package import Replay

/// Where the commits of bisections are checked out, built and tested: a folder of its own with a repository of its own, which has the user's objects at
/// second hand and nothing else of it. So nothing that is done here can touch the user's checkout, index, stash, configuration, hooks or submodules.
///
///     about                 whose folder it is
///     lock                  held while a bisection works here
///     repository/           borrows the objects of the user's
///     trees/BUILD/COMMIT/   a commit, as BUILD (a digest of the build command) has built it; beside it COMMIT.built, when it has
///     trees/BUILD/workshop/ where all are built one after the other, if only parts of a build are kept
///     output/QUESTION/      what the last build and the last tests of a commit have written
///     questions/QUESTION/   the log
package final class BisectWorkshop {
    package let folder: String
    let question: BisectQuestion
    let user: Git
    let own: Git
    let limits: Limits
    private let isStopped: () -> Bool
    private let trees: String
    private let output: String
    private var lock: Int32 = -1

    package struct Limits: Sendable {
        package var buildSeconds = 7200.0
        package var testSeconds = 600.0
        package init() {}
    }

    private static let about =
        "A folder of lumon-replay bisect commits. It can be removed when no bisection works in it.\n"
    /// Names of commits are cut to so many characters in names of folders.
    private static let nameLength = 16

    /// Opens the folder, or makes it.
    ///
    /// - Parameters:
    ///   - folder: from the root.
    ///   - question: that is asked.
    ///   - user: the repository of the user.
    ///   - limits: of time.
    ///   - isStopped: asked several times a second whether to go on.
    /// - Throws: ``BisectError``
    package init(
        _ folder: String, _ question: BisectQuestion, _ user: Git, limits: Limits = Limits(),
        isStopped: @escaping () -> Bool = { false }
    ) throws(BisectError) {
        self.folder = folder
        self.question = question
        self.user = user
        self.limits = limits
        self.isStopped = isStopped
        own = user.elsewhere(folder + "/repository")
        trees = folder + "/trees/" + question.buildName
        output = folder + "/output/" + question.name
        let isNew = !Files.exists(folder + "/about")
        let others = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard !isNew || others.allSatisfy({ ["lock", "about"].contains($0) || $0.hasPrefix(".") }) else {
            throw .foreignFolder(path: folder)
        }
        try make(folder)
        try takeLock()
        if isNew { try write(BisectWorkshop.about, to: folder + "/about") }
        for path in [trees, output, logFolder] { try make(path) }
        try makeRepository()
    }

    deinit { if lock >= 0 { close(lock) } }

    private var logFolder: String { folder + "/questions/" + question.name }
    package var logPath: String { logFolder + "/log" }

    private func make(_ path: String) throws(BisectError) {
        do {
            try Files.createFolder(path)
        } catch {
            if !hasSpace { throw .diskFull(path: folder) }
            throw .system(error)
        }
    }

    private func write(_ text: String, to path: String) throws(BisectError) {
        do {
            try Files.write(Array(text.utf8), to: path)
        } catch {
            if !hasSpace { throw .diskFull(path: folder) }
            throw .system(error)
        }
    }

    private func takeLock() throws(BisectError) {
        let path = folder + "/lock"
        lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else {
            let code = errno
            throw .system(
                .failed(path: path, operation: "opening", code: code, text: String(cString: strerror(code))))
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw .busy(path: folder) }
    }

    // MARK: The repository

    private func makeRepository() throws(BisectError) {
        let path = folder + "/repository"
        if !Files.exists(path + "/made") {
            try? FileManager.default.removeItem(atPath: path)
            let format = try user.text(
                ["rev-parse", "--show-object-format"], doing: "asking for the names of objects")
            try failingOnDisk { () throws(BisectError) in
                _ = try user.elsewhere(folder).text(
                    [
                        "init", "--quiet", "--bare", "--template=", "--object-format=\(format.trimmed)",
                        "repository",
                    ],
                    doing: "making a repository in \(folder)")
            }
            try write("", to: path + "/made")
        }
        removeLeftLocks(path)
        // Where the user's objects are may have changed since.
        let objects = try userPath("objects")
        try make(path + "/objects/info")
        try write(objects + "\n", to: path + "/objects/info/alternates")
        let shallow = try userPath("shallow")
        if let text = try? Files.read(shallow) {
            try write(String(decoding: text, as: UTF8.self), to: path + "/shallow")
        }
        let origin = try user.ask(["config", "--get", "remote.origin.url"])
        if origin.ending == .exited(0) {
            _ = try own.ask([
                "config", "remote.origin.url", String(decoding: origin.output, as: UTF8.self).trimmed,
            ])
        }
        // Trees that were being made when somebody was killed.
        _ = try own.ask(["worktree", "prune"])
    }

    /// Locks of a git that was killed: nobody else works here, as our own lock is held.
    private func removeLeftLocks(_ path: String) {
        guard let walk = FileManager.default.enumerator(atPath: path) else { return }
        // Order: each is removed.
        for case let name as String in walk {
            if name.hasSuffix("/objects") || name == "objects" { walk.skipDescendants() }
            if name.hasSuffix(".lock") { try? Files.remove(path + "/" + name) }
        }
    }

    /// A path within the user's repository, from the root.
    func userPath(_ name: String) throws(BisectError) -> String {
        try user.text(
            ["rev-parse", "--path-format=absolute", "--git-path", name], doing: "asking where its \(name) is"
        ).trimmed
    }

    // MARK: A commit

    private func tree(_ name: String) -> String { "\(trees)/\(name.prefix(BisectWorkshop.nameLength))" }

    /// The tree of a commit, where it has been made.
    package func treePath(_ name: String) -> String? { isReady(name) ? tree(name) : nil }

    package func isReady(_ name: String) -> Bool {
        Files.exists(tree(name) + ".built") && Files.isFolder(tree(name))
    }

    package func buildOutput(_ name: String) -> String? { existing("build", name) }
    /// Of the last test that failed, or else of the last one.
    package func testOutput(_ name: String) -> String? {
        existing("failed", name) ?? existing("test", name)
    }

    private func existing(_ kind: String, _ name: String) -> String? {
        let path = outputPath(kind, name)
        return Files.exists(path) ? path : nil
    }

    private func outputPath(_ kind: String, _ name: String) -> String {
        "\(output)/\(name.prefix(BisectWorkshop.nameLength))-\(kind).txt"
    }

    /// Checks a commit out, and builds it.
    ///
    /// - Returns: nil where it is ready to be tested; otherwise why it does not build.
    /// - Throws: ``BisectError``
    package func prepare(_ name: String) throws(BisectError) -> String? {
        let tree = tree(name)
        // What somebody has left behind who was killed.
        try? Files.remove(tree + ".built")
        if Files.exists(tree) { try remove(tree) }
        let isBuiltElsewhere = question.build != nil && !question.artifacts.isEmpty
        if let failure = try checkOut(name, tree) { return failure }
        let place = isBuiltElsewhere ? trees + "/workshop" : tree
        if isBuiltElsewhere, let failure = try checkOut(name, place) { return failure }
        if let build = question.build {
            let run = try start(
                build, in: place, name, number: nil, to: outputPath("build", name), limits.buildSeconds)
            if run.ending != .exited(0) {
                try checkDisk()
                let said = BisectWorkshop.lastLines(of: outputPath("build", name), 1).first
                try remove(tree)
                return "the build \(run.ending.sentence)" + (said.map { ": \($0)" } ?? "")
            }
        }
        if isBuiltElsewhere, let failure = try keepArtifacts(from: place, in: tree) { return failure }
        try write("", to: tree + ".built")
        return nil
    }

    private func remove(_ tree: String) throws(BisectError) {
        do {
            try FileManager.default.removeItem(atPath: tree)
        } catch {
            throw .system(
                .failed(path: tree, operation: "removing", code: EIO, text: error.localizedDescription))
        }
        _ = try own.ask(["worktree", "prune"])
    }

    // MARK: The test

    /// Runs the test of a commit that is ready.
    ///
    /// - Parameters:
    ///   - name: of the commit.
    ///   - number: 1 for its first run, 2 for the next.
    /// - Returns: what the run says.
    /// - Throws: ``BisectError``
    package func test(_ name: String, number: Int) throws(BisectError) -> BisectLog.Result {
        let path = outputPath("test", name)
        let run = try start(question.test, in: tree(name), name, number: number, to: path, limits.testSeconds)
        let result = result(run, path)
        if result == .passed { return result }
        // What fails for want of room says nothing of the commit.
        try checkDisk()
        if result == .failed {
            guard rename(path, outputPath("failed", name)) == 0 else { return result }
        }
        return result
    }

    private func result(_ run: ProgramRun, _ path: String) -> BisectLog.Result {
        switch (run.ending, question.exits) {
        case (.exited(0), _): return .passed
        case (.exited(1), _): return .failed
        case (.exited(let code), .git) where (1...124).contains(code): return .failed
        case (.exited(125), _): return .unjudged("the test says so (exit code 125)")
        default:
            let lines = BisectWorkshop.lastLines(of: path, 20)
            let said = lines.last { $0.hasPrefix("error: ") }.map { String($0.dropFirst(7)) } ?? lines.last
            return .unjudged("the test \(run.ending.sentence)" + (said.map { ": \($0)" } ?? ""))
        }
    }

    /// Runs a command in the tree of a commit, and what it writes into a file. It ends with this program, however that ends.
    private func start(
        _ command: String, in tree: String, _ name: String, number: Int?, to output: String, _ seconds: Double
    ) throws(BisectError) -> ProgramRun {
        var exports = "export LUMON_BISECT_COMMIT=\(name)"
        if let number { exports += " LUMON_BISECT_RUN=\(number)" }
        if let trace = question.trace { exports += " LUMON_BISECT_TRACE=\(shellWord(trace))" }
        // A shell of its own reads the command: its mistakes are its own.
        let line =
            "\(Git.clean)\(exports); cd \(shellWord(tree)) || exit 125; "
            + "/bin/sh -c \(shellWord(command)) > \(shellWord(output)) 2>&1"
        let run: ProgramRun
        do {
            run = try ProgramRun.run(
                line, timeLimitSeconds: seconds, endsWithCaller: true, isStopped: isStopped)
        } catch {
            throw .notStarted(command: command, reason: "\(error)")
        }
        if run.ending == .stopped { throw .stopped }
        return run
    }

    /// Runs a command of the user's in a commit's tree, to show something.
    ///
    /// - Returns: nil where it could not be started, or took too long.
    package func show(_ command: String, in name: String) -> ProgramRun? {
        try? ProgramRun.run(
            "\(Git.clean)cd \(shellWord(tree(name))) && \(command)",
            timeLimitSeconds: limits.testSeconds, endsWithCaller: true, isStopped: isStopped)
    }

    static func lastLines(of path: String, _ count: Int) -> [String] {
        guard let bytes = try? Files.read(path) else { return [] }
        let lines = String(decoding: bytes.suffix(1 << 16), as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.suffix(count).map { line in
            String(line.unicodeScalars.map { $0.value < 0x20 ? " " : Character($0) }).trimmed
        }
    }
}
