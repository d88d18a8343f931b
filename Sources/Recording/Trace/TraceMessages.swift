/// What a trace holds beside its frames. Tolerated in reading; a canonical file has none of it.
package struct TraceExtras: Equatable, Sendable {
    /// The topics of channels that are not read, ascending.
    package var otherChannels: [String] = []
    /// Messages with fields that this version does not know.
    package var messagesWithUnknownFields: UInt64 = 0
    package var attachments: UInt64 = 0
    package var metadataRecords: UInt64 = 0
    /// Records of unknown opcodes.
    package var skippedRecords: UInt64 = 0

    package init() {}
}

/// The messages of a trace in the order of the file, from end to end, with the container's own checks.
struct TraceMessages {
    private var reader: MCAPStreamReader
    private(set) var channels = TraceChannels()
    private var counts = TraceExtras()
    /// Whether what a canonical file cannot keep is an error.
    private let isStrict: Bool

    init(_ bytes: MCAPBytes, isStrict: Bool) {
        reader = MCAPStreamReader(bytes)
        self.isStrict = isStrict
    }

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
            case .schema(let schema): channels.add(schema)
            case .channel(let channel):
                if try !channels.add(channel), isStrict {
                    throw .notCanonicalizable(what: "the channel \(channel.topic)", offset: item.offset)
                }
            case .message(let message):
                guard let topic = channels[message.channelID] else { continue }
                let decoded = try TraceMessage(message, topic: topic, offset: item.offset)
                if decoded.unknownBytes > 0 {
                    counts.messagesWithUnknownFields += 1
                    try refuse("a message on \(topic.rawValue) with unknown fields", item)
                }
                return decoded
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

    private mutating func nextItem() throws(TraceError) -> MCAPItem? {
        let item: MCAPItem?
        do {
            item = try reader.next()
        } catch {
            throw .container(error)
        }
        if isStrict, reader.skipped.count > 0 {
            throw .notCanonicalizable(
                what: "a record of opcode \(reader.skipped.firstOpcode ?? 0)",
                offset: reader.skipped.firstOffset)
        }
        return item
    }

    private func refuse(_ what: String, _ item: MCAPItem) throws(TraceError) {
        if isStrict { throw .notCanonicalizable(what: what, offset: item.offset) }
    }
}
