import Testing

@testable import Recording

@Suite("Container indexed reading")
struct ContainerIndexTests {
    /// Every range of times over some files, with and without message indexes, against a filter over all messages.
    @Test("A query gives what a filter over all messages gives", arguments: [true, false])
    func queries(messageIndex: Bool) throws {
        let file = try Sample.file(
            frames: 12, framesPerChunk: 4, options: MCAPWriterOptions(messageIndex: messageIndex))
        let reader = try MCAPIndexedReader(MCAPBytes(file))
        let all = Sample.messages(frames: 12)
        for first in stride(from: UInt64(90), through: 230, by: 5) {
            for last in stride(from: first, through: 230, by: 5) {
                for channels in [nil, [], [1], [2], [1, 2], [7]] as [Set<UInt16>?] {
                    var cursor = reader.messages(of: channels, in: first...last)
                    let expected = all.filter {
                        (first...last).contains($0.logTime) && channels?.contains($0.channelID) ?? true
                    }
                    #expect(try cursor.all().map(\.message) == expected)
                }
            }
        }
        #expect(reader.channelIDs(ofTopics: ["/event", "/none"]) == [2])
    }

    @Test("Chunks that overlap in time, or come in any order, give messages by time, then by place")
    func overlap() throws {
        let batches: [[UInt64]] = [[50, 60], [10, 55, 20], [], [60, 60], [5], [200, 100], [60], [0]]
        var writer = try MCAPWriter(MemorySink(), header: .init(profile: "", library: ""))
        try writer.write(Sample.channels[1])
        var sequence: UInt32 = 0
        for batch in batches {
            for time in batch {
                try writer.write(
                    MCAPMessage(channelID: 2, sequence: sequence, logTime: time, publishTime: 0, data: []))
                sequence += 1
            }
            try writer.closeChunk()
        }
        try writer.finish()
        let reader = try MCAPIndexedReader(MCAPBytes(writer.sink.bytes))
        let all = Sample.messages(try Sample.items(writer.sink.bytes))
        for first in [0, 5, 10, 20, 55, 56, 60, 61, 200] as [UInt64] {
            for last in [first, 60, 150, UInt64.max] where last >= first {
                var cursor = reader.messages(in: first...last)
                let expected = all.filter { (first...last).contains($0.logTime) }.sorted {
                    ($0.logTime, $0.sequence) < ($1.logTime, $1.sequence)
                }
                #expect(try cursor.all().map(\.message) == expected)
            }
        }
    }

    @Test("A query does not touch chunks that it has no business with")
    func untouched() throws {
        var file = try Sample.file(frames: 6, framesPerChunk: 2)
        let chunks = try MCAPIndexedReader(MCAPBytes(file)).chunkIndexes
        file[Int(chunks[1].chunkStartOffset) + MCAPChunk.prefixSize + 20] ^= 1
        let reader = try MCAPIndexedReader(MCAPBytes(file))
        var before = reader.messages(in: 0...110)
        #expect(try before.all().count == 3)
        var within = reader.messages(in: 0...120)
        #expect(throws: MCAPError.self) { try within.all() }
    }

    /// A file with one message of each of two channels, whose first index says `entry` of channel 1.
    private func file(indexEntry entry: MCAPMessageIndex.Entry, channelID: UInt16 = 1) throws -> [UInt8] {
        let options = MCAPWriterOptions(summaryOffsets: false, checksums: false)
        var file = try Sample.file(frames: 1, options: options)
        let reader = try MCAPIndexedReader(MCAPBytes(file))
        let offset = Int(try #require(reader.chunkIndexes[0].messageIndexOffsets[1]))
        let record = MCAPRecord.messageIndex(.init(channelID: channelID, entries: [entry]))
        let encoded = try #require(try record.encoded())
        file.replaceSubrange(offset..<offset + encoded.count, with: encoded)
        return file
    }

    @Test("An index entry must point at a message of its channel and time")
    func lyingEntries() throws {
        let good = try Sample.file(frames: 1)
        let bytes = MCAPBytes(good)
        let items = try MCAPStreamReader.items(of: bytes)
        let chunk = try #require(items.first { $0.record.opcode == .chunk })
        let messages = items.filter { $0.record.opcode == .message }
        let offsets = messages.map { $0.offset - chunk.offset - UInt64(MCAPChunk.prefixSize) }
        func outcome(_ entry: MCAPMessageIndex.Entry, channelID: UInt16 = 1) throws -> Int {
            let bytes = MCAPBytes(try file(indexEntry: entry, channelID: channelID))
            var cursor = try MCAPIndexedReader(bytes).messages()
            return try cursor.all().count
        }
        #expect(try outcome(.init(logTime: 100, offset: offsets[0])) == 2)
        for entry in [
            (101, offsets[0]), (100, offsets[1]), (100, offsets[0] + 1), (100, 0), (100, UInt64.max),
        ] as [(UInt64, UInt64)] {
            #expect(throws: MCAPError.self) { try outcome(.init(logTime: entry.0, offset: entry.1)) }
        }
        #expect(throws: MCAPError.self) {
            try outcome(.init(logTime: 100, offset: offsets[0]), channelID: 2)
        }
    }

    @Test("A file without chunk indexes says that it cannot be searched")
    func notIndexed() throws {
        let file = try Sample.file(options: .plain)
        let footer = UInt64(file.count - 37)
        #expect(throws: MCAPError.notIndexed(offset: footer)) { try MCAPIndexedReader(MCAPBytes(file)) }
    }
}
