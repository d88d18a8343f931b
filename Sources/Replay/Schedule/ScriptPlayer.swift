import Streaming

/// How far a script has been played.
struct ScriptPlayer {
    let entries: [Script.Entry]
    /// All steps that the script names.
    // Order: membership only.
    let named: Set<Script.Step>
    /// The first entry that the frame thread has not come to.
    var cursor = 0
    /// Steps that it has come to, and that cannot be taken yet.
    var deferred: [Script.Step] = []
    /// Claims that it has come to outside of a frame's stages.
    var claims: [UInt64] = []
    /// Claims that were made before it came to them.
    // Order: membership only.
    var claimed: Set<UInt64> = []

    init(_ script: Script) {
        entries = script.entries
        named = Set(script.entries.compactMap(\.token))
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
        case .later: player?.deferred.append(step)
        case .never: break
        }
    }

    /// Those that wait, the first first, until none can be taken.
    private func takeDeferred() {
        var place = 0
        while let waiting = player?.deferred, place < waiting.count {
            switch readiness(of: waiting[place]) {
            case .now:
                player?.deferred.remove(at: place)
                take(waiting[place])
                place = 0
            case .later: place += 1
            case .never: player?.deferred.remove(at: place)
            }
        }
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
        if let worker = workers.first(where: { !$0.isFree && !named.contains($0.step) }) { return worker.step }
        if let batch = casts.queue.frontBatch {
            let step = Script.Step.worker(batch: batch, visit: visits[batch, default: 0], step: 0)
            if !named.contains(step) { return step }
        }
        guard let store else { return nil }
        if let next = store.next {
            return named.contains(.carryOut(next)) ? nil : .carryOut(next)
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
        case .claim: return .now
        case .note: return .never
        }
    }

    private func readiness(of work: Script.StoreWork, _ isNext: (ScheduledStore) -> Bool) -> Readiness {
        guard let store else { return .never }
        return store.isDone(work) ? .never : isNext(store) ? .now : .later
    }

    private func take(_ step: Script.Step) {
        switch step {
        case .worker(let batch, let visit, let number):
            if number > 0 {
                guard
                    let index = workers.firstIndex(where: {
                        !$0.isFree && $0.batch == batch && $0.visit == visit
                    })
                else { return }
                stepWorker(index)
            } else if let index = workers.firstIndex(where: \.isFree) {
                stepWorker(index)
            } else {
                // However the script lets them rest, there is one that is free.
                workers.append(ScheduledWorker())
                stepWorker(workers.count - 1)
            }
        case .carryOut: store?.carryOutNext()
        case .commit: store?.commit()
        case .drop: store?.dropOldest()
        case .claim(let ticket):
            if player?.claimed.contains(ticket) == false { player?.claims.append(ticket) }
        case .note: break
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
        let passed = Set(player.entries[..<player.cursor].compactMap(\.token))
        return decisions.map { given in
            var decision = given
            let note = Script.Step.note(given.request)
            if let stage = noted[given.request] {
                decision.written = max(given.stage, stage)
            } else if player.named.contains(note), !passed.contains(note) {
                decision.written = Claim.lastStage
            }
            return decision
        }.sorted { ($0.stage, $0.request) < ($1.stage, $1.request) }
    }
}
