package import Streaming

/// Looks frames up by their number. What is read is checked like in a pass from end to end; what is not
/// asked for is not looked at.
package struct TraceIndex: Sendable {
    /// Number of the first frame.
    package let first: UInt32
    /// Number of the last frame.
    package let last: UInt32

    private let reader: MCAPIndexedReader
    private let channels: TraceChannels
    private let configurations: ConfigurationTable
    /// Whether the frames say what they drained.
    private let isLive: Bool

    /// Reads the container's index, and all configurations.
    init(_ bytes: MCAPBytes) throws(TraceError) {
        var channels = TraceChannels()
        do throws(MCAPError) {
            reader = try MCAPIndexedReader(bytes)
        } catch {
            throw .container(error)
        }
        for schema in reader.schemas.values { channels.add(schema) }
        // Order: ascending ids, so that an error is always the same.
        for channel in reader.channels.values.sorted(by: { $0.id < $1.id }) { try channels.add(channel) }
        try channels.requireAll()
        self.channels = channels
        guard let times = reader.messageTimes else { throw .noFrames }
        first = try TraceIndex.frame(at: times.first)
        last = try TraceIndex.frame(at: times.last)
        guard first <= last else {
            throw .container(
                .inconsistent(
                    reading: "last log time in the summary", offset: reader.footer.summaryStart,
                    expected: times.first, found: times.last))
        }
        configurations = try TraceIndex.configurations(reader, channels)
        let start = TraceFormat.logTime(frame: first)
        var work = reader.messages(
            of: Set(reader.channelIDs(ofTopics: [TraceTopic.work.rawValue])), in: start...start)
        isLive = try TraceIndex.next(&work, channels) != nil
    }

    /// The frames with a snapshot, ascending: a run can be started from them. Complexity: O(bytes of the chunks that hold one); no snapshot is
    /// decoded.
    package func snapshots() throws(TraceError) -> [UInt32] {
        var frames: [UInt32] = []
        var cursor = reader.messages(
            of: Set(reader.channelIDs(ofTopics: [TraceTopic.snapshot.rawValue])))
        do throws(MCAPError) {
            while let next = try cursor.next() { frames.append(next.message.sequence) }
        } catch {
            throw .container(error)
        }
        return frames
    }

    /// One frame. Complexity: O(log(chunks)) and the chunk that holds it.
    package func frame(at number: Int64) throws(TraceError) -> FrameInput {
        let frames = try frames(in: number...number)
        guard let frame = frames.first else {
            throw .notInTrace(frame: number, first: first, last: last)
        }
        return frame
    }

    /// The frames of a range, its ends included.
    package func frames(in range: ClosedRange<Int64>) throws(TraceError) -> [FrameInput] {
        for number in [range.lowerBound, range.upperBound] where number < first || number > last {
            throw .notInTrace(frame: number, first: first, last: last)
        }
        let from = UInt32(range.lowerBound)
        let wanted = reader.channelIDs(
            ofTopics: Set(TraceTopic.allCases.filter { $0 != .configuration }.map(\.rawValue)))
        var cursor = reader.messages(
            of: Set(wanted),
            in: TraceFormat.logTime(frame: from)...TraceFormat.logTime(frame: UInt32(range.upperBound)))
        var assembler = FrameAssembler(
            configurations: configurations, startsTrace: from == first, isLive: isLive)
        var frames: [FrameInput] = []
        while let message = try TraceIndex.next(&cursor, channels) {
            if let input = try assembler.take(message) { frames.append(input) }
        }
        if let input = try assembler.finish() { frames.append(input) }
        if let found = frames.first.map({ UInt32($0.frame) }), found != from {
            throw .frameGap(expected: from, found: found)
        }
        let missed = frames.dropFirst().reduce(0) { $0 + Int($1.missedFrames) }
        guard frames.count + missed == range.count else {
            throw .frameMissing(frame: from + UInt32(frames.count + missed))
        }
        return frames
    }

    private static func frame(at time: UInt64) throws(TraceError) -> UInt32 {
        let frame = time / TraceFormat.tickNanoseconds
        guard time % TraceFormat.tickNanoseconds == 0, frame <= UInt64(TraceFormat.lastFrame) else {
            throw .outOfRange(
                field: "log time of a message", value: "\(time)",
                allowed: "a multiple of \(TraceFormat.tickNanoseconds) ns, that of a frame", frame: 0)
        }
        return UInt32(frame)
    }

    private static func configurations(
        _ reader: MCAPIndexedReader, _ channels: TraceChannels
    ) throws(TraceError) -> ConfigurationTable {
        var table = ConfigurationTable()
        var cursor = reader.messages(
            of: Set(reader.channelIDs(ofTopics: [TraceTopic.configuration.rawValue])))
        while let message = try next(&cursor, channels) {
            try message.checkPlace()
            guard case .configuration(let content) = message.content else { continue }
            try table.add(
                content.configuration(frame: message.sequence, offset: message.offset), id: content.id,
                frame: message.sequence)
        }
        return table
    }

    private static func next(
        _ cursor: inout MCAPMessageCursor, _ channels: TraceChannels
    ) throws(TraceError) -> TraceMessage? {
        let next: MCAPIndexedMessage?
        do throws(MCAPError) {
            next = try cursor.next()
        } catch {
            throw .container(error)
        }
        guard let next, let topic = channels[next.message.channelID] else { return nil }
        return try TraceMessage(next.message, topic: topic, offset: next.offset)
    }
}
