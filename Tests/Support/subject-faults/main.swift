import Foundation
import Recording
import Replay
import Streaming
import SwiftProtobuf

// A subject that goes wrong in one way, for the tests of who runs it: `subject-faults FAULT [FRAME]`. Without a fault it is the model,
// with `trivial` it answers every frame with the same digests at once.

let arguments = CommandLine.arguments
let fault = arguments.count > 1 ? arguments[1] : ""
let faultFrame = UInt32(arguments.count > 2 ? arguments[2] : "7") ?? 7

var description = ModelSubject.whole
description.name = "faulty"
// A scheduler that has no casts: what it snaps and what it selects, without payloads and generations, and a stage of its own.
var partial = SubjectDescription(
    name: "partial",
    stages: [
        SubjectStage("snap"), SubjectStage("ring"), SubjectStage("select", fields: ["selected"]),
    ])
partial.counters = ["picked"]
var host =
    fault.hasPrefix("partial")
    ? SubjectHost(ModelSubject(comparedWith: partial)) { "\($0)" }
    : SubjectHost(ModelSubject(), description: description) { "\($0)" }

func readByte() -> UInt8? {
    var byte: UInt8 = 0
    return read(0, &byte, 1) == 1 ? byte : nil
}

func readMessage() -> MessageToSubject? {
    var length = 0
    var shift = 0
    while true {
        guard let byte = readByte() else { return nil }
        length |= Int(byte & 0x7F) << shift
        shift += 7
        if byte & 0x80 == 0 { break }
    }
    var bytes = [UInt8](repeating: 0, count: length)
    var filled = 0
    while filled < length {
        let count = bytes.withUnsafeMutableBytes {
            read(0, $0.baseAddress?.advanced(by: filled), length - filled)
        }
        guard count > 0 else { return nil }
        filled += count
    }
    return try? MessageToSubject(serializedBytes: bytes)
}

func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var left = value
    while left > 0x7F {
        bytes.append(UInt8(left & 0x7F) | 0x80)
        left >>= 7
    }
    return bytes + [UInt8(left)]
}

func writeAll(_ bytes: [UInt8], to file: Int32 = 1) {
    var start = 0
    while start < bytes.count {
        let count = bytes[start...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        if count <= 0 { exit(9) }
        start += count
    }
}

func send(_ message: MessageFromSubject) {
    guard let bytes: [UInt8] = try? message.serializedBytes() else { exit(8) }
    writeAll(varint(UInt64(bytes.count)) + bytes)
}

func flood() {
    writeAll(Array(repeating: UInt8(ascii: "x"), count: 1 << 16) + [10], to: 2)
}

/// Runs that have begun.
var runs = 0

while var message = readMessage() {
    // What was claimed before a stage is taken before the first of them: all that select does not select itself.
    if fault == "claims-at-once", case .step(var step)? = message.kind {
        let select = UInt32(Stage.select.rawValue)
        step.work.claimStages = step.work.claimStages.map { $0 <= select ? 0 : $0 }
        message.kind = .step(step)
    }
    var answer = MessageFromSubject()
    if fault == "trivial", case .step(let step)? = message.kind {
        answer.result.frame = step.frame.frame
        answer.result.stages = Array(repeating: 1, count: 9)
        answer.result.levels = [1, 2]
    } else {
        answer = host.answer(message)
    }
    if case .begin? = message.kind { runs += 1 }
    switch (message.kind, fault) {
    case (.hello, "stages-twice"): answer.description_p.stages[1].name = answer.description_p.stages[0].name
    case (.hello, "other-protocol"): answer.description_p.protocolVersion = 2
    case (.hello, "bad-name"): answer.description_p.name = "../../tmp"
    case (.hello, "bad-fields"): answer.description_p.stages[1].fields = ["anchor", "cameraCell"]
    case (.hello, "no-handshake"): writeAll(Array("Welcome to the engine!\n".utf8))
    case (.hello, "ends"): exit(3)
    case (.hello, "warns"): writeAll(Array("careful\n".utf8), to: 2)
    case (.hello, "quiet-flood"):
        for _ in 0..<64 { flood() }
    default: break
    }
    if case .step(let step)? = message.kind, step.frame.frame == faultFrame {
        switch fault {
        case "silent":
            while true { sleep(1) }
        case "dies":
            writeAll(Array("the last thing that it said\n".utf8), to: 2)
            exit(3)
        case "crashes":
            signal(SIGABRT, SIG_DFL)
            abort()
        case "wrong-length":
            writeAll(varint(2 << 30))
            while true { sleep(1) }
        case "endless-length":
            writeAll(Array(repeating: 0xFF, count: 32))
            while true { sleep(1) }
        case "cut-short":
            writeAll(varint(100) + [1, 2, 3])
            exit(0)
        case "garbage": writeAll([5, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        case "wrong-count": answer.result.stages.removeLast()
        case "too-many-levels": answer.result.levels = Array(repeating: 1, count: 9)
        case "wrong-counters": answer.result.counters.append(1)
        case "later-first": answer.result.frame += 1
        case "wrong-kind": answer.begun = MessageBegun()
        case "refuses": answer.failure.message = "this frame is not for me"
        case "floods":
            while true { flood() }
        case "closes-input":
            close(0)
            while true { sleep(1) }
        case "closes-output":
            close(1)
            while true { sleep(1) }
        case "needs-memory":
            // 2 GB, used and kept, a little at a time.
            for _ in 0..<32 {
                let piece = UnsafeMutableRawPointer.allocate(byteCount: 64 << 20, alignment: 4096)
                memset(piece, 1, 64 << 20)
                usleep(20_000)
            }
            while true { sleep(1) }
        case "forks":
            // Somebody who lives on in its group.
            writeAll(Array("\(getpid())\n".utf8), to: 2)
            _ = system("sleep 600 &")
            exit(4)
        case "partial-wrong-ring": answer.result.stages[1] ^= 1
        case "partial-wrong-select": answer.result.stages[2] ^= 1
        case "wrong-digest": answer.result.stages[5] ^= 1
        case "every-second": answer.result.stages[5] ^= UInt64(runs % 2)
        default: break
        }
    }
    send(answer)
}
if fault == "stays" {
    while true { sleep(1) }
}
if fault == "ends-badly" { exit(5) }
