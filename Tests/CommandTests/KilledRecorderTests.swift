import Foundation
import Recording
import Streaming
import Testing
import Topology
import Voxels

@Suite("A recorder that is killed or runs out of space")
struct KilledRecorderTests {
    private static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
    private static let seed =
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 0...UInt64.max)

    @Test("killed at any moment it has lost at most the frames since the last flush")
    func kills() throws {
        let kills = Self.isFull ? 1000 : 10
        let repeatLine = "repeat with: LUMON_TEST_SEED=\(Self.seed) swift test --filter KilledRecorderTests"
        print("\(kills) kills, seed \(Self.seed); \(repeatLine)")
        var generator = SplitMix(state: Self.seed)
        var reported = 0
        var recovered = 0
        for kill in 0..<kills {
            let framesPerFlush = [1, 3, 16, 256][Int(generator.next() % 4)]
            // The first milliseconds are those of the program's start.
            let delay = Double(generator.next() % 60_000) / 1_000_000
            let workspace = try Workspace()
            let recorder = try Recorder(workspace, framesPerFlush)
            Thread.sleep(forTimeInterval: delay)
            try recorder.kill()
            let told = try recorder.frames()
            let frames = try recover(workspace)
            let context = "kill \(kill) after \(delay) s, \(framesPerFlush) frames per flush; \(repeatLine)"
            #expect(
                frames.count >= told - framesPerFlush,
                "\(told) frames told of, \(frames.count) left; \(context)")
            // One frame more than it told of may have been handed over.
            #expect(frames.count <= told + 1, "\(told) frames told of, \(frames.count) left; \(context)")
            for (number, input) in frames.enumerated() where input != Recorder.expected(number) {
                Issue.record("frame \(number) is another; \(context)")
                break
            }
            reported += told
            recovered += frames.count
        }
        print("\(kills) kills: \(reported) frames told of, \(recovered) recovered")
        #expect(recovered > 0, "no kill came after the first frame; \(repeatLine)")
    }

    @Test("on a full disk it says where its frames are, and they are recovered")
    func fullDisk() throws {
        let workspace = try Workspace()
        // In blocks of 512 bytes or of 1,024, as the shell has it.
        let recorder = try Recorder(workspace, 16, limitBlocks: 100)
        let outcome = try recorder.wait()
        #expect(outcome.code == 74, "\(outcome.talk)")
        for text in [
            "run.mcap cannot be written: ", "what was recorded is in ",
            "lumon-replay trace recover \(workspace.path("run.mcap.partial")) -o NEW",
        ] {
            #expect(outcome.talk.contains(text), "\(outcome.talk)")
        }
        #expect(!workspace.exists("run.mcap") && workspace.exists("run.mcap.partial"))
        let told = try recorder.frames()
        let frames = try recover(workspace)
        #expect(told > 100 && frames.count >= told - 16 && frames.count <= told + 1)
        #expect(frames == (0..<frames.count).map(Recorder.expected))
    }

    /// The frames that the program recovers; none where it says that there is none.
    private func recover(_ workspace: Workspace) throws -> [FrameInput] {
        guard workspace.exists("run.mcap.partial") else { return [] }
        let outcome = try workspace.run(["trace", "recover", "run.mcap.partial", "-o", "out.mcap"])
        #expect(!workspace.exists("run.mcap"))
        guard outcome.code == 0 else {
            #expect(outcome.code == 65 && !workspace.exists("out.mcap"), "\(outcome)")
            return []
        }
        let reader = try TraceReader(contentsOf: workspace.path("out.mcap"))
        #expect(Trace.canonicity(of: reader) == .canonical)
        return try reader.allFrames()
    }
}

/// `record-forever` at work in a folder, on `run.mcap`.
private final class Recorder {
    private let process = Process()
    private let workspace: Workspace
    private let ended = DispatchSemaphore(value: 0)

    /// Starts it. Its files may become as large as `limitBlocks` of the shell's blocks.
    init(_ workspace: Workspace, _ framesPerFlush: Int, limitBlocks: Int? = nil) throws {
        self.workspace = workspace
        let program = URL(fileURLWithPath: try Program.path()).deletingLastPathComponent()
            .appendingPathComponent("record-forever").path
        let arguments = [workspace.path("run.mcap"), "\(framesPerFlush)"]
        if let limitBlocks {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            // Ignored, the signal becomes an error of the write that goes too far.
            let script = "trap '' XFSZ; ulimit -f \(limitBlocks); exec \"$@\""
            process.arguments = ["-c", script, "sh", program] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
        }
        for name in ["told", "talk"] { try workspace.write([], to: name) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: workspace.folder.appendingPathComponent("told"))
        process.standardError = try FileHandle(forWritingTo: workspace.folder.appendingPathComponent("talk"))
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
    }

    func kill() throws {
        guard process.isRunning else {
            Issue.record("it ended by itself: \(try talk())")
            return
        }
        Foundation.kill(process.processIdentifier, SIGKILL)
        ended.wait()
    }

    /// Waits until it ends by itself.
    func wait() throws -> (code: Int32?, talk: String) {
        guard ended.wait(timeout: .now() + .seconds(60)) == .success else {
            try kill()
            return (nil, "still running after 60 s")
        }
        return (process.terminationStatus, try talk())
    }

    /// How many frames it has told of, each in a whole line.
    func frames() throws -> Int { try workspace.bytes("told").count { $0 == UInt8(ascii: "\n") } }

    private func talk() throws -> String { String(decoding: try workspace.bytes("talk"), as: UTF8.self) }

    /// What it records of a frame.
    static func expected(_ number: Int) -> FrameInput {
        let frame = Int64(number)
        let session = frame / 100
        var events: [Event] = []
        if frame % 100 == 0 {
            if frame > 0 { events.append(.sessionEnd) }
            events.append(.sessionStart(session == 0 ? .classic : .current))
        }
        if frame % 5 == 0 {
            let box = VoxelBox(
                lower: VoxelCoordinate(frame, 64, -frame), upper: VoxelCoordinate(frame + 2, 66, 1 - frame))
            events.append(.edit(box, Material.allCases[Int(frame % 10)]))
        }
        if frame % 7 == 0 { events.append(.chunkLoad(ChunkCoordinate(frame, 0, -frame))) }
        if frame % 11 == 0 { events.append(.chunkUnload(ChunkCoordinate(-frame, 1, frame))) }
        if frame % 13 == 0 {
            events.append(
                .invalidate(
                    WorldBox(lower: WorldPoint(0, 0, 0), upper: WorldPoint(Double(frame), 1, 2))))
        }
        let budgets = Budgets(perLevel: [Int32(frame % 1000), 2], total: 3, uploadBytes: frame)
        return FrameInput(
            frame: Int32(number), engineTimeNanoseconds: frame * 1000, session: UInt32(session),
            camera: Camera(
                position: WorldPoint(Double(frame % 4096) / 4, 70, -1),
                orientation: Quaternion(x: 0, y: 0, z: 0, w: 1), fieldOfView: 1.25),
            budgets: frame % 17 == 0 ? budgets : nil, events: events)
    }
}
