import Hashing
import Recording
package import Replay
package import Streaming
import Topology

/// What a run is compared with, to find out where it went another way.
package enum ExplainReference: Sendable {
    /// The digests of every frame, and nothing else.
    case golden(DigestsFile)
    /// Another run of the same trace.
    case run(ReplayOptions)
    /// The run of another trace.
    case trace(TraceFile, ReplayOptions)
    /// What another build, or another program, left of one frame.
    case dump(FrameFacts)
}

/// Where, and as far as it can be had, what and why.
package struct Explanation: Sendable {
    /// The first frame that differs.
    package var frame: Int32
    package var difference: FrameDifference
    /// Of the frame; nil where one of the two runs has no such frame.
    package var expected: String?
    package var found: String?
    /// Frames that differ, of how many; nil where the search ended at the first.
    package var differing: (frames: Int, of: Int)?
    /// What casting again gave, where the commit stage differs.
    package var recast: Recast?
    /// False where the frame, stepped again from a keyframe, did not come out as it had: what differs is then the
    /// state at the frame's end, and the cause is no function of the inputs.
    package var isReproducible = true
    /// Sums that were not what a rebuild gives, at that frame.
    package var incrementalFaults: [IncrementalFault] = []
}

/// What `explain` has found.
package enum ExplainOutcome: Sendable {
    /// Everything that was compared agrees.
    case agrees(frames: Int)
    case diverged(Explanation)
    /// The runs differ before the frame of the dump: it shows a consequence, and not the cause.
    case differsBefore(frame: Int32)
}

/// Why nothing could be explained.
package enum ExplainError: Error, Sendable {
    /// The dump is of a frame that the trace does not have.
    case noSuchFrame(frame: Int32, first: Int32, last: Int32)
}

/// Finds the first frame and stage in which a run is not what it is compared with, and in that stage the probe and
/// the field. At most two replays; after a divergence, at most ``Explainer/keyframeInterval`` frames of each are
/// stepped again.
package struct Explainer: Sendable {
    /// How the run is made that is to be explained.
    package var options: ReplayOptions
    /// Two runs keep a keyframe after so many frames: to look into a frame it has to be stepped again from one.
    package static let keyframeInterval = 16

    package init(options: ReplayOptions) { self.options = options }

    /// - Throws: what cannot be read, ``ReplayError``, ``ExplainError``.
    package func explain(
        _ trace: TraceFile, against reference: ExplainReference, progress: (Int) -> Void = { _ in }
    ) throws -> ExplainOutcome {
        switch reference {
        case .golden(let digests): try explain(trace, digests, progress)
        case .run(let other): try explain(trace, trace, other, progress)
        case .trace(let other, let options): try explain(trace, other, options, progress)
        case .dump(let facts): try explain(trace, facts, progress)
        }
    }

    // MARK: Against a golden

    private func explain(
        _ trace: TraceFile, _ digests: DigestsFile, _ progress: (Int) -> Void
    ) throws -> ExplainOutcome {
        let comparison = try verify(
            trace, trace: trace.digest, against: digests, options: options, progress: progress)
        guard let divergence = comparison.divergence else {
            return .agrees(frames: comparison.run.frameCount)
        }
        var explanation = Explanation(
            frame: divergence.frame,
            difference: FrameDifference(stage: divergence.stage, levels: divergence.levels),
            expected: divergence.expected?.description, found: divergence.found?.description,
            differing: (divergence.differingFrames, divergence.frames))
        explanation.incrementalFaults = divergence.incrementalFaults
        if divergence.stage == .commit, divergence.found != nil {
            let look = try look(at: divergence.frame, of: trace)
            explanation.recast = look.flatMap { Recast(of: $0.report.facts, $0.log) }
        }
        return .diverged(explanation)
    }

    // MARK: Against a dump

    private func explain(
        _ trace: TraceFile, _ expected: FrameFacts, _ progress: (Int) -> Void
    ) throws -> ExplainOutcome {
        guard let look = try look(at: expected.frame, of: trace, progress) else {
            let run = try Replayer.run(trace, options: options)
            throw ExplainError.noSuchFrame(
                frame: expected.frame, first: run.firstFrame, last: run.lastFrame)
        }
        let found = look.report.facts
        guard expected.previous == found.previous else { return .differsBefore(frame: expected.frame) }
        guard let difference = FrameDifference(expected, found, unchanged: look.log.unchanged) else {
            return .agrees(frames: 1)
        }
        return .diverged(explanation(expected, found, difference, look.log))
    }

    /// Replays up to one frame and looks into it; nil where the trace has no such frame.
    private func look(
        at frame: Int32, of trace: TraceFile, _ progress: (Int) -> Void = { _ in }
    ) throws -> (report: FrameReport, log: FrameLog)? {
        var options = options
        options.lastFrame = frame
        var log: FrameLog?
        var report: FrameReport?
        _ = try Replayer.run(
            trace, options: options,
            observe: { result, state in
                progress(state.frameCount)
                report = log.map { FrameReport($0, result, state) }
            },
            watch: { input in
                guard input.frame == frame else { return nil }
                let new = FrameLog(events: input.events.count)
                log = new
                return new.watch
            })
        guard let report, let log else { return nil }
        return (report, log)
    }

    // MARK: Against another run

    private func explain(
        _ trace: TraceFile, _ other: TraceFile, _ otherOptions: ReplayOptions, _ progress: (Int) -> Void
    ) throws -> ExplainOutcome {
        var found = RunSide(options)
        var expected = RunSide(otherOptions)
        var otherFrames = other.reader.frames()
        var outcome: ExplainOutcome?
        try trace.forEachFrame { input in
            guard let otherInput = try otherFrames.next() else {
                outcome = .diverged(
                    Explanation(
                        frame: input.frame, difference: FrameDifference(stage: nil, levels: []),
                        expected: nil, found: "a frame"))
                return false
            }
            let b = try found.step(input)
            let a = try expected.step(otherInput)
            progress(found.state.frameCount)
            guard a.digests.frame != b.digests.frame else { return true }
            outcome = .diverged(try explanation(&expected, &found, a, b))
            return false
        }
        if let outcome { return outcome }
        if let left = try otherFrames.next() {
            return .diverged(
                Explanation(
                    frame: left.frame, difference: FrameDifference(stage: nil, levels: []),
                    expected: "a frame", found: nil))
        }
        return .agrees(frames: found.state.frameCount)
    }

    /// Looks into the frame that both have just stepped: what the stages hashed is at hand; for the probes both
    /// step it again, and where that does not come out the same, what is at hand are the states at its end.
    private func explanation(
        _ expected: inout RunSide, _ found: inout RunSide, _ a: FrameResult, _ b: FrameResult
    ) throws -> Explanation {
        let ends = (expected.state.system, found.state.system)
        var facts = (expected.facts(of: a), found.facts(of: b))
        let logs = (try expected.stepAgain(a), try found.stepAgain(b))
        if let left = logs.0, let right = logs.1 {
            facts.0.changes = left.changes
            facts.1.changes = right.changes
            guard let difference = FrameDifference(facts.0, facts.1, unchanged: right.unchanged) else {
                preconditionFailure("frames whose digests differ have a difference")
            }
            return explanation(facts.0, facts.1, difference, right)
        }
        guard var difference = FrameDifference(facts.0, facts.1, unchanged: { _, _, _ in nil }) else {
            preconditionFailure("frames whose digests differ have a difference")
        }
        let (left, right) = ends.0.differingCells(from: ends.1)
        difference.compareCells(left, right) { _, _ in nil }
        var explanation = explanation(facts.0, facts.1, difference, nil)
        explanation.isReproducible = false
        return explanation
    }

    private func explanation(
        _ expected: FrameFacts, _ found: FrameFacts, _ difference: FrameDifference, _ log: FrameLog?
    ) -> Explanation {
        var explanation = Explanation(
            frame: found.frame, difference: difference, expected: expected.digest.description,
            found: found.digest.description)
        explanation.incrementalFaults = log?.systems.last?.incrementalFaults() ?? []
        if difference.stage == .commit { explanation.recast = log.flatMap { Recast(of: found, $0) } }
        return explanation
    }
}
