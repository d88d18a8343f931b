import PlantedFaults
import Streaming

// What a recorded frame says of the state before it: where a run begins, and where it goes on behind a gap.

extension RunState {
    /// Takes the state of a frame's snapshot where the run has none of its own, and compares them where it has.
    mutating func begin(_ input: FrameInput, _ casts: some CastService) throws(ReplayError) {
        try refuseForeign(input)
        let isBehindGap = input.missedFrames > 0 && system.nextFrame != nil
        guard let snapshot = input.snapshot else {
            if isBehindGap { throw .gap(frame: input.frame, missed: input.missedFrames) }
            return
        }
        guard snapshot.format == RecordedSnapshot.ownFormat else {
            guard isBehindGap || system.nextFrame == nil else { return }
            throw .foreignSnapshot(frame: input.frame, format: snapshot.format)
        }
        guard isBehindGap || system.nextFrame == nil else {
            // One that is of another frame than its own would be no snapshot of this state either.
            if system.snapshot() != snapshot.state { otherSnapshots.append(input.frame) }
            return
        }
        let recorded: StreamingSystem
        do throws(SnapshotError) {
            recorded = try StreamingSystem(snapshot: snapshot.state)
        } catch {
            throw .snapshot(frame: input.frame, error)
        }
        guard recorded.nextFrame == Int64(input.frame) else {
            throw .snapshotFrame(frame: input.frame, found: recorded.nextFrame ?? 0)
        }
        guard recorded.store == nil || input.storeReplies != nil else {
            throw .storeNotRecorded(frame: input.frame)
        }
        for batch in system.flightBatches { casts.abandon(batch: batch.frame) }
        let order = system.visitOrder
        system = recorded
        system.visitOrder = order
        if planted(.flightsForgotten, if: system.inFlightCount > 0) { system.forgetCastsInFlight() }
        system.resumeCasts(casts)
    }

    /// What the model cannot repeat, because it is decided by what the trace does not hold.
    private func refuseForeign(_ input: FrameInput) throws(ReplayError) {
        for case .engine(let engine) in input.events where engine.hasOwnVoxels {
            throw .foreignVoxels(frame: input.frame, engine: engine.name)
        }
        if input.camera.selectionPosition != nil { throw .otherSelection(frame: input.frame) }
    }
}
