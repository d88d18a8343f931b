/// What the summary of a file says, checked to lie within the file.
struct MCAPSummaryContent {
    private(set) var schemas: [UInt16: MCAPSchema] = [:]
    private(set) var channels: [UInt16: MCAPChannel] = [:]
    private(set) var statistics: MCAPStatistics?
    private(set) var chunkIndexes: [MCAPChunkIndex] = []
    private(set) var attachmentIndexes: [MCAPAttachmentIndex] = []
    private(set) var metadataIndexes: [MCAPMetadataIndex] = []
    private(set) var skipped = MCAPSkipped()
    private let dataStart: Int
    private let dataEnd: Int

    /// Reads the records between the summary's start and the footer. The header ends at `dataStart`.
    init(
        of bytes: MCAPBytes, footer: MCAPFooter, at footerFrame: MCAPFrame, dataStart: Int
    ) throws(MCAPError) {
        let footerStart = footerFrame.start
        let start = footer.summaryStart == 0 ? footerStart : try Self.start(footer, footerStart, dataStart)
        self.dataStart = dataStart
        dataEnd = start
        try bytes.requireChecksum(
            footer.summaryCRC, of: start..<footerStart + MCAPFormat.footerChecksummedSize, .summarySection)
        var position = start
        while position < footerStart {
            let frame = try MCAPFrame(at: position, of: bytes, within: footerStart)
            position = frame.end
            guard let record = try MCAPRecord(frame, of: bytes) else {
                skipped.add(frame)
                continue
            }
            try take(record, frame)
        }
        try verifyChunkCount(footerStart)
    }

    /// All schemas and channels in use; read from the data section when the summary lacks one of them.
    func completeDefinitions(
        of bytes: MCAPBytes
    ) throws(MCAPError) -> ([UInt16: MCAPSchema], [UInt16: MCAPChannel]) {
        let used = chunkIndexes.flatMap(\.messageIndexOffsets.keys)
        let counted = statistics.map { Array($0.channelMessageCounts.keys) } ?? []
        let hasChannels = !channels.isEmpty || chunkIndexes.isEmpty
        let isComplete =
            hasChannels && (used + counted).allSatisfy { channels[$0] != nil }
            && channels.values.allSatisfy { $0.schemaID == 0 || schemas[$0.schemaID] != nil }
        if isComplete { return (schemas, channels) }
        var reader = MCAPStreamReader(bytes)
        while let item = try reader.next() {
            if case .dataEnd = item.record { break }
        }
        return (reader.schemas, reader.channels)
    }

    private static func start(
        _ footer: MCAPFooter, _ footerStart: Int, _ dataStart: Int
    ) throws(MCAPError) -> Int {
        guard footer.summaryStart >= UInt64(dataStart), footer.summaryStart <= UInt64(footerStart) else {
            throw .lengthOutOfBounds(
                reading: "Footer.summary_start", offset: UInt64(footerStart), length: footer.summaryStart,
                available: UInt64(footerStart))
        }
        return Int(footer.summaryStart)
    }

    private mutating func take(_ record: MCAPRecord, _ frame: MCAPFrame) throws(MCAPError) {
        switch record {
        case .schema(let schema):
            if schema.id == 0 {
                skipped.add(frame)
            } else if let earlier = schemas.updateValue(schema, forKey: schema.id), earlier != schema {
                throw .conflictingDefinition(
                    opcode: frame.opcode, id: schema.id, offset: UInt64(frame.start))
            }
        case .channel(let channel):
            if let earlier = channels.updateValue(channel, forKey: channel.id), earlier != channel {
                throw .conflictingDefinition(
                    opcode: frame.opcode, id: channel.id, offset: UInt64(frame.start))
            }
        case .statistics(let statistics): self.statistics = statistics
        case .chunkIndex(let index):
            try requireInData(index.chunkStartOffset, index.chunkLength, "ChunkIndex.chunk_length", frame)
            try verifyMessageIndexes(of: index, frame)
            chunkIndexes.append(index)
        case .attachmentIndex(let index):
            try requireInData(index.offset, index.length, "AttachmentIndex.length", frame)
            attachmentIndexes.append(index)
        case .metadataIndex(let index):
            try requireInData(index.offset, index.length, "MetadataIndex.length", frame)
            metadataIndexes.append(index)
        case .summaryOffset: break
        default: throw frame.unexpected(in: .summarySection)
        }
    }

    private func verifyMessageIndexes(of index: MCAPChunkIndex, _ frame: MCAPFrame) throws(MCAPError) {
        let start = index.chunkStartOffset + index.chunkLength
        try requireInData(start, index.messageIndexLength, "ChunkIndex.message_index_length", frame)
        let end = start + index.messageIndexLength
        for (_, offset) in index.messageIndexOffsets.sorted(by: { $0.key < $1.key }) {
            guard offset >= start, offset < end else {
                throw .lengthOutOfBounds(
                    reading: "ChunkIndex.message_index_offsets", offset: UInt64(frame.start), length: offset,
                    available: end)
            }
        }
    }

    private func requireInData(
        _ offset: UInt64, _ length: UInt64, _ field: String, _ frame: MCAPFrame
    ) throws(MCAPError) {
        guard offset >= UInt64(dataStart), offset <= UInt64(dataEnd), length <= UInt64(dataEnd) - offset
        else {
            throw .lengthOutOfBounds(
                reading: field, offset: UInt64(frame.start), length: length,
                available: offset <= UInt64(dataEnd) ? UInt64(dataEnd) - offset : 0)
        }
    }

    private func verifyChunkCount(_ footerStart: Int) throws(MCAPError) {
        guard let statistics else {
            if chunkIndexes.isEmpty { throw .notIndexed(offset: UInt64(footerStart)) }
            return
        }
        if chunkIndexes.isEmpty, statistics.messageCount > 0 {
            throw .notIndexed(offset: UInt64(footerStart))
        }
        guard chunkIndexes.isEmpty || UInt64(statistics.chunkCount) == UInt64(chunkIndexes.count) else {
            throw .inconsistent(
                reading: "number of ChunkIndex records", offset: UInt64(footerStart),
                expected: UInt64(statistics.chunkCount), found: UInt64(chunkIndexes.count))
        }
    }
}
