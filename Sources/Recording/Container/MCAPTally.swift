/// What has been met of a file so far: its definitions, and the counts that its statistics state.
///
/// Writer and readers keep the same one, so that they cannot count differently.
struct MCAPTally {
    private(set) var schemas: [UInt16: MCAPSchema] = [:]
    private(set) var channels: [UInt16: MCAPChannel] = [:]
    private var counts = MCAPStatistics()

    /// Takes a schema; the same one again is welcome.
    ///
    /// - Returns: whether it is new.
    @discardableResult
    mutating func add(_ schema: MCAPSchema, at offset: UInt64) throws(MCAPError) -> Bool {
        guard schema.id != 0 else { throw .reservedSchemaID(offset: offset) }
        guard let earlier = schemas.updateValue(schema, forKey: schema.id) else { return true }
        guard try identical(earlier, schema) else {
            throw .conflictingDefinition(opcode: MCAPOpcode.schema.rawValue, id: schema.id, offset: offset)
        }
        return false
    }

    /// Takes a channel; the same one again is welcome.
    ///
    /// - Returns: whether it is new.
    @discardableResult
    mutating func add(_ channel: MCAPChannel, at offset: UInt64) throws(MCAPError) -> Bool {
        guard channel.schemaID == 0 || schemas[channel.schemaID] != nil else {
            throw .unknownSchema(id: channel.schemaID, channel: channel.id, offset: offset)
        }
        guard let earlier = channels.updateValue(channel, forKey: channel.id) else { return true }
        guard try identical(earlier, channel) else {
            throw .conflictingDefinition(opcode: MCAPOpcode.channel.rawValue, id: channel.id, offset: offset)
        }
        return false
    }

    func requireChannel(_ id: UInt16, at offset: UInt64) throws(MCAPError) {
        guard channels[id] != nil else { throw .unknownChannel(id: id, offset: offset) }
    }

    mutating func countMessage(_ channelID: UInt16, logTime: UInt64) {
        let isFirst = counts.messageCount == 0
        counts.messageStartTime = isFirst ? logTime : min(counts.messageStartTime, logTime)
        counts.messageEndTime = isFirst ? logTime : max(counts.messageEndTime, logTime)
        counts.messageCount += 1
        counts.channelMessageCounts[channelID, default: 0] += 1
    }

    mutating func countChunk() { counts.chunkCount += 1 }
    mutating func countAttachment() { counts.attachmentCount += 1 }
    mutating func countMetadata() { counts.metadataCount += 1 }

    /// The statistics of what has been met.
    var statistics: MCAPStatistics {
        var statistics = counts
        statistics.schemaCount = UInt16(schemas.count)
        statistics.channelCount = UInt32(channels.count)
        return statistics
    }

    /// Compares what a file says of itself with what has been met of it.
    func verify(_ stated: MCAPStatistics, at offset: UInt64) throws(MCAPError) {
        let met = statistics
        let pairs: [(String, UInt64, UInt64)] = [
            ("message_count", met.messageCount, stated.messageCount),
            ("schema_count", UInt64(met.schemaCount), UInt64(stated.schemaCount)),
            ("channel_count", UInt64(met.channelCount), UInt64(stated.channelCount)),
            ("attachment_count", UInt64(met.attachmentCount), UInt64(stated.attachmentCount)),
            ("metadata_count", UInt64(met.metadataCount), UInt64(stated.metadataCount)),
            ("chunk_count", UInt64(met.chunkCount), UInt64(stated.chunkCount)),
            ("message_start_time", met.messageStartTime, stated.messageStartTime),
            ("message_end_time", met.messageEndTime, stated.messageEndTime),
        ]
        for (field, expected, found) in pairs where expected != found {
            throw .inconsistent(
                reading: "Statistics.\(field)", offset: offset, expected: expected, found: found)
        }
        guard !stated.channelMessageCounts.isEmpty else { return }
        for id in Set(met.channelMessageCounts.keys).union(stated.channelMessageCounts.keys).sorted() {
            let expected = met.channelMessageCounts[id] ?? 0
            let found = stated.channelMessageCounts[id] ?? 0
            guard expected == found else {
                throw .inconsistent(
                    reading: "Statistics.channel_message_counts of channel \(id)", offset: offset,
                    expected: expected, found: found)
            }
        }
    }

    /// Compared as bytes, because strings are equal that are not written alike.
    private func identical<Record: MCAPRecordContent>(_ a: Record, _ b: Record) throws(MCAPError) -> Bool {
        var encoded = (MCAPEncoder(), MCAPEncoder())
        try encoded.0.append(record: a)
        try encoded.1.append(record: b)
        return encoded.0.bytes == encoded.1.bytes
    }
}
