import PlantedFaults
import Streaming

/// Puts the messages of each frame together: those of one frame stand next to each other in any order, and
/// frames follow each other without a gap.
///
/// Memory: the messages of one frame, and all configurations.
struct FrameAssembler {
    private var configurations: ConfigurationTable
    private var rules: FrameRules
    private var open: OpenFrame?

    /// - Parameters:
    ///   - configurations: those of the trace before the first message.
    ///   - startsTrace: whether the first frame is the trace's, and so has to start a session, and says whether the run is live.
    ///   - isLive: of a reader that begins in the middle: whether the run is.
    init(
        configurations: ConfigurationTable = ConfigurationTable(), startsTrace: Bool = true,
        isLive: Bool = false
    ) {
        self.configurations = configurations
        rules = FrameRules(startsTrace: startsTrace, isLive: isLive)
    }

    /// Takes the next message; returns the frame before when the message begins another.
    mutating func take(_ message: TraceMessage) throws(TraceError) -> FrameInput? {
        let finished = try finish(before: message)
        try add(message)
        return finished
    }

    /// The first half of ``take(_:)``: returns the frame before when the message begins another.
    mutating func finish(before message: TraceMessage) throws(TraceError) -> FrameInput? {
        try message.checkPlace()
        var finished: FrameInput?
        if let open, open.frame != message.sequence {
            guard open.frame < message.sequence else {
                throw .frameOrder(previous: open.frame, found: message.sequence, offset: message.offset)
            }
            finished = try close(open)
            self.open = nil
        }
        return finished
    }

    /// The second half of ``take(_:)``.
    mutating func add(_ message: TraceMessage) throws(TraceError) {
        var frame = open ?? OpenFrame(frame: message.sequence)
        open = nil
        switch message.content {
        case .configuration(let content):
            let configuration = try content.configuration(frame: frame.frame, offset: message.offset)
            try configurations.add(configuration, id: content.id, frame: frame.frame)
        case .event(let content):
            guard frame.events.count < TraceFormat.maximumEventsPerFrame else {
                throw .tooMany(
                    what: "events", count: frame.events.count + 1,
                    limit: TraceFormat.maximumEventsPerFrame, frame: frame.frame)
            }
            frame.events.append((content, message.offset))
        case .frame(let content):
            guard frame.camera == nil else {
                throw .frameRepeated(frame: frame.frame, offset: message.offset)
            }
            frame.camera = content
        case .work(let content):
            guard frame.work == nil else { throw repeated("/work", message) }
            frame.work = content
        case .checkpoint(let content):
            guard frame.checkpoint == nil else { throw repeated("/checkpoint", message) }
            frame.checkpoint = try content.content()
        case .snapshot(let content):
            guard frame.snapshot == nil else { throw repeated("/snapshot", message) }
            frame.snapshot = content.content
        }
        open = frame
    }

    private func repeated(_ topic: String, _ message: TraceMessage) -> TraceError {
        .messageRepeated(topic: topic, frame: message.sequence, offset: message.offset)
    }

    /// The last frame; nil if there was no message at all.
    mutating func finish() throws(TraceError) -> FrameInput? {
        guard let open else { return nil }
        self.open = nil
        return try close(open)
    }

    private mutating func close(_ open: OpenFrame) throws(TraceError) -> FrameInput {
        guard let camera = open.camera else { throw .frameMissing(frame: open.frame) }
        var events: [Event] = []
        events.reserveCapacity(open.events.count)
        Planted.begin(frame: Int32(truncatingIfNeeded: open.frame))
        // Equal ordinals are found below, so that the order of equals does not matter.
        let isSorted = zip(open.events, open.events.dropFirst()).allSatisfy { $0.0.ordinal < $1.0.ordinal }
        let sorted = isSorted ? open.events : open.events.sorted { $0.0.ordinal < $1.0.ordinal }
        let asInFile = planted(.orderInFile, if: !isSorted)
        for (index, message) in (asInFile ? open.events : sorted).enumerated() {
            let (content, offset) = message
            guard content.ordinal == index || asInFile else {
                throw .eventOrdinal(frame: open.frame, expected: UInt32(index), found: content.ordinal)
            }
            events.append(try content.event(configurations: configurations, offset: offset))
        }
        var input = try camera.input(events: events)
        input.snapshot = open.snapshot
        input.checkpoint = open.checkpoint
        try open.work?.apply(to: &input)
        input.settlePace(isLive: rules.isLive(first: input))
        try rules.check(input)
        return input
    }
}

extension FrameInput {
    /// A frame of a live run without a message of its work drained nothing; one of a modelled run, with a message that says that it
    /// drained nothing, drains what is due.
    mutating func settlePace(isLive: Bool) {
        if isLive {
            castResults = castResults ?? []
            storeReplies = storeReplies ?? []
        } else if (castResults ?? []).isEmpty, (storeReplies ?? []).isEmpty {
            castResults = nil
            storeReplies = nil
        }
    }
}

/// A frame of which not all messages may have been met.
private struct OpenFrame {
    var frame: UInt32
    var camera: MessageFrame?
    var events: [(MessageEvent, offset: UInt64)] = []
    var work: MessageWork?
    var checkpoint: Checkpoint?
    var snapshot: RecordedSnapshot?

    init(frame: UInt32) { self.frame = frame }
}
