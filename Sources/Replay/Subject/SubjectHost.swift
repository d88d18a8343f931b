import Foundation
import Hashing
package import Recording
import Streaming
import SwiftProtobuf

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The other end of the subject protocol: an implementation that runs in this process, behind two pipes.
package struct SubjectHost {
    private let subject: any Subject
    private let description: SubjectDescription
    private let sentence: (any Error) -> String
    private var reader = StepReader(isLive: false)
    /// After a failure every step is answered with it, until the next run begins.
    private var failure: String?

    /// - Parameters:
    ///   - subject: what runs.
    ///   - description: as the subject is described; its own description where that is nil.
    ///   - sentence: what an error is in words.
    package init(
        _ subject: any Subject, description: SubjectDescription? = nil,
        sentence: @escaping (any Error) -> String
    ) {
        self.subject = subject
        self.description = description ?? subject.description
        self.sentence = sentence
    }

    /// Why a host stops before its input ends.
    package enum Stop: Error, Equatable {
        /// Bytes that are no message of the protocol, at this place of the input.
        case undecodable(offset: UInt64)
        /// The input ends in the middle of a message.
        case cutShort(offset: UInt64)
        /// A pipe fails.
        case system(operation: String, code: Int32)
    }

    /// Answers every message that comes through `input` on `output`, until the input ends.
    ///
    /// - Throws: ``Stop``.
    package mutating func serve(input: Int32, output: Int32) throws(Stop) {
        var pipe = HostPipe(input: input, output: output)
        while let bytes = try pipe.next() {
            guard let message = try? MessageToSubject(serializedBytes: bytes), message.kind != nil else {
                throw .undecodable(offset: pipe.offset)
            }
            guard let reply: [UInt8] = try? answer(message).serializedBytes() else {
                preconditionFailure("a message that cannot be serialized")
            }
            try pipe.write(reply)
        }
        try pipe.flush()
    }

    /// The answer to one message.
    package mutating func answer(_ message: MessageToSubject) -> MessageFromSubject {
        var answer = MessageFromSubject()
        do {
            switch message.kind {
            case .hello: answer.description_p = description.message
            case .begin(let begin):
                failure = nil
                var options = SubjectOptions(workers: begin.workers == 0 ? nil : Int(begin.workers))
                options.completionSeed = begin.completionSeed == 0 ? nil : begin.completionSeed
                for perturbation in begin.perturbations {
                    options.perturbations[perturbation.dimension] = perturbation.seed
                }
                reader = StepReader(isLive: begin.live, startsRun: !begin.hasState)
                try subject.begin(
                    options, isLive: begin.live, from: begin.hasState ? Array(begin.state) : nil)
                answer.begun = MessageBegun()
            case .step(let step):
                if let failure {
                    answer.failure.message = failure
                    return answer
                }
                try subject.submit(try reader.input(step), wantsRecords: step.wantsRecords)
                answer.result = MessageFrameResult(try subject.next())
            case .save: answer.saved.state = Data(try subject.save())
            case nil: preconditionFailure("a message without a kind is no message")
            }
        } catch {
            failure = sentence(error)
            answer.failure.message = sentence(error)
        }
        return answer
    }
}

extension MessageFrameResult {
    fileprivate init(_ frame: SubjectFrame) {
        self.init()
        self.frame = UInt32(frame.frame)
        stages = frame.stages.map(\.value)
        levels = frame.levels.map(\.value)
        counters = frame.counters
        countLevels = UInt32(frame.countLevels)
        guard let records = frame.records else { return }
        self.records.stages = records.stages.map { Data($0) }
        self.records.states = records.states.map { Data($0) }
        self.records.payloads = records.payloads.map { Data($0) }
    }
}

/// Delimited messages over two file descriptors. What is written is kept until there is nothing more to read at once.
private struct HostPipe {
    let input: Int32
    let output: Int32
    /// Of the message that was read last, in the input.
    private(set) var offset: UInt64 = 0
    private var incoming = ByteQueue()
    private var taken: UInt64 = 0
    private var outgoing: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)

    private static let outgoingBytes = 1 << 16
    private static let maximumMessageBytes: UInt64 = 1 << 30

    init(input: Int32, output: Int32) {
        self.input = input
        self.output = output
    }

    /// The next message; nil at the end of the input.
    mutating func next() throws(SubjectHost.Stop) -> [UInt8]? {
        offset = taken
        while true {
            if let (header, length) = try length() {
                guard length <= HostPipe.maximumMessageBytes else { throw .undecodable(offset: offset) }
                if incoming.count >= header + Int(length) {
                    _ = incoming.take(header)
                    taken += UInt64(header) + length
                    return incoming.take(Int(length))
                }
            }
            if !outgoing.isEmpty, !isReady { try flush() }
            var count = read(input, &chunk, chunk.count)
            while count < 0, errno == EINTR { count = read(input, &chunk, chunk.count) }
            guard count >= 0 else { throw .system(operation: "read", code: errno) }
            guard count > 0 else {
                guard incoming.count == 0 else { throw .cutShort(offset: offset) }
                return nil
            }
            incoming.append(chunk[..<count])
        }
    }

    private func length() throws(SubjectHost.Stop) -> (header: Int, length: UInt64)? {
        var length: UInt64 = 0
        for place in 0..<10 {
            guard place < incoming.count else { return nil }
            let byte = incoming[place]
            guard place < 9 || byte <= 1 else { break }
            length |= UInt64(byte & 0x7F) << UInt64(7 * place)
            if byte & 0x80 == 0 { return (place + 1, length) }
        }
        throw .undecodable(offset: offset)
    }

    /// Whether there is something to read at once.
    private var isReady: Bool {
        var polled = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, 0) > 0
    }

    mutating func write(_ message: [UInt8]) throws(SubjectHost.Stop) {
        var left = UInt64(message.count)
        while left > 0x7F {
            outgoing.append(UInt8(left & 0x7F) | 0x80)
            left >>= 7
        }
        outgoing.append(UInt8(left))
        outgoing += message
        if outgoing.count >= HostPipe.outgoingBytes { try flush() }
    }

    mutating func flush() throws(SubjectHost.Stop) {
        var start = 0
        while start < outgoing.count {
            let count = outgoing[start...].withUnsafeBytes { bytes in
                BrokenPipe.withoutSignal { Foundation.write(output, bytes.baseAddress, bytes.count) }
            }
            guard count >= 0 || errno == EINTR else { throw .system(operation: "write", code: errno) }
            start += max(0, count)
        }
        outgoing.removeAll(keepingCapacity: true)
    }
}
