import Foundation
import Testing

/// Sessions in processes of their own that share a file, and what becomes of a run whose file cannot be used.
@Suite("record --store, on the command line")
struct StoreSessionTests {
    private static let scenario = """
        format = 1
        purpose = "an evening"
        preset = "classic"
        seed = 76
        frames_per_second = 60
        start = [0.5, 401.0, 0.5]

        [config]
        resolution = 8
        levels = 2
        level_budgets = [24, 24]
        region_edge = 2

        [[camera]]
        move = "fly"
        speed = 40
        frames = 50
        direction = [1, 0, 0]

        """

    /// Only a session that ends hands over what its windows hold.
    private static let ending = "[[event]]\nframe = 49\nend_session = true\n"

    private func record(
        _ workspace: Workspace, _ arguments: String..., scenario: String = "evening"
    ) throws -> Outcome {
        try workspace.run(["record", "\(scenario).scenario.toml"] + arguments)
    }

    /// The value of a line of `replay`.
    private func value(_ name: String, _ trace: String, _ workspace: Workspace, _ more: String...) throws
        -> String
    {
        let outcome = try workspace.run(["replay", trace] + more)
        try #require(outcome.code == 0, "\(outcome)")
        let line = try #require(outcome.output.split(separator: "\n").first { $0.hasPrefix(name + " ") })
        return line.dropFirst(name.count).trimmingCharacters(in: .whitespaces)
    }

    @Test("the second session of a file starts warm, and its trace needs no file")
    func warm() throws {
        let workspace = try Workspace()
        try workspace.write(
            StoreSessionTests.scenario + StoreSessionTests.ending, to: "evening.scenario.toml")
        for name in ["monday", "tuesday"] {
            let outcome = try record(workspace, "--store", "lights.store", "-o", "\(name).mcap")
            #expect(outcome.code == 0, "\(outcome)")
            #expect(!outcome.talk.contains("store off"), "\(outcome)")
        }
        #expect(try value("restored", "monday.mcap", workspace) == "0 0")
        #expect(try value("restored", "tuesday.mcap", workspace) != "0 0")
        for name in ["monday.mcap", "tuesday.mcap"] {
            let run = try value("run", name, workspace)
            // With another file that becomes what the trace says, with more workers, and through a canonical copy.
            #expect(try value("run", name, workspace, "--store", "\(name).store") == run)
            #expect(try value("run", name, workspace, "--workers", "3") == run)
            let copy = try workspace.run(["trace", "finalize", name, "-o", "copy.mcap"])
            #expect(copy.code == 0, "\(copy)")
            #expect(try value("run", "copy.mcap", workspace) == run)
        }
        // Another world takes nothing.
        try workspace.write(
            StoreSessionTests.scenario.replacingOccurrences(of: "seed = 76", with: "seed = 77"),
            to: "other.scenario.toml")
        #expect(
            try record(workspace, "--store", "lights.store", "-o", "other.mcap", scenario: "other").code == 0)
        #expect(try value("restored", "other.mcap", workspace) == "0 0")
        #expect(try value("refused", "other.mcap", workspace) != "0 0")
    }

    @Test("a store that cannot be opened is off, with one message; the run is one that has it switched off")
    func off() throws {
        let workspace = try Workspace()
        try workspace.write(StoreSessionTests.scenario, to: "evening.scenario.toml")
        try workspace.write(
            StoreSessionTests.scenario
                + "[store]\nsize_cap_bytes = 268435456\n[[event]]\nframe = 0\nstore_off = true\n",
            to: "off.scenario.toml")
        try workspace.write("a text\n", to: "text.store")
        try workspace.makeFolder("folder")
        #expect(try record(workspace, "-o", "off.mcap", scenario: "off").code == 0)
        let expected = try value("run", "off.mcap", workspace)
        for store in ["folder", "text.store", "no/such/folder/a.store", "/dev/full"] {
            let outcome = try record(workspace, "--store", store, "-o", "run.mcap")
            #expect(outcome.code == 0, "\(outcome)")
            #expect(
                outcome.talk.split(separator: "\n").count { $0.hasPrefix("store off: ") } == 1, "\(outcome)")
            #expect(try value("run", "run.mcap", workspace) == expected, "\(store)")
        }
        #expect(try workspace.bytes("text.store") == Array("a text\n".utf8))

        // What the scenario has happen to the store later cannot happen to one that is off.
        let store = "[store]\nsize_cap_bytes = 268435456\n"
        try workspace.write(
            StoreSessionTests.scenario + store
                + "[[event]]\nframe = 9\nstore_damage = { level = 1, region = [0, 0, 0] }\n"
                + "[[event]]\nframe = 20\nstore_off = true\n", to: "later.scenario.toml")
        let later = try record(workspace, "--store", "folder", "-o", "later.mcap", scenario: "later")
        #expect(later.code == 0, "\(later)")
        #expect(try value("run", "later.mcap", workspace) == expected)

        // A scenario that says something of stores says all of it.
        try workspace.write(
            StoreSessionTests.scenario + store + "[[event]]\nframe = 20\nnew_session = { store = false }\n",
            to: "half.scenario.toml")
        #expect(try record(workspace, "-o", "half.mcap", scenario: "half").code == 0)
        #expect(
            try record(workspace, "--store", "half.store", "-o", "filed.mcap", scenario: "half").code == 0)
        #expect(try value("run", "filed.mcap", workspace) == value("run", "half.mcap", workspace))
    }

    @Test("a file that holds something is not filled by a replay")
    func refused() throws {
        let workspace = try Workspace()
        try workspace.write(
            StoreSessionTests.scenario + StoreSessionTests.ending, to: "evening.scenario.toml")
        #expect(try record(workspace, "--store", "lights.store", "-o", "a.mcap").code == 0)
        let before = try workspace.bytes("lights.store")
        let outcome = try workspace.run(["replay", "a.mcap", "--store", "lights.store"])
        #expect(outcome.code == 64, "\(outcome)")
        #expect(try workspace.bytes("lights.store") == before)
        #expect(
            try workspace.run(["record", "evening.scenario.toml", "--store-bytes", "-1", "-o", "b.mcap"]).code
                == 64)
    }

    /// Caps, evictions, damage, other keys: a file does what the store in memory does, whoever casts.
    @Test(
        "a trace of the repository with a store comes out the same from a file",
        arguments: Scale.few(
            [
                "stored-invalidation", "restart-same-key", "restart-other-seed", "restart-other-layout",
                "restart-other-spacing", "damaged-region", "store-at-cap",
            ], 2))
    func fromAFile(_ name: String) throws {
        let workspace = try Workspace()
        let trace = Sample.repository.appendingPathComponent("Traces/\(name).mcap").path
        let golden = Sample.repository.appendingPathComponent("Golden/\(name).golden").path
        let run = try value("run", trace, workspace, "--store", "new.store", "--workers", "3")
        #expect(try String(contentsOfFile: golden, encoding: .utf8).contains("run-xxh3      \(run)\n"))
    }
}
