import Foundation
import Testing

/// `check` on an implementation in another language: the second one of the model, in Python.
@Suite("check on the implementation in Python", .enabled(if: Tool.hasPythonModel, Tool.noPythonModel))
struct CheckPythonTests {
    /// A few frames that move: what Python does in a fraction of a second.
    private func folder() throws -> Folder {
        let folder = try Folder()
        let text = """
            format = 1
            purpose = "a check of a slow subject"
            preset = "classic"
            seed = 23
            frames_per_second = 60
            start = [1.0, 81.0, 1.0]

            [config]
            resolution = 8
            cache_bytes = 0
            levels = 1
            level_budgets = [24]

            [[camera]]
            move = "hold"
            frames = 4

            [[camera]]
            move = "teleport"
            frames = 4
            to = [3, 83, 3]
            """
        try Data(text.utf8).write(to: folder.url.appendingPathComponent("small.scenario.toml"))
        let outcome = try folder.replay([
            "record", folder.path("small.scenario.toml"), "-o", folder.path("small.mcap"),
        ])
        try #require(outcome.code == 0, "\(outcome)")
        return folder
    }

    @Test("it is deterministic; what it cannot be told is not applicable")
    func healthy() throws {
        let folder = try folder()
        let command = "python3 '\(Tool.path("Tests/Subjects/Python/subject.py"))'"
        let outcome = try folder.replay([
            "check", folder.path("small.mcap"), "--quick", "--subject-command", command, "--subject-timeout",
            "300",
        ])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.output.contains("snap holds, selection holds, invalidation holds"), "\(outcome)")
        #expect(outcome.output.contains("4 runs, 1 digest"), "\(outcome)")
        for name in ["workers", "completion-order", "restore", "visit-order", "store-delay"] {
            #expect(outcome.output.contains("n/a     \(name): "), "\(name)\n\(outcome)")
        }
    }

    /// One line that is changed, and what has to be found.
    struct Mutation: Sendable, CustomStringConvertible {
        var file: String
        var line: String
        var instead: String
        var guilty: String
        var frame: Int
        var stage: String
        var description: String { "\(instead): \(guilty)" }
    }

    @Test(
        "a line that makes it depend on something is found, and what it depends on",
        .enabled(if: Tool.isThorough, Tool.inRelease),
        arguments: [
            Mutation(
                file: "updates.py", line: "    return not probe.is_fresh, distance, place",
                instead: "    return not probe.is_fresh, distance, hash(str(probe.cell))",
                guilty: "hash-seed", frame: 0,
                stage: "select"),
            Mutation(
                file: "updates.py",
                line: "        taken = candidates[:min(configuration.budgets[level.number], left)]",
                instead:
                    "        taken = candidates[:min(configuration.budgets[level.number], left) - (__import__('time').timezone != 0)]",
                guilty: "time-zone", frame: 0, stage: "select"),
        ])
    func mutated(mutation: Mutation) throws {
        let folder = try folder()
        let copy = folder.url.appendingPathComponent("Python")
        try FileManager.default.copyItem(
            at: URL(fileURLWithPath: Tool.path("Tests/Subjects/Python")), to: copy)
        let file = copy.appendingPathComponent(mutation.file)
        let text = try String(contentsOf: file, encoding: .utf8)
        try #require(text.components(separatedBy: mutation.line + "\n").count == 2)
        try Data(text.replacingOccurrences(of: mutation.line + "\n", with: mutation.instead + "\n").utf8)
            .write(
                to: file)
        let command =
            "LUMON_PROTO='\(Tool.path("Sources/Recording/Proto"))' python3 '\(copy.path)/subject.py'"
        let outcome = try folder.replay([
            "check", folder.path("small.mcap"), "--quick", "--subject-command", command, "--subject-timeout",
            "300",
        ])
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.lines.contains("  guilty  \(mutation.guilty)"), "\(outcome)")
        #expect(
            outcome.output.contains("first   frame \(mutation.frame), stage \(mutation.stage)"), "\(outcome)")
        #expect(outcome.output.contains("selection BROKEN"), "\(outcome)")
        // The command that it ends with shows the probe, and both values.
        let next = try #require(outcome.lines.first { $0.hasPrefix("  next    lumon-replay ") })
        let report = try folder.run(
            "sh", ["-c", "\"$0\" " + next.dropFirst("  next    lumon-replay ".count), try Tool.program()])
        #expect(report.code == 1, "\(report)")
        for text in ["guilty  \(mutation.guilty)", "probe   level 0, cell (", "field   lifecycle: expected "]
        {
            #expect(report.output.contains(text), "\(text)\n\(report)")
        }
    }
}
