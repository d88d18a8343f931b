import Foundation
import Hashing
import Recording
import Replay
import Streaming
import Testing
import Topology
import Verification

/// Orders of steps as data. 3 seeds of every run of the tests, 400 with LUMON_TEST_FULL=1.
@Suite struct ScriptTests {
    private static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
    private static let seed =
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) } ?? 1
    private static let repetition = "repeat with LUMON_TEST_SEED=\(seed) swift test --filter ScriptTests"
    private static let memory = CastMemory()

    private struct Sample {
        var bytes: [UInt8]
        var outcome: ScheduledLiveRun.Outcome

        init(_ frames: [FrameInput], _ schedule: Schedule) throws {
            let folder = try LiveFolder()
            let path = folder.path("run.mcap")
            var recorderOptions = FrameRecorder.Options()
            recorderOptions.queueFrames = frames.count + 1
            let recorder = try FrameRecorder(path: path, options: recorderOptions)
            var options = ReplayOptions()
            options.castService = { memory.casts() }
            outcome = try ScheduledLiveRun(schedule, options: options).run(frames, to: recorder)
            try recorder.finish()
            bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }

    /// Says where two runs part: what differs in their bytes is nothing to read.
    private func expectSame(_ found: Sample, _ expected: Sample, _ context: String) {
        // Which worker took a step is up to who makes the workers.
        let (left, right) = (expected.outcome.script.entries, found.outcome.script.entries)
        let place = zip(left, right).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        guard place != nil || left.count != right.count || expected.bytes != found.bytes else { return }
        let at = place ?? min(left.count, right.count)
        let around = max(0, at - 5)
        Issue.record(
            """
            \(context): runs part at entry \(at) of \(left.count) and \(right.count)
            expected \(left[around..<min(at + 4, left.count)].map { "\($0)" })
            found    \(right[around..<min(at + 4, right.count)].map { "\($0)" })
            """)
    }

    /// Name, frames.
    private static let scenarios: [(String, [FrameInput])] = {
        let length = isFull ? 200 : 24
        return [
            ("busy", Array(busy().prefix(length))),
            ("smallStore", Array(LiveScenario.smallStore.frames.prefix(length))),
            ("variant", variant(busy())),
        ]
    }()

    private static var seeds: [(name: String, frames: [FrameInput], seed: UInt64)] {
        (0..<UInt64(isFull ? 400 : 3)).map { number in
            let (name, frames) = scenarios[Int(number) % scenarios.count]
            return (name, frames, seed &+ number)
        }
    }

    @Test func theScriptOfASeedGivesTheSameBytes() throws {
        for (name, frames, seed) in Self.seeds {
            let first = try Sample(frames, .seeded(seed))
            let again = try Sample(frames, .steps(first.outcome.script))
            expectSame(again, first, "\(name), schedule \(seed); \(Self.repetition)")
        }
    }

    @Test func theScriptWithoutEntriesIsThePlainSchedule() throws {
        for (name, frames) in Self.scenarios {
            let plain = try Sample(frames, .plain)
            let empty = try Sample(frames, .steps(Script()))
            let script = try Sample(frames, .steps(plain.outcome.script))
            expectSame(empty, plain, name)
            expectSame(script, plain, name)
        }
    }

    /// Every order of every part of a script is a schedule: it runs to its end, loses nothing, its recording replays to its digests, and what it did is
    /// a script that does the same.
    @Test func everyChangeOfAScriptIsASchedule() throws {
        var random = SeededGenerator(seed: Self.seed)
        for (name, frames, seed) in Self.seeds {
            let script = try Sample(frames, .seeded(seed)).outcome.script
            var entries = script.entries.shuffled(using: &random)
            entries.removeLast(Int.random(in: 0..<entries.count, using: &random))
            if seed % 2 == 0 {
                // Points in their order, and the steps anywhere between them.
                let points = entries.compactMap(\.point).sorted()
                var next = points[...]
                entries = entries.map { $0.point == nil ? $0 : .point(next.removeFirst()) }
            }
            let context = "\(name), schedule \(seed); \(Self.repetition)"
            let changed = Script(entries)
            let sample = try Sample(frames, .steps(changed))
            #expect(sample.outcome.lost.isEmpty, "\(context)")
            expectSame(try Sample(frames, .steps(sample.outcome.script)), sample, context)
            var options = ReplayOptions()
            options.castService = { Self.memory.casts() }
            let judged = try LiveLaw.judge(frames, .steps(changed), options)
            guard case .holds = judged else {
                Issue.record("\(context): \(judged)")
                continue
            }
        }
    }

    @Test func whatIsNamedComesWhereItIsNamed() throws {
        let frames = Array(busy().prefix(6))
        // The first worker rests with the first job of frame 0 until frame 3 has taken its results.
        let late = Script([
            .point(Script.Point(3, .resultsTaken)), .token(.worker(batch: 0, visit: 0, step: 1)),
        ])
        let sample = try Sample(frames, .steps(late))
        let first = LiveCasts.Arrival(batch: 0, place: 0)
        let frame = try #require(sample.outcome.drained.firstIndex { $0.contains(first) })
        #expect(frame == 4)
        // Others have not waited for it, but for the second job of the same worker.
        #expect(sample.outcome.drained[4].contains(LiveCasts.Arrival(batch: 0, place: 1)))
        #expect(sample.outcome.drained[1].contains(LiveCasts.Arrival(batch: 0, place: 2)))
    }
}

/// The same frames in the variant whose workers claim requests.
func variant(_ frames: [FrameInput]) -> [FrameInput] {
    frames.map { given in
        var input = given
        input.events = given.events.map { event in
            switch event {
            case .sessionStart(var configuration):
                configuration.variant = .lumon2026_01
                return .sessionStart(configuration)
            case .configure(var configuration):
                configuration.variant = .lumon2026_01
                return .configure(configuration)
            default: return event
            }
        }
        return input
    }
}
