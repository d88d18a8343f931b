import Foundation
import PlantedFaults
import Testing
import Verification

@Suite("check --generate on the command line")
struct GeneratedCheckTests {
    /// Another build, which answers frame 7 with another digest of its stage select: in every configuration of the tests.
    private static func otherBuild() throws -> [String] {
        ["--only", "build", "--build", "other='\(try Program.beside("subject-faults"))' wrong-digest 7"]
    }

    @Test("what holds is told in numbers, and nothing is left behind")
    func holds() throws {
        let workspace = try Workspace()
        let outcome = try workspace.run([
            "check", "--generate", "2", "--seed", "8", "--only", "umask", "--only", "snap-alone",
        ])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.outputLines.count == 2, "\(outcome)")
        #expect(outcome.outputLines.first == "laws held  snap-alone (2)", "\(outcome)")
        let last = try #require(outcome.outputLines.last)
        #expect(
            last.contains(
                #/^2 traces of generator 1, seeds 8\.\.\.9, [0-9]+ frames, 8 runs: 2 hold, 0 fail, 0 not applicable$/#
            ),
            "\(outcome)")
        #expect(outcome.talk.contains(#/[0-9]+ traces an hour/#), "\(outcome)")
        #expect(try workspace.files().isEmpty)
        let again = try workspace.run([
            "check", "--generate", "2", "--seed", "8", "--only", "umask", "--only", "snap-alone",
        ])
        #expect(again.output == outcome.output)
    }

    /// The failures of a run, as JSON says them.
    private func failures(_ outcome: Outcome) throws -> [[String: Any]] {
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return try #require(object?["failures"] as? [[String: Any]], "\(outcome)")
    }

    @Test(
        "a seed has the same verdict alone, among others, and as a file",
        .enabled(if: Scale.isThorough, Scale.inRelease))
    func alone() throws {
        let workspace = try Workspace()
        let other = try GeneratedCheckTests.otherBuild()
        let batch = try workspace.run(
            ["check", "--generate", "4", "--seed", "6", "--format", "json"] + other)
        #expect(batch.code == 1, "\(batch)")
        let failed = try failures(batch)
        #expect(
            failed.compactMap { $0["trace"] as? String } == ["generated-7", "generated-8"],
            "the others have no frame 7\n\(batch)")
        for failure in failed {
            let name = try #require(failure["trace"] as? String)
            let seed = String(name.dropFirst("generated-".count))
            let alone = try workspace.run(
                ["check", "--generate", "1", "--seed", seed, "--format", "json"] + other)
            let one = try #require(try failures(alone).first)
            #expect(NSDictionary(dictionary: one).isEqual(to: failure), "\(batch)\n\(alone)")
            // The file that was saved, with the seed as that of the check: the same runs.
            let file = try workspace.run(
                ["check", "\(name).mcap", "--quick", "--seed", seed, "--format", "json"] + other)
            let object = try JSONSerialization.jsonObject(with: Data(file.output.utf8)) as? [String: Any]
            let verdict = try #require((object?["traces"] as? [[String: Any]])?.first)
            func rows(_ verdict: [String: Any]) -> [String] {
                (verdict["details"] as? [[String: String]] ?? []).map {
                    "\($0["name"] ?? "") \($0["value"] ?? "")"
                }
                .filter { row in
                    ["guilty", "first", "digest", "differ", "runs"].contains { row.hasPrefix("\($0) ") }
                }
            }
            #expect(rows(verdict) == rows(failure) && rows(verdict).count == 5, "\(file)\n\(batch)")
        }
    }

    @Test(
        "a failure has its seed, its hazards, the verdict, the trace and the commands that go on",
        .enabled(if: Scale.isThorough, Scale.inRelease))
    func failure() throws {
        let workspace = try Workspace()
        try workspace.makeFolder("kept")
        let other = try GeneratedCheckTests.otherBuild()
        let arguments = ["check", "--generate", "1", "--seed", "8", "--save", "kept"] + other
        let outcome = try workspace.run(arguments)
        #expect(outcome.code == 1, "\(outcome)")
        let saved = try workspace.files().keys.filter { $0.hasSuffix(".mcap") }.sorted()
        let path = try #require(saved.first)
        let name = String(path.dropFirst("kept/".count).dropLast(".mcap".count))
        let seed = String(name.dropFirst("generated-".count))
        for line in [
            "  guilty  build", "  saved   \(path)", "  small   kept/\(name).min.mcap  ",
            "  next    lumon-replay explain \(path) --perturb build=",
            "  next    lumon-replay minimize \(path) -o kept/\(name).min.mcap --perturb build=",
            "  again   lumon-replay check --generate 1 --seed \(seed) --only build --build ",
        ] { #expect(outcome.outputLines.contains { $0.hasPrefix(line) }, "\(line)\n\(outcome)") }
        #expect(outcome.output.contains("\(name)"), "\(outcome)")
        #expect(outcome.output.contains("  hazards generator 1, "), "\(outcome)")
        // It is the trace that record makes of the seed, and a second check leaves it as it is.
        try workspace.run(["record", "--generated", seed, "-o", "again.mcap"])
        #expect(try workspace.bytes("again.mcap") == workspace.bytes(path))
        let small = try workspace.run(["trace", "info", "kept/\(name).min.mcap", "--format", "json"])
        #expect(small.code == 0, "\(small)")
        let before = try workspace.files()
        let again = try workspace.run(arguments)
        #expect(again.output == outcome.output)
        #expect(try workspace.files() == before)
        // Something else in its place stays.
        try workspace.write("mine", to: path)
        let beside = try workspace.run(arguments)
        #expect(beside.code == 1, "\(beside)")
        #expect(
            beside.output.contains("  left    \(path) has other content and was left as it is"), "\(beside)")
        #expect(try workspace.bytes(path) == Array("mine".utf8))
    }

    @Test(
        "JUnit and JSON have the failures, and how many there were of all",
        .enabled(if: Scale.isThorough, Scale.inRelease))
    func formats() throws {
        let workspace = try Workspace()
        let other = try GeneratedCheckTests.otherBuild()
        let base = ["check", "--generate", "2", "--seed", "8"] + other
        let json = try workspace.run(base + ["--format", "json"])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["holds"] as? Bool == false && object["count"] as? Int == 2)
        let failed = try failures(json).count
        #expect(object["fail"] as? Int == 1 && failed == 1 && object["hold"] as? Int == 1)
        let junit = try workspace.run(base + ["--format", "junit"])
        let suite = try JUnit(junit.output)
        #expect(suite.failures > 0 && suite.cases.count == 3, "\(junit)")
        #expect(junit.output.contains("tests=\"4\""), "\(junit)")
    }

    @Test("what goes wrong before a trace is checked is an error, and no pass")
    func errors() throws {
        let workspace = try Workspace()
        try workspace.write("no trace", to: "some.mcap")
        try workspace.expectFailure(
            64, ["check", "some.mcap", "--generate", "2"],
            says: ["--generate makes its own traces, and some.mcap is another one"])
        try workspace.expectFailure(
            64, ["check", "--generate", "0"], says: ["--generate is 0; expected 1..."])
        try workspace.expectFailure(64, ["check", "--generate", "-3"], says: ["--generate"])
        try workspace.expectFailure(
            64, ["check", "--generate", "2", "--seed", "18446744073709551614"], says: ["beyond the last"])
        try workspace.expectFailure(
            64, ["check", "--save", "."], says: ["--save goes with --generate"])
        try workspace.expectFailure(
            74, ["check", "--generate", "2", "--save", "none"], says: ["none: no such folder"])
        try workspace.expectFailure(
            64, ["check", "--generate", "2", "--only", "phase-of-the-moon"],
            says: ["there is no dimension and no law called 'phase-of-the-moon'"])
        try workspace.expectFailure(
            69, ["check", "--generate", "2", "--only", "umask", "--subject-command", "exit 3"],
            says: ["the subject ended with exit status"])
        try workspace.expectFailure(64, ["record", "-o", "a.mcap"], says: ["one of the two"])
        try workspace.expectFailure(
            64, ["record", "some.mcap", "--generated", "3", "-o", "a.mcap"], says: ["one of the two"])
    }

    @Test("a subject that dies is a failure with its trace")
    func dies() throws {
        let workspace = try Workspace()
        let command = "'\(try Program.beside("subject-faults"))' dies 2"
        let outcome = try workspace.run(
            ["check", "--generate", "2", "--seed", "8", "--only", "umask", "--subject-command", command])
        #expect(outcome.code == 69, "\(outcome)")
        let traces = try workspace.files().keys.filter { $0.hasSuffix(".mcap") }
        #expect(!traces.isEmpty, "\(outcome)")
        #expect(outcome.output.contains(" ERROR"), "\(outcome)")
        #expect(outcome.output.contains("  again   lumon-replay check --generate 1 --seed "), "\(outcome)")
    }

    @Test("what judges none of the traces is no pass")
    func nothingJudged() throws {
        let workspace = try Workspace()
        // Another variant has no such law; seed 1 is checked by what cannot judge it.
        let outcome = try workspace.run(["check", "--generate", "1", "--seed", "1", "--only", "same-key"])
        #expect(outcome.code == 2 || outcome.output.contains("same-key (1)"), "\(outcome)")
    }
}
