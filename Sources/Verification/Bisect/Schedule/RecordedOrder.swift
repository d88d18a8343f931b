package import Replay
package import Streaming

/// Where a frame of a recorded live run stands, and a stage of it.
package struct DrainPoint: Hashable, Comparable, Sendable {
    /// Frames before this one; ``RecordedOrder/end`` is behind all.
    package var frame: Int32
    /// 0 before what the frame drains; behind it one more than each stage before which requests are claimed.
    package var stage: UInt32

    package init(frame: Int32, stage: UInt32) {
        self.frame = frame
        self.stage = stage
    }

    package static func < (a: DrainPoint, b: DrainPoint) -> Bool { (a.frame, a.stage) < (b.frame, b.stage) }
}

/// What a frame of a recorded live run drains, or what its workers claim.
package enum DrainToken: Hashable, Sendable {
    case result(UInt64)
    case reply(UInt64)
    case claim(UInt64)
}

extension DrainToken: CustomStringConvertible {
    package var description: String {
        switch self {
        case .result(let sequence): "the result of cast \(sequence)"
        case .reply(let request): "the store's reply to request \(request)"
        case .claim(let ticket): "the claim of request \(ticket)"
        }
    }
}

/// The order of what the frames of a recorded live run drained, taken apart from the frames.
package struct RecordedOrder {
    package typealias Entry = OrderEntry<DrainPoint, DrainToken>

    /// Behind the last frame: what stands there has not come.
    package static let end = DrainPoint(frame: .max, stage: 0)

    /// Why frames have no order.
    package enum Problem: Error, Hashable {
        /// A frame drains or claims what another, or itself, has drained or claimed.
        case twice(frame: Int32, DrainToken)
        /// Two traces differ in something else than in what they drained.
        case otherInput(frame: Int32, what: String)
        case otherLength(Int, Int)
    }

    private let frames: [FrameInput]
    // Order: all are looked up, never walked.
    private var replies: [UInt64: StoreArrival] = [:]
    private var outcomes: [UInt64: UInt8] = [:]
    private var payloads: [UInt64: UInt64] = [:]
    private let hasClaims: Bool

    /// - Parameters:
    ///   - frames: of a recorded live run.
    ///   - other: another of the same inputs; what it drained can be put into the frames too.
    /// - Throws: ``Problem``.
    package init(_ frames: [FrameInput], and other: [FrameInput]? = nil) throws {
        self.frames = frames
        hasClaims = (frames + (other ?? [])).contains { !($0.engineWork?.claimed ?? []).isEmpty }
        if let other { try RecordedOrder.checkInputs(frames, other) }
        for input in frames + (other ?? []) {
            for arrival in input.storeReplies ?? [] {
                if let known = replies[arrival.request], known != arrival {
                    throw Problem.otherInput(
                        frame: input.frame, what: "the reply to request \(arrival.request)")
                }
                replies[arrival.request] = arrival
            }
            guard let results = input.castResults, let work = input.engineWork else { continue }
            if work.outcomes.count == results.count {
                for (result, outcome) in zip(results, work.outcomes) { outcomes[result] = outcome }
            }
            if work.payloads.count == results.count {
                for (result, payload) in zip(results, work.payloads) { payloads[result] = payload }
            }
        }
    }

    private static func checkInputs(_ frames: [FrameInput], _ other: [FrameInput]) throws {
        guard frames.count == other.count else { throw Problem.otherLength(frames.count, other.count) }
        for (left, right) in zip(frames, other) {
            let (a, b) = (left.withoutDrained, right.withoutDrained)
            guard a != b else { continue }
            let what =
                a.frame != b.frame
                ? "the number of the frame"
                : a.events != b.events
                    ? "its events" : a.camera != b.camera ? "its camera" : "its budgets, session or snapshot"
            throw Problem.otherInput(frame: left.frame, what: what)
        }
    }

    /// The order in which frames of the run, or a change of them, drained and claimed.
    ///
    /// - Throws: ``Problem``.
    package func entries(of frames: [FrameInput]) throws -> [Entry] {
        var entries: [Entry] = []
        var known: Set<DrainToken> = []
        func add(_ token: DrainToken, _ input: FrameInput) throws {
            guard known.insert(token).inserted else { throw Problem.twice(frame: input.frame, token) }
            entries.append(.token(token))
        }
        for (number, input) in frames.enumerated() {
            entries.append(.point(DrainPoint(frame: Int32(number), stage: 0)))
            for result in input.castResults ?? [] { try add(.result(result), input) }
            for reply in input.storeReplies ?? [] { try add(.reply(reply.request), input) }
            guard hasClaims else { continue }
            let claims = zip(input.engineWork?.claimed ?? [], input.engineWork?.claimStages ?? [])
            for stage in 0...Claim.lastStage {
                entries.append(.point(DrainPoint(frame: Int32(number), stage: stage + 1)))
                for (request, before) in claims where before == stage { try add(.claim(request), input) }
            }
        }
        return entries + [.point(RecordedOrder.end)]
    }

    /// The frames, with what each drains and claims as an order says. What the order does not name does not come.
    package func frames(in order: [Entry]) -> [FrameInput] {
        var frames = frames
        for index in frames.indices { frames[index].clearDrained(claims: hasClaims) }
        var at: DrainPoint?
        for entry in order {
            switch entry {
            case .point(let point): at = point
            case .token(let token):
                guard let at, frames.indices.contains(Int(at.frame)) else { continue }
                add(token, &frames[Int(at.frame)], stage: max(at.stage, 1) - 1)
            }
        }
        for index in frames.indices { takeOutcomes(&frames[index]) }
        return frames
    }

    private func add(_ token: DrainToken, _ input: inout FrameInput, stage: UInt32) {
        switch token {
        case .result(let result): input.castResults?.append(result)
        case .reply(let request):
            input.storeReplies?.append(replies[request] ?? StoreArrival(request: request))
        case .claim(let request):
            var work = input.engineWork ?? EngineWork()
            work.claimed.append(request)
            work.claimStages.append(stage)
            input.engineWork = work
        }
    }

    /// An engine says of each result how it ended: that goes with it.
    private func takeOutcomes(_ input: inout FrameInput) {
        guard let results = input.castResults, !results.isEmpty else { return }
        let ended = results.compactMap { outcomes[$0] }
        let hashes = results.compactMap { payloads[$0] }
        guard ended.count == results.count || hashes.count == results.count else { return }
        var work = input.engineWork ?? EngineWork()
        if ended.count == results.count { work.outcomes = ended }
        if hashes.count == results.count { work.payloads = hashes }
        input.engineWork = work
    }
}

extension FrameInput {
    fileprivate mutating func clearDrained(claims: Bool) {
        if castResults != nil { castResults = [] }
        if storeReplies != nil { storeReplies = [] }
        guard var work = engineWork else { return }
        (work.outcomes, work.payloads) = ([], [])
        if claims { (work.claimed, work.claimStages) = ([], []) }
        engineWork = work.isEmpty ? nil : work
    }

    /// What two recordings of one run have in common.
    fileprivate var withoutDrained: FrameInput {
        var input = self
        input.castResults = castResults.map { _ in [] }
        input.storeReplies = storeReplies.map { _ in [] }
        input.engineWork = nil
        input.checkpoint = nil
        input.engineTimeNanoseconds = 0
        return input
    }
}
