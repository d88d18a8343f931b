import Foundation
import Recording
import Streaming
import Testing
import Topology

/// The recorder in C#, compiled and run by Mono.
@Suite("The recorder in C#", .enabled(if: Tool.hasMono, Tool.noMono), .serialized)
struct CSharpRecorderTests {
    @Test(
        "a script of every call becomes the same trace, however often it is flushed",
        arguments: [1, 3, 16, 256])
    func sample(framesPerFlush: Int) throws {
        let folder = try Folder()
        try record("Tests/CSharp/sample.calls", to: "run.mcap", framesPerFlush, in: folder)
        let file = try TraceReader(contentsOf: folder.path("run.mcap"))
        let frames = try file.allFrames()
        #expect(frames.count == 8)
        #expect(frames.map(\.frame) == [0, 1, 2, 3, 11, 12, 13, 14])
        #expect(frames.map(\.missedFrames) == [0, 0, 0, 0, 7, 0, 0, 0])
        #expect(frames.map(\.session) == [0, 0, 0, 0, 0, 0, 1, 2])
        let outcome = try folder.replay(["trace", "finalize", "run.mcap", "-o", "out.mcap"])
        try #require(outcome.code == 0, "\(outcome)")
        let canonical = try TraceReader(contentsOf: folder.path("out.mcap"))
        #expect(Trace.canonicity(of: canonical) == .canonical)
        #expect(try canonical.allFrames() == frames)
        #expect(try folder.replay(["trace", "finalize", "out.mcap", "-o", "again.mcap"]).code == 0)
        #expect(try folder.bytes("again.mcap") == folder.bytes("out.mcap"))
        // The same trace, whatever the flushes: that of one flush for all.
        try record("Tests/CSharp/sample.calls", to: "whole.mcap", 256, in: folder)
        #expect(try folder.replay(["trace", "finalize", "whole.mcap", "-o", "whole.out.mcap"]).code == 0)
        #expect(try folder.bytes("whole.out.mcap") == folder.bytes("out.mcap"))
    }

    @Test("a script that is wrong is refused, with its line")
    func wrongScript() throws {
        let folder = try Folder()
        let mistakes = [
            ("frame 0", "line 1: there is less"), ("# first\nno_such_call 1", "line 2: 'no_such_call'"),
            ("missed 1 2", "line 1: there is more"), ("edit 0 0 0 1 1 1 1", "line 1: no session is running"),
        ]
        for (text, says) in mistakes {
            try folder.write(text, to: "wrong.calls")
            let outcome = try run("RecordCalls", [folder.path("wrong.calls"), "wrong.mcap"], in: folder)
            #expect(outcome.code == 65 && outcome.talk.contains(says), "\(outcome)")
            #expect(!folder.exists("wrong.mcap") && !folder.exists("wrong.mcap.partial"))
        }
    }

    @Test("its schemas are those of the protos")
    func schemas() throws {
        let source = try String(
            contentsOfFile: Tool.path("Sources/CSharpRecorder/LumonRecorder.cs"), encoding: .utf8)
        let marked = try #require(source.components(separatedBy: "// <schemas>").last)
        let block = try #require(marked.components(separatedBy: "// </schemas>").first)
        let folder = try Folder()
        try record("Tests/CSharp/sample.calls", to: "run.mcap", 16, in: folder)
        let file = try folder.bytes("run.mcap")
        for name in ["config", "frame", "event", "work", "checkpoint", "snapshot"] {
            let text = try #require(block.components(separatedBy: "const string @\(name) =").last)
            // What stands in quotation marks: outside of them a + joins the lines, within them it is a digit.
            let pieces = try #require(text.components(separatedBy: ";").first).components(separatedBy: "\"")
            let digits = pieces.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element).joined()
            let data = try #require(Data(base64Encoded: digits))
            #expect(data.count > 100 && Data(file).range(of: data) != nil, "\(name) is not in the file")
        }
    }

    @Test(
        "XXH3 is that of xxHash for every length up to 1100 and some larger",
        .enabled(if: Tool.hasXXHash, Tool.noXXHash))
    func hashes() throws {
        let folder = try Folder()
        let cases = try folder.python("Tests/CSharp/digest_cases.py", ["hashes"])
        try #require(cases.code == 0, "\(cases)")
        try folder.write(cases.output, to: "hashes")
        let outcome = try run("Checks", ["hashes", "hashes"], in: folder)
        #expect(outcome.code == 0 && outcome.output == "\(cases.lines.count) hashes agree\n", "\(outcome)")
        #expect(cases.lines.count > 1100)
        // That it would say so.
        try folder.write("5 0000000000000000 \(String(repeating: "0", count: 32))\n", to: "wrong")
        #expect(try run("Checks", ["hashes", "wrong"], in: folder).code == 1)
    }

    @Test(
        "its digests are those of digests.py, of everything that is in dumped frames",
        .enabled(if: Tool.hasXXHash, Tool.noXXHash))
    func digests() throws {
        let folder = try Folder()
        var dumps: [String] = []
        for (trace, frame) in [
            ("growing-old", 200), ("damaged-region", 1), ("restart-same-key", 150), ("walk-and-return", 150),
            ("tour", 60),
            ("stored-invalidation", 120),
        ] {
            let outcome = try folder.replay(
                ["replay", Tool.path("Traces/\(trace).mcap"), "--dump-frame", "\(frame)"])
            try #require(outcome.code == 0, "\(outcome)")
            dumps.append("\(trace)-\(frame).jsonl")
            try folder.write(outcome.output, to: dumps[dumps.count - 1])
        }
        var lines = ""
        for arguments in [["worked"], ["digests"] + dumps] {
            let cases = try folder.python("Tests/CSharp/digest_cases.py", arguments)
            try #require(cases.code == 0, "\(cases)")
            lines += cases.output
        }
        try folder.write(lines, to: "cases")
        let outcome = try run("Checks", ["digests", "cases"], in: folder)
        #expect(outcome.code == 0, "\(outcome)")
        let kinds = Set(outcome.lines.map { String($0.prefix { $0 != " " }) })
        let expected: Set = [
            "box", "cached", "chunk", "commit", "entry", "fingerprint", "flight", "frame", "ledger", "level",
            "payload",
            "queued", "request", "row", "run", "select", "state", "sum", "voxel", "writeBack",
        ]
        #expect(
            expected.subtracting(kinds).isEmpty,
            "the frames have none of \(expected.subtracting(kinds).sorted())")
    }

    @Test("recording allocates nothing: 100,000 frames without a collection")
    func allocation() throws {
        let folder = try Folder()
        let outcome = try run("Checks", ["allocation", "run.mcap"], in: folder)
        print(outcome.output, terminator: "")
        #expect(outcome.code == 0, "\(outcome)")
    }

    @Test("a full ring drops whole frames, and the trace says which")
    func ring() throws {
        let folder = try Folder()
        let outcome = try run("Checks", ["ring", "run.mcap"], in: folder)
        try #require(outcome.code == 0, "\(outcome)")
        let counts = try #require(outcome.lines.first).split(separator: " ").compactMap { Int($0) }
        let recorded = outcome.lines.dropFirst().compactMap { Int32($0) }
        let frames = try TraceReader(contentsOf: folder.path("run.mcap")).allFrames()
        #expect(frames.map(\.frame) == recorded)
        #expect(frames.count == counts[0])
        #expect(frames.count { $0.missedFrames > 0 } == counts[2])
        #expect(frames.count { $0.snapshot != nil } == counts[3])
        var next: Int32 = 0
        for frame in frames {
            #expect(frame.frame == next + frame.missedFrames)
            #expect(frame.camera.position.x == Double(frame.frame))
            next = frame.frame + 1
        }
        // A frame that is larger than the ring, between two that are not.
        let large = try TraceReader(contentsOf: folder.path("run.mcap.large")).allFrames()
        #expect(large.map(\.frame) == [0, 2] && large.map(\.missedFrames) == [0, 1])
        #expect(large[1].events.isEmpty)
    }

    @Test("what is wrong is refused with the facts, and does no harm")
    func misuse() throws {
        let folder = try Folder()
        let outcome = try run("Checks", ["misuse", folder.url.path], in: folder)
        #expect(outcome.code == 0, "\(outcome)")
        for name in ["misuse.mcap", "mixed.mcap"] {
            let finalized = try folder.replay(["trace", "finalize", name, "-o", "out-\(name)"])
            #expect(finalized.code == 0, "\(finalized)")
        }
        let recovered = try folder.replay([
            "trace", "recover", "blocked.mcap.partial", "-o", "recovered.mcap",
        ])
        #expect(recovered.code == 0, "\(recovered)")
        #expect(try TraceReader(contentsOf: folder.path("recovered.mcap")).allFrames().count == 1)
    }

    @Test("killed at any moment it leaves whole chunks", arguments: Tool.isThorough ? [1, 16, 256] : [16])
    func kills(framesPerFlush: Int) throws {
        let kills = Int(ProcessInfo.processInfo.environment["LUMON_TEST_KILLS"] ?? "") ?? 3
        var most = 0
        for kill in 0..<kills {
            let folder = try Folder()
            let running = try folder.start(
                "mono", [try CSharp.program("Checks"), "forever", "run.mcap", "\(framesPerFlush)"])
            let delay = Double.random(in: 0.1...0.6)
            Thread.sleep(forTimeInterval: delay)
            try #require(running.process.isRunning)
            Foundation.kill(running.process.processIdentifier, SIGKILL)
            running.process.waitUntilExit()
            let outcome = try running.outcome()
            let context = "kill \(kill) after \(delay) s\n\(outcome)"
            #expect(outcome.code == -SIGKILL && !folder.exists("run.mcap"), "\(context)")
            let told =
                outcome.lines.dropLast(outcome.output.hasSuffix("\n") ? 0 : 1).last.flatMap { Int($0) } ?? 0
            guard told > 0 else { continue }
            most = max(most, told)
            let recovery = try folder.replay(["trace", "recover", "run.mcap.partial", "-o", "out.mcap"])
            #expect(recovery.code == 0, "\(context)\n\(recovery)")
            let frames = try TraceReader(contentsOf: folder.path("out.mcap")).allFrames()
            #expect(
                frames.count >= told && frames.count.isMultiple(of: framesPerFlush),
                "\(frames.count) frames; \(context)")
            for (number, frame) in frames.enumerated() {
                guard frame.frame != number || frame.engineTimeNanoseconds != Int64(number) * 1000 else {
                    continue
                }
                Issue.record("frame \(number) is another; \(context)")
                break
            }
            guard Tool.hasMCAP else { continue }
            for arguments in [["--partial", "run.mcap.partial"], ["out.mcap"]] {
                let read = try folder.python("Tests/Python/read_trace.py", arguments)
                #expect(
                    read.code == 0 && read.output.contains("/frame \(frames.count) ")
                        || read.output.hasSuffix("/frame \(frames.count)\n"), "\(context)\n\(read)")
            }
        }
        #expect(most > 0, "no kill came after the first chunk")
    }

    @Test("a frame's cost is measured, beside that of copying its bytes")
    func benchmark() throws {
        let folder = try Folder()
        let outcome = try run("RecordCalls", ["--benchmark", "run.mcap", "5000"], in: folder)
        print(outcome.output, terminator: "")
        #expect(outcome.code == 0 && outcome.lines.count == 3, "\(outcome)")
        #expect(try TraceReader(contentsOf: folder.path("run.mcap")).allFrames().count == 7000)
    }

    func record(_ calls: String, to path: String, _ framesPerFlush: Int, in folder: Folder) throws {
        let outcome = try run("RecordCalls", [Tool.path(calls), path, "\(framesPerFlush)"], in: folder)
        try #require(outcome.code == 0, "\(outcome)")
        #expect(!folder.exists(path + ".partial"))
    }

    private func run(_ program: String, _ arguments: [String], in folder: Folder) throws -> Outcome {
        try folder.run("mono", [try CSharp.program(program)] + arguments)
    }
}

/// The programs in C#, compiled once.
enum CSharp {
    private static let recorder = "Sources/CSharpRecorder/LumonRecorder.cs"
    private static let host = "Sources/CSharpSubject/LumonSubject.cs"
    private static let sources = [
        "RecordCalls": ["Tests/CSharp/RecordCalls.cs", "Tests/CSharp/CallScript.cs", recorder],
        "Checks": ["Tests/CSharp/Checks.cs", recorder],
        "LumonSubject": ["Sources/CSharpSubject/ExampleScheduler.cs", host, recorder],
        "Subjects": ["Tests/CSharp/Subjects.cs", host, recorder],
    ]

    private static let compiled: Result<Folder, any Error> = Result {
        let folder = try Folder()
        // A value that lives as long as the process never goes away by itself.
        atexit { try? FileManager.default.removeItem(at: CSharp.compiled.get().url) }
        for (name, files) in sources {
            let outcome = try folder.run(
                "mcs",
                ["-langversion:5", "-warn:4", "-warnaserror+", "-out:\(name).exe"] + files.map(Tool.path))
            try #require(outcome.code == 0, "\(outcome)")
        }
        return folder
    }

    static func program(_ name: String) throws -> String { try compiled.get().path("\(name).exe") }
}
