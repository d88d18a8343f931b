import Replay
package import Streaming

/// Two orders of what the frames of a recorded live run drained: finds the smallest change that makes the difference.
package struct RecordedBisect {
    /// Who is judged.
    package enum Judge {
        /// The model: its digests are those of the recorded order.
        case model
        /// A program: its digests are those of its own run in the recorded order.
        case subject(ComparedProgram)
        /// Something that can be asked of any frames.
        case failure(any TraceFailure)
    }

    private let frames: [FrameInput]
    private let options: ScheduleBisectOptions
    private let failure: any TraceFailure
    private let isOfModel: Bool
    private let flights: [Flight]

    /// - Parameters:
    ///   - frames: of a recorded live run.
    ///   - judge: who is judged.
    ///   - options: how far to go.
    /// - Throws: ``ScheduleBisectError``, ``SubjectError``.
    package init(_ frames: [FrameInput], judge: Judge, options: ScheduleBisectOptions) throws {
        guard frames.contains(where: { $0.castResults != nil }) else {
            throw ScheduleBisectError.notRecorded
        }
        self.frames = frames
        self.options = options
        switch judge {
        case .model:
            failure = try OwnOrderFailure(model: frames)
            isOfModel = true
        case .subject(let program):
            failure = try OwnOrderFailure(program, frames)
            isOfModel = false
        case .failure(let given):
            failure = given
            isOfModel = false
        }
        flights = RecordedBisect.flights(of: frames)
    }

    /// The casts, as far as the model takes the frames: another program's frames it may not.
    private static func flights(of frames: [FrameInput]) -> [Flight] {
        var flights: [Flight] = []
        _ = try? Replayer.run(frames) { result, state in
            if let batch = state.system.flightBatches.last, batch.frame == result.frame {
                flights += batch.flights
            }
        }
        return flights
    }

    /// The recorded order beside others within the frames, of which the first that fails is taken.
    ///
    /// - Parameter seeds: which the other orders are drawn from, as ``LiveLaw`` draws them; 0 changes nothing.
    /// - Returns: what was found.
    /// - Throws: ``ScheduleBisectError``, what cannot be written or read.
    package func search(seeds: [UInt64]) throws -> ScheduleBisection {
        for seed in seeds where seed != 0 {
            guard !options.isStopped() else { throw ScheduleBisectError.nothingYet }
            let changed = frames.inOtherOrder(seed)
            guard let seen = try? failure.attempt(changed) else { continue }
            return try search(
                changed, seen, name: "the same in another order within the frames, drawn from \(seed)", seed)
        }
        let tried =
            seeds.count == 1
            ? "the order of \(seeds[0])" : "\(seeds.count) orders from \(seeds.first ?? 1) on"
        throw ScheduleBisectError.nothingFails(tried: tried)
    }

    /// The recorded order beside that of another recording.
    ///
    /// - Parameters:
    ///   - other: its frames.
    ///   - name: its name.
    /// - Returns: what was found.
    /// - Throws: ``ScheduleBisectError``, ``RecordedOrder/Problem``, what cannot be written or read.
    package func search(other: [FrameInput], name: String) throws -> ScheduleBisection {
        _ = try RecordedOrder(frames, and: other)
        guard let seen = try failure.attempt(other) else {
            throw ScheduleBisectError.nothingFails(tried: name)
        }
        return try search(other, seen, name: "what \(name) drained", nil)
    }

    private func search(
        _ changed: [FrameInput], _ seen: SeenFailure, name: String, _ seed: UInt64?
    ) throws -> ScheduleBisection {
        var runs = 1
        if let own = try judged({ try failure.attempt(frames) }) {
            let breach = Breach(frame: own.frame, stage: nil, what: "\(own.signature), \(own.what)")
            throw ScheduleBisectError.goodFails(order: "the recorded order", breach)
        }
        // What stands behind the frame in which it shows has no part in it.
        let last = frames.firstIndex { $0.frame == seen.frame } ?? frames.count - 1
        let used = Array(frames[...last])
        let others = Array(changed[...last])
        let order = try RecordedOrder(used, and: seed == nil ? others : nil)
        let (good, bad) = (try order.entries(of: used), try order.entries(of: others))
        var failing = seen
        var search = OrderSearch<DrainPoint, DrainToken>(limit: max(0, options.limit / 2 - 2)) { entries in
            runs += 1
            // What is refused cannot be judged, and is not taken for bad.
            let tried = try? failure.attempt(order.frames(in: entries))
            let fails = tried?.signature == seen.signature
            if fails, let tried { failing = tried }
            return .init(fails: fails, done: entries)
        }
        search.isStopped = options.isStopped
        search.progress = { [options] trials, changes in options.progress(2 * trials, changes) }
        let answer = try search.search(good: good, bad: bad)
        let result = order.frames(in: answer.pair?.failing ?? answer.failing)
        if let seen = try? failure.attempt(result) { failing = seen }
        let words = DrainWords(used, bySequence: flights)
        return ScheduleBisection(
            good: "the recorded order", bad: name, seed: seed, signature: "\(seen.signature)",
            breach: try breach(failing, used, result),
            pair: answer.pair.map(words.describe),
            differences: OrderPair(good: good, bad: bad).changes.count,
            changes: answer.changes.map { words.change($0, from: good, answer) },
            isMinimal: answer.isMinimal, replays: 2 * runs, reason: try reason(answer.reason),
            recording: result + frames[(last + 1)...])
    }

    /// In all detail where it is the model's.
    private func breach(
        _ seen: SeenFailure, _ good: [FrameInput], _ failing: [FrameInput]
    ) throws -> Breach {
        if isOfModel {
            var digests: [FrameDigests] = []
            _ = try Replayer.run(good) { result, _ in digests.append(result.digests) }
            if let breach = try LiveLaw.compare(
                .replay(good), .replay(failing), digests, ReplayOptions(), "drained in the other order")
            {
                return breach
            }
        }
        var stage: Stage?
        if case .stage(let name) = seen.signature { stage = Stage.allCases.first { $0.name == name } }
        return Breach(frame: seen.frame, stage: stage, what: "\(seen.signature), \(seen.what)")
    }

    private func judged(_ body: () throws -> SeenFailure?) throws -> SeenFailure? {
        do { return try body() } catch let error as ReferenceBrokeOff {
            throw ScheduleBisectError.goodNotJudged(
                reason: "the model refuses frame \(error.frame): \(error.error)")
        }
    }

    private func reason(
        _ reason: OrderSearch<DrainPoint, DrainToken>.Reason?
    ) throws -> ScheduleBisection.Reason? {
        switch reason {
        case nil: nil
        case .limit: .limit(options.limit)
        case .stopped: .stopped
        case .badHolds:
            throw ScheduleBisectError.nothingFails(tried: "the bad order, up to the frame in question")
        case .goodFails: throw ScheduleBisectError.goodNotJudged(reason: "it does not always hold")
        }
    }
}
