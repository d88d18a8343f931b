import Recording
import Testing

@Suite struct ScenarioErrorTests {
    private let hold = "[[camera]]\nmove = \"hold\"\nframes = 3\n"

    private func error(_ rest: String, start: String = "[0, 64, 0]") throws -> ScenarioError {
        try #require(throws: ScenarioError.self) { try scenario(rest, start: start).frames() }
    }

    @Test func syntaxHasLineAndColumn() throws {
        let error = try #require(throws: ScenarioError.self) {
            try Scenario(text: "format = 1\npurpose = = 2\n", file: "a.scenario.toml")
        }
        #expect(error.line == 2 && error.column != nil)
        guard case .syntax = error.problem else {
            Issue.record("expected an error of syntax")
            return
        }
    }

    /// The parser asserts what these break, and would end the process.
    @Test(
        arguments: [
            ("[\n", 1, 1), ("[", nil, nil), ("a = 1\n  [[\t=", 2, 3), ("[[[a]]]", 1, 1),
            ("\u{feff}[ \u{e9}]", 1, 2), ("a = [}", 1, 6), ("a = [1,}", 1, 8), ("a = { b = 1 ]", 1, 13),
            ("a = 1]", 1, 6), ("a = 1979-05-27TT07:32:00Z", 1, 9), ("a = 1979-05-27 0 ", 1, 9),
            ("a = [-1, 1_9-", 1, 13), ("a=0=o-", 1, 6), ("a = 1 \u{a0}", 1, 7), ("\u{b}a = 1", 1, 1),
            ("a = 07:32", 1, 7),
            ("a = \"\"\"\n\"\"\"\"\nb = 1:", 3, 6), ("a = 1979_T!':32:00Z", 1, 12),
        ] as [(String, Int?, Int?)])
    func whatTheParserMustNotMeetIsRefused(text: String, line: Int?, column: Int?) throws {
        let error = try #require(throws: ScenarioError.self) { try Scenario(text: text, file: "a") }
        guard case .syntax = error.problem else {
            Issue.record("\(error)")
            return
        }
        if let line { #expect(error.line == line && error.column == column, "\(error)") }
    }

    @Test(arguments: [
        "\"a: [ } \\\" ]\"", "'a: [ }'", "\"\"\"a\n[\n]: \"\" }\"\"\"", "'''\n[ } ''''", "\"a\" # [ } :",
    ])
    func bracketsAndColonsWithinTextsAndCommentsAreNoFaults(text: String) throws {
        let scenario = try Scenario(
            text: "format = 1\npurpose = \(text)\npreset = \"classic\"\nseed = 1\nframes_per_second = 60\n"
                + "start = [\n-0e-1, # ]\n6.4e-1, 0\n]\n\(hold)", file: "a")
        #expect(scenario.frameCount == 3)
    }

    @Test func aMisspeltKeyIsNamedWithItsNearest() throws {
        let error = try error(hold + "[[event]]\nframe = 1\nedti = { min = [0, 0, 0] }")
        #expect(error.path == "event[0].edti" && error.line == 12)
        guard case .unknownKey(_, nearest: "edit") = error.problem else {
            Issue.record("expected an unknown key")
            return
        }
        #expect(
            error.description.hasPrefix(
                "test.scenario.toml:12: event[0].edti: unknown key; did you mean \"edit\"?"))
    }

    @Test(arguments: [
        ("[config]\nlevles = 3\n", "config.levles", "levels"),
        ("presett = 1\n", "presett", "preset"),
    ])
    func nearestKeys(text: String, path: String, nearest: String) throws {
        let error = try error(text + hold)
        #expect(error.path == path)
        guard case .unknownKey(_, nearest: .some(nearest)) = error.problem else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func aMisspeltWordIsNamedWithItsNearest() throws {
        let move = try error("[[camera]]\nmove = \"wlak\"\nframes = 1")
        #expect(move.path == "camera[0].move")
        guard case .wrongValue(_, found: "\"wlak\"", nearest: "walk") = move.problem else {
            Issue.record("\(move)")
            return
        }
        let material = try error(
            hold + "[[event]]\nframe = 0\nedit = { min = [0, 0, 0], max = [1, 1, 1], material = \"ston\" }")
        #expect(material.path == "event[0].edit.material")
        guard case .wrongValue(_, _, nearest: "stone") = material.problem else {
            Issue.record("\(material)")
            return
        }
    }

    /// What stands there, and the key that the error names.
    @Test(arguments: [
        ("", "camera"),
        ("[[camera]]\nmove = \"hold\"", "camera[0].frames"),
        ("[[camera]]\nmove = \"hold\"\nframes = 1.5", "camera[0].frames"),
        ("[[camera]]\nmove = \"hold\"\nframes = 0", "camera[0].frames"),
        ("[[camera]]\nmove = \"hold\"\nframes = 1000001", "camera[0].frames"),
        (
            "[[camera]]\nmove = \"hold\"\nframes = 600000\n[[camera]]\nmove = \"hold\"\nframes = 600000",
            "camera[1].frames"
        ),
        ("[[camera]]\nmove = \"hold\"\nframes = 1\nspeed = 2", "camera[0].speed"),
        ("[[camera]]\nmove = \"walk\"\nframes = 1", "camera[0]"),
        ("[[camera]]\nmove = \"walk\"\nframes = 1\ndirection = [0, 0, 0]", "camera[0].direction"),
        ("[[camera]]\nmove = \"walk\"\nframes = 1\ndirection = [0, 0]", "camera[0].direction"),
        ("[[camera]]\nmove = \"walk\"\nframes = 1\ndirection = [0, nan, 0]", "camera[0].direction[1]"),
        ("[[camera]]\nmove = \"look\"\nframes = 1\ndegrees = inf", "camera[0].degrees"),
        (
            "[[camera]]\nmove = \"jitter\"\nframes = 1\naround = [0, 0, 0]\namplitude = 1\nperiod = 0",
            "camera[0].period"
        ),
    ])
    func camera(text: String, path: String) throws {
        #expect(try error(text).path == path)
    }

    @Test(arguments: [
        ("frame = 3\nload_chunk = [0, 0, 0]", "event[0].frame"),
        ("load_chunk = [0, 0, 0]", "event[0]"),
        ("frame = 1", "event[0]"),
        ("frame = 1\nload_chunk = [0, 0, 0]\nunload_chunk = [0, 0, 0]", "event[0]"),
        ("frame = 1\nfrom = 0\nload_chunk = [0, 0, 0]", "event[0].from"),
        ("frame = 1\nload_chunk = [0, 0.5, 0]", "event[0].load_chunk[1]"),
        ("frame = 1\nload_chunks = { min = [0, 0, 0], max = [64, 64, 64] }", "event[0].load_chunks"),
        ("frame = 1\nload_chunks = { min = [0, 0, 0], max = [0, 1, 1] }", "event[0].load_chunks"),
        ("frame = 1\ninvalidate = { min = [0, 0, 0] }", "event[0].invalidate.max"),
        ("frame = 1\nedit = { min = [0, 0, 0], max = [128, 128, 128], material = \"air\" }", "event[0].edit"),
        ("frame = 1\nend_session = false", "event[0].end_session"),
        ("frame = 1\nconfigure = { seed = 3 }", "event[0].configure.seed"),
        ("frame = 1\nconfigure = { resolution = 3000000000 }", "event[0].configure.resolution"),
        ("frame = 1\nbudgets = { levels = [] }", "event[0].budgets.levels"),
        ("frame = 1\nnew_session = { seed = -1 }", "event[0].new_session.seed"),
        ("every = 1\nend_session = true", "event[0]"),
    ])
    func event(text: String, path: String) throws {
        #expect(try error(hold + "[[event]]\n" + text).path == path)
    }

    @Test func moreEventsThanTheLimit() throws {
        let error = try error(
            "[[camera]]\nmove = \"hold\"\nframes = 100000\n"
                + "[[event]]\nevery = 1\nload_chunks = { min = [0, 0, 0], max = [2, 1, 1] }")
        #expect(error.problem == .tooLarge(what: "events up to this table", value: 200_000, limit: 100_000))
    }

    @Test func positionsOutsideTheLattice() throws {
        let error = try error("[[camera]]\nmove = \"fly\"\nspeed = 1e9\ndirection = [1, 0, 0]\nframes = 1000")
        #expect(error.path == "camera[0]")
    }

    @Test func preset() throws {
        let text = scenarioText(hold).replacing("classic", with: "clasic")
        let error = try #require(throws: ScenarioError.self) { try Scenario(text: text, file: "a") }
        guard case .wrongValue(_, _, nearest: "classic") = error.problem else {
            Issue.record("\(error)")
            return
        }
        let other = try #require(throws: ScenarioError.self) {
            try Scenario(text: text.replacing("format = 1", with: "format = 2"), file: "a")
        }
        #expect(other.path == "format" && other.line == 1)
    }
}
