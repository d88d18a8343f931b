import Foundation
import Recording
import Streaming
import SwiftProtobuf
import Testing

/// What a harness says to a subject in one life, written down beforehand: it need not wait for the answers.
struct SubjectConversation {
    private(set) var bytes: [UInt8] = []
    private var writer = StepWriter()

    mutating func say(_ change: (inout MessageToSubject) -> Void) {
        var message = MessageToSubject()
        change(&message)
        let content: [UInt8] = (try? message.serializedBytes()) ?? []
        say(length: UInt64(content.count))
        bytes += content
    }

    /// Bytes as they are.
    mutating func say(raw: [UInt8]) { bytes += raw }

    mutating func say(length: UInt64) {
        var left = length
        while left > 0x7F {
            bytes.append(UInt8(left & 0x7F) | 0x80)
            left >>= 7
        }
        bytes.append(UInt8(left))
    }

    mutating func hello() {
        say {
            $0.hello.protocolVersion = 1
            $0.hello.harness = "a test"
        }
    }

    mutating func begin(live: Bool = false) {
        writer = StepWriter()
        say {
            $0.begin = MessageBegin()
            $0.begin.live = live
        }
    }

    /// The first frames of a trace.
    mutating func steps(
        _ trace: TraceReader, count: Int = .max, wantsRecordsAt frame: Int32? = nil,
        _ change: (inout MessageStep) -> Void = { _ in }
    ) throws {
        for input in try trace.allFrames().prefix(count) {
            var step = writer.message(input, wantsRecords: input.frame == frame)
            change(&step)
            say { $0.step = step }
        }
    }

    /// Says all of it to a program in C#, and takes down what that answers.
    func held(
        with program: String, _ arguments: [String] = [], in folder: Folder, addressSpaceKiB limit: Int? = nil
    ) throws -> (
        answers: [MessageFromSubject], outcome: Outcome
    ) {
        try Data(bytes).write(to: folder.url.appendingPathComponent("said"))
        let outcome = try folder.run(
            "sh",
            [
                "-c", (limit.map { "ulimit -v \($0); " } ?? "") + "exec mono \"$@\" <said >answered", "sh",
                try CSharp.program(program),
            ] + arguments)
        return (try SubjectConversation.messages(try folder.bytes("answered")), outcome)
    }

    private static func messages(_ bytes: [UInt8]) throws -> [MessageFromSubject] {
        var messages: [MessageFromSubject] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            var length = 0
            var shift = 0
            while let byte = rest.popFirst() {
                length |= Int(byte & 0x7F) << shift
                shift += 7
                if byte & 0x80 == 0 { break }
            }
            try #require(length <= rest.count, "the last answer is cut short")
            messages.append(try MessageFromSubject(serializedBytes: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return messages
    }
}

extension MessageFromSubject {
    /// The sentence of a failure; nil for any other answer.
    var sentence: String? {
        guard case .failure(let failure) = kind else { return nil }
        return failure.message
    }

    var frameResult: MessageFrameResult? {
        guard case .result(let result) = kind else { return nil }
        return result
    }
}
