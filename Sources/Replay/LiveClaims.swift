import Streaming

/// Worker threads of a variant in which these claim requests: each request that waits is taken with a chance of one in two a frame, before any
/// of its stages. Its outcome is cast and drained as all others.
struct ClaimDraw {
    /// A request that is taken, before which stage, and before which stage a worker would write down that it was.
    struct Decision: Hashable {
        var request: UInt64
        var stage: UInt32
        var written: UInt32
    }

    /// Nil: all requests that find room are taken, before the frame begins.
    private var chance: Chance?
    /// How many stages later a worker would write down what it took.
    private var delays: Chance?
    /// Says in place of chance which of the requests that wait are taken.
    var decide: (([UInt64]) -> [Decision])?
    /// Is told which requests waited, and what was decided.
    var observe: (([UInt64], [Decision]) -> Void)?

    init(seed: UInt64) {
        chance = Chance(seed: seed &* 0x9E37_79B9_7F4A_7C15)
        delays = Chance(seed: ~seed)
    }

    /// Nothing is left to chance.
    init() {}

    mutating func draw(_ system: StreamingSystem, for input: inout FrameInput, _ notes: inout LiveNotes) {
        guard system.claimsByWorkers, !input.dropsQueue else { return }
        let waiting = Array(system.queuedTickets.prefix(system.roomInFlight))
        let decisions = decide?(waiting) ?? drawn(waiting)
        observe?(waiting, decisions)
        var claims = decisions.map { Claim(request: $0.request, stage: $0.stage) }
        claims.sortByStage()
        let work = EngineWork(claims)
        input.engineWork = work.isEmpty ? nil : work
        var written = decisions.map { Claim(request: $0.request, stage: $0.written) }
        written.sortByStage()
        notes.claims(claims, written: written)
    }

    private mutating func drawn(_ waiting: [UInt64]) -> [Decision] {
        var decisions: [Decision] = []
        for ticket in waiting where chance?.next(below: 2) ?? 0 == 0 {
            let stage = UInt32(chance?.next(below: UInt64(Claim.lastStage) + 1) ?? 0)
            decisions.append(Decision(request: ticket, stage: stage, written: stage))
        }
        // Delays are drawn in the order of the claims.
        decisions.sort { ($0.stage, $0.request) < ($1.stage, $1.request) }
        for place in decisions.indices {
            let written = UInt64(decisions[place].stage) + (delays?.next(below: 3) ?? 0)
            decisions[place].written = min(UInt32(written), Claim.lastStage)
        }
        return decisions
    }
}

extension [Claim] {
    fileprivate mutating func sortByStage() {
        // Order: stages ascending; within one the tickets are, and two are never equal.
        sort { ($0.stage, $0.request) < ($1.stage, $1.request) }
    }
}

extension EngineWork {
    init(_ claims: [Claim]) {
        self.init()
        claimed = claims.map(\.request)
        claimStages = claims.map(\.stage)
    }
}

extension FrameInput {
    /// What waits in the queue may be dropped in this frame.
    fileprivate var dropsQueue: Bool {
        events.contains { event in
            switch event {
            case .sessionStart, .sessionEnd, .configure: true
            default: false
            }
        }
    }
}
