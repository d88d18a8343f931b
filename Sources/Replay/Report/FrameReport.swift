package import Hashing
package import Streaming
import Topology
import Voxels

/// Watches one frame, stage by stage.
package final class FrameLog {
    private let events: Int
    package private(set) var stages: [StageReport] = []
    /// Per stage, the probes that it changed, as it left them.
    package private(set) var changes: [[CellReport]] = []
    /// The state at the end of each stage. The input stage changes no probe, so that its end is their beginning.
    package private(set) var systems: [StreamingSystem] = []

    /// A log of the frame that is given these events.
    package init(events: Int) { self.events = events }

    /// To be given to the step of the frame.
    package var watch: StageWatch {
        { [self] stage, bytes, system in
            stages.append(StageReport(stage, bytes, levels: system.levels.count, events: events))
            let now = copy system
            let changed = systems.last.map { now.changedCells(since: $0) } ?? []
            changes.append(changed.map { CellReport(now.levels[$0.level], $0.cell) })
            systems.append(now)
        }
    }
}

/// What one frame did, as far as two reports of it can be compared: by a run that has just been made, or read from
/// the dump of another.
package struct FrameFacts: Sendable {
    package var frame: Int32
    /// The digest of the frame before; nil where the run began with this one.
    package var previous: Digest128?
    package var digest: Digest128
    /// The digests of the levels, finest first.
    package var levels: [Digest64]
    /// One per stage, in causal order.
    package var stages: [StageReport]
    /// Per stage, the probes that it changed, as it left them.
    package var changes: [[CellReport]]

    package init(
        frame: Int32, previous: Digest128?, digest: Digest128, levels: [Digest64], stages: [StageReport],
        changes: [[CellReport]]
    ) {
        self.frame = frame
        self.previous = previous
        self.digest = digest
        self.levels = levels
        self.stages = stages
        self.changes = changes
    }
}

/// Everything that one frame did: the digests, what each stage hashed and which probes it changed, and the whole
/// state after the frame, as JSON Lines, so that two reports can be compared with `diff` or by `explain`, and every
/// digest can be computed by hand. The lines are specified in DumpFormat.md.
package struct FrameReport: Sendable {
    package let facts: FrameFacts
    /// The state after the frame.
    package let system: StreamingSystem
    private let digests: FrameDigests

    /// `log` has watched the frame of `result`, after which `state` is the state of the run.
    package init(_ log: FrameLog, _ result: FrameResult, _ state: borrowing RunState) {
        facts = FrameFacts(
            frame: result.frame, previous: state.frameDigest(at: state.frameCount - 2),
            digest: result.digests.frame, levels: result.digests.levels, stages: log.stages,
            changes: log.changes)
        digests = result.digests
        system = state.system
    }

    /// Calls `emit` with each line, without the line's end. O(cells).
    package func forEachLine(_ emit: (String) throws -> Void) rethrows {
        try emit(frameLine.json)
        for (stage, changed) in zip(facts.stages, facts.changes) {
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
        for line in system.keptLines { try emit(line.json) }
    }

    private var frameLine: ReportValue {
        .object([
            ("frame", .integer(Int64(facts.frame))),
            ("previous", facts.previous.map { .text($0.description) } ?? .null),
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
            ("baseSpacing", .number(batch.lattice.baseSpacing)),
            ("resolution", .integer(Int64(batch.lattice.resolution))),
            ("flightRecord", .hexadecimal(record.bytes)), ("flightLeaf", .text(record.leaf.description)),
        ])
    }
}
