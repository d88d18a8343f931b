import Streaming

/// A store in memory whose thread takes its steps when a schedule says so: it takes one operation after the other into a transaction, and
/// what was asked comes back when that is committed. Write-backs that have not been begun are dropped at random, the oldest first.
///
/// What it promises is what `FileStore` promises of a live run: operations are done in the order in which they were handed over, and only
/// write-backs are ever left out.
final class ScheduledStore: LiveStoreService {
    /// What it did in a step.
    enum Step {
        case carriedOut(Script.StoreWork, StoreWorkKind)
        /// The last operation of the transaction, and the requests whose replies came with it.
        case committed(Script.StoreWork, [UInt64])
        case dropped(Script.StoreWork, StoreWorkKind)
    }

    private enum Work {
        case operation(StoreOperation, clock: Int64, serial: UInt64)
        case open(StoreContents)
        case damage(RowKey)

        var kind: StoreWorkKind {
            switch self {
            case .operation(let operation, _, _): .operation(operation)
            case .open: .open
            case .damage(let row): .damage(row)
            }
        }

        var isWriteBack: Bool { if case .operation(.write, _, _) = self { true } else { false } }
    }

    private var memory = MemoryStore()
    /// What waits, the oldest first.
    private var waiting: [(id: Script.StoreWork, work: Work)] = []
    /// What the transaction that is not committed yet has done.
    private(set) var uncommitted: [Script.StoreWork] = []
    /// Its replies, by the serial of their request.
    private var pending: [(serial: UInt64, sequence: UInt64, reply: StoreReply)] = []
    private var serial: UInt64 = 0
    /// Frames that were run before the one that hands over, and what it has handed over.
    private var frame: Int32 = 0
    private var place: Int32 = 0
    // Order: all are looked up, or sorted.
    private var requests: [UInt64: UInt64] = [:]
    private var replies: [UInt64: StoreReply] = [:]
    /// Carried out, or dropped.
    private var done: Set<Script.StoreWork> = []
    private var dropped: [RowKey] = []
    /// Nil: nothing is dropped, and a transaction takes all that waits.
    private var chance: Chance?
    /// One step in so many drops a write-back that waits; one in so many commits early.
    private static let stepsPerDrop: UInt64 = 12
    private static let stepsPerCommit: UInt64 = 4
    /// Told of each step, of what the frame thread does here, and that it waits for a reply.
    var observe: (Step) -> Void = { _ in }
    var note: (FrameOperation) -> Void = { _ in }
    var willWait: () -> Void = {}

    /// A store that holds this; nil: nothing.
    init(_ contents: StoreContents?) { memory.open(contents) }

    func drawDrops(_ seed: UInt64) { chance = Chance(seed: seed) }

    func begin(frame number: Int32) {
        frame = number
        place = 0
    }

    // MARK: Its thread

    var waitingCount: Int { waiting.count }
    var canStep: Bool { !waiting.isEmpty || !uncommitted.isEmpty }
    /// What it would carry out next.
    var next: Script.StoreWork? { waiting.first?.id }

    func isWaiting(_ id: Script.StoreWork) -> Bool { waiting.contains { $0.id == id } }
    func isDone(_ id: Script.StoreWork) -> Bool { done.contains(id) }
    /// The write-back that would be dropped next.
    var nextDrop: Script.StoreWork? { waiting.first { $0.work.isWriteBack }?.id }
    func isWriteBack(_ id: Script.StoreWork) -> Bool {
        waiting.contains { $0.id == id && $0.work.isWriteBack }
    }

    func step() {
        if chance?.next(below: ScheduledStore.stepsPerDrop) == 0, dropOldest() { return }
        let commitsNow = !uncommitted.isEmpty && chance?.next(below: ScheduledStore.stepsPerCommit) == 0
        if waiting.isEmpty || commitsNow { commit() } else { carryOutNext() }
    }

    /// - Returns: false where no write-back waits.
    @discardableResult func dropOldest() -> Bool {
        guard let index = waiting.firstIndex(where: { $0.work.isWriteBack }) else { return false }
        let (id, work) = waiting.remove(at: index)
        if case .operation(.write(let row, _), _, _) = work { dropped.append(row) }
        done.insert(id)
        observe(.dropped(id, work.kind))
        return true
    }

    func commit() {
        guard let last = uncommitted.last else { return }
        for (serial, _, reply) in pending { replies[serial] = reply }
        let come = pending.map(\.sequence)
        (uncommitted, pending) = ([], [])
        observe(.committed(last, come))
    }

    func carryOutNext() {
        guard !waiting.isEmpty else { return }
        let (id, work) = waiting.removeFirst()
        switch work {
        case .open(let contents): memory.open(contents)
        case .damage(let row): memory.damage(row)
        case .operation(let operation, let clock, let serial):
            memory.handOver(StoreBatch(frame: 0, clock: clock, operations: [operation]))
            switch operation {
            case .read(_, let sequence), .readIndex(let sequence):
                pending.append((serial, sequence, memory.finish(sequence)))
            default: break
            }
        }
        uncommitted.append(id)
        done.insert(id)
        observe(.carriedOut(id, work.kind))
    }

    private func append(_ work: Work) {
        waiting.append((Script.StoreWork(frame: frame, place: place), work))
        place += 1
    }

    // MARK: The frame thread

    func open(_ contents: StoreContents?) {
        requests = [:]
        if let contents { append(.open(contents)) }
    }

    func handOver(_ batch: StoreBatch) {
        if !batch.operations.isEmpty { note(.handsToStore(operations: batch.operations.count)) }
        for operation in batch.operations {
            serial += 1
            switch operation {
            case .read(_, let sequence), .readIndex(let sequence): requests[sequence] = serial
            default: break
            }
            append(.operation(operation, clock: batch.clock, serial: serial))
        }
    }

    func damage(_ row: RowKey) { append(.damage(row)) }

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

    func readyReplies() -> [UInt64] {
        let ready = requests.filter { replies[$0.value] != nil }.keys.sorted()
        note(.asksForReplies(ready))
        return ready
    }

    func reply(to sequence: UInt64) -> StoreReply? { requests[sequence].flatMap { replies[$0] } }

    func waitForReply(to sequence: UInt64) -> StoreReply? {
        willWait()
        while requests[sequence] != nil, reply(to: sequence) == nil, canStep { step() }
        return reply(to: sequence)
    }

    func takeDroppedWriteBacks() -> [RowKey] {
        note(.takesDrops(dropped))
        defer { dropped = [] }
        return dropped
    }
}
