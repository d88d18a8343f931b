import Foundation
import Testing

/// Holds the reports on the page about divergences to the program, where a fault can be planted.
@Suite(
    "The reports of ReadingADivergence.md",
    .enabled(if: DivergencePage.canPlant, "faults can be planted in debug builds only"))
struct DivergencePageTests {
    @Test("a request that expires late is reported as the page says")
    func lateExpiry() throws {
        let trace = "Traces/crowded-flight.mcap"
        let report = try PageReport(fault: "late-expiry@40", of: "crowded-flight")
        try report.expect(["verify", trace], 1)
        // It compares files, and runs nothing.
        try report.expect(["golden", "status", trace], 2)
        try report.expect(["explain", trace], 1)
        let good = try report.workspace.run(["replay", trace, "--dump-frame", "40"])
        #expect(good.code == 0, "\(good)")
        try report.workspace.write(good.output, to: "good.jsonl")
        try report.expect(["explain", trace, "--against", "good.jsonl"], 1)
    }

    @Test("a cast that sees a later world is reported as the page says")
    func worldAtDrain() throws {
        let report = try PageReport(fault: "world-at-drain@1", of: "edits-in-flight")
        try report.expect(["explain", "Traces/edits-in-flight.mcap"], 1)
    }

    @Test("two traces of two seeds are told apart as the page says")
    func input() throws {
        let report = try PageReport(fault: "", of: "tiny")
        let file = Sample.repository.appendingPathComponent("Traces/tiny.scenario.toml")
        let scenario = try String(contentsOf: file, encoding: .utf8)
        try report.workspace.write(
            scenario.replacingOccurrences(of: "seed = 1\n", with: "seed = 2\n"), to: "t2.scenario.toml")
        #expect(try report.workspace.run(["record", "t2.scenario.toml", "-o", "t2.mcap"]).code == 0)
        try report.expect(["explain", "t2.mcap", "--against", "Traces/tiny.mcap"], 1)
    }
}

/// The page, and a folder with one trace and its golden in which the program has a fault.
private struct PageReport {
    let workspace: Workspace
    private let fault: String
    private let page: DivergencePage

    init(fault: String, of name: String) throws {
        self.fault = fault
        page = try DivergencePage()
        workspace = try Workspace()
        for name in ["Traces/\(name).mcap", "Golden/\(name).golden", "Golden/\(name).digests"] {
            let file = Sample.repository.appendingPathComponent(name)
            try workspace.write(Array(try Data(contentsOf: file)), to: name)
        }
    }

    /// Runs the command, which has to print what the page says.
    func expect(_ arguments: [String], _ code: Int32) throws {
        let outcome = try workspace.run(arguments, environment: ["LUMON_PLANTED_FAULT": fault])
        #expect(outcome.code == code, "\(outcome)")
        let command = "lumon-replay \(arguments.joined(separator: " "))"
        #expect(outcome.output == (try page.output(of: command)), "\(command)")
    }
}

/// The blocks of the page that begin with a command.
private struct DivergencePage {
    #if PLANTED_FAULTS
        static let canPlant = true
    #else
        static let canPlant = false
    #endif

    private let lines: [String]

    init() throws {
        let file = Sample.repository.appendingPathComponent(
            "Sources/Replay/Replay.docc/ReadingADivergence.md")
        lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
    }

    /// What stands behind the command, up to the end of its block.
    func output(of command: String) throws -> String {
        let place = try #require(lines.firstIndex(of: "$ " + command), "the page has no '\(command)'")
        return lines[(place + 1)...].prefix { !$0.hasPrefix("```") }.map { $0 + "\n" }.joined()
    }
}
