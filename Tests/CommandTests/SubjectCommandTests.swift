import Foundation
import Recording
import Replay
import Streaming
import Testing

/// Subjects, from the outside: what the harness says of them, and that nothing is left of those that go wrong.
@Suite struct SubjectCommandTests {
    /// A workspace with a trace of 40 frames and its golden of the model.
    private func workspace() throws -> Workspace {
        let workspace = try Workspace([Sample.scenario: Array(Sample.scenario(frames: 40).utf8)])
        let recorded = try workspace.run(["record", Sample.scenario, "-o", "Traces.mcap"])
        #expect(recorded.code == 0, "\(recorded)")
        return workspace
    }

    private func program(_ name: String) throws -> String { try Program.beside(name) }

    private func faulty(_ fault: String) throws -> [String] {
        ["--subject-command", "'\(try program("subject-faults"))' \(fault)", "--subject-timeout", "3"]
    }

    /// Processes of the fault subject that are there: none may be left, not even as a zombie.
    private func leftOver(_ marker: String) throws -> [String] {
        #if os(Linux)
            return try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
                .compactMap { process in
                    let file = "/proc/\(process)/cmdline"
                    guard let bytes = FileManager.default.contents(atPath: file) else { return nil }
                    let text = String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
                    return text.contains(marker) && text.contains("subject-faults")
                        && !text.contains("--subject-command")
                        ? text : nil
                }
        #else
            return []
        #endif
    }

    @Test(
        "a subject that goes wrong is named with the frame, ended, and what it said is shown",
        arguments: [
            ("silent", 69, "frame 7: no answer within 3.0 s"),
            ("dies", 69, "frame 7: the subject ended with exit status 3; expected an answer"),
            ("crashes", 69, "frame 7: the subject ended by signal 6"),
            (
                "wrong-length", 69,
                "frame 7: the subject announces a message of 2147483648 bytes; expected at most 67108864"
            ),
            ("endless-length", 69, "frame 7: the subject's answer is a length that never ends"),
            ("cut-short", 69, "frame 7: the subject ended with exit status 0, 4 bytes into a message"),
            ("garbage", 69, "frame 7: the subject's answer is 5 bytes that cannot be decoded"),
            ("wrong-count", 69, "frame 7: expected 9 digests of stages, the subject answered 8"),
            ("too-many-levels", 69, "frame 7: expected at most 8 digests of levels, the subject answered 9"),
            ("wrong-counters", 69, "frame 7: expected 15 counters for at most 8 levels"),
            (
                "later-first", 69,
                "frame 7: expected the result of frame 7, the subject answered that of frame 8"
            ),
            ("wrong-kind", 69, "frame 7: expected the result of frame 7, the subject answered begun"),
            ("refuses", 65, "frame 7: the subject cannot do that: this frame is not for me"),
            ("floods", 69, "frame 7: the subject wrote more than 16777216 bytes to standard error"),
            ("closes-input", 69, "frame 7: the subject has closed its standard input"),
            ("closes-output", 69, "frame 7: the subject has closed its standard output"),
            ("forks", 69, "frame 7: the subject ended with exit status 4"),
        ] as [(String, Int32, String)])
    func faults(fault: String, code: Int32, sentence: String) throws {
        let workspace = try workspace()
        let marker = "\(fault) 7 \(UUID().uuidString)"
        try workspace.expectFailure(
            code,
            ["verify", "Traces.mcap", "--reference", "model", "--subject-command"]
                + ["'\(try program("subject-faults"))' \(marker)", "--subject-timeout", "3"],
            says: [sentence])
        #expect(try leftOver(marker).isEmpty)
        #expect(FileManager.default.fileExists(atPath: workspace.path("Traces.mcap")))
    }

    @Test("what a subject wrote last to standard error stands in the error")
    func lastWords() throws {
        let workspace = try workspace()
        let outcome = try workspace.run(
            ["verify", "Traces.mcap", "--reference", "model"] + faulty("dies 20"))
        #expect(outcome.output.contains("frame 20: the subject ended with exit status 3"), "\(outcome)")
        #expect(outcome.output.contains("its standard error: the last thing that it said"), "\(outcome)")
    }

    @Test(
        "a subject that describes itself wrongly is refused at the handshake",
        arguments: [
            ("stages-twice", "'stages' is 'input' twice; expected each stage once"),
            ("other-protocol", "'protocol_version' is 2; expected 1"),
            ("bad-name", "'name' is '../../tmp'; expected 1 to 64 bytes"),
            ("bad-fields", "expected some of cameraCell anchor, in this order"),
            ("no-handshake", "the subject's answer is text ('Welcome to the engine!"),
            ("ends", "ends': the subject ended with exit status 3"),
        ])
    func handshake(fault: String, sentence: String) throws {
        let workspace = try workspace()
        try workspace.expectFailure(
            69, ["verify", "Traces.mcap", "--reference", "model"] + faulty(fault), says: [sentence])
    }

    @Test("a subject that needs 2 GB is stopped at its limit, and the harness stays small")
    func memory() throws {
        let workspace = try workspace()
        try workspace.write(
            """
            format = 1
            [subjects.big]
            command = "'\(try program("subject-faults"))' needs-memory"
            memory_limit_mib = 200
            """, to: "lumon-replay.toml")
        let outcome = try workspace.run(["verify", "Traces.mcap", "--reference", "model", "--subject", "big"])
        #expect(outcome.code == 69, "\(outcome)")
        #expect(
            outcome.output.contains("MiB of memory; expected at most 200 MiB")
                && outcome.output.contains("memory_limit_mib"), "\(outcome)")
    }

    @Test("one subject that fails at a trace is started again for the next")
    func nextTrace() throws {
        let workspace = try workspace()
        try workspace.write(try workspace.bytes("Traces.mcap"), to: "Traces/a.mcap")
        try workspace.write(try workspace.bytes("Traces.mcap"), to: "Traces/b.mcap")
        let outcome = try workspace.run(["verify", "--reference", "model"] + faulty("dies"))
        #expect(outcome.code == 69, "\(outcome)")
        #expect(outcome.badEntries.count == 2, "\(outcome)")
    }

    @Test("a bad end is noted, and is no verdict")
    func badEnd() throws {
        let workspace = try workspace()
        for (fault, note) in [
            ("stays", "did not end when its input had ended, and was killed"),
            ("ends-badly", "ended with exit status 5 when its input had ended"),
        ] {
            let outcome = try workspace.run(
                ["verify", "Traces.mcap", "--reference", "model"] + faulty(fault))
            #expect(outcome.code == 0 && outcome.talk.contains(note), "\(outcome)")
        }
    }

    @Test("the model behind the protocol agrees with the model, on digests, counters and records")
    func modelAsSubject() throws {
        let workspace = try workspace()
        let subject = ["--subject-command", "'\(try Program.path())' subject"]
        let verified = try workspace.run(["verify", "Traces.mcap", "--reference", "model"] + subject)
        #expect(verified.code == 0 && verified.output.contains("agrees  40 frames"), "\(verified)")
        #expect(!verified.output.contains("n/a"), "\(verified)")
        let own = try workspace.run(["replay", "Traces.mcap", "--from", "39", "--to", "39"])
        let other = try workspace.run(["replay", "Traces.mcap", "--from", "39", "--to", "39"] + subject)
        #expect(own.outputLines.first == other.outputLines.first, "\(own)\n\(other)")
        for name in ["run  ", "selected", "committed", "dropped"] {
            let line = own.outputLines.first { $0.hasPrefix(name) }
            #expect(line != nil && other.outputLines.contains(line ?? ""), "\(name)\n\(own)\n\(other)")
        }
        let explained = try workspace.run(["explain", "Traces.mcap"] + subject)
        #expect(
            explained.code == 0 && explained.output.contains("agrees  40 frames with the model"),
            "\(explained)")
        _ = try workspace.run(["replay", "Traces.mcap", "--digests", "own.digests"])
        _ = try workspace.run(["replay", "Traces.mcap", "--digests", "other.digests"] + subject)
        #expect(try workspace.bytes("own.digests") == workspace.bytes("other.digests"))
    }

    @Test(
        "a golden of a subject lies in a folder of its name, is accepted after a gate, and is compared with")
    func goldens() throws {
        let workspace = try workspace()
        try workspace.write(try workspace.bytes("Traces.mcap"), to: "Traces/walk.mcap")
        let subject = ["--subject-command", "'\(try Program.path())' subject --name engine-1.0"]
        try workspace.expectFailure(2, ["verify"] + subject, says: ["there is no golden", "golden accept"])
        let status = try workspace.run(["golden", "status"] + subject)
        #expect(status.code == 2 && status.output.contains("missing"), "\(status)")
        let accepted = try workspace.run(["golden", "accept", "Traces/walk.mcap"] + subject)
        #expect(
            accepted.code == 0 && accepted.output.contains("Golden/engine-1.0/walk.golden  created"),
            "\(accepted)")
        for gate in [
            "once more", "in a fresh process", "1 worker", "3 workers", "saved and restored after frame 20",
        ] {
            #expect(accepted.talk.contains(gate), "\(accepted)")
        }
        #expect(accepted.talk.contains("stable under: a quick check (4 runs, "), "\(accepted)")
        #expect(!accepted.talk.contains("not applicable: "), "\(accepted)")
        let text = String(decoding: try workspace.bytes("Golden/engine-1.0/walk.golden"), as: UTF8.self)
        #expect(
            text.contains("\nsubject       engine-1.0\nstages        input snap shift recycle"), "\(text)")
        let verified = try workspace.run(["verify"] + subject)
        #expect(verified.code == 0 && verified.output.contains("agrees  40 frames"), "\(verified)")
        // The same goldens are none of the model, nor of a subject of another name or other stages.
        try workspace.write(text, to: "Golden/walk.golden")
        try workspace.write(try workspace.bytes("Golden/engine-1.0/walk.digests"), to: "Golden/walk.digests")
        try workspace.expectFailure(
            2, ["verify"], says: ["the golden is of the subject engine-1.0; expected one of model"])
        try workspace.write(text, to: "Golden/other/walk.golden")
        try workspace.write(
            try workspace.bytes("Golden/engine-1.0/walk.digests"), to: "Golden/other/walk.digests")
        try workspace.expectFailure(
            2, ["verify", "--subject-command", "'\(try Program.path())' subject --name other"],
            says: ["the golden is of the subject engine-1.0; expected one of other"])
        // A golden without a trace is found in the subject's own folder.
        try workspace.write(text, to: "Golden/engine-1.0/gone.golden")
        let orphan = try workspace.run(["verify"] + subject)
        #expect(
            orphan.code == 2 && orphan.output.contains("gone.golden: a golden without a trace"), "\(orphan)")
    }

    @Test("a subject that leaves its golden is named with frame and stage, and leaves a new one")
    func divergence() throws {
        let workspace = try workspace()
        try workspace.write(try workspace.bytes("Traces.mcap"), to: "Traces/walk.mcap")
        let good = try faulty("none")
        #expect(try workspace.run(["golden", "accept", "Traces/walk.mcap"] + good).code == 0)
        #expect(try workspace.run(["verify"] + good).code == 0)
        let bad = try faulty("wrong-digest 21")
        let verified = try workspace.run(["verify"] + bad)
        #expect(verified.code == 1, "\(verified)")
        for text in [
            "first   frame 21, stage select", "differ  1 of 40 frames", "Golden/faulty/walk.golden.new",
        ] {
            #expect(verified.output.contains(text), "\(verified)")
        }
        let status = try workspace.run(["golden", "status"] + good)
        #expect(status.code == 2 && status.output.contains("changed"), "\(status)")
        #expect(
            verified.output.contains("--reference golden"), "the next command compares with the same thing")
        let explained = try workspace.run(["explain", "Traces/walk.mcap", "--reference", "golden"] + bad)
        #expect(
            explained.code == 1 && explained.output.contains("first   frame 21, stage select")
                && explained.output.contains("a golden holds digests only"), "\(explained)")
        // A run that agrees again takes away what the mismatch had left.
        #expect(workspace.exists("Golden/faulty/walk.golden.new"))
        #expect(try workspace.run(["verify"] + good).code == 0)
        #expect(
            !workspace.exists("Golden/faulty/walk.golden.new")
                && !workspace.exists("Golden/faulty/walk.digests.new"))
        #expect(try workspace.run(["golden", "status"] + good).code == 0)
    }

    @Test("a subject that has only a part is compared on that, and the verdict says what was not")
    func partial() throws {
        let workspace = try workspace()
        let verified = try workspace.run(
            ["verify", "Traces.mcap", "--reference", "model"] + faulty("partial"))
        #expect(verified.code == 0 && verified.output.contains("agrees  40 frames"), "\(verified)")
        for line in [
            "n/a     stage ring: the subject's own", "n/a     stage select: sums generation S Q",
            "n/a     stages input shift recycle dirty cast commit store: the subject has none",
            "n/a     payloads: the subject has none", "n/a     digests of levels: the subject has none",
        ] {
            #expect(verified.outputLines.contains("  " + line), "\(line)\n\(verified)")
        }
        // A worker count that it does not take is no part of the verdict either.
        let workers = try workspace.run(
            ["verify", "Traces.mcap", "--reference", "model", "--workers", "5"] + faulty("partial"))
        #expect(
            workers.code == 0 && workers.output.contains("n/a     workers: partial does not take"),
            "\(workers)")
        // Its own stage is compared with its own golden only.
        let ring = try faulty("partial-wrong-ring 11")
        #expect(try workspace.run(["verify", "Traces.mcap", "--reference", "model"] + ring).code == 0)
        #expect(try workspace.run(["golden", "accept", "Traces.mcap"] + faulty("partial")).code == 0)
        let golden = try workspace.run(["verify", "Traces.mcap"] + ring)
        #expect(golden.code == 1 && golden.output.contains("first   frame 11, stage ring"), "\(golden)")
        let select = try faulty("partial-wrong-select 12")
        for reference in ["model", "golden"] {
            let outcome = try workspace.run(["verify", "Traces.mcap", "--reference", reference] + select)
            #expect(
                outcome.code == 1 && outcome.output.contains("first   frame 12, stage select"), "\(outcome)")
        }
        let json = try workspace.run(
            ["verify", "Traces.mcap", "--reference", "model", "--format", "json"] + faulty("partial"))
        #expect(json.code == 0 && json.output.contains("{\"name\":\"n/a\",\"value\":\"stage ring"), "\(json)")
        let explained = try workspace.run(["explain", "Traces.mcap"] + select)
        #expect(
            explained.code == 1
                && explained.output.contains("deeper  not possible: partial gives no records"),
            "\(explained)")
    }

    @Test("a trace of a variant that a subject has not is neither right nor wrong, and alone it is no pass")
    func otherVariant() throws {
        let text = Sample.scenario(frames: 40).replacingOccurrences(
            of: "levels = 2", with: "levels = 2\nvariant = \"lumon-2026-01\"")
        let workspace = try Workspace(["variant.scenario.toml": Array(text.utf8)])
        #expect(try workspace.run(["record", "variant.scenario.toml", "-o", "variant.mcap"]).code == 0)
        let outcome = try workspace.run(
            ["verify", "variant.mcap", "--reference", "model"] + faulty("partial"))
        #expect(outcome.code == 2, "\(outcome)")
        #expect(
            outcome.output.contains("the trace is of the variant lumon-2026-01, which partial does not have")
                && outcome.output.contains("1 not applicable"), "\(outcome)")
        for arguments in [["explain", "variant.mcap"], ["golden", "accept", "variant.mcap"]] {
            try workspace.expectFailure(
                2, arguments + faulty("partial"),
                says: ["not applicable: the trace is of the variant lumon-2026-01"])
        }
        let model = ["--subject-command", "'\(try Program.path())' subject"]
        let whole = try workspace.run(["verify", "variant.mcap", "--reference", "model"] + model)
        #expect(whole.code == 0, "\(whole)")
    }

    @Test("a run that is not stable becomes no golden")
    func unstable() throws {
        let workspace = try workspace()
        // Every second run of one process has another digest.
        let command = """
            '\(try program("subject-faults"))' every-second
            """
        try workspace.expectFailure(
            2, ["golden", "accept", "Traces.mcap", "--subject-command", command],
            says: [
                "not accepted: it is not deterministic: it differs under ", "first at frame 7, stage select",
            ])
    }

    @Test("explain shows the values of a subject's records")
    func explained() throws {
        let workspace = try workspace()
        let subject = [
            "--subject-command", "LUMON_PLANTED_FAULT=ties-by-slot@3 '\(try Program.path())' subject",
        ]
        let outcome = try workspace.run(["explain", "Traces.mcap"] + subject)
        #expect(outcome.code == 1, "\(outcome)")
        for text in [
            "DIVERGED  from the model", ", stage select, level", "value   selected[", "].cell: expected (",
        ] {
            #expect(outcome.output.contains(text), "\(outcome)")
        }
        let json = try workspace.run(["explain", "Traces.mcap", "--format", "json"] + subject)
        #expect(json.code == 1 && json.output.contains("\"outcome\":\"diverged\""), "\(json)")
    }

    @Test(
        "subjects have names in lumon-replay.toml, which is found upwards",
        .enabled(if: Scale.isThorough, Scale.inRelease))
    func project() throws {
        let workspace = try workspace()
        let created = try workspace.run(["init"])
        #expect(created.code == 0 && created.output.contains("lumon-replay.toml  created"), "\(created)")
        try workspace.expectFailure(64, ["init"], says: ["exists already"])
        // What init writes is read, with and without its comments.
        try workspace.expectFailure(
            64, ["verify", "Traces.mcap", "--subject", "engine"],
            says: ["has no subject of this name; it has none"])
        let text = String(decoding: try workspace.bytes("lumon-replay.toml"), as: UTF8.self)
        let open = text.split(separator: "\n").map { line in
            let bare = line.hasPrefix("# ") ? line.dropFirst(2) : line
            return bare.hasPrefix("[") || bare.contains(" = ") ? String(bare) : String(line)
        }.joined(separator: "\n").replacingOccurrences(
            of: "build/engine --replay-host", with: "'\(try Program.path())' subject --name model-2"
        ).replacingOccurrences(
            of: "build/debug/engine --replay-host", with: "'\(try Program.path())' subject --name model-2")
        try workspace.write(open, to: "lumon-replay.toml")
        try workspace.write(try workspace.bytes("Traces.mcap"), to: "Traces/walk.mcap")
        #expect(try workspace.run(["golden", "accept", "Traces/walk.mcap", "--subject", "engine"]).code == 0)
        #expect(workspace.exists("Golden/engine/walk.golden"))
        #expect(try workspace.run(["verify", "--subject", "engine"]).code == 0)
        try workspace.makeFolder("deep/deeper")
        let deep = try workspace.run(in: "deep/deeper", ["verify", "--subject", "engine"])
        #expect(deep.code == 0 && deep.output.contains("../../Traces/walk.mcap"), "\(deep)")
        // The model too finds traces and goldens from there.
        #expect(try workspace.run(in: "deep", ["golden", "accept", "../Traces/walk.mcap"]).code == 0)
        #expect(try workspace.run(in: "deep", ["verify"]).code == 0)
        #expect(workspace.exists("Golden/walk.golden"))
    }

    @Test(
        "a lumon-replay.toml that is wrong is refused with its line",
        arguments: [
            ("format = 2", "format"),
            ("format = 1\ngoldn = \"x\"", "goldn: unknown key; did you mean \"golden\""),
            ("format = 1\n[subjects.a]\ntimeout_seconds = 3", "command: missing"),
            ("format = 1\n[subjects.a]\ncommand = \"x\"\ntimeout_seconds = 0", "a number from 0.1"),
            ("format = 1\n[subjects.a]\ncommand = 3", "expected a text"),
            ("format = 1\n[subjects.-a]\ncommand = \"x\"", "a name of 1 to 64 bytes"),
            ("format = 1\n[subjects", "not valid TOML"),
        ])
    func wrongProject(text: String, sentence: String) throws {
        let workspace = try workspace()
        try workspace.write(text, to: "lumon-replay.toml")
        let parts = sentence.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        try workspace.expectFailure(
            65, ["verify", "Traces.mcap", "--subject", "a"], says: ["lumon-replay.toml"] + parts)
    }

    @Test("a command that does not exist is said to be none")
    func noProgram() throws {
        let workspace = try workspace()
        let outcome = try workspace.run(["verify", "Traces.mcap", "--subject-command", "./no-such-engine"])
        #expect(outcome.code == 69, "\(outcome)")
        #expect(
            outcome.talk.contains("exit status 127") && outcome.talk.contains("no-such-engine"), "\(outcome)")
    }

    @Test("an interrupted harness takes its subject with it")
    func interrupted() throws {
        let workspace = try workspace()
        let marker = "silent 7 \(UUID().uuidString)"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Program.path())
        process.arguments = [
            "verify", "Traces.mcap", "--reference", "model", "--subject-command",
            "'\(try program("subject-faults"))' \(marker)",
        ]
        process.currentDirectoryURL = workspace.folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        // Threads of a pool have signals blocked, and a process that they start inherits that.
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        try process.run()
        pthread_sigmask(SIG_SETMASK, &before, nil)
        let deadline = Date().addingTimeInterval(20)
        while try leftOver(marker).isEmpty, Date() < deadline { usleep(20_000) }
        #expect(try !leftOver(marker).isEmpty, "the subject has never been there")
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGTERM)
        while try !leftOver(marker).isEmpty, Date() < deadline { usleep(20_000) }
        #expect(try leftOver(marker).isEmpty)
    }
}
