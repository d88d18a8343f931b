package import Hashing
package import Replay
package import Streaming

/// Why a run was not accepted as a golden.
package enum AcceptError: Error, Sendable {
    /// Two runs of the same trace differ.
    case unstable(frame: Int32, stage: Stage?, first: String, second: String)
    /// The incremental sums are wrong; the digests mean nothing then.
    case incremental(frame: Int32, fault: IncrementalFault)
    /// `check` found that it is not deterministic.
    case notDeterministic(CheckVerdict)
    /// Frames of the run were not recorded.
    case gap(frame: Int32, missed: Int32)
    /// The run is not the one that the recording engine had, by its own checkpoints.
    case checkpoint(frame: Int32, stage: Stage?)
    /// `.golden.new` holds another run than the one that was just made.
    case outdatedNew(path: String, held: Digest128, found: Digest128)
}

/// What `golden accept` did.
package struct Acceptance: Sendable {
    package enum Change: Sendable {
        /// There was no golden.
        case created
        /// The golden is what it was.
        case unchanged
        case replaced(old: Golden)
    }
    package var files: GoldenFiles
    package var golden: Golden
    package var change: Change
    /// How the run was repeated.
    package var perturbations: [String]
}

/// What a run has to pass to become a golden: a check of its trace.
package typealias StabilityGate = (TraceFile) throws -> CheckVerdict

/// The stability gate: a run becomes a golden only after a quick check of its trace, and after it came out the same with other worker
/// counts, and however often the incremental sums are rebuilt.
package struct GoldenAcceptor {
    /// The runs, by name. The first is the one that is kept.
    package static let perturbations: [(name: String, options: ReplayOptions)] = [
        ("1 worker", ReplayOptions(workers: 1, oracleInterval: 256)),
        ("2 workers, sums rebuilt every 64 frames", ReplayOptions(workers: 2, oracleInterval: 64)),
        ("3 workers, sums rebuilt at the ends only", ReplayOptions(workers: 3, oracleInterval: 0)),
    ]

    private let gate: StabilityGate?

    /// `gate` is asked first; nil goes without, for a run that somebody has checked.
    package init(gate: StabilityGate? = nil) { self.gate = gate }

    /// Runs the trace under every perturbation, and writes its golden if they agree.
    ///
    /// - Throws: ``AcceptError``; what the trace or the files throw. Nothing is changed then.
    package func accept(
        _ trace: TraceFile, _ files: GoldenFiles, progress: (Int) -> Void = { _ in }
    ) throws -> Acceptance {
        try checkRecording(trace)
        let checked = try pass(trace)
        var kept: (run: Run, digests: DigestsFile)?
        var done = 0
        for (name, options) in GoldenAcceptor.perturbations {
            let expected =
                kept?.digests
                ?? DigestsFile(
                    firstFrame: 0, levelCount: 0, trace: trace.digest, run: Digest128(high: 0, low: 0),
                    rows: [])
            let comparison = try verify(
                trace, trace: trace.digest, against: expected, options: options,
                progress: { progress(done + $0) })
            done += comparison.run.frameCount
            if let fault = comparison.run.incrementalFaults.first {
                throw AcceptError.incremental(frame: fault.frame, fault: fault.fault)
            }
            if kept != nil, let divergence = comparison.divergence {
                throw AcceptError.unstable(
                    frame: divergence.frame, stage: divergence.stage,
                    first: GoldenAcceptor.perturbations[0].name, second: name)
            }
            if kept == nil { kept = (comparison.run, comparison.digests) }
        }
        guard let kept else { preconditionFailure("there is at least one perturbation") }
        var acceptance = try write(GoldenPair(kept.run, kept.digests, files), files)
        if let checked { acceptance.perturbations.insert(checked, at: 0) }
        return acceptance
    }

    /// - Returns: how the trace was checked, in words.
    func pass(_ trace: TraceFile) throws -> String? {
        guard let gate else { return nil }
        let verdict = try gate(trace)
        guard verdict.passes else { throw AcceptError.notDeterministic(verdict) }
        return
            "a quick check (\(verdict.runs) runs, \(verdict.dimensions.count) dimensions, \(verdict.laws.count) laws)"
    }

    /// A golden is a whole run, and of a recording that has checkpoints the run that was recorded.
    private func checkRecording(_ trace: TraceFile) throws {
        var hasCheckpoints = false
        var isFirst = true
        try trace.forEachFrame { input in
            if input.missedFrames > 0, !isFirst {
                throw AcceptError.gap(frame: input.frame, missed: input.missedFrames)
            }
            isFirst = false
            hasCheckpoints = hasCheckpoints || input.checkpoint != nil
            return true
        }
        guard hasCheckpoints else { return }
        let comparison = try compareCheckpoints(trace, options: ReplayOptions())
        if let divergence = comparison.divergence {
            throw AcceptError.checkpoint(frame: divergence.frame, stage: divergence.stage)
        }
    }

    func write(_ pair: GoldenPair, _ files: GoldenFiles) throws -> Acceptance {
        if Files.exists(files.newGolden) {
            let new = try GoldenFiles.readGolden(files.newGolden)
            guard new.run == pair.golden.run || new.traceDigest != pair.golden.traceDigest else {
                throw AcceptError.outdatedNew(
                    path: files.newGolden, held: new.run, found: pair.golden.run)
            }
        }
        let old = Files.exists(files.golden) ? try GoldenFiles.readGolden(files.golden) : nil
        let change: Acceptance.Change
        switch old {
        case nil: change = .created
        case .some(let old) where old == pair.golden && Files.exists(files.digests): change = .unchanged
        case .some(let old): change = .replaced(old: old)
        }
        try files.createFolder()
        try Files.write([(pair.digestsBytes, files.digests), (pair.goldenBytes, files.golden)])
        try Files.remove(files.newGolden)
        try Files.remove(files.newDigests)
        return Acceptance(
            files: files, golden: pair.golden, change: change,
            perturbations: GoldenAcceptor.perturbations.map(\.name))
    }
}
