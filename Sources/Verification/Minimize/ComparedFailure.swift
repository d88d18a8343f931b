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

/// The failure of one program to be like another: stage by stage, frame by frame. Where one of both is not given, the model of this process is
/// in its place.
///
/// The program that is judged is started anew for every try, so that nothing of an earlier one can have a part in it; the reference is kept.
package final class ComparedFailure: TraceFailure {
    package let comparison: String
    /// Of whoever is not the model.
    package let descriptions: [SubjectDescription]
    private let reference: ComparedProgram?
    private let subject: ComparedProgram?
    private var process: SubjectProcess?
    private let difference: (SubjectFrame, SubjectFrame) -> SubjectDivergence?

    /// Starts both, to see what they have.
    ///
    /// - Throws: ``SubjectError``, ``SubjectReferenceError``, ``NothingInCommon``.
    package init(reference: ComparedProgram?, subject: ComparedProgram?) throws {
        precondition(reference != nil || subject != nil, "the model is compared with something else")
        self.reference = reference
        self.subject = subject
        process = try reference?.start()
        let judged = try subject?.start()
        _ = judged?.end()
        switch (process?.description, judged?.description) {
        case (let left?, let right?):
            guard let common = CommonParts(left, right) else {
                throw NothingInCommon(left: left, right: right)
            }
            difference = common.difference
            comparison = "\(right.name) and the reference command"
            descriptions = [left, right]
        case (let left?, nil):
            difference = try ModelComparison(left).difference
            comparison = "the model of this program and the reference command"
            descriptions = [left]
        case (nil, let right?):
            difference = try ModelComparison(right).difference
            comparison = "\(right.name) and the model"
            descriptions = [right]
        case (nil, nil): preconditionFailure("one of them is given")
        }
    }

    deinit { _ = process?.end() }

    package func attempt(_ frames: [FrameInput]) throws -> SeenFailure? {
        let right: any Subject
        let left: any Subject
        var started: SubjectProcess?
        if let reference {
            let kept = try process ?? reference.start()
            process = kept
            left = kept
        } else {
            left = ModelSubject(comparedWith: descriptions[0])
        }
        if let subject {
            let fresh = try subject.start()
            started = fresh
            right = fresh
        } else {
            right = ModelSubject(comparedWith: descriptions[0])
        }
        defer { _ = started?.end() }
        var sides = (
            LockstepSide(left, SubjectOptions(), frames), LockstepSide(right, SubjectOptions(), frames)
        )
        do {
            let seen = try runInLockstep(
                frames, reference: &sides.0, other: &sides.1, difference: difference)
            if !sides.0.drain() { process = nil }
            // A program that refuses what nobody takes has not failed.
            if subject != nil, case .error? = seen?.signature { _ = try Replayer.checkInputs(frames) }
            return seen
        } catch {
            // It may not be in order any more.
            process = nil
            throw error
        }
    }
}
