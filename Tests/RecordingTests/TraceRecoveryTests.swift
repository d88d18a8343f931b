import Foundation
import Streaming
import SwiftProtobuf
import Testing
import Topology

@testable import Recording

@Suite("Trace recovery")
struct TraceRecoveryTests {
    private static let frames = DamageSample.frames
    private static let count = DamageSample.frames.count

    @Test("What the checks of damage look for is found where it is planted")
    func plantedFaults() throws {
        let bytes = try DamageSample.canonical.get()
        var others = Self.frames
        others[3].camera.position.x += 1
        let other = try DamageSample.bytes(others, .canonical)
        let shorter = try DamageSample.bytes(Array(Self.frames.dropLast()), .canonical)
        for wrong in [other, shorter] {
            #expect(DamageCheck.readers(wrong, Self.frames, isWhole: false) != nil)
            #expect(DamageCheck.index(TraceReader(wrong), Self.frames, isWhole: false) != nil)
            #expect(DamageCheck.recovery(wrong, count: Self.count) != nil)
        }
        #expect(DamageCheck.recovery(other, count: nil) != nil)
        #expect(DamageCheck.recovery(shorter, count: nil) == nil)
        #expect(DamageCheck.readers(bytes, [], isWhole: false) != nil)
        #expect(DamageCheck.index(TraceReader(bytes), [], isWhole: false) != nil)
        let cut = Array(bytes.dropLast())
        #expect(DamageCheck.readers(cut, Self.frames, isWhole: false) == nil)
        #expect(DamageCheck.readers(cut, Self.frames, isWhole: true) != nil)
        #expect(DamageCheck.index(TraceReader(cut), Self.frames, isWhole: true) != nil)
    }

    @Test(
        "A recorder's file that ends with a chunk loses no frame, and one that ends in it loses the chunk's")
    func facts() throws {
        let bytes = try DamageSample.recording.get()
        let chunks = try MCAPIndexedReader(MCAPBytes(bytes)).chunkIndexes.filter {
            !$0.messageIndexOffsets.isEmpty
        }
        let end = Int(chunks[1].chunkStartOffset + chunks[1].chunkLength + chunks[1].messageIndexLength)
        let whole = try Trace.recover(TraceReader(Array(bytes.prefix(end))))
        #expect(whole.firstFrame == 0 && whole.lastFrame == 5 && whole.frameCount == 6)
        #expect(whole.keptBytes == end && whole.lostBytes == 0)
        #expect(
            whole.reason
                == .container(
                    .truncated(reading: "record header", offset: UInt64(end), needed: 9, available: 0)))
        let torn = try Trace.recover(TraceReader(Array(bytes.prefix(end + 100))))
        #expect(torn.lastFrame == 5 && torn.keptBytes == end && torn.lostBytes == 100)
        let complete = try Trace.recover(TraceReader(bytes))
        #expect(complete.reason == nil && complete.lostBytes == 0 && complete.keptBytes == bytes.count)
        #expect(complete.leftOut == TraceExtras())
    }

    @Test("A chunk that a flipped opcode hides is missed at the first frame after it")
    func hiddenChunk() throws {
        var bytes = try DamageSample.recording.get()
        let chunks = try MCAPIndexedReader(MCAPBytes(bytes)).chunkIndexes.filter {
            !$0.messageIndexOffsets.isEmpty
        }
        bytes[Int(chunks[1].chunkStartOffset)] = 0x46
        let recovery = try Trace.recover(TraceReader(bytes))
        #expect(recovery.lastFrame == 2)
        guard case .frameGap(expected: 3, found: 6, let offset?) = recovery.reason else {
            Issue.record("\(String(describing: recovery.reason))")
            return
        }
        #expect(offset > chunks[2].chunkStartOffset)
        #expect(recovery.keptBytes <= Int(chunks[1].chunkStartOffset))
        #expect(recovery.leftOut.skippedRecords == 1)
        #expect(DamageCheck.recovery(bytes, count: 3) == nil)
    }

    @Test("A chunk that is hidden in another writer's file may have held more of the frame before it")
    func hiddenForeignChunk() throws {
        let bytes = try ForeignFile(Self.frames, messagesPerChunk: 1).bytes()
        let messages = try Sample.items(bytes).filter { $0.record.opcode == .message }
        for message in messages {
            guard case .message(let content) = message.record, let chunk = message.chunk else { continue }
            for bit in 4..<8 {
                var hidden = bytes
                hidden[Int(chunk)] ^= 1 << bit
                let count = content.sequence
                let fault = DamageCheck.recovery(hidden, count: nil)
                #expect(fault == nil, "frame \(count), chunk at \(chunk)")
                guard content.sequence > 1, let recovery = try? Trace.recover(TraceReader(hidden)) else {
                    continue
                }
                // The frame of the hidden message is lost, and the one before it too, where its last message was
                // met right before.
                #expect((Int64(count) - 1...Int64(count)).contains(recovery.frameCount), "frame \(count)")
            }
        }
    }

    @Test("A record of an unknown kind is left out of a sound file, and in doubt in another")
    func unknownRecord() throws {
        var file = try ForeignFile(Self.frames, messagesPerChunk: 1)
        file.options = MCAPWriterOptions(
            messageIndex: false, chunkIndex: false, statistics: false, repeatedSchemas: false,
            repeatedChannels: false, summaryOffsets: false, checksums: false)
        var bytes = try file.bytes()
        let items = try Sample.items(bytes).filter { $0.record.opcode == .message }
        let place = try #require(
            items.first { item in
                if case .message(let message) = item.record { message.sequence == 5 } else { false }
            }?.chunk)
        bytes.insert(contentsOf: RawFile.record(0x42, [1, 2]), at: Int(place))
        let sound = try Trace.recover(TraceReader(bytes))
        #expect(sound.reason == nil && sound.leftOut.skippedRecords == 1)
        #expect(DamageCheck.recovery(bytes, count: Self.count) == nil)
        #expect(try Trace.finalize(TraceReader(bytes), droppingForeign: true) == DamageSample.canonical.get())
        bytes.removeLast(9)
        let recovery = try Trace.recover(TraceReader(bytes))
        #expect(recovery.reason == .doubtfulRecord(offset: place))
        // Frame 4 may have had more messages.
        #expect(DamageCheck.recovery(bytes, count: 4) == nil)
        #expect(recovery.keptBytes < Int(place))
    }

    @Test("Of another writer's file the last frame before the end is not certain", arguments: 1...12)
    func foreignChunks(messagesPerChunk: Int) throws {
        let foreign = try ForeignFile(Self.frames, messagesPerChunk: messagesPerChunk)
        let bytes = try foreign.bytes()
        let items = try Sample.items(bytes)
        let chunks = items.filter { $0.record.opcode == .chunk }
        let faults = TestScale.forEach(below: bytes.count, steps: (17, 3), "cut to") { size in
            let whole = chunks.filter { $0.offset + $0.length <= size }.map(\.offset)
            let met = items.compactMap { item -> UInt32? in
                guard case .message(let message) = item.record, let chunk = item.chunk, whole.contains(chunk)
                else { return nil }
                return message.sequence
            }
            return DamageCheck.recovery(Array(bytes.prefix(size)), count: Int(met.last ?? 0))
        }
        #expect(faults.isEmpty)
        #expect(DamageCheck.recovery(bytes, count: Self.count) == nil)
    }

    @Test("Messages outside of chunks are taken as far as they go, but for the last frame")
    func noChunks() throws {
        var file = try ForeignFile(Self.frames, messagesPerChunk: .max)
        file.header = MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library)
        file.options = .plain
        let bytes = try file.bytes()
        let messages = try Sample.items(bytes).filter { $0.record.opcode == .message }
        let faults = TestScale.forEach(below: bytes.count, steps: (17, 3), "cut to") { size in
            let met = messages.filter { $0.offset + $0.length <= size }
            guard case .message(let last)? = met.last?.record else {
                return DamageCheck.recovery(Array(bytes.prefix(size)), count: 0)
            }
            return DamageCheck.recovery(Array(bytes.prefix(size)), count: Int(last.sequence))
        }
        #expect(faults.isEmpty)
        #expect(DamageCheck.recovery(bytes, count: Self.count) == nil)
    }

    @Test(
        "A chunk without a checksum, or one that shares a frame with another, does not vouch for its last frame"
    )
    func unprotected() throws {
        let ours = MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library)
        var file = try ForeignFile(Self.frames, messagesPerChunk: .max)
        file.header = ours
        file.isFinished = false
        #expect(DamageCheck.recovery(try file.bytes(), count: Self.count) == nil)
        file.options.checksums = false
        #expect(DamageCheck.recovery(try file.bytes(), count: Self.count - 1) == nil)
        // Frame 6 has several messages.
        var split = try ForeignFile(Array(Self.frames.prefix(7)), messagesPerChunk: .max)
        split.header = ours
        split.isFinished = false
        #expect(DamageCheck.recovery(try split.bytes(), count: 7) == nil)
        split.messagesPerChunk = split.messages.count - 1
        #expect(DamageCheck.recovery(try split.bytes(), count: 6) == nil)
        // A torn record within a chunk that has no checksum: what stands before it is taken.
        var bytes = try file.bytes()
        let last = try #require(ForeignFile.messageItems(bytes).last)
        bytes.replaceSubrange(
            Int(last.offset) + 1..<Int(last.offset) + 9, with: RawFile.little(UInt64(1) << 40))
        #expect(DamageCheck.recovery(bytes, count: Self.count - 2) == nil)
    }

    @Test("What is foreign is left out and named, and what is sound is as finalize has it")
    func foreignContent() throws {
        for finished in [true, false] {
            var file = try ForeignFile(Self.frames, messagesPerChunk: 4)
            file.addForeignContent()
            file.isFinished = finished
            var bytes = try file.bytes()
            if finished {
                #expect(throws: TraceError.self) { try Trace.finalize(TraceReader(bytes)) }
                let (sink, leftOut) = try Trace.finalize(
                    TraceReader(bytes), to: MemorySink(), droppingForeign: true)
                #expect(try sink.bytes == DamageSample.canonical.get())
                #expect(leftOut == ForeignFile.extras)
                #expect(try Trace.info(TraceReader(bytes)).extras == ForeignFile.extras)
            } else {
                bytes += [0x42, 0, 0]
            }
            let recovery = try Trace.recover(TraceReader(bytes))
            #expect(recovery.leftOut == ForeignFile.extras)
            #expect((recovery.reason == nil) == finished)
            #expect(DamageCheck.recovery(bytes, count: Self.count - (finished ? 0 : 1)) == nil)
        }
    }

    @Test("Fields and events that are not known end the frames, in a sound file too")
    func unknownContent() throws {
        for ours in [true, false] {
            var fields = try ForeignFile(Self.frames, messagesPerChunk: .max)
            if ours { fields.header = MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library) }
            let target = try #require(fields.messages.firstIndex { $0.sequence == 5 })
            // Field 100, varint 1.
            fields.messages[target].data += [0xA0, 0x06, 0x01]
            let bytes = try fields.bytes()
            #expect(try TraceReader(bytes).allFrames() == Self.frames)
            let recovery = try Trace.recover(TraceReader(bytes))
            guard case .unknownFields("/frame", frame: 5, _) = recovery.reason else {
                Issue.record("\(String(describing: recovery.reason))")
                continue
            }
            #expect(recovery.leftOut.messagesWithUnknownFields == 0)
            #expect(DamageCheck.recovery(bytes, count: ours ? 5 : 4) == nil)
            for droppingForeign in [true, false] {
                let error = #expect(throws: TraceError.self) {
                    try Trace.finalize(TraceReader(bytes), droppingForeign: droppingForeign)
                }
                #expect(error == recovery.reason)
            }

            var event = try ForeignFile(Self.frames, messagesPerChunk: .max)
            event.header = fields.header
            var unknown = MessageEvent()
            unknown.frame = 5
            let time = TraceFormat.logTime(frame: 5)
            event.messages.insert(
                MCAPMessage(
                    channelID: TraceTopic.event.id, sequence: 5, logTime: time, publishTime: time,
                    data: try unknown.serializedBytes()), at: target)
            let eventBytes = try event.bytes()
            guard
                case .unknownEvent(frame: 5, ordinal: 0, _) = try Trace.recover(TraceReader(eventBytes))
                    .reason
            else {
                Issue.record("expected the error of an unknown event")
                continue
            }
            #expect(DamageCheck.recovery(eventBytes, count: 5) == nil)
        }
    }

    @Test("A message that cannot be used ends the frames before its own")
    func uselessMessages() throws {
        for ours in [true, false] {
            for change in 0..<4 {
                var file = try ForeignFile(Self.frames, messagesPerChunk: .max)
                if ours {
                    file.header = MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library)
                }
                let target = try #require(file.messages.firstIndex { $0.sequence == 5 })
                switch change {
                case 0: file.messages[target].data.removeLast()
                case 1: file.messages[target].logTime += 1
                case 2: file.messages.insert(file.messages[target], at: target)
                default: file.messages.remove(at: target)
                }
                let bytes = try file.bytes()
                #expect(throws: TraceError.self, "change \(change)") { try TraceReader(bytes).allFrames() }
                // A second message of frame 5 comes when frame 4 is closed already; a gap is met behind frame 4.
                let count = ours || change == 2 ? 5 : 4
                #expect(DamageCheck.recovery(bytes, count: count) == nil, "change \(change)")
            }
        }
    }

    @Test("Messages out of order are brought into order in a sound file, and end the frames in another")
    func order() throws {
        var file = try ForeignFile(Self.frames, messagesPerChunk: 3)
        let late = try #require(file.messages.lastIndex { $0.sequence == 2 })
        let message = file.messages.remove(at: late)
        file.messages.insert(message, at: late + 4)
        let bytes = try file.bytes()
        #expect(try Trace.finalize(TraceReader(bytes)) == DamageSample.canonical.get())
        let sound = try Trace.recover(TraceReader(bytes))
        #expect(sound.reason == nil && sound.lostBytes == 0 && sound.frameCount == Self.count)
        #expect(DamageCheck.recovery(bytes, count: Self.count) == nil)
        let cut = Array(bytes.dropLast(1000))
        #expect(try Trace.recover(TraceReader(cut)).reason == .frameMissing(frame: 2))
        #expect(DamageCheck.recovery(cut, count: 2) == nil)
        // A second late message counts too, and behind frame 0 there is nothing.
        let first = try #require(file.messages.firstIndex { $0.sequence == 1 })
        let moved = file.messages.remove(at: first)
        file.messages.insert(moved, at: late + 8)
        #expect(DamageCheck.recovery(Array(try file.bytes().dropLast(1000)), count: 1) == nil)
        file.messages.append(file.messages.remove(at: 0))
        #expect(DamageCheck.recovery(Array(try file.bytes().dropLast(1000)), count: 0) == nil)
    }

    @Test("Where there is no frame, the reason is the error of the first thing that is wrong")
    func nothing() throws {
        let bytes = try DamageSample.recording.get()
        #expect(throws: TraceError.container(.badMagic(offset: 0, found: Array("hello".utf8)))) {
            try Trace.recover(TraceReader(Array("hello".utf8)))
        }
        #expect(throws: TraceError.self) { try Trace.recover(TraceReader(Array(bytes.prefix(100)))) }
        #expect(throws: TraceError.noFrames) { try Trace.recover(TraceReader(RawTrace().bytes())) }
        var headless = try RawTrace(Self.frames)
        headless.messages.removeAll { $0.sequence == 0 }
        #expect(throws: TraceError.noSessionStart(frame: 1)) {
            try Trace.recover(TraceReader(headless.bytes()))
        }
    }

    @Test("A file that is changed while it is recovered is an error, not another trace")
    func changedMeanwhile() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "changed-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let bytes = try DamageSample.recording.get()
        try Data(bytes).write(to: URL(filePath: path))
        let recovery = try Trace.recover(TraceReader(contentsOf: path))
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.write(contentsOf: Data(repeating: 0, count: bytes.count))
        try file.close()
        #expect(throws: TraceError.self) { try recovery.write(to: MemorySink()) }
    }
}
