import Streaming

/// How far a script has been played.
struct ScriptPlayer {
    let entries: [Script.Entry]
    /// All steps that the script names.
    // Order: membership only.
    let named: Set<Script.Step>
    /// The first entry that the frame thread has not come to.
    var cursor = 0
    /// Steps that it has come to, and that cannot be taken yet, with their places among all that were put off.
    // Order: looked up, never walked.
    var deferred: [Script.Step: Int] = [:]
    private var putOff = 0
    /// Who took the last step of a worker.
    var lastWorker: Int?
    /// Claims of which it has come to where they are written down.
    // Order: membership only.
    var noted: Set<UInt64> = []
    /// Claims that it has come to outside of a frame's stages.
    var claims: [UInt64] = []
    /// Claims that were made before it came to them.
    // Order: membership only.
    var claimed: Set<UInt64> = []

    init(_ script: Script) {
        entries = script.entries
        named = Set(script.entries.compactMap(\.token))
    }

    mutating func put(off step: Script.Step) {
        deferred[step] = putOff
        putOff += 1
    }
}

extension Scheduler {
    private enum Readiness { case now, later, never }

    /// Takes the steps that stand before the next point behind this one.
    func play(to point: Script.Point) {
        takeDeferred()
        while let entry = player.flatMap({ $0.cursor < $0.entries.count ? $0.entries[$0.cursor] : nil }) {
            switch entry {
            case .point(let next):
                if next > point { return }
                player?.cursor += 1
            case .token(let step):
                player?.cursor += 1
                offer(step)
            }
        }
    }

    private func offer(_ step: Script.Step) {
        switch readiness(of: step) {
        case .now:
            take(step)
            takeDeferred()
        case .later: player?.put(off: step)
        case .never: break
        }
    }

    /// Takes those that waited for what has just been done, the first first, until none can be taken. O(1) for each.
    private func takeDeferred() {
        while let (step, _) = possible.compactMap({ step in player?.deferred[step].map { (step, $0) } })
            .min(by: { $0.1 < $1.1 })
        {
            player?.deferred[step] = nil
            take(step)
        }
    }

    /// Of the steps that can be taken those that the last thing that was done, by whomever, has made possible.
    private var possible: [Script.Step] {
        var steps: [Script.Step] = []
        if let last = player?.lastWorker, !workers[last].isFree { steps.append(workers[last].step) }
        if let batch = casts.queue.frontBatch {
            steps.append(.worker(batch: batch, visit: visits[batch, default: 0], step: 0))
        }
        guard let store else { return steps }
        if let next = store.next { steps.append(.carryOut(next)) }
        if let next = store.nextDrop { steps.append(.drop(next)) }
        if let last = store.uncommitted.last { steps.append(.commit(last)) }
        return steps
    }

    /// What the script does not name is done as in the plain schedule: before a frame begins, workers before the store.
    func takeUnnamed() {
        while let step = nextUnnamed() {
            take(step)
            takeDeferred()
        }
    }

    private func nextUnnamed() -> Script.Step? {
        guard let named = player?.named else { return nil }
        if let worker = workers.first(where: { !$0.isFree && !named.contains($0.step) }) {
            return worker.step
        }
        if let batch = casts.queue.frontBatch {
            let step = Script.Step.worker(batch: batch, visit: visits[batch, default: 0], step: 0)
            if !named.contains(step) { return step }
        }
        guard let store else { return nil }
        if let next = store.next {
            // A write-back that is to be dropped waits for that.
            return named.contains(.carryOut(next)) || named.contains(.drop(next)) ? nil : .carryOut(next)
        }
        guard let last = store.uncommitted.last else { return nil }
        return store.uncommitted.contains { named.contains(.commit($0)) } ? nil : .commit(last)
    }

    private func readiness(of step: Script.Step) -> Readiness {
        switch step {
        case .worker(let batch, let visit, let number):
            if let worker = workers.first(where: { !$0.isFree && $0.batch == batch && $0.visit == visit }) {
                return worker.stepsDone == number ? .now : worker.stepsDone < number ? .later : .never
            }
            let begun = visits[batch, default: 0]
            if begun > visit { return .never }
            guard casts.queue.hasJobs(of: batch) else { return batches.contains(batch) ? .never : .later }
            return number == 0 && begun == visit && casts.queue.frontBatch == batch ? .now : .later
        case .carryOut(let work): return readiness(of: work) { $0.next == work }
        case .drop(let work):
            guard let store else { return .never }
            if store.isWaiting(work), !store.isWriteBack(work) { return .never }
            return readiness(of: work) { $0.nextDrop == work }
        case .commit(let work):
            guard let store else { return .never }
            return store.uncommitted.contains(work) ? .now : store.isDone(work) ? .never : .later
        case .claim, .note: return .now
        }
    }

    private func readiness(of work: Script.StoreWork, _ isNext: (ScheduledStore) -> Bool) -> Readiness {
        guard let store else { return .never }
        return store.isDone(work) ? .never : isNext(store) ? .now : .later
    }

    private func take(_ step: Script.Step) {
        switch step {
        case .worker(let batch, let visit, let number):
            let own = workers.firstIndex { !$0.isFree && $0.batch == batch && $0.visit == visit }
            // However the script lets them rest, there is one that is free.
            if number == 0, !workers.contains(where: \.isFree) { workers.append(ScheduledWorker()) }
            guard let index = number > 0 ? own : workers.firstIndex(where: \.isFree) else { return }
            stepWorker(index)
            player?.lastWorker = index
        case .carryOut: store?.carryOutNext()
        case .commit: store?.commit()
        case .drop: store?.dropOldest()
        case .claim(let ticket):
            if player?.claimed.contains(ticket) == false { player?.claims.append(ticket) }
        case .note(let ticket): player?.noted.insert(ticket)
        }
    }

    // MARK: Claims

    /// Which of the requests that wait are claimed in this frame, before which stage.
    func claims(of waiting: [UInt64]) -> [ClaimDraw.Decision] {
        guard let player else { return [] }
        let left = Set(waiting)
        var decisions: [ClaimDraw.Decision] = []
        // What a script does not name is claimed at once, and what it named earlier too.
        for ticket in waiting where !player.named.contains(.claim(ticket)) || player.claims.contains(ticket) {
            decisions.append(.init(request: ticket, stage: 0, written: 0))
        }
        self.player?.claims.removeAll { left.contains($0) }
        var stage: UInt32 = 0
        // Order: looked up by the ticket, never walked.
        var noted: [UInt64: UInt32] = [:]
        let last = Script.Point(log.frame, .stage, Int32(Claim.lastStage))
        let ahead = player.entries[player.cursor...].prefix { $0.point.map { $0 <= last } ?? true }
        for entry in ahead {
            switch entry {
            case .point(let point):
                if point.phase == .stage, point.frame == log.frame { stage = UInt32(point.ordinal) }
            case .token(.claim(let ticket)):
                if left.contains(ticket), !decisions.contains(where: { $0.request == ticket }) {
                    decisions.append(.init(request: ticket, stage: stage, written: stage))
                }
            case .token(.note(let ticket)): noted[ticket] = stage
            case .token: break
            }
        }
        self.player?.claimed.formUnion(decisions.map(\.request))
        return decisions.map { given in
            var decision = given
            if let stage = noted[given.request] {
                decision.written = max(given.stage, stage)
            } else if player.named.contains(.note(given.request)), !player.noted.contains(given.request) {
                decision.written = Claim.lastStage
            }
            return decision
        }.sorted { ($0.stage, $0.request) < ($1.stage, $1.request) }
    }
}
