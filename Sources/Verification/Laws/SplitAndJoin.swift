import Hashing
import Recording
import Replay
import Streaming

/// A trace that is cut in two is two traces of the same run, and joined again it is the trace that it was.
///
/// At a seeded frame the trace becomes two files; the second begins with a full snapshot, as the recorder writes it when it is switched on in the middle. Each
/// is written, read and replayed. The first has the digests of the linear run up to the cut, the second those from there on. Joined, without the snapshot,
/// and written in the canonical profile, the bytes are those that the original trace has in that profile.
///
/// Behind the first session with a store a modelled trace is not cut: a snapshot does not hold what is in the store, also where the session is over and the next
/// one goes on with it.
package struct SplitAndJoin: Law {
    package let name = "split-and-join"
    package let rules: [Rule] = Rule.allCases
    package let claim = "two halves of a trace are the same run as the whole, and joined they are the whole"

    package init() {}

    package func judge(_ given: LawCase) throws -> LawOutcome {
        if let reason = given.unfit(variants: true, live: true) { return .notApplicable(reason) }
        return try given.judging {
            let frames = Array(given.sampleFrames)
            guard frames.count > 1 else { return .notApplicable("the trace has one frame") }
            let isLive = frames[0].castResults != nil
            var random = given.random(3)
            let wanted = Set(
                random.sample(given.pick(quick: 1, standard: 2, full: 6), of: frames.count - 1).map { $0 + 1 }
            )
            var run = LawRun(given.options)
            var expected: [FrameResult] = []
            var cuts: [(place: Int, snapshot: [UInt8])] = []
            var isDue = false
            for (place, input) in frames.enumerated() {
                isDue = isDue || wanted.contains(place)
                if isDue, place > 0, isLive || run.hasNoStoreYet {
                    cuts.append((place, run.state.system.snapshot()))
                    isDue = false
                }
                expected.append(try run.step(input))
            }
            guard !cuts.isEmpty else {
                return .notApplicable(
                    "there is a store at each frame drawn, and a snapshot does not hold what is in it"
                )
            }
            let whole = try canonical(frames)
            if frames.count == given.frames.count {
                let original = try Trace.finalize(given.trace.reader, droppingForeign: true)
                if let breach = difference(
                    original, whole, frame: frames[0].frame, "the frames, written again")
                {
                    return .broken(breach)
                }
            }
            for cut in cuts {
                if let breach = try judge(cut.place, cut.snapshot, frames, expected, whole, given) {
                    return .broken(breach)
                }
            }
            return .holds(cases: cuts.count * frames.count)
        }
    }

    private func judge(
        _ cut: Int, _ snapshot: [UInt8], _ frames: [FrameInput], _ expected: [FrameResult], _ whole: [UInt8],
        _ given: LawCase
    ) throws -> Breach? {
        var second = Array(frames[cut...])
        let original = second[0].snapshot
        second[0].snapshot = RecordedSnapshot(state: snapshot)
        let halves = try [Array(frames[..<cut]), second].map { TraceReader(try canonical($0)) }
        var joined: [FrameInput] = []
        for (half, reader) in halves.enumerated() {
            var run = LawRun(given.options)
            for var input in try reader.allFrames() {
                let found = try run.step(input)
                let circumstance =
                    half == 0
                    ? "in the first half alone"
                    : "in the half that begins with the state before frame \(frames[cut].frame)"
                if let breach = Breach(expected[joined.count], found, circumstance) { return breach }
                if half == 1, joined.count == cut { input.snapshot = original }
                joined.append(input)
            }
        }
        guard joined.count == frames.count else {
            return Breach(
                frame: frames[cut].frame, stage: nil,
                what: "frames: expected \(frames.count), found \(joined.count) in the two halves")
        }
        return difference(
            whole, try canonical(joined), frame: frames[cut].frame,
            "the halves, cut before frame \(frames[cut].frame) and joined")
    }

    private func canonical(_ frames: [FrameInput]) throws -> [UInt8] {
        var writer = try TraceWriter(MemorySink())
        for input in frames { try writer.write(input) }
        try writer.finish()
        return writer.sink.bytes
    }

    private func difference(_ a: [UInt8], _ b: [UInt8], frame: Int32, _ what: String) -> Breach? {
        guard a != b else { return nil }
        let offset =
            zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(a.count, b.count)
        return Breach(
            frame: frame, stage: nil,
            what:
                "bytes of \(what): expected \(a.count) as in the canonical trace, found \(b.count), which differ from offset \(offset) on"
        )
    }
}

extension LawRun {
    /// No session has left anything in a store, or can have done so.
    fileprivate var hasNoStoreYet: Bool {
        state.system.store == nil && state.store.clock == 0 && state.store.rows.isEmpty
    }
}
