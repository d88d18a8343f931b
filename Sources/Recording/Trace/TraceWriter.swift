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
}

/// Writes frames as a trace: the same frames in the same layout always give the same bytes.
///
/// Memory: the open chunk, and an index entry for every closed one.
package struct TraceWriter<Sink: ByteSink> {
    private var writer: MCAPWriter<Sink>
    private let framesPerChunk: Int
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
        let frame = UInt32(input.frame)
        let carried = input.events.compactMap(\.configuration)
        guard Int(configurations) + carried.count <= TraceFormat.maximumConfigurations else {
            throw TraceError.tooMany(
                what: "configurations", count: Int(configurations) + carried.count,
                limit: TraceFormat.maximumConfigurations, frame: frame)
        }
        if let snapshot = input.snapshot {
            try write(MessageSnapshot(snapshot, frame: frame), on: .snapshot, frame)
        }
        for (index, configuration) in carried.enumerated() {
            let message = MessageConfiguration(configuration, id: configurations + UInt32(index))
            try write(message, on: .configuration, frame)
        }
        for (ordinal, event) in input.events.enumerated() {
            let message = MessageEvent(
                event, frame: frame, ordinal: UInt32(ordinal), configurationID: configurations)
            try write(message, on: .event, frame)
            if event.configuration != nil { configurations += 1 }
        }
        if let work = MessageWork(input, isFirst: frameCount == 0) { try write(work, on: .work, frame) }
        if let checkpoint = input.checkpoint {
            try write(MessageCheckpoint(checkpoint, frame: frame), on: .checkpoint, frame)
        }
        try write(MessageFrame(input), on: .frame, frame)
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
    }

    /// Ends the file. Nothing can be written after it.
    ///
    /// - Throws: ``TraceError/noFrames`` where none was written; what the sink throws.
    package mutating func finish() throws {
        guard frameCount > 0 else { throw TraceError.noFrames }
        try writer.finish()
    }

    private mutating func write(
        _ message: some Message, on topic: TraceTopic, _ frame: UInt32
    ) throws {
        if declared.insert(topic).inserted {
            try writer.write(topic.schema)
            try writer.write(topic.channel)
        }
        let time = TraceFormat.logTime(frame: frame)
        try writer.write(
            MCAPMessage(
                channelID: topic.id, sequence: frame, logTime: time, publishTime: time,
                data: message.serializedBytes()))
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
