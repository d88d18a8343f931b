package import Hashing
package import Streaming

/// What a trace is, at a glance.
package struct TraceInfo: Equatable, Sendable {
    /// Number of the first frame.
    package var firstFrame: Int32
    package var frameCount: Int64
    /// Sessions that start in the trace.
    package var sessions: Int64
    /// From the first frame to the last by the engine's own clock, in nanoseconds; 0 where it went backwards.
    package var durationNanoseconds: Int64
    /// Events by kind, in the order of the format, also those of which there are none.
    package var events: [EventCount]
    /// Whether the frames say what they drained from worker threads and store.
    package var isLive: Bool
    /// Frames with the recording engine's digests.
    package var checkpoints: Int64 = 0
    /// Frames with a snapshot, from which the run can be started.
    package var snapshots: Int64 = 0
    /// Places where frames were not recorded, and how many were not.
    package var gaps: Int64 = 0
    package var missedFrames: Int64 = 0
    /// The engines whose run this is, as they name themselves.
    package var engines: [Engine] = []
    /// In the order in which they come into force.
    package var configurations: [Configuration]
    package var sizeBytes: Int
    package var canonicity: Trace.Canonicity
    /// What the trace holds beside its frames.
    package var extras: TraceExtras
    /// XXH3-128 of the file's bytes.
    package var digest: Digest128

    /// How many events of a kind there are.
    package struct EventCount: Equatable, Sendable {
        /// As in the .proto files.
        package var kind: String
        package var count: Int64
    }
}

extension Trace {
    /// Reads a trace from end to end.
    ///
    /// - Throws: ``TraceError`` if anything in it is not as it should be.
    package static func info(_ trace: TraceReader) throws(TraceError) -> TraceInfo {
        var frames = trace.frames()
        guard let first = try frames.next() else { throw .noFrames }
        var info = TraceInfo(
            firstFrame: first.frame, frameCount: 0, sessions: 0, durationNanoseconds: 0,
            events: Event.kinds.map { TraceInfo.EventCount(kind: $0, count: 0) },
            isLive: first.castResults != nil, configurations: [],
            sizeBytes: trace.sizeBytes, canonicity: .canonical, extras: TraceExtras(),
            digest: trace.digest)
        var last = first
        var next: FrameInput? = first
        while let input = next {
            info.count(input)
            last = input
            next = try frames.next()
        }
        let (duration, overflow) = last.engineTimeNanoseconds.subtractingReportingOverflow(
            first.engineTimeNanoseconds)
        info.durationNanoseconds = overflow ? 0 : max(0, duration)
        info.extras = frames.extras
        info.canonicity = canonicity(of: trace)
        return info
    }
}

extension TraceInfo {
    fileprivate mutating func count(_ input: FrameInput) {
        frameCount += 1
        if input.checkpoint != nil { checkpoints += 1 }
        if input.snapshot != nil { snapshots += 1 }
        if input.missedFrames > 0 { gaps += 1 }
        missedFrames += Int64(input.missedFrames)
        for event in input.events {
            events[event.kind].count += 1
            switch event {
            case .sessionStart(let configuration):
                sessions += 1
                configurations.append(configuration)
            case .configure(let configuration): configurations.append(configuration)
            case .engine(let engine): engines.append(engine)
            default: break
            }
        }
    }
}

extension Event {
    fileprivate static let kinds = [
        "session_start", "session_end", "configure", "edit", "chunk_load", "chunk_unload", "invalidate",
        "store", "store_off", "store_damage", "write_back_dropped", "engine",
    ]

    /// The place of the event's kind in ``kinds``.
    fileprivate var kind: Int {
        switch self {
        case .sessionStart: 0
        case .sessionEnd: 1
        case .configure: 2
        case .edit: 3
        case .chunkLoad: 4
        case .chunkUnload: 5
        case .invalidate: 6
        case .store: 7
        case .storeOff: 8
        case .storeDamage: 9
        case .writeBackDropped: 10
        case .engine: 11
        }
    }
}

extension MCAPBytes {
    /// XXH3-128 of all bytes. O(bytes).
    package func digest128() -> Digest128 { XXH3.digest128(slice(0..<count)) }
}
