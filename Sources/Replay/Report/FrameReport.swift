package import Hashing
package import Streaming
import Topology
import Voxels

/// Watches one frame, stage by stage.
package final class FrameLog {
    private let events: Int
    private var before: StreamingSystem?
    private(set) var stages: [StageReport] = []
    /// Per stage, the probes that it changed, as it left them.
    private(set) var changes: [[CellReport]] = []

    /// A log of the frame that is given these events.
    package init(events: Int) { self.events = events }

    /// To be given to the step of the frame.
    package var watch: StageWatch {
        { [self] stage, bytes, system in
            stages.append(StageReport(stage, bytes, levels: system.levels.count, events: events))
            let now = copy system
            let changed = before.map { now.changedCells(since: $0) } ?? []
            changes.append(changed.map { CellReport(now.levels[$0.level], $0.cell) })
            before = now
        }
    }
}

/// Everything that one frame did: the digests, what each stage hashed and which probes it changed, and the whole
/// state after the frame, as JSON Lines, so that two reports can be compared with `diff` or by `explain`, and every
/// digest can be computed by hand. The lines are specified in Formats.md.
package struct FrameReport: Sendable {
    package let frame: Int32
    /// The digest of the frame before; nil where the run began with this one.
    package let previous: Digest128?
    package let digests: FrameDigests
    package let stages: [StageReport]
    package let changes: [[CellReport]]
    /// The state after the frame.
    package let system: StreamingSystem

    /// `log` has watched the frame of `result`, after which `state` is the state of the run.
    package init(_ log: FrameLog, _ result: FrameResult, _ state: borrowing RunState) {
        frame = result.frame
        previous = state.frameDigest(at: state.frameCount - 2)
        digests = result.digests
        stages = log.stages
        changes = log.changes
        system = state.system
    }

    /// Calls `emit` with each line, without the line's end. O(cells).
    package func forEachLine(_ emit: (String) throws -> Void) rethrows {
        try emit(frameLine.json)
        for (stage, changed) in zip(stages, changes) {
            try emit(stage.line.json)
            for cell in changed { try emit(cell.line(changedIn: stage.stage).json) }
        }
        for level in system.levels {
            try emit(line(level).json)
            try level.window.box.forEach { try emit(CellReport(level, $0).line().json) }
        }
        for batch in system.flightBatches {
            for flight in batch.flights { try emit(line(flight, batch).json) }
        }
    }

    private var frameLine: ReportValue {
        .object([
            ("frame", .integer(Int64(frame))),
            ("previous", previous.map { .text($0.description) } ?? .null),
            ("digest", .text(digests.frame.description)),
            (
                "stages",
                .object(
                    zip(Stage.allCases, digests.stages).map { ($0.name, .text($1.description)) })
            ),
            ("levels", .list(digests.levels.map { .text($0.description) })),
            ("epoch", .integer(Int64(system.epoch))), ("inFlight", .integer(Int64(system.inFlightCount))),
            (
                "world",
                .object([
                    ("seed", .hexadecimal(system.world.seed)),
                    ("version", .integer(Int64(clamping: system.world.version))),
                    ("content", .text(system.world.contentSum.description)),
                ])
            ),
        ])
    }

    private func line(_ level: ProbeLevel) -> ReportValue {
        .object([
            ("level", .integer(Int64(level.level))), ("spacing", .number(level.spacing)),
            ("cameraCell", level.snap.cameraCell.value), ("anchor", level.snap.anchor.value),
            ("minimum", level.window.minimum.value), ("states", .text(level.stateSum.description)),
            ("payloads", .text(level.payloadSum.description)), ("queued", .text(level.queueSum.description)),
        ])
    }

    private func line(_ flight: Flight, _ batch: FlightBatch) -> ReportValue {
        let record = flight.record(in: batch)
        return .object([
            ("flight", .integer(Int64(clamping: flight.sequence))), ("level", .integer(Int64(flight.level))),
            ("cell", flight.cell.value), ("generation", .integer(Int64(flight.generation))),
            ("epoch", .integer(Int64(flight.epoch))), ("dispatched", .integer(Int64(batch.frame))),
            ("due", .integer(Int64(batch.dueFrame))),
            ("worldVersion", .integer(Int64(clamping: batch.world.version))),
            ("worldContent", .text(batch.world.contentSum.description)),
            ("flightRecord", .hexadecimal(record.bytes)), ("flightLeaf", .text(record.leaf.description)),
        ])
    }
}
