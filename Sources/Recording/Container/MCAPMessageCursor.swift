/// A message that an index has led to.
package struct MCAPIndexedMessage: Equatable, Sendable {
    /// The message.
    package let message: MCAPMessage
    /// File offset of its record.
    package let offset: UInt64
}

/// Yields the messages of a query one by one.
///
/// Chunks are read one at a time, those whose times overlap together; what is kept is a place for each message
/// of theirs. Chunks without a message of the channels or times asked for are not touched.
package struct MCAPMessageCursor: Sendable {
    private let reader: MCAPIndexedReader
    private let channelIDs: Set<UInt16>?
    private let times: ClosedRange<UInt64>
    private var nextChunk: Int
    private var places: [MCAPMessagePlace] = []
    private var nextPlace = 0

    init(
        reader: MCAPIndexedReader, channelIDs: Set<UInt16>?, times: ClosedRange<UInt64>, firstChunk: Int
    ) {
        self.reader = reader
        self.channelIDs = channelIDs
        self.times = times
        nextChunk = firstChunk
    }

    /// The next message; nil when there are no more.
    ///
    /// - Throws: ``MCAPError`` when a chunk is damaged or compressed, or an index does not say what stands there.
    package mutating func next() throws(MCAPError) -> MCAPIndexedMessage? {
        while nextPlace == places.count {
            guard try readGroup() else { return nil }
        }
        let place = places[nextPlace]
        nextPlace += 1
        let frame = try MCAPFrame(at: place.start, of: reader.bytes)
        guard case .message(let message)? = try MCAPRecord(frame, of: reader.bytes) else {
            throw frame.unexpected(in: .index)
        }
        return MCAPIndexedMessage(message: message, offset: UInt64(place.start))
    }

    /// Every message that is left.
    package mutating func all() throws(MCAPError) -> [MCAPIndexedMessage] {
        var messages: [MCAPIndexedMessage] = []
        while let message = try next() { messages.append(message) }
        return messages
    }

    /// Reads the next chunk and all that begin before the messages of it, and of each other, end.
    private mutating func readGroup() throws(MCAPError) -> Bool {
        places.removeAll(keepingCapacity: true)
        nextPlace = 0
        var groupEnd: UInt64?
        var lastOffset: UInt64 = 0
        while nextChunk < reader.chunkIndexes.count {
            let index = reader.chunkIndexes[nextChunk]
            if index.messageStartTime > times.upperBound { break }
            // Messages of one time are ordered by place, so that chunks which only touch stay apart.
            if let groupEnd, (index.messageStartTime, index.chunkStartOffset) > (groupEnd, lastOffset) {
                break
            }
            nextChunk += 1
            if index.messageEndTime < times.lowerBound { continue }
            groupEnd = max(groupEnd ?? 0, index.messageEndTime)
            lastOffset = max(lastOffset, index.chunkStartOffset)
            try append(index)
        }
        places.sort { ($0.logTime, $0.start) < ($1.logTime, $1.start) }
        return groupEnd != nil
    }

    private mutating func append(_ index: MCAPChunkIndex) throws(MCAPError) {
        if !index.messageIndexOffsets.isEmpty {
            let indexed = index.messageIndexOffsets.keys
            guard indexed.contains(where: isWanted) else { return }
        }
        let chunk = try MCAPIndexedChunk(index, of: reader)
        for place in chunk.places where isWanted(place.channelID) && times.contains(place.logTime) {
            places.append(place)
        }
    }

    private func isWanted(_ channelID: UInt16) -> Bool { channelIDs?.contains(channelID) ?? true }
}

/// Where a message stands.
struct MCAPMessagePlace: Equatable, Sendable {
    let channelID: UInt16
    let logTime: UInt64
    /// The position of its record.
    let start: Int
}

/// A chunk that has been compared with its checksum, its chunk index, and its message indexes.
struct MCAPIndexedChunk {
    /// Its messages, as they stand in it.
    private(set) var places: [MCAPMessagePlace] = []

    init(_ index: MCAPChunkIndex, of reader: MCAPIndexedReader) throws(MCAPError) {
        let frame = try reader.record(.chunk, at: index.chunkStartOffset, length: index.chunkLength)
        guard case .chunk(let chunk)? = try MCAPRecord(frame, of: reader.bytes) else {
            throw frame.unexpected(in: .index)
        }
        let records = try chunk.verifiedRecords(of: reader.bytes, start: frame.start)
        if let error = index.disagreement(with: chunk, at: frame) { throw error }
        try readPlaces(records, chunk, reader)
        guard !index.messageIndexOffsets.isEmpty else { return }
        try verifyMessageIndexes(index, base: records.lowerBound, reader)
    }

    private mutating func readPlaces(
        _ records: Range<Int>, _ chunk: MCAPChunk, _ reader: MCAPIndexedReader
    ) throws(MCAPError) {
        var position = records.lowerBound
        while position < records.upperBound {
            let frame = try MCAPFrame(at: position, of: reader.bytes, within: records.upperBound)
            position = frame.end
            guard let opcode = MCAPOpcode(rawValue: frame.opcode) else { continue }
            switch opcode {
            case .schema, .channel: continue
            case .message: break
            default: throw frame.unexpected(in: .chunk)
            }
            var cursor = MCAPCursor(frame, opcode: .message, of: reader.bytes)
            let channelID: UInt16 = try cursor.integer("channel_id")
            _ = try cursor.integer("sequence", as: UInt32.self)
            let logTime: UInt64 = try cursor.integer("log_time")
            guard reader.channels[channelID] != nil else {
                throw .unknownChannel(id: channelID, offset: UInt64(frame.start))
            }
            guard logTime >= chunk.messageStartTime, logTime <= chunk.messageEndTime else {
                throw .inconsistent(
                    reading: "Message.log_time against the times of its chunk", offset: UInt64(frame.start),
                    expected: min(max(logTime, chunk.messageStartTime), chunk.messageEndTime), found: logTime)
            }
            places.append(MCAPMessagePlace(channelID: channelID, logTime: logTime, start: frame.start))
        }
    }

    /// Every message must be in the index of its channel, and every entry of an index must be a message.
    private func verifyMessageIndexes(
        _ index: MCAPChunkIndex, base: Int, _ reader: MCAPIndexedReader
    ) throws(MCAPError) {
        var met: [UInt16: [UInt64: UInt64]] = [:]
        for place in places { met[place.channelID, default: [:]][UInt64(place.start - base)] = place.logTime }
        for (channelID, offset) in index.messageIndexOffsets.sorted(by: { $0.key < $1.key }) {
            let frame = try reader.record(.messageIndex, at: offset, length: nil)
            guard case .messageIndex(let messages)? = try MCAPRecord(frame, of: reader.bytes) else {
                throw frame.unexpected(in: .index)
            }
            try require(UInt64(channelID), messages.channelID, "channel_id", offset)
            var left = met.removeValue(forKey: channelID) ?? [:]
            try require(UInt64(left.count), messages.entries.count, "number of records", offset)
            for entry in messages.entries {
                guard let logTime = left.removeValue(forKey: entry.offset) else {
                    throw .unexpectedMessageIndexEntry(channelID, entry, offset)
                }
                try require(logTime, entry.logTime, "log_time", offset)
            }
        }
        if let channelID = met.keys.min() {
            throw .inconsistent(
                reading: "number of MessageIndex records of channel \(channelID)",
                offset: index.chunkStartOffset, expected: 1, found: 0)
        }
    }

    private func require(
        _ expected: UInt64, _ found: some BinaryInteger, _ field: String, _ offset: UInt64
    ) throws(MCAPError) {
        guard expected == UInt64(found) else {
            throw .inconsistent(
                reading: "MessageIndex.\(field)", offset: offset, expected: expected, found: UInt64(found))
        }
    }
}

extension MCAPError {
    fileprivate static func unexpectedMessageIndexEntry(
        _ channelID: UInt16, _ entry: MCAPMessageIndex.Entry, _ offset: UInt64
    ) -> MCAPError {
        .inconsistent(
            reading: "number of messages of channel \(channelID) at offset \(entry.offset) of the chunk",
            offset: offset, expected: 1, found: 0)
    }
}
