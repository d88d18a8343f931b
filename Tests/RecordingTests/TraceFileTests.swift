import Hashing
import Streaming
import SwiftProtobuf
import Testing
import Topology

@testable import Recording

@Suite struct TraceFileTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func encodingAgainGivesTheSameBytes(seed: UInt64) throws {
        let bytes = try TraceSamples.bytes(TraceSamples.frames(count: 520, seed: seed))
        let reader = TraceReader(bytes)
        #expect(try Trace.finalize(reader) == bytes, "seed \(seed)")
        #expect(Trace.canonicity(of: reader) == .canonical, "seed \(seed)")
    }

    @Test func anotherLayoutOfTheSameContentIsBroughtIntoTheProfile() throws {
        let frames = TraceSamples.frames(count: 300, seed: 9)
        let raw = try RawTrace(frames)
        let bytes = try raw.bytes()
        let reader = TraceReader(bytes)
        // All frames are in one chunk: magic and header are the same, then the chunk's length differs.
        let header = 8 + 9 + 4 + TraceFormat.profile.utf8.count + 4 + TraceFormat.library.utf8.count
        #expect(Trace.canonicity(of: reader) == .differs(offset: UInt64(header + 1)))
        #expect(try Trace.finalize(reader) == TraceSamples.bytes(frames))
    }

    @Test func aChangedByteIsFoundAtItsOffset() throws {
        let bytes = try TraceSamples.bytes(TraceSamples.plain(0..<3)) + [0]
        #expect(Trace.canonicity(of: TraceReader(bytes)) != .canonical)
    }

    @Test func messagesOutOfOrderAreSortedByFinalize() throws {
        let frames = TraceSamples.frames(count: 40, seed: 21)
        var raw = try RawTrace(frames)
        // Whole frames change places; configurations keep their order among each other.
        let configurations = raw.messages.filter { $0.channelID == TraceTopic.configuration.id }
        let others = raw.messages.filter { $0.channelID != TraceTopic.configuration.id }
        raw.messages = configurations + others.reversed()
        let reader = TraceReader(try raw.bytes())
        #expect(throws: TraceError.self) { try reader.allFrames() }
        #expect(try Trace.finalize(reader) == TraceSamples.bytes(frames))
    }

    @Test func whatACanonicalFileCannotKeepIsRefused() throws {
        let frames = TraceSamples.plain(0..<2)
        var channel = try RawTrace(frames)
        channel.channels.append(
            MCAPChannel(id: 9, schemaID: 0, topic: "/other", messageEncoding: "protobuf"))
        var unknown = try RawTrace(frames)
        // Field 100, varint 1.
        unknown.messages[2].data += [0xA0, 0x06, 0x01]
        for raw in [channel, unknown] {
            let reader = TraceReader(try raw.bytes())
            #expect(try reader.allFrames() == frames)
            #expect(throws: TraceError.self) { try Trace.finalize(reader) }
            switch Trace.canonicity(of: reader) {
            case .refused(.notCanonicalizable(what: "the channel /other", _)): #expect(raw == channel)
            case .refused(.unknownFields("/frame", frame: 0, _)): #expect(raw == unknown)
            default: Issue.record("expected a refusal")
            }
        }
        #expect(
            try Trace.finalize(TraceReader(channel.bytes()), droppingForeign: true)
                == TraceSamples.bytes(frames))
        #expect(throws: TraceError.self) {
            try Trace.finalize(TraceReader(unknown.bytes()), droppingForeign: true)
        }
        #expect(try Trace.info(TraceReader(channel.bytes())).extras.otherChannels == ["/other"])
        #expect(try Trace.info(TraceReader(unknown.bytes())).extras.messagesWithUnknownFields == 1)
    }

    @Test func whatSaysNothingOfTheRunIsBroughtIntoTheProfile() throws {
        let frames = TraceSamples.plain(0..<3)
        var raw = try RawTrace(frames)
        raw.schemas.append(MCAPSchema(id: 20, name: "x.Unused", encoding: "protobuf", data: [1]))
        raw.schemas[0].data = []
        for index in raw.channels.indices { raw.channels[index].metadata = ["k": "v"] }
        for index in raw.messages.indices { raw.messages[index].publishTime += 5 }
        // A configuration that no event refers to.
        var unused = try MessageConfiguration(serializedBytes: raw.messages[0].data)
        unused.id = 1
        try raw.add(unused, .configuration, 2)
        let reader = TraceReader(try raw.bytes())
        #expect(try reader.allFrames() == frames)
        let expected = try TraceSamples.bytes(frames)
        #expect(try Trace.finalize(reader) == expected)
        #expect(try Trace.finalize(reader, droppingForeign: true) == expected)
        #expect(try Trace.recover(reader).write(to: MemorySink()).bytes == expected)
        guard case .differs = Trace.canonicity(of: reader) else {
            Issue.record("it is not canonical")
            return
        }
    }

    @Test func aTraceWithoutAChecksumIsReadButIsNotCanonical() throws {
        let frames = TraceSamples.frames(count: 260, seed: 5)
        let bytes = try TraceSamples.bytes(frames)
        let items = try Sample.items(bytes)
        // Of each chunk behind its two times and its size, of the data section, of the summary.
        let chunks = items.filter { $0.record.opcode == .chunk }.map { Int($0.offset) + 9 + 24 }
        let data = try Int(#require(items.first { $0.record.opcode == .dataEnd }).offset) + 9
        let summary = bytes.count - MCAPFormat.magic.count - 4
        #expect(chunks.count == 2)
        for absent in [[data], [summary], [data, chunks[0]], [data, chunks[1]], chunks + [data, summary]] {
            var without = bytes
            for place in absent {
                #expect(bytes[place..<place + 4] != [0, 0, 0, 0])
                without.replaceSubrange(place..<place + 4, with: [0, 0, 0, 0])
            }
            let reader = TraceReader(without)
            #expect(try reader.allFrames() == frames)
            #expect(try reader.index().frame(at: 259) == frames[259])
            let changed = try #require(
                absent.flatMap { $0..<$0 + 4 }.filter { bytes[$0] != 0 }.min())
            #expect(Trace.canonicity(of: reader) == .differs(offset: UInt64(changed)))
            #expect(try Trace.finalize(reader) == bytes)
            #expect(try Trace.recover(reader).frameCount == 260)
        }
    }

    @Test func infoCounts() throws {
        var frames = TraceSamples.plain(3..<10)
        frames[2].events = [
            .configure(.current),
            .invalidate(WorldBox(lower: WorldPoint(0, 0, 0), upper: WorldPoint(1, 1, 1))),
        ]
        frames[0].events += [.store(sizeCapBytes: 0, contents: StoreSamples.contents)]
        frames[3].events = [
            .storeDamage(RegionKey(level: 1, region: Cell(0, 0, 0))),
            .storeDamage(RegionKey(level: 1, region: Cell(0, 0, 1))),
            .writeBackDropped(StoreSamples.row(0)), .writeBackDropped(StoreSamples.row(1)),
            .writeBackDropped(StoreSamples.row(2)), .storeOff,
        ]
        let bytes = try TraceSamples.bytes(frames)
        let info = try Trace.info(TraceReader(bytes))
        #expect(info.firstFrame == 3 && info.frameCount == 7 && info.sessions == 1)
        #expect(info.durationNanoseconds == 6 * 20_000_000)
        #expect(info.configurations == [.classic, .current])
        #expect(
            info.events.map(\.kind) == [
                "session_start", "session_end", "configure", "edit", "chunk_load", "chunk_unload",
                "invalidate",
                "store", "store_off", "store_damage", "write_back_dropped", "engine",
            ])
        #expect(info.events.map(\.count) == [1, 0, 1, 0, 0, 0, 1, 1, 1, 2, 3, 0])
        #expect(info.sizeBytes == bytes.count && info.canonicity == .canonical)
        #expect(info.digest.description.count == 32)
    }

    @Test func catIsOneLineOfJSONForEachMessage() throws {
        var frames = TraceSamples.plain(0..<2)
        frames[0].camera.position = WorldPoint(0.1, -1e300, .leastNonzeroMagnitude)
        var lines: [String] = []
        try Trace.cat(TraceReader(TraceSamples.bytes(frames))) { lines.append($0) }
        #expect(lines.count == 4)
        #expect(
            lines[1]
                == #"{"topic":"/event","frame":0,"ordinal":0,"kind":"session_start","config_id":0}"#)
        #expect(
            lines[2]
                == #"{"topic":"/frame","frame":0,"engine_time_ns":0,"session":0,"#
                + #""position":[0.1,-1e+300,5e-324],"orientation":[0.0,0.0,0.0,1.0],"field_of_view":0.0}"#)
        #expect(
            lines[0].hasSuffix(
                #""budgets":{"per_level":[256,128,64,32],"total":512,"upload_bytes":2097152}}"#))
    }
}
