import Foundation
import Hashing
import Recording
import Replay
import Streaming
import Testing
import Verification

/// Live runs with 1 to 8 worker threads that dawdle at random and stores that are slow at random: each replay has the digests of its live run,
/// in every frame. 21 runs in every run of the tests in release and 6 in debug, 308 with LUMON_TEST_FULL=1.
@Suite(.serialized) struct LiveRunTests {
    private static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
    private static let runsPerScenario = isFull ? 44 : 3
    private static let seed =
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 0...UInt64.max)
    private static let repetition = "repeat with LUMON_TEST_SEED=\(seed) swift test --filter LiveRunTests"

    @Test func everyReplayIsItsLiveRun() throws {
        var random = SeededGenerator(seed: Self.seed)
        var runs = 0
        var frames = 0
        var results = 0
        var overtaking = 0
        var replies = 0
        for scenario in LiveScenario.sample {
            let given = scenario.frames
            var orders: Set<[[UInt64]]> = []
            var ends: Set<Digest128> = []
            for index in 0..<Self.runsPerScenario {
                let folder = try LiveFolder()
                let workers = index % 8 + 1
                var live = LiveRun(framesPerSecond: 2_000, workers: workers)
                live.jitter = LiveCasts.Jitter(
                    seed: random.next(), maximumMicroseconds: [0, 50, 400, 3_000][index % 4])
                let delay: UInt32 = [0, 500, 20_000][index % 3]
                let sample = try LiveSample(
                    given, folder: folder, live: live, hasStore: scenario.hasStore,
                    storeDelayMicroseconds: delay, seed: random.next())
                let context: Comment =
                    "\(scenario), \(workers) workers, store delay \(delay) us; \(Self.repetition)"
                #expect(sample.run.incrementalFaults.isEmpty, context)
                #expect(sample.digests.count == given.count, context)
                try expectReplay(of: sample, context)
                orders.insert(sample.orders)
                ends.insert(sample.run.digest)
                runs += 1
                frames += given.count
                results += sample.outcome.results
                overtaking += sample.outcome.overtaking
                replies += sample.outcome.storeReplies
            }
            print(
                "\(scenario): \(Self.runsPerScenario) runs, \(orders.count) orders of results, \(ends.count) run digests"
            )
            // Otherwise equal replays would prove nothing.
            #expect(orders.count > 1, "\(scenario): every run drained in the same order; \(Self.repetition)")
        }
        print(
            "\(runs) live runs of \(frames) frames: \(results) results drained, \(overtaking) before one dispatched earlier, "
                + "\(replies) replies of a store; \(Self.repetition)")
        #expect(overtaking > 0 && replies > 0)
    }

    private func expectReplay(of sample: LiveSample, _ context: Comment) throws {
        #expect(Trace.canonicity(of: sample.trace.reader) == .canonical, context)
        var found: [FrameDigests] = []
        let run = try Replayer.run(
            sample.trace, options: ReplayOptions(oracleInterval: 16)
        ) {
            result, _ in found.append(result.digests)
        }
        let first = zip(found, sample.digests).enumerated().first { $0.element.0 != $0.element.1 }
        #expect(first == nil, "frame \(first?.offset ?? -1) differs: \(context)")
        #expect(found.count == sample.digests.count, context)
        #expect(run.digest == sample.run.digest, context)
        #expect(run.incrementalFaults.isEmpty, context)
        let comparison = try compareCheckpoints(sample.trace, options: ReplayOptions(workers: 3))
        #expect(comparison.divergence == nil && comparison.checkpoints == sample.digests.count, context)
        #expect(comparison.run.digest == sample.run.digest, context)
    }

    @Test func aResultThatIsLeftOutIsFoundAtItsFrame() throws {
        let folder = try LiveFolder()
        let sample = try LiveSample(
            LiveScenario.cached.frames, folder: folder, live: LiveRun(framesPerSecond: 2_000))
        var frames = try sample.trace.reader.allFrames()
        let place = try #require(frames.firstIndex { $0.frame > 10 && ($0.castResults ?? []).count > 1 })
        var drained = try #require(frames[place].castResults)
        let moved = drained.removeLast()
        frames[place].castResults = drained
        frames[place + 1].castResults?.insert(moved, at: 0)
        let comparison = try compareCheckpoints(frames, options: ReplayOptions())
        let divergence = try #require(comparison.divergence)
        #expect(divergence.frame == frames[place].frame && divergence.stage == .commit)
    }

    @Test func theOrderWithinAFrameDecidesNothing() throws {
        let folder = try LiveFolder()
        let sample = try LiveSample(
            LiveScenario.warmStart.frames, folder: folder, live: LiveRun(framesPerSecond: 2_000, workers: 4),
            hasStore: true)
        var frames = try sample.trace.reader.allFrames()
        for index in frames.indices {
            frames[index].castResults?.reverse()
            frames[index].storeReplies?.reverse()
        }
        let comparison = try compareCheckpoints(frames, options: ReplayOptions(workers: 2))
        #expect(comparison.divergence == nil)
    }
}
