import Foundation
import Hashing
import Recording
import Replay
import Streaming
import Topology

/// A simulated live run, and its trace as it was recorded.
struct LiveLawSample {
    /// As they stand in the trace.
    let frames: [FrameInput]
    /// Of the live run.
    let digests: [FrameDigests]
    let lost: [(frame: Int32, flight: Flight)]
    /// What happened in the live run.
    let events: [ScheduleEvent]
    let flights: [LiveCasts.Arrival: Flight]
    /// The model refused what the live run made of this frame, which was its last.
    let refusal: (frame: Int32, error: FrameError)?

    var script: Script { Script(events.map(\.entry)) }

    init(_ given: [FrameInput], _ schedule: Schedule, _ options: ReplayOptions) throws {
        var digests: [FrameDigests] = []
        var lost: [(frame: Int32, flight: Flight)] = []
        var events: [ScheduleEvent] = []
        var flights: [LiveCasts.Arrival: Flight] = [:]
        var refusal: (frame: Int32, error: FrameError)?
        frames = try recording(room: given.count) { recorder in
            do {
                let outcome = try ScheduledLiveRun(schedule, options: options).run(
                    given, to: recorder, observe: { _, result, _ in digests.append(result.digests) },
                    refused: { (events, flights) = ($0, $1) })
                (lost, events, flights) = (outcome.lost, outcome.events, outcome.flights)
            } catch ReplayError.frameRefused(let frame, let error) {
                refusal = (frame, error)
            }
        }
        self.digests = digests
        self.lost = lost
        self.events = events
        self.flights = flights
        self.refusal = refusal
    }
}

/// One of two runs that are compared.
enum LiveLawSide {
    case live([FrameInput], Schedule)
    case replay([FrameInput])

    private struct Enough: Error {}

    /// Makes the run, until `observe` returns false.
    ///
    /// - Parameters:
    ///   - options: who casts.
    ///   - watch: is asked before each frame who wants to look at its stages.
    ///   - observe: sees each frame's result, and the run as it is then.
    /// - Throws: ``ReplayError``, what cannot be written or read, what `observe` throws.
    func run(
        _ options: ReplayOptions, watch: (FrameInput) -> StageWatch? = { _ in nil },
        _ observe: (FrameResult, borrowing RunState) throws -> Bool
    ) throws {
        do {
            switch self {
            case .live(let given, let schedule):
                _ = try recording(room: given.count) { recorder in
                    _ = try ScheduledLiveRun(schedule, options: options).run(
                        given, to: recorder,
                        observe: { _, result, state in
                            if try !observe(result, state) { throw Enough() }
                        }, watch: watch)
                }
            case .replay(let frames):
                _ = try Replayer.run(
                    frames, options: options,
                    observe: { result, state in if try !observe(result, state) { throw Enough() } },
                    watch: watch)
            }
        } catch is Enough {}
    }

    /// What a frame of the run does; nil where it is not come to.
    func look(at frame: Int32, _ options: ReplayOptions) throws -> (facts: FrameFacts, log: FrameLog)? {
        var log: FrameLog?
        var facts: FrameFacts?
        try run(
            options,
            watch: { input in
                guard input.frame == frame else { return nil }
                let new = FrameLog(events: input.events.count)
                log = new
                return new.watch
            }
        ) { result, state in
            facts = log.map { FrameReport($0, result, state).facts }
            return facts == nil
        }
        guard let facts, let log else { return nil }
        return (facts, log)
    }
}

extension FrameLog {
    /// A probe as it was before a stage.
    func unchanged(_ stage: Stage, _ level: Int, _ cell: Cell) -> CellReport? {
        let before = systems[max(0, Int(stage.rawValue) - 1)]
        guard level < before.levels.count, before.levels[level].window.contains(cell) else { return nil }
        return CellReport(before.levels[level], cell)
    }
}

/// Records what `body` runs, by the recorder of live runs and a file that is gone afterwards.
///
/// - Returns: the frames of the trace.
private func recording(room frames: Int, _ body: (FrameRecorder) throws -> Void) throws -> [FrameInput] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "live-law-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("run.mcap").path
    var options = FrameRecorder.Options()
    // However slow the disk is, no frame is missed.
    options.queueFrames = frames + 1
    let recorder = try FrameRecorder(path: path, options: options)
    try body(recorder)
    try recorder.finish()
    var recorded: [FrameInput] = []
    var reader = try TraceReader(contentsOf: path).frames()
    while let input = try reader.next() { recorded.append(input) }
    return recorded
}
