import Hashing
import Replay
import Streaming

/// One of two runs that are stepped side by side. It remembers what the stages of its last frame hashed, and a
/// keyframe with the inputs since then.
struct RunSide {
    private(set) var state = RunState()
    private let options: ReplayOptions
    private let casts: any CastService
    private var keyframe = RunState()
    private var inputs: [FrameInput] = []
    private let bytes = StageBytes()

    init(_ options: ReplayOptions) {
        self.options = options
        casts = options.casts()
    }

    mutating func step(_ input: FrameInput) throws -> FrameResult {
        if inputs.count == Explainer.keyframeInterval {
            keyframe = state
            inputs = []
        }
        inputs.append(input)
        bytes.begin(input)
        return try state.step(
            input, casts: casts, oracleInterval: options.oracleInterval, watch: bytes.watch)
    }

    /// What the last frame's stages hashed, read back; the probes that they changed are not known.
    func facts(of result: FrameResult) -> FrameFacts {
        FrameFacts(
            frame: result.frame, previous: nil, digest: result.digests.frame, levels: result.digests.levels,
            stages: bytes.reports, changes: result.digests.stages.map { _ in [] })
    }

    /// Steps from the keyframe to the last frame once more, and watches that.
    ///
    /// - Returns: nil where a frame does not come out as it had.
    func stepAgain(_ result: FrameResult) throws -> FrameLog? {
        var again = keyframe
        let casts = options.casts()
        again.resumeCasts(casts)
        for input in inputs.dropLast() {
            _ = try again.step(input, casts: casts, oracleInterval: 0)
        }
        guard let last = inputs.last else { return nil }
        let log = FrameLog(events: last.events.count)
        let repeated = try again.step(last, casts: casts, oracleInterval: 0, watch: log.watch)
        return repeated.digests == result.digests ? log : nil
    }
}

/// The bytes of one frame's stages, as they were hashed: cheap to take in every frame, read only where they differ.
private final class StageBytes {
    private var stages: [(stage: Stage, bytes: [UInt8], levels: Int)] = []
    private var events = 0

    func begin(_ input: FrameInput) {
        stages.removeAll(keepingCapacity: true)
        events = input.events.count
    }

    var watch: StageWatch {
        { [self] stage, bytes, system in stages.append((stage, bytes, system.levels.count)) }
    }

    var reports: [StageReport] {
        stages.map { StageReport($0.stage, $0.bytes, levels: $0.levels, events: events) }
    }
}

extension StreamingSystem {
    /// The probes that are not the same in two systems, as each of them has them. O(cells).
    func differingCells(from other: StreamingSystem) -> ([CellReport], [CellReport]) {
        let left = changedCells(since: other)
        let right = other.changedCells(since: self)
        return (
            left.map { CellReport(levels[$0.level], $0.cell) },
            right.map { CellReport(other.levels[$0.level], $0.cell) }
        )
    }
}
