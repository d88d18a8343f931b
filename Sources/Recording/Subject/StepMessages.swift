package import Streaming
import SwiftProtobuf

/// Makes the messages of a run's frames for a subject: those of the trace, frame by frame.
package struct StepWriter: Sendable {
    /// Configurations sent since the run began.
    private var configurations: UInt32 = 0

    package init() {}

    /// The message of a frame of a trace.
    package mutating func message(_ input: FrameInput, wantsRecords: Bool) -> MessageStep {
        let frame = UInt32(input.frame)
        var step = MessageStep()
        step.frame = MessageFrame(input)
        for (ordinal, event) in input.events.enumerated() {
            step.events.append(
                MessageEvent(
                    event, frame: frame, ordinal: UInt32(ordinal), configurationID: configurations))
            guard let configuration = event.configuration else { continue }
            step.configurations.append(MessageConfiguration(configuration, id: configurations))
            configurations += 1
        }
        if let work = MessageWork(input, isFirst: true) { step.work = work }
        if let snapshot = input.snapshot { step.snapshot = MessageSnapshot(snapshot, frame: frame) }
        step.wantsRecords = wantsRecords
        return step
    }
}

/// Makes frames out of what a subject is sent.
package struct StepReader: Sendable {
    private var configurations = ConfigurationTable()
    private var rules: FrameRules
    private let isLive: Bool

    /// - Parameters:
    ///   - isLive: whether the run is a recorded live one.
    ///   - startsRun: false where the run goes on from a saved state.
    package init(isLive: Bool, startsRun: Bool = true) {
        self.isLive = isLive
        rules = FrameRules(startsTrace: startsRun, isLive: isLive)
    }

    /// - Throws: ``TraceError`` for what could not stand in a trace.
    package mutating func input(_ step: MessageStep) throws(TraceError) -> FrameInput {
        guard step.hasFrame else { throw .frameMissing(frame: 0) }
        let frame = step.frame.frame
        for message in step.configurations {
            let configuration = try message.configuration(frame: frame, offset: 0)
            try configurations.add(configuration, id: message.id, frame: frame)
        }
        guard step.events.count <= TraceFormat.maximumEventsPerFrame else {
            throw .tooMany(
                what: "events", count: step.events.count, limit: TraceFormat.maximumEventsPerFrame,
                frame: frame)
        }
        var events: [Event] = []
        for (index, message) in step.events.enumerated() {
            guard message.ordinal == index else {
                throw .eventOrdinal(frame: frame, expected: UInt32(index), found: message.ordinal)
            }
            events.append(try message.event(configurations: configurations, offset: 0))
        }
        var input = try step.frame.input(events: events)
        if step.hasSnapshot { input.snapshot = step.snapshot.content }
        if step.hasWork { try step.work.apply(to: &input) }
        input.settlePace(isLive: isLive)
        try rules.check(input)
        return input
    }
}
