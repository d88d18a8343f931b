package import Replay
package import Streaming

/// A program that is started for a comparison.
package struct ComparedProgram: Sendable {
    /// For `/bin/sh -c`.
    package var command: String
    /// Where it is started; nil: here.
    package var folder: String?
    package var limits: SubjectLimits

    package init(command: String, folder: String?, limits: SubjectLimits) {
        self.command = command
        self.folder = folder
        self.limits = limits
    }

    func start() throws -> SubjectProcess {
        try SubjectProcess(command: command, folder: folder, limits: limits)
    }
}

/// Nothing that two programs have can be compared.
package struct NothingInCommon: Error {
    package var left: SubjectDescription
    package var right: SubjectDescription
}

/// The failure of one program to be like another: stage by stage, frame by frame.
///
/// The program that is judged is started anew for every try, so that nothing of an earlier one can have a part in it; the reference is kept.
package final class ComparedFailure: TraceFailure {
    package let comparison: String
    /// Of whoever is not the model of this process.
    package let descriptions: [SubjectDescription]
    /// Nil: the model of this process is right.
    private let reference: ComparedProgram?
    /// Nil: the model of this process is judged.
    private var subject: ComparedProgram?
    private var process: SubjectProcess?
    private let difference: (SubjectFrame, SubjectFrame) -> SubjectDivergence?

    /// A program beside the model of this process.
    ///
    /// - Parameter subject: who is judged.
    /// - Throws: ``SubjectError``, ``SubjectReferenceError``.
    package init(subject: ComparedProgram) throws {
        let judged = try subject.start()
        _ = judged.end()
        reference = nil
        self.subject = subject
        difference = try ModelComparison(judged.description).difference
        comparison = "\(judged.description.name) and the model"
        descriptions = [judged.description]
    }

    /// Two programs beside each other, both with their hash seeds pinned.
    ///
    /// The model of this build is a program too, so that what ends it is a failure like others. Only where a reference has a part of what the
    /// model has it is run in this process, which can leave out the rest.
    ///
    /// - Parameters:
    ///   - reference: who is right.
    ///   - given: who is judged.
    ///   - isModel: that is the model of this build.
    /// - Throws: ``SubjectError``, ``SubjectReferenceError``, ``NothingInCommon``.
    package init(reference: ComparedProgram, subject given: ComparedProgram, isModel: Bool) throws {
        let (right, left) = (given.pinned, reference.pinned)
        let kept = try left.start()
        let judged = try right.start()
        _ = judged.end()
        process = kept
        self.reference = left
        let common = CommonParts(kept.description, judged.description)
        if let common, !isModel || common.cover(kept.description) {
            subject = right
            difference = common.difference
            descriptions = [kept.description, judged.description]
        } else {
            guard isModel else { throw NothingInCommon(left: kept.description, right: judged.description) }
            difference = try ModelComparison(kept.description).difference
            descriptions = [kept.description]
        }
        comparison =
            (isModel ? "the model of this program" : judged.description.name) + " and the reference command"
    }

    deinit { _ = process?.end() }

    package func attempt(_ frames: [FrameInput]) throws -> SeenFailure? {
        var started: SubjectProcess?
        defer { _ = started?.end() }
        let judged: any Subject
        if let subject {
            let fresh = try subject.start()
            started = fresh
            judged = fresh
        } else {
            judged = ModelSubject(comparedWith: descriptions[0])
        }
        let right: any Subject
        if let reference {
            let kept = try process ?? reference.start()
            process = kept
            right = kept
        } else {
            right = ModelSubject(comparedWith: descriptions[0])
        }
        var sides = (
            LockstepSide(right, SubjectOptions(), frames, isAhead: true),
            LockstepSide(judged, SubjectOptions(), frames, isAhead: false)
        )
        do {
            let seen = try runInLockstep(
                frames, reference: &sides.0, other: &sides.1, difference: difference)
            if !sides.0.drain() { process = nil }
            return seen
        } catch {
            // It may not be in order any more.
            process = nil
            throw error
        }
    }
}

extension ComparedProgram {
    /// The same with hash seeds that are the same in every process: what is a matter of chance is asked for by a perturbation.
    fileprivate var pinned: ComparedProgram {
        var pinned = self
        pinned.command = ShellText.command(
            command, [ProcessChange.Start(["export SWIFT_DETERMINISTIC_HASHING=1 PYTHONHASHSEED=0"])])
        return pinned
    }
}
