import Hashing
import Topology

@testable import Streaming

/// The frames of a scenario in sessions of the variant, most of them: with claims at random places where the scenario is live, and without
/// stores, which the variant has not.
struct VariantScenario {
    private var generator: ScenarioGenerator
    private var random: SeededRandom
    /// Elsewhere requests wait long enough to expire.
    private let rebuildsOften: Bool

    var castSource: CastSource { generator.castSource }
    var isLive: Bool { generator.isLive }

    init(seed: UInt64) {
        generator = ScenarioGenerator(seed: seed)
        rebuildsOften = seed % 3 == 0
        random = SeededRandom(seed: seed ^ 0x2026_01)
    }

    mutating func next(
        _ reference: ReferenceModel, _ system: StreamingSystem, _ casts: ScriptedCasts
    ) throws -> FrameInput {
        var input = generator.next(reference)
        input.storeReplies = isLive ? [] : nil
        var variant = reference.configuration?.variant ?? .reference
        var starts = false
        input.events = input.events.compactMap { event in
            switch event {
            case .sessionStart(var configuration):
                starts = true
                variant = random.oneIn(6) ? .reference : .lumon2026_01
                configuration.variant = variant
                if random.oneIn(2) { makeBusy(&configuration) }
                return .sessionStart(configuration)
            case .configure(var configuration):
                configuration.variant = variant
                return .configure(configuration)
            case .store, .storeOff, .storeDamage, .writeBackDropped: return nil
            default: return event
            }
        }
        if random.oneIn(8) {
            // Room for a few probes, and not quite for one more.
            var budgets = generator.randomBudgets()
            budgets.uploadBytes = Int64(1576 * random.integer(0...9) + random.integer(-1...1))
            input.budgets = budgets
        }
        let ends = !starts && input.events.contains(.sessionEnd)
        if isLive, reference.isOld, !starts, !ends, rebuildsOften, random.oneIn(6),
            let given = reference.configuration
        {
            // What waits is claimed right before its levels are made anew.
            var configuration = given
            configuration.baseSpacing = random.pick(ScenarioGenerator.spacings)
            configuration.levels = Int32(random.integer(1...2))
            configuration.budgets = given.budgets
            input.events.append(.configure(configuration))
        }
        if isLive, variant == .lumon2026_01, !ends { try addClaims(&input, reference, system, casts) }
        return input
    }

    /// Much in flight for long, so that slots change hands while their results are out.
    private mutating func makeBusy(_ configuration: inout Configuration) {
        configuration.castLatencyFrames = Int32(random.integer(3...7))
        configuration.budgets = Budgets(perLevel: [40, 20], total: 50, uploadBytes: 1 << 20)
    }

    /// Some of the requests that wait, before any stage, and some of those that the frame is going to select. A frame without a list is one
    /// with an empty one.
    private mutating func addClaims(
        _ input: inout FrameInput, _ reference: ReferenceModel, _ system: StreamingSystem,
        _ casts: ScriptedCasts
    ) throws {
        var claims: [Claim] = []
        // What waits in another variant is not claimed; what an end or a rebuild drops is claimed before that.
        let last = input.dropsQueue(reference) ? 2 : 7
        let share = random.pick([1, 2, 3, 12])
        // Some wait until they have expired, and are claimed even later.
        for request in reference.oldQueue where random.oneIn(request.ticket % 3 == 0 ? 90 : share) {
            claims.append(Claim(request: request.ticket, stage: UInt32(random.integer(0...last))))
        }
        input.set(ordered(claims))
        if random.oneIn(2), last > 2 || claims.isEmpty || input.restarts {
            // What will be selected does not depend on what is claimed after it.
            var trial = system
            let next = trial.queue.nextTicket
            _ = try trial.step(input, casts: casts.copy())
            for ticket in next..<max(next, trial.queue.nextTicket) where random.oneIn(3) {
                claims.append(Claim(request: ticket, stage: UInt32(random.integer(6...7))))
            }
            input.set(ordered(claims))
        }
        if reference.isOld {
            for claim in claims where random.oneIn(6) { input.castResults?.append(claim.request) }
        }
    }

    /// By stage; in any order where that is the same.
    private mutating func ordered(_ claims: [Claim]) -> [Claim] {
        claims.map { (claim: $0, key: random.next()) }
            .sorted { ($0.claim.stage, $0.key) < ($1.claim.stage, $1.key) }.map(\.claim)
    }
}

extension FrameInput {
    mutating func set(_ claims: [Claim]) {
        var work = EngineWork()
        work.claimed = claims.map(\.request)
        work.claimStages = claims.map(\.stage)
        engineWork = work.isEmpty ? nil : work
    }

    fileprivate var restarts: Bool {
        events.contains { if case .sessionStart = $0 { true } else { false } }
    }

    fileprivate func dropsQueue(_ reference: ReferenceModel) -> Bool {
        events.contains { event in
            switch event {
            case .sessionStart, .sessionEnd: true
            case .configure(let given):
                reference.configuration.map { reference.clamped(given).needsRebuild(from: $0) } ?? true
            default: false
            }
        }
    }
}
