import Replay
import Streaming
import Topology

/// Where nothing is due, nothing is selected.
///
/// A frame is one of rest if its camera does not ask any window to move, it has no event and no budgets, and before it no probe is Dirty or Uninitialized that
/// may be tried by then, none is Stale, none is Valid that is old enough by then, and no request has waited its time. That is found out by looking at
/// every probe, not from the sets that selection draws from. So that there are such frames, the trace is extended: the camera stands still, with unlimited
/// budgets, until everything has settled, and some frames longer.
package struct Rest: Law {
    package let name = "rest"
    package let rules: [Rule] = [.selection]
    package let claim = "where the camera rests and nothing is due, nothing is selected"

    package init() {}

    /// Frames that are stood still for once everything has settled.
    private static let framesBehind = 12

    package func judge(_ given: LawCase) throws -> LawOutcome {
        if let reason = given.unfit() { return .notApplicable(reason) }
        return try given.judging {
            var run = LawRun(given.options)
            var cases = 0
            for input in given.frames {
                if let breach = try step(&run, input, &cases) { return .broken(breach) }
            }
            let probes = run.state.system.probeCount
            guard run.state.system.configuration != nil, probes <= given.settleableProbes else {
                return cases > 0 ? .holds(cases: cases) : .notApplicable(noRest(run, given))
            }
            var quiet = 0
            var behind = 0
            for count in 0..<run.settleLimit + Rest.framesBehind {
                let input = run.stillFrame(budgets: count == 0 ? .unlimited : nil)
                if let breach = try step(&run, input, &cases) { return .broken(breach) }
                quiet = run.isQuiet ? quiet + 1 : 0
                if behind > 0 || quiet == LawRun.quietFrames { behind += 1 }
                if behind == Rest.framesBehind { break }
            }
            return cases > 0 ? .holds(cases: cases) : .notApplicable(noRest(run, given))
        }
    }

    private func noRest(_ run: LawRun, _ given: LawCase) -> String {
        guard run.state.system.configuration != nil else {
            return "no frame is one of rest, and no session runs at the end"
        }
        guard run.state.system.probeCount <= given.settleableProbes else {
            return
                "no frame is one of rest, and at this effort at most \(given.settleableProbes) probes are cast anew"
        }
        return "it has not come to rest within \(run.settleLimit) frames behind its end"
    }

    /// Steps a frame; if it is one of rest, nothing may be selected in it.
    private func step(_ run: inout LawRun, _ input: FrameInput, _ cases: inout Int) throws -> Breach? {
        guard run.isRest(before: input) else {
            try run.step(input)
            return nil
        }
        let (result, selected) = try run.step(input, lookingAfter: .select) { $0.selected(in: input.frame) }
        cases += 1
        guard let first = selected.first else {
            guard let level = result.counts.firstIndex(where: { $0.selected > 0 }) else { return nil }
            return Breach(
                frame: input.frame, stage: .select, level: level,
                what:
                    "selected: expected nothing where nothing is due, counted \(result.counts[level].selected)"
            )
        }
        return Breach(
            frame: input.frame, stage: .select, level: first.level, cell: first.cell,
            what: "selected: expected nothing where nothing is due, found \(selected.count) probes")
    }
}

extension LawRun {
    /// Whether nothing can be due in the next frame. O(cells) where the frame could be one of rest at all.
    fileprivate func isRest(before input: FrameInput) -> Bool {
        guard input.events.isEmpty, input.budgets == nil, let configuration = state.system.configuration,
            let cell = try? configuration.lattice.finestCell(of: input.camera.position)
        else { return false }
        return state.system.levels.allSatisfy { level in
            level.snap
                == configuration.lattice.snap(
                    input.camera.position, finestCell: cell, level: level.level, previous: level.snap,
                    reanchorDistance: configuration.reanchorDistance)
        }
            && state.system.levels.allSatisfy { level in
                level.probes.allSatisfy { !$0.isDue(in: input.frame, level) }
            }
    }
}

extension ProbeState {
    /// Whether selection would have to do with the probe.
    fileprivate func isDue(in frame: Int32, _ level: ProbeLevel) -> Bool {
        switch lifecycle {
        case .uninitialized, .dirty: retryAfter <= frame
        case .stale: true
        case .valid: Int64(frame) - Int64(lastUpdated) >= Int64(level.staleAgeFrames)
        case .queued: frame - queuedAt >= Model.queueExpiryFrames
        case .inFlight, .disabled: false
        }
    }
}
