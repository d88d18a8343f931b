import PlantedFaults
import Streaming

/// A store in memory that does what it is handed over when it likes, drawn from a seed: at once, a while later, or not before somebody waits
/// for it, as a disk does. What it replies is what ``MemoryStore`` replies.
struct DelayedStore: StoreService {
    private enum Work {
        case open(StoreContents?)
        case batch(StoreBatch)
        case damage(RowKey)
    }

    var store = MemoryStore()
    private var waiting: [Work] = []
    private var chance: Chance

    init(seed: UInt64) { chance = Chance(seed: seed) }

    /// Does everything that waits.
    mutating func catchUp() { carryOut(waiting.count) }

    private mutating func carryOut(_ count: Int) {
        for work in waiting.prefix(count) {
            switch work {
            case .open(let contents): store.open(contents)
            case .batch(let batch): store.handOver(batch)
            case .damage(let row): store.damage(row)
            }
        }
        waiting.removeFirst(count)
    }

    private mutating func add(_ work: Work) {
        waiting.append(work)
        // Mostly not before somebody waits.
        if chance.next(below: 8) == 0 { carryOut(Int(chance.next(below: UInt64(waiting.count + 1)))) }
    }

    mutating func open(_ contents: StoreContents?) { add(.open(contents)) }

    mutating func handOver(_ batch: StoreBatch) { add(.batch(batch)) }

    mutating func damage(_ row: RowKey) { add(.damage(row)) }

    mutating func wait(for sequences: [UInt64]) -> Bool {
        while sequences.contains(where: { store.replies[$0] == nil }), !waiting.isEmpty {
            if planted(.impatientReply) { break }
            carryOut(1)
        }
        return store.wait(for: sequences)
    }

    mutating func finish(_ sequence: UInt64) -> StoreReply {
        if planted(.impatientReply, if: store.replies[sequence] == nil) {
            catchUp()
            let reply = store.finish(sequence)
            if case .region = reply { return .absent }
            return reply
        }
        return store.finish(sequence)
    }

    mutating func abandon(_ sequence: UInt64) {
        if store.replies[sequence] == nil { catchUp() }
        store.abandon(sequence)
    }
}
