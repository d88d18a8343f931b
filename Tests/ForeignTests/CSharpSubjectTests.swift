import Foundation
import Hashing
import Recording
import Streaming
import SwiftProtobuf
import Testing

/// The subject host in C# and the scheduler behind it, compiled and run by Mono.
@Suite("The subject host in C#", .enabled(if: Tool.hasMono, Tool.noMono), .serialized)
struct CSharpSubjectTests {
    // MARK: The protocol

    @Test("it describes itself, answers every frame, and forgets a run when the next begins")
    func session() throws {
        let folder = try Folder()
        let trace = try TraceReader(contentsOf: Tool.path("Traces/scheduler.mcap"))
        var conversation = SubjectConversation()
        conversation.hello()
        for _ in 0..<2 {
            conversation.begin()
            try conversation.steps(trace, count: 170, wantsRecordsAt: 7)
        }
        let (answers, outcome) = try conversation.held(
            with: "LumonSubject", ["--order", "model"], in: folder)
        #expect(outcome.code == 0 && outcome.talk.isEmpty, "\(outcome)")
        try #require(answers.count == 1 + 2 * 171)
        let description = answers[0].description_p
        #expect(description.protocolVersion == 1 && description.digestVersion == 2)
        #expect(description.name == "scheduler-model" && description.version == "1.0")
        #expect(description.stages.map(\.name) == ["snap", "shift", "dirty", "select", "ring"])
        #expect(description.stages.map(\.fields) == [[], ["windows", "S"], ["S"], ["selected", "S"], []])
        #expect(description.stateFields == ["level", "lifecycle", "flags", "cell", "lastUpdated"])
        #expect(description.payloads == .none && description.hasLevels_p && description.givesRecords)
        #expect(!description.restores && !description.takesWorkers && description.variants.isEmpty)
        #expect(description.counters == ["selected", "completed", "dropped"])
        for run in [answers[1...171], answers[172...342]] {
            #expect(run.first?.kind == .begun(MessageBegun()))
            let results = run.dropFirst().compactMap(\.frameResult)
            try #require(results.map(\.frame) == Array(0..<170))
            #expect(results.allSatisfy { $0.stages.count == 5 && $0.counters.count == 3 * $0.countLevels })
            #expect(results.allSatisfy { $0.levels.count == $0.countLevels })
            // No session runs in frames 148 to 151.
            #expect(
                results.filter { $0.levels.count != 2 }.map(\.frame) == Array(148..<152))
            #expect(results.filter(\.hasRecords).map(\.frame) == [7])
            let records = results[7].records
            #expect(records.states.count == 2 * 512 && records.states.allSatisfy { $0.count == 20 })
            #expect(records.stages.map { XXH3.digest64(Array($0)).value } == results[7].stages)
        }
        #expect(answers[1...171] == answers[172...342])
    }

    @Test("what it cannot do is a failure, and the next run is good again")
    func failures() throws {
        let folder = try Folder()
        let trace = try TraceReader(contentsOf: Tool.path("Traces/scheduler.mcap"))
        var conversation = SubjectConversation()
        var expected: [String?] = []
        func good(_ count: Int) { expected += Array(repeating: nil, count: count) }
        func bad(_ sentence: String, _ count: Int = 1) {
            expected += Array(repeating: sentence, count: count)
        }

        conversation.hello()
        good(1)
        try conversation.steps(trace, count: 1)
        bad("no run has begun")
        conversation.begin(live: true)
        bad("the run is a live one")
        try conversation.steps(trace, count: 2)
        bad("the run is a live one", 2)
        conversation.begin()
        try conversation.steps(trace, count: 3)
        good(4)
        conversation.say { $0.save = MessageSave() }
        bad("it saves no states")
        conversation.say { $0.begin.state = Data([1, 2, 3]) }
        bad("it begins from no saved state")
        conversation.begin()
        good(1)
        try conversation.steps(trace, count: 1) { $0.configurations[0].variant = .lumon202601 }
        bad("the configuration is of the variant 1")
        conversation.begin()
        good(1)
        try conversation.steps(trace, count: 1) { $0.snapshot.format = "lumon-replay" }
        bad("frame 0 has a snapshot of the format 'lumon-replay'")
        conversation.begin()
        good(1)
        try conversation.steps(trace, count: 1) { $0.events[0].kind = nil }
        bad("an event has a kind that this host does not know")
        // A kind that is not there yet.
        let later = try MessageEvent(serializedBytes: [0x7A, 0x00])
        conversation.begin()
        good(1)
        try conversation.steps(trace, count: 1) { $0.events.append(later) }
        bad("an event has the kind 15")
        for position in [Double.nan, .infinity, -4e9] {
            conversation.begin()
            good(1)
            try conversation.steps(trace, count: 1) { $0.frame.position.y = position }
            bad("the camera's cell is")
        }
        conversation.begin()
        try conversation.steps(trace, count: 3)
        good(4)

        let (answers, outcome) = try conversation.held(with: "LumonSubject", in: folder)
        #expect(outcome.code == 0 && outcome.talk.isEmpty, "\(outcome)")
        try #require(answers.count == expected.count)
        for (place, (answer, sentence)) in zip(answers, expected).enumerated() {
            if let sentence {
                #expect(answer.sentence?.hasPrefix(sentence) == true, "answer \(place): \(answer)")
            } else {
                #expect(answer.sentence == nil, "answer \(place): \(answer)")
            }
        }
    }

    @Test("input that is not of the protocol ends it with the place, and nothing is allocated by a length")
    func garbage() throws {
        let folder = try Folder()
        // Each stands behind the 13 bytes of the hello.
        let cases: [([UInt8], String)] = [
            ([0x03, 0x0A, 0x08, 0x08], "byte 16 of the input: 8 bytes; the message has 1 left"),
            ([0x05, 0x0A], "byte 13 of the input: the input ends 2 bytes into a message"),
            (Array(repeating: 0xFF, count: 11), "byte 13 of the input: a length that never ends"),
            (
                Array(repeating: 0xFF, count: 8) + [0x7F],
                "a message of 9223372036854775807 bytes is announced; expected at most 1073741824"
            ),
            ([0x80, 0x80, 0x80, 0x80, 0x04, 0x0A], "the input ends 6 bytes into a message"),
            ([0x00], "a message without a kind"),
            ([0x02, 0x1A, 0x00], "a step without a frame"),
            ([0x02, 0x08, 0x01], "field 1 has the wire type 0; expected 2"),
            ([0x01, 0x07], "a field of the number 0"),
            ([0x02, 0x33, 0x34], "a field of the wire type 3"),
            ([0x0D, 0x12, 0x0B, 0x08] + Array(repeating: 0xFF, count: 10), "a number that never ends"),
        ]
        for (bytes, sentence) in cases {
            var conversation = SubjectConversation()
            conversation.hello()
            if bytes == [0x02, 0x1A, 0x00] { conversation.begin() }
            conversation.say(raw: bytes)
            // In an address space that has no room for what is announced.
            let (answers, outcome) = try conversation.held(
                with: "LumonSubject", in: folder, addressSpaceKiB: 800_000)
            #expect(outcome.code == 65 && outcome.talk.contains(sentence), "\(bytes): \(outcome)")
            // What was asked for before has its answer.
            #expect(answers.first?.description_p.name == "scheduler-manhattan", "\(bytes)")
        }
    }

    @Test("a message is read however large it is, and in however many pieces it comes")
    func large() throws {
        let folder = try Folder()
        let trace = try TraceReader(contentsOf: Tool.path("Traces/scheduler.mcap"))
        var conversation = SubjectConversation()
        conversation.hello()
        conversation.begin()
        let box = MessageWorldBox()
        try conversation.steps(trace, count: 2) { step in
            var events = step.events
            for ordinal in events.count..<50_000 {
                var event = MessageEvent()
                event.ordinal = UInt32(ordinal)
                event.invalidate = box
                events.append(event)
            }
            step.events = events
        }
        // Many times what the host reads at once.
        #expect(conversation.bytes.count > 10 << 16)
        let (answers, outcome) = try conversation.held(with: "LumonSubject", in: folder)
        #expect(outcome.code == 0 && answers.compactMap(\.frameResult).count == 2, "\(outcome)")
    }

    @Test("wrong arguments are refused")
    func arguments() throws {
        let folder = try Folder()
        for arguments in [["--order"], ["--order", "other"], ["model"], ["--order", "model", "more"]] {
            let (answers, outcome) = try SubjectConversation().held(
                with: "LumonSubject", arguments, in: folder)
            #expect(outcome.code == 64 && answers.isEmpty, "\(outcome)")
            #expect(outcome.talk.contains("'\(arguments.joined(separator: " "))'; expected none, or --order"))
        }
    }

    // MARK: What an engine gets

    @Test("what an engine is given is what was sent: recorded again, it is the same trace")
    func decoding() throws {
        let folder = try Folder()
        try CSharpRecorderTests().record("Tests/CSharp/sample.calls", to: "sample.mcap", 16, in: folder)
        let sessions = Tool.path("Traces/sessions.mcap")
        for (path, live) in [(folder.path("sample.mcap"), true), (sessions, false)] {
            let trace = try TraceReader(contentsOf: path)
            var conversation = SubjectConversation()
            conversation.hello()
            conversation.begin(live: live)
            try conversation.steps(trace)
            let (answers, outcome) = try conversation.held(
                with: "Subjects", ["record", "again.mcap"], in: folder)
            try #require(outcome.code == 0, "\(outcome)")
            var expected = try trace.allFrames()
            #expect(answers.compactMap(\.frameResult).map { Int32($0.frame) } == expected.map(\.frame))
            // A step has no checkpoint.
            for place in expected.indices { expected[place].checkpoint = nil }
            let found = try TraceReader(contentsOf: folder.path("again.mcap")).allFrames()
            try #require(found.count == expected.count)
            for (found, expected) in zip(found, expected) { #expect(found == expected) }
        }
    }

    @Test("an engine gets every row of a store, in an event and in a reply")
    func storeContents() throws {
        let folder = try Folder()
        let trace = try TraceReader(contentsOf: Tool.path("Traces/tiny.mcap"))
        let contents = sampleContents()
        var conversation = SubjectConversation()
        conversation.begin(live: true)
        try conversation.steps(trace, count: 2) { step in
            if step.frame.frame == 0 {
                var event = MessageEvent()
                event.ordinal = UInt32(step.events.count)
                event.store.sizeCapBytes = 1 << 50
                event.store.contents = contents
                step.events.append(event)
            } else {
                var reply = MessageStoreReply()
                reply.request = .max
                reply.index = contents
                step.work.storeReplies = [reply, reply]
            }
        }
        let (answers, outcome) = try conversation.held(with: "Subjects", ["contents"], in: folder)
        try #require(outcome.code == 0 && answers.count == 3, "\(outcome)")
        #expect(answers[1].result.stages == [XXH3.digest64(bytes(of: contents)).value])
        #expect(answers[2].result.stages == [XXH3.digest64(bytes(of: contents) + bytes(of: contents)).value])
    }

    private func sampleContents() -> MessageStoreContents {
        var contents = MessageStoreContents()
        contents.clock = (1 << 62) - 1
        contents.damagedRows = 3
        for place in 0..<3 {
            var row = MessageStoreRow()
            row.key.seed = UInt64.max - UInt64(place)
            row.key.layoutVersion = UInt32(place)
            row.key.fingerprint = 0x0123_4567_89AB_CDEF
            row.key.baseSpacing = [0, 0.25, 64][place]
            row.key.regionEdge = [0, 128, -1][place]
            row.key.level = UInt32(place) * 3
            row.key.x = Int32.min + Int32(place)
            row.key.y = Int32.max
            row.key.z = -Int32(place)
            row.clock = Int64(place) * 1000
            row.present = Array(repeating: 0x8000_0000_0000_0001, count: place)
            row.digest = UInt64(place) << 60
            if place > 0 { row.content = Data(repeating: UInt8(place), count: place * 100) }
            contents.rows.append(row)
        }
        var world = MessageStoreWorld()
        world.seed = 7
        world.edits = .max
        contents.worlds = [world, MessageStoreWorld()]
        return contents
    }

    /// As the test program hashes them.
    private func bytes(of contents: MessageStoreContents) -> [UInt8] {
        var bytes = CanonicalBytes()
        bytes.append(contents.clock)
        bytes.append(UInt32(contents.rows.count))
        for row in contents.rows {
            bytes.append(row.key.seed)
            bytes.append(row.key.layoutVersion)
            bytes.append(row.key.fingerprint)
            bytes.append(row.key.baseSpacing)
            bytes.append(row.key.regionEdge)
            bytes.append(UInt8(row.key.level))
            for coordinate in [row.key.x, row.key.y, row.key.z] { bytes.append(coordinate) }
            bytes.append(row.clock)
            bytes.append(UInt32(row.present.count))
            for word in row.present { bytes.append(word) }
            bytes.append(row.digest)
        }
        bytes.append(UInt32(contents.worlds.count))
        for world in contents.worlds {
            bytes.append(world.seed)
            bytes.append(world.edits)
        }
        bytes.append(contents.damagedRows)
        for row in contents.rows { bytes.append(contentsOf: Array(row.content)) }
        return bytes.bytes
    }

    @Test("an engine may talk, refuses for itself, and its faults end the program with what was wrong")
    func engines() throws {
        let folder = try Folder()
        let trace = try TraceReader(contentsOf: Tool.path("Traces/tiny.mcap"))
        var conversation = SubjectConversation()
        conversation.hello()
        conversation.begin()
        try conversation.steps(trace, count: 4)
        let talks = try conversation.held(with: "Subjects", ["talks"], in: folder)
        #expect(talks.outcome.code == 0 && talks.outcome.talk == "frame 2\nframe 3\n", "\(talks.outcome)")
        #expect(talks.answers.compactMap(\.frameResult).count == 4)
        let refuses = try conversation.held(with: "Subjects", ["refuses"], in: folder)
        #expect(refuses.outcome.code == 0, "\(refuses.outcome)")
        let sentence = "frame 2 is not for me"
        #expect(refuses.answers.map(\.sentence) == [nil, nil, nil, nil, sentence, sentence])
        for (name, reason) in [
            ("faults", "this engine is broken"),
            ("overfills", "frame 2: the engine gave 1 digests of levels; expected at most 0"),
        ] {
            let (answers, outcome) = try conversation.held(with: "Subjects", [name], in: folder)
            #expect(outcome.code == 70 && outcome.talk.contains(reason), "\(outcome)")
            // The frames before it have their answers, so that the harness can name this one.
            #expect(answers.compactMap(\.frameResult).map(\.frame) == [0, 1], "\(outcome)")
        }
    }

    // MARK: Through the harness

    private func subject(_ order: String) throws -> [String] {
        ["--subject-command", "mono '\(try CSharp.program("LumonSubject"))' --order \(order)"]
    }

    /// A folder with the trace of the scenario's first frames, up to its last and long segment.
    private func recorded() throws -> Folder {
        let folder = try Folder()
        let scenario = try String(
            contentsOfFile: Tool.path("Traces/scheduler.scenario.toml"), encoding: .utf8)
        let first = try #require(scenario.components(separatedBy: "[[event]]\nframe = 700").first)
        let cut = first.replacingOccurrences(of: "frames = 660", with: "frames = 1")
        try #require(first != scenario && cut != first)
        try folder.write(cut, to: "cut.scenario.toml")
        let outcome = try folder.replay(["record", "cut.scenario.toml", "-o", "cut.mcap"])
        try #require(outcome.code == 0, "\(outcome)")
        return folder
    }

    @Test(
        "with the model's order it agrees with the model in every frame; every command of its page prints what the page says",
        .enabled(if: Tool.isThorough, Tool.inRelease))
    func page() throws {
        let folder = try Folder()
        for name in ["Sources", "Traces"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path(name), withDestinationPath: Tool.path(name))
        }
        let outcomes = try GuideTests.take(try GuideTests.steps(of: "CSharpSubject"), in: folder)
        // Compiled, agrees; compiled, agrees, differs, differs (the code is that of what comes behind the pipe).
        #expect(outcomes.map(\.code) == [0, 0, 0, 0, 1, 0])
        try #require(outcomes.count == 6)
        for place in [1, 3] {
            #expect(outcomes[place].output.contains("agrees  820 frames"), "\(outcomes[place])")
        }
        #expect(outcomes[3].output.contains("n/a     stage ring: the subject's own"))
        #expect(outcomes[4].output.contains("first   frame 7, stage select, level 0"))
    }

    @Test(
        "with its own order it goes another way where distance shows for the first time, and there is said what it took"
    )
    func diverges() throws {
        let folder = try recorded()
        // With a budget of 1, frames 0 to 6 take the camera's cell (0, 300, 0) and its six neighbours in both orders. Of those that are
        // two steps away the model takes the first at a squared distance of 2, and the scheduler the first of all.
        let found = "frame 7, stage select, level 0"
        let verified = try folder.replay(
            ["verify", "cut.mcap", "--reference", "model"] + subject("manhattan"))
        #expect(verified.code == 1 && verified.output.contains(found), "\(verified)")
        let explained = try folder.replay(["explain", "cut.mcap"] + subject("manhattan"))
        #expect(explained.code == 1 && explained.output.contains(found), "\(explained)")
        #expect(
            explained.output.contains(
                "selected[0]: expected level 0, cell (0, 299, -1), found level 0, cell (0, 300, -2)"),
            "\(explained)")
        #expect(
            explained.output.contains("lifecycle: expected Uninitialized, found InFlight"), "\(explained)")
    }

    @Test("it has goldens of its own, one for each order")
    func goldens() throws {
        let folder = try recorded()
        for order in ["manhattan", "model"] {
            let subject = try subject(order)
            let accepted = try folder.replay(["golden", "accept", "cut.mcap"] + subject)
            #expect(accepted.code == 0, "\(accepted)")
            let verified = try folder.replay(["verify", "cut.mcap"] + subject)
            #expect(verified.code == 0 && verified.output.contains("agrees"), "\(verified)")
        }
    }

    @Test("a trace that is not for it ends with its own sentence")
    func live() throws {
        let folder = try recorded()
        let recorded = try folder.replay(["record", "--live", "cut.scenario.toml", "-o", "live.mcap"])
        try #require(recorded.code == 0, "\(recorded)")
        let outcome = try folder.replay(
            ["verify", "live.mcap", "--reference", "model"] + subject("model"))
        #expect(outcome.code == 65, "\(outcome)")
        #expect((outcome.output + outcome.talk).contains("the run is a live one"), "\(outcome)")
    }
}
