import Foundation
import Recording
import SwiftProtobuf

extension ByteQueue {
    /// What a program says to people, where that is what stands in front: its standard output is taken for the protocol.
    fileprivate var printableStart: String? {
        let start = (0..<Swift.min(count, 40)).map { self[$0] }.prefix {
            (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x0D
        }
        guard start.count >= 4 else { return nil }
        return "text ('\(shown(String(decoding: start, as: UTF8.self)))...'), which belongs on standard error"
    }
}

/// Messages over a subject's pipes.
struct SubjectLink {
    let process: ChildProcess
    let limits: SubjectLimits

    /// How long a subject that does not read any more may take for answers to what it has read.
    private static let patience = Duration.milliseconds(500)
    /// How often the subject's memory is looked at.
    private static let memoryCheckInterval = Duration.milliseconds(100)

    func send(_ message: MessageToSubject) {
        // What has been made here can be serialized.
        guard let bytes: [UInt8] = try? message.serializedBytes() else {
            preconditionFailure("a message that cannot be serialized")
        }
        process.send(varint(UInt64(bytes.count)) + bytes)
    }

    func answer(to place: String) throws(SubjectError) -> MessageFromSubject {
        var check = ContinuousClock.now
        return try answer(to: place, memoryCheck: &check)
    }

    func answer(
        to place: String, memoryCheck: inout ContinuousClock.Instant
    ) throws(SubjectError) -> MessageFromSubject {
        let start = ContinuousClock.now
        let deadline = start + .seconds(limits.timeoutSeconds)
        var closedInputAt: ContinuousClock.Instant?
        while true {
            if let message = try message(place) { return message }
            let look = process.look(milliseconds: 20)
            if process.errorBytes > limits.errorOutputBytes {
                throw error(.tooMuchErrorOutput(limitBytes: limits.errorOutputBytes), place)
            }
            let now = ContinuousClock.now
            if look == .closedOutput {
                if let message = try message(place) { return message }
                if let ended = ended(within: 1000) { throw error(ended, place) }
                throw error(process.incoming.printableStart.map { .undecodable($0) } ?? .closedOutput, place)
            }
            if !process.hasInput {
                // What it had read before is still answered, and the end of a program shows in its output as well.
                if closedInputAt == nil { closedInputAt = now }
                if let closedInputAt, look == .nothing, now - closedInputAt > SubjectLink.patience {
                    throw error(ended(within: 0) ?? .closedInput, place)
                }
            }
            if now - memoryCheck > SubjectLink.memoryCheckInterval {
                memoryCheck = now
                if let bytes = process.memoryBytes, bytes > limits.memoryBytes {
                    throw error(.tooMuchMemory(bytes: bytes, limitBytes: limits.memoryBytes), place)
                }
            }
            if now > deadline {
                if let text = process.incoming.printableStart { throw error(.undecodable(text), place) }
                throw error(
                    .silent(seconds: limits.timeoutSeconds, bytes: process.incoming.count), place)
            }
        }
    }

    private func ended(within milliseconds: Int) -> SubjectError.Reason? {
        let left = process.incoming.count
        let text = process.incoming.printableStart
        return process.ending(milliseconds: milliseconds).map { ending in
            if let text { return .undecodable(text) }
            return .ended(ending + (left > 0 ? ", \(left) bytes into a message" : ""))
        }
    }

    /// The next message; nil where it is not all there.
    private func message(_ place: String) throws(SubjectError) -> MessageFromSubject? {
        var length: UInt64 = 0
        var header = 0
        while true {
            guard header < process.incoming.count else { return nil }
            let byte = process.incoming[header]
            // Ten bytes hold 64 bits, and the last of them only one.
            guard header < 9 || byte <= 1 else {
                throw error(.undecodable("a length that never ends"), place)
            }
            length |= UInt64(byte & 0x7F) << UInt64(7 * header)
            header += 1
            if byte & 0x80 == 0 { break }
        }
        let text = process.incoming.printableStart
        guard length <= UInt64(limits.messageBytes) else {
            if let text { throw error(.undecodable(text), place) }
            throw error(.tooLong(bytes: length, limit: limits.messageBytes), place)
        }
        guard process.incoming.count >= header + Int(length) else { return nil }
        _ = process.takeIncoming(header)
        let bytes = process.takeIncoming(Int(length))
        do {
            return try MessageFromSubject(serializedBytes: bytes)
        } catch {
            throw self.error(
                .undecodable(text ?? "\(bytes.count) bytes that cannot be decoded"), place)
        }
    }

    func unexpected(
        _ answer: MessageFromSubject, _ expected: String, _ place: String
    ) -> SubjectError {
        let found: String
        switch answer.kind {
        case .failure(let failure):
            return SubjectError(
                .failure(shown(String(failure.message.prefix(1000)))), at: place,
                errorOutput: process.lastErrorLines)
        case .description_p: found = "a description"
        case .begun: found = "begun"
        case .result(let result): found = "the result of frame \(result.frame)"
        case .saved: found = "its state"
        case nil: found = "a message of a kind that this version does not know"
        }
        return error(.wrongAnswer(expected: expected, found: found), place)
    }

    /// The error, after which the subject is ended.
    func error(_ reason: SubjectError.Reason, _ place: String) -> SubjectError {
        let lines = process.lastErrorLines
        process.kill()
        return SubjectError(reason, at: place, errorOutput: lines)
    }

    private func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var left = value
        while left > 0x7F {
            bytes.append(UInt8(left & 0x7F) | 0x80)
            left >>= 7
        }
        bytes.append(UInt8(left))
        return bytes
    }
}
