import Hashing
package import Replay
import Streaming
import Topology

/// Makes the run of a trace on a subject its golden, after it came out the same under everything that the subject lets itself be told.
package struct SubjectAcceptor {
    private let makeSubject: () throws -> any Subject
    private let acceptCommand: (String) -> String
    private let gate: StabilityGate?

    /// `makeSubject` starts the subject anew; `gate` is asked when the trace has been run once, nil goes without.
    package init(
        gate: StabilityGate? = nil, _ makeSubject: @escaping () throws -> any Subject,
        acceptCommand: @escaping (String) -> String
    ) {
        self.gate = gate
        self.makeSubject = makeSubject
        self.acceptCommand = acceptCommand
    }

    private struct Perturbation {
        var name: String
        var options = SubjectOptions()
        var isFresh = false
    }

    private func perturbations(_ description: SubjectDescription, middle: Int32?) -> [Perturbation] {
        var list = [
            Perturbation(name: "once more"), Perturbation(name: "in a fresh process", isFresh: true),
        ]
        if description.takesWorkers {
            for workers in [1, 3] {
                list.append(
                    Perturbation(
                        name: "\(workers) worker\(workers == 1 ? "" : "s")",
                        options: SubjectOptions(workers: workers)))
            }
        }
        if description.takesCompletionSeed {
            for seed in [1, 2] as [UInt64] {
                var perturbation = Perturbation(name: "completion order \(seed)")
                perturbation.options.completionSeed = seed
                list.append(perturbation)
            }
        }
        if description.restores, let middle {
            var perturbation = Perturbation(name: "saved and restored after frame \(middle)")
            perturbation.options.restoreAfter = [middle]
            list.append(perturbation)
        }
        return list
    }

    /// Runs the trace once and under every perturbation, and writes the golden if all agree.
    ///
    /// - Throws: ``SubjectAcceptError``, ``SubjectError``; what the trace or the files throw. Nothing is changed then.
    package func accept(
        _ trace: TraceFile, _ files: GoldenFiles, progress: (Int) -> Void = { _ in }
    ) throws -> SubjectAcceptance {
        try refuseGaps(trace)
        var subject = try makeSubject()
        let description = subject.description
        if let variant = try trace.variant(lackedBy: description) {
            throw SubjectReferenceError.otherVariant(name: variant.name)
        }
        var rows: [DigestRow] = []
        let run = try Replayer.run(trace, on: subject) { _, frame in
            rows.append(DigestRow(frame))
            progress(rows.count)
        }
        let checked = try GoldenAcceptor(gate: gate).pass(trace)
        let middle = run.frameCount > 2 ? run.firstFrame + Int32(run.frameCount / 2) : nil
        let perturbations = perturbations(description, middle: middle)
        for perturbation in perturbations {
            if perturbation.isFresh { subject = try makeSubject() }
            guard subject.description == description else {
                throw SubjectAcceptError.otherDescription(name: subject.description.name)
            }
            var place = 0
            _ = try Replayer.run(trace, on: subject, options: perturbation.options) { _, frame in
                let row = DigestRow(frame)
                guard place < rows.count, rows[place] == row else {
                    let stage = place < rows.count ? rows[place].firstDifference(from: row) : nil
                    throw SubjectAcceptError.unstable(
                        frame: frame.frame, stage: stage.map { description.stages[$0].name },
                        perturbation: perturbation.name)
                }
                place += 1
            }
        }
        let pair = GoldenPair(
            description, run, rows, trace, try trace.firstConfiguration(), files,
            command: acceptCommand(files.traceName))
        let acceptance = try GoldenAcceptor().write(pair, files)
        return SubjectAcceptance(
            acceptance: acceptance, perturbations: (checked.map { [$0] } ?? []) + perturbations.map(\.name),
            notApplicable: [
                description.takesWorkers ? nil : "workers",
                description.takesCompletionSeed ? nil : "completion order",
                description.restores ? nil : "save and restore",
            ].compactMap { $0 })
    }

    private func refuseGaps(_ trace: TraceFile) throws {
        var isFirst = true
        try trace.forEachFrame { input in
            if input.missedFrames > 0, !isFirst {
                throw AcceptError.gap(frame: input.frame, missed: input.missedFrames)
            }
            isFirst = false
            return true
        }
    }
}

/// Why a subject's run was not accepted as a golden.
package enum SubjectAcceptError: Error, Sendable {
    case unstable(frame: Int32, stage: String?, perturbation: String)
    /// Started again it describes itself otherwise.
    case otherDescription(name: String)
}

/// What `golden accept` did for a subject.
package struct SubjectAcceptance: Sendable {
    package var acceptance: Acceptance
    /// How the run was repeated.
    package var perturbations: [String]
    /// How it could not be repeated, because the subject does not take it.
    package var notApplicable: [String]
}

extension DigestRow {
    /// The place of the first stage that differs.
    fileprivate func firstDifference(from other: DigestRow) -> Int? {
        stages.indices.first { $0 >= other.stages.count || stages[$0] != other.stages[$0] }
    }
}
