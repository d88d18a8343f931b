import Foundation
import Hashing
import Recording
import Replay
import Verification

/// The repository of the user, and where a bisection of it works.
struct BisectRepository {
    let git: Git
    /// The top of the checkout, or the repository itself where it is bare; from the root.
    let top: String
    let folder: String
    /// Something to know, which is no reason to stop.
    let note: String?

    /// - Parameter folder: where to work; nil: beside the checkout.
    /// - Throws: ``BisectError/notARepository(path:reason:)``
    init(_ folder: String?) throws {
        let here = Git(folder: FileManager.default.currentDirectoryPath)
        let asked = try here.ask(["rev-parse", "--is-bare-repository", "--absolute-git-dir"])
        let lines = String(decoding: asked.output, as: UTF8.self).split(separator: "\n").map(String.init)
        guard asked.ending == .exited(0), lines.count == 2 else {
            throw BisectError.notARepository(
                path: here.folder, reason: asked.errorLines.first ?? "git \(asked.ending.sentence)")
        }
        if lines[0] == "true" {
            top = lines[1]
            note = nil
        } else {
            top = try here.text(
                ["rev-parse", "--show-toplevel"], doing: "asking for the top of the checkout"
            )
            .trimmingCharacters(in: .newlines)
            let status = try here.ask(["status", "--porcelain", "--untracked-files=no"])
            note =
                status.output.isEmpty
                ? nil : "the checkout has changes that are not committed; commits are judged, and not those"
        }
        git = Git(folder: top, isStopped: { Interrupt.hasCome })
        func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : here.folder + "/" + path }
        let name = fileName(top.hasSuffix("/.git") ? folderName(top) : top)
        self.folder = folder.map(absolute) ?? folderName(top) + "/" + name + ".bisect"
    }

    /// The full name of a commit.
    ///
    /// - Throws: ``BisectError/unknownRevision(name:reason:)``
    func commit(_ name: String) throws -> String {
        guard !name.hasPrefix("-"), !name.isEmpty, !name.utf8.contains(0) else {
            throw BisectError.unknownRevision(
                name: name, reason: "no revision is called so", isShallow: false)
        }
        // First the name, then the commit that it is or a tag is of: behind `:/some words` nothing can be put.
        guard let found = try asked(["rev-parse", "--verify", "--quiet", name]),
            let commit = try asked(["rev-parse", "--verify", "--quiet", found + "^{commit}"])
        else {
            let shallow = try asked(["rev-parse", "--is-shallow-repository"])
            throw BisectError.unknownRevision(
                name: name, reason: "git knows nothing of this name", isShallow: shallow == "true")
        }
        return commit
    }

    /// Of commits those that are in the past of no other, each once, in the order in which they were given.
    func newest(_ commits: [String]) throws -> [String] {
        guard commits.count > 1 else { return commits }
        let text = try git.text(["merge-base", "--independent"] + commits, doing: "comparing the good ends")
        // Order: membership only.
        let independent = Set(text.split(separator: "\n").map(String.init))
        // Order: membership only.
        var known: Set<String> = []
        return commits.filter { independent.contains($0) && known.insert($0).inserted }
    }

    /// Nil where git does not know.
    private func asked(_ words: [String]) throws -> String? {
        let run = try git.ask(words)
        let text = String(decoding: run.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return run.ending == .exited(0) && !text.isEmpty ? text : nil
    }

    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// A path that the user gives, by the top of the repository.
    func pathFromTop(_ path: String) throws -> String {
        guard let inside = inside(path) else {
            throw Failure(.usage, "--path \(path): is not in the repository \(top)")
        }
        return inside.isEmpty ? "." : inside
    }

    private func inside(_ path: String) -> String? {
        let whole = URL(fileURLWithPath: absolute(path)).standardized.path
        let roots = [top, URL(fileURLWithPath: top).resolvingSymlinksInPath().path]
        for root in roots {
            if whole == root { return "" }
            if whole.hasPrefix(root + "/") { return String(whole.dropFirst(root.count + 1)) }
        }
        return nil
    }

    /// A trace that the user gives: by the top of the repository where the bad end has it, and else from the root.
    func trace(_ path: String, at revision: String) throws -> String {
        if let inside = inside(path), try has(inside, at: revision) { return inside }
        guard Files.exists(path) else {
            throw Failure(
                .usage,
                "\(path): is neither in the repository at \(revision.prefix(12)) nor a file; expected a trace"
            )
        }
        return absolute(path)
    }

    func has(_ path: String, at revision: String) throws -> Bool {
        try git.ask(["cat-file", "-e", "\(revision):\(path)"]).ending == .exited(0)
    }

    // MARK: A trace without recorded orders

    /// Where it is written, under a name of its own for every trace.
    func modelledPath(of trace: String) throws -> String {
        let digest = try source(trace).digest.description.prefix(12)
        return "\(folder)/traces/\(digest)-\(fileName(trace))"
    }

    private func source(_ trace: String) throws -> TraceFile {
        try TraceFile(path: trace.hasPrefix("/") ? trace : top + "/" + trace)
    }

    /// Writes a recorded trace without what threads have done.
    func writeModelled(_ trace: String) throws {
        let frames = ScheduledLiveRun.frames(of: try source(trace).reader.allFrames())
        try Files.createFolder(folder + "/traces")
        try Files.write(try Trace.encode(frames), to: try modelledPath(of: trace))
    }
}
