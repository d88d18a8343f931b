import Foundation
import Hashing
import Recording
package import Streaming
import SwiftProtobuf

/// A subject that is a program: started, asked and ended here.
package final class SubjectProcess: Subject {
    package let description: SubjectDescription
    /// As many frames may be on their way.
    package let depth = 16

    private let process: ChildProcess
    private let limits: SubjectLimits
    private var writer = StepWriter()
    /// What has been asked and not been answered, oldest first.
    private var asked: [Question] = []
    /// The first answer is looked at as well.
    private var lastMemoryCheck = ContinuousClock.now - .seconds(1)
    private var hasFailed = false

    private enum Question {
        case hello, begin, save
        case step(Int32, wantsRecords: Bool)

        var place: String {
            switch self {
            case .hello: "the handshake"
            case .begin: "the beginning of a run"
            case .save: "the saving of its state"
            case .step(let frame, _): "frame \(frame)"
            }
        }
    }

    /// Starts the program and asks what it is.
    ///
    /// `command` is for `/bin/sh -c`, in `folder` where that is not nil.
    ///
    /// - Throws: ``SubjectError``.
    package init(command: String, folder: String? = nil, limits: SubjectLimits = SubjectLimits())
        throws(SubjectError)
    {
        self.limits = limits
        do throws(SystemNumber) {
            process = try ChildProcess(command: command, folder: folder)
        } catch {
            throw SubjectError(.notStarted(error.text), at: "its start")
        }
        let link = Link(process: process, limits: limits)
        var hello = MessageToSubject()
        hello.hello.protocolVersion = SubjectDescription.protocolVersion
        hello.hello.harness = "lumon-replay"
        link.send(hello)
        let place = "\(Question.hello.place) with '\(shown(command))'"
        let answer = try link.answer(to: place)
        guard case .description_p(let message)? = answer.kind else {
            throw link.unexpected(answer, "a description", place)
        }
        do throws(SubjectDescriptionError) {
            description = try SubjectDescription(message)
        } catch {
            throw link.error(.description(error), place)
        }
    }

    package func begin(_ options: SubjectOptions, isLive: Bool, from state: [UInt8]?) throws {
        writer = StepWriter()
        process.errorBytes = 0
        var message = MessageToSubject()
        message.begin.workers = description.takesWorkers ? UInt32(options.workers ?? 0) : 0
        message.begin.completionSeed = description.takesCompletionSeed ? options.completionSeed ?? 0 : 0
        message.begin.live = isLive
        if let state { message.begin.state = Data(state) }
        // What an earlier run that was broken off had still asked for.
        while !asked.isEmpty { _ = try answer() }
        ask(.begin, message)
        let answer = try answer()
        guard case .begun? = answer.kind else { throw unexpected(answer, "begun", .begin) }
    }

    package func submit(_ input: FrameInput, wantsRecords: Bool) throws {
        var message = MessageToSubject()
        let wants = wantsRecords && description.givesRecords
        message.step = writer.message(input, wantsRecords: wants)
        ask(.step(input.frame, wantsRecords: wants), message)
    }

    package func next() throws -> SubjectFrame {
        guard case .step(let number, let wantsRecords)? = asked.first, let question = asked.first else {
            preconditionFailure("a result is taken of a frame that was submitted")
        }
        let answer = try answer()
        guard case .result(let result)? = answer.kind else {
            throw unexpected(answer, "the result of frame \(number)", question)
        }
        func wrong(_ expected: String, _ found: String) -> SubjectError {
            hasFailed = true
            return link.error(.wrongAnswer(expected: expected, found: found), question.place)
        }
        guard result.frame == UInt32(number) else {
            throw wrong("the result of frame \(number)", "that of frame \(result.frame)")
        }
        guard result.stages.count == description.stages.count else {
            throw wrong("\(description.stages.count) digests of stages", "\(result.stages.count)")
        }
        guard result.levels.count <= (description.hasLevels ? 8 : 0) else {
            throw wrong(
                "at most \(description.hasLevels ? 8 : 0) digests of levels", "\(result.levels.count)")
        }
        guard result.countLevels <= 8,
            result.counters.count == description.counters.count * Int(result.countLevels)
        else {
            throw wrong(
                "\(description.counters.count) counters for at most 8 levels",
                "\(result.counters.count) numbers for \(result.countLevels) levels")
        }
        var frame = SubjectFrame(
            frame: number, stages: result.stages.map { Digest64($0) },
            levels: result.levels.map { Digest64($0) })
        frame.counters = result.counters
        frame.countLevels = Int(result.countLevels)
        if wantsRecords {
            guard result.hasRecords, result.records.stages.count == description.stages.count else {
                throw wrong(
                    "records of \(description.stages.count) stages",
                    result.hasRecords ? "\(result.records.stages.count)" : "none")
            }
            frame.records = SubjectRecords(
                stages: result.records.stages.map { Array($0) },
                states: result.records.states.map { Array($0) },
                payloads: result.records.payloads.map { Array($0) })
        }
        return frame
    }

    package func save() throws -> [UInt8] {
        var message = MessageToSubject()
        message.save = MessageSave()
        ask(.save, message)
        let answer = try answer()
        guard case .saved(let state)? = answer.kind else { throw unexpected(answer, "its state", .save) }
        return Array(state.state)
    }

    /// Ends the program: its input ends, and it has two seconds.
    ///
    /// - Returns: what was wrong with its end; nil where nothing was.
    package func end() -> String? {
        process.closeInput()
        guard let ending = process.ending(milliseconds: 2000) else {
            process.kill()
            return "did not end when its input had ended, and was killed"
        }
        process.kill()
        return ending == "with exit status 0" ? nil : "ended \(ending) when its input had ended"
    }

    private var link: Link { Link(process: process, limits: limits) }

    private func ask(_ question: Question, _ message: MessageToSubject) {
        asked.append(question)
        link.send(message)
    }

    private func answer() throws(SubjectError) -> MessageFromSubject {
        let question = asked.removeFirst()
        let answer = try link.answer(to: question.place, memoryCheck: &lastMemoryCheck)
        if case .failure? = answer.kind {
            // The run is over; what is still on its way is answered in the same manner, and is of no interest.
            throw unexpected(answer, "", question)
        }
        return answer
    }

    private func unexpected(
        _ answer: MessageFromSubject, _ expected: String, _ question: Question
    ) -> SubjectError { link.unexpected(answer, expected, question.place) }
}

/// What a subject may take.
package struct SubjectLimits: Hashable, Sendable {
    /// For an answer, in seconds.
    package var timeoutSeconds = 30.0
    /// Of the subject and everything that it has started.
    package var memoryBytes = 1024 << 20
    /// Of standard error, in one run.
    package var errorOutputBytes = 16 << 20
    /// Of one message.
    package var messageBytes = 64 << 20

    package init() {}
}

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
private struct Link {
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
                if let closedInputAt, look == .nothing, now - closedInputAt > Link.patience {
                    throw error(ended(within: 0) ?? .closedInput, place)
                }
            }
            if now - memoryCheck > Link.memoryCheckInterval {
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
