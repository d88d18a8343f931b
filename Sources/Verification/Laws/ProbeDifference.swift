package import Streaming
package import Topology
package import Voxels

/// A probe that two runs have in different states.
package struct ProbeDifference: Hashable, Sendable {
    package var level: Int
    /// In the first run.
    package var cell: Cell
    /// "lifecycle: expected Valid, found Dirty".
    package var text: String
    /// Of the probe in the second run.
    package var lastUpdated: Int32
    package var isOfPayload: Bool
}

/// How many cells a level of the second run lies away from that of the first.
package struct CellShift: Hashable, Sendable {
    package var x: Int32 = 0
    package var y: Int32 = 0
    package var z: Int32 = 0

    package func callAsFunction(_ cell: Cell) -> Cell { Cell(cell.x &+ x, cell.y &+ y, cell.z &+ z) }
}

/// What of a probe is compared.
package struct ProbeAspects: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let lifecycle = ProbeAspects(rawValue: 1)
    /// All fields of the state, the lifecycle too.
    package static let fields = ProbeAspects(rawValue: 3)
    package static let payload = ProbeAspects(rawValue: 4)
}

extension ProbeLevel {
    package func payload(of cell: Cell) -> Payload { payloads[window.slot(of: cell).index] }

    /// The first probe in linear order that is not the same in another run's level, whose window is moved by `shift`.
    ///
    /// - Parameters:
    ///   - other: the other run's level.
    ///   - shift: how far its window lies from this one.
    ///   - part: the cells that are compared, in this window; nil where all are, and then windows that do not lie over each other are a
    ///     difference.
    ///   - aspects: what of a probe is compared.
    ///   - leavesOut: asked about a pair that differs; what it wants is passed over.
    /// - Returns: nil where nothing differs.
    /// - Complexity: O(cells).
    package func firstDifference(
        from other: ProbeLevel, movedBy shift: CellShift, within part: CellBox? = nil,
        _ aspects: ProbeAspects,
        leavingOut leavesOut: (ProbeState, ProbeState) -> Bool = { _, _ in false }
    ) -> ProbeDifference? {
        let isOver =
            other.window.minimum == shift(window.minimum) && other.window.resolution == window.resolution
        guard part != nil || isOver else {
            return ProbeDifference(
                level: level, cell: window.minimum,
                text: "window: expected to begin at \(shift(window.minimum)), found \(other.window.minimum)",
                lastUpdated: ProbeState.never, isOfPayload: false)
        }
        let box = part ?? window.box
        guard !box.isEmpty else { return nil }
        for z in box.lower.z..<box.upper.z {
            for y in box.lower.y..<box.upper.y {
                for x in box.lower.x..<box.upper.x {
                    let cell = Cell(x, y, z)
                    let (mine, others) = (
                        window.slot(of: cell).index, other.window.slot(of: shift(cell)).index
                    )
                    let (a, b) = (probes[mine], other.probes[others])
                    let agrees = aspects.contains(.fields) ? a == b : a.lifecycle == b.lifecycle
                    let hasOtherPayload =
                        aspects.contains(.payload) && payloads[mine] != other.payloads[others]
                    guard !agrees || hasOtherPayload, !leavesOut(a, b) else { continue }
                    return ProbeDifference(
                        level: level, cell: cell,
                        text: a.difference(from: b, aspects)
                            ?? payloads[mine].difference(from: other.payloads[others]),
                        lastUpdated: b.lastUpdated, isOfPayload: agrees)
                }
            }
        }
        return nil
    }
}

extension ProbeState {
    fileprivate func difference(from other: ProbeState, _ aspects: ProbeAspects) -> String? {
        if lifecycle != other.lifecycle {
            return "lifecycle: expected \(lifecycle.name), found \(other.lifecycle.name)"
        }
        guard aspects.contains(.fields) else { return nil }
        func frame(_ value: Int32) -> String { value == ProbeState.never ? "never" : "\(value)" }
        if lastUpdated != other.lastUpdated {
            return "lastUpdated: expected \(frame(lastUpdated)), found \(frame(other.lastUpdated))"
        }
        if queuedAt != other.queuedAt { return "queuedAt: expected \(queuedAt), found \(other.queuedAt)" }
        if retryAfter != other.retryAfter {
            return "retryAfter: expected \(retryAfter), found \(other.retryAfter)"
        }
        if generation != other.generation {
            return "generation: expected \(generation), found \(other.generation)"
        }
        if ticket != other.ticket { return "ticket: expected \(ticket), found \(other.ticket)" }
        guard afterFlight != other.afterFlight else { return nil }
        return "afterFlight: expected \(afterFlight.rawValue), found \(other.afterFlight.rawValue)"
    }
}

extension Payload {
    fileprivate func difference(from other: Payload) -> String {
        for (mine, others) in zip(fields, other.fields) where mine.text != others.text {
            return "payload.\(mine.name): expected \(mine.text), found \(others.text)"
        }
        return "payload: expected \(bytes), found \(other.bytes)"
    }
}
