import Foundation
import Hashing
import Recording
import Replay
import Streaming
import Testing
import Topology
import Verification

/// Live runs whose threads are simulated. The beginnings of 8 in every run of the tests, 2,000 with LUMON_TEST_FULL=1.
@Suite struct ScheduledLiveRunTests {
    private static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
    private static let seed =
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) } ?? 1
    private static let repetition =
        "repeat with LUMON_TEST_SEED=\(seed) swift test --filter ScheduledLiveRunTests"

    /// Shared: nothing is cast twice.
    private static let memory = CastMemory()

    /// A simulated run with everything that came of it.
    private struct Sample {
        var bytes: [UInt8]
        var orders: [[UInt64]] = []
        var digests: [FrameDigests] = []
        var outcome: ScheduledLiveRun.Outcome

        init(
            _ frames: [FrameInput], _ schedule: Schedule, _ memory: CastMemory = ScheduledLiveRunTests.memory
        ) throws {
            let folder = try LiveFolder()
            let path = folder.path("run.mcap")
            var recorderOptions = FrameRecorder.Options()
            recorderOptions.queueFrames = frames.count + 1
            let recorder = try FrameRecorder(path: path, options: recorderOptions)
            var options = ReplayOptions()
            options.castService = { memory.casts() }
            var orders: [[UInt64]] = []
            var digests: [FrameDigests] = []
            outcome = try ScheduledLiveRun(schedule, options: options).run(
                frames, to: recorder,
                observe: { input, result, _ in
                    orders.append(input.castResults ?? [])
                    digests.append(result.digests)
                })
            try recorder.finish()
            bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            self.orders = orders
            self.digests = digests
        }
    }

    @Test(arguments: [LiveScenario.busy, .smallStore])
    func theSameSeedGivesTheSameBytesAndOthersOtherOrders(scenario: LiveScenario) throws {
        var orders: Set<[[UInt64]]> = []
        for seed in 1...3 as ClosedRange<UInt64> {
            let first = try Sample(scenario.frames, .seeded(seed))
            orders.insert(first.orders)
            guard seed == 1 else { continue }
            // Cast anew.
            #expect(try Sample(scenario.frames, .seeded(seed), CastMemory()).bytes == first.bytes)
        }
        #expect(orders.count == 3, "two schedules of three drained the same")
    }

    /// On every machine: nothing in it is the machine's.
    @Test func theRunOfASeedIsKnown() throws {
        let sample = try Sample(LiveScenario.smallStore.frames, .seeded(1))
        #expect(sample.outcome.run.digest.description == "085e11187de7f1136cc829c6760bfb07")
        #expect(XXH3.digest128(sample.bytes).description == "e2c5d1bcf0ca8717d87b4f10d5ba5aa4")
    }

    @Test(arguments: [LiveScenario.busy, .jumps])
    func underThePlainScheduleAllComesInTheOrderOfDispatch(scenario: LiveScenario) throws {
        let sample = try Sample(scenario.frames, .plain)
        #expect(sample.outcome.counts.overtaking == 0 && sample.outcome.counts.droppedWriteBacks == 0)
        #expect(sample.outcome.lost.isEmpty)
        // Nothing is in flight for longer than a frame.
        for (number, arrivals) in sample.outcome.drained.enumerated() {
            #expect(arrivals.allSatisfy { $0.batch == Int32(number) - 1 })
        }
    }

    @Test(arguments: [LiveScenario.busy, .jumps])
    func whatARunHasDrainedIsAScheduleThatDoesTheSame(scenario: LiveScenario) throws {
        let first = try Sample(scenario.frames, .seeded(3))
        let again = try Sample(scenario.frames, .drained(first.outcome.drained))
        #expect(again.orders == first.orders && again.digests == first.digests)
        #expect(again.bytes == first.bytes)
        // Two results change their places.
        var drained = first.outcome.drained
        let place = try #require(drained.firstIndex { $0.count > 1 })
        drained[place].swapAt(0, 1)
        let other = try Sample(scenario.frames, .drained(drained))
        #expect(other.orders != first.orders && other.digests == first.digests)
    }

    @Test func aHealthyBuildIsNeverAccused() throws {
        let total = ScheduledLiveRunTests.isFull ? 2_000 : 8
        let scenarios =
            LiveScenario.allCases.map { ($0.rawValue, $0.frames) } + [("variant", variant(busy()))]
        var cases = 0
        for (index, (name, frames)) in scenarios.enumerated() {
            var options = ReplayOptions()
            options.castService = { ScheduledLiveRunTests.memory.casts() }
            let first = ScheduledLiveRunTests.seed &+ UInt64(index) << 32
            let count = (total + scenarios.count - 1 - index) / scenarios.count
            for seed in first..<first + UInt64(count) {
                let outcome = try LiveLaw.judge(
                    Self.isFull ? frames : Array(frames.prefix(30)), .seeded(seed), options)
                guard case .holds(let some) = outcome else {
                    Issue.record("\(name), schedule \(seed): \(outcome); \(Self.repetition)")
                    continue
                }
                cases += some
            }
        }
        print("\(total) schedules, \(cases) frames compared; \(Self.repetition)")
        #expect(cases > total)
    }

    @Test func schedulesDisturb() throws {
        var (overtaking, replies, drops, late) = (0, 0, 0, 0)
        for seed in 1...2 as ClosedRange<UInt64> {
            let sample = try Sample(LiveScenario.smallStore.frames, .seeded(seed))
            overtaking += sample.outcome.counts.overtaking
            replies += sample.outcome.counts.storeReplies
            drops += sample.outcome.counts.droppedWriteBacks
            for (number, arrivals) in sample.outcome.drained.enumerated() {
                late += arrivals.count { $0.batch < Int32(number) - 4 }
            }
        }
        #expect(overtaking > 0 && replies > 0 && drops > 0 && late > 0)
    }
}
