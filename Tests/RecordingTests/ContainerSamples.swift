import Testing

@testable import Recording

/// Files made for tests.
enum Sample {
    static let schema = MCAPSchema(id: 1, name: "Example", encoding: "c", data: [4, 5, 6])
    static let channels = [
        MCAPChannel(
            id: 1, schemaID: 1, topic: "/frame", messageEncoding: "a", metadata: ["b": "2", "a": "1"]),
        MCAPChannel(id: 2, schemaID: 0, topic: "/event", messageEncoding: "a"),
    ]

    /// A message on channel 1 for every frame, and one on channel 2 for every second.
    static func messages(frames: UInt64) -> [MCAPMessage] {
        (0..<frames).flatMap { frame in
            (frame.isMultiple(of: 2) ? [1, 2] : [1]).map { channel in
                MCAPMessage(
                    channelID: channel, sequence: UInt32(frame), logTime: 100 + frame * 10,
                    publishTime: frame, data: [UInt8(truncatingIfNeeded: frame), UInt8(channel)])
            }
        }
    }

    /// A file with a metadata record, an attachment, and a chunk for every `framesPerChunk` frames.
    static func file(
        frames: UInt64 = 6, framesPerChunk: UInt32 = 2, options: MCAPWriterOptions = .complete
    ) throws -> [UInt8] {
        var writer = try MCAPWriter(MemorySink(), header: .init(profile: "p", library: "l"), options: options)
        try writer.write(schema)
        for channel in channels { try writer.write(channel) }
        try writer.write(MCAPMetadata(name: "m", metadata: ["k": "v"]))
        for message in messages(frames: frames) {
            if message.channelID == 1, message.sequence.isMultiple(of: framesPerChunk), message.sequence > 0 {
                try writer.closeChunk()
            }
            try writer.write(message)
        }
        try writer.write(
            MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t", data: [1, 2, 3]))
        try writer.finish()
        #expect(UInt64(writer.sink.bytes.count) == writer.position)
        return writer.sink.bytes
    }

    static func items(_ file: [UInt8]) throws(MCAPError) -> [MCAPItem] {
        try MCAPStreamReader.items(of: MCAPBytes(file))
    }

    static func messages(_ items: [MCAPItem]) -> [MCAPMessage] {
        items.compactMap { item in
            if case .message(let message) = item.record { message } else { nil }
        }
    }

    /// What both readers make of some bytes; nil where one throws, and a trap or a hang where it should not.
    static func outcome(_ file: [UInt8]) -> (streamed: [MCAPItem]?, indexed: [MCAPIndexedMessage]?) {
        let bytes = MCAPBytes(file)
        let streamed = try? MCAPStreamReader.items(of: bytes)
        guard let reader = try? MCAPIndexedReader(bytes) else { return (streamed, nil) }
        for index in reader.attachmentIndexes { _ = try? reader.attachment(index) }
        for index in reader.metadataIndexes { _ = try? reader.metadata(index) }
        var cursor = reader.messages()
        return (streamed, try? cursor.all())
    }
}

/// A file built record by record, right or wrong.
struct RawFile {
    var bytes = MCAPFormat.magic

    init() { append(0x01, [UInt8](repeating: 0, count: 8)) }

    mutating func append(_ opcode: UInt8, _ content: [UInt8], length: UInt64? = nil) {
        bytes += RawFile.record(opcode, content, length: length)
    }

    mutating func append(_ record: MCAPRecord) throws { bytes += try #require(try record.encoded()) }

    /// Ends the file without a summary and without checksums.
    mutating func end() {
        append(0x0F, [0, 0, 0, 0])
        append(0x02, [UInt8](repeating: 0, count: 20))
        bytes += MCAPFormat.magic
    }

    static func record(_ opcode: UInt8, _ content: [UInt8], length: UInt64? = nil) -> [UInt8] {
        [opcode] + little(length ?? UInt64(content.count)) + content
    }

    /// A chunk around `records`.
    static func chunk(
        _ records: [UInt8], compression: String = "", size: UInt64? = nil, length: UInt64? = nil
    ) -> [UInt8] {
        little(UInt64(0)) + little(UInt64(0)) + little(size ?? UInt64(records.count)) + little(UInt32(0))
            + little(UInt32(compression.utf8.count)) + Array(compression.utf8)
            + little(length ?? UInt64(records.count)) + records
    }

    static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
