package import Hashing
package import Replay
package import Streaming

/// Where a run first left its golden, as far as the golden can say it.
package struct Divergence: Hashable, Sendable {
    /// The first frame whose digest differs.
    package var frame: Int32
    /// The first stage, in causal order, whose short digest differs in that frame: the one that went
    /// wrong, because everything before it agreed. Nil where the short digests happen to collide or the
    /// run ended early: undetermined.
    package var stage: Stage?
    /// The levels whose short digests differ at the end of that frame, finest first.
    package var levels: [Int]
    /// The low 64 bits of the frame's digest; nil where one of the two has no such frame.
    package var expected: Digest64?
    package var found: Digest64?
    /// How many frames differ, of how many.
    package var differingFrames: Int
    package var frames: Int
    /// Sums that were not what a rebuild gives, at the frame of the divergence.
    package var incrementalFaults: [IncrementalFault]
}

/// What a run came to, beside its golden.
package struct Comparison: Sendable {
    package var run: Run
    /// Nil where every frame agrees.
    package var divergence: Divergence?
    /// The digests of the run, to be written beside the golden if it differs.
    package var digests: DigestsFile
}

/// Run against golden, verdict. This function replays and compares, and touches no file; what it is
/// given and what becomes of the verdict is the business of ``TraceVerifier``.
///
/// `expected` is the golden's digests, `trace` the digest of the trace's bytes; `progress` is called after each
/// frame with the number of frames replayed.
///
/// - Throws: what ``Replayer/run(_:options:observe:)`` throws.
package func verify(
    _ source: some FrameSource, trace: Digest128, against expected: DigestsFile, options: ReplayOptions,
    progress: (Int) -> Void = { _ in }
) throws -> Comparison {
    var rows: [DigestRow] = []
    var first: Divergence?
    var differing = 0
    let run = try Replayer.run(source, options: options) { result, state in
        let row = DigestRow(result.digests)
        let index = rows.count
        rows.append(row)
        progress(rows.count)
        let golden = index < expected.rows.count ? expected.rows[index] : nil
        guard golden?.frame != row.frame else { return }
        differing += 1
        if first == nil {
            first = divergence(
                frame: result.frame, golden: golden, found: expected.fitted(row),
                levelsFound: result.digests.levels.count, faults: state.system.incrementalFaults())
        }
    }
    if first == nil, rows.count < expected.rows.count {
        let frame = Int32(clamping: Int64(run.firstFrame) + Int64(rows.count))
        first = divergence(
            frame: frame, golden: expected.rows[rows.count], found: nil, levelsFound: 0, faults: [])
    }
    if first == nil, expected.run != run.digest {
        // The rows hold 64 bits of each frame's 128; a difference in the rest cannot be placed.
        first = divergence(
            frame: run.firstFrame, golden: nil, found: nil, levelsFound: 0, faults: [])
    }
    first?.differingFrames = max(1, differing + max(expected.rows.count - rows.count, 0))
    first?.frames = max(rows.count, expected.rows.count)
    return Comparison(
        run: run, divergence: first,
        digests: DigestsFile(
            firstFrame: run.firstFrame, levelCount: run.levelCount, trace: trace, run: run.digest,
            rows: rows))
}

private func divergence(
    frame: Int32, golden: DigestRow?, found: DigestRow?, levelsFound: Int, faults: [IncrementalFault]
) -> Divergence {
    var stage: Stage?
    var levels: [Int] = []
    if let golden, let found {
        stage = Stage.allCases.first { golden.stages[Int($0.rawValue)] != found.stages[Int($0.rawValue)] }
        levels = found.levels.indices.filter { golden.levels[$0] != found.levels[$0] }
        if levelsFound > found.levels.count { levels += Array(found.levels.count..<levelsFound) }
    }
    return Divergence(
        frame: frame, stage: stage, levels: levels, expected: golden.map { Digest64($0.frame) },
        found: found.map { Digest64($0.frame) }, differingFrames: 0, frames: 0, incrementalFaults: faults)
}
