import Hashing
import Recording
import Replay
package import Streaming

/// Makes of a trace that fails the smallest that still fails in the same way.
///
/// Delta debugging (A. Zeller, R. Hildebrandt, Simplifying and isolating failure-inducing input, 2002) over a ``Draft``: the algorithm and
/// the reasons for it stand in Minimize.md.
package final class Minimizer {
    package struct Options: Sendable {
        /// Replays that may be made, at least 4: every try is two.
        package var limit = 500
        /// How often what does not fail at once is tried, 1 or more.
        package var repeats = 1
        /// Asked before every try.
        package var isStopped: @Sendable () -> Bool = { false }

        package init() {}
    }

    /// How far it has come.
    package struct Progress: Sendable {
        package var replays: Int
        package var frames: Int
        package var events: Int
    }

    private let failure: any TraceFailure
    private let options: Options
    private let tell: (Progress) -> Void

    /// The smallest so far.
    private(set) var draft = Draft()
    private var best: [FrameInput] = []
    private var seen: SeenFailure?
    private var signature: FailureSignature?
    private var replays = 0
    // Order: membership only.
    private var known: Set<Digest128> = []

    /// - Parameters:
    ///   - failure: what is kept.
    ///   - options: how much may be done.
    ///   - progress: told after every try.
    package init(
        _ failure: any TraceFailure, options: Options = Options(),
        progress: @escaping (Progress) -> Void = { _ in }
    ) {
        self.failure = failure
        self.options = options
        tell = progress
    }

    /// Thrown through the passes when no more tries are to be made.
    private struct Stop: Error { var reason: Minimized.Reason }

    /// Minimizes a trace. The result has been seen to fail once more, as the frames that it is.
    ///
    /// - Parameter frames: a valid trace.
    /// - Returns: the smallest that was found.
    /// - Throws: ``MinimizeError``; what the failure throws of the whole trace.
    /// Complexity: at most `limit` replays, of which few are longer than twice the part that is needed.
    package func minimize(_ frames: [FrameInput]) throws -> Minimized {
        let whole = try failing(frames)
        signature = whole.signature
        best = frames
        note(whole)
        var reason: Minimized.Reason?
        do {
            try cutBehind()
            if try gallop() { try shrink() } else { reason = .recorded }
        } catch let stop as Stop {
            reason = stop.reason
        }
        let last = try confirmed()
        return Minimized(
            frames: best, failure: last, before: whole, sizeBefore: TraceSize(frames), size: TraceSize(best),
            replays: replays, isMinimal: reason == nil, reason: reason)
    }

    // MARK: Tries

    /// The whole has to fail; what it throws is thrown.
    private func failing(_ frames: [FrameInput]) throws -> SeenFailure {
        for _ in 0..<options.repeats {
            guard !options.isStopped(), replays + 2 <= options.limit else { throw MinimizeError.nothingYet }
            replays += 2
            if let seen = try failure.attempt(frames) { return seen }
        }
        throw MinimizeError.doesNotFail(
            comparison: failure.comparison, frames: frames.count, tries: options.repeats)
    }

    /// Once more, as it will be read.
    private func confirmed() throws -> SeenFailure {
        let frames = try TraceReader(try Trace.encode(best)).allFrames()
        guard let signature else { preconditionFailure("the whole has failed") }
        // What has failed once only, though it could be tried often, may need as many tries again.
        for _ in 0..<max(options.repeats, 1) {
            replays += 2
            if let seen = try failure.attempt(frames), seen.signature == signature { return seen }
        }
        throw MinimizeError.notAgain(signature: signature, tries: options.repeats)
    }

    /// Whether frames fail in the same way. What cannot be judged does not.
    ///
    /// - Throws: ``Stop``.
    private func fails(_ frames: [FrameInput]) throws -> SeenFailure? {
        for _ in 0..<options.repeats {
            if options.isStopped() { throw Stop(reason: .stopped) }
            // What is left at the end is for the last word.
            guard replays + 2 + 2 * options.repeats <= options.limit else {
                throw Stop(reason: .limit(options.limit))
            }
            replays += 2
            tell(Progress(replays: replays, frames: best.count, events: TraceSize(best).events))
            if let seen = try? failure.attempt(frames), seen.signature == signature { return seen }
        }
        return nil
    }

    /// What has failed is kept, without what stands behind the frame in which it did.
    private func note(_ found: SeenFailure) {
        seen = found
        guard found.isOverAtFrame, let first = best.first else { return }
        let count = Int(found.frame) - Int(first.frame) + 1
        guard count > 0, count < best.count else { return }
        best = Array(best.prefix(count))
        draft = draft.prefix(count)
    }

    /// Whether a draft fails in the same way; it is the smallest so far then. None is tried twice.
    func accepts(_ candidate: Draft?) throws -> Bool {
        guard let candidate, candidate != draft, let frames = candidate.frames() else { return false }
        guard frames != best else {
            // What made no difference to the frames is gone all the same.
            draft = candidate
            return true
        }
        guard known.insert(frames.inputDigest).inserted, let found = try fails(frames) else { return false }
        best = frames
        draft = candidate
        note(found)
        return true
    }

    // MARK: The way there

    /// Cuts off what stands behind the failure, where that has to be tried.
    private func cutBehind() throws {
        guard let seen, !seen.isOverAtFrame, let first = best.first else { return }
        let count = Int(seen.frame) - Int(first.frame) + 1
        guard count > 0, count < best.count else { return }
        let cut = Array(best.prefix(count))
        guard let found = try fails(cut) else { return }
        best = cut
        note(found)
    }

    /// From the small end: the last 1, 2, 4, 8 ... frames, without what happened before them and then with it. Most faults need little past,
    /// and short tries are cheap.
    ///
    /// - Returns: false where the frames do not fail as a modelled run, not even all of them.
    private func gallop() throws -> Bool {
        let modelled = ScheduledLiveRun.frames(of: best).map { input in
            var input = input
            input.missedFrames = 0
            return input
        }
        guard let whole = Draft(modelled) else { return false }
        let count = whole.frameCount
        var size = 1
        while true {
            let isKept = (0..<count).map { $0 >= count - size }
            for carriesEvents in size < count ? [false, true] : [false]
            where try accepts(whole.keeping(isKept, carriesEvents: carriesEvents)) {
                return true
            }
            if size == count { return false }
            size = min(2 * size, count)
        }
    }
}
