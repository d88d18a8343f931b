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
    /// The configuration before this frame; nil where no session ran.
    let configurationBefore: Configuration?
    /// What was cached and stored so far means something else from now on: the session ends, or a reload changes its key.
    let endsKey: Bool

    /// World boxes whose light is wrong, in the order of the events. Set by the input stage.
    var invalidated: [WorldBox] = []
    /// One per level. Set by snap.
    var snaps: [Snap] = []
    /// One per level. Set by shift.
    var shifts: [WindowShift] = []
    /// One per level: its window in the frame before; nil where it had none. Set by shift.
    var windowsBefore: [Window?] = []
    /// One per level.
    var counts: [LevelCounts] = []

    /// The ledger of the session that this frame ends, until its last batch is handed over.
    var closing: StoreLedger?
    /// The edits of the closing ledger's world, and whether that world goes on.
    var closingEdits = LeafSum()
    var worldGoesOn = true
    /// The edits of the world as the session's start finds them.
    var startEdits = LeafSum()
    /// The session that starts in this frame has a store with this size cap: what it holds, where that is not as the run left it.
    var opensStore: Int64?
    var storeContents: StoreContents?
    /// Regions whose rows are spoilt in this frame.
    var damaged: [RegionKey] = []
    /// Replies that this frame drains, in the order of their requests.
    var replies: [(request: StoreRequest, reply: StoreReply)] = []
    /// Per level, what left its window and may be cached. Set by shift.
    var lifted: [[CachedCell]] = []
    /// Levels from this one on lift what leaves.
    var liftsFrom = Int.max
    /// The claims of this frame that have not been taken, in their order; nil where the model's own worker claims.
    var claims: ArraySlice<Claim>?
    /// What was claimed so far, and the lists of what was dispatched and disabled by it before the cast stage.
    var claimed: [Flight] = []
    /// Where those casts were dispatched; the same for all of them.
    var claimedLattice: Lattice?
    /// Batches of a session that ended. Who casts is told once nothing can be refused any more.
    var abandoned: [Int32] = []
    var dispatched = CanonicalBytes()
    var disabled = CanonicalBytes()
    /// What was handed over to the store so far.
    var handedOver = HandOver()

    /// Who looks on, if anybody does.
    var watch: StageWatch?
    /// The ordered outputs of the stage that is running.
    var outputs = CanonicalBytes()
    var stageDigests: [Digest64] = []

    var frame: Int32 { input.frame }

    init(
        input: FrameInput, configuration: Configuration?, clampings: [Clamping], finestCell: Cell?,
        endsSession: Bool, startsSession: Bool, rebuilds: Bool, changesLayout: Bool,
        configurationBefore: Configuration?
    ) {
        self.input = input
        self.configuration = configuration
        self.clampings = clampings
        self.finestCell = finestCell
        self.endsSession = endsSession
        self.startsSession = startsSession
        self.rebuilds = rebuilds
        self.changesLayout = changesLayout
        self.configurationBefore = configurationBefore
        if let before = configurationBefore, let after = configuration, !endsSession {
            endsKey = before != after && StoreKey(before) != StoreKey(after)
        } else {
            endsKey = configurationBefore != nil
        }
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

    /// Whether what leaves this level's window is lifted out.
    func lifts(_ level: Int) -> Bool { level >= liftsFrom }

    mutating func appendOutput(level: Int, cell: Cell, generation: UInt32) {
        outputs.append(level: level, cell: cell, generation: generation)
    }
}

extension CanonicalBytes {
    /// A request as it stands in the lists of select, cast and commit.
    mutating func append(level: Int, cell: Cell, generation: UInt32) {
        append(UInt8(level))
        append(cell)
        append(generation)
    }
}
