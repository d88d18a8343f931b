import Hashing
import Replay
package import Streaming
import Topology

/// From a keyframe, written and read, the next frame is that of the linear run.
///
/// After a sample of frames (full: after every frame) the state goes through ``Keyframe`` and back, and the next frame is stepped from it with casts begun
/// anew; its digests are compared. What a keyframe forgets and the next frame does not need shows in a later one, from a keyframe before that.
package struct Seek: Law {
    package let name = "seek"
    package let rules: [Rule] = Rule.allCases
    package let claim = "from a keyframe after any frame the next frame is that of the linear run"

    package init() {}

    package func judge(_ given: LawCase) throws -> LawOutcome {
        if let reason = given.unfit(variants: true, live: true) { return .notApplicable(reason) }
        return try given.judging {
            guard given.frames.count > 1 else { return .notApplicable("the trace has one frame") }
            var random = given.random(8)
            let places = Set(
                random.sample(
                    given.pick(quick: 6, standard: 40, full: given.frames.count),
                    of: given.sampleFrames.count - 1))
            var run = LawRun(given.options)
            var cases = 0
            for (place, input) in given.sampleFrames.enumerated() {
                let bytes = place > 0 && places.contains(place - 1) ? Keyframe.encode(run.state) : nil
                let expected = try run.step(input)
                guard let bytes else { continue }
                let state: RunState
                do throws(SnapshotError) {
                    state = try Keyframe.decode(bytes)
                } catch {
                    return .broken(
                        Breach(
                            frame: input.frame - 1, stage: nil,
                            what: "the keyframe after the frame cannot be read: \(error)"))
                }
                var other = LawRun(state, given.options, last: nil)
                let found = try other.step(input)
                cases += 1
                if let breach = Breach(
                    expected, found, "from a keyframe after frame \(input.frame - 1)",
                    run.state.system, other.state.system)
                {
                    return .broken(breach)
                }
            }
            return .holds(cases: cases)
        }
    }
}

extension Breach {
    /// The first stage of a frame whose digests are not the same; nil where all are.
    ///
    /// `circumstance` says what was different about the run that was found; the states are those after the frame, to name a probe by.
    package init?(
        _ expected: FrameResult, _ found: FrameResult, _ circumstance: String,
        _ left: StreamingSystem? = nil, _ right: StreamingSystem? = nil
    ) {
        guard expected.digests != found.digests else { return nil }
        let stages = zip(expected.digests.stages, found.digests.stages)
        let place = stages.enumerated().first { $0.element.0 != $0.element.1 }?.offset
        self.init(frame: found.frame, stage: place.flatMap { Stage(rawValue: UInt8($0)) }, what: "")
        if let place {
            what = "digest: expected \(expected.digests.stages[place]), found \(found.digests.stages[place])"
        } else {
            what = "digest: expected \(expected.digests.frame), found \(found.digests.frame)"
        }
        what += ", \(circumstance)"
        if let left, let right, left.levels.count == right.levels.count,
            let difference = left.firstDifference(from: right)
        {
            level = difference.level
            cell = difference.cell
            what += "; after the frame, \(difference.text)"
        }
    }
}

extension StreamingSystem {
    /// The first probe, level by level in linear order, that is not the same in another system with the same windows. O(cells).
    package func firstDifference(from other: StreamingSystem) -> ProbeDifference? {
        for (mine, others) in zip(levels, other.levels) {
            let shift = mine.window.minimum == others.window.minimum ? CellShift() : nil
            guard let shift else { continue }
            if let difference = mine.firstDifference(from: others, movedBy: shift, [.fields, .payload]) {
                return difference
            }
        }
        return nil
    }
}
