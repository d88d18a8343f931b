import Streaming
import SwiftProtobuf
import Testing
import Topology

@testable import Recording

@Suite struct TraceErrorTests {
    @Test func aSoundTraceHasNoError() throws {
        #expect(try RawTrace(TraceSamples.plain(0..<5)).error() == nil)
    }

    @Test func noMCAP() {
        #expect(throws: TraceError.self) { try TraceReader(Array("hello".utf8)).allFrames() }
        #expect(throws: TraceError.system(.missing(path: "/nowhere/at-all"))) {
            try TraceReader(contentsOf: "/nowhere/at-all")
        }
    }

    @Test func channels() throws {
        var missing = try RawTrace()
        missing.channels.removeAll { $0.topic == "/event" }
        #expect(try missing.error() == .missingChannel(topic: "/event"))
        #expect(try RawTrace().error() == .noFrames)
        var twice = try RawTrace()
        twice.channels.append(
            MCAPChannel(id: 7, schemaID: 2, topic: "/frame", messageEncoding: "protobuf"))
        #expect(try twice.error() == .duplicateChannel(topic: "/frame", first: 2, second: 7))
        var schema = try RawTrace()
        schema.schemas[1].name = "foxglove.PoseInFrame"
        #expect(
            try schema.error()
                == .channelSchema(
                    topic: "/frame", expected: "lumon.replay.v1.Frame", found: "foxglove.PoseInFrame"))
        var encoding = try RawTrace()
        encoding.channels[1].messageEncoding = "json"
        #expect(
            try encoding.error() == .channelEncoding(topic: "/frame", expected: "protobuf", found: "json"))
    }

    @Test func versions() throws {
        func error(version: UInt32) throws -> TraceError? {
            var raw = try RawTrace(TraceSamples.plain(0..<1))
            var message = try MessageConfiguration(serializedBytes: raw.messages[0].data)
            message.formatVersion = version
            raw.messages[0].data = try message.serializedBytes()
            return try raw.error()
        }
        guard case .newerVersion(found: 2, supported: 1, _) = try error(version: 2) else {
            Issue.record("expected the error of a newer version")
            return
        }
        #expect(try error(version: 2)?.description.hasPrefix("written by a newer version") == true)
        guard case .missingVersion = try error(version: 0) else {
            Issue.record("expected the error of a missing version")
            return
        }
    }

    @Test func order() throws {
        let sound = try RawTrace(TraceSamples.plain(0..<4))
        var gap = sound
        gap.messages.remove(at: 3)
        #expect(try gap.error() == .frameGap(expected: 1, found: 2))
        var swapped = sound
        swapped.messages.swapAt(3, 4)
        guard case .frameOrder(previous: 2, found: 1, _) = try swapped.error() else {
            Issue.record("expected the error of the order")
            return
        }
        var repeated = sound
        repeated.messages.insert(repeated.messages[3], at: 3)
        guard case .frameRepeated(frame: 1, _) = try repeated.error() else {
            Issue.record("expected the error of a repeated frame")
            return
        }
        var missing = sound
        missing.messages.remove(at: 2)
        #expect(try missing.error() == .frameMissing(frame: 0))
        var headless = sound
        headless.messages.removeFirst(3)
        #expect(try headless.error() == .noSessionStart(frame: 1))
    }

    @Test func places() throws {
        let sound = try RawTrace(TraceSamples.plain(0..<4))
        var sequence = sound
        sequence.messages[3].sequence = 9
        guard case .sequence("/frame", expected: 1, found: 9, _) = try sequence.error() else {
            Issue.record("expected the error of the sequence")
            return
        }
        var time = sound
        time.messages[3].logTime += 1
        guard case .logTime("/frame", frame: 1, expected: 16_666_667, found: 16_666_668, _) = try time.error()
        else {
            Issue.record("expected the error of the log time")
            return
        }
        var large = sound
        var frame = MessageFrame()
        frame.frame = 1 << 31
        try large.add(frame, .frame, 1 << 31)
        guard case .outOfRange(field: "frame", _, _, _) = try large.error() else {
            Issue.record("expected the error of a number out of range")
            return
        }
    }

    @Test func messages() throws {
        let sound = try RawTrace(TraceSamples.plain(0..<1))
        var torn = sound
        torn.messages[2].data.removeLast()
        guard case .undecodable("/frame", sequence: 0, _) = try torn.error() else {
            Issue.record("expected the error of a message that cannot be decoded")
            return
        }
        var empty = sound
        empty.messages[2].data = []
        #expect(try empty.error() == .missingField(field: "position", frame: 0))
        var unknown = sound
        var event = MessageEvent()
        event.ordinal = 1
        try unknown.add(event, .event, 0)
        guard case .unknownEvent(frame: 0, ordinal: 1, _) = try unknown.error() else {
            Issue.record("expected the error of an unknown event")
            return
        }
        var ordinal = sound
        event.ordinal = 2
        event.sessionEnd = MessageSessionEnd()
        try ordinal.add(event, .event, 0)
        #expect(try ordinal.error() == .eventOrdinal(frame: 0, expected: 1, found: 2))
        var dangling = sound
        event.ordinal = 1
        event.configure.configID = 5
        try dangling.add(event, .event, 0)
        #expect(try dangling.error() == .configurationMissing(id: 5, frame: 0, ordinal: 1))
        var material = sound
        event.edit.box.lower = MessageVoxelCoordinate()
        event.edit.box.upper = MessageVoxelCoordinate()
        event.edit.material = 250
        try material.add(event, .event, 0)
        guard case .outOfRange = try material.error() else {
            Issue.record("expected the error of a material")
            return
        }
        var configuration = sound
        configuration.messages.insert(configuration.messages[0], at: 0)
        #expect(try configuration.error() == .configurationOrder(expected: 1, found: 0, frame: 0))
    }

    @Test func numbers() throws {
        func error(_ change: (inout FrameInput) -> Void) throws -> TraceError? {
            var writer = try TraceWriter(MemorySink())
            var input = TraceSamples.plain(0..<1)[0]
            change(&input)
            do {
                try writer.write(input)
                return nil
            } catch let error as TraceError {
                return error
            }
        }
        #expect(
            try error { $0.camera.position.y = .nan }
                == .notFinite(field: "position.y", value: "nan", frame: 0))
        #expect(
            try error { $0.camera.orientation.w = .infinity }
                == .notFinite(field: "orientation.w", value: "inf", frame: 0))
        #expect(
            try error { $0.events = [] } == .noSessionStart(frame: 0))
        var configuration = Configuration.classic
        configuration.baseSpacing = .nan
        #expect(
            try error { $0.events.append(.configure(configuration)) }
                == .notFinite(field: "base_spacing", value: "nan", frame: 0))
        let budgets = Budgets(perLevel: Array(repeating: 1, count: 65), total: 1, uploadBytes: 1)
        #expect(
            try error { $0.budgets = budgets }
                == .tooMany(what: "level budgets", count: 65, limit: 64, frame: 0))
        #expect(
            try error { $0.events += Array(repeating: .sessionEnd, count: 65_536) }
                == .tooMany(what: "events", count: 65_537, limit: 65_536, frame: 0))
        guard case .outOfRange = try error({ $0.frame = -1 }) else {
            Issue.record("expected the error of a negative frame")
            return
        }
        var nan = try RawTrace(TraceSamples.plain(0..<1))
        var message = try MessageFrame(serializedBytes: nan.messages[2].data)
        message.position.x = .nan
        nan.messages[2].data = try message.serializedBytes()
        #expect(try nan.error() == .notFinite(field: "position.x", value: "nan", frame: 0))
    }

    @Test func lookingUpWhatIsNotThere() throws {
        let index = try TraceReader(TraceSamples.bytes(TraceSamples.plain(2..<5))).index()
        #expect(throws: TraceError.notInTrace(frame: 5, first: 2, last: 4)) { try index.frame(at: 5) }
        #expect(throws: TraceError.notInTrace(frame: -1, first: 2, last: 4)) { try index.frame(at: -1) }
        #expect(throws: TraceError.self) { try TraceWriter(MemorySink()).finishing() }
        var gap = try RawTrace(TraceSamples.plain(0..<4))
        gap.messages.remove(at: 4)
        #expect(throws: TraceError.frameGap(expected: 2, found: 3)) {
            try TraceReader(gap.bytes()).index().frames(in: 1...3)
        }
        #expect(throws: TraceError.frameMissing(frame: 2)) {
            try TraceReader(gap.bytes()).index().frames(in: 1...2)
        }
    }

    @Test func theIndexKnowsTheFirstFrameOfAFileThatBeginsWithoutOne() throws {
        let frames = TraceSamples.plain(5..<9)
        var writer = try TraceWriter(MemorySink(), layout: .recording(framesPerFlush: 2))
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        var raw = try RawTrace(frames)
        for hasStatistics in [true, false] {
            raw.options.statistics = hasStatistics
            raw.hasChunkOfDefinitions = true
            for bytes in [writer.sink.bytes, try raw.bytes()] {
                let index = try TraceReader(bytes).index()
                #expect(index.first == 5 && index.last == 8)
                #expect(try index.frames(in: 5...8) == frames)
                #expect(throws: TraceError.notInTrace(frame: 0, first: 5, last: 8)) { try index.frame(at: 0) }
            }
        }
    }

    @Test func anIndexThatEndsBeforeItBeginsIsAnError() throws {
        var raw = try RawTrace(TraceSamples.plain(5..<9))
        raw.options.checksums = false
        var bytes = try raw.bytes()
        let statistics = try #require(Sample.items(bytes).last { $0.record.opcode == .statistics })
        // The last log time stands behind five counts and the first.
        let last = Int(statistics.offset) + 9 + 8 + 2 + 4 + 4 + 4 + 4 + 8
        bytes.replaceSubrange(last..<last + 8, with: RawFile.little(TraceFormat.logTime(frame: 4)))
        guard
            case .container(.inconsistent) = #expect(
                throws: TraceError.self, performing: { try TraceReader(bytes).index() })
        else {
            Issue.record("expected an inconsistency")
            return
        }
    }

    @Test func aFlippedBitIsAnErrorOrTheSameFrames() throws {
        let frames = TraceSamples.plain(0..<1)
        let bytes = try TraceSamples.bytes(frames)
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 0x10
            do {
                #expect(try TraceReader(damaged).allFrames() == frames, "offset \(position)")
                #expect(Trace.canonicity(of: TraceReader(damaged)) != .canonical, "offset \(position)")
            } catch { continue }
        }
    }
}

extension TraceWriter {
    fileprivate consuming func finishing() throws {
        var writer = self
        try writer.finish()
    }
}
