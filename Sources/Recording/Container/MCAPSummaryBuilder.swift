/// Collects what the summary of a file will say, and writes it.
struct MCAPSummaryBuilder {
    var chunkIndexes: [MCAPChunkIndex] = []
    var attachmentIndexes: [MCAPAttachmentIndex] = []
    var metadataIndexes: [MCAPMetadataIndex] = []

    /// Summary section, summary offset section and footer, to stand at the file offset `start`.
    ///
    /// The groups stand in the order of the conformance vectors: schemas, channels, statistics, metadata,
    /// attachments, chunks.
    func encoded(
        at start: UInt64, tally: MCAPTally, options: MCAPWriterOptions
    ) throws(MCAPError) -> [UInt8] {
        var groups = MCAPSummaryGroups(start: start)
        if options.repeatedSchemas {
            // Order: by ascending id.
            try groups.append(tally.schemas.sorted { $0.key < $1.key }.map(\.value))
        }
        if options.repeatedChannels {
            // Order: by ascending id.
            try groups.append(tally.channels.sorted { $0.key < $1.key }.map(\.value))
        }
        if options.statistics { try groups.append([tally.statistics]) }
        if options.metadataIndex { try groups.append(metadataIndexes) }
        if options.attachmentIndex { try groups.append(attachmentIndexes) }
        if options.chunkIndex { try groups.append(chunkIndexes) }

        var footer = MCAPFooter(summaryStart: 0, summaryOffsetStart: 0, summaryCRC: 0)
        if !groups.offsets.isEmpty { footer.summaryStart = start }
        if options.summaryOffsets, !groups.offsets.isEmpty {
            footer.summaryOffsetStart = start + UInt64(groups.encoder.bytes.count)
            for offset in groups.offsets { try groups.encoder.append(record: offset) }
        }
        var encoder = groups.encoder
        let footerStart = try encoder.append(record: footer).lowerBound
        if options.checksums {
            let end = footerStart + MCAPFormat.footerChecksummedSize
            encoder.patch(encoder.checksum(0..<end), at: end)
        }
        return encoder.bytes
    }
}

/// The groups of a summary and where each of them stands.
private struct MCAPSummaryGroups {
    var encoder = MCAPEncoder()
    var offsets: [MCAPSummaryOffset] = []
    private let start: UInt64

    init(start: UInt64) { self.start = start }

    mutating func append<Record: MCAPRecordContent>(_ records: [Record]) throws(MCAPError) {
        guard !records.isEmpty else { return }
        let groupStart = encoder.bytes.count
        for record in records { try encoder.append(record: record) }
        offsets.append(
            MCAPSummaryOffset(
                groupOpcode: Record.opcode.rawValue, groupStart: start + UInt64(groupStart),
                groupLength: UInt64(encoder.bytes.count - groupStart)))
    }
}
