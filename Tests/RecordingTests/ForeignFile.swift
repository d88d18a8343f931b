import Streaming

@testable import Recording

/// A trace as another program might have written it.
struct ForeignFile {
    var header = MCAPHeader(profile: "", library: "another recorder")
    var options = MCAPWriterOptions.complete
    var messages: [MCAPMessage]
    var messagesPerChunk: Int
    /// Whether the file has its summary.
    var isFinished = true
    private var hasForeignContent = false

    init(_ frames: [FrameInput], messagesPerChunk: Int) throws {
        messages = try RawTrace(frames).messages
        self.messagesPerChunk = messagesPerChunk
    }

    mutating func addForeignContent() { hasForeignContent = true }

    /// What ``addForeignContent()`` adds.
    static var extras: TraceExtras {
        var extras = TraceExtras()
        extras.otherChannels = ["/camera", "/other"]
        extras.otherMessages = 2
        extras.attachments = 1
        extras.metadataRecords = 2
        return extras
    }

    func bytes() throws -> [UInt8] {
        var writer = try MCAPWriter(MemorySink(), header: header, options: options)
        for topic in TraceTopic.allCases { try writer.write(topic.schema) }
        for topic in TraceTopic.allCases { try writer.write(topic.channel) }
        if hasForeignContent { try writeForeignContent(&writer) }
        for (index, message) in messages.enumerated() {
            try writer.write(message)
            if (index + 1).isMultiple(of: messagesPerChunk) { try writer.closeChunk() }
        }
        if isFinished { try writer.finish() } else { try writer.closeChunk() }
        return writer.sink.bytes
    }

    private func writeForeignContent(_ writer: inout MCAPWriter<MemorySink>) throws {
        for (id, topic) in [(9, "/other"), (8, "/camera")] as [(UInt16, String)] {
            try writer.write(MCAPChannel(id: id, schemaID: 0, topic: topic, messageEncoding: "json"))
            try writer.write(
                MCAPMessage(channelID: id, sequence: 3, logTime: 0, publishTime: 0, data: [1, 2]))
        }
        try writer.write(
            MCAPAttachment(logTime: 0, createTime: 0, name: "a", mediaType: "text/plain", data: [3]))
        for name in ["m", "n"] { try writer.write(MCAPMetadata(name: name, metadata: ["k": "v"])) }
    }

    /// The messages of a file that may have no end.
    static func messageItems(_ bytes: [UInt8]) -> [MCAPItem] {
        var reader = MCAPStreamReader(MCAPBytes(bytes))
        var items: [MCAPItem] = []
        while let item = try? reader.next() {
            if item.record.opcode == .message { items.append(item) }
        }
        return items
    }
}
