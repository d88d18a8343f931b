import Foundation
import Hashing
import Recording
package import Replay
package import Streaming

/// A live run's recording replays to the digests of the run, whatever its threads did.
///
/// A modelled trace is run live under schedules that are drawn from the seed, and recorded; the recording is replayed, and replayed once more
/// with what each frame drained in another order. A trace that is a recorded live run is replayed with other orders. Seed 0 stands for
/// ``Schedule/plain`` alone, in which nothing is disturbed: a mistake that is found there is no race.
package struct LiveLaw: Law {
    package let name = "live"
    package let rules: [Rule] = [.selection, .invalidation]
    package let claim =
        "a recorded live run replays to its own digests, whatever its threads did, and the order within a frame decides nothing"

    package init() {}

    package func judge(_ given: LawCase) throws -> LawOutcome {
        do {
            guard !given.frames.isEmpty else { return .notApplicable("the trace has no frame") }
            if given.frames.contains(where: { $0.castResults != nil }) { return try judgeRecorded(given) }
            if let reason = LiveLaw.reasonAgainstLiveRun(given.frames) { return .notApplicable(reason) }
            return try judgeModelled(given)
        } catch let error as ReplayError {
            return .notApplicable("it cannot be run: \(error)")
        }
    }

    /// The schedules of an effort; the first is the one of the seed itself.
    package static func schedules(_ seed: UInt64, _ effort: Effort) -> [Schedule] {
        guard seed != 0 else { return [.plain] }
        let count: UInt64 =
            switch effort {
            case .quick: 2
            case .standard: 8
            case .full: 50
            }
        return (0..<count).map { .seeded(seed &+ $0) }
    }

    // MARK: A modelled trace

    /// Why frames cannot be run live; nil where they can.
    static func reasonAgainstLiveRun(_ frames: [FrameInput]) -> String? {
        if frames.first?.snapshot != nil { return "the trace begins in the middle of a run" }
        if let gap = frames.dropFirst().first(where: { $0.missedFrames > 0 }) {
            return "the trace has a gap before frame \(gap.frame)"
        }
        return nil
    }

    private func judgeModelled(_ given: LawCase) throws -> LawOutcome {
        _ = try Replayer.checkInputs(given.frames)
        var cases = 0
        for schedule in LiveLaw.schedules(given.seed, given.effort) {
            switch try LiveLaw.judge(given.frames, schedule, given.options) {
            case .holds(let some): cases += some
            case let other: return other
            }
        }
        return .holds(cases: cases)
    }

    /// Judges one live run.
    ///
    /// - Parameters:
    ///   - frames: as a modelled trace gives them; the model takes them.
    ///   - schedule: of the live run.
    ///   - options: who casts, in the live run and in its replay.
    /// - Returns: ``LawOutcome/holds(cases:)`` with the number of frames that were compared, or ``LawOutcome/broken(_:)``.
    /// - Throws: ``ReplayError``, what cannot be written or read.
    package static func judge(
        _ frames: [FrameInput], _ schedule: Schedule, _ options: ReplayOptions
    ) throws -> LawOutcome {
        let sample = try LiveLawSample(frames, schedule, options)
        if let (frame, error) = sample.refusal {
            // What the model refuses is what the live run made of the frame.
            return .broken(
                Breach(frame: frame, stage: .input, what: "\(schedule): the live run is refused: \(error)"))
        }
        var cases = sample.frames.count
        let recorded = LiveLawSide.replay(sample.frames)
        if let breach = try compare(.live(frames, schedule), recorded, sample.digests, options, "\(schedule)")
        {
            return .broken(breach)
        }
        if case .seeded(let seed) = schedule {
            let shuffled = sample.frames.inOtherOrder(seed)
            let context = "\(schedule), drained in another order"
            if let breach = try compare(recorded, .replay(shuffled), sample.digests, options, context) {
                return .broken(breach)
            }
            cases += shuffled.count
        }
        if let (frame, flight) = sample.lost.first {
            let what = "\(schedule): the result of cast \(flight.sequence) has never come"
            return .broken(
                Breach(frame: frame, stage: .cast, level: flight.level, cell: flight.cell, what: what))
        }
        return .holds(cases: cases)
    }

    // MARK: A recorded live run

    private func judgeRecorded(_ given: LawCase) throws -> LawOutcome {
        var digests: [FrameDigests] = []
        _ = try Replayer.run(given.frames, options: given.options) { result, _ in
            digests.append(result.digests)
        }
        guard given.seed != 0 else { return .holds(cases: digests.count) }
        var cases = 0
        for case .seeded(let seed) in LiveLaw.schedules(given.seed, given.effort) {
            let shuffled = given.frames.inOtherOrder(seed)
            if let breach = try LiveLaw.compare(
                .replay(given.frames), .replay(shuffled), digests, given.options,
                "drained in another order, \(seed)")
            {
                return .broken(breach)
            }
            cases += shuffled.count
        }
        return .holds(cases: cases)
    }

    // MARK: Comparing

    /// Where a run first has other digests than it should.
    enum Difference {
        /// Nil: no stage differs, and digests of levels do.
        case digests(frame: Int32, Stage?)
        case refused(frame: Int32, FrameError)
    }

    /// Where `found` first has other digests than these.
    static func difference(
        _ found: LiveLawSide, _ digests: [FrameDigests], _ options: ReplayOptions
    ) throws -> Difference? {
        var place = 0
        var difference: Difference?
        do {
            try found.run(options) { result, _ in
                let right = digests[place]
                place += 1
                guard right != result.digests else { return true }
                let stage = zip(right.stages, result.digests.stages).enumerated()
                    .first { $0.element.0 != $0.element.1 }?.offset
                difference = .digests(frame: result.frame, stage.map { Stage.allCases[$0] })
                return false
            }
        } catch ReplayError.frameRefused(let frame, let error) {
            return .refused(frame: frame, error)
        }
        return difference
    }

    /// Where `found` first has other digests than `digests`, which are those of `expected`, in all detail.
    static func compare(
        _ expected: LiveLawSide, _ found: LiveLawSide, _ digests: [FrameDigests], _ options: ReplayOptions,
        _ context: String
    ) throws -> Breach? {
        var breach: Breach
        switch try difference(found, digests, options) {
        case nil: return nil
        case .refused(let frame, let error)?:
            return Breach(frame: frame, stage: .input, what: "\(context): the replay is refused: \(error)")
        case .digests(let frame, let stage)?:
            breach = Breach(frame: frame, stage: stage, what: "\(context): the digests differ")
        }
        guard let left = try expected.look(at: breach.frame, options),
            let right = try found.look(at: breach.frame, options),
            let difference = FrameDifference(
                left.facts, right.facts, unchanged: { right.log.unchanged($0, $1, $2) })
        else { return breach }
        breach.level = difference.cell?.level ?? difference.levels.first
        breach.cell = difference.cell?.cell
        if let value = difference.output ?? difference.cell?.fields.first {
            breach.what = "\(context): \(value.field): expected \(value.expected), found \(value.found)"
        }
        return breach
    }
}

extension [FrameInput] {
    /// The same frames, in each of which what was drained stands in another order.
    func inOtherOrder(_ seed: UInt64) -> [FrameInput] {
        var random = SeededRandom(seed: seed)
        return map { given in
            var input = given
            if let results = given.castResults {
                let order = random.shuffled([Int](results.indices))
                input.castResults = order.map { results[$0] }
                if var work = given.engineWork {
                    if work.outcomes.count == results.count {
                        work.outcomes = order.map { [outcomes = work.outcomes] in outcomes[$0] }
                    }
                    if work.payloads.count == results.count {
                        work.payloads = order.map { [payloads = work.payloads] in payloads[$0] }
                    }
                    input.engineWork = work
                }
            }
            if let replies = given.storeReplies {
                input.storeReplies = random.shuffled([Int](replies.indices)).map { replies[$0] }
            }
            return input
        }
    }
}
