package import Hashing
import Recording
package import Replay
import Streaming
package import Topology

/// What a subject's run is compared with.
package enum SubjectReference: Sendable {
    /// Its own golden: is it the same run as last month?
    case golden
    /// Our model: is it right?
    case model
    /// What it recorded of itself when it made the trace: does it repeat its own run?
    case checkpoints
}

/// Where a subject's run first left what it is compared with.
package struct SubjectDivergence: Hashable, Sendable {
    package var frame: Int32
    /// The first stage, in the subject's order, that differs; nil where only levels do, or it cannot be told.
    package var stage: String?
    package var levels: [Int]
    /// The digest of the stage, else of the frame; nil where there is no such frame.
    package var expected: String?
    package var found: String?
    /// How many frames differ, of how many that were compared.
    package var differing: Int
    package var frames: Int
}

/// What verify says of one trace and a subject.
package struct SubjectVerdict: Sendable {
    package enum Outcome: Sendable {
        case agrees
        case diverged(SubjectDivergence)
        case noGolden(GoldenState)
        /// Nothing of it could be compared, for this reason.
        case notApplicable(String)
    }

    package var files: GoldenFiles
    package var outcome: Outcome
    /// Frames that were compared.
    package var frames = 0
    package var run: Digest128?
    /// What was not compared, and is neither right nor wrong.
    package var notApplicable: [String] = []
    package var newGolden: String?
    package var newGoldenError: (any Error)?
}

/// Why a subject cannot be compared with the model at all.
package enum SubjectReferenceError: Error, Sendable {
    /// Its digests are of another version.
    case version(found: Int, expected: Int)
    /// It has no stage of the model's.
    case nothingInCommon(stages: [String])
    /// Not one frame has a checkpoint that the subject computes too.
    case noCheckpoints(recorded: [String], stages: [String])
    /// The trace is of a variant that the subject has not.
    case otherVariant(name: String)
    /// The checkpoints are of another version than the subject's digests.
    case checkpointVersion(found: UInt32, expected: Int)
}

/// Verifies traces with a subject. The subject stays up from one trace to the next.
package struct SubjectVerifier {
    let subject: any Subject
    let options: SubjectOptions
    var description: SubjectDescription { subject.description }
    /// The command that a golden gives as the way to write it again.
    private let acceptCommand: (String) -> String

    package init(
        _ subject: any Subject, options: SubjectOptions, acceptCommand: @escaping (String) -> String
    ) {
        self.subject = subject
        self.options = options
        self.acceptCommand = acceptCommand
    }

    /// - Throws: ``SubjectError``, ``SubjectReferenceError``, what cannot be read as what it should be.
    package func verify(
        _ trace: TraceFile, _ files: GoldenFiles, against reference: SubjectReference,
        progress: (Int) -> Void = { _ in }
    ) throws -> SubjectVerdict {
        var verdict: SubjectVerdict
        if let variant = try trace.variant(lackedBy: description) {
            return SubjectVerdict(
                files: files,
                outcome: .notApplicable(
                    "the trace is of the variant \(variant.name), which \(description.name) does not have"))
        }
        switch reference {
        case .golden: verdict = try againstGolden(trace, files, progress)
        case .model: verdict = try againstModel(trace, files, progress)
        case .checkpoints: verdict = try againstCheckpoints(trace, files, progress)
        }
        if options.workers != nil, !description.takesWorkers {
            verdict.notApplicable.append("workers: \(description.name) does not take their number")
        }
        return verdict
    }

    // MARK: Its own golden

    private func againstGolden(
        _ trace: TraceFile, _ files: GoldenFiles, _ progress: (Int) -> Void
    ) throws -> SubjectVerdict {
        var verdict = SubjectVerdict(files: files, outcome: .agrees)
        let state: GoldenState?
        var stored: (golden: Golden, digests: DigestsFile)?
        do {
            stored = try files.read()
            state = stored == nil ? .missing : description.mismatch(with: stored?.golden, trace)
        } catch GoldenFileError.state(let found, _) {
            state = found
        }
        guard state == nil, let stored else {
            // A trace that cannot be read is the graver fault.
            try trace.forEachFrame { _ in true }
            verdict.outcome = .noGolden(state ?? .missing)
            return verdict
        }
        var rows: [DigestRow] = []
        var first: SubjectDivergence?
        var differing = 0
        let expected = stored.digests
        let run = try Replayer.run(trace, on: subject, options: options) { _, frame in
            let row = DigestRow(frame)
            let golden = rows.count < expected.rows.count ? expected.rows[rows.count] : nil
            rows.append(row)
            progress(rows.count)
            guard golden?.frame != row.frame else { return }
            differing += 1
            if first == nil { first = divergence(frame, golden, expected.fitted(row)) }
        }
        if first == nil, rows.count < expected.rows.count || expected.run != run.digest {
            first = SubjectDivergence(
                frame: Int32(clamping: Int64(run.firstFrame) + Int64(rows.count)), stage: nil, levels: [],
                expected: "a frame", found: nil, differing: 0, frames: 0)
        }
        verdict.frames = rows.count
        verdict.run = run.digest
        guard var divergence = first else {
            files.removeNew()
            return verdict
        }
        divergence.frames = max(rows.count, expected.rows.count)
        divergence.differing = max(1, differing + max(expected.rows.count - rows.count, 0))
        verdict.outcome = .diverged(divergence)
        let pair = GoldenPair(
            description, run, rows, trace, try trace.firstConfiguration(), files,
            command: acceptCommand(files.traceName))
        do {
            try Files.write([
                (pair.digestsBytes, files.newDigests), (pair.goldenBytes, files.newGolden),
            ])
            verdict.newGolden = files.newGolden
        } catch {
            verdict.newGoldenError = error
        }
        return verdict
    }

    private func divergence(
        _ frame: SubjectFrame, _ golden: DigestRow?, _ found: DigestRow
    ) -> SubjectDivergence {
        let place = golden.flatMap { row in
            description.stages.indices.first { row.stages[$0] != found.stages[$0] }
        }
        return SubjectDivergence(
            frame: frame.frame, stage: place.map { description.stages[$0].name },
            levels: golden.map { row in found.levels.indices.filter { row.levels[$0] != found.levels[$0] } }
                ?? [],
            expected: golden.map { Digest64($0.frame).description },
            found: Digest64(found.frame).description, differing: 0, frames: 0)
    }

    // MARK: The model

    private func againstModel(
        _ trace: TraceFile, _ files: GoldenFiles, _ progress: (Int) -> Void
    ) throws -> SubjectVerdict {
        var verdict = SubjectVerdict(files: files, outcome: .agrees)
        let comparison = try ModelComparison(description)
        verdict.notApplicable = comparison.notApplicable
        let model = ModelSubject(comparedWith: description)
        var first: SubjectDivergence?
        var hasBegun = false
        var differing = 0
        let run = try Replayer.run(trace, on: subject, options: options) { input, found in
            if !hasBegun {
                try model.begin(SubjectOptions(), isLive: input.castResults != nil, from: nil)
                hasBegun = true
            }
            try model.submit(input, wantsRecords: false)
            let expected = try model.next()
            verdict.frames += 1
            progress(verdict.frames)
            guard let difference = comparison.difference(expected, found) else { return }
            differing += 1
            if first == nil { first = difference }
        }
        verdict.run = run.digest
        if var first {
            first.differing = differing
            first.frames = verdict.frames
            verdict.outcome = .diverged(first)
        }
        return verdict
    }
}

extension SubjectDescription {
    /// Why a golden is not one of this subject and this trace; nil where it is.
    func mismatch(with golden: Golden?, _ trace: TraceFile) -> GoldenState? {
        guard let golden else { return .missing }
        guard golden.traceDigest == trace.digest else {
            return .otherTrace(
                expected: golden.traceDigest.description, found: trace.digest.description)
        }
        guard golden.subject == name, let stages = golden.stages else {
            return .otherSubject(found: golden.subject, expected: name)
        }
        guard stages == self.stages.map(\.name) else {
            return .otherStages(found: stages, expected: self.stages.map(\.name))
        }
        guard golden.algorithm == digestVersion else {
            return .otherAlgorithm(found: golden.algorithm, expected: digestVersion)
        }
        return nil
    }
}

extension TraceFile {
    /// The first variant that the trace has and a subject has not; nil where there is none. Nothing is read for a subject that has all.
    package func variant(lackedBy subject: SubjectDescription) throws -> Variant? {
        guard Variant.allCases.contains(where: { !subject.has($0) }) else { return nil }
        var lacked: Variant?
        try forEachFrame { input in
            for case .sessionStart(let configuration) in input.events
            where lacked == nil && !subject.has(configuration.variant) {
                lacked = configuration.variant
            }
            return lacked == nil
        }
        return lacked
    }

    /// The first configuration, as the model uses it, in words.
    func firstConfiguration() throws -> String {
        var sentence = "that of a snapshot"
        try forEachFrame { input in
            for case .sessionStart(let configuration) in input.events {
                sentence = configuration.effective().configuration.sentence
            }
            return false
        }
        return sentence
    }
}

extension GoldenPair {
    /// The golden of a subject's run.
    init(
        _ subject: SubjectDescription, _ run: SubjectRun, _ rows: [DigestRow], _ trace: TraceFile,
        _ configuration: String, _ files: GoldenFiles, command: String
    ) {
        digestsBytes =
            DigestsFile(
                algorithm: subject.digestVersion, firstFrame: run.firstFrame, levelCount: run.levelCount,
                trace: trace.digest, run: run.digest, rows: rows, stageCount: subject.stages.count
            ).encoded()
        golden = Golden(
            trace: files.traceName, traceDigest: trace.digest, command: command, of: subject, run: run,
            configuration: configuration, digestsFile: XXH3Digest.of(digestsBytes))
    }
}
