import Recording
import Streaming
import Testing
import Topology
import Voxels

/// What scenarios say about regions, the cache and the store.
@Suite struct ScenarioStoreTests {
    private let hold = "[[camera]]\nmove = \"hold\"\nframes = 4\n"
    private let store = "[store]\nsize_cap_bytes = 4096\n"

    private func events(_ rest: String) throws -> [[Event]] { try scenario(rest).frames().map(\.events) }

    private func event(_ frame: Int, _ action: String) -> String {
        "[[event]]\nframe = \(frame)\n\(action)\n"
    }

    private func error(_ rest: String) throws -> ScenarioError {
        try #require(throws: ScenarioError.self) { try scenario(rest).frames() }
    }

    private func configuration(_ change: (inout Configuration) -> Void = { _ in }) -> Configuration {
        var result = Configuration.classic
        result.worldSeed = 42
        change(&result)
        return result
    }

    // MARK: Configuration

    private let keys = """
        region_edge = 4
        near_levels = 1
        cache_bytes = 1099511627777
        store_latency_frames = 7
        """

    @Test func theKeysOfTheCacheStandInTheConfiguration() throws {
        let expected = configuration {
            $0.regionEdge = 4
            $0.nearLevels = 1
            $0.cacheBytes = 1_099_511_627_777
            $0.storeLatencyFrames = 7
        }
        #expect(try events("[config]\n\(keys)\n\(hold)")[0] == [.sessionStart(expected)])
        let inline = keys.replacing("\n", with: ", ")
        #expect(
            try events(hold + event(1, "configure = { \(inline) }")) == [
                [.sessionStart(configuration())], [.configure(expected)], [], [],
            ])
        #expect(
            try events(hold + event(1, "new_session = { \(inline) }")) == [
                [.sessionStart(configuration())], [.sessionEnd, .sessionStart(expected)], [], [],
            ])
    }

    /// One key changes one value, and the ends of the ranges are kept for the model to clamp.
    @Test(arguments: ["[config]\n", "configure", "new_session"])
    func eachKeyByItself(place: String) throws {
        let low = Int64(Int32.min)
        let cases: [(String, Configuration)] = [
            ("region_edge = \(low)", configuration { $0.regionEdge = .min }),
            ("near_levels = 2147483647", configuration { $0.nearLevels = .max }),
            ("cache_bytes = -9223372036854775808", configuration { $0.cacheBytes = .min }),
            ("cache_bytes = 0", configuration { $0.cacheBytes = 0 }),
            ("store_latency_frames = \(low)", configuration { $0.storeLatencyFrames = .min }),
        ]
        for (text, expected) in cases {
            let isHead = place.hasPrefix("[")
            let all = try events(
                isHead ? "\(place)\(text)\n\(hold)" : hold + event(2, "\(place) = { \(text) }"))
            let found = all[isHead ? 0 : 2].last
            #expect(
                found == (place == "configure" ? .configure(expected) : .sessionStart(expected)), "\(text)")
        }
    }

    @Test(arguments: [
        ("region_edge = 2147483648", "region_edge"), ("near_levels = -2147483649", "near_levels"),
        ("store_latency_frames = 4294967296", "store_latency_frames"),
        ("cache_bytes = 1.5", "cache_bytes"), ("region_edge = \"4\"", "region_edge"),
        ("near_levels = true", "near_levels"), ("store_latency_frames = []", "store_latency_frames"),
    ])
    func valuesOfTheWrongTypeOrRange(text: String, key: String) throws {
        for (rest, path) in [
            ("[config]\n\(text)\n\(hold)", "config"),
            (hold + event(0, "configure = { \(text) }"), "event[0].configure"),
            (hold + event(0, "new_session = { \(text) }"), "event[0].new_session"),
        ] {
            let error = try error(rest)
            #expect(error.path == "\(path).\(key)")
            switch error.problem {
            case .wrongType(let expected, _), .wrongValue(let expected, _, nearest: nil):
                #expect(expected.hasPrefix("an integer from -"))
            default: Issue.record("\(error)")
            }
        }
    }

    @Test func nearestKeys() throws {
        for (text, nearest) in [
            ("region_egde = 4", "region_edge"), ("near_level = 4", "near_levels"),
            ("cache_byte = 4", "cache_bytes"), ("store_latency_frame = 4", "store_latency_frames"),
        ] {
            guard case .unknownKey(_, nearest: nearest) = try error("[config]\n\(text)\n\(hold)").problem
            else {
                Issue.record("\(text)")
                continue
            }
        }
        // A store is not a matter of the configuration.
        for place in ["configure", "[config]"] {
            let text = "store_size_cap_bytes = 4"
            let error = try error(
                place == "configure"
                    ? hold + event(0, "configure = { \(text) }") : "\(place)\n\(text)\n\(hold)")
            guard case .unknownKey = error.problem else {
                Issue.record("\(error)")
                continue
            }
        }
    }

    // MARK: Stores of sessions

    @Test func withoutATableThereIsNoStore() throws {
        #expect(try events(hold + event(1, "new_session = {}")).joined().count == 3)
    }

    @Test func aStoreStandsBehindTheStartOfEachSession() throws {
        let start = Event.sessionStart(configuration())
        let cap = Event.store(sizeCapBytes: 4096, contents: nil)
        let load = Event.chunkLoad(ChunkCoordinate(1, 2, 3))
        #expect(
            try events(
                store + hold + event(0, "load_chunk = [1, 2, 3]") + event(2, "load_chunk = [1, 2, 3]")
                    + event(2, "new_session = {}")) == [
                    [start, cap, load], [], [.sessionEnd, start, cap, load], [],
                ])
    }

    @Test func aNewSessionSaysWhatStoreItAndThoseAfterItHave() throws {
        let start = Event.sessionStart(configuration())
        func cap(_ bytes: Int64) -> Event { .store(sizeCapBytes: bytes, contents: nil) }
        #expect(
            try events(
                store + hold + event(1, "new_session = { store = false }") + event(2, "new_session = {}")
                    + event(3, "new_session = { store_size_cap_bytes = 0 }")) == [
                    [start, cap(4096)], [.sessionEnd, start], [.sessionEnd, start],
                    [.sessionEnd, start, cap(0)],
                ])
        #expect(
            try events(
                hold + event(1, "new_session = { store_size_cap_bytes = 1125899906842624 }")
                    + event(2, "end_session = true") + event(3, "new_session = {}")) == [
                    [start], [.sessionEnd, start, cap(1 << 50)], [.sessionEnd], [start, cap(1 << 50)],
                ])
    }

    @Test func aStoreThatIsOffIsBackInTheNextSession() throws {
        let start = Event.sessionStart(configuration())
        let cap = Event.store(sizeCapBytes: 4096, contents: nil)
        #expect(
            try events(
                store + hold + event(0, "store_off = true") + event(2, "new_session = {}")
                    + event(3, "store_off = true")) == [
                    [start, cap, .storeOff], [], [.sessionEnd, start, cap], [.storeOff],
                ])
    }

    @Test func damageIsOfARegion() throws {
        let damaged = try events(
            store + hold + event(1, "store_damage = { level = 0, region = [0, -1, 2] }")
                + event(1, "store_damage = { level = 7, region = [-2147483646, 2147483646, 0] }"))
        #expect(
            damaged[1] == [
                .storeDamage(RegionKey(level: 0, region: Cell(0, -1, 2))),
                .storeDamage(RegionKey(level: 7, region: Cell(1 - .max, .max - 1, 0))),
            ])
        // Repeated events as well.
        let repeated = try events(
            store + hold
                + "[[event]]\nevery = 2\nfrom = 1\nstore_damage = { level = 1, region = [0, 0, 0] }\n")
        #expect(repeated.map(\.count) == [2, 1, 0, 1])
    }

    /// A trace is made of them, and the model takes them.
    @Test func theFramesAreATraceThatCanBeRun() throws {
        let frames = try scenario(
            "[config]\nresolution = 8\nlevels = 2\nbase_spacing = 4\n" + store + hold
                + event(1, "store_damage = { level = 1, region = [0, 0, 0] }")
                + event(2, "new_session = { store_size_cap_bytes = 77 }") + event(3, "store_off = true")
        ).frames()
        #expect(try TraceReader(TraceSamples.bytes(frames)).allFrames() == frames)
        var system = StreamingSystem()
        var keeper = MemoryStore()
        for input in frames { _ = try system.step(input, casts: InlineCasts(), store: &keeper) }
        #expect(system.session == 1)
    }

    // MARK: Errors

    private let cap = "an integer from 0 to 1125899906842624"

    @Test func theTableOfTheStore() throws {
        let unknown = try error("[store]\nsize_cap_byte = 1\n" + hold)
        #expect(unknown.path == "store.size_cap_byte" && unknown.line == 8)
        #expect(unknown.problem == .unknownKey(allowed: ["size_cap_bytes"], nearest: "size_cap_bytes"))
        let missing = try error("[store]\n" + hold)
        #expect(missing.path == "store.size_cap_bytes")
        #expect(missing.problem == .missingKey(expected: cap))
        let noTable = try error("store = true\n" + hold)
        #expect(noTable.path == "store" && noTable.line == 7)
        #expect(noTable.problem == .wrongType(expected: "a table", found: "true"))
    }

    @Test(arguments: [
        ("-1", ScenarioError.Problem.wrongValue(expected: "", found: "-1", nearest: nil)),
        (
            "1125899906842625",
            .wrongValue(expected: "", found: "1125899906842625", nearest: nil)
        ),
        ("1.0", .wrongType(expected: "", found: "the number 1.0")),
        ("\"1\"", .wrongType(expected: "", found: "the text \"1\"")),
    ])
    func sizeCaps(value: String, problem: ScenarioError.Problem) throws {
        let expected: ScenarioError.Problem =
            switch problem {
            case .wrongValue(_, let found, _): .wrongValue(expected: cap, found: found, nearest: nil)
            case .wrongType(_, let found): .wrongType(expected: cap, found: found)
            default: problem
            }
        let first = try error("[store]\nsize_cap_bytes = \(value)\n" + hold)
        #expect(first.path == "store.size_cap_bytes" && first.problem == expected)
        let later = try error(hold + event(1, "new_session = { store_size_cap_bytes = \(value) }"))
        #expect(later.path == "event[0].new_session.store_size_cap_bytes" && later.problem == expected)
    }

    @Test func theKeysOfANewSession() throws {
        let on = try error(hold + event(1, "new_session = { store = true }"))
        #expect(on.path == "event[0].new_session.store")
        #expect(
            on.problem
                == .wrongValue(
                    expected: "false; a store needs store_size_cap_bytes", found: "true", nearest: nil))
        let number = try error(hold + event(1, "new_session = { store = 0 }"))
        #expect(number.path == "event[0].new_session.store")
        #expect(number.problem == .wrongType(expected: "true or false", found: "the integer 0"))
        let both = try error(hold + event(1, "new_session = { store = false, store_size_cap_bytes = 1 }"))
        #expect(both.path == "event[0].new_session.store_size_cap_bytes")
        #expect(both.problem == .conflict("goes without store = false"))
        let unknown = try error(hold + event(1, "new_session = { store_size_cap = 1 }"))
        #expect(unknown.path == "event[0].new_session.store_size_cap")
        guard case .unknownKey(_, nearest: "store_size_cap_bytes") = unknown.problem else {
            Issue.record("\(unknown)")
            return
        }
    }

    @Test(arguments: ["store_off = true", "store_damage = { level = 1, region = [0, 0, 0] }"])
    func whatNeedsAStore(action: String) throws {
        for (before, frame) in [
            ("", 1),
            (store + event(1, "store_off = true"), 2),
            (store + event(1, "store_off = true"), 1),
            (store + event(1, "new_session = { store = false }"), 1),
            (store + event(1, "new_session = { store = false }"), 3),
        ] {
            // Tables of the camera may stand anywhere.
            let text = before + event(frame, action) + hold
            let error = try error(text)
            #expect(error.path == (before.isEmpty ? "event[0]" : "event[1]"), "\(text)")
            #expect(error.problem == .conflict("frame \(frame) has no store"), "\(text)")
        }
        let ended = try error(store + hold + event(1, "end_session = true") + event(2, action))
        #expect(ended.path == "event[1]")
        // In the frame that gives it one it has one.
        _ = try events(hold + event(1, action) + event(1, "new_session = { store_size_cap_bytes = 1 }"))
    }

    @Test(arguments: [
        ("store_off = false", "event[0].store_off"),
        ("store_off = 1", "event[0].store_off"),
        ("store_damage = true", "event[0].store_damage"),
        ("store_damage = {}", "event[0].store_damage.region"),
        ("store_damage = { region = [0, 0, 0] }", "event[0].store_damage.level"),
        ("store_damage = { level = 0 }", "event[0].store_damage.region"),
        ("store_damage = { level = 8, region = [0, 0, 0] }", "event[0].store_damage.level"),
        ("store_damage = { level = -1, region = [0, 0, 0] }", "event[0].store_damage.level"),
        ("store_damage = { level = 1, region = [0, 0] }", "event[0].store_damage.region"),
        ("store_damage = { level = 1, region = [0, 0.5, 0] }", "event[0].store_damage.region[1]"),
        ("store_damage = { level = 1, region = [0, 2147483647, 0] }", "event[0].store_damage.region"),
        ("store_damage = { level = 1, region = [-2147483647, 0, 0] }", "event[0].store_damage.region"),
        ("store_damage = { level = 1, regoin = [0, 0, 0] }", "event[0].store_damage.regoin"),
    ])
    func wrongEvents(action: String, path: String) throws {
        #expect(try error(store + hold + event(1, action)).path == path)
    }
}
