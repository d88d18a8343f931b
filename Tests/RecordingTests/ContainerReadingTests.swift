import Testing

@testable import Recording

@Suite("Container reading and writing")
struct ContainerReadingTests {
    @Test("What is written to several chunks is read back in order, with its places")
    func roundTrip() throws {
        let file = try Sample.file(frames: 7, framesPerChunk: 3)
        let items = try Sample.items(file)
        #expect(Sample.messages(items) == Sample.messages(frames: 7))
        let chunks = items.filter { $0.record.opcode == .chunk }.map(\.offset)
        #expect(chunks.count == 3)
        for item in items {
            #expect(file[Int(item.offset)] == item.record.opcode.rawValue)
            #expect(item.chunk.map(chunks.contains) ?? true)
            let isBatched = item.record.opcode == .message
            #expect(!isBatched || item.chunk != nil)
        }
    }

    @Test("The same calls give the same bytes, whatever order a dictionary has")
    func canonical() throws {
        let first = try Sample.file()
        for _ in 0..<20 { #expect(try Sample.file() == first) }
    }

    @Test("Every combination of options gives a file that is read back")
    func options() throws {
        for bits in 0..<1 << 10 {
            func bit(_ n: Int) -> Bool { bits >> n & 1 == 1 }
            let options = MCAPWriterOptions(
                chunks: bit(0), messageIndex: bit(1), chunkIndex: bit(2), statistics: bit(3),
                repeatedSchemas: bit(4), repeatedChannels: bit(5), attachmentIndex: bit(6),
                metadataIndex: bit(7), summaryOffsets: bit(8), checksums: bit(9))
            let file = try Sample.file(frames: 4, options: options)
            #expect(Sample.messages(try Sample.items(file)) == Sample.messages(frames: 4), "options \(bits)")
            if options.chunks, options.chunkIndex {
                let reader = try MCAPIndexedReader(MCAPBytes(file))
                var cursor = reader.messages()
                let messages = try cursor.all().map(\.message)
                #expect(messages == Sample.messages(frames: 4), "options \(bits)")
            }
        }
    }

    @Test("A writer refuses what the format forbids, and writes nothing of it")
    func refusals() throws {
        var writer = try MCAPWriter(MemorySink(), header: .init(profile: "", library: ""))
        #expect(throws: MCAPError.reservedSchemaID(offset: 25)) {
            try writer.write(MCAPSchema(id: 0, name: "", encoding: "", data: []))
        }
        let channel = Sample.channels[0]
        #expect(throws: MCAPError.unknownSchema(id: 1, channel: 1, offset: 25)) { try writer.write(channel) }
        #expect(throws: MCAPError.unknownChannel(id: 1, offset: 25)) {
            try writer.write(Sample.messages(frames: 1)[0])
        }
        #expect(writer.openChunkSize == 0)
        try writer.write(Sample.schema)
        let size = writer.openChunkSize
        try writer.write(Sample.schema)
        var other = Sample.schema
        other.name = "Other"
        #expect(throws: MCAPError.conflictingDefinition(opcode: 3, id: 1, offset: 25)) {
            try writer.write(other)
        }
        #expect(writer.openChunkSize == size)
        try writer.finish()
        #expect(try Sample.items(writer.sink.bytes).filter { $0.record.opcode == .schema }.count == 2)
    }

    @Test("Opcodes that are not known are skipped and counted, within chunks and outside")
    func unknownOpcodes() throws {
        var file = RawFile()
        file.append(0x80, [1, 2, 3])
        let channel = try #require(try MCAPRecord.channel(Sample.channels[1]).encoded())
        let message = RawFile.record(0x05, RawFile.little(UInt16(2)) + [UInt8](repeating: 0, count: 20))
        file.append(
            0x06, RawFile.chunk(RawFile.record(0xFF, []) + channel + RawFile.record(0x10, [7]) + message))
        file.end()
        var reader = MCAPStreamReader(MCAPBytes(file.bytes))
        var opcodes: [MCAPOpcode] = []
        while let item = try reader.next() { opcodes.append(item.record.opcode) }
        #expect(opcodes == [.header, .chunk, .channel, .message, .dataEnd, .footer])
        #expect(reader.skipped == MCAPSkipped(count: 3, firstOpcode: 0x80, firstOffset: 25))
        #expect(reader.intactEnd == UInt64(file.bytes.count))
        #expect(!MCAPOpcode.isKnown(0x80) && MCAPOpcode.isKnown(0x0F) && !MCAPOpcode.isKnown(0))
    }

    @Test("Bytes after the known fields of a record are ignored, those of a message are its data")
    func padding() throws {
        var file = RawFile()
        func padded(_ record: MCAPRecord) throws -> [UInt8] {
            let encoded = try #require(try record.encoded())
            return RawFile.record(encoded[0], Array(encoded.dropFirst(9)) + [0xAA, 0xBB, 0xCC])
        }
        let message = Sample.messages(frames: 1)[0]
        let records = try padded(.schema(Sample.schema)) + padded(.channel(Sample.channels[0]))
        file.append(0x06, RawFile.chunk(records) + [9, 9])
        file.bytes += try padded(.metadata(MCAPMetadata(name: "n", metadata: [:])))
        file.bytes += try padded(.message(message))
        file.end()
        let items = try Sample.items(file.bytes)
        #expect(items.map(\.record.opcode).prefix(5) == [.header, .chunk, .schema, .channel, .metadata])
        #expect(items[2].record == .schema(Sample.schema))
        #expect(Sample.messages(items)[0].data == message.data + [0xAA, 0xBB, 0xCC])
    }

    @Test("Equal definitions may stand twice, different ones of an id may not")
    func duplicates() throws {
        var file = RawFile()
        try file.append(.schema(Sample.schema))
        try file.append(.schema(Sample.schema))
        try file.append(.channel(Sample.channels[0]))
        try file.append(.channel(Sample.channels[0]))
        var good = file
        good.end()
        #expect(try Sample.items(good.bytes).count == 7)
        var channel = Sample.channels[0]
        channel.metadata["a"] = "other"
        let offset = UInt64(file.bytes.count)
        try file.append(.channel(channel))
        #expect(throws: MCAPError.conflictingDefinition(opcode: 4, id: 1, offset: offset)) {
            try Sample.items(file.bytes)
        }
    }

    @Test("A schema of the id 0 is ignored")
    func schemaZero() throws {
        var file = RawFile()
        try file.append(.schema(MCAPSchema(id: 0, name: "n", encoding: "", data: [])))
        file.end()
        #expect(try Sample.items(file.bytes).map(\.record.opcode) == [.header, .dataEnd, .footer])
    }

    @Test("An attachment and metadata are found by index")
    func attachments() throws {
        let reader = try MCAPIndexedReader(MCAPBytes(try Sample.file()))
        let attachment = try reader.attachment(try #require(reader.attachmentIndexes.first))
        #expect(attachment.data == [1, 2, 3] && attachment.name == "n" && attachment.crc != 0)
        let metadata = try reader.metadata(try #require(reader.metadataIndexes.first))
        #expect(metadata == MCAPMetadata(name: "m", metadata: ["k": "v"]))
    }
}
