import Streaming

/// Worker threads of a variant in which these claim requests: each request that waits is taken with a chance of one in two a frame, before any
/// of its stages. Its outcome is cast and drained as all others.
struct ClaimDraw {
    /// Nil: all requests that find room are taken, before the frame begins.
    private var chance: Chance?
    /// How many stages later a worker would write down what it took.
    private var delays: Chance?

    init(seed: UInt64) {
        chance = Chance(seed: seed &* 0x9E37_79B9_7F4A_7C15)
        delays = Chance(seed: ~seed)
    }

    /// Nothing is left to chance.
    init() {}

    mutating func draw(_ system: StreamingSystem, for input: inout FrameInput, _ notes: inout LiveNotes) {
        guard system.claimsByWorkers, !input.dropsQueue else { return }
        var claims: [Claim] = []
        for ticket in system.queuedTickets.prefix(system.roomInFlight) where chance?.next(below: 2) ?? 0 == 0
        {
            let stage = UInt32(chance?.next(below: UInt64(Claim.lastStage) + 1) ?? 0)
            claims.append(Claim(request: ticket, stage: stage))
        }
        claims.sortByStage()
        let work = EngineWork(claims)
        input.engineWork = work.isEmpty ? nil : work
        var written = claims.map { claim in
            let stage = UInt64(claim.stage) + (delays?.next(below: 3) ?? 0)
            return Claim(request: claim.request, stage: min(UInt32(stage), Claim.lastStage))
        }
        written.sortByStage()
        notes.claims(claims, written: written)
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
