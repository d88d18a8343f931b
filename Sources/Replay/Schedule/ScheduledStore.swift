import Streaming

/// A store in memory whose thread takes its steps when a schedule says so: it takes one operation after the other into a transaction, and
/// what was asked comes back when that is committed. Write-backs that have not been begun are dropped at random, the oldest first.
///
/// What it promises is what `FileStore` promises of a live run: operations are done in the order in which they were handed over, and only
/// write-backs are ever left out.
final class ScheduledStore: LiveStoreService {
    private enum Work {
        case operation(StoreOperation, clock: Int64, serial: UInt64)
        case open(StoreContents)
        case damage(RowKey)
    }

    private var memory = MemoryStore()
    /// What waits, the oldest first.
    private var waiting: [Work] = []
    /// Replies of the transaction that is not committed yet, by the serial of their request; nil: there is none.
    private var transaction: [(serial: UInt64, reply: StoreReply)]?
    private var serial: UInt64 = 0
    // Order: both are looked up, or sorted.
    private var requests: [UInt64: UInt64] = [:]
    private var replies: [UInt64: StoreReply] = [:]
    private var dropped: [RowKey] = []
    /// Nil: nothing is dropped, and a transaction takes all that waits.
    private var chance: Chance?
    /// One step in so many drops a write-back that waits; one in so many commits early.
    private static let stepsPerDrop: UInt64 = 12
    private static let stepsPerCommit: UInt64 = 4

    /// A store that holds this; nil: nothing.
    init(_ contents: StoreContents?) { memory.open(contents) }

    func drawDrops(_ seed: UInt64) { chance = Chance(seed: seed) }

    // MARK: Its thread

    var waitingCount: Int { waiting.count }
    var canStep: Bool { !waiting.isEmpty || transaction != nil }

    func step() {
        if chance?.next(below: ScheduledStore.stepsPerDrop) == 0, dropOldest() { return }
        let commitsNow = transaction != nil && chance?.next(below: ScheduledStore.stepsPerCommit) == 0
        if waiting.isEmpty || commitsNow {
            for (serial, reply) in transaction ?? [] { replies[serial] = reply }
            transaction = nil
        } else {
            carryOut(waiting.removeFirst())
        }
    }

    private func dropOldest() -> Bool {
        for (place, work) in waiting.enumerated() {
            if case .operation(.write(let row, _), _, _) = work {
                waiting.remove(at: place)
                dropped.append(row)
                return true
            }
        }
        return false
    }

    private func carryOut(_ work: Work) {
        var done = transaction ?? []
        switch work {
        case .open(let contents): memory.open(contents)
        case .damage(let row): memory.damage(row)
        case .operation(let operation, let clock, let serial):
            memory.handOver(StoreBatch(frame: 0, clock: clock, operations: [operation]))
            switch operation {
            case .read(_, let sequence), .readIndex(let sequence):
                done.append((serial, memory.finish(sequence)))
            default: break
            }
        }
        transaction = done
    }

    // MARK: The frame thread

    func open(_ contents: StoreContents?) {
        requests = [:]
        if let contents { waiting.append(.open(contents)) }
    }

    func handOver(_ batch: StoreBatch) {
        for operation in batch.operations {
            serial += 1
            switch operation {
            case .read(_, let sequence), .readIndex(let sequence): requests[sequence] = serial
            default: break
            }
            waiting.append(.operation(operation, clock: batch.clock, serial: serial))
        }
    }

    func damage(_ row: RowKey) { waiting.append(.damage(row)) }

    func wait(for sequences: [UInt64]) -> Bool { true }

    func finish(_ sequence: UInt64) -> StoreReply {
        guard let serial = requests.removeValue(forKey: sequence),
            let reply = replies.removeValue(forKey: serial)
        else { preconditionFailure("request \(sequence) was never handed over, or its reply has not come") }
        return reply
    }

    func abandon(_ sequence: UInt64) {
        guard let serial = requests.removeValue(forKey: sequence) else { return }
        replies[serial] = nil
    }

    func readyReplies() -> [UInt64] { requests.filter { replies[$0.value] != nil }.keys.sorted() }

    func reply(to sequence: UInt64) -> StoreReply? { requests[sequence].flatMap { replies[$0] } }

    func waitForReply(to sequence: UInt64) -> StoreReply? {
        while requests[sequence] != nil, reply(to: sequence) == nil, canStep { step() }
        return reply(to: sequence)
    }

    func takeDroppedWriteBacks() -> [RowKey] {
        defer { dropped = [] }
        return dropped
    }
}
