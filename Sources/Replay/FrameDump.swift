import Hashing
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
        let stages = zip(Stage.allCases, result.digests.stages)
            .map { "\"\($0.name)\":\"\($1)\"" }.joined(separator: ",")
        let levels = result.digests.levels.map { "\"\($0)\"" }.joined(separator: ",")
        return "{\"frame\":\(result.frame),\"digest\":\"\(result.digests.frame)\",\"stages\":{\(stages)},"
            + "\"levels\":[\(levels)],\"epoch\":\(system.epoch),\"inFlight\":\(system.inFlightCount),"
            + "\"world\":{\"seed\":\"\(Digest64(system.world.seed))\",\"version\":\(system.world.version),"
            + "\"content\":\"\(system.world.contentSum)\"}}"
    }

    private func levelLine(_ level: ProbeLevel) -> String {
        "{\"level\":\(level.level),\"spacing\":\(level.spacing),\"cameraCell\":\(json(level.snap.cameraCell)),"
            + "\"anchor\":\(json(level.snap.anchor)),\"minimum\":\(json(level.window.minimum)),"
            + "\"states\":\"\(level.stateSum)\",\"payloads\":\"\(level.payloadSum)\","
            + "\"queued\":\"\(level.queueSum)\"}"
    }

    private func cellLine(_ level: ProbeLevel, _ cell: Cell) -> String {
        let slot = level.window.slot(of: cell)
        let probe = level.probes[slot.index]
        let payload = level.payloads[slot.index]
        var flags: [String] = []
        if probe.afterFlight.contains(.dirty) { flags.append("\"dirty\"") }
        if probe.afterFlight.contains(.disable) { flags.append("\"disable\"") }
        let updated = probe.lastUpdated == ProbeState.never ? "null" : "\(probe.lastUpdated)"
        var line =
            "{\"level\":\(level.level),\"cell\":\(json(cell)),\"slot\":\(slot.index),"
            + "\"lifecycle\":\"\(probe.lifecycle.name)\",\"afterFlight\":[\(flags.joined(separator: ","))],"
            + "\"lastUpdated\":\(updated),\"queuedAt\":\(probe.queuedAt),\"retryAfter\":\(probe.retryAfter),"
            + "\"generation\":\(probe.generation),\"ticket\":\(probe.ticket)"
            + json(probe.record(level: level.level, cell: cell), as: "state")
        if payload.isValid {
            let fields = payload.fields.map { "\"\($0.name)\":\"\($0.text)\"" }.joined(separator: ",")
            line +=
                ",\"payload\":{\(fields)}"
                + json(payload.record(level: level.level, cell: cell), as: "payload")
        }
        return line + "}"
    }

    private func flightLine(_ flight: Flight, _ batch: FlightBatch) -> String {
        "{\"flight\":\(flight.sequence),\"level\":\(flight.level),\"cell\":\(json(flight.cell)),"
            + "\"generation\":\(flight.generation),\"epoch\":\(flight.epoch),\"dispatched\":\(batch.frame),"
            + "\"due\":\(batch.dueFrame)}"
    }

    private func json(_ cell: Cell) -> String { "[\(cell.x),\(cell.y),\(cell.z)]" }

    private func json(_ record: LeafRecord, as name: String) -> String {
        let digits = record.bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return ",\"\(name)Record\":\"\(digits.joined())\",\"\(name)Leaf\":\"\(record.leaf)\""
    }
}
