import Hashing
import Recording
import Replay
import Streaming

// A subject beside the checkpoints of a trace: does it repeat the run that its engine recorded?

extension SubjectVerifier {
    /// Replays the trace on the subject, and compares every frame that has a checkpoint of stages that it has too.
    func againstCheckpoints(
        _ trace: TraceFile, _ files: GoldenFiles, _ progress: (Int) -> Void
    ) throws -> SubjectVerdict {
        var verdict = SubjectVerdict(files: files, outcome: .agrees)
        var recorded = Stage.allCases.map(\.name)
        var isOfEngine = false
        var otherVersion: UInt32?
        var first: SubjectDivergence?
        var seen = 0
        var differing = 0
        let stages = description.stages
        let run = try Replayer.run(trace, on: subject, options: options) { input, found in
            for case .engine(let engine) in input.events {
                recorded = engine.stages
                isOfEngine = true
            }
            seen += 1
            progress(seen)
            guard let checkpoint = input.checkpoint, checkpoint.stages.count == recorded.count else { return }
            guard checkpoint.digestVersion == UInt32(description.digestVersion) else {
                otherVersion = checkpoint.digestVersion
                return
            }
            // A stage of an engine is what the engine says it is; one that the model recorded has all fields.
            let pairs = stages.indices.compactMap { place -> (subject: Int, recorded: Int)? in
                guard isOfEngine || stages[place].fields == nil else { return nil }
                return recorded.firstIndex(of: stages[place].name).map { (place, $0) }
            }
            guard !pairs.isEmpty else { return }
            if verdict.frames == 0 { verdict.notApplicable += uncompared(recorded, pairs) }
            verdict.frames += 1
            let pair = pairs.first { checkpoint.stages[$0.recorded] != found.stages[$0.subject] }
            let hasLevels = pairs.count == stages.count && pairs.count == recorded.count
            let levels =
                checkpoint.levels.isEmpty || !description.hasLevels || !hasLevels
                ? []
                : (0..<max(checkpoint.levels.count, found.levels.count)).filter { level in
                    level >= checkpoint.levels.count || level >= found.levels.count
                        || checkpoint.levels[level] != found.levels[level]
                }
            guard pair != nil || !levels.isEmpty else { return }
            differing += 1
            guard first == nil else { return }
            first = SubjectDivergence(
                frame: found.frame, stage: pair.map { stages[$0.subject].name }, levels: levels,
                expected: pair.map { checkpoint.stages[$0.recorded].description },
                found: pair.map { found.stages[$0.subject].description }, differing: 0, frames: 0)
        }
        guard verdict.frames > 0 else {
            if let otherVersion {
                throw SubjectReferenceError.checkpointVersion(
                    found: otherVersion, expected: description.digestVersion)
            }
            throw SubjectReferenceError.noCheckpoints(recorded: recorded, stages: stages.map(\.name))
        }
        verdict.run = run.digest
        if var first {
            first.differing = differing
            first.frames = verdict.frames
            verdict.outcome = .diverged(first)
        }
        return verdict
    }

    /// Stages that only one of the two has, or that cannot be compared.
    private func uncompared(
        _ recorded: [String], _ pairs: [(subject: Int, recorded: Int)]
    ) -> [String] {
        let own = description.stages.indices.filter { place in !pairs.contains { $0.subject == place } }
        let others = recorded.indices.filter { place in !pairs.contains { $0.recorded == place } }
        return own.map {
            "stage \(description.stages[$0].name): not among the recorded, or only a part of it"
        }
            + others.map { "stage \(recorded[$0]): recorded, and the subject has it not, or not whole" }
    }
}
