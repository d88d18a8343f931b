import Hashing
import Replay
import Streaming
import Topology

/// Who goes away and comes back finds the light as it was.
///
/// Behind the end of the trace everything is invalidated, and the run settles, so that the light is that of the world as it is now. Then the camera
/// goes further away than the coarsest window is wide, in a few steps, and comes back over the same places, and the run settles again. Every probe has the lifecycle
/// and payload that it had, whether it was kept in the cache or the store, or cast again. Left out are
/// probes whose casts meet a chunk that is not loaded, the payloads of those that are Disabled, and, where a re-anchor distance holds windows back, cells that
/// are not in the window any more.
package struct ThereAndBack: Law {
    package let name = "there-and-back"
    package let rules: [Rule] = [.selection, .invalidation]
    package let claim = "after going away and coming back every probe is what it was"

    package init() {}

    package func judge(_ given: LawCase) throws -> LawOutcome {
        if let reason = given.unfit() { return .notApplicable(reason) }
        return try given.judging {
            var run: LawRun
            switch try given.end() {
            case .unfit(let reason): return .notApplicable(reason)
            case .run(let end): run = end
            }
            let notSettled = LawOutcome.notApplicable(
                "it has not settled within \(run.settleLimit) frames behind its end")
            try run.step(run.stillFrame(budgets: .unlimited, events: [.invalidate(.everything)]))
            guard try run.settle(limit: run.settleLimit), let place = run.last?.camera.position,
                let configuration = run.state.system.configuration
            else { return notSettled }
            let home = (run: run, position: place)
            var random = given.random(6)
            var cases = 0
            for _ in 0..<given.pick(quick: 1, standard: 1, full: 3) {
                let lattice = configuration.lattice
                let width = lattice.spacing(level: lattice.levels - 1) * Double(lattice.resolution)
                // Far enough in steps that are no whole number of cells, up or down an axis.
                let steps = Int.random(in: 1...3, using: &random)
                let length = width * Double.random(in: 1.05...1.4, using: &random)
                let sign: Double = Bool.random(using: &random) ? 1 : -1
                let isAlongX = Bool.random(using: &random)
                func place(_ step: Int) -> WorldPoint {
                    let way = sign * length * Double(step) / Double(steps)
                    return isAlongX
                        ? WorldPoint(home.position.x + way, home.position.y, home.position.z)
                        : WorldPoint(home.position.x, home.position.y, home.position.z + way)
                }
                var run = home.run.fork()
                guard (try? lattice.finestCell(of: place(steps))) != nil else {
                    return .notApplicable("the lattice ends too near the camera to go away")
                }
                let way = Array(1...steps) + Array(0..<steps).reversed()
                // A stay is long enough for the store to be asked and to answer.
                let stay = Int(configuration.storeLatencyFrames) + 2
                for step in way {
                    try run.step(run.stillFrame(at: place(step)))
                    for _ in 0..<stay { try run.step(run.stillFrame()) }
                }
                guard try run.settle(limit: run.settleLimit) else { return notSettled }
                guard
                    configuration.reanchorDistance > 0
                        || home.run.state.system.hasWindows(of: run.state.system)
                else {
                    return .broken(
                        Breach(
                            frame: run.last?.frame ?? 0, stage: .snap,
                            what:
                                "windows: expected those of before, found others, after going away and coming back"
                        ))
                }
                let (difference, compared) = home.run.state.system.firstSettledDifference(
                    from: run.state.system)
                if let difference {
                    return .broken(
                        try Breach(
                            settled: difference, after: home.run, run.inputs,
                            "after going away in \(steps) steps and coming back"))
                }
                cases += compared
            }
            guard cases > 0 else { return .notApplicable("all casts meet chunks that are not loaded") }
            return .holds(cases: cases)
        }
    }
}
