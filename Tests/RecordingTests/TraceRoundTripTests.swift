import Recording
import Streaming
import Testing
import Topology

@Suite struct TraceRoundTripTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func whatIsWrittenIsRead(seed: UInt64) throws {
        let frames = TraceSamples.frames(count: 300, seed: seed, firstFrame: Int32(seed - 1) * 1000)
        let reader = TraceReader(try TraceSamples.bytes(frames))
        #expect(try reader.allFrames() == frames, "seed \(seed)")
    }

    @Test(arguments: [1, 255, 256, 257, 512, 700])
    func streamedAndIndexedReadingAgree(count: Int) throws {
        let seed: UInt64 = 11
        let frames = TraceSamples.frames(count: count, seed: seed, firstFrame: 5)
        let reader = TraceReader(try TraceSamples.bytes(frames))
        let index = try reader.index()
        #expect(index.first == 5 && index.last == UInt32(count + 4))
        for frame in frames {
            #expect(try index.frame(at: Int64(frame.frame)) == frame, "seed \(seed), frame \(frame.frame)")
        }
        let range = Int64(5 + count / 3)...Int64(5 + count * 2 / 3)
        guard range.upperBound <= Int64(index.last) else { return }
        #expect(
            try index.frames(in: range)
                == frames.filter { range.contains(Int64($0.frame)) })
    }

    @Test func theSameFramesGiveTheSameBytes() throws {
        let frames = TraceSamples.frames(count: 600, seed: 3)
        #expect(try TraceSamples.bytes(frames) == TraceSamples.bytes(frames))
    }

    @Test func negativeZeroIsWrittenAsZero() throws {
        var positive = TraceSamples.plain(0..<1)
        positive[0].camera.position = WorldPoint(0, 0, 0)
        positive[0].events.append(
            .invalidate(WorldBox(lower: WorldPoint(0, 0, 0), upper: WorldPoint(1, 1, 1))))
        var negative = positive
        negative[0].camera.position = WorldPoint(-0.0, -0.0, -0.0)
        negative[0].camera.fieldOfView = -0.0
        negative[0].events[1] = .invalidate(
            WorldBox(lower: WorldPoint(-0.0, 0, -0.0), upper: WorldPoint(1, 1, 1)))
        #expect(try TraceSamples.bytes(negative) == TraceSamples.bytes(positive))
    }

    @Test func aConfigurationIsWrittenForEachEventThatCarriesOne() throws {
        var frames = TraceSamples.plain(0..<3)
        frames[1].events = [.configure(.classic), .configure(.classic)]
        let raw = try RawTrace(frames)
        #expect(raw.messages.filter { $0.channelID == TraceTopic.configuration.id }.count == 3)
        // Configurations, then events, then the frame.
        #expect(raw.messages.map(\.channelID) == [1, 3, 2, 1, 1, 3, 3, 2, 2])
    }

    @Test func schemasCanBeDecodedByViewers() {
        // A FileDescriptorSet begins with field 1, length-delimited, and contains the names of its messages.
        for topic in TraceTopic.allCases {
            let data = topic.schemaData
            #expect(data.first == 0x0A)
            let name = Array(topic.schemaName.split(separator: ".").last.map(String.init)?.utf8 ?? "".utf8)
            #expect(data.indices.contains { data[$0...].starts(with: name) })
        }
    }
}
