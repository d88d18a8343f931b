package import Replay
package import Streaming

/// Two live runs of a modelled trace, of which one replays to its digests and the other does not: finds the smallest change of the order of their
/// threads' steps that makes the difference.
package struct LiveScheduleBisect {
    private let orders: LiveOrders
    private let options: ScheduleBisectOptions

    /// - Parameters:
    ///   - frames: of a modelled trace.
    ///   - options: how far to go.
    /// - Throws: ``ScheduleBisectError/notLive(reason:)``, ``ReplayError`` where the model does not take the frames.
    package init(_ frames: [FrameInput], options: ScheduleBisectOptions) throws {
        if let reason = LiveLaw.reasonAgainstLiveRun(frames) {
            throw ScheduleBisectError.notLive(reason: reason)
        }
        _ = try Replayer.checkInputs(frames)
        orders = LiveOrders(frames)
        self.options = options
    }

    /// Makes the search.
    ///
    /// - Parameters:
    ///   - good: a schedule that holds.
    ///   - bad: the first of these that does not is the other end.
    ///   - tried: these, in words.
    /// - Returns: what was found, as far as the limit let it come.
    /// - Throws: ``ScheduleBisectError``, what cannot be written or read.
    package func search(good: Schedule, bad: [Schedule], tried: String) throws -> ScheduleBisection {
        var found: (schedule: Schedule, judged: LiveOrders.Judged, fault: LiveFault)?
        for schedule in bad where found == nil {
            guard !options.isStopped(), orders.runs < options.limit else {
                throw ScheduleBisectError.nothingYet
            }
            let judged = try orders.judge(all: schedule)
            if let fault = judged.fault { found = (schedule, judged, fault) }
        }
        guard let found else { throw ScheduleBisectError.nothingFails(tried: tried) }
        switch found.fault.kind {
        case .otherOrder, .otherOrderRefused:
            guard case .seeded(let seed) = found.schedule else { throw ScheduleBisectError.nothingYet }
            return try searchWithin(found.judged.sample, found.schedule, seed, found.fault)
        default: return try searchBetween(good, found.schedule, found.judged.sample, found.fault)
        }
    }

    /// Orders that may still be tried: each is a live run and a replay.
    private func left(runs perTrial: Int) -> Int { max(0, (options.limit - orders.runs) / perTrial) }

    // MARK: The steps of the threads

    private func searchBetween(
        _ good: Schedule, _ bad: Schedule, _ end: LiveLawSample, _ fault: LiveFault
    ) throws -> ScheduleBisection {
        let frames = orders.frames(upTo: fault)
        let right = try orders.judge(frames, good)
        if let own = right.fault {
            throw ScheduleBisectError.goodFails(
                order: "\(good)", try orders.breach(frames, good, own))
        }
        let start = right.sample
        var search = OrderSearch<Script.Point, Script.Step>(limit: left(runs: 2)) { entries in
            let tried = try orders.judge(frames, .steps(Script(entries)))
            return .init(
                fails: tried.fault?.kind == fault.kind, done: tried.sample.script.entries)
        }
        search.isStopped = options.isStopped
        search.progress = { [orders, options] _, changes in options.progress(orders.runs, changes) }
        let upToFault = end.script.cut(before: Int32(frames.count)).entries
        let answer = try search.search(good: start.script.entries, bad: upToFault)
        let failing = answer.pair?.failing ?? answer.failing
        let schedule = Schedule.steps(Script(failing))
        let whole = try? LiveLawSample(orders.frames, schedule, orders.options)
        let after = EventWords(orders.frames, whole?.events ?? end.events, whole?.flights ?? end.flights)
        let before = EventWords(orders.frames, start.events, start.flights)
        func describe(_ entry: Script.Entry) -> DescribedEvent {
            after.describe(entry) ?? before.describe(entry) ?? DescribedEvent(frame: nil, what: "\(entry)")
        }
        func describe(_ pair: OrderSearch<Script.Point, Script.Step>.Pair) -> ScheduleBisection.EventPair {
            .init(first: describe(pair.first), second: describe(pair.second))
        }
        return ScheduleBisection(
            good: "\(good)", bad: "\(bad)", seed: bad.seed, signature: "\(fault.kind)",
            breach: try orders.breach(frames, schedule, fault),
            pair: answer.pair.map(describe),
            differences: OrderPair(good: start.script.entries, bad: upToFault).changes.count,
            changes: answer.changes.map { token in
                .init(
                    event: describe(.token(token)), goodFrame: before.describe(.token(token))?.frame,
                    pair: answer.pairs[token].map(describe))
            }, isMinimal: answer.isMinimal, replays: orders.runs,
            reason: try reason(answer.reason), recording: whole?.frames ?? end.frames)
    }

    // MARK: What a frame has drained

    private func searchWithin(
        _ sample: LiveLawSample, _ schedule: Schedule, _ seed: UInt64, _ fault: LiveFault
    ) throws -> ScheduleBisection {
        let last = sample.frames.firstIndex { $0.frame == fault.frame } ?? sample.frames.count - 1
        let frames = Array(sample.frames[...last])
        let order = try RecordedOrder(frames)
        let good = try order.entries(of: frames)
        let bad = try order.entries(of: Array(sample.frames.inOtherOrder(seed)[...last]))
        var search = OrderSearch<DrainPoint, DrainToken>(limit: left(runs: 1)) { entries in
            let tried = try orders.judge(order.frames(in: entries), otherThan: sample)
            return .init(fails: tried?.kind == fault.kind, done: entries)
        }
        search.isStopped = options.isStopped
        search.progress = { [orders, options] _, changes in options.progress(orders.runs, changes) }
        let answer = try search.search(good: good, bad: bad)
        let failing = order.frames(in: answer.pair?.failing ?? answer.failing)
        let words = DrainWords(frames, bySequence: sample.flights.values.map { $0 })
        let breach = try LiveLaw.compare(
            .replay(frames), .replay(failing), sample.digests, orders.options, "drained in the other order")
        return ScheduleBisection(
            good: "what \(schedule) drained, in its order",
            bad: "the same in another order within the frames, drawn from \(seed)", seed: seed,
            signature: "\(fault.kind)",
            breach: breach ?? Breach(frame: fault.frame, stage: nil, what: "\(fault.kind)"),
            pair: answer.pair.map(words.describe),
            differences: OrderPair(good: good, bad: bad).changes.count,
            changes: answer.changes.map { words.change($0, from: good, answer) },
            isMinimal: answer.isMinimal, replays: orders.runs, reason: try reason(answer.reason),
            recording: failing + sample.frames[(last + 1)...])
    }

    private func reason<Point, Token>(
        _ reason: OrderSearch<Point, Token>.Reason?
    ) throws -> ScheduleBisection.Reason? {
        switch reason {
        case nil: nil
        case .limit: .limit(options.limit)
        case .stopped: .stopped
        // Both have been judged.
        case .goodFails, .badHolds: throw ScheduleBisectError.nothingYet
        }
    }
}

extension Script {
    /// The same up to a frame: what comes later comes behind the end.
    fileprivate func cut(before frame: Int32) -> Script {
        let first = entries.firstIndex { $0.point.map { $0.frame >= frame } ?? false } ?? entries.count
        return Script(entries[..<first] + [.point(Script.end)] + entries[first...].filter { $0.point == nil })
    }
}

extension Schedule {
    /// The number that ``LiveLaw`` knows it by.
    fileprivate var seed: UInt64? {
        switch self {
        case .plain: 0
        case .seeded(let seed): seed
        case .drained, .steps: nil
        }
    }
}
