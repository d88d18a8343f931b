import Replay
package import Streaming
import Topology
import Voxels

// Comparing two runs that have settled: what a probe has come to, not how.

extension StreamingSystem {
    /// The first probe that has not come to the same lifecycle and payload, and how many could be compared: the cells that both have in their windows.
    ///
    /// Left out are probes that cannot be cast for a chunk that is not there, in either run: they are tried again and again, and what they were before stays.
    /// Of a probe that is Disabled the payload is left out: it is what it was before its centre was filled, and is gone with the window, and nobody reads it.
    package func firstSettledDifference(from other: StreamingSystem) -> (
        difference: ProbeDifference?, compared: Int
    ) {
        guard levels.count == other.levels.count else {
            return (
                ProbeDifference(
                    level: 0, cell: Cell(0, 0, 0),
                    text: "levels: expected \(levels.count), found \(other.levels.count)",
                    lastUpdated: ProbeState.never, isOfPayload: false), 0
            )
        }
        var compared = 0
        for (mine, others) in zip(levels, other.levels) {
            let both = mine.window.box.intersection(others.window.box)
            both.forEach { cell in
                if !mine.state(of: cell).isAborted, !others.state(of: cell).isAborted { compared += 1 }
            }
            let difference = mine.firstDifference(
                from: others, movedBy: CellShift(), within: both, [.lifecycle, .payload]
            ) { a, b in
                a.isAborted || b.isAborted || (a.lifecycle == .disabled && b.lifecycle == .disabled)
            }
            if let difference { return (difference, compared) }
        }
        return (nil, compared)
    }

    /// Whether both have the same windows.
    package func hasWindows(of other: StreamingSystem) -> Bool {
        levels.map(\.window) == other.levels.map(\.window)
    }
}

extension ProbeState {
    /// In a run that has settled: waits for its retry, or is under way to the next abort.
    fileprivate var isAborted: Bool { lifecycle == .dirty || lifecycle == .queued || lifecycle == .inFlight }
}

extension Breach {
    /// A probe that has come to something else in a run that went on from `start` with these inputs. It is stepped once more, to find the last frame and
    /// stage in which the probe became what it should not have become.
    init(
        settled difference: ProbeDifference, after start: borrowing LawRun, _ inputs: [FrameInput],
        _ circumstance: String
    ) throws {
        self.init(
            frame: inputs.last?.frame ?? 0, stage: nil, level: difference.level, cell: difference.cell,
            what: "\(difference.text), \(circumstance)")
        let trail = Trail(difference)
        var run = start.fork()
        trail.look(run.state.system)
        for input in inputs {
            try run.step(input) { stage, _, system in
                if trail.look(system) { trail.last = (input.frame, stage) }
            }
        }
        if let last = trail.last { (frame, stage) = last }
    }

    /// Follows what is compared of one probe.
    private final class Trail {
        private let difference: ProbeDifference
        private var lifecycle: Lifecycle?
        private var payload: Payload?
        var last: (frame: Int32, stage: Stage?)?

        init(_ difference: ProbeDifference) { self.difference = difference }

        /// - Returns: whether it has changed. A probe outside the window has neither.
        @discardableResult
        func look(_ system: borrowing StreamingSystem) -> Bool {
            guard difference.level < system.levels.count else { return false }
            let level = system.levels[difference.level]
            let isThere = level.window.contains(difference.cell)
            let now = isThere ? level.state(of: difference.cell).lifecycle : nil
            let light = isThere ? level.payload(of: difference.cell) : nil
            defer { (lifecycle, payload) = (now, light) }
            return difference.isOfPayload ? light != payload : now != lifecycle
        }
    }
}
