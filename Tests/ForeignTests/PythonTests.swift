import Foundation
import Recording
import Streaming
import Testing

/// The official MCAP package for Python against ours, in both directions.
@Suite("The official MCAP package for Python", .enabled(if: Tool.hasMCAP, Tool.noMCAP))
struct PythonTests {
    @Test("reads every trace of the repository, as a stream and by the index")
    func readsTraces() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Tool.path("Traces"))
            .filter { $0.hasSuffix(".mcap") }.sorted()
        #expect(names.count > 20)
        let folder = try Folder()
        let outcome = try folder.python("Tests/Python/read_trace.py", names.map { Tool.path("Traces/\($0)") })
        try #require(outcome.code == 0 && outcome.lines.count == names.count, "\(outcome)")
        for (name, line) in zip(names, outcome.lines) {
            let frames = try TraceReader(contentsOf: Tool.path("Traces/\(name)")).allFrames()
            #expect(line.contains("/frame \(frames.count)"), "\(name): \(frames.count) frames, \(line)")
            let events = frames.reduce(0) { $0 + $1.events.count }
            #expect(line.contains("/event \(events) "), "\(name): \(events) events, \(line)")
        }
    }

    @Test("does not read a trace with one wrong byte")
    func refusesDamage() throws {
        let folder = try Folder()
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: Tool.path("Traces/tiny.mcap"))))
        // In a message of the chunk, and in the statistics of the summary.
        for place in [bytes.count / 2, bytes.count - 300] {
            var damaged = bytes
            damaged[place] ^= 0x10
            try Data(damaged).write(to: folder.url.appendingPathComponent("damaged.mcap"))
            let outcome = try folder.python("Tests/Python/read_trace.py", ["damaged.mcap"])
            #expect(outcome.code == 1, "byte \(place): \(outcome)")
        }
    }

    @Test("reads a partial file as far as it goes, and what is recovered of it")
    func readsRecovered() throws {
        let folder = try Folder()
        let path = folder.path("run.mcap")
        let recorder = try TraceRecorder(path: path, configuration: .classic, framesPerFlush: 4)
        for frame in 0..<19 {
            try recorder.edit(
                lower: .init(0, Int64(frame), 0), upper: .init(1, Int64(frame) + 1, 1), material: 7)
            try recorder.frame(position: .init(Double(frame), 80, 0))
        }
        // As a crash would have left it: with 16 frames.
        try FileManager.default.copyItem(atPath: path + ".partial", toPath: folder.path("left.mcap"))
        let partial = try folder.python("Tests/Python/read_trace.py", ["--partial", "left.mcap"])
        #expect(partial.output == "left.mcap: /config 1 /event 17 /frame 16 chunks 5\n", "\(partial)")
        let recovery = try folder.replay(["trace", "recover", "left.mcap", "-o", "recovered.mcap"])
        try #require(recovery.code == 0, "\(recovery)")
        try recorder.finish()
        let read = try folder.python("Tests/Python/read_trace.py", ["recovered.mcap", "run.mcap"])
        #expect(
            read.output == """
                recovered.mcap: /config 1 /event 17 /frame 16
                run.mcap: /config 1 /event 20 /frame 19

                """, "\(read)")
    }

    @Test("reads what the recorder in C# has written", .enabled(if: Tool.hasMono, Tool.noMono))
    func readsCSharp() throws {
        let folder = try Folder()
        for framesPerFlush in [1, 16] {
            let recorded = try folder.run(
                "mono",
                [
                    try CSharp.program("RecordCalls"), Tool.path("Tests/CSharp/sample.calls"),
                    "\(framesPerFlush).mcap", "\(framesPerFlush)",
                ])
            try #require(recorded.code == 0, "\(recorded)")
            let finalized = try folder.replay(
                ["trace", "finalize", "\(framesPerFlush).mcap", "-o", "\(framesPerFlush).out.mcap"])
            try #require(finalized.code == 0, "\(finalized)")
        }
        let files = ["1.mcap", "16.mcap", "1.out.mcap", "16.out.mcap"]
        let outcome = try folder.python("Tests/Python/read_trace.py", files)
        let counts = "/checkpoint 2 /config 4 /event 17 /frame 8 /snapshot 2 /work 3"
        #expect(outcome.lines == files.map { "\($0): \(counts)" }, "\(outcome)")
        // Decoded by Python, the messages are the same ones before and after.
        let messages = try files.map { file in
            try folder.python("Tests/Python/read_trace.py", ["--messages", file]).lines
        }
        #expect(messages[0].count == 36)
        for other in messages { #expect(other == messages[0]) }
    }

    @Test(
        "writes traces, in every layout that it has, that are finalized to the same bytes",
        arguments: ["walk", "restart-same-key", "damaged-region"])
    func writesTraces(name: String) throws {
        let folder = try Folder()
        let original = Tool.path("Traces/\(name).mcap")
        let written = try folder.python("Tests/Python/write_trace.py", [original, "."])
        try #require(written.code == 0 && written.lines.count > 20, "\(written)")
        let expected = Array(try Data(contentsOf: URL(fileURLWithPath: original)))
        for layout in written.lines {
            #expect(try folder.bytes("\(layout).mcap") != expected)
            let outcome = try folder.replay(
                ["trace", "finalize", "\(layout).mcap", "-o", "\(layout).out.mcap"])
            #expect(outcome.code == 0, "\(layout): \(outcome)")
            guard outcome.code == 0 else { continue }
            #expect(try folder.bytes("\(layout).out.mcap") == expected, "\(layout)")
        }
    }
}
