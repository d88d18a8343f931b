import Replay
import Streaming

/// Puts what the frames of a recorded live run drained into words.
struct DrainWords {
    private let frames: [Int32]
    // Order: looked up, never walked.
    private let flights: [UInt64: Flight]

    /// - Parameters:
    ///   - frames: of the run.
    ///   - flights: as far as they are known, in any order: their numbers are unique.
    init(_ frames: [FrameInput], bySequence flights: [Flight]) {
        self.frames = frames.map(\.frame)
        self.flights = Dictionary(flights.map { ($0.sequence, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func frame(_ point: DrainPoint?) -> Int32? {
        guard let point, frames.indices.contains(Int(point.frame)) else { return nil }
        return frames[Int(point.frame)]
    }

    /// Where an order has an entry.
    private func point(of entry: RecordedOrder.Entry, in order: [RecordedOrder.Entry]) -> DrainPoint? {
        if let point = entry.point { return point }
        return order.firstIndex(of: entry).flatMap { order[..<$0].last { $0.point != nil }?.point }
    }

    func describe(_ entry: RecordedOrder.Entry, in order: [RecordedOrder.Entry]) -> DescribedEvent {
        let point = point(of: entry, in: order)
        var described = DescribedEvent(frame: frame(point), what: "")
        switch entry {
        case .point(let point) where point == RecordedOrder.end: described.what = "the run ends"
        case .point(let point) where point.stage == 0:
            described.what = "the frame begins"
        case .point(let point):
            described.stage = Stage(rawValue: UInt8(point.stage - 1))
            described.what = "the frame comes to the stage \(described.stage?.name ?? "behind all")"
        case .token(.result(let sequence)):
            described.what = "the result of cast \(sequence) is drained"
            described.stage = .commit
            described.probes = flights[sequence].map { [.init(level: $0.level, cell: $0.cell)] } ?? []
        case .token(.reply(let request)):
            described.what = "the store's reply to request \(request) is drained"
            described.stage = .input
        case .token(.claim(let ticket)):
            described.what = "a worker claims request \(ticket)"
            described.stage = point.flatMap { $0.stage > 0 ? Stage(rawValue: UInt8($0.stage - 1)) : nil }
            described.probes = flights[ticket].map { [.init(level: $0.level, cell: $0.cell)] } ?? []
        }
        return described
    }

    func describe(_ pair: OrderSearch<DrainPoint, DrainToken>.Pair) -> ScheduleBisection.EventPair {
        // Both as they are where it holds: there the first is before the second.
        .init(
            first: describe(pair.first, in: pair.holding), second: describe(pair.second, in: pair.holding))
    }

    func change(
        _ token: DrainToken, from good: [RecordedOrder.Entry],
        _ answer: OrderSearch<DrainPoint, DrainToken>.Answer
    ) -> ScheduleBisection.Change {
        .init(
            event: describe(.token(token), in: answer.failing),
            goodFrame: frame(point(of: .token(token), in: good)), pair: answer.pairs[token].map(describe))
    }
}
