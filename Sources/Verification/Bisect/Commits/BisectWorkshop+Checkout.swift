import Foundation
import Replay

// A commit's files: as git has them, and what a build has made of them.

extension BisectWorkshop {
    /// - Returns: nil where it is checked out; otherwise why it cannot be built.
    func checkOut(_ name: String, _ tree: String) throws(BisectError) -> String? {
        let here = user.elsewhere(tree)
        if Files.exists(tree + "/.git") {
            // What is ignored stays: it is what the last build has left, and makes this one short.
            let words = [["checkout", "--quiet", "--force", "--detach", name], ["clean", "-ffdq"]]
            for words in words {
                try failingOnDisk { () throws(BisectError) in
                    _ = try here.text(words, doing: "checking out \(name.prefix(12))")
                }
            }
        } else {
            // Twice: one that was being made when somebody was killed is locked.
            try failingOnDisk { () throws(BisectError) in
                _ = try own.text(
                    ["worktree", "add", "--quiet", "--force", "--force", "--detach", tree, name],
                    doing: "checking out \(name.prefix(12))")
            }
        }
        guard Files.exists(tree + "/.gitmodules") else { return nil }
        return try checkOutSubmodules(here)
    }

    /// Submodules come from where the user's checkout has them, and else from where they are kept.
    private func checkOutSubmodules(_ tree: Git) throws(BisectError) -> String? {
        let listed = try tree.ask([
            "config", "--file", ".gitmodules", "--name-only", "--get-regexp", "\\.url$",
        ])
        for line in String(decoding: listed.output, as: UTF8.self).split(separator: "\n") {
            let name = line.dropFirst("submodule.".count).dropLast(".url".count)
            let local = try userPath("modules/\(name)")
            let url: String
            if Files.exists(local + "/HEAD") {
                url = local
            } else {
                let known = try user.ask(["config", "--get", "submodule.\(name).url"])
                guard known.ending == .exited(0) else { continue }
                url = String(decoding: known.output, as: UTF8.self).trimmed
            }
            _ = try tree.ask(["config", "submodule.\(name).url", url])
        }
        let run = try tree.ask(
            ["submodule", "--quiet", "update", "--init", "--recursive", "--force"],
            settings: ["protocol.file.allow=always"])
        if run.ending == .exited(0) { return nil }
        try checkDisk()
        return "its submodules cannot be had: \(Git.reason(run))"
    }

    /// Copies what is kept of a build.
    ///
    /// - Returns: nil, or what the build has not made.
    func keepArtifacts(from place: String, in tree: String) throws(BisectError) -> String? {
        for artifact in question.artifacts {
            let (from, to) = (shellWord(place + "/" + artifact), shellWord(tree + "/" + artifact))
            let command =
                "mkdir -p \"$(dirname \(to))\" && rm -rf \(to) && cp -RPp \(from) \(to)"
            let run: ProgramRun
            do {
                run = try ProgramRun.run(command, timeLimitSeconds: limits.buildSeconds)
            } catch {
                throw .notStarted(command: "cp", reason: "\(error)")
            }
            if run.ending != .exited(0) {
                try checkDisk()
                return "the build has not made \(artifact): \(Git.reason(run))"
            }
        }
        return nil
    }
}
