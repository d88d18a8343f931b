import Streaming

/// Writes down what happens in a simulated live run: the script that gives the same run, with what each entry did.
struct ScheduleLog {
    private(set) var events: [ScheduleEvent] = []
    private(set) var frame: Int32 = 0
    /// Of each phase, how many points the frame has had.
    // Order: looked up, never walked.
    private var ordinals: [Script.Phase: Int32] = [:]
    /// What the frame thread did since the last point.
    private var operations: [FrameOperation] = []
    /// Requests that waited for a worker to claim them, and have not been claimed.
    private var waiting: [UInt64] = []
    /// Jobs of batches that were abandoned, by who would have been next to come for them.
    private var unclaimed: [(batch: Int32, visit: Int32)] = []

    mutating func begin(frame number: Int32) {
        frame = number
        ordinals = [:]
    }

    mutating func come(to phase: Script.Phase) -> Script.Point {
        let ordinal = ordinals[phase, default: 0]
        ordinals[phase] = ordinal + 1
        let point = Script.Point(frame, phase, ordinal)
        come(to: point)
        return point
    }

    mutating func come(to point: Script.Point) {
        events.append(ScheduleEvent(entry: .point(point), frame: frame, what: .frameThread(operations)))
        operations = []
    }

    mutating func note(_ operation: FrameOperation) { operations.append(operation) }

    private mutating func note(_ step: Script.Step, _ what: ScheduleEvent.What) {
        events.append(ScheduleEvent(entry: .token(step), frame: frame, what: what))
    }

    mutating func note(
        _ step: Script.Step, by worker: Int, _ before: LiveWorker.Activity, _ after: LiveWorker.Activity
    ) {
        switch (before, after) {
        case (.free, .looked(let batch)): note(step, .looks(worker: worker, batch: batch))
        case (.free, .claimed(let batch, let first, let count)),
            (.looked, .claimed(let batch, let first, let count)):
            note(step, .claims(worker: worker, batch: batch, first: first, count: count))
        case (_, .cast(let arrival)): note(step, .casts(worker: worker, arrival))
        case (_, .announced(let arrival)): note(step, .announces(worker: worker, arrival))
        case (.cast(let arrival), _), (.announced(let arrival), _):
            note(step, .handsOver(worker: worker, arrival))
        default: preconditionFailure("no step of a worker leads from \(before) to \(after)")
        }
    }

    mutating func note(_ step: ScheduledStore.Step) {
        switch step {
        case .carriedOut(let work, let kind): note(.carryOut(work), .carriesOut(kind))
        case .committed(let last, let replies): note(.commit(last), .commits(replies))
        case .dropped(let work, let kind): note(.drop(work), .drops(kind))
        }
    }

    mutating func note(_ tickets: [UInt64], _ decisions: [ClaimDraw.Decision]) {
        let known = Set(waiting)
        waiting += tickets.filter { !known.contains($0) }
        let claimed = Set(decisions.map(\.request))
        waiting.removeAll { claimed.contains($0) }
        for stage in 0...Claim.lastStage {
            come(to: Script.Point(frame, .stage, Int32(stage)))
            for decision in decisions where decision.stage == stage {
                note(.claim(decision.request), .claimsRequest(decision.request, stage: stage))
            }
            for decision in decisions where decision.written == stage {
                note(.note(decision.request), .notesClaim(decision.request, stage: stage))
            }
        }
    }

    mutating func noteUnclaimed(_ batch: Int32, visit: Int32) { unclaimed.append((batch, visit)) }

    /// What nobody claimed would be claimed in good time by a script that does not name it.
    mutating func finish() {
        for (batch, visit) in unclaimed {
            note(.worker(batch: batch, visit: visit, step: 0), .comesTooLate(batch: batch))
        }
        unclaimed = []
        for ticket in waiting { note(.claim(ticket), .claimsRequest(ticket, stage: 0)) }
        waiting = []
    }
}
