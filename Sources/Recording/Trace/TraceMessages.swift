/// The messages of a trace in the order of the file, from end to end, with the container's own checks.
struct TraceMessages {
    private var reader: MCAPStreamReader
    private(set) var channels = TraceChannels()
    /// The file's first record, once it has been met.
    private(set) var header: MCAPHeader?
    /// The last message of the format that was met, also one that could not be decoded: its sequence, and the file
    /// offset after its record.
    private(set) var last: (sequence: UInt32, end: UInt64)?
    private var counts = TraceExtras()
    /// The last chunk met, if it has a checksum.
    private var verifiedChunk: UInt64?
    private let foreign: ForeignContent

    init(_ bytes: MCAPBytes, foreign: ForeignContent) {
        reader = MCAPStreamReader(bytes)
        self.foreign = foreign
    }

    /// As in ``MCAPStreamReader``: where ends what is whole.
    var intactEnd: UInt64 { reader.intactEnd }

    /// Records skipped so far.
    var skippedCount: UInt64 { reader.skipped.count }

    /// What has been met so far beside the frames.
    var extras: TraceExtras {
        var extras = counts
        // Order: sorted.
        extras.otherChannels = channels.others.values.sorted()
        extras.skippedRecords = reader.skipped.count
        return extras
    }

    mutating func next() throws(TraceError) -> TraceMessage? {
        while true {
            guard let item = try nextItem() else {
                try channels.requireAll()
                return nil
            }
            switch item.record {
            case .header(let header): self.header = header
            case .chunk(let chunk): verifiedChunk = chunk.uncompressedCRC == 0 ? nil : item.offset
            case .schema(let schema): channels.add(schema)
            case .channel(let channel):
                if try !channels.add(channel) { try refuse("the channel \(channel.topic)", item) }
            case .message(let message):
                guard let topic = channels[message.channelID] else {
                    counts.otherMessages += 1
                    continue
                }
                return try decode(message, topic, item)
            case .attachment:
                counts.attachments += 1
                try refuse("an attachment", item)
            case .metadata:
                counts.metadataRecords += 1
                try refuse("a metadata record", item)
            default: break
            }
        }
    }

    private mutating func decode(
        _ message: MCAPMessage, _ topic: TraceTopic, _ item: MCAPItem
    ) throws(TraceError) -> TraceMessage {
        last = (message.sequence, item.offset + item.length)
        var decoded = try TraceMessage(message, topic: topic, offset: item.offset)
        decoded.verifiedChunk = item.chunk == verifiedChunk ? verifiedChunk : nil
        if decoded.unknownBytes > 0 {
            guard foreign == .tolerated else {
                throw .unknownFields(topic: topic.rawValue, frame: message.sequence, offset: item.offset)
            }
            counts.messagesWithUnknownFields += 1
        }
        return decoded
    }

    private mutating func nextItem() throws(TraceError) -> MCAPItem? {
        let item: MCAPItem?
        do {
            item = try reader.next()
        } catch {
            throw .container(error)
        }
        if foreign == .refused, reader.skipped.count > 0 {
            throw .notCanonicalizable(
                what: "a record of opcode \(reader.skipped.firstOpcode ?? 0)",
                offset: reader.skipped.firstOffset)
        }
        return item
    }

    private func refuse(_ what: String, _ item: MCAPItem) throws(TraceError) {
        if foreign == .refused { throw .notCanonicalizable(what: what, offset: item.offset) }
    }
}
