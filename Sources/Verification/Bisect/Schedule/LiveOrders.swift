import Replay
import Streaming

/// How a schedule of the live path breaks the law ``LiveLaw``.
struct LiveFault: Hashable {
    enum Kind: Hashable {
        /// The model refuses what the live run made of a frame.
        case liveRefused
        case replayRefused
        /// The replay has other digests.
        case replay(Stage?)
        case otherOrderRefused
        /// The replay with what its frames drained in another order has other digests.
        case otherOrder(Stage?)
        /// A result has never come.
        case lost
    }

    var kind: Kind
    var frame: Int32
}

extension LiveFault.Kind: CustomStringConvertible {
    var description: String {
        switch self {
        case .liveRefused: "the live run is refused"
        case .replayRefused: "the replay is refused"
        case .replay(let stage):
            "the replay has other digests, first of \(stage.map { "stage \($0.name)" } ?? "levels only")"
        case .otherOrderRefused: "the replay in another order is refused"
        case .otherOrder(let stage):
            "the replay in another order has other digests, first of "
                + (stage.map { "stage \($0.name)" } ?? "levels only")
        case .lost: "a result never comes"
        }
    }
}

/// Makes live runs under schedules, and judges them.
final class LiveOrders {
    let frames: [FrameInput]
    let options: ReplayOptions
    /// Live runs and replays.
    private(set) var runs = 0

    init(_ frames: [FrameInput]) {
        self.frames = frames
        var options = ReplayOptions()
        // What has been cast in one run need not be cast in the next.
        options.memory = CastMemory()
        self.options = options
    }

    /// A live run, and its replay.
    struct Judged {
        var sample: LiveLawSample
        var fault: LiveFault?
    }

    /// Up to which frame a fault needs the run: what has never come is known at the end.
    func frames(upTo fault: LiveFault) -> [FrameInput] {
        guard fault.kind != .lost, let last = frames.firstIndex(where: { $0.frame == fault.frame }) else {
            return frames
        }
        return Array(frames[...last])
    }

    /// Judges the replay, and whether all results come.
    func judge(_ frames: [FrameInput], _ schedule: Schedule) throws -> Judged {
        runs += 1
        let sample = try LiveLawSample(frames, schedule, options)
        if let (frame, _) = sample.refusal {
            return Judged(sample: sample, fault: LiveFault(kind: .liveRefused, frame: frame))
        }
        runs += 1
        switch try LiveLaw.difference(.replay(sample.frames), sample.digests, options) {
        case .digests(let frame, let stage)?:
            return Judged(sample: sample, fault: LiveFault(kind: .replay(stage), frame: frame))
        case .refused(let frame, _)?:
            return Judged(sample: sample, fault: LiveFault(kind: .replayRefused, frame: frame))
        case nil: break
        }
        let lost = sample.lost.first.map { LiveFault(kind: .lost, frame: $0.frame) }
        return Judged(sample: sample, fault: lost)
    }

    /// Judges a replay of other frames than a live run recorded, with the same inputs.
    func judge(_ changed: [FrameInput], otherThan sample: LiveLawSample) throws -> LiveFault? {
        runs += 1
        switch try LiveLaw.difference(.replay(changed), sample.digests, options) {
        case .digests(let frame, let stage)?: return LiveFault(kind: .otherOrder(stage), frame: frame)
        case .refused(let frame, _)?: return LiveFault(kind: .otherOrderRefused, frame: frame)
        case nil: return nil
        }
    }

    /// All that the law asks of a schedule; of a plain one and of a script no other order.
    func judge(all schedule: Schedule) throws -> Judged {
        var judged = try judge(frames, schedule)
        guard case .seeded(let seed) = schedule, judged.fault == nil || judged.fault?.kind == .lost else {
            return judged
        }
        let changed = judged.sample.frames.inOtherOrder(seed)
        if let other = try judge(changed, otherThan: judged.sample) { judged.fault = other }
        return judged
    }

    /// Where a schedule's replay goes wrong, in all detail.
    func breach(_ frames: [FrameInput], _ schedule: Schedule, _ fault: LiveFault) throws -> Breach {
        let sample = try LiveLawSample(frames, schedule, options)
        if let (frame, error) = sample.refusal {
            return Breach(frame: frame, stage: .input, what: "the live run is refused: \(error)")
        }
        if let breach = try LiveLaw.compare(
            .live(frames, schedule), .replay(sample.frames), sample.digests, options, "the replay")
        {
            return breach
        }
        guard let (frame, flight) = sample.lost.first else {
            return Breach(frame: fault.frame, stage: nil, what: "\(fault.kind)")
        }
        return Breach(
            frame: frame, stage: .cast, level: flight.level, cell: flight.cell,
            what: "the result of cast \(flight.sequence) has never come")
    }
}
