/// Reads camera paths out of any MCAP file with messages of Foxglove's schemas `foxglove.PoseInFrame` or
/// `foxglove.FrameTransform`, in protobuf or in JSON.
///
/// The file is read in order and needs no index. It is read twice: which topics have poses is known at its end.
/// Memory: the poses.
///
/// Source: Foxglove's message schemas, https://docs.foxglove.dev/docs/sdk/schemas.
package enum FoxgloveReader {
    /// Different child frames that an error names at most.
    private static let maximumChildren = 32

    /// The poses in the order of their time, those of one time in the order of the file. A topic has to be named
    /// where several have poses, a child frame where a topic of transforms has several.
    ///
    /// - Throws: ``ImportError``; for what is wrong in a message with its offset.
    package static func poses(
        of bytes: MCAPBytes, topic: String?, childFrame: String?
    ) throws(ImportError) -> [TimedPose] {
        let stream = try FoxgloveStream.all(of: bytes).only(topic)
        if childFrame != nil, stream.schema != .frameTransform { throw .noChildFrames(topic: stream.topic) }
        var reader = MCAPStreamReader(bytes)
        var list = BoundedList<TimedPose>(of: "poses")
        var children: [String] = []
        while let item = try reader.nextItem() {
            guard case .message(let message) = item.record,
                let encoding = stream.encodings[message.channelID]
            else { continue }
            let content = try FoxgloveContent(
                message, schema: stream.schema, encoding: encoding, topic: stream.topic, offset: item.offset)
            if let child = content.childFrame {
                if !children.contains(child), children.count < maximumChildren { children.append(child) }
                guard child == childFrame ?? children[0] else { continue }
            }
            try list.append(try content.pose(of: message, offset: item.offset))
        }
        if let childFrame, list.elements.isEmpty {
            throw .childNotFound(topic: stream.topic, child: childFrame, found: children)
        }
        if childFrame == nil, children.count > 1 {
            throw .ambiguousChild(topic: stream.topic, found: children)
        }
        return list.elements.sorted {
            ($0.timeNanoseconds, $0.place.position) < ($1.timeNanoseconds, $1.place.position)
        }
    }
}

/// The schemas that poses are taken from.
package enum FoxgloveSchema: String, CaseIterable, Sendable {
    case poseInFrame = "foxglove.PoseInFrame"
    case frameTransform = "foxglove.FrameTransform"
}

/// The messages of one schema on one topic.
struct FoxgloveStream {
    let topic: String
    let schema: FoxgloveSchema
    /// The message encodings of the channels by their ids. Order: looked up only.
    private(set) var encodings: [UInt16: String] = [:]

    private init(topic: String, schema: FoxgloveSchema) {
        self.topic = topic
        self.schema = schema
    }

    /// All streams of a file that have messages, by topic, and what else the file has, for an error.
    static func all(of bytes: MCAPBytes) throws(ImportError) -> Streams {
        var reader = MCAPStreamReader(bytes)
        while try reader.nextItem() != nil {}
        let counts = reader.statistics.channelMessageCounts
        var result = Streams()
        let channels = reader.channels.values.map { channel in
            (channel, schema: reader.schemas[channel.schemaID]?.name ?? "none")
        }
        let sorted = channels.sorted { a, b in
            (a.0.topic, a.schema, a.0.id) < (b.0.topic, b.schema, b.0.id)
        }
        for (channel, name) in sorted {
            guard let schema = FoxgloveSchema(rawValue: name), counts[channel.id] ?? 0 > 0 else {
                result.others.append(ImportTopic(topic: channel.topic, schema: name))
                continue
            }
            // Sorted, so that channels of one stream stand together.
            if result.streams.last?.topic != channel.topic || result.streams.last?.schema != schema {
                result.streams.append(FoxgloveStream(topic: channel.topic, schema: schema))
            }
            result.streams[result.streams.count - 1].encodings[channel.id] = channel.messageEncoding
        }
        return result
    }

    /// What one file has.
    struct Streams {
        var streams: [FoxgloveStream] = []
        /// Topics without poses.
        var others: [ImportTopic] = []

        /// The stream of this topic, or the only one there is.
        func only(_ topic: String?) throws(ImportError) -> FoxgloveStream {
            let names = streams.map { ImportTopic(topic: $0.topic, schema: $0.schema.rawValue) }
            guard !streams.isEmpty else { throw .noPoseTopic(found: others) }
            let asked = topic.map { topic in streams.filter { $0.topic == topic } } ?? streams
            guard let first = asked.first else { throw .topicNotFound(topic: topic ?? "", found: names) }
            guard asked.count == 1 else { throw .ambiguousTopic(found: names) }
            return first
        }
    }
}

extension MCAPStreamReader {
    fileprivate mutating func nextItem() throws(ImportError) -> MCAPItem? {
        do throws(MCAPError) {
            return try next()
        } catch {
            throw .container(error)
        }
    }
}
