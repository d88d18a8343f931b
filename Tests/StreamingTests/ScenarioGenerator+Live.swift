import Hashing
import Streaming

// What a live frame drains: whatever the seed says has come, which has nothing to do with what is due.

extension ScenarioGenerator {
    /// Some of the results of casts in flight, late or early, in any order; nil where what is due is drained.
    mutating func castResults(_ reference: ReferenceModel) -> [UInt64]? {
        guard isLive else { return nil }
        // Now and then all, or none.
        let share = random.pick([1, 2, 2, 4, 1000])
        return shuffled(reference.flights.map(\.sequence).filter { _ in random.oneIn(share) })
    }

    /// Some of the replies that are there, in any order, some of them with what came; nil where what is due is drained.
    mutating func storeReplies(_ reference: ReferenceModel, _ events: [Event]) -> [StoreArrival]? {
        guard isLive || (memory.isLive && !random.oneIn(30)) else { return nil }
        let endsSession = events.contains {
            switch $0 {
            case .sessionStart, .sessionEnd: true
            default: false
            }
        }
        // A session that ends while it waits for the index drains that.
        let requests = (reference.ledger?.requests ?? []).filter {
            random.oneIn(3) || ($0.row == nil && endsSession)
        }
        return shuffled(requests).map { request in
            guard isLive, random.oneIn(2) else { return StoreArrival(request: request.sequence) }
            return StoreArrival(
                request: request.sequence,
                reply: reference.disk.reply(to: request.sequence).map { varied($0) })
        }
    }

    /// An engine that has recorded itself.
    mutating func engine() -> Event {
        let stages = ["input", "s\u{e9}lection", "cast \u{1F4A1}", ""]
        return .engine(
            Engine(
                name: random.pick(["lumon 1.2", "\u{3bb}", ""]),
                stages: Array(stages.prefix(random.integer(0...stages.count))), hasOwnVoxels: random.oneIn(2))
        )
    }

    /// What came, or something else that can answer the same request: then it is not what the store has.
    private mutating func varied(_ reply: StoreReply) -> StoreReply {
        guard random.oneIn(2) else { return reply }
        switch reply {
        case .index(var index):
            index.damagedRows += 1
            return .index(index)
        case .region(let content):
            let fewer = content.cells.filter { _ in random.oneIn(2) }
            return fewer.isEmpty ? .damaged : .region(RegionContent(cells: fewer))
        case .absent: return .damaged
        case .damaged: return .absent
        }
    }

    private mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        elements.map { (random.next(), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
