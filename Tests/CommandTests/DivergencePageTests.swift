import Foundation
import Testing

/// Holds the reports on the page about divergences to the program, where a fault can be planted.
@Suite(
    "The reports of ReadingADivergence.md",
    .enabled(if: DivergencePage.canPlant, "faults can be planted in debug builds only"))
struct DivergencePageTests {
    private static let name = "crowded-flight"

    @Test("a request that expires late is reported as the page says")
    func lateExpiry() throws {
        let trace = "Traces/\(DivergencePageTests.name).mcap"
        let page = try DivergencePage()
        let workspace = try Workspace()
        for name in [trace] + ["golden", "digests"].map({ "Golden/\(DivergencePageTests.name).\($0)" }) {
            let file = Sample.repository.appendingPathComponent(name)
            try workspace.write(Array(try Data(contentsOf: file)), to: name)
        }
        func expect(_ arguments: [String], _ code: Int32) throws {
            let outcome = try workspace.run(
                arguments, environment: ["LUMON_PLANTED_FAULT": "late-expiry@40"])
            #expect(outcome.code == code, "\(outcome)")
            let command = "lumon-replay \(arguments.joined(separator: " "))"
            #expect(outcome.output == (try page.output(of: command)), "\(command)")
        }
        try expect(["verify", trace], 1)
        // It compares files, and runs nothing.
        try expect(["golden", "status", trace], 2)
        try expect(["explain", trace], 1)
        let good = try workspace.run(["replay", trace, "--dump-frame", "40"])
        #expect(good.code == 0, "\(good)")
        try workspace.write(good.output, to: "good.jsonl")
        try expect(["explain", trace, "--against", "good.jsonl"], 1)
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
