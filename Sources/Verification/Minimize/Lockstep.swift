import Hashing
import Replay
import Streaming

/// One of two runs that go side by side, frame by frame.
struct LockstepSide {
    let subject: any Subject
    private let options: SubjectOptions
    private let frames: [FrameInput]
    private let depth: Int
    private var submitted = 0
    private var taken = 0
    private var hasBegun = false

    /// - Parameters:
    ///   - subject: who runs.
    ///   - options: how.
    ///   - frames: all frames of the run.
    ///   - isAhead: frames are handed over ahead, as many as the subject takes. Who dies then takes answers with it that it had not written;
    ///     the side that is judged is given one frame at a time, so that it is known which one it was.
    init(_ subject: any Subject, _ options: SubjectOptions, _ frames: [FrameInput], isAhead: Bool) {
        self.subject = subject
        depth = isAhead ? subject.depth : 1
        self.options = options
        self.frames = frames
    }

    private var isLive: Bool { frames.first?.castResults != nil }

    /// What the subject says of the next frame.
    mutating func next() throws -> SubjectFrame {
        if !hasBegun {
            try subject.begin(options, isLive: isLive, from: nil)
            hasBegun = true
        }
        while submitted < frames.count, submitted - taken < depth, !isBeforeRestore {
            try subject.submit(frames[submitted], wantsRecords: false)
            submitted += 1
        }
        let result = try subject.next()
        let frame = frames[taken].frame
        taken += 1
        if options.restoreAfter.contains(frame) {
            try subject.begin(options, isLive: isLive, from: try subject.save())
        }
        return result
    }

    /// The run is saved before anything else is handed over.
    private var isBeforeRestore: Bool {
        submitted > taken && options.restoreAfter.contains(frames[submitted - 1].frame)
    }

    /// Takes what is still on its way, so that another run can begin.
    ///
    /// - Returns: false where the subject has broken off there, and may not be in order any more.
    mutating func drain() -> Bool {
        while taken < submitted {
            taken += 1
            do { _ = try subject.next() } catch { return false }
        }
        return true
    }
}

/// The side that is right has no result: nothing can be said of the other.
package struct ReferenceBrokeOff: Error {
    /// In which frame.
    package var frame: Int32
    package var error: any Error
}

/// Runs two sides until they part.
///
/// - Parameters:
///   - frames: as the reference is given them; the other side has as many.
///   - reference: the side that is right.
///   - other: the side that is judged.
///   - difference: where two results differ; nil where they do not.
/// - Returns: where they part; nil where they agree to the end.
/// - Throws: ``ReferenceBrokeOff``.
func runInLockstep(
    _ frames: [FrameInput], reference: inout LockstepSide, other: inout LockstepSide,
    difference: (SubjectFrame, SubjectFrame) -> SubjectDivergence?
) throws -> SeenFailure? {
    for input in frames {
        let expected: SubjectFrame
        do {
            expected = try reference.next()
        } catch {
            throw ReferenceBrokeOff(frame: input.frame, error: error)
        }
        let found: SubjectFrame
        do {
            found = try other.next()
        } catch {
            return SeenFailure(
                signature: .error(errorKind(error)), frame: input.frame, what: errorText(error),
                isOverAtFrame: true)
        }
        if let divergence = difference(expected, found) {
            return SeenFailure(divergence, at: input.frame)
        }
    }
    return nil
}

extension SeenFailure {
    /// Two results that differ.
    init(_ divergence: SubjectDivergence, at frame: Int32) {
        let levels = divergence.levels.map(String.init).joined(separator: " ")
        self.init(
            signature: divergence.stage.map { .stage($0) } ?? .levels, frame: frame,
            what: (levels.isEmpty ? "" : "level\(divergence.levels.count == 1 ? "" : "s") \(levels), ")
                + "digest: expected \(divergence.expected ?? "none"), found \(divergence.found ?? "none")",
            isOverAtFrame: true)
    }
}

/// In a few words, without what differs from one run to the next, how a side has broken off.
func errorKind(_ error: any Error) -> String {
    guard let error = error as? SubjectError else { return "refuses a frame" }
    return switch error.reason {
    case .notStarted: "cannot be started"
    case .silent: "no answer in time"
    // "by signal 11 (Segmentation fault), 5 bytes into a message"
    case .ended(let how): "ends " + (how.split(separator: ",").first.map(String.init) ?? how)
    case .closedInput: "closes its input"
    case .closedOutput: "closes its output"
    case .tooLong: "announces too long a message"
    case .undecodable: "answers with what is no message"
    case .tooMuchErrorOutput: "writes too much to standard error"
    case .tooMuchMemory: "uses too much memory"
    case .wrongAnswer: "answers something else"
    case .description: "cannot be what it says it is"
    case .failure: "refuses a frame"
    }
}

private func errorText(_ error: any Error) -> String {
    (error as? SubjectError)?.description ?? "\(error)"
}

/// What two descriptions have in common, to be compared.
struct CommonParts {
    /// By places in both.
    private var stages: [(name: String, left: Int, right: Int)] = []
    private let hasLevels: Bool

    /// - Returns: nil where no stage of the one is one of the other, with the same fields.
    init?(_ left: SubjectDescription, _ right: SubjectDescription) {
        guard left.digestVersion == right.digestVersion else { return nil }
        for (place, stage) in left.stages.enumerated() {
            if let other = right.stages.firstIndex(of: stage) { stages.append((stage.name, place, other)) }
        }
        hasLevels =
            left.hasLevels && right.hasLevels && left.payloads == right.payloads
            && left.stateFields == right.stateFields
        if stages.isEmpty { return nil }
    }

    /// Every stage of a description is among them.
    func cover(_ description: SubjectDescription) -> Bool { stages.count == description.stages.count }

    /// Where two frames differ.
    func difference(_ expected: SubjectFrame, _ found: SubjectFrame) -> SubjectDivergence? {
        let first = stages.first { expected.stages[$0.left] != found.stages[$0.right] }
        func digest(_ frame: SubjectFrame, _ level: Int) -> Digest64? {
            level < frame.levels.count ? frame.levels[level] : nil
        }
        let levels =
            hasLevels
            ? (0..<max(expected.levels.count, found.levels.count)).filter {
                digest(expected, $0) != digest(found, $0)
            } : []
        guard first != nil || !levels.isEmpty else { return nil }
        func text(_ frame: SubjectFrame, _ stage: Int?) -> String {
            (stage.map { frame.stages[$0] } ?? levels.first.flatMap { digest(frame, $0) })?.description
                ?? "none"
        }
        return SubjectDivergence(
            frame: found.frame, stage: first?.name, levels: levels, expected: text(expected, first?.left),
            found: text(found, first?.right), differing: 0, frames: 0)
    }
}
