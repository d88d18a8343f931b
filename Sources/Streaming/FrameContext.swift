import Hashing
import Topology

/// What the stages of one frame hand to each other. It lives for one frame and is no state.
struct FrameContext {
    let input: FrameInput
    /// The effective configuration after the frame's events; nil where no session runs.
    let configuration: Configuration?
    let clampings: [Clamping]
    /// The camera's cell at the finest level; nil where no session runs.
    let finestCell: Cell?
    /// A session ends in this frame, whether or not another one starts.
    let endsSession: Bool
    let startsSession: Bool
    /// Every level is made anew: session start, or another spacing, resolution or number of levels.
    let rebuilds: Bool
    /// The payload's layout changed: every cell becomes Dirty and loses its payload.
    let changesLayout: Bool

    /// World boxes whose light is wrong, in the order of the events. Set by the input stage.
    var invalidated: [WorldBox] = []
    /// One per level. Set by snap.
    var snaps: [Snap] = []
    /// One per level. Set by shift.
    var shifts: [WindowShift] = []
    /// One per level.
    var counts: [LevelCounts] = []

    /// Who looks on, if anybody does.
    var watch: StageWatch?
    /// The ordered outputs of the stage that is running.
    var outputs = CanonicalBytes()
    var stageDigests: [Digest64] = []

    var frame: Int32 { input.frame }

    init(
        input: FrameInput, configuration: Configuration?, clampings: [Clamping], finestCell: Cell?,
        endsSession: Bool, startsSession: Bool, rebuilds: Bool, changesLayout: Bool
    ) {
        self.input = input
        self.configuration = configuration
        self.clampings = clampings
        self.finestCell = finestCell
        self.endsSession = endsSession
        self.startsSession = startsSession
        self.rebuilds = rebuilds
        self.changesLayout = changesLayout
        stageDigests.reserveCapacity(Stage.allCases.count)
        outputs.append(Stage.input.tag)
    }

    /// Closes a stage: its outputs, then the parts of the state that it may have changed, become its
    /// digest; the next stage starts with empty outputs.
    mutating func close(_ stage: Stage, of system: borrowing StreamingSystem) {
        precondition(stageDigests.count == Int(stage.rawValue), "stages run once each, in their order")
        system.append(stage.parts, to: &outputs)
        stageDigests.append(outputs.digest64())
        watch?(stage, outputs.bytes, system)
        outputs.reset()
        if let next = Stage(rawValue: stage.rawValue + 1) { outputs.append(next.tag) }
    }

    mutating func appendOutput(level: Int, cell: Cell, generation: UInt32) {
        outputs.append(UInt8(level))
        outputs.append(cell)
        outputs.append(generation)
    }
}
