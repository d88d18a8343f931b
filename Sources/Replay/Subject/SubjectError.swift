/// Why a subject's run came to no result, with the last that it wrote to its standard error.
package struct SubjectError: Error, Sendable {
    package enum Reason: Equatable, Sendable {
        /// The command could not be started.
        case notStarted(String)
        /// No answer within its time, but for so many bytes of one.
        case silent(seconds: Double, bytes: Int)
        /// The program ended: "with exit status 3", "by signal 11 (Segmentation fault)".
        case ended(String)
        /// It does not read its input any more.
        case closedInput
        /// It does not write any more, and has not ended.
        case closedOutput
        /// A message's length is more than there may be.
        case tooLong(bytes: UInt64, limit: Int)
        /// Bytes that are no message.
        case undecodable(String)
        /// It wrote more to standard error than it may.
        case tooMuchErrorOutput(limitBytes: Int)
        /// It and what it started have more memory than they may.
        case tooMuchMemory(bytes: Int, limitBytes: Int)
        /// Another answer than the one that was due.
        case wrongAnswer(expected: String, found: String)
        /// Its description is none.
        case description(SubjectDescriptionError)
        /// Its own word: it cannot do what it was asked for.
        case failure(String)
    }

    package var reason: Reason
    /// What it had been asked for: "frame 7", "its description".
    package var place: String
    /// The last lines of its standard error.
    package var errorOutput: [String]

    package init(_ reason: Reason, at place: String, errorOutput: [String] = []) {
        self.reason = reason
        self.place = place
        self.errorOutput = errorOutput
    }
}

extension SubjectError: CustomStringConvertible {
    /// One sentence with the facts.
    package var description: String {
        let sentence =
            switch reason {
            case .notStarted(let why): "cannot be started: \(why)"
            case .silent(let seconds, let bytes):
                "\(place): no answer within \(seconds) s"
                    + (bytes > 0 ? ", but \(bytes) bytes into a message" : "")
            case .ended(let how): "\(place): the subject ended \(how); expected an answer"
            case .closedInput: "\(place): the subject has closed its standard input; expected it to read"
            case .closedOutput: "\(place): the subject has closed its standard output; expected an answer"
            case .tooLong(let bytes, let limit):
                "\(place): the subject announces a message of \(bytes) bytes; expected at most \(limit)"
            case .undecodable(let what):
                "\(place): the subject's answer is \(what); expected a message of the protocol"
            case .tooMuchErrorOutput(let limit):
                "\(place): the subject wrote more than \(limit) bytes to standard error"
            case .tooMuchMemory(let bytes, let limit):
                "\(place): the subject uses \(bytes >> 20) MiB of memory; expected at most \(limit >> 20) MiB"
            case .wrongAnswer(let expected, let found):
                "\(place): expected \(expected), the subject answered \(found)"
            case .description(let error):
                "\(place): '\(error.field)' is \(error.found); expected \(error.expected)"
            case .failure(let message): "\(place): the subject cannot do that: \(message)"
            }
        return sentence
    }
}
