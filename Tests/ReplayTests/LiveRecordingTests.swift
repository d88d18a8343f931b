import Foundation
import Hashing
import Recording
import Replay
import Streaming
import Testing
import Topology
import Verification

/// Recordings that are not of a whole run: switched on in the middle, with a gap, of the last frames only. From each snapshot on the replay
/// comes to what the live run came to.
@Suite(.serialized) struct LiveRecordingTests {
    private func live(_ workers: Int = 3) -> LiveRun {
        var live = LiveRun(framesPerSecond: 2_000, workers: workers)
        live.jitter = LiveCasts.Jitter(seed: 7, maximumMicroseconds: 600)
        return live
    }

    /// Replays from every snapshot, and compares with the live run frame by frame.
    private func expectReplays(of sample: LiveSample, _ context: Comment = "") throws {
        let index = try sample.trace.reader.index()
        let frames = try sample.trace.reader.allFrames()
        let snapshots = try index.snapshots().map { Int32($0) }
        for start in [nil] + snapshots.map({ Optional($0) }) {
            var compared = 0
            let run = try Replayer.run(
                sample.trace, options: ReplayOptions(workers: 2, oracleInterval: 8), at: start
            ) { result, _ in
                #expect(
                    result.digests == sample.digests[Int(result.frame)],
                    "frame \(result.frame) from \(start ?? -1); \(context)")
                compared += 1
            }
            #expect(compared == frames.count { $0.frame >= start ?? 0 }, context)
            #expect(run.otherSnapshots.isEmpty && run.incrementalFaults.isEmpty, context)
        }
        let comparison = try compareCheckpoints(sample.trace, options: ReplayOptions())
        #expect(comparison.divergence == nil && comparison.checkpoints == frames.count, context)
    }

    @Test(arguments: LiveScenario.sample)
    func switchedOnInTheMiddleItReplaysFromThere(scenario: LiveScenario) throws {
        let given = scenario.frames
        let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
        for first in isFull ? [1, given.count / 3, given.count / 2, given.count - 2] : [given.count / 3] {
            let folder = try LiveFolder()
            var live = live()
            live.isRecorded = { $0 >= Int32(first) }
            let sample = try LiveSample(
                given, folder: folder, live: live, hasStore: scenario.hasStore, storeDelayMicroseconds: 2_000)
            let frames = try sample.trace.reader.allFrames()
            #expect(frames.first?.frame == Int32(first) && frames.count == given.count - first)
            try expectReplays(of: sample, "\(scenario) from \(first)")
        }
    }

    @Test(arguments: LiveScenario.sample)
    func behindAGapItGoesOnFromASnapshot(scenario: LiveScenario) throws {
        let given = scenario.frames
        let gap = Int32(given.count / 4)..<Int32(given.count / 2)
        let folder = try LiveFolder()
        var live = live()
        live.isRecorded = { !gap.contains($0) }
        let sample = try LiveSample(
            given, folder: folder, live: live, hasStore: scenario.hasStore, storeDelayMicroseconds: 2_000)
        let frames = try sample.trace.reader.allFrames()
        let behind = try #require(frames.first { $0.missedFrames > 0 })
        #expect(
            behind.frame == gap.upperBound && behind.missedFrames == Int32(gap.count)
                && behind.snapshot != nil)
        #expect(frames.count { $0.missedFrames > 0 } == 1)
        try expectReplays(of: sample, "\(scenario)")
        let info = try Trace.info(sample.trace.reader)
        #expect(info.gaps == 1 && info.missedFrames == Int64(gap.count) && info.isLive)
        // A golden is a whole run.
        let files = GoldenFiles(trace: sample.trace.path, folder: folder.path("Golden"))
        #expect(throws: AcceptError.self) { try GoldenAcceptor().accept(sample.trace, files) }
    }

    @Test(arguments: LiveScenario.sample)
    func fromEverySnapshotOfAFlightRecordingItReplays(scenario: LiveScenario) throws {
        let given = scenario.frames
        let folder = try LiveFolder()
        var options = FrameRecorder.Options()
        options.keepLastFrames = 12
        options.framesPerFlush = 4
        let sample = try LiveSample(
            given, folder: folder, live: live(), hasStore: scenario.hasStore, storeDelayMicroseconds: 2_000,
            options: options)
        let frames = try sample.trace.reader.allFrames()
        #expect(
            (12...16).contains(frames.count) || given.count <= 16, "\(frames.count) frames of \(given.count)")
        #expect(frames.last?.frame == Int32(given.count - 1))
        #expect(try sample.trace.reader.index().snapshots().count >= 3)
        try expectReplays(of: sample, "\(scenario)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("run.mcap.partial")))
    }

    @Test func whereTheDiskIsTooSlowFramesAreMissedAndSaidToBe() throws {
        let folder = try LiveFolder()
        var options = FrameRecorder.Options()
        options.queueFrames = 3
        // The disk stands still from the first frame to the twentieth, whatever else the machine does.
        let disk = StandingDisk()
        options.beforeWriting = { disk.write() }
        var live = live()
        live.isRecorded = { frame in
            if frame == 1 { disk.waitForWrites(1) }
            if frame == 20 {
                disk.go()
                disk.waitForWrites(4)
            }
            return true
        }
        let sample = try LiveSample(LiveScenario.cached.frames, folder: folder, live: live, options: options)
        let frames = try sample.trace.reader.allFrames()
        #expect(frames.prefix(5).map(\.frame) == [0, 1, 2, 3, 20] && frames[4].missedFrames == 16)
        let missed = frames.reduce(0) { $0 + Int($1.missedFrames) }
        let tail = LiveScenario.cached.frames.count - 1 - Int(try #require(frames.last).frame)
        #expect(frames.count + missed + tail == LiveScenario.cached.frames.count)
        try expectReplays(of: sample)
    }

    @Test func aGapWithoutASnapshotIsAnErrorWithItsFrames() throws {
        let folder = try LiveFolder()
        var live = live()
        live.isRecorded = { $0 < 10 || $0 >= 20 }
        let sample = try LiveSample(LiveScenario.cached.frames, folder: folder, live: live)
        var frames = try sample.trace.reader.allFrames()
        frames[10].snapshot = nil
        #expect {
            try Replayer.run(frames)
        } throws: { error in
            if case ReplayError.gap(frame: 20, missed: 10) = error { true } else { false }
        }
        // Up to there it is a run.
        let run = try Replayer.run(frames, options: ReplayOptions(lastFrame: 9))
        #expect(run.frameCount == 10)
    }

    @Test func aSnapshotThatIsNotTheStateOfTheReplayIsFound() throws {
        let folder = try LiveFolder()
        var options = FrameRecorder.Options()
        options.snapshotEvery = 10
        let sample = try LiveSample(
            LiveScenario.cached.frames, folder: folder, live: live(), options: options)
        var frames = try sample.trace.reader.allFrames()
        let place = try #require(frames.indices.last { frames[$0].snapshot != nil })
        let earlier = try #require(frames.indices.first { frames[$0].snapshot != nil })
        #expect(place > earlier)
        frames[place].snapshot = frames[earlier].snapshot
        let run = try Replayer.run(frames)
        #expect(run.otherSnapshots == [frames[place].frame])
        let divergence = try #require(try compareCheckpoints(frames, options: ReplayOptions()).divergence)
        #expect(divergence.isSnapshot && divergence.frame == frames[place].frame)
    }

    @Test func aSnapshotThatCannotBeGoneOnFromIsRefused() throws {
        let folder = try LiveFolder()
        var live = live()
        live.isRecorded = { $0 >= 10 }
        let sample = try LiveSample(LiveScenario.cached.frames, folder: folder, live: live)
        let frames = try sample.trace.reader.allFrames()
        func error(_ change: (inout FrameInput) -> Void) -> ReplayError? {
            var changed = frames
            change(&changed[0])
            do {
                _ = try Replayer.run(changed)
                return nil
            } catch {
                return error as? ReplayError
            }
        }
        #expect(error { _ in } == nil)
        guard case .snapshot(10, _)? = error({ $0.snapshot?.state[40] ^= 1 }) else {
            Issue.record("a damaged snapshot is taken")
            return
        }
        guard case .foreignSnapshot(10, "other")? = error({ $0.snapshot?.format = "other" }) else {
            Issue.record("a snapshot of another format is taken")
            return
        }
        guard
            case .foreignVoxels(10, "e")? = error({
                $0.events = [.engine(Engine(name: "e", hasOwnVoxels: true))]
            })
        else {
            Issue.record("voxels of another engine's are taken for the model's")
            return
        }
        guard case .otherSelection(10)? = error({ $0.camera.selectionPosition = $0.camera.position }) else {
            Issue.record("another place of selection is taken for the camera's")
            return
        }
        var shifted = frames
        for index in shifted.indices { shifted[index].frame += 1 }
        #expect {
            try Replayer.run(shifted)
        } throws: { error in
            if case ReplayError.snapshotFrame(frame: 11, found: 10) = error { true } else { false }
        }
    }

    @Test func aModelledRunWithAStoreCannotBeStartedFromASnapshot() throws {
        let frames = LiveScenario.warmStart.frames
        var state = RunState()
        let casts = InlineCasts()
        for input in frames.prefix(10) {
            _ = try state.step(input, casts: casts, oracleInterval: 0)
        }
        var rest = Array(frames.dropFirst(10))
        rest[0].snapshot = RecordedSnapshot(state: state.system.snapshot())
        #expect {
            try Replayer.run(rest)
        } throws: { error in
            if case ReplayError.storeNotRecorded(frame: 10) = error { true } else { false }
        }
    }

    @Test func theRecorderRefusesWhatIsThereAlready() throws {
        let folder = try LiveFolder()
        for keeps in [nil, Int32(8)] {
            var options = FrameRecorder.Options()
            options.keepLastFrames = keeps
            try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.path("a.mcap.partial")))
            #expect(throws: RecorderError.unfinishedRecording(partialPath: folder.path("a.mcap.partial"))) {
                try FrameRecorder(path: folder.path("a.mcap"), options: options)
            }
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: folder.path("a.mcap.partial"))) == Data("mine".utf8)
            )
        }
        let recorder = try FrameRecorder(path: folder.path("b.mcap"))
        #expect(throws: RecorderError.noFrames) { try recorder.finish() }
        #expect(!FileManager.default.fileExists(atPath: folder.path("b.mcap.partial")))
    }
}

/// A disk that stands still until it is told to go on. `@unchecked Sendable`: everything is touched under the condition.
private final class StandingDisk: @unchecked Sendable {
    private let condition = NSCondition()
    private var writes = 0
    private var isGoing = false

    /// On the recorder's thread: a frame is to be written.
    func write() {
        condition.withLock {
            writes += 1
            condition.broadcast()
            while !isGoing { condition.wait() }
        }
    }

    func waitForWrites(_ count: Int) {
        condition.withLock { while writes < count { condition.wait() } }
    }

    func go() {
        condition.withLock {
            isGoing = true
            condition.broadcast()
        }
    }
}
