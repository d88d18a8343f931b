/// Which of the format's optional parts a writer writes. The names are those of the conformance features.
package struct MCAPWriterOptions: Equatable, Sendable {
    /// Schemas, channels and messages go into chunks.
    package var chunks = true
    /// Every chunk is followed by an index of its messages by channel.
    package var messageIndex = true
    /// The summary says where the chunks are.
    package var chunkIndex = true
    /// The summary has counts.
    package var statistics = true
    /// The summary repeats all schemas.
    package var repeatedSchemas = true
    /// The summary repeats all channels.
    package var repeatedChannels = true
    /// The summary says where the attachments are.
    package var attachmentIndex = true
    /// The summary says where the metadata records are.
    package var metadataIndex = true
    /// The summary says where its own groups are.
    package var summaryOffsets = true
    /// Chunks, attachments, data section and summary have a CRC32.
    package var checksums = true

    /// Everything.
    package static let complete = MCAPWriterOptions()

    /// Nothing but the records themselves and checksums.
    package static let plain = MCAPWriterOptions(
        chunks: false, messageIndex: false, chunkIndex: false, statistics: false, repeatedSchemas: false,
        repeatedChannels: false, attachmentIndex: false, metadataIndex: false, summaryOffsets: false)

    /// Any combination; what is not named is written.
    package init(
        chunks: Bool = true, messageIndex: Bool = true, chunkIndex: Bool = true, statistics: Bool = true,
        repeatedSchemas: Bool = true, repeatedChannels: Bool = true, attachmentIndex: Bool = true,
        metadataIndex: Bool = true, summaryOffsets: Bool = true, checksums: Bool = true
    ) {
        self.chunks = chunks
        self.messageIndex = messageIndex
        self.chunkIndex = chunkIndex
        self.statistics = statistics
        self.repeatedSchemas = repeatedSchemas
        self.repeatedChannels = repeatedChannels
        self.attachmentIndex = attachmentIndex
        self.metadataIndex = metadataIndex
        self.summaryOffsets = summaryOffsets
        self.checksums = checksums
    }
}
