import Foundation
import Testing

/// The second implementation of the model, in Python (Tests/Subjects/Python), written from the documentation: as a subject it agrees with the
/// model on every stage, and with one line of it changed it is told where.
@Suite("The second implementation in Python", .enabled(if: Tool.hasPythonModel, Tool.noPythonModel))
struct PythonSubjectTests {
    private static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
    private static let subject = "python3 '\(Tool.path("Tests/Subjects/Python/subject.py"))'"

    /// In every run those that are quick; in full all with eight cells an axis.
    private static let names: [String] =
        isFull
        ? (try? FileManager.default.contentsOfDirectory(atPath: Tool.path("Traces")))?
            .filter { $0.hasSuffix(".mcap") }.sorted() ?? []
        : ["tiny.mcap", "variant-old-result.mcap", "variant-claims.mcap"]

    @Test("it agrees with the model on every stage", arguments: names)
    func traces(name: String) throws {
        let folder = try Folder()
        let trace = Tool.path("Traces/\(name)")
        let info = try folder.replay(["trace", "info", trace, "--format", "json"])
        guard !PythonSubjectTests.isFull || info.output.contains("N 8,") else { return }
        let outcome = try folder.replay(
            [
                "verify", trace, "--reference", "model", "--subject-command", PythonSubjectTests.subject,
                "--subject-timeout", "300",
            ])
        #expect(outcome.code == 0 && outcome.output.contains(" agrees  "), "\(outcome)")
        #expect(!outcome.output.contains("n/a"), "\(outcome)")
    }

    @Test("it agrees on generated scenarios of both variants")
    func generated() throws {
        let folder = try Folder()
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["LUMON_TEST_SEED"].flatMap { Int($0) } ?? Int.random(in: 1...1_000_000)
        let count = PythonSubjectTests.isFull ? 200 : 12
        print(
            "\(count) scenarios, seed \(seed); repeat with LUMON_TEST_SEED=\(seed) swift test --filter PythonSubjectTests"
        )
        let outcome = try folder.python(
            "Tests/Subjects/Python/agree.py",
            ["--generate", "\(count)", "--seed", "\(seed)", "--program", try Tool.program()])
        #expect(outcome.code == 0, "seed \(seed)\n\(outcome)")
        #expect(outcome.lines.count { $0.contains(": agrees; ") } == count, "\(outcome)")
    }
}
