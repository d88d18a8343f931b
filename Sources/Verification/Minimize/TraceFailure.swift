package import Streaming

/// What makes two failures the same one: what goes wrong first, and not in which frame.
package enum FailureSignature: Hashable, Sendable {
    /// The first stage that differs.
    case stage(String)
    /// No stage differs, and digests of levels do.
    case levels
    /// The law that is broken.
    case law(String)
    /// How the program breaks off.
    case error(String)
}

extension FailureSignature: CustomStringConvertible {
    /// In words: "stage select".
    package var description: String {
        switch self {
        case .stage(let name): "stage \(name)"
        case .levels: "levels only"
        case .law(let name): "the law \(name)"
        case .error(let kind): "breaks off: \(kind)"
        }
    }
}

/// A failure as it was seen in one try.
package struct SeenFailure: Hashable, Sendable {
    package var signature: FailureSignature
    /// The frame in which it shows. A law may find it behind the end of the trace.
    package var frame: Int32
    /// What was compared, with both values.
    package var what: String
    /// What stands behind that frame has had no part in it.
    package var isOverAtFrame: Bool

    package init(signature: FailureSignature, frame: Int32, what: String, isOverAtFrame: Bool) {
        self.signature = signature
        self.frame = frame
        self.what = what
        self.isOverAtFrame = isOverAtFrame
    }
}

/// A way of failing, as a function of frames: what a trace is minimized for.
package protocol TraceFailure: AnyObject {
    /// In words, what is compared with what.
    var comparison: String { get }

    /// Tries frames once: two replays, of which the second may be a part of judging by a law.
    ///
    /// - Parameter frames: a valid trace.
    /// - Returns: nil where they do not fail.
    /// - Throws: where it cannot be said whether they do: the model refuses them, the reference breaks off.
    func attempt(_ frames: [FrameInput]) throws -> SeenFailure?
}
