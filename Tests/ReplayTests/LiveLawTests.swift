import Foundation
import Recording
import Replay
import Streaming
import Testing
import Verification

/// The law `live` on traces of every kind. What it finds in builds that have gone wrong is shown by the planted races.
@Suite struct LiveLawTests {
    private func judge(
        _ trace: TraceFile, seed: UInt64, frames change: (inout [FrameInput]) -> Void = { _ in }
    ) throws -> LawOutcome {
        let memory = CastMemory()
        var options = ReplayOptions()
        options.castService = { memory.casts() }
        var frames = try trace.reader.allFrames()
        change(&frames)
        return try LiveLaw().judge(
            LawCase(trace: trace, frames: frames, effort: .quick, seed: seed, options: options))
    }

    /// A trace of frames that need not be a run.
    private func trace(_ frames: [FrameInput], _ folder: LiveFolder) throws -> TraceFile {
        let recorder = try FrameRecorder(path: folder.path("given.mcap"))
        for frame in frames { try recorder.record(frame, before: nil) }
        try recorder.finish()
        return try TraceFile(path: folder.path("given.mcap"))
    }

    @Test func itIsInTheListOfLaws() {
        #expect(Laws.all.contains { $0.name == "live" && $0.rules == [.selection, .invalidation] })
        #expect(LiveLaw.schedules(5, .quick) == [.seeded(5), .seeded(6)])
        #expect(LiveLaw.schedules(0, .full) == [.plain])
        #expect(LiveLaw.schedules(1, .standard).count == 8 && LiveLaw.schedules(1, .full).count == 50)
    }

    @Test func aModelledTraceIsRunLive() throws {
        let folder = try LiveFolder()
        let frames = LiveScenario.busy.frames
        let trace = try trace(frames, folder)
        #expect(try judge(trace, seed: 1) == .holds(cases: 4 * frames.count))
        #expect(try judge(trace, seed: 0) == .holds(cases: frames.count))
    }

    @Test func aRecordedLiveRunIsReplayedInOtherOrders() throws {
        let folder = try LiveFolder()
        var live = LiveRun(framesPerSecond: 2_000, workers: 3)
        let frames = LiveScenario.busy.frames
        // From the middle on, and with a gap.
        live.isRecorded = { $0 >= 4 && !(10..<14).contains($0) }
        let sample = try LiveSample(frames, folder: folder, live: live)
        #expect(try judge(sample.trace, seed: 1) == .holds(cases: 2 * (frames.count - 8)))
        #expect(try judge(sample.trace, seed: 0) == .holds(cases: frames.count - 8))
        // A replay that cannot be made is no breach.
        guard case .notApplicable = try judge(sample.trace, seed: 1, frames: { $0[0].snapshot = nil }) else {
            Issue.record("a gap without a snapshot is judged")
            return
        }
    }

    @Test func whatCannotBeRunLiveIsSaidToBeSo() throws {
        let folder = try LiveFolder()
        let trace = try trace(LiveScenario.busy.frames, folder)
        for change: (inout [FrameInput]) -> Void in [
            { $0 = [] }, { $0[0].snapshot = RecordedSnapshot(state: []) }, { $0[5].missedFrames = 3 },
            { $0[5].camera.selectionPosition = $0[5].camera.position }, { $0[5].frame = 9 },
            { $0[5].events = [.engine(Engine(name: "e", hasOwnVoxels: true))] },
        ] {
            guard case .notApplicable = try judge(trace, seed: 1, frames: change) else {
                Issue.record("it is judged")
                continue
            }
        }
    }
}
