/// Looks messages up by channel and log time, through the indexes at the end of an MCAP file.
///
/// Opening reads footer and summary and checks the summary's checksum and that every index points into the data;
/// a chunk is checked against its checksum and its indexes when it is read. The checksum of the data section is
/// not: that takes a pass over the whole file, which is ``MCAPStreamReader``'s. Only when the summary lacks a
/// schema or channel that is in use is the data section read once, for those.
package struct MCAPIndexedReader: Sendable {
    /// The file's first record.
    package let header: MCAPHeader
    /// The file's last record.
    package let footer: MCAPFooter
    /// All schemas, by id.
    package let schemas: [UInt16: MCAPSchema]
    /// All channels, by id.
    package let channels: [UInt16: MCAPChannel]
    /// The file's counts, if it has them.
    package let statistics: MCAPStatistics?
    /// All chunks, by start time, then by place.
    package let chunkIndexes: [MCAPChunkIndex]
    /// All attachments that are indexed, in the summary's order.
    package let attachmentIndexes: [MCAPAttachmentIndex]
    /// All metadata records that are indexed, in the summary's order.
    package let metadataIndexes: [MCAPMetadataIndex]
    /// Records of the summary that are not known.
    package let skipped: MCAPSkipped

    let bytes: MCAPBytes
    /// For each chunk the latest message of it and of all before it: ascending, so that it can be searched.
    private let latestEnds: [UInt64]

    /// Opens a file.
    ///
    /// - Throws: ``MCAPError``; ``MCAPError/notIndexed(offset:)`` when messages cannot be looked up in it.
    package init(_ bytes: MCAPBytes) throws(MCAPError) {
        let (footer, footerFrame) = try MCAPFooter.last(of: bytes)
        let headerFrame = try MCAPFrame(at: MCAPFormat.magic.count, of: bytes)
        guard case .header(let header)? = try MCAPRecord(headerFrame, of: bytes) else {
            throw headerFrame.unexpected(in: .start)
        }
        let summary = try MCAPSummaryContent(
            of: bytes, footer: footer, at: footerFrame, dataStart: headerFrame.end)
        self.bytes = bytes
        self.header = header
        self.footer = footer
        (schemas, channels) = try summary.completeDefinitions(of: bytes)
        statistics = summary.statistics
        attachmentIndexes = summary.attachmentIndexes
        metadataIndexes = summary.metadataIndexes
        skipped = summary.skipped
        let sorted = summary.chunkIndexes.sorted {
            ($0.messageStartTime, $0.chunkStartOffset) < ($1.messageStartTime, $1.chunkStartOffset)
        }
        chunkIndexes = sorted
        var latest: UInt64 = 0
        latestEnds = sorted.map { index in
            latest = max(latest, index.messageEndTime)
            return latest
        }
    }

    /// The log times of the first and of the last message; nil when there is none. As the summary says them: a
    /// file that lies about them may have them in the wrong order.
    package var messageTimes: (first: UInt64, last: UInt64)? {
        if let statistics {
            guard statistics.messageCount > 0 else { return nil }
            return (statistics.messageStartTime, statistics.messageEndTime)
        }
        // A chunk without messages says 0 for both times, and has no message index where others have one.
        let hasMessageIndexes = chunkIndexes.contains { !$0.messageIndexOffsets.isEmpty }
        let used = chunkIndexes.filter { !hasMessageIndexes || !$0.messageIndexOffsets.isEmpty }
        guard let first = used.map(\.messageStartTime).min(), let last = used.map(\.messageEndTime).max()
        else { return nil }
        return (first, last)
    }

    /// The ids of the channels of some topics, ascending.
    package func channelIDs(ofTopics topics: Set<String>) -> [UInt16] {
        channels.values.filter { topics.contains($0.topic) }.map(\.id).sorted()
    }

    /// The messages of some channels within a range of log times, by log time, then by place in the file.
    ///
    /// - Parameters:
    ///   - channelIDs: the channels; nil for all.
    ///   - times: first and last log time, both included.
    /// - Returns: a cursor that has read nothing yet. Complexity: O(log(chunks)) to begin.
    package func messages(
        of channelIDs: Set<UInt16>? = nil, in times: ClosedRange<UInt64> = 0...UInt64.max
    ) -> MCAPMessageCursor {
        MCAPMessageCursor(
            reader: self, channelIDs: channelIDs, times: times,
            firstChunk: latestEnds.partitionPoint { $0 >= times.lowerBound })
    }

    /// Reads an attachment through its index.
    ///
    /// - Throws: ``MCAPError`` when none stands there, or a damaged one.
    package func attachment(_ index: MCAPAttachmentIndex) throws(MCAPError) -> MCAPAttachment {
        let frame = try record(.attachment, at: index.offset, length: index.length)
        guard case .attachment(let attachment)? = try MCAPRecord(frame, of: bytes) else {
            throw frame.unexpected(in: .index)
        }
        return attachment
    }

    /// Reads a metadata record through its index.
    ///
    /// - Throws: ``MCAPError`` when none stands there, or a damaged one.
    package func metadata(_ index: MCAPMetadataIndex) throws(MCAPError) -> MCAPMetadata {
        let frame = try record(.metadata, at: index.offset, length: index.length)
        guard case .metadata(let metadata)? = try MCAPRecord(frame, of: bytes) else {
            throw frame.unexpected(in: .index)
        }
        return metadata
    }

    /// The record that an index points at, once it is certain that one of that kind and size stands there.
    func record(_ opcode: MCAPOpcode, at offset: UInt64, length: UInt64?) throws(MCAPError) -> MCAPFrame {
        guard offset < UInt64(bytes.count) else {
            throw .lengthOutOfBounds(
                reading: "offset of a \(opcode.name)", offset: offset, length: length ?? 0, available: 0)
        }
        let frame = try MCAPFrame(at: Int(offset), of: bytes)
        guard frame.opcode == opcode.rawValue else { throw frame.unexpected(in: .index) }
        let found = UInt64(frame.end - frame.start)
        if let length, found != length {
            throw .inconsistent(
                reading: "length of the \(opcode.name) in its index", offset: offset, expected: found,
                found: length)
        }
        return frame
    }
}

extension Array {
    /// The first position whose element satisfies `predicate`, which none does before it and all do after it.
    ///
    /// Complexity: O(log(count)).
    func partitionPoint(where predicate: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
