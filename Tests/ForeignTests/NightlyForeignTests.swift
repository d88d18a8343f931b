import Foundation
import Testing
import Verification

/// What a night leaves for other programs, read by other programs.
@Suite("Other programs read what a night leaves") struct NightlyForeignTests {
    /// Every outcome, with texts that are no markup.
    private func report(_ state: NightReport.State) -> NightReport {
        var report = NightReport(
            started: 1_795_835_700_000, revision: "abc", isDirty: false, host: "here", process: 7, seed: 1,
            effort: "quick", folder: "out")
        report.state = state
        for (number, outcome) in Judgement.Outcome.allCases.enumerated() {
            for kind in Judgement.Kind.allCases {
                var judgement = Judgement(
                    kind: kind, subject: number % 2 == 0 ? "model" : "engine & <co>",
                    name: "a \"trace\" | \(number)",
                    outcome: outcome, command: "lumon-replay verify 'a \"trace\"'")
                judgement.reason = "<reason> & `more`\u{1}\u{FFFE}"
                judgement.place = .init(frame: 3, stage: "select", levels: [0, 1])
                judgement.details = [("first", "]]> & \"quotes\""), ("open", "Sources/A,B:C.swift")]
                judgement.seconds = 1.25
                report.plan(judgement)
            }
        }
        return report
    }

    @Test("junitparser counts what the report says", .enabled(if: Tool.hasJUnitParser, Tool.noJUnitParser))
    func junit() throws {
        let folder = try Folder()
        for (state, more) in [(NightReport.State.ended, 0), (.running, 1), (.interrupted("Interrupt"), 1)] {
            let report = report(state)
            try Data(report.junit.utf8).write(to: folder.url.appendingPathComponent("junit.xml"))
            let schema = Tool.junitSchema.map { [$0] } ?? []
            let outcome = try folder.python("Tests/Python/read_junit.py", ["junit.xml"] + schema)
            try #require(outcome.code == 0, "\(outcome)")
            let cases = outcome.lines.filter { $0.hasPrefix("  ") }
            #expect(cases.count == report.judgements.count + more, "\(outcome)")
            #expect(cases.count { $0.contains("| Failure |") } == report.count(.failed))
            #expect(cases.count { $0.contains("| Error |") } == report.count(.error) + more)
            #expect(
                cases.count { $0.contains("| Skipped |") } == report.count(.notRun)
                    + report.count(.notApplicable))
            let failed =
                "a \"trace\" | 1 | Failure | <reason> & `more`??, first at frame 3, stage select, levels 0 1"
            #expect(cases.contains { $0.hasSuffix(failed) }, "\(outcome)")
        }
    }

    /// Those of verify and check too.
    @Test(
        "the reports of verify and check are read as well",
        .enabled(if: Tool.hasJUnitParser, Tool.noJUnitParser))
    func verdicts() throws {
        let folder = try Folder()
        let trace = Tool.path("Traces/tiny.mcap")
        for command in [
            ["verify", trace], ["check", trace, "--quick", "--only", "time-zone", "--only", "seek"],
        ] {
            let run = try folder.replay(command + ["--format", "junit"])
            try #require(run.code == 0, "\(run)")
            try Data(run.output.utf8).write(to: folder.url.appendingPathComponent("junit.xml"))
            let outcome = try folder.python(
                "Tests/Python/read_junit.py", ["junit.xml"] + (Tool.junitSchema.map { [$0] } ?? []))
            #expect(outcome.code == 0 && outcome.lines.count >= 2, "\(outcome)")
        }
    }

    @Test(
        "the schema is here",
        .enabled(if: Tool.junitSchema != nil, "no schema of JUnit: `Scripts/test` gets it"))
    func aReportThatIsNotValidIsRefused() throws {
        let folder = try Folder()
        let text = report(.ended).junit.replacingOccurrences(of: "tests=", with: "trials=")
        try Data(text.utf8).write(to: folder.url.appendingPathComponent("junit.xml"))
        let outcome = try folder.python(
            "Tests/Python/read_junit.py", ["junit.xml"] + (Tool.junitSchema.map { [$0] } ?? []))
        #expect(outcome.code == 1, "\(outcome)")
    }

    @Test(
        "actionlint passes the workflow",
        .enabled(if: Tool.hasActionlint, "no actionlint: `Scripts/test` installs it"))
    func workflow() throws {
        let folder = try Folder()
        let file = Tool.path(".github/workflows/nightly.yml")
        let outcome = try folder.run(Tool.actionlint, [file])
        #expect(outcome.code == 0, "\(outcome)")
        // It does find what is wrong.
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let wrong = text.replacingOccurrences(of: "runs-on: ubuntu-24.04", with: "run-on: ubuntu-24.04")
        #expect(wrong != text)
        try Data(wrong.utf8).write(to: folder.url.appendingPathComponent("wrong.yml"))
        #expect(try folder.run(Tool.actionlint, ["wrong.yml"]).code == 1)
    }

    @Test("annotations keep to one line each, and their properties to themselves")
    func annotations() {
        let lines = report(.ended).annotations
        #expect(lines.count == 9)
        #expect(lines.allSatisfy { $0.hasPrefix("::error ") || $0.hasPrefix("::warning ") })
        #expect(
            lines[0].hasPrefix(
                "::error file=Sources/A%2CB%3AC.swift,title=a \"trace\" | 1%2C subject engine & <co>::<reason>"
            ))
        #expect(lines.allSatisfy { !$0.contains("\n") })
        var many = report(.ended)
        for number in 0..<20 {
            many.plan(
                Judgement(kind: .verify, subject: "model", name: "\(number)", outcome: .failed, command: ""))
        }
        let errors = many.annotations.filter { $0.hasPrefix("::error ") }
        #expect(
            errors.count == 10 && errors.last == "::error title=nightly::19 more verdicts are red",
            "\(errors)")
    }

    @Test("JSON is JSON, in every state, and Markdown takes no text for markup")
    func json() throws {
        for state in [NightReport.State.ended, .running, .interrupted("Killed")] {
            let report = report(state)
            let value = try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any]
            #expect(value?["green"] as? Bool == false)
            #expect((value?["verdicts"] as? [Any])?.count == report.judgements.count)
            #expect(
                report.markdown.contains("### a \"trace\" \\| 1, subject engine & \\<co\\>"),
                "\(report.markdown)")
        }
        #expect(report(.ended).headline == "Nightly is red: 8 of 20 verdicts")
        #expect(report(.running).headline == "Nightly has NOT ENDED: 16 of 20 verdicts so far, 8 of them red")
        var green = NightReport(
            started: 0, revision: "", isDirty: false, host: "", process: 1, seed: 1, effort: "quick",
            folder: "")
        green.state = .ended
        // Nothing judged is no pass.
        #expect(!green.isGreen)
        green.plan(Judgement(kind: .verify, subject: "model", name: "a", outcome: .passed, command: ""))
        #expect(green.isGreen && green.headline == "Nightly is green: 1 verdict")
    }
}
