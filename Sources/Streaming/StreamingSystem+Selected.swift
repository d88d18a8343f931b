package import Topology

/// A probe that a frame has selected.
package struct SelectedProbe: Hashable, Sendable {
    package var level: Int
    package var cell: Cell
    package var generation: UInt32

    package init(level: Int, cell: Cell, generation: UInt32) {
        self.level = level
        self.cell = cell
        self.generation = generation
    }
}

extension StreamingSystem {
    /// What a frame has selected, in order, as far as it stands in the queue: all of it at the end of the frame's select stage.
    /// O(selected).
    package func selected(in frame: Int32) -> [SelectedProbe] {
        let selected = queue.requests.reversed().prefix { $0.queuedAt == frame }
        return selected.reversed().map {
            SelectedProbe(level: $0.level, cell: $0.cell, generation: $0.generation)
        }
    }

    /// Whether a request that still counts waits in the queue. O(requests).
    package var hasQueued: Bool { queue.requests.contains(where: isQueued) }

    /// Of a planted fault: the casts in flight are gone, and their probes wait for ever.
    package mutating func forgetCastsInFlight() { _ = flights.drain(due: .max) }
}
