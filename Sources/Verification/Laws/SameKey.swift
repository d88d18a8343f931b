import Hashing
import Replay
import Streaming

/// A second session with the same key takes the same regions from its store, however fast or slow that is.
///
/// The first session of the trace is run with a store: its own, or one that it is given; behind it another one is started with the same key, and small budgets, so that replies
/// find cells that have not been cast anew. The camera stands still. The same frames are stepped with a store that carries out its batches early or late, drawn
/// from the seed. All digests are the same, and at least one cell was restored out of the store.
package struct SameKey: Law {
    package let name = "same-key"
    package let rules: [Rule] = [.invalidation]
    package let claim = "with the same key the same regions are taken, whenever the store does its work"

    package init() {}

    package func judge(_ given: LawCase) throws -> LawOutcome {
        if let reason = given.unfit() { return .notApplicable(reason) }
        return try given.judging {
            var run = LawRun(given.options)
            var expected: [FrameResult] = []
            for input in given.firstSession { expected.append(try run.step(input)) }
            guard var configuration = run.state.system.configuration else {
                return .notApplicable("no session runs at the end of the first one")
            }
            configuration.budgets = Budgets(perLevel: [1], total: 2, uploadBytes: 1 << 20)
            var restored = 0
            for place in 0..<LawRun.framesOfSecondSession(configuration) {
                expected.append(
                    try run.step(place == 0 ? run.nextSession(configuration) : run.stillFrame()))
                restored += expected.last?.counts.reduce(0) { $0 + $1.restored } ?? 0
            }
            guard restored > 0 else {
                return .notApplicable("the second session takes nothing from its store")
            }
            var random = given.random(10)
            var cases = 0
            for _ in 0..<given.pick(quick: 1, standard: 2, full: 6) {
                var other = LawRun(given.options)
                var store = PacedStore(seed: random.next())
                for (input, result) in zip(run.inputs, expected) {
                    let found = try other.step(input, store: &store)
                    cases += 1
                    if let breach = Breach(result, found, "with a store that does its work at other times") {
                        return .broken(breach)
                    }
                }
            }
            return .holds(cases: cases)
        }
    }
}

/// A store in memory that carries out what it is handed early or late, as its seed says. What it replies to who has waited is what ``MemoryStore`` replies; for
/// who has not, a row that it has not come to is not there.
struct PacedStore: StoreService {
    private enum Work {
        case open(StoreContents?)
        case batch(StoreBatch)
        case damage(RowKey)
        case abandon(UInt64)
    }

    private var store = MemoryStore()
    private var waiting: [Work] = []
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func open(_ contents: StoreContents?) { take(.open(contents)) }
    mutating func handOver(_ batch: StoreBatch) { take(.batch(batch)) }
    mutating func damage(_ row: RowKey) { take(.damage(row)) }
    mutating func abandon(_ sequence: UInt64) { take(.abandon(sequence)) }

    mutating func wait(for sequences: [UInt64]) -> Bool {
        settle { store in sequences.allSatisfy { store.replies[$0] != nil } }
        return true
    }

    mutating func finish(_ sequence: UInt64) -> StoreReply {
        let isForRow = waiting.contains { work in
            guard case .batch(let batch) = work else { return false }
            return batch.operations.contains { if case .read(_, sequence) = $0 { true } else { false } }
        }
        if isForRow, store.replies[sequence] == nil {
            take(.abandon(sequence))
            return .absent
        }
        settle { store in store.replies[sequence] != nil }
        return store.finish(sequence)
    }

    /// Takes work, and does none, some or all of what there is.
    private mutating func take(_ work: Work) {
        waiting.append(work)
        let count = Bool.random(using: &random) ? 0 : Int.random(in: 0...waiting.count, using: &random)
        for _ in 0..<count { carryOutFirst() }
    }

    private mutating func settle(_ isDone: (MemoryStore) -> Bool) {
        while !isDone(store), !waiting.isEmpty { carryOutFirst() }
    }

    private mutating func carryOutFirst() {
        switch waiting.removeFirst() {
        case .open(let contents): store.open(contents)
        case .batch(let batch): store.handOver(batch)
        case .damage(let row): store.damage(row)
        case .abandon(let sequence): store.abandon(sequence)
        }
    }
}
