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
        let link = SubjectLink(process: process, limits: limits)
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
        message.begin.perturbations = options.perturbations.sorted { $0.key < $1.key }.map { name, seed in
            var perturbation = MessagePerturbation()
            perturbation.dimension = name
            perturbation.seed = seed
            return perturbation
        }
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
            link.error(.wrongAnswer(expected: expected, found: found), question.place)
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

    /// Ends the program: its input ends, and it has two seconds, or as long as it is given.
    ///
    /// - Returns: what was wrong with its end; nil where nothing was.
    package func end(milliseconds: Int = 2000) -> String? {
        process.closeInput()
        guard let ending = process.ending(milliseconds: milliseconds) else {
            process.kill()
            return "did not end when its input had ended, and was killed"
        }
        process.kill()
        return ending == "with exit status 0" ? nil : "ended \(ending) when its input had ended"
    }

    private var link: SubjectLink { SubjectLink(process: process, limits: limits) }

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
