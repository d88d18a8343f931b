import Foundation
import Recording
import Replay
import Streaming
import Testing
import Topology
import Verification

/// What becomes of the probes of generated traces: hazards that stand in the frames only matter where they are met.
@Suite struct GeneratedRunTests {
    private static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"

    /// The model takes every frame. Casts come out as they like, without a ray: what happens to the probes is the same sort of thing.
    @Test func whatCanHappenToAProbeHappens() throws {
        var options = ReplayOptions(oracleInterval: 0)
        options.castService = { DrawnCasts(seed: 1) }
        var totals = LevelCounts()
        for seed in UInt64(1)...(GeneratedRunTests.isFull ? 2000 : 60) {
            do {
                _ = try Replayer.run(GeneratedTrace.frames(seed: seed), options: options) { result, _ in
                    for counts in result.counts { totals += counts }
                }
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
        // Nothing is older than 72 frames, so that none becomes Stale; `rest`, `growing-old` and the tests of the stages are for that.
        for counter in ModelSubject.counters where counter.name != "stale" {
            #expect(totals[keyPath: counter.value] > 5, "\(counter.name): \(totals[keyPath: counter.value])")
        }
    }

    /// A store that is switched off has no account that a dropped write-back could be taken off.
    @Test func aWriteBackIsDroppedInTheFrameThatSwitchesTheStoreOff() throws {
        var configuration = small(levels: 1, budget: 512, latency: 0)
        configuration.nearLevels = 0
        configuration.cacheBytes = 0
        configuration.regionEdge = 2
        var frames = (0..<12).map { place in
            FrameInput(
                frame: Int32(place), camera: Camera(position: WorldPoint(place < 6 ? 1 : 33, 401, 1)))
        }
        frames[0].events = [.sessionStart(configuration), .store(sizeCapBytes: 1 << 20, contents: nil)]
        var occasions = 0
        for frame in 7...8 {
            var given = frames
            given[frame].events = [.storeOff]
            for seed in UInt64(1)...4 {
                // Up to this frame the run is the same with it and without.
                occasions += try dropped(frames, seed, in: Int32(frame))
                let outcome = try LiveLaw.judge(given, .seeded(seed), options)
                guard case .holds = outcome else {
                    Issue.record("off in frame \(frame), schedule \(seed): \(outcome)")
                    return
                }
            }
        }
        #expect(occasions > 0)
    }

    /// Write-backs that a live run drops in a frame.
    private func dropped(_ frames: [FrameInput], _ seed: UInt64, in frame: Int32) throws -> Int {
        let folder = try LiveFolder()
        let recorder = try FrameRecorder(path: folder.path("run.mcap"))
        var count = 0
        _ = try ScheduledLiveRun(.seeded(seed), options: options).run(
            frames, to: recorder,
            observe: { input, _, _ in
                guard input.frame == frame else { return }
                count = input.events.count { if case .writeBackDropped = $0 { true } else { false } }
            })
        try recorder.finish()
        return count
    }

    private var options: ReplayOptions {
        var options = ReplayOptions(oracleInterval: 0)
        options.memory = GeneratedRunTests.memory
        return options
    }

    private static let memory = CastMemory()
}
