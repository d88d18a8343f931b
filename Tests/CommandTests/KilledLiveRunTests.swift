import Foundation
import Recording
import Replay
import Streaming
import Testing
import Verification

/// A live run is killed with SIGKILL while it records, at random moments: 15 in every run of the tests in release and 8 in debug, 1,000 with LUMON_TEST_FULL=1. What is
/// left opens or is recovered; of the frames that the recorder's thread had been given at most those of the open chunk are lost; and what is
/// recovered is repeated up to its own checkpoints. A third of the runs has a store, a third keeps the last frames only.
///
/// Not shown: anything about a loss of power, as what the process wrote is in the system's memory.
@Suite struct KilledLiveRunTests {
    private static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
    private static let kills =
        ProcessInfo.processInfo.environment["LUMON_TEST_KILLS"].flatMap { Int($0) }
        ?? (isFull ? 1_000 : Scale.isThorough ? 15 : 8)
    private static let framesPerFlush = 8
    private static let seed =
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 0...UInt64.max)
    private static let repetition =
        "repeat with LUMON_TEST_SEED=\(seed) swift test --filter KilledLiveRunTests"

    @Test func whatIsLeftIsRepeatedUpToItsCheckpoints() throws {
        print("\(Self.kills) kills, seed \(Self.seed); \(Self.repetition)")
        var random = SplitMix(state: Self.seed)
        var sums = Sums()
        for kill in 0..<Self.kills {
            let moment = Double(random.next() % 1_000_000) / 1_000_000
            // From before the first frame to a good second, most of them early, while little is written.
            try killOnce(
                isFlight: kill % 3 == 2, hasStore: kill % 3 == 1, workers: 1 + kill % 4,
                after: 0.005 + 1.2 * moment * moment, "kill \(kill); \(Self.repetition)", &sums)
        }
        print("\(Self.kills) kills: \(sums)")
        #expect(sums.recovered > 0 && sums.frames > 0, "no kill left a frame")
    }

    private struct Sums: CustomStringConvertible {
        var withoutFile = 0
        var withoutFrames = 0
        var recovered = 0
        var told = 0
        var frames = 0
        var mostLost = 0

        var description: String {
            "\(withoutFile) before there was a file, \(withoutFrames) before a frame was in it, \(recovered) recovered; \(told) frames told of "
                + "by runs that keep all, \(frames) frames recovered and repeated, at most \(mostLost) lost"
        }
    }

    private func killOnce(
        isFlight: Bool, hasStore: Bool, workers: Int, after seconds: Double, _ context: String,
        _ sums: inout Sums
    ) throws {
        let workspace = try Workspace()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Program.path()).deletingLastPathComponent()
            .appendingPathComponent("live-forever")
        process.arguments = [
            workspace.path("run.mcap"), isFlight ? "flight" : "whole",
            hasStore ? workspace.path("a.store") : "-",
            "\(workers)",
        ]
        try workspace.write([], to: "told")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: workspace.path("told")))
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        Thread.sleep(forTimeInterval: seconds)
        #expect(process.isRunning, "it ended by itself; \(context)")
        kill(process.processIdentifier, SIGKILL)
        ended.wait()

        let told = try lastTold(workspace)
        #expect(!workspace.exists("run.mcap"), "\(context)")
        let parts =
            isFlight
            ? Files.list(workspace.path("run.mcap.partial"), suffix: ".mcap")
            : [workspace.path("run.mcap.partial")]
        let readers = parts.compactMap { try? TraceReader(contentsOf: $0) }
        guard !readers.isEmpty else {
            sums.withoutFile += 1
            // The file of a flight recorder is made with its first frame, by the recorder's thread.
            #expect((told?.written ?? 0) == 0 && (isFlight || told == nil), "\(context)")
            return
        }
        let recoveries: [TraceRecovery]
        do throws(TraceError) {
            recoveries = try Trace.recover(parts: readers)
        } catch {
            sums.withoutFrames += 1
            #expect((told?.written ?? 0) <= Self.framesPerFlush, "\(error); \(context)")
            return
        }
        let bytes = try TraceRecovery.write(recoveries, to: MemorySink()).bytes
        let reader = TraceReader(bytes)
        #expect(Trace.canonicity(of: reader) == .canonical, "\(context)")
        let frames = try reader.allFrames()
        let last = Int(try #require(frames.last).frame)
        if let told {
            let lost = told.written - 1 - last
            #expect(lost <= Self.framesPerFlush, "\(lost) frames lost of \(told); \(context)")
            sums.mostLost = max(sums.mostLost, lost)
        }
        if !isFlight {
            #expect(frames.first?.frame == 0 && frames.count == last + 1, "\(context)")
            sums.told += told.map { $0.frame + 1 } ?? 0
        } else {
            // As many as are to be kept, or all that there were; but for those of the open chunk.
            #expect(frames.count >= min(40, last + 1), "\(frames.count) frames; \(context)")
        }
        let comparison = try compareCheckpoints(frames, options: ReplayOptions(workers: 1, oracleInterval: 0))
        #expect(comparison.divergence == nil && comparison.checkpoints == frames.count, "\(context)")
        sums.recovered += 1
        sums.frames += frames.count
    }

    /// The last frame that was told of in a whole line, and how many frames the recorder's thread had been given and had taken up by then.
    private func lastTold(_ workspace: Workspace) throws -> (frame: Int, written: Int)? {
        let lines = String(decoding: try workspace.bytes("told"), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard let words = lines.last?.split(separator: " ").compactMap({ Int($0) }), words.count == 2 else {
            return nil
        }
        // One that was taken up may be being written.
        return (words[0], max(0, words[0] + 1 - words[1] - 1))
    }
}
