import Hashing
import Recording
package import Streaming
import Topology
import Voxels

/// The whole state after one frame as JSON Lines: a line for the frame, one per level, one per cell in
/// linear order with its records and leaves, so that two dumps can be compared with `diff`, and a leaf
/// can be computed by hand.
package struct FrameDump: Sendable {
    private let result: FrameResult
    private let system: StreamingSystem

    /// `system` is the state as it is after the frame of `result`.
    package init(_ result: FrameResult, _ system: StreamingSystem) {
        self.result = result
        self.system = system
    }

    /// Calls `emit` with each line, without the line's end. O(cells).
    package func forEachLine(_ emit: (String) throws -> Void) rethrows {
        try emit(frameLine())
        for level in system.levels {
            try emit(levelLine(level))
            let box = level.window.box
            for z in box.lower.z..<box.upper.z {
                for y in box.lower.y..<box.upper.y {
                    for x in box.lower.x..<box.upper.x {
                        try emit(cellLine(level, Cell(x, y, z)))
                    }
                }
            }
        }
        for batch in system.flightBatches {
            for flight in batch.flights { try emit(flightLine(flight, batch)) }
        }
    }

    private func frameLine() -> String {
        var line = JSONLine()
        line.add("frame", result.frame)
        line.add("digest", result.digests.frame.description)
        line.add("stages") { stages in
            for (stage, digest) in zip(Stage.allCases, result.digests.stages) {
                stages.add(stage.name, digest.description)
            }
        }
        line.add("levels", result.digests.levels.map(\.description))
        line.add("epoch", system.epoch)
        line.add("inFlight", system.inFlightCount)
        line.add("world") { world in
            world.add("seed", Digest64(system.world.seed).description)
            world.add("version", system.world.version)
            world.add("content", system.world.contentSum.description)
        }
        return line.closed
    }

    private func levelLine(_ level: ProbeLevel) -> String {
        var line = JSONLine()
        line.add("level", level.level)
        line.add("spacing", level.spacing)
        line.add("cameraCell", level.snap.cameraCell.coordinates)
        line.add("anchor", level.snap.anchor.coordinates)
        line.add("minimum", level.window.minimum.coordinates)
        line.add("states", level.stateSum.description)
        line.add("payloads", level.payloadSum.description)
        line.add("queued", level.queueSum.description)
        return line.closed
    }

    private func cellLine(_ level: ProbeLevel, _ cell: Cell) -> String {
        let slot = level.window.slot(of: cell)
        let probe = level.probes[slot.index]
        let payload = level.payloads[slot.index]
        var flags: [String] = []
        if probe.afterFlight.contains(.dirty) { flags.append("dirty") }
        if probe.afterFlight.contains(.disable) { flags.append("disable") }
        var line = JSONLine()
        line.add("level", level.level)
        line.add("cell", cell.coordinates)
        line.add("slot", slot.index)
        line.add("lifecycle", probe.lifecycle.name)
        line.add("afterFlight", flags)
        if probe.lastUpdated == ProbeState.never {
            line.addNull("lastUpdated")
        } else {
            line.add("lastUpdated", probe.lastUpdated)
        }
        line.add("queuedAt", probe.queuedAt)
        line.add("retryAfter", probe.retryAfter)
        line.add("generation", probe.generation)
        line.add("ticket", probe.ticket)
        line.add(probe.record(level: level.level, cell: cell), as: "state")
        if payload.isValid {
            line.add("payload") { fields in
                for (name, text) in payload.fields { fields.add(name, text) }
            }
            line.add(payload.record(level: level.level, cell: cell), as: "payload")
        }
        return line.closed
    }

    private func flightLine(_ flight: Flight, _ batch: FlightBatch) -> String {
        var line = JSONLine()
        line.add("flight", flight.sequence)
        line.add("level", flight.level)
        line.add("cell", flight.cell.coordinates)
        line.add("generation", flight.generation)
        line.add("epoch", flight.epoch)
        line.add("dispatched", batch.frame)
        line.add("due", batch.dueFrame)
        return line.closed
    }
}

extension Cell {
    fileprivate var coordinates: [Int32] { [x, y, z] }
}

extension JSONLine {
    /// A record's bytes in hexadecimal, and its leaf.
    fileprivate mutating func add(_ record: LeafRecord, as name: String) {
        let digits = record.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        add(name + "Record", digits.joined())
        add(name + "Leaf", record.leaf.description)
    }
}
