/// Why something could not be recorded. Everything recorded before stands.
public enum RecorderError: Error, Equatable, Sendable {
    /// A number is NaN or infinite. The frame or event was not taken.
    case notFinite(field: String, value: String)
    /// A number is outside what a trace can hold. The frame or event was not taken.
    case outOfRange(field: String, value: String, allowed: String)
    /// More events than one frame may have. The event was not taken.
    case tooManyEvents(limit: Int)
    /// There is no session that could be ended or configured.
    case noSession
    /// No session starts with the next frame, or it has a store already. The store was not taken.
    case storeOutOfPlace
    /// The running session has no store that could be switched off, or has none any more.
    case noStore
    /// The file cannot be created. Nothing is recorded.
    case output(path: String, reason: String)
    /// There is a file of an earlier recording that did not end, which is not to be lost. Nothing is recorded.
    case unfinishedRecording(partialPath: String)
    /// The recording broke off, or could not be made a trace. What was there under its path is untouched, and what
    /// was recorded is in the partial file.
    case stopped(path: String, partialPath: String, reason: String)
    /// There is no frame, and so no trace. Nothing is left.
    case noFrames
    /// The recording was finished, or has failed, before this.
    case closed
}

extension RecorderError: CustomStringConvertible {
    /// One sentence with the facts.
    public var description: String {
        switch self {
        case .notFinite(let field, let value): "\(field) is \(value); expected a finite number"
        case .outOfRange(let field, let value, let allowed): "\(field) is \(value); expected \(allowed)"
        case .tooManyEvents(let limit): "more than \(limit) events before one frame"
        case .noSession: "no session is running; start one first"
        case .storeOutOfPlace:
            "no session starts with the next frame, or it has a store already; give a store once, after the session's start "
                + "and before the next frame"
        case .noStore: "the session has no store; give it one when it starts"
        case .output(let path, let reason): "\(path) cannot be written: \(reason)"
        case .unfinishedRecording(let partialPath):
            "\(partialPath) is there already, of a recording that did not end; expected no such file; make a trace "
                + "of it with 'lumon-replay trace recover \(partialPath) -o NEW', and remove it"
        case .stopped(let path, let partialPath, let reason):
            "\(path) cannot be written: \(reason); what was recorded is in \(partialPath): make a trace of it with "
                + "'lumon-replay trace recover \(partialPath) -o NEW'"
        case .noFrames: "no frame was recorded; a trace has at least one"
        case .closed: "the recording has ended"
        }
    }
}
