/// A record as a reader met it.
package struct MCAPItem: Equatable, Sendable {
    /// The record.
    package let record: MCAPRecord
    /// File offset of its opcode.
    package let offset: UInt64
    /// Its size in bytes, header included.
    package let length: UInt64
    /// File offset of the chunk that contains it, if one does.
    package let chunk: UInt64?
}

/// Records of opcodes that are not known, and of schemas that are to be ignored.
package struct MCAPSkipped: Equatable, Sendable {
    /// How many there were.
    package var count: UInt64 = 0
    /// The opcode of the first.
    package var firstOpcode: UInt8?
    /// The file offset of the first.
    package var firstOffset: UInt64?

    mutating func add(_ frame: MCAPFrame) {
        count += 1
        if firstOpcode == nil {
            firstOpcode = frame.opcode
            firstOffset = UInt64(frame.start)
        }
    }
}

/// Reads an MCAP file from its first byte to its last, and checks everything that the file says of itself.
///
/// A chunk comes first, then its records; its checksum has been verified before either. Everything that has
/// come before an error is sound as far as the checksums reach, and ``intactEnd`` is where it ends: a reader of
/// a file that was cut short keeps what it got. Complexity: O(bytes); nothing but the definitions and an entry
/// for each chunk is kept.
package struct MCAPStreamReader {
    /// The file offset after the last whole record that does not stand in a chunk, or after the last chunk all
    /// of whose records have been read.
    package private(set) var intactEnd: UInt64 = 0
    /// What has been skipped so far.
    package private(set) var skipped = MCAPSkipped()
    /// All schemas so far, by id.
    package var schemas: [UInt16: MCAPSchema] { tally.schemas }
    /// All channels so far, by id.
    package var channels: [UInt16: MCAPChannel] { tally.channels }
    /// The counts so far, as the reader itself counted.
    package var statistics: MCAPStatistics { tally.statistics }

    private enum State {
        case start
        case data
        /// In the chunk whose record starts at `start`, whose records end at `end`, and which itself ends,
        /// fields of later versions included, at `resume`.
        case chunk(start: Int, end: Int, resume: Int)
        case summary
        case end
        case failed(MCAPError)
    }

    private let bytes: MCAPBytes
    private var position = 0
    private var state = State.start
    private var tally = MCAPTally()
    private var summary = MCAPSummaryCheck()

    /// A reader at the beginning of `bytes`; nothing is read yet.
    package init(_ bytes: MCAPBytes) { self.bytes = bytes }

    /// The next record that is known; nil after the end of the file.
    ///
    /// - Throws: ``MCAPError``, and the same one again from then on.
    package mutating func next() throws(MCAPError) -> MCAPItem? {
        do throws(MCAPError) {
            while true {
                switch state {
                case .failed(let error): throw error
                case .end: return nil
                case .start: try begin()
                case .chunk(_, let end, let resume) where position == end: leaveChunk(resume)
                case .data, .chunk, .summary: if let item = try read() { return item }
                }
            }
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Every record of a file that is sound from end to end.
    package static func items(of bytes: MCAPBytes) throws(MCAPError) -> [MCAPItem] {
        var reader = MCAPStreamReader(bytes)
        var items: [MCAPItem] = []
        while let item = try reader.next() { items.append(item) }
        return items
    }

    private mutating func begin() throws(MCAPError) {
        try bytes.requireMagic(at: 0)
        position = MCAPFormat.magic.count
        let frame = try MCAPFrame(at: position, of: bytes)
        guard frame.opcode == MCAPOpcode.header.rawValue else { throw frame.unexpected(in: .start) }
        state = .data
    }

    private mutating func leaveChunk(_ resume: Int) {
        state = .data
        position = resume
        intactEnd = UInt64(resume)
    }

    /// Reads one record; nil when it is skipped.
    private mutating func read() throws(MCAPError) -> MCAPItem? {
        var chunk: Int?
        var limit: Int?
        if case .chunk(let start, let end, _) = state { (chunk, limit) = (start, end) }
        let frame = try MCAPFrame(at: position, of: bytes, within: limit)
        let record = try MCAPRecord(frame, of: bytes)
        position = frame.end
        let isTaken = try record.map { record throws(MCAPError) in try take(record, frame) } ?? false
        if !isTaken { skipped.add(frame) }
        switch state {
        case .data, .summary, .end: intactEnd = UInt64(position)
        case .start, .chunk, .failed: break
        }
        guard let record, isTaken else { return nil }
        return MCAPItem(
            record: record, offset: UInt64(frame.start), length: UInt64(frame.end - frame.start),
            chunk: chunk.map { UInt64($0) })
    }

    /// - Returns: false for a record that is to be ignored.
    private mutating func take(_ record: MCAPRecord, _ frame: MCAPFrame) throws(MCAPError) -> Bool {
        switch record {
        case .schema(let schema):
            if schema.id == 0 { return false }
            try tally.add(schema, at: UInt64(frame.start))
            return true
        case .channel(let channel):
            try tally.add(channel, at: UInt64(frame.start))
            return true
        default: break
        }
        switch state {
        case .chunk: try takeInChunk(record, frame)
        case .summary: try takeInSummary(record, frame)
        case .start, .data, .end, .failed: try takeInData(record, frame)
        }
        return true
    }

    private mutating func takeInChunk(_ record: MCAPRecord, _ frame: MCAPFrame) throws(MCAPError) {
        guard case .message(let message) = record else { throw frame.unexpected(in: .chunk) }
        try take(message, frame)
    }

    private mutating func takeInData(_ record: MCAPRecord, _ frame: MCAPFrame) throws(MCAPError) {
        switch record {
        case .header:
            guard frame.start == MCAPFormat.magic.count else { throw frame.unexpected(in: .dataSection) }
        case .message(let message): try take(message, frame)
        case .chunk(let chunk):
            let records = try chunk.verifiedRecords(of: bytes, start: frame.start)
            tally.countChunk()
            summary.add(frame, chunk)
            position = records.lowerBound
            state = .chunk(start: frame.start, end: records.upperBound, resume: frame.end)
        case .messageIndex(let index): try tally.requireChannel(index.channelID, at: UInt64(frame.start))
        case .attachment:
            tally.countAttachment()
            summary.add(frame)
        case .metadata:
            tally.countMetadata()
            summary.add(frame)
        case .dataEnd(let dataEnd):
            try bytes.requireChecksum(dataEnd.dataSectionCRC, of: 0..<frame.start, .dataSection)
            summary.start = frame.end
            try summary.verifyChecksum(of: bytes)
            state = .summary
        default: throw frame.unexpected(in: .dataSection)
        }
    }

    private mutating func takeInSummary(_ record: MCAPRecord, _ frame: MCAPFrame) throws(MCAPError) {
        switch record {
        case .statistics(let statistics): try tally.verify(statistics, at: UInt64(frame.start))
        case .chunkIndex(let index): try summary.verify(index, at: frame)
        case .attachmentIndex(let index):
            try summary.verify(.attachment, index.offset, index.length, at: frame)
        case .metadataIndex(let index):
            try summary.verify(.metadata, index.offset, index.length, at: frame)
        case .summaryOffset(let offset): try summary.verify(offset, at: frame, of: bytes)
        case .footer(let footer):
            try summary.verify(footer, at: frame, of: bytes)
            try bytes.requireMagic(at: frame.end)
            position = frame.end + MCAPFormat.magic.count
            guard position == bytes.count else {
                throw .trailingBytes(offset: UInt64(position), count: UInt64(bytes.count - position))
            }
            state = .end
        default: throw frame.unexpected(in: .summarySection)
        }
    }

    private mutating func take(_ message: MCAPMessage, _ frame: MCAPFrame) throws(MCAPError) {
        try tally.requireChannel(message.channelID, at: UInt64(frame.start))
        tally.countMessage(message.channelID, logTime: message.logTime)
    }
}
