/// What a trace's file holds beside its frames. Tolerated in reading; a canonical file has none of it.
package struct TraceExtras: Equatable, Sendable {
    /// The topics of channels that are not read, ascending.
    package var otherChannels: [String] = []
    /// Messages on those channels.
    package var otherMessages: UInt64 = 0
    package var attachments: UInt64 = 0
    package var metadataRecords: UInt64 = 0
    /// Records of unknown opcodes, and schemas of the id 0, which readers have to ignore.
    package var skippedRecords: UInt64 = 0
    /// Messages on the format's own channels with fields that this version does not know.
    package var messagesWithUnknownFields: UInt64 = 0

    package init() {}
}

/// What is done with what a file holds beside its trace: channels that are not read, attachments, metadata,
/// records of unknown opcodes; and with unknown fields of the format's own messages.
enum ForeignContent: Sendable {
    /// All of it is passed over: for readers.
    case tolerated
    /// All of it is an error: for what has to be the same trace afterwards.
    case refused
    /// Foreign content is passed over; unknown fields are an error, because they could be inputs.
    case dropped
}
