import Foundation
import Hashing
import Recording
import Streaming
import Testing
import Verification

@Suite("What goes wrong is said once, with the right exit code, and touches nothing")
struct FailureTests {
    @Test(
        "wrong arguments",
        arguments: [
            "frobnicate", "verify --frobnicate", "replay", "replay Traces/walk.mcap --workers 0",
            "replay Traces/walk.mcap --workers 257", "replay Traces/walk.mcap --workers x",
            "replay Traces/walk.mcap --workers 99999999999999999999", "verify --workers -1",
            "verify --workers 0",
            "verify --rebuild-every -1", "verify --rebuild-every=-1", "verify --format yaml",
            "replay Traces/walk.mcap --from 5 --to 3", "replay Traces/walk.mcap --dump-frame -1",
            "replay Traces/walk.mcap --dump-frame=-1", "replay Traces/walk.mcap --from=-1",
            "replay Traces/walk.mcap --dump-frame 3 --from 2", "replay Traces/walk.mcap --to 4294967296",
            "replay Traces/walk.mcap extra", "record walk.scenario.toml", "record -o x.mcap", "golden accept",
            "golden cat", "trace", "trace cat", "trace frobnicate", "trace validate",
            "trace finalize Traces/walk.mcap", "trace finalize --drop-foreign -o out.mcap",
            "trace recover Traces/walk.mcap", "trace recover -o out.mcap",
            "trace recover Traces/walk.mcap -o out.mcap --format xml",
            "trace import --format tum path.txt", "trace import --format kitti path.txt -o x.mcap",
            "trace import --format kitti path.txt -o x.mcap --times t.txt --pose-rate 10",
            "trace import --format kitti path.txt -o x.mcap --pose-rate 0",
            "trace import --format kitti path.txt -o x.mcap --pose-rate 10 --topic /a",
            "trace import --format tum path.txt -o x.mcap --times t.txt",
            "trace import --format tum path.txt -o x.mcap --pose-rate 10",
            "trace import --format euroc path.txt -o x.mcap --times t.txt",
            "trace import --format euroc path.txt -o x.mcap --child-frame a",
            "trace import --format mcap path.mcap -o x.mcap --pose-rate 10",
            "trace import --format tum path.txt -o x.mcap --topic /a",
            "trace import --format rosbag path.bag -o x.mcap",
            "trace import --format tum path.txt -o x.mcap --rate 0",
            "trace import --format tum path.txt -o x.mcap --rate=-1",
            "trace import --format tum path.txt -o x.mcap --rate nan",
            "trace import --format tum path.txt -o x.mcap --rate 1e10",
            "trace import --format tum path.txt -o x.mcap --rate 0.0000000001",
            "trace import --format tum path.txt -o x.mcap --axes x,y",
            "trace import --format tum path.txt -o x.mcap --axes x,y,-y",
            "trace import --format tum path.txt -o x.mcap --axes -o y.mcap",
            "trace export Traces/walk.mcap", "trace export --format tum",
            "trace export Traces/walk.mcap --format kitti",
            "trace import --format tum path.txt -o x.mcap --preset modern",
            "trace import --format tum path.txt -o x.mcap --scale 0",
            "trace import --format tum path.txt -o x.mcap --scale nan",
            "trace import --format tum path.txt -o x.mcap --offset 1,2",
            "trace import --format tum path.txt -o x.mcap --offset 1,2,inf",
            "trace import --format tum path.txt -o x.mcap --seed -1",
        ])
    func usage(arguments: String) throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let words = arguments.split(separator: " ").map(String.init)
        if words == ["trace"] {
            // A group of verbs without one shows its help.
            #expect(try workspace.run(words).output.contains("USAGE"))
            return
        }
        let outcome = try workspace.expectFailure(64, words)
        #expect(outcome.output.isEmpty, "\(outcome)")
    }

    @Test("frames that the trace does not have", arguments: ["--from", "--to", "--dump-frame"])
    func framesOutside(option: String) throws {
        let workspace = try Workspace(try Sample.accepted.get())
        for frame in ["10", "999", "2147483647"] {
            let outcome = try workspace.expectFailure(
                64, ["replay", Sample.trace, option, frame, "--digests", "never"], says: ["expected 0 to 9"])
            if option != "--to" { #expect(outcome.output.isEmpty, "\(outcome)") }
        }
    }

    private static let readers: [[String]] = [
        ["replay"], ["golden", "accept"], ["trace", "info"], ["trace", "cat"], ["trace", "validate"],
        ["trace", "finalize", "-o", "out.mcap"], ["trace", "export", "--format", "jsonl"],
    ]

    /// Every verb that reads a trace.
    private func expectUnreadable(
        _ workspace: Workspace, _ path: String, code: Int32, says: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for reader in FailureTests.readers {
            // `cat` prints as it reads: what stands before the damage is printed.
            let outcome = try workspace.expectFailure(
                code, reader + [path], says: [path] + says, sourceLocation: sourceLocation)
            if reader != ["trace", "cat"] {
                #expect(outcome.output.isEmpty, "\(outcome)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test("a file that is not there, a folder, an empty file")
    func noFile() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try workspace.write([], to: "empty.mcap")
        for (path, code, text) in [
            ("none.mcap", Int32(74), "no such file"), ("Traces", 74, "is a folder"),
            ("none/none.mcap", 74, "no such file"), (Sample.scenario + "/x", 74, "no such file"),
            ("empty.mcap", 65, "is empty"), ("", 74, ""),
        ] {
            try expectUnreadable(workspace, path, code: code, says: [text])
            try workspace.expectFailure(code, ["verify", path], says: [text])
            try workspace.expectFailure(code, ["record", path, "-o", "out.mcap"], says: [text])
            try workspace.expectFailure(code, ["golden", "cat", path], says: [text])
            try workspace.expectFailure(
                code, ["trace", "import", "--format", "tum", path, "-o", "out.mcap"], says: [text])
            try workspace.expectFailure(
                code,
                ["trace", "import", "--format", "kitti", Sample.scenario, "--times", path, "-o", "out.mcap"],
                says: [text])
        }
        if FileManager.default.fileExists(atPath: "/dev/null") {
            try expectUnreadable(workspace, "/dev/null", code: 74)
            try workspace.expectFailure(74, ["verify", "/dev/null"])
        }
    }

    @Test("files that are something else")
    func otherFiles() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let png: [UInt8] =
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1]
            + Array(repeating: 0xFF, count: 300)
        try workspace.write(png, to: "picture.mcap")
        try workspace.write("It was a dark and stormy night.\n", to: "novel.mcap")
        try workspace.write([0x89], to: "byte.mcap")
        for path in [
            "picture.mcap", "novel.mcap", "byte.mcap", Sample.scenario, Sample.golden, Sample.digests,
        ] {
            try expectUnreadable(workspace, path, code: 65)
        }
        for path in ["picture.mcap", "novel.mcap", Sample.trace, Sample.golden, Sample.digests] {
            try workspace.expectFailure(65, ["record", path, "-o", "out.mcap"], says: [path])
            try workspace.expectFailure(
                65, ["trace", "import", "--format", "tum", path, "-o", "out.mcap"], says: [path])
        }
        for path in ["picture.mcap", "novel.mcap", Sample.trace, Sample.scenario] {
            try workspace.expectFailure(65, ["golden", "cat", path], says: [path])
        }
    }

    @Test("verify says of a file that is no trace that it is none, with or without a golden")
    func verifyOfNoTrace() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try workspace.write("It was a dark and stormy night.\n", to: "Traces/novel.mcap")
        try workspace.expectFailure(65, ["verify", "Traces/novel.mcap"])
        var flipped = try workspace.bytes(Sample.trace)
        flipped[flipped.count / 2] ^= 4
        try workspace.write(flipped, to: Sample.trace)
        try workspace.expectFailure(65, ["verify", Sample.trace])
    }

    @Test("a trace of a newer format")
    func newerFormat() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try workspace.write(try newer(try workspace.bytes(Sample.trace)), to: "newer.mcap")
        try expectUnreadable(workspace, "newer.mcap", code: 65, says: ["newer version", "reads up to 1"])
    }

    /// The trace with format version 2 in its configuration, and every checksum made anew.
    private func newer(_ bytes: [UInt8]) throws -> [UInt8] {
        var writer = try MCAPWriter(
            MemorySink(), header: MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library))
        for topic in TraceTopic.allCases { try writer.write(topic.schema) }
        for topic in TraceTopic.allCases { try writer.write(topic.channel) }
        var patched = 0
        for item in try MCAPStreamReader.items(of: MCAPBytes(bytes)) {
            guard case .message(var message) = item.record else { continue }
            if message.channelID == TraceTopic.configuration.id {
                // Field 1, a varint: 08 01.
                try #require(message.data.starts(with: [0x08, 0x01]))
                message.data[1] = 2
                patched += 1
            }
            try writer.write(message)
        }
        try #require(patched > 0)
        try writer.finish()
        return writer.sink.bytes
    }

    @Test("a trace cut short anywhere", arguments: [1, 7, 8, 9, 40, 100, 1000, 5000, 9000])
    func truncated(lost: Int) throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let bytes = try workspace.bytes(Sample.trace)
        try workspace.write(Array(bytes.dropLast(lost)), to: "cut.mcap")
        try expectUnreadable(workspace, "cut.mcap", code: 65)
        try workspace.write(Array(bytes.prefix(lost)), to: "cut.mcap")
        try expectUnreadable(workspace, "cut.mcap", code: 65)
    }

    @Test("a bit flipped anywhere", arguments: 0..<24)
    func flipped(place: Int) throws {
        let workspace = try Workspace(try Sample.accepted.get())
        var bytes = try workspace.bytes(Sample.trace)
        let index = (bytes.count - 1) * place / 23
        bytes[index] ^= 1 << (place % 8)
        try workspace.write(bytes, to: "flipped.mcap")
        for reader in FailureTests.readers {
            try workspace.expectFailure(65, reader + ["flipped.mcap"], says: ["flipped.mcap"])
        }
    }

    @Test("a golden with one character changed", arguments: [0, 14, 30, 60, 120, 200, 400, 600])
    func damagedGolden(place: Int) throws {
        let workspace = try Workspace(try Sample.accepted.get())
        var bytes = try workspace.bytes(Sample.golden)
        let index = min(place, bytes.count - 3)
        bytes[index] = bytes[index] == 0x37 ? 0x38 : 0x37
        try workspace.write(bytes, to: Sample.golden)
        try workspace.expectFailure(65, ["verify"], says: [Sample.golden])
        try workspace.expectFailure(65, ["golden", "status"], says: [Sample.golden])
        try workspace.expectFailure(65, ["golden", "cat", Sample.golden], says: [Sample.golden])
    }

    @Test("digests with one byte changed, cut, or of a newer format")
    func damagedDigests() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        let bytes = try workspace.bytes(Sample.digests)
        var damaged = [Array(bytes.dropLast()), Array(bytes.prefix(20)), bytes + [0], [0x4C]]
        for index in stride(from: 0, to: bytes.count, by: 37) {
            damaged.append(bytes)
            damaged[damaged.count - 1][index] ^= 0x10
        }
        for content in damaged {
            try workspace.write(content, to: Sample.digests)
            try workspace.expectFailure(65, ["verify"], says: [Sample.digests])
            try workspace.expectFailure(65, ["golden", "status"], says: [Sample.digests])
            try workspace.expectFailure(65, ["golden", "cat", Sample.digests], says: [Sample.digests])
        }
    }

    @Test(
        "half a golden, two halves of two goldens, and a golden without a trace",
        .enabled(if: Scale.isThorough, Scale.inRelease))
    func unpaired() throws {
        for name in [Sample.golden, Sample.digests] {
            let workspace = try Workspace(try Sample.accepted.get())
            try workspace.remove(name)
            try workspace.expectFailure(2, ["verify"], says: ["half a golden: \(name) is missing"])
            try workspace.expectFailure(2, ["golden", "status"], says: [name])
        }
        let workspace = try Workspace(try Sample.accepted.get())
        let kept = try workspace.bytes(Sample.golden)
        try workspace.write(Sample.scenario(seed: 5), to: Sample.scenario)
        #expect(try workspace.run(["record", Sample.scenario, "-o", Sample.trace]).code == 0)
        #expect(try workspace.run(["golden", "accept", Sample.trace]).code == 0)
        try workspace.write(kept, to: Sample.golden)
        try workspace.expectFailure(2, ["verify"], says: ["not of the same run"])

        let orphaned = try Workspace(try Sample.accepted.get())
        let trace = try orphaned.bytes(Sample.trace)
        try orphaned.write(trace, to: "Traces/other.mcap")
        try orphaned.remove(Sample.trace)
        #expect(try orphaned.run(["golden", "accept", "Traces/other.mcap"]).code == 0)
        let outcome = try orphaned.run(["verify"])
        #expect(outcome.code == 2)
        #expect(outcome.output.contains("\(Sample.golden): a golden without a trace"))
        #expect(outcome.output.contains("\(Sample.digests): a golden without a trace"))
        let status = try orphaned.run(["golden", "status"])
        #expect(status.code == 2)
        #expect(status.output.contains("without a trace"))
    }

    @Test(
        "scenarios in which something is wrong",
        arguments: [
            ("preset = \"classic\"", "preset = \"clasic\"", "did you mean \"classic\"?"),
            ("level_budgets", "level_budget", "did you mean \"level_budgets\"?"),
            ("frames_per_second", "frame_per_second", "did you mean \"frames_per_second\"?"),
            ("move = \"fly\"", "move = \"flyy\"", "did you mean \"fly\"?"),
            ("material = \"lamp\"", "material = \"lmap\"", "did you mean \"lamp\"?"),
            ("seed = 3", "seed = ", "walk.scenario.toml:4"),
            ("levels = 2", "levels = \"two\"", "walk.scenario.toml:10"),
            ("frames = 10", "frames = 0", "frames"), ("frames = 10", "frames = 99999999999", "frames"),
            ("frame = 4", "frame = 40", "frame"), ("speed = 60", "speed = nan", "speed"),
            ("speed = 60", "speed = 1e308", "speed"), ("format = 1", "format = 2", "format"),
            ("start = [0.0, 84.0, 0.0]", "start = [0.0, 84.0]", "start"),
        ])
    func wrongScenarios(old: String, new: String, says: String) throws {
        let text = Sample.scenario().replacingOccurrences(of: old, with: new)
        try #require(text != Sample.scenario())
        let workspace = try Workspace([Sample.scenario: Array(text.utf8), "good.mcap": [1, 2, 3]])
        try workspace.expectFailure(
            65, ["record", Sample.scenario, "-o", "good.mcap"], says: ["walk.scenario.toml:", says])
    }

    @Test("a scenario that is no UTF-8")
    func notText() throws {
        let workspace = try Workspace([Sample.scenario: [0xFF, 0xFE, 0x00]])
        try workspace.expectFailure(65, ["record", Sample.scenario, "-o", "good.mcap"], says: ["not text"])
    }

    @Test(
        "outputs that cannot be written",
        arguments: ["folder", "none/out", "/dev/full/out", "walk.scenario.toml/out", ""])
    func unwritable(output: String) throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try workspace.makeFolder("folder")
        try workspace.write("0 1 2 3 0 0 0 1\n", to: "path.txt")
        for command in [
            ["record", Sample.scenario, "-o", output], ["trace", "finalize", Sample.trace, "-o", output],
            ["trace", "recover", Sample.trace, "-o", output],
            ["trace", "import", "--format", "tum", "path.txt", "-o", output],
            ["trace", "export", "--format", "tum", Sample.trace, "-o", output],
        ] {
            try workspace.expectFailure(74, command)
        }
        // The run itself is printed before its digests are written.
        let before = try workspace.files()
        let replay = try workspace.run(["replay", Sample.trace, "--digests", output])
        #expect(replay.code == 74, "\(replay)")
        #expect(replay.errorLines.count == 1, "\(replay)")
        #expect(try workspace.files() == before)
    }

    @Test("an output in the place of another kind of input leaves the input as it is")
    func outputOverInput() throws {
        let workspace = try Workspace(try Sample.accepted.get())
        try workspace.write("0 1 2 3 0 0 0 1\n", to: "path.txt")
        let before = try workspace.files()
        for command in [
            ["record", Sample.scenario, "-o", Sample.scenario],
            ["replay", Sample.trace, "--digests", Sample.trace],
            ["trace", "finalize", Sample.trace, "-o", Sample.scenario],
            ["trace", "recover", Sample.trace, "-o", "path.txt"],
            ["trace", "recover", Sample.trace, "-o", "./\(Sample.trace)"],
            ["trace", "import", "--format", "tum", "path.txt", "-o", "path.txt"],
            ["trace", "export", "--format", "tum", Sample.trace, "-o", Sample.trace],
            ["trace", "export", "--format", "jsonl", Sample.trace, "-o", Sample.scenario],
        ] {
            let outcome = try workspace.run(command)
            #expect(outcome.code == 64, "\(outcome)")
            #expect(try workspace.files() == before, "\(outcome)")
            for (name, bytes) in before where !name.hasSuffix("/") { try workspace.write(bytes, to: name) }
        }
    }

    @Test(
        "a folder of goldens that cannot be made",
        .enabled(if: Scale.isThorough, Scale.inRelease))
    func unwritableGolden() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        try workspace.write("in the way", to: "Golden")
        try workspace.expectFailure(74, ["golden", "accept", Sample.trace])
        try workspace.expectFailure(74, ["golden", "accept", Sample.trace, "--golden", "/dev/null/x"])
    }

    @Test(
        "a folder in the place of the golden, or of what a mismatch leaves",
        .enabled(if: Scale.isThorough, Scale.inRelease))
    func folderInPlace() throws {
        for name in [Sample.golden, Sample.digests] {
            let workspace = try Workspace(try Sample.recorded.get())
            try workspace.makeFolder(name)
            try workspace.expectFailure(74, ["golden", "accept", Sample.trace])
        }
    }

    @Test(
        "a standard output that is full is an error of output, never a verdict",
        arguments: [
            ["verify"], ["verify", "--format", "json"], ["golden", "status"], ["replay", Sample.trace],
            ["replay", Sample.trace, "--from", "0"], ["replay", Sample.trace, "--dump-frame", "3"],
            ["trace", "cat", Sample.trace], ["trace", "info", Sample.trace],
            ["trace", "export", "--format", "jsonl", Sample.trace],
            ["trace", "export", "--format", "tum", Sample.trace],
            ["trace", "validate", Sample.trace],
            ["trace", "recover", Sample.trace, "-o", "out.mcap"],
            ["golden", "cat", Sample.golden],
        ])
    func fullOutput(arguments: [String]) throws {
        guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
        let workspace = try Workspace(try Sample.accepted.get())
        try workspace.expectFailure(74, arguments, output: "/dev/full")
    }

    @Test("an empty run never passes")
    func nothingToVerify() throws {
        let workspace = try Workspace()
        try workspace.expectFailure(64, ["verify"], says: ["Traces/"])
        try workspace.expectFailure(64, ["golden", "status"], says: ["Traces/"])
        try workspace.makeFolder("Traces")
        try workspace.expectFailure(64, ["verify"], says: ["Traces/"])
        try workspace.write("notes", to: "Traces/notes.txt")
        try workspace.expectFailure(64, ["verify", "--format", "json"], says: ["Traces/"])
        try workspace.expectFailure(64, ["verify", "--format", "junit"], says: ["Traces/"])
    }

    @Test("a trace of the last frames that there can be is replayed like any other")
    func lastFrames() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        var frames = try TraceReader(try workspace.bytes(Sample.trace)).allFrames()
        let last = Int32(TraceFormat.lastFrame)
        for index in frames.indices { frames[index].frame = last - Int32(frames.count - 1 - index) }
        var writer = try TraceWriter(MemorySink())
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        try workspace.write(writer.sink.bytes, to: Sample.trace)
        for arguments in [
            ["trace", "validate", Sample.trace], ["trace", "info", Sample.trace], ["replay", Sample.trace],
            ["replay", Sample.trace, "--dump-frame", "\(last)"], ["golden", "accept", Sample.trace],
            ["verify"],
            ["golden", "cat", Sample.digests],
        ] {
            let outcome = try workspace.run(arguments)
            #expect(outcome.code == 0, "\(outcome)")
        }
    }
}
