package import Streaming

/// How large a trace is, as a reader of it feels it.
package struct TraceSize: Hashable, Sendable {
    package var frames = 0
    /// All but starts and ends of sessions.
    package var events = 0
    package var sessions = 0
    /// Frames in which the camera is elsewhere than in the frame before.
    package var moves = 0
    /// The most that any configuration has; 0 for a trace without one.
    package var levels = 0
    package var resolution = 0

    package init(_ frames: [FrameInput]) {
        self.frames = frames.count
        var position = frames.first?.camera.position
        for input in frames {
            if input.camera.position != position { moves += 1 }
            position = input.camera.position
            for event in input.events {
                switch event {
                case .sessionStart(let given):
                    sessions += 1
                    note(given)
                case .sessionEnd: break
                case .configure(let given):
                    events += 1
                    note(given)
                default: events += 1
                }
            }
        }
    }

    private mutating func note(_ given: Configuration) {
        let configuration = given.effective().configuration
        levels = max(levels, Int(configuration.levels))
        resolution = max(resolution, Int(configuration.resolution))
    }
}

/// A trace that still fails in the same way.
package struct Minimized: Sendable {
    package var frames: [FrameInput]
    /// How it fails now.
    package var failure: SeenFailure
    /// How the whole failed.
    package var before: SeenFailure
    package var sizeBefore: TraceSize
    package var size: TraceSize
    package var replays: Int
    /// Nothing of it can be left out: each of its frames and each of its events was, and then it did not fail.
    package var isMinimal: Bool
    /// Why it may not be minimal; nil where it is.
    package var reason: Reason?

    package enum Reason: Sendable, Hashable {
        /// The limit of replays was reached.
        case limit(Int)
        /// It was asked to stop.
        case stopped
        /// What a live run drained, a snapshot or a gap belongs to the failure: as a modelled run it does not fail, so that only what is
        /// behind the failure could be cut off.
        case recorded
    }
}

/// Why nothing could be minimized.
package enum MinimizeError: Error, Sendable {
    /// The trace does not fail.
    case doesNotFail(comparison: String, frames: Int, tries: Int)
    /// The smallest that had failed does not fail again.
    case notAgain(signature: FailureSignature, tries: Int)
    /// It was asked to stop, or the limit was reached, before the whole had been seen to fail.
    case nothingYet
}
