import Hashing
import Replay
import Streaming

/// The failure of a program, or of the model, to have the same digests whatever the order was in which a frame's results came.
final class OwnOrderFailure: TraceFailure {
    let comparison: String
    private let expected: [SubjectFrame]
    private let stages: [String]
    private let start: () throws -> any Subject
    private let end: (any Subject) -> Void

    /// A frame that is not as it was expected ends the run.
    private struct Seen: Error { var failure: SeenFailure }

    /// The model of this process.
    ///
    /// - Throws: ``ReplayError`` where it does not take the frames.
    convenience init(model frames: [FrameInput]) throws {
        let memory = CastMemory()
        var options = ReplayOptions()
        options.memory = memory
        try self.init(
            frames, "the model", start: { [options] in ModelSubject(options: options) }, end: { _ in })
    }

    /// A program, which is started anew for each run.
    ///
    /// - Throws: ``SubjectError``.
    convenience init(_ program: ComparedProgram, _ frames: [FrameInput]) throws {
        try self.init(
            frames, "the subject", start: { try program.start() },
            end: { subject in if let process = subject as? SubjectProcess { _ = process.end() } })
    }

    private init(
        _ frames: [FrameInput], _ name: String, start: @escaping () throws -> any Subject,
        end: @escaping (any Subject) -> Void
    ) throws {
        comparison = "\(name) in two orders"
        self.start = start
        self.end = end
        let subject = try start()
        defer { end(subject) }
        stages = subject.description.stages.map(\.name)
        var expected: [SubjectFrame] = []
        _ = try Replayer.run(frames, on: subject) { _, frame in expected.append(frame) }
        self.expected = expected
    }

    func attempt(_ frames: [FrameInput]) throws -> SeenFailure? {
        let subject = try start()
        defer { end(subject) }
        var place = 0
        do {
            _ = try Replayer.run(frames, on: subject) { [self] input, found in
                if let failure = difference(expected[place], found, input.frame) {
                    throw Seen(failure: failure)
                }
                place += 1
            }
        } catch let seen as Seen {
            return seen.failure
        } catch let error as SubjectError where !error.isRefusal {
            return SeenFailure(
                signature: .error(errorKind(error)), frame: frames[min(place, frames.count - 1)].frame,
                what: error.description, isOverAtFrame: true)
        }
        return nil
    }

    private func difference(_ right: SubjectFrame, _ found: SubjectFrame, _ frame: Int32) -> SeenFailure? {
        let stage = stages.indices.first { place in
            place >= right.stages.count || place >= found.stages.count
                || right.stages[place] != found.stages[place]
        }
        let levels = (0..<max(right.levels.count, found.levels.count)).filter { level in
            level >= right.levels.count || level >= found.levels.count
                || right.levels[level] != found.levels[level]
        }
        guard stage != nil || !levels.isEmpty else { return nil }
        func digest(_ frame: SubjectFrame) -> String {
            let digests = stage.map { ($0, frame.stages) } ?? (levels[0], frame.levels)
            return digests.0 < digests.1.count ? "\(digests.1[digests.0])" : "none"
        }
        return SeenFailure(
            SubjectDivergence(
                frame: frame, stage: stage.map { stages[$0] }, levels: levels, expected: digest(right),
                found: digest(found), differing: 0, frames: 0), at: frame)
    }
}

extension SubjectError {
    /// It says that it does not take the frame, and goes on.
    fileprivate var isRefusal: Bool { if case .failure = reason { true } else { false } }
}
