package import Streaming
import SwiftProtobuf

/// How a trace is cut into chunks. Every chunk holds whole frames, whatever the layout.
package enum TraceLayout: Equatable, Sendable {
    /// The canonical profile: the schemas and channels that every trace has begin the first chunk, those of the others stand before
    /// their first messages; chunks of 256 frames.
    case canonical
    /// A recording under way, of which as little as possible is to be lost: schemas and channels in a chunk of
    /// their own at once, then a chunk after every so many frames, 1...256.
    case recording(framesPerFlush: Int)
    /// The same content as no writer would lay it out, drawn from a seed: the messages of a frame in any order, chunks of 1 to 8 frames.
    case shuffled(seed: UInt64)
}

/// Writes frames as a trace: the same frames in the same layout always give the same bytes.
///
/// Memory: the open chunk, and an index entry for every closed one.
package struct TraceWriter<Sink: ByteSink> {
    private var writer: MCAPWriter<Sink>
    private var framesPerChunk: Int
    /// Of a shuffled layout: the numbers that are drawn, from Knuth's linear congruential generator (MMIX).
    private var draw: UInt64?
    /// Messages of the frame that is being written.
    private var messages: [(topic: TraceTopic, message: MCAPMessage)] = []
    private var rules = FrameRules()
    private var framesInChunk = 0
    private var configurations: UInt32 = 0
    /// Channels that stand in the file.
    private var declared: Set<TraceTopic> = []

    /// Frames written so far.
    package private(set) var frameCount: Int64 = 0

    /// Where the bytes go.
    package var sink: Sink { writer.sink }

    /// Begins the file: header, schemas and channels.
    ///
    /// - Throws: what the sink throws.
    package init(_ sink: Sink, layout: TraceLayout = .canonical) throws {
        writer = try MCAPWriter(
            sink, header: MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library))
        switch layout {
        case .canonical: framesPerChunk = TraceFormat.framesPerChunk
        case .recording(let framesPerFlush): framesPerChunk = framesPerFlush
        case .shuffled(let seed):
            framesPerChunk = 1
            draw = seed
        }
        for topic in TraceTopic.required { try writer.write(topic.schema) }
        for topic in TraceTopic.required { try writer.write(topic.channel) }
        declared = Set(TraceTopic.required)
        if layout != .canonical { try writer.closeChunk() }
    }

    /// Writes one frame: its snapshot, the configurations that it introduces, its events in order, its work, its checkpoint, its camera.
    ///
    /// - Throws: ``TraceError`` if a frame like this cannot stand here, and then nothing is written; what the sink
    ///   throws.
    package mutating func write(_ input: FrameInput) throws {
        var rules = rules
        try rules.check(input)
        messages.removeAll(keepingCapacity: true)
        let frame = UInt32(input.frame)
        let carried = input.events.compactMap(\.configuration)
        guard Int(configurations) + carried.count <= TraceFormat.maximumConfigurations else {
            throw TraceError.tooMany(
                what: "configurations", count: Int(configurations) + carried.count,
                limit: TraceFormat.maximumConfigurations, frame: frame)
        }
        if let snapshot = input.snapshot {
            try add(MessageSnapshot(snapshot, frame: frame), on: .snapshot, frame)
        }
        for (index, configuration) in carried.enumerated() {
            let message = MessageConfiguration(configuration, id: configurations + UInt32(index))
            try add(message, on: .configuration, frame)
        }
        for (ordinal, event) in input.events.enumerated() {
            let message = MessageEvent(
                event, frame: frame, ordinal: UInt32(ordinal), configurationID: configurations)
            try add(message, on: .event, frame)
            if event.configuration != nil { configurations += 1 }
        }
        if let work = MessageWork(input, isFirst: frameCount == 0) { try add(work, on: .work, frame) }
        if let checkpoint = input.checkpoint {
            try add(MessageCheckpoint(checkpoint, frame: frame), on: .checkpoint, frame)
        }
        try add(MessageFrame(input), on: .frame, frame)
        let numbered = draw == nil ? [] : messages.filter { $0.topic == .configuration }
        for last in messages.indices.dropFirst().reversed() {
            if let place = next(below: last + 1) { messages.swapAt(last, place) }
        }
        // Configurations are numbered as they stand, so that they keep their order among themselves.
        var inOrder = numbered[...]
        for place in messages.indices where draw != nil && messages[place].topic == .configuration {
            messages[place] = inOrder.removeFirst()
        }
        for (topic, message) in messages {
            if declared.insert(topic).inserted {
                try writer.write(topic.schema)
                try writer.write(topic.channel)
            }
            try writer.write(message)
        }
        messages.removeAll(keepingCapacity: true)
        self.rules = rules
        frameCount += 1
        framesInChunk += 1
        if framesInChunk == framesPerChunk { try flush() }
    }

    /// Closes the open chunk: what has been written is handed to the sink.
    package mutating func flush() throws {
        guard framesInChunk > 0 else { return }
        try writer.closeChunk()
        framesInChunk = 0
        if let next = next(below: 8) { framesPerChunk = 1 + next }
    }

    /// A number out of the seed, in a shuffled layout; nil in others.
    private mutating func next(below bound: Int) -> Int? {
        guard let state = draw else { return nil }
        let next = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        draw = next
        return Int((next >> 33) % UInt64(bound))
    }

    /// Ends the file. Nothing can be written after it.
    ///
    /// - Throws: ``TraceError/noFrames`` where none was written; what the sink throws.
    package mutating func finish() throws {
        guard frameCount > 0 else { throw TraceError.noFrames }
        try writer.finish()
    }

    private mutating func add(
        _ message: some Message, on topic: TraceTopic, _ frame: UInt32
    ) throws {
        let time = TraceFormat.logTime(frame: frame)
        messages.append(
            (
                topic,
                MCAPMessage(
                    channelID: topic.id, sequence: frame, logTime: time, publishTime: time,
                    data: try message.serializedBytes())
            ))
    }
}

extension Event {
    /// The configuration that the event carries.
    var configuration: Configuration? {
        switch self {
        case .sessionStart(let configuration), .configure(let configuration): configuration
        default: nil
        }
    }
}
