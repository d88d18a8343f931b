import Foundation
import Recording
import Replay
import Streaming
import Synchronization
import Testing
import Topology
import Verification
import Voxels

/// Casts like anybody else, but spoils the results of one batch: always, or the first time only.
private final class SpoiledCasts: CastService {
    private let honest = InlineCasts()
    private let batch: Int32
    private let isSpoiling: () -> Bool

    init(batch: Int32, isSpoiling: @escaping () -> Bool) {
        self.batch = batch
        self.isSpoiling = isSpoiling
    }

    func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) {
        honest.begin(batch: batch, jobs: jobs, in: world)
    }

    func finish(batch: Int32) -> [CastOutcome] {
        var outcomes = honest.finish(batch: batch)
        guard batch == self.batch, isSpoiling() else { return outcomes }
        for (index, outcome) in outcomes.enumerated() {
            guard case .success(var payload) = outcome else { continue }
            payload.sh.gY ^= 1
            outcomes[index] = .success(payload)
        }
        return outcomes
    }

    func abandon(batch: Int32) { honest.abandon(batch: batch) }
}

@Suite("explain: two runs side by side")
struct ExplainTests {
    /// A trace on disk, gone with the value.
    private final class File {
        let path = FileManager.default.temporaryDirectory.appending(path: "explain-\(UUID().uuidString).mcap")
            .path

        init(_ frames: [FrameInput]) throws {
            var writer = try TraceWriter(MemorySink())
            for frame in frames { try writer.write(frame) }
            try writer.finish()
            try Files.write(writer.sink.bytes, to: path)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func explain(
        _ frames: [FrameInput] = busy(), against reference: ExplainReference,
        options: ReplayOptions = ReplayOptions()
    ) throws -> ExplainOutcome {
        let file = try File(frames)
        return try Explainer(options: options).explain(TraceFile(path: file.path), against: reference)
    }

    private func explanation(_ outcome: ExplainOutcome) throws -> Explanation {
        guard case .diverged(let explanation) = outcome else {
            throw TestFailure(text: "expected a divergence, found \(outcome)")
        }
        return explanation
    }

    private struct TestFailure: Error { var text: String }

    @Test("runs that agree are said to agree, with the number of frames", arguments: [1, 2, 5])
    func agreement(workers: Int) throws {
        let outcome = try explain(against: .run(ReplayOptions(workers: workers)))
        guard case .agrees(let frames) = outcome else { throw TestFailure(text: "\(outcome)") }
        #expect(frames == busy().count)
    }

    @Test(
        "a ray that is wrong every time is named as a cast, with probe and field, in the frame that drains it"
    )
    func wrongRay() throws {
        var options = ReplayOptions()
        options.castService = { SpoiledCasts(batch: 2) { true } }
        let explanation = try explanation(try explain(against: .run(ReplayOptions()), options: options))
        #expect(explanation.frame == 5, "dispatched in frame 2, three frames in flight")
        #expect(explanation.difference.stage == .commit)
        #expect(explanation.difference.output?.field == "drained[0].payloadLeaf")
        let cell = try #require(explanation.difference.cell)
        #expect(cell.fields.map(\.field) == ["payload.sh.gY"])
        #expect(explanation.isReproducible)
        let recast = try #require(explanation.recast?.first)
        #expect(recast.committed != recast.again)
    }

    @Test("what does not come out again when it is stepped again is called a race, and is still named")
    func race() throws {
        let once = Once()
        var options = ReplayOptions()
        options.castService = { SpoiledCasts(batch: 2) { once.first() } }
        let explanation = try explanation(try explain(against: .run(ReplayOptions()), options: options))
        #expect(explanation.frame == 5)
        #expect(explanation.difference.stage == .commit)
        #expect(!explanation.isReproducible)
        #expect(explanation.difference.output?.field == "drained[0].payloadLeaf")
        #expect(explanation.difference.cell?.fields.map(\.field) == ["payload.sh.gY"])
    }

    private final class Once: Sendable {
        private let isOver = Atomic<Bool>(false)
        func first() -> Bool { !isOver.exchange(true, ordering: .relaxed) }
    }

    @Test("two traces: the first input that differs is named, or the frame that one of them has not")
    func traces() throws {
        var other = busy()
        other[9].events = [.invalidate(WorldBox(lower: WorldPoint(-8, 70, -8), upper: WorldPoint(8, 91, 8)))]
        let file = try File(other)
        let changed = try explanation(
            try explain(against: .trace(TraceFile(path: file.path), ReplayOptions())))
        #expect(changed.frame == 9)
        #expect(changed.difference.stage == .input)
        let value = try #require(changed.difference.output)
        #expect(value.field == "events[0].upper")
        #expect(value.expected == "(8, 91, 8)")
        #expect(value.found == "(8, 90, 8)")

        let short = try File(Array(busy().prefix(20)))
        let missing = try explanation(
            try explain(against: .trace(TraceFile(path: short.path), ReplayOptions())))
        #expect(missing.frame == 20)
        #expect(missing.expected == nil)
        let long = try File(busy())
        let extra = try explanation(
            try explain(
                Array(busy().prefix(20)), against: .trace(TraceFile(path: long.path), ReplayOptions())))
        #expect(extra.frame == 20)
        #expect(extra.found == nil)
    }

    @Test("a dump of the same frame agrees; of a frame after the divergence it says so")
    func dumps() throws {
        let frames = busy()
        var spoiling = ReplayOptions()
        spoiling.castService = { SpoiledCasts(batch: 2) { true } }
        for (frame, options) in [(5, ReplayOptions()), (5, spoiling), (7, spoiling)] {
            let facts = try FrameDump.facts(try dump(frames, frame: Int32(frame), options))
            let outcome = try explain(frames, against: .dump(facts))
            switch (frame, options.castService == nil, outcome) {
            case (5, true, .agrees(frames: 1)), (7, false, .differsBefore(frame: 7)): break
            case (5, false, .diverged(let explanation)):
                #expect(explanation.difference.stage == .commit)
                #expect(explanation.difference.cell?.fields.map(\.field) == ["payload.sh.gY"])
            default: Issue.record("frame \(frame): \(outcome)")
            }
        }
    }

    @Test("a dump of a frame that the trace does not have is an error with the frames that there are")
    func noSuchFrame() throws {
        let facts = try FrameDump.facts(try dump(busy(), frame: 23, ReplayOptions()))
        #expect {
            try explain(Array(busy().prefix(20)), against: .dump(facts))
        } throws: { error in
            guard case ExplainError.noSuchFrame(23, 0, 19) = error else { return false }
            return true
        }
    }

    @Test("a dump cut anywhere, or with a line of something else, is a typed error or the same facts")
    func damagedDumps() throws {
        let bytes = try dump(busy(), frame: 6, ReplayOptions())
        let whole = try FrameDump.facts(bytes)
        let lines = bytes.split(separator: 0x0A).map(Array.init)
        let end = try #require(lines.firstIndex { $0.starts(with: Array("{\"level\":".utf8)) })
        let head = lines.prefix(end).reduce(0) { $0 + $1.count + 1 }
        var refused = 0
        for size in Swift.stride(from: 0, to: head, by: max(1, head / 40)) {
            do throws(FrameDumpError) {
                let facts = try FrameDump.facts(Array(bytes.prefix(size)))
                // All stages are there; probes of the last one may be missing at the end of a line.
                #expect(facts.digest == whole.digest && facts.stages.count == 9, "\(size) bytes")
            } catch {
                refused += 1
            }
        }
        #expect(refused > 10)
        for index in [0] + Array(Swift.stride(from: 1, to: end, by: max(1, end / 20))) {
            var other = lines
            other[index] = Array("{\"stage\":3}".utf8)
            #expect(throws: FrameDumpError.self, "line \(index + 1)") {
                try FrameDump.facts(Array(other.joined(separator: [0x0A])))
            }
        }
    }

    private func dump(_ frames: [FrameInput], frame: Int32, _ options: ReplayOptions) throws -> [UInt8] {
        var options = options
        options.lastFrame = frame
        var text = ""
        var log: FrameLog?
        _ = try Replayer.run(
            frames, options: options,
            observe: { result, state in
                guard let log else { return }
                FrameReport(log, result, state).forEachLine { text += $0 + "\n" }
            },
            watch: { input in
                guard input.frame == frame else { return nil }
                let new = FrameLog(events: input.events.count)
                log = new
                return new.watch
            })
        return Array(text.utf8)
    }
}
