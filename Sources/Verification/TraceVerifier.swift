package import Hashing
import Recording
package import Replay
package import Streaming

enum XXH3Digest {
    static func of(_ bytes: [UInt8]) -> Digest128 { XXH3.digest128(bytes) }
}

/// What verify says of one trace.
package struct Verdict: Sendable {
    package enum Outcome: Sendable {
        case agrees
        case diverged(Divergence)
        /// The golden is missing, or belongs to something else.
        case noGolden(GoldenState)
        /// Every frame agrees, but sums kept by increments were wrong: a fault of the bookkeeping.
        case incremental([(frame: Int32, fault: IncrementalFault)])
    }

    package var files: GoldenFiles
    package var outcome: Outcome
    /// Frames replayed; 0 where there was nothing to compare with.
    package var frames: Int
    package var run: Digest128?
    package var clampings: [(frame: Int32, clamping: Clamping)]
    /// Where the new golden was left; nil where it was not needed or could not be written.
    package var newGolden: String?
    /// Why the new golden could not be written.
    package var newGoldenError: (any Error)?
}

/// Verifies traces on disk: reads the golden, replays, and leaves a new golden beside one that differs.
package struct TraceVerifier: Sendable {
    package var options: ReplayOptions
    /// The line that a golden gives as the way to write it again.
    package static func command(for trace: String) -> String { "lumon-replay golden accept \(trace)" }

    package init(options: ReplayOptions) { self.options = options }

    /// - Throws: what cannot be read as what it should be: the trace, the golden, the digests file.
    package func verify(
        _ trace: TraceFile, _ files: GoldenFiles, progress: (Int) -> Void = { _ in }
    ) throws -> Verdict {
        let verdict = Verdict(
            files: files, outcome: .agrees, frames: 0, run: nil, clampings: [], newGolden: nil,
            newGoldenError: nil)
        let stored: (golden: Golden, digests: DigestsFile)?
        do {
            stored = try files.read()
        } catch GoldenFileError.state(let state, _) {
            return try verdict.without(state, trace)
        }
        guard let stored else { return try verdict.without(.missing, trace) }
        guard stored.golden.traceDigest == trace.digest else {
            let state = GoldenState.otherTrace(
                expected: stored.golden.traceDigest.description, found: trace.digest.description)
            return try verdict.without(state, trace)
        }
        guard stored.golden.stages == nil else {
            return try verdict.without(
                .otherSubject(found: stored.golden.subject, expected: Golden.modelName), trace)
        }
        guard stored.golden.algorithm == DigestAlgorithm.version else {
            let state = GoldenState.otherAlgorithm(
                found: stored.golden.algorithm, expected: DigestAlgorithm.version)
            return try verdict.without(state, trace)
        }
        let comparison = try Verification.verify(
            trace, trace: trace.digest, against: stored.digests, options: options, progress: progress)
        return conclude(comparison, verdict)
    }

    private func conclude(_ comparison: Comparison, _ start: Verdict) -> Verdict {
        var verdict = start
        verdict.frames = comparison.run.frameCount
        verdict.run = comparison.run.digest
        verdict.clampings = comparison.run.clampings
        if let divergence = comparison.divergence {
            verdict.outcome = .diverged(divergence)
            do {
                let pair = GoldenPair(comparison.run, comparison.digests, verdict.files)
                try Files.write([
                    (pair.digestsBytes, verdict.files.newDigests),
                    (pair.goldenBytes, verdict.files.newGolden),
                ])
                verdict.newGolden = verdict.files.newGolden
            } catch {
                verdict.newGoldenError = error
            }
        } else if !comparison.run.incrementalFaults.isEmpty {
            verdict.outcome = .incremental(comparison.run.incrementalFaults)
        } else {
            verdict.files.removeNew()
        }
        return verdict
    }
}

extension Verdict {
    /// There is no good golden. A trace that cannot be read is the graver fault, and is looked for first:
    /// damage changes its digest too.
    fileprivate func without(_ state: GoldenState, _ trace: TraceFile) throws -> Verdict {
        try trace.forEachFrame { _ in true }
        var verdict = self
        verdict.outcome = .noGolden(state)
        return verdict
    }
}

/// The bytes of both files of a golden.
struct GoldenPair {
    let golden: Golden
    let digestsBytes: [UInt8]
    var goldenBytes: [UInt8] { Array(golden.encoded().utf8) }

    init(_ run: Run, _ digests: DigestsFile, _ files: GoldenFiles) {
        digestsBytes = digests.encoded()
        golden = Golden(
            trace: files.traceName, traceDigest: digests.trace,
            command: TraceVerifier.command(for: "Traces/" + files.traceName), run: run,
            digestsFile: XXH3Digest.of(digestsBytes))
    }
}
