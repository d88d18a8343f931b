/// The chunk that a writer is filling: its record from the first byte on, and its messages by channel.
struct MCAPOpenChunk {
    /// What a closed chunk leaves behind.
    struct Closed {
        /// The chunk's record and its message indexes, in one piece.
        let bytes: [UInt8]
        let index: MCAPChunkIndex
    }

    private var encoder = MCAPEncoder()
    private var times: ClosedRange<UInt64>?
    private var entries: [UInt16: [MCAPMessageIndex.Entry]] = [:]

    init() { encoder.append(raw: [UInt8](repeating: 0, count: MCAPChunk.prefixSize)) }

    var isEmpty: Bool { recordsSize == 0 }

    /// The size of the records so far, in bytes.
    var recordsSize: Int { encoder.bytes.count - MCAPChunk.prefixSize }

    mutating func append(_ schema: MCAPSchema) throws(MCAPError) { try encoder.append(record: schema) }

    mutating func append(_ channel: MCAPChannel) throws(MCAPError) { try encoder.append(record: channel) }

    mutating func append(_ message: MCAPMessage) throws(MCAPError) {
        let place = try encoder.append(record: message)
        let offset = UInt64(place.lowerBound - MCAPChunk.prefixSize)
        entries[message.channelID, default: []].append(.init(logTime: message.logTime, offset: offset))
        let first = min(times?.lowerBound ?? message.logTime, message.logTime)
        times = first...max(times?.upperBound ?? message.logTime, message.logTime)
    }

    /// Ends the chunk, whose record will stand at the file offset `position`.
    func closed(at position: UInt64, options: MCAPWriterOptions) throws(MCAPError) -> Closed {
        let size = UInt64(recordsSize)
        let end = encoder.bytes.count
        let crc = options.checksums ? encoder.checksum(MCAPChunk.prefixSize..<end) : 0
        var encoder = encoder
        encoder.patch(MCAPOpcode.chunk.rawValue, at: 0)
        encoder.patch(UInt64(end - MCAPFormat.recordHeaderSize), at: 1)
        encoder.patch(times?.lowerBound ?? 0, at: 9)
        encoder.patch(times?.upperBound ?? 0, at: 17)
        encoder.patch(size, at: 25)
        encoder.patch(crc, at: 33)
        encoder.patch(UInt32(0), at: 37)
        encoder.patch(size, at: 41)
        var offsets: [UInt16: UInt64] = [:]
        if options.messageIndex {
            // Order: by ascending channel.
            for (channelID, entries) in entries.sorted(by: { $0.key < $1.key }) {
                let sorted = entries.sorted { ($0.logTime, $0.offset) < ($1.logTime, $1.offset) }
                let index = MCAPMessageIndex(channelID: channelID, entries: sorted)
                offsets[channelID] = position + UInt64(try encoder.append(record: index).lowerBound)
            }
        }
        let index = MCAPChunkIndex(
            messageStartTime: times?.lowerBound ?? 0, messageEndTime: times?.upperBound ?? 0,
            chunkStartOffset: position, chunkLength: UInt64(end), messageIndexOffsets: offsets,
            messageIndexLength: UInt64(encoder.bytes.count - end), compression: "", compressedSize: size,
            uncompressedSize: size)
        return Closed(bytes: encoder.bytes, index: index)
    }
}
