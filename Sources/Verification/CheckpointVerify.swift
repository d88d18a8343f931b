package import Hashing
package import Replay
package import Streaming

/// What a replay came to, beside the digests that the recording engine computed itself.
package struct CheckpointComparison: Sendable {
    package var run: Run
    /// Frames that have a checkpoint.
    package var checkpoints: Int
    /// Nil where every checkpoint agrees, and every snapshot is the state that the replay had come to.
    package var divergence: CheckpointDivergence?
}

/// Where a replay first left the checkpoints of its recording.
package struct CheckpointDivergence: Hashable, Sendable {
    package var frame: Int32
    /// The first stage that differs; nil where none does: then it is levels, the frame's digest, or a snapshot.
    package var stage: Stage?
    package var levels: [Int]
    /// The frame's digests; nil for a snapshot.
    package var expected: Digest128?
    package var found: Digest128?
    /// The state before the frame is not the snapshot that was recorded there.
    package var isSnapshot: Bool
    /// How many checkpoints differ.
    package var differing: Int
}

/// Why a trace cannot be verified against its own checkpoints.
package enum CheckpointError: Error, Equatable, Sendable {
    case noCheckpoints
    /// They are of another version of the digests.
    case version(frame: Int32, found: UInt32, supported: UInt32)
    /// They are an engine's own digests, of other stages than the model's.
    case otherStages(frame: Int32, engine: String)
    /// They have not one digest for each stage of the model.
    case stageCount(frame: Int32, found: Int, expected: Int)
}

/// Replays a trace, and compares every frame that has a checkpoint with it. A run whose recording was switched on in the middle, or has a
/// gap, is compared from its snapshot on.
///
/// - Throws: ``CheckpointError``, what ``Replayer/run(_:options:observe:)`` throws.
package func compareCheckpoints(
    _ source: some FrameSource, options: ReplayOptions, progress: (Int) -> Void = { _ in }
) throws -> CheckpointComparison {
    var checkpoint: Checkpoint?
    var count = 0
    var divergence: CheckpointDivergence?
    var failure: CheckpointError?
    let run = try Replayer.run(
        source, options: options,
        observe: { result, state in
            progress(state.frameCount)
            if let failure { throw failure }
            if divergence == nil, state.otherSnapshotCount > 0 {
                divergence = CheckpointDivergence(
                    frame: result.frame, stage: nil, levels: [], expected: nil, found: nil, isSnapshot: true,
                    differing: 0)
            }
            guard let recorded = checkpoint else { return }
            count += 1
            guard recorded != Checkpoint(result.digests) else { return }
            if divergence == nil { divergence = CheckpointDivergence(result, recorded) }
            divergence?.differing += 1
        },
        watch: { input in
            checkpoint = input.checkpoint
            failure = failure ?? input.checkpointError
            return nil
        })
    if let failure { throw failure }
    guard count > 0 else { throw CheckpointError.noCheckpoints }
    return CheckpointComparison(run: run, checkpoints: count, divergence: divergence)
}

extension CheckpointDivergence {
    fileprivate init(_ result: FrameResult, _ recorded: Checkpoint) {
        let stage = zip(recorded.stages, result.digests.stages).enumerated()
            .first { $0.element.0 != $0.element.1 }
        let levels = (0..<max(recorded.levels.count, result.digests.levels.count)).filter { level in
            level >= recorded.levels.count || level >= result.digests.levels.count
                || recorded.levels[level] != result.digests.levels[level]
        }
        self.init(
            frame: result.frame, stage: stage.map { Stage.allCases[$0.offset] }, levels: levels,
            expected: recorded.frame, found: result.digests.frame, isSnapshot: false, differing: 0)
    }
}

extension FrameInput {
    fileprivate var checkpointError: CheckpointError? {
        for case .engine(let engine) in events
        where !engine.stages.isEmpty && engine.stages != Stage.allCases.map(\.name) {
            return .otherStages(frame: frame, engine: engine.name)
        }
        guard let checkpoint else { return nil }
        guard checkpoint.digestVersion == UInt32(DigestAlgorithm.version) else {
            return .version(
                frame: frame, found: checkpoint.digestVersion, supported: UInt32(DigestAlgorithm.version))
        }
        guard checkpoint.stages.count == Stage.allCases.count else {
            return .stageCount(frame: frame, found: checkpoint.stages.count, expected: Stage.allCases.count)
        }
        return nil
    }
}
