import Foundation
import Hashing
import Recording
import Streaming
import Testing

/// The commands of live runs and of recordings by other engines, from the outside.
@Suite struct LiveCommandTests {
    private let live = ["record", "--live", "--fps", "1000", Sample.scenario, "-o", "live.mcap"]

    private func workspace() throws -> Workspace {
        try Workspace([Sample.scenario: Array(Sample.scenario(frames: 40).utf8)])
    }

    @Test func aLiveRunIsRecordedVerifiedAndAccepted() throws {
        let workspace = try workspace()
        let recorded = try workspace.run(live + ["--workers", "3", "--jitter", "300", "--delay-seed", "4"])
        #expect(recorded.code == 0 && recorded.talk.contains("live.mcap: 40 frames; drained "), "\(recorded)")
        #expect(!workspace.exists("live.mcap.partial"))
        let verified = try workspace.run([
            "verify", "--against", "checkpoints", "live.mcap", "--workers", "5",
        ])
        #expect(verified.code == 0 && verified.output.contains("agrees  40 frames"), "\(verified)")
        let info = try workspace.run(["trace", "info", "live.mcap"])
        #expect(info.output.contains("live") && info.output.contains("checkpoints          40"), "\(info)")
        #expect(try workspace.run(["trace", "validate", "live.mcap"]).code == 0)
        let accepted = try workspace.run(["golden", "accept", "live.mcap"])
        #expect(accepted.code == 0 && accepted.output.contains("created"), "\(accepted)")
        #expect(try workspace.run(["verify", "live.mcap"]).code == 0)
        #expect(try workspace.run(["explain", "live.mcap"]).code == 0)
        // Its camera and events are good for another live run.
        let again = try workspace.run(["record", "--live", "--fps", "1000", "live.mcap", "-o", "again.mcap"])
        #expect(again.code == 0, "\(again)")
        #expect(try workspace.run(["verify", "--against", "checkpoints", "again.mcap"]).code == 0)
        let compared = try workspace.run(["trace", "compare", "live.mcap", "again.mcap"])
        #expect(compared.code == 1 && compared.output.contains("inputs         agree"), "\(compared)")
        #expect(compared.output.contains("first frame"), "\(compared)")
        let same = try workspace.run(["trace", "compare", "live.mcap", "live.mcap", "--format", "json"])
        #expect(same.code == 0 && same.output.contains("\"differing\":0"), "\(same)")
    }

    @Test func aLiveRunWithAStoreStartsWarmAndIsRepeatedWithoutTheFile() throws {
        let workspace = try workspace()
        for name in ["monday", "tuesday"] {
            let outcome = try workspace.run([
                "record", "--live", "--fps", "500", "--store", "a.store", "--store-delay", "2000",
                Sample.scenario, "-o",
                "\(name).mcap",
            ])
            #expect(outcome.code == 0, "\(outcome)")
        }
        try workspace.remove("a.store")
        for name in ["monday", "tuesday"] {
            #expect(try workspace.run(["verify", "--against", "checkpoints", "\(name).mcap"]).code == 0)
        }
        try workspace.expectFailure(
            64, ["replay", "tuesday.mcap", "--store", "new.store"], says: ["a live run", "leave out --store"])
    }

    @Test func theLastFramesAndTheMiddleAreStartedFromTheirSnapshots() throws {
        let workspace = try workspace()
        #expect(try workspace.run(live + ["--keep-last", "12"]).code == 0)
        let info = try workspace.run(["trace", "info", "live.mcap"])
        #expect(
            info.output.contains("snapshots") && !info.output.contains("firstFrame           0"), "\(info)")
        #expect(try workspace.run(["verify", "--against", "checkpoints", "live.mcap"]).code == 0)
        let replayed = try workspace.run(["replay", "live.mcap", "--from", "39", "--to", "39"])
        #expect(replayed.code == 0 && replayed.talk.contains("begun at the snapshot of frame"), "\(replayed)")
        let middle = try workspace.run([
            "record", "--live", "--fps", "1000", Sample.scenario, "-o", "middle.mcap", "--record-from", "7",
            "--snapshot-every", "0.01s",
        ])
        #expect(middle.code == 0, "\(middle)")
        #expect(try workspace.run(["verify", "--against", "checkpoints", "middle.mcap"]).code == 0)
        try workspace.expectFailure(
            65, ["record", "--live", "middle.mcap", "-o", "x.mcap"], says: ["begins in the middle of a run"])
    }

    @Test(.enabled(if: Scale.isThorough, Scale.inRelease))
    func aFlightRecorderThatWasKilledLeavesAFolderThatIsRecovered() throws {
        let workspace = try Workspace([Sample.scenario: Array(Sample.scenario(frames: 5000).utf8)])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Program.path())
        process.arguments = [
            "record", "--live", "--fps", "500", "--keep-last", "60", Sample.scenario, "-o", "live.mcap",
        ]
        process.currentDirectoryURL = workspace.folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        // Until it has thrown away its first file.
        let first = "live.mcap.partial/0000000000.mcap"
        for _ in 0..<3000 where !workspace.exists(first) { usleep(10_000) }
        for _ in 0..<6000 where workspace.exists(first) { usleep(10_000) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(!workspace.exists("live.mcap") && !workspace.exists(first))
        let refused = try workspace.run(live)
        #expect(
            refused.code == 74 && refused.talk.contains("live.mcap.partial is there already"), "\(refused)")
        let recovered = try workspace.run(["trace", "recover", "live.mcap.partial", "-o", "out.mcap"])
        #expect(recovered.code == 0 && recovered.output.contains("bytes lost"), "\(recovered)")
        #expect(try workspace.run(["verify", "--against", "checkpoints", "out.mcap"]).code == 0)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalEndsTheRunAndNotTheRecording(number: Int32) throws {
        let workspace = try Workspace([Sample.scenario: Array(Sample.scenario(frames: 5000).utf8)])
        let process = Process()
        let talk = Pipe()
        process.executableURL = URL(fileURLWithPath: try Program.path())
        process.arguments = ["record", "--live", "--fps", "100", Sample.scenario, "-o", "live.mcap"]
        process.currentDirectoryURL = workspace.folder
        process.standardError = talk
        try process.run()
        for _ in 0..<1000 where !workspace.exists("live.mcap.partial") { usleep(10_000) }
        usleep(300_000)
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        let said = String(decoding: talk.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(process.terminationReason == .exit && process.terminationStatus == 0, "\(said)")
        #expect(said.contains("stopped after"), "\(said)")
        #expect(try workspace.run(["verify", "--against", "checkpoints", "live.mcap"]).code == 0)
    }

    @Test func optionsThatDoNotFitAreRefused() throws {
        let workspace = try workspace()
        for (arguments, text) in [
            (["--fps", "60"], "--fps is for live runs"), (["--workers", "2"], "--workers is for live runs"),
            (["--record-from", "2"], "--record-from is for live runs"),
            (["--keep-last", "9s"], "--keep-last is for live runs"),
            (["--jitter", "2"], "--jitter is for live runs"), (["--live", "--fps", "0"], "--fps is 0.0"),
            (["--live", "--fps", "nan"], "--fps is nan"), (["--live", "--workers", "0"], "--workers is 0"),
            (["--live", "--record-from=-1"], "--record-from is -1"),
            (["--live", "--keep-last", "0s"], "'0s'"),
            (["--live", "--keep-last=-3"], "'-3'"),
            (["--live", "--store-delay", "5"], "--store-delay is for --store"),
            (["--live", "--delay-seed", "5"], "--delay-seed is for"),
            (["--live", "--jitter", "99999999"], "--jitter is 99999999"),
            (["--live", "--keep-last", "9", "--snapshot-every", "3"], "goes without --snapshot-every"),
            (["--live", "--record-from", "40"], "the last frame of"),
        ] as [([String], String)] {
            try workspace.expectFailure(
                64, ["record", Sample.scenario, "-o", "x.mcap"] + arguments, says: [text])
        }
        try workspace.expectFailure(
            64, ["verify", "--against", "checkpoints"], says: ["needs the names of traces"])
        try workspace.expectFailure(
            64, ["verify", "--against", "checkpoints", "--golden", "g", "x.mcap"], says: ["goes without"])
    }

    @Test func aTraceWithoutCheckpointsHasNothingToBeVerifiedAgainst() throws {
        let workspace = try workspace()
        #expect(try workspace.run(["record", Sample.scenario, "-o", "plain.mcap"]).code == 0)
        try workspace.expectFailure(
            2, ["verify", "--against", "checkpoints", "plain.mcap"], says: ["has no checkpoints"])
    }

    @Test func aTraceWhoseCheckpointsAreOfAnotherRunDivergesAndIsNotAccepted() throws {
        let workspace = try workspace()
        #expect(try workspace.run(live).code == 0)
        var frames = try TraceReader(workspace.bytes("live.mcap")).allFrames()
        frames[20].checkpoint?.stages[5].value ^= 1
        var writer = try TraceWriter(MemorySink())
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        try workspace.write(writer.sink.bytes, to: "spoilt.mcap")
        let outcome = try workspace.expectFailure(
            1, ["verify", "--against", "checkpoints", "spoilt.mcap"],
            says: ["frame 20, stage select", "1 of 40 checkpoints", "SelectStage.swift"])
        #expect(outcome.output.contains("lumon-replay replay spoilt.mcap --dump-frame 20"))
        try workspace.expectFailure(
            2, ["golden", "accept", "spoilt.mcap"],
            says: ["does not come to the recording's own checkpoint", "frame 20"])
    }

    // MARK: Stage hashes

    @Test func twoListsOfHashesAreComparedForTheFirstFrameAndStage() throws {
        let lines = (0..<50).flatMap { frame in
            ["snap", "select", "commit"].map {
                "\(frame),\($0),\(String(frame * 7 + $0.count, radix: 16)),\(frame),64,0"
            }
        }
        var other = lines
        other[3 * 31 + 1] = "31,select,ffff,31,64,0"
        other[3 * 40] = "40,snap,1,40,64,0"
        let workspace = try Workspace([
            "a.csv": Array(lines.joined(separator: "\n").utf8),
            "b.csv": Array(other.joined(separator: "\n").utf8),
        ])
        for name in ["a", "b"] {
            let outcome = try workspace.run([
                "trace", "import", "--format", "hashes", "\(name).csv", "--engine", "mine 1", "-o",
                "\(name).mcap",
            ])
            #expect(outcome.code == 0, "\(outcome)")
            #expect(try workspace.run(["trace", "validate", "\(name).mcap"]).code == 0)
        }
        let compared = try workspace.run(["trace", "compare", "a.mcap", "b.mcap"])
        #expect(compared.code == 1 && compared.output.contains("31, stage select"), "\(compared)")
        #expect(
            compared.output.contains("compared       50 frames")
                && compared.output.contains("DIFFER in 2 frames"))
        // What the model cannot repeat is said, and is no fault of the file.
        try workspace.expectFailure(
            65, ["replay", "a.mcap"], says: ["mine 1", "trace compare a.mcap OTHER"])
        try workspace.expectFailure(
            2, ["verify", "b.mcap"], says: ["there is no golden"])
        try workspace.write("0,snap,1\n", to: "c.csv")
        #expect(
            try workspace.run([
                "trace", "import", "--format", "hashes", "c.csv", "--engine", "x", "-o", "c.mcap",
            ]).code == 0)
        try workspace.expectFailure(
            65, ["trace", "compare", "a.mcap", "c.mcap"], says: ["have the stages snap; expected"])
        try workspace.write("900,snap,1\n900,select,1\n900,commit,1\n", to: "d.csv")
        #expect(
            try workspace.run([
                "trace", "import", "--format", "hashes", "d.csv", "--engine", "x", "-o", "d.mcap",
            ]).code == 0)
        try workspace.expectFailure(
            65, ["trace", "compare", "a.mcap", "d.mcap"], says: ["no frame has a checkpoint in both"])
    }

    @Test func hashesThatAreNoneAreRefused() throws {
        let workspace = try Workspace(["a.csv": Array("0,snap,xyz\n".utf8)])
        let arguments = ["trace", "import", "--format", "hashes", "a.csv", "-o", "a.mcap"]
        try workspace.expectFailure(64, arguments, says: ["--engine"])
        try workspace.expectFailure(
            64, arguments + ["--engine", "x", "--scale", "2"], says: ["are for camera paths"])
        try workspace.expectFailure(
            65, arguments + ["--engine", "x"],
            says: ["line 1: digest is 'xyz'; expected 1 to 16 hexadecimal digits"])
    }
}
