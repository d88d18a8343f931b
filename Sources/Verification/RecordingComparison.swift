import Hashing
package import Recording
import Streaming

/// What two recordings come to beside each other, by the digests that their engines computed: nothing is rerun.
package struct RecordingComparison: Sendable {
    /// The first frame in which they differ, and where.
    package struct Difference: Hashable, Sendable {
        package var frame: Int32
        /// The first stage, in causal order, whose digests differ; nil where only levels or the frame's digest do.
        package var stage: String?
        package var levels: [Int]
        package var first: String
        package var second: String
    }

    /// The first frame whose inputs differ: two runs that were not given the same need not agree.
    package struct InputDifference: Hashable, Sendable {
        package var frame: Int32
        /// The first input that differs: session, position, orientation, field of view, budgets, events, gap.
        package var input: String
    }

    package var stages: [String]
    /// Frames that both have a checkpoint of.
    package var compared = 0
    /// How many of those differ.
    package var differing = 0
    /// Frames that only one of the two has, or of which only one has a checkpoint.
    package var onlyFirst = 0
    package var onlySecond = 0
    package var difference: Difference?
    package var inputs: InputDifference?
}

/// Why two recordings cannot be compared.
package enum RecordingComparisonError: Error, Equatable, Sendable {
    /// They name other stages.
    case stages(first: [String], second: [String])
    /// Not one frame has a checkpoint in both.
    case nothingInCommon
    /// Their digests are of other versions.
    case versions(frame: Int32, first: UInt32, second: UInt32)
    /// A checkpoint has not one digest for each stage.
    case stageCount(frame: Int32, found: Int, expected: Int)
}

extension RecordingComparisonError {
    /// One sentence with the facts; `file` is the second recording.
    package func description(_ file: String) -> String {
        switch self {
        case .stages(let first, let second):
            "\(file): its checkpoints have the stages \(second.joined(separator: " ")); expected those of the first recording: "
                + first.joined(separator: " ")
        case .nothingInCommon: "\(file): no frame has a checkpoint in both recordings; expected at least one"
        case .versions(let frame, let first, let second):
            "\(file): frame \(frame): its digests are of version \(second), those of the first recording of version \(first)"
        case .stageCount(let frame, let found, let expected):
            "\(file): frame \(frame): a checkpoint has \(found) stages; expected \(expected), as the recording names them"
        }
    }
}

/// Compares two recordings frame by frame. O(bytes), with bounded memory.
///
/// - Throws: ``RecordingComparisonError``, `TraceError`.
package func compareRecordings(_ first: TraceReader, _ second: TraceReader) throws -> RecordingComparison {
    var (a, b) = (first.frames(), second.frames())
    var (left, right) = (try a.next(), try b.next())
    let names = (left?.engineStages ?? [], right?.engineStages ?? [])
    guard names.0 == names.1 else { throw RecordingComparisonError.stages(first: names.0, second: names.1) }
    var result = RecordingComparison(stages: names.0)
    while left != nil || right != nil {
        guard let one = left, let other = right, one.frame == other.frame else {
            if (left?.frame ?? .max) < (right?.frame ?? .max) {
                result.onlyFirst += 1
                left = try a.next()
            } else {
                result.onlySecond += 1
                right = try b.next()
            }
            continue
        }
        try result.add(one, other)
        (left, right) = (try a.next(), try b.next())
    }
    guard result.compared > 0 else { throw RecordingComparisonError.nothingInCommon }
    return result
}

extension RecordingComparison {
    fileprivate mutating func add(_ first: FrameInput, _ second: FrameInput) throws(RecordingComparisonError)
    {
        if inputs == nil, let input = first.firstDifference(from: second) {
            inputs = InputDifference(frame: first.frame, input: input)
        }
        guard let a = first.checkpoint, let b = second.checkpoint else {
            if first.checkpoint != nil { onlyFirst += 1 }
            if second.checkpoint != nil { onlySecond += 1 }
            return
        }
        guard a.digestVersion == b.digestVersion else {
            throw .versions(frame: first.frame, first: a.digestVersion, second: b.digestVersion)
        }
        for checkpoint in [a, b] where checkpoint.stages.count != stages.count {
            throw .stageCount(frame: first.frame, found: checkpoint.stages.count, expected: stages.count)
        }
        compared += 1
        guard a != b else { return }
        differing += 1
        guard difference == nil else { return }
        let stage = zip(a.stages, b.stages).enumerated().first { $0.element.0 != $0.element.1 }
        let levels = (0..<max(a.levels.count, b.levels.count)).filter { level in
            level >= a.levels.count || level >= b.levels.count || a.levels[level] != b.levels[level]
        }
        difference = Difference(
            frame: first.frame, stage: stage.map { stages[$0.offset] }, levels: levels,
            first: stage?.element.0.description ?? a.frame?.description ?? "none",
            second: stage?.element.1.description ?? b.frame?.description ?? "none")
    }
}

extension FrameInput {
    /// The stages of the checkpoints: those that the engine names, or the model's.
    fileprivate var engineStages: [String] {
        for case .engine(let engine) in events { return engine.stages }
        return Stage.allCases.map(\.name)
    }

    fileprivate func firstDifference(from other: FrameInput) -> String? {
        if session != other.session { return "session" }
        if camera.position != other.camera.position { return "position" }
        if camera.selectionPosition != other.camera.selectionPosition { return "selection position" }
        if camera.orientation != other.camera.orientation { return "orientation" }
        if camera.fieldOfView != other.camera.fieldOfView { return "field of view" }
        if budgets != other.budgets { return "budgets" }
        if events != other.events { return "events" }
        if missedFrames != other.missedFrames { return "frames missed before it" }
        return nil
    }
}
