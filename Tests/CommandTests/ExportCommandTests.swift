import Foundation
import Recording
import Streaming
import Testing

@Suite("trace export")
struct ExportCommandTests {
    private func export(_ format: String, _ more: [String] = []) -> [String] {
        ["trace", "export", Sample.trace, "--format", format] + more
    }

    @Test("as JSON Lines it is what cat prints, on standard output and in a file")
    func jsonLines() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let cat = try workspace.run(["trace", "cat", Sample.trace]).output
        let printed = try workspace.run(export("jsonl"))
        #expect(printed.code == 0 && printed.talk.isEmpty, "\(printed)")
        #expect(printed.output == cat)
        for _ in 0..<2 {
            let outcome = try workspace.run(export("jsonl", ["-o", "walk.jsonl"]))
            #expect(outcome.code == 0 && outcome.output.isEmpty, "\(outcome)")
            #expect(outcome.talk == "walk.jsonl: \(cat.utf8.count) bytes\n")
            #expect(try workspace.bytes("walk.jsonl") == Array(cat.utf8))
        }
    }

    @Test("a path that was exported and imported has the same cameras and times")
    func roundTrip() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        let printed = try workspace.run(export("tum"))
        #expect(printed.code == 0 && printed.talk.isEmpty, "\(printed)")
        #expect(printed.outputLines.count == Sample.frames + 1)
        #expect(
            printed.outputLines[0]
                == "# lumon-replay trace export of \"walk.mcap\": timestamp tx ty tz qx qy qz qw; seconds, blocks"
        )
        #expect(printed.outputLines[2].hasPrefix("0.016666666 1.0 84.0 0.0 "))
        for _ in 0..<2 { #expect(try workspace.run(export("tum", ["-o", "walk.txt"])).code == 0) }
        #expect(try workspace.bytes("walk.txt") == Array(printed.output.utf8))
        let back = [
            "trace", "import", "--format", "tum", "walk.txt", "--preset", "current", "-o", "back.mcap",
        ]
        #expect(try workspace.run(back).code == 0)
        let frames = try TraceReader(try workspace.bytes(Sample.trace)).allFrames()
        let again = try TraceReader(try workspace.bytes("back.mcap")).allFrames()
        #expect(again.map(\.camera) == frames.map(\.camera))
        #expect(again.map(\.engineTimeNanoseconds) == frames.map(\.engineTimeNanoseconds))
        // And the export of the import is the export again, but for the name.
        let third = try workspace.run(["trace", "export", "back.mcap", "--format", "tum"])
        #expect(third.outputLines.dropFirst() == printed.outputLines.dropFirst())
    }

    @Test("an engine that records no times: frames stand a tick apart, and the talk says so")
    func noTimes() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        var frames = try TraceReader(try workspace.bytes(Sample.trace)).allFrames()
        for index in frames.indices { frames[index].engineTimeNanoseconds = 0 }
        var writer = try TraceWriter(MemorySink())
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        try workspace.write(writer.sink.bytes, to: "timeless.mcap")
        let outcome = try workspace.run(["trace", "export", "timeless.mcap", "--format", "tum"])
        #expect(outcome.code == 0)
        #expect(outcome.talk.contains("note: timeless.mcap: the engine's times do not ascend"))
        #expect(outcome.talk.contains("16666667 ns apart"))
        #expect(outcome.outputLines[3].hasPrefix("0.033333334 "))
        #expect(try workspace.run(["trace", "export", "timeless.mcap", "--format", "jsonl"]).talk.isEmpty)
    }

    @Test("only an older export of the same format is replaced")
    func outputs() throws {
        let workspace = try Workspace(try Sample.recorded.get())
        try workspace.write("# ground truth\n0 1 2 3 0 0 0 1\n", to: "groundtruth.txt")
        try workspace.write("{\"name\": 1}\n", to: "package.json")
        try workspace.write([], to: "empty")
        #expect(try workspace.run(export("tum", ["-o", "walk.txt"])).code == 0)
        #expect(try workspace.run(export("jsonl", ["-o", "walk.jsonl"])).code == 0)
        for (format, output) in [
            ("tum", "groundtruth.txt"), ("tum", "walk.jsonl"), ("tum", Sample.scenario),
            ("jsonl", "package.json"), ("jsonl", "walk.txt"), ("jsonl", Sample.trace),
        ] {
            try workspace.expectFailure(64, export(format, ["-o", output]), says: ["a file of another kind"])
        }
        #expect(try workspace.run(export("tum", ["-o", "empty"])).code == 0)
    }

    @Test("nothing is written of a trace that is damaged at its end", arguments: ["jsonl", "tum"])
    func damaged(format: String) throws {
        let workspace = try Workspace(try Sample.recorded.get())
        #expect(try workspace.run(export(format, ["-o", "out"])).code == 0)
        try workspace.write(Array(try workspace.bytes(Sample.trace).dropLast()), to: Sample.trace)
        for more in [[], ["-o", "out"], ["-o", "new"]] {
            let outcome = try workspace.expectFailure(
                65, export(format, more), says: [Sample.trace, "cut short"])
            #expect(outcome.output.isEmpty)
        }
    }
}
