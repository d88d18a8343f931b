import Foundation
import Recording
package import Replay
import Streaming

/// A program with everything pinned, beside the same one with something perturbed.
package final class PerturbedPair {
    private let pinned: CheckRunner
    private let perturbed: CheckRunner
    private let run: PlannedRun
    private let folder: CheckFolder

    /// - Throws: ``CheckError`` for what cannot be perturbed, ``SubjectError``.
    package init(
        _ program: CheckProgram, _ own: [Dimension], _ run: PlannedRun,
        describeError: @escaping (any Error) -> String
    ) throws {
        folder = try CheckFolder()
        let subject = try SubjectProcess(
            command: program.command, folder: program.folder, limits: program.limits)
        let description = subject.description
        _ = subject.end()
        let known = Dimensions(description, folder, own: own, program)
        for name in run.perturbations.keys.sorted() {
            if let (_, reason) = known.notApplicable.first(where: { $0.name == name }) {
                throw CheckError.notApplicable(name: name, reason: reason)
            }
            guard known.all.contains(where: { $0.name == name }) else {
                throw CheckError.unknown(name: name, known: known.all.map(\.name))
            }
        }
        self.run = run
        pinned = CheckRunner(program, dimensions: known.all, memoryPath: nil, describeError: describeError)
        perturbed = CheckRunner(program, dimensions: known.all, memoryPath: nil, describeError: describeError)
    }

    deinit {
        pinned.end()
        perturbed.end()
        folder.remove()
    }

    /// Sees that what is perturbed makes a difference to a process.
    ///
    /// - Throws: ``CheckError/notApplied(dimension:reason:needs:)``.
    func probe() throws {
        for runner in [pinned, perturbed] {
            try runner.probeDimensions(chosen: run.perturbations.keys.sorted())
        }
    }

    /// Runs both side by side until they part, each in a process that has just been started.
    ///
    /// - Parameter frames: what they run.
    /// - Returns: where they part; nil where they agree to the end.
    /// - Throws: ``ReferenceBrokeOff`` where the pinned one has no result, ``SubjectError`` where one cannot be started.
    func part(_ frames: [FrameInput]) throws -> SeenFailure? {
        defer {
            pinned.end()
            perturbed.end()
        }
        let left = try pinned.start(PlannedRun())
        let right = try perturbed.start(run)
        guard let common = CommonParts(left.description, right.description) else {
            throw NothingInCommon(left: left.description, right: right.description)
        }
        try perturbed.rehearse(frames, run, on: right)
        let relaid: [FrameInput]?
        do {
            relaid = try run.perturbations["file-order"].map { try RelaidTrace.frames(frames, seed: $0) }
        } catch {
            // A reader that does not take the same trace in another layout has failed.
            return SeenFailure(
                signature: .error("the reader refuses the other layout"), frame: frames.last?.frame ?? 0,
                what: "\(error)", isOverAtFrame: false)
        }
        var sides = (
            LockstepSide(
                left, pinned.options(PlannedRun(), frames, left.description), frames,
                isAhead: true),
            LockstepSide(
                right, perturbed.options(run, frames, right.description), relaid ?? frames,
                isAhead: false)
        )
        return try runInLockstep(
            frames, reference: &sides.0, other: &sides.1, difference: common.difference)
    }

    /// Finds where they part. At most two runs of each. `wantsDumps` asks for both frames as dumps.
    ///
    /// - Throws: ``SubjectError``; what the trace's file throws.
    package func explain(
        _ trace: TraceFile, wantsDumps: Bool = false, progress: (Int) -> Void = { _ in }
    ) throws -> SubjectExplainOutcome {
        var frames: [FrameInput] = []
        try trace.forEachFrame { input in
            frames.append(input)
            return true
        }
        try probe()
        let found = try perturbed.start(run)
        let expected = try pinned.start(PlannedRun())
        var explainer = SubjectExplainer(
            found, options: perturbed.options(run, frames, found.description), beside: expected,
            pinnedOptions: pinned.options(PlannedRun(), frames, expected.description),
            rehearse: { [perturbed, run] in try perturbed.rehearse(frames, run, on: found) })
        explainer.wantsDumps = wantsDumps
        let relaid = try run.perturbations["file-order"].map { try RelaidTrace.frames(frames, seed: $0) }
        return try explainer.explain(trace, relaid: relaid, progress: progress)
    }
}

/// Where a check has its files. Removed with the value's owner.
struct CheckFolder {
    let url: URL
    /// An empty folder.
    let elsewhere: String
    /// A ``ShiftedClock``.
    let clockLibrary: String

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("lumon-replay-check-\(getpid())-\(UUID().uuidString)")
        let empty = url.appendingPathComponent("elsewhere")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
        elsewhere = empty.path
        clockLibrary = ShiftedClock.build(in: url)
    }

    func remove() { try? FileManager.default.removeItem(at: url) }
}
