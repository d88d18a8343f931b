import Foundation
import Hashing
import Streaming
import SwiftProtobuf
import Testing
import Topology

@testable import Recording

/// What a trace holds of live runs, of other engines and of recordings with gaps: as messages and back, and every way in which it can be wrong.
@Suite struct LiveTraceTests {
    private static let checkpoint = Checkpoint(
        digestVersion: 2, stages: [Digest64(1), Digest64(0), Digest64(.max)], levels: [Digest64(7)],
        frame: Digest128(high: 1, low: 2))
    private static let engine = Engine(
        name: "e 1.0 \"x\"", stages: ["input", "späte Stufe"], hasOwnVoxels: true)

    /// A live run with everything in it.
    static var frames: [FrameInput] {
        var frames = TraceSamples.plain(7..<12)
        frames[0].events.append(.engine(engine))
        for index in frames.indices {
            frames[index].castResults = []
            frames[index].storeReplies = []
        }
        frames[1].castResults = [5, 3, .max, 0, 1 << 63, 4]
        frames[1].checkpoint = checkpoint
        frames[2].storeReplies = [
            StoreArrival(request: 9, reply: .absent), StoreArrival(request: 0, reply: .damaged),
            StoreArrival(request: .max, reply: .index(StoreSamples.contents.index)),
            StoreArrival(request: 3, reply: .region(RegionContent())),
        ]
        var work = EngineWork()
        work.outcomes = [1, 4]
        work.payloads = [.max, 0]
        work.claimed = [8, 1, 30]
        work.claimStages = [0, 2, 63]
        work.accepted = [2]
        work.refused = [3, 3]
        work.solid = [.max]
        frames[3].castResults = [20, 21]
        frames[3].engineWork = work
        frames[3].camera.selectionPosition = WorldPoint(1, -2, 3)
        frames[4].snapshot = RecordedSnapshot(format: "f", state: [1, 2, 0, 255])
        frames[4].missedFrames = 3
        frames[4].frame += 3
        frames[4].checkpoint = Checkpoint(digestVersion: .max, stages: [])
        return frames
    }

    @Test func whatIsWrittenIsReadAndWrittenAgainTheSame() throws {
        let bytes = try TraceSamples.bytes(Self.frames)
        let reader = TraceReader(bytes)
        #expect(try reader.allFrames() == Self.frames)
        #expect(try Trace.finalize(reader) == bytes)
        #expect(Trace.canonicity(of: reader) == .canonical)
        let index = try reader.index()
        #expect(try index.snapshots() == [14])
        for frame in Self.frames.dropLast() { #expect(try index.frame(at: Int64(frame.frame)) == frame) }
        #expect(try index.frames(in: 8...14) == Array(Self.frames.dropFirst()))
        let info = try Trace.info(reader)
        #expect(info.isLive && info.checkpoints == 2 && info.snapshots == 1 && info.gaps == 1)
        #expect(info.missedFrames == 3 && info.engines == [Self.engine])
        var lines: [String] = []
        try Trace.cat(reader) { lines.append($0) }
        for word in [
            "\"completed\":[5,-2,", "\"has_own_voxels\":true", "\"missed_frames\":3", "\"state_bytes\":4",
        ] {
            #expect(lines.contains { $0.contains(word) }, "\(word)")
        }
    }

    @Test func aRecordingOfItInAnyLayoutIsTheSameTrace() throws {
        let bytes = try TraceSamples.bytes(Self.frames)
        for framesPerFlush in 1...5 {
            var writer = try TraceWriter(MemorySink(), layout: .recording(framesPerFlush: framesPerFlush))
            for frame in Self.frames { try writer.write(frame) }
            let torn = writer.sink.bytes
            try writer.finish()
            #expect(try Trace.finalize(TraceReader(writer.sink.bytes)) == bytes)
            // Killed before its end: all whole chunks.
            let whole = Self.frames.count / framesPerFlush * framesPerFlush
            let recovery = try Trace.recover(TraceReader(torn))
            #expect(recovery.frameCount == Int64(whole))
            let recovered = try recovery.write(to: MemorySink()).bytes
            #expect(try TraceReader(recovered).allFrames() == Array(Self.frames.prefix(whole)))
        }
    }

    @Test func modelledTracesHaveTheThreeChannelsOnly() throws {
        let bytes = try TraceSamples.bytes(TraceSamples.plain(0..<3))
        var topics: [String] = []
        for item in try MCAPStreamReader.items(of: MCAPBytes(bytes)) {
            if case .channel(let channel) = item.record, !topics.contains(channel.topic) {
                topics.append(channel.topic)
            }
        }
        #expect(topics == ["/config", "/frame", "/event"])
    }

    // MARK: What is wrong

    private func error(_ change: (inout [FrameInput]) -> Void) -> TraceError? {
        var frames = Self.frames
        change(&frames)
        do {
            _ = try TraceSamples.bytes(frames)
            return nil
        } catch {
            return error as? TraceError
        }
    }

    @Test func framesThatCannotStandThereAreNotWritten() {
        #expect(error { _ in } == nil)
        #expect(error { $0[2].castResults = nil } == .mixedPace(frame: 9, isLive: true))
        #expect(
            error {
                $0[2].castResults = nil
                $0[2].storeReplies = nil
            } == .mixedPace(frame: 9, isLive: false))
        #expect(
            error { $0[1].storeReplies = [StoreArrival(request: 4)] }
                == .missingField(field: "the reply to request 4 of the store", frame: 8))
        #expect(error { $0[4].missedFrames = 2 } == .frameGap(expected: 13, found: 14))
        #expect(error { $0[4].missedFrames = 4 } == .frameGap(expected: 15, found: 14))
        let long = String(repeating: "n", count: 201)
        let range = TraceError.outOfRange(
            field: "the name of the engine", value: "201 bytes", allowed: "1...200 bytes", frame: 7)
        #expect(error { $0[0].events[1] = .engine(Engine(name: long)) } == range)
        let twice = TraceError.outOfRange(
            field: "the name of a stage", value: "a twice", allowed: "once", frame: 7)
        #expect(error { $0[0].events[1] = .engine(Engine(name: "e", stages: ["a", "a"])) } == twice)
        let many = TraceError.tooMany(what: "stages of a checkpoint", count: 65, limit: 64, frame: 8)
        #expect(error { $0[1].checkpoint?.stages = Array(repeating: Digest64(0), count: 65) } == many)
        let format = TraceError.outOfRange(
            field: "the format of a snapshot", value: "0 bytes", allowed: "1...64 bytes", frame: 14)
        #expect(error { $0[4].snapshot?.format = "" } == format)
        #expect(
            error { $0[3].camera.selectionPosition?.y = .nan }
                == .notFinite(field: "selection_position.y", value: "nan", frame: 10))
        #expect(error { $0[0].events.removeFirst() } == .noSessionStart(frame: 7))
        #expect(
            error {
                $0[0].events.removeFirst()
                $0[0].snapshot = RecordedSnapshot(state: [])
            } == nil)
    }

    /// The error of a trace one of whose messages is changed after it was written.
    private func error<Content: Message>(
        _ topic: TraceTopic, frame: UInt32, _ change: (inout Content) -> Void
    ) throws -> TraceError? {
        var raw = try RawTrace(Self.frames)
        let place = try #require(
            raw.messages.firstIndex { $0.channelID == topic.id && $0.sequence == frame })
        var message = try Content(serializedBytes: raw.messages[place].data)
        change(&message)
        raw.messages[place].data = try message.serializedBytes()
        return try raw.error()
    }

    @Test func messagesThatCannotBeAreRefused() throws {
        func work(_ frame: UInt32, _ change: (inout MessageWork) -> Void) throws -> TraceError? {
            try error(.work, frame: frame, change)
        }
        func range(_ field: String, _ value: String, _ allowed: String, _ frame: UInt32) -> TraceError {
            .outOfRange(field: field, value: value, allowed: allowed, frame: frame)
        }
        #expect(try work(10) { _ in } == nil)
        #expect(try work(10) { $0.outcomes = [1] } == range("number of outcomes", "1", "none or 2", 10))
        #expect(
            try work(10) { $0.payloads = [1, 2, 3] } == range("number of payloads", "3", "none or 2", 10))
        #expect(
            try work(10) { $0.claimStages = [1] } == range("number of claim_stages", "1", "none or 3", 10))
        #expect(try work(10) { $0.outcomes = [1, 5] } == range("an outcome", "5", "0...4", 10))
        let limit = TraceFormat.maximumRequestsPerFrame
        #expect(
            try work(10) { $0.solid = Array(repeating: 1, count: limit + 1) }
                == .tooMany(what: "solid", count: limit + 1, limit: limit, frame: 10))
        #expect(
            try work(9) { $0.storeReplies[0].reply = nil }
                == .missingField(field: "the reply to request 9 of the store", frame: 9))
        #expect(
            try work(9) { $0.storeReplies[3].region = Data([1, 2, 3]) }
                == range(
                    "the region of the reply to request 3", "3 bytes",
                    "cells of 60 bytes, as a run writes them", 9))
        #expect(
            try work(9) { $0.storeReplies[2].index.clock = -1 }
                == range(
                    "index of the store of the reply to request \(UInt64.max)", "its clock is -1",
                    "what a store gives", 9))
        #expect(
            try error(.checkpoint, frame: 8) { (message: inout MessageCheckpoint) in
                message.digest = Data([1])
            }
                == range("the digest of a checkpoint", "1 bytes", "none or 16", 8))
        #expect(
            try error(.checkpoint, frame: 8) { (message: inout MessageCheckpoint) in message.frame = 9 }
                == .sequence(topic: "/checkpoint", expected: 9, found: 8, offset: offset(of: .checkpoint)))
        #expect(
            try error(.frame, frame: 14) { (message: inout MessageFrame) in message.missedFrames = 15 }
                == range("missed_frames", "15", "0...14, the frames that there were before", 14))
    }

    /// The offset of the first message on a channel, whatever it is; errors of places name it.
    private func offset(of topic: TraceTopic) throws -> UInt64 {
        let raw = try RawTrace(Self.frames)
        for item in try MCAPStreamReader.items(of: MCAPBytes(raw.bytes())) {
            if case .message(let message) = item.record, message.channelID == topic.id { return item.offset }
        }
        return 0
    }

    @Test(arguments: [TraceTopic.work, .checkpoint, .snapshot])
    func aSecondMessageOfAFrameIsRefused(topic: TraceTopic) throws {
        var raw = try RawTrace(Self.frames)
        let place = try #require(raw.messages.lastIndex { $0.channelID == topic.id })
        raw.messages.insert(raw.messages[place], at: place)
        guard case .messageRepeated(topic.rawValue, raw.messages[place].sequence, _)? = try raw.error() else {
            Issue.record("\(String(describing: try raw.error()))")
            return
        }
    }

    @Test func unknownFieldsAreNotKept() throws {
        var raw = try RawTrace(Self.frames)
        let place = try #require(raw.messages.firstIndex { $0.channelID == TraceTopic.work.id })
        raw.messages[place].data += [0xF8, 0x07, 1]
        #expect(try raw.error() == nil)
        let reader = try TraceReader(raw.bytes())
        #expect(throws: TraceError.self) { try Trace.finalize(reader) }
    }

    @Test func aWorkMessageInAModelledRunSaysNothingOfItsPace() throws {
        var frames = TraceSamples.plain(0..<3)
        var work = EngineWork()
        work.claimed = [4]
        frames[1].engineWork = work
        #expect(try TraceReader(TraceSamples.bytes(frames)).allFrames() == frames)
    }
}
