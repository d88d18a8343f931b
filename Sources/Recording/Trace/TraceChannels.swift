/// Which channel of a file is which of the format's.
struct TraceChannels: Sendable {
    private var schemas: [UInt16: MCAPSchema] = [:]
    private var topics: [UInt16: TraceTopic] = [:]
    /// The topics of channels that are not read, by their ids.
    private(set) var others: [UInt16: String] = [:]

    subscript(id: UInt16) -> TraceTopic? { topics[id] }

    mutating func add(_ schema: MCAPSchema) { schemas[schema.id] = schema }

    /// - Returns: whether it is one of the format's.
    @discardableResult
    mutating func add(_ channel: MCAPChannel) throws(TraceError) -> Bool {
        guard let topic = TraceTopic(rawValue: channel.topic) else {
            others[channel.id] = channel.topic
            return false
        }
        guard topics[channel.id] == nil else { return true }
        // Order: at most one channel has the topic.
        if let first = topics.first(where: { $0.value == topic })?.key {
            throw .duplicateChannel(topic: channel.topic, first: first, second: channel.id)
        }
        let schema = schemas[channel.schemaID]
        guard let schema, schema.name == topic.schemaName else {
            throw .channelSchema(
                topic: channel.topic, expected: topic.schemaName, found: schema?.name ?? "no schema")
        }
        for encoding in [channel.messageEncoding, schema.encoding] where encoding != TraceFormat.encoding {
            throw .channelEncoding(
                topic: channel.topic, expected: TraceFormat.encoding, found: encoding)
        }
        topics[channel.id] = topic
        return true
    }

    /// Every channel that a trace has to have has been defined.
    func requireAll() throws(TraceError) {
        for topic in TraceTopic.required where !topics.values.contains(topic) {
            throw .missingChannel(topic: topic.rawValue)
        }
    }
}
