import Hashing
import Replay
import Streaming

/// However the budgets are split over frames and levels, and however long casts take, the same light comes of it.
///
/// Behind the end of the trace everything is invalidated, in the windows and in what is kept outside them. From there one run stands still with unlimited budgets until it
/// has settled; others with small budgets drawn anew in every frame and for every level, and with other cast latencies. All end with the same lifecycle and
/// payload in every probe. Left out are probes whose casts meet a chunk that is not loaded.
package struct FixedPoint: Law {
    package let name = "fixed-point"
    package let rules: [Rule] = [.selection]
    package let claim = "any split of the budgets, and any latency, ends in the same lifecycles and payloads"

    package init() {}

    package func judge(_ given: LawCase) throws -> LawOutcome {
        if let reason = given.unfit() { return .notApplicable(reason) }
        return try given.judging {
            let start: LawRun
            switch try given.end() {
            case .unfit(let reason): return .notApplicable(reason)
            case .run(let run): start = run
            }
            var expected = start.fork()
            let all = [Event.invalidate(.everything)]
            try expected.step(expected.stillFrame(budgets: .unlimited, events: all))
            guard try expected.settle(limit: expected.settleLimit) else {
                return .notApplicable(
                    "it has not settled within \(expected.settleLimit) frames behind its end")
            }
            var random = given.random(7)
            var cases = 0
            for _ in 0..<given.pick(quick: 1, standard: 2, full: 4) {
                guard var configuration = start.state.system.configuration else { continue }
                let latency = Int32.random(in: 0...9, using: &random)
                configuration.castLatencyFrames = latency
                var run = start.fork()
                let probes = run.state.system.probeCount
                try run.step(
                    run.stillFrame(
                        budgets: .small(probes, &random), events: [.configure(configuration)] + all))
                // Small budgets first; what they have not done at the end of that is done at once.
                let small = 40
                let budgets = (0..<small).map { _ in Budgets.small(probes, &random) }
                let settled = try run.settle(limit: small + run.settleLimit) {
                    $0 < small ? budgets[$0] : $0 == small ? .unlimited : nil
                }
                guard settled else {
                    return .notApplicable(
                        "it has not settled within \(small + run.settleLimit) frames behind its end")
                }
                let (difference, compared) = expected.state.system.firstSettledDifference(
                    from: run.state.system)
                if let difference {
                    return .broken(
                        try Breach(
                            settled: difference, after: start, run.inputs,
                            "after small budgets and with a cast latency of \(latency) frames"))
                }
                cases += compared
            }
            guard cases > 0 else { return .notApplicable("all casts meet chunks that are not loaded") }
            return .holds(cases: cases)
        }
    }
}

extension Budgets {
    /// Budgets that take some dozens of frames for so many probes.
    fileprivate static func small(_ probes: Int, _ random: inout SeededRandom) -> Budgets {
        let most = Int32(clamping: max(4, probes / 16))
        return Budgets(
            perLevel: (0..<8).map { _ in Int32.random(in: 0...most, using: &random) },
            total: Int32.random(in: 0...2 * most, using: &random),
            uploadBytes: Int64.random(in: 0...Int64(most) * 128, using: &random))
    }
}
