import DequeModule
import Foundation
import Hashing
package import Streaming
import Synchronization

/// A store in a file: carries out what the model decides, on a thread of its own.
///
/// The frame thread hands over and picks up through queues without locks, and wakes the store's thread by a semaphore. In a run that
/// is ``Pace/modelled`` it waits for what is due, so that the run is the same however slow the disk is. In one that is ``Pace/live`` it
/// never waits: what has come is ``readyReplies()``, and where too many write-backs wait the oldest that has not been begun is dropped.
/// Marks, deletions and requests are never dropped: there is at most one of them for a region and frame, and in a live run a store that
/// is ``Limits/operations`` behind has failed. A modelled run waits for it.
///
/// A store that fails is off: ``failure``. Its file is closed, what is handed over afterwards goes nowhere.
package final class FileStore: LiveStoreService {
    package enum Pace: Sendable { case modelled, live }

    /// What may wait for the disk.
    package struct Limits: Sendable {
        /// Bytes of write-backs.
        package var bytes = 64 << 20
        /// Operations of all kinds.
        package var operations = 1 << 20

        package init() {}
    }

    package let path: String
    private let pace: Pace
    private let limits: Limits
    private let worker: StoreWorker
    /// Write-backs that have neither been begun, as far as is known, nor dropped; the oldest first.
    private var waiting: Deque<PendingWrite> = []
    private var waitingBytes = 0
    /// How many write-backs were handed over before the first of those.
    private var writesBeforeWaiting = 0
    private var dropped: [RowKey] = []
    /// The number of the last operation that was handed over, over all sessions.
    private var serial: UInt64 = 0
    /// The serial of each request of the session that nobody has finished or abandoned.
    private var requests: [UInt64: UInt64] = [:]
    /// Replies that have come, by serial.
    private var replies: [UInt64: StoreReply] = [:]
    private var isClosed = false

    /// Why the store is off; nil while it works. Never waits.
    package var failure: StoreFailure? {
        collect()
        return seenFailure
    }
    private var seenFailure: StoreFailure?

    /// The store as it was when it was opened, without the bytes of its rows.
    package let indexAtOpening: StoreIndex

    /// Opens a store, or makes one where there is no file.
    ///
    /// `beforeTransaction` is called on the store's thread before each transaction; for tests that want it slow.
    ///
    /// - Throws: ``StoreFailure``; a file that is not a store has not been touched then.
    package init(
        path: String, pace: Pace = .modelled, limits: Limits = Limits(),
        beforeTransaction: (@Sendable () -> Void)? = nil
    ) throws(StoreFailure) {
        self.path = path
        self.pace = pace
        self.limits = limits
        let database = try StoreDatabase(path: path)
        indexAtOpening = try database.index()
        worker = StoreWorker(database, atOpening: indexAtOpening, beforeTransaction: beforeTransaction)
    }

    deinit { if !isClosed { worker.close() } }

    // MARK: Handing over

    package func open(_ contents: StoreContents?) {
        requests = [:]
        if let contents { push(.open(contents)) }
        worker.wake()
    }

    package func handOver(_ batch: StoreBatch) {
        collect()
        // A store that is off keeps nothing: write-backs that nobody will take would pile up.
        guard !isClosed, seenFailure == nil else { return }
        for operation in batch.operations {
            serial += 1
            switch operation {
            case .write(let row, let content):
                let write = PendingWrite(row, content)
                waiting.append(write)
                waitingBytes += write.byteCount
                push(.writeBack(write, clock: batch.clock))
            case .read(_, let sequence), .readIndex(let sequence):
                requests[sequence] = serial
                push(.operation(operation, clock: batch.clock, serial: serial))
            default: push(.operation(operation, clock: batch.clock, serial: serial))
            }
        }
        worker.wake()
        makeRoom()
    }

    package func damage(_ row: RowKey) {
        push(.damage(row))
        worker.wake()
    }

    private func push(_ work: Work) {
        guard !isClosed, seenFailure == nil else { return }
        worker.append(work)
    }

    /// Waits, or drops the oldest write-backs that have not been begun, until what waits is within its limits.
    private func makeRoom() {
        collect()
        while seenFailure == nil, isTooFull {
            switch pace {
            case .modelled:
                worker.waitForProgress()
                collect()
            case .live:
                guard let oldest = forgetOldestWrite() else { return }
                if oldest.take() != nil { dropped.append(oldest.row) }
            }
        }
        if seenFailure == nil, worker.waitingCount > limits.operations {
            seenFailure = .overwhelmed(path: path, waiting: worker.waitingCount)
        }
    }

    /// Whether somebody has to wait or to be dropped. Too many operations are waited for only: what is not a write-back is never dropped.
    private var isTooFull: Bool {
        waitingBytes > limits.bytes || pace == .modelled && worker.waitingCount > limits.operations
    }

    // MARK: Picking up

    /// Takes what the store's thread has sent. No lock.
    private func collect() {
        while let news = worker.takeNews() {
            switch news {
            case .reply(let serial, let reply): replies[serial] = reply
            case .failed(let failure):
                seenFailure = seenFailure ?? failure
                waiting = []
                waitingBytes = 0
            }
        }
        // What has been begun waits no longer.
        while writesBeforeWaiting < worker.begunWrites, forgetOldestWrite() != nil {}
    }

    private func forgetOldestWrite() -> PendingWrite? {
        guard let oldest = waiting.popFirst() else { return nil }
        waitingBytes -= oldest.byteCount
        writesBeforeWaiting += 1
        return oldest
    }

    package func wait(for sequences: [UInt64]) -> Bool {
        collect()
        guard pace == .modelled else { return seenFailure == nil }
        while seenFailure == nil, !sequences.allSatisfy(hasCome) {
            worker.waitForProgress()
            collect()
        }
        return seenFailure == nil
    }

    private func hasCome(_ sequence: UInt64) -> Bool {
        requests[sequence].map { replies[$0] != nil } ?? false
    }

    package func finish(_ sequence: UInt64) -> StoreReply {
        _ = pace == .modelled ? wait(for: [sequence]) : true
        guard let serial = requests.removeValue(forKey: sequence),
            let reply = replies.removeValue(forKey: serial)
        else {
            preconditionFailure(
                "request \(sequence) was never handed over, finished twice, or of a store that is off")
        }
        return reply
    }

    package func abandon(_ sequence: UInt64) {
        guard let serial = requests.removeValue(forKey: sequence) else { return }
        replies[serial] = nil
    }

    /// The requests whose replies have come, ascending. Never waits.
    package func readyReplies() -> [UInt64] {
        collect()
        return requests.filter { replies[$0.value] != nil }.keys.sorted()
    }

    package func reply(to sequence: UInt64) -> StoreReply? {
        requests[sequence].flatMap { replies[$0] }
    }

    package func waitForReply(to sequence: UInt64) -> StoreReply? {
        collect()
        while seenFailure == nil, requests[sequence] != nil, !hasCome(sequence) {
            worker.waitForProgress()
            collect()
        }
        return reply(to: sequence)
    }

    /// The rows of write-backs that were dropped since this was last asked, the oldest first.
    package func takeDroppedWriteBacks() -> [RowKey] {
        defer { dropped = [] }
        return dropped
    }

    // MARK: The end

    /// What a trace needs of the store as it was at opening: the bytes of the rows that were read or changed, also where the store failed
    /// later on. Known once it is closed.
    package var contentsAtOpening: StoreContents {
        precondition(isClosed, "the store's thread is still at work")
        return StoreContents(index: indexAtOpening, taken: worker.taken)
    }

    /// Waits until everything that was handed over has been done, and closes the file.
    ///
    /// - Returns: ``contentsAtOpening``.
    /// - Throws: why the store is off.
    @discardableResult
    package func close() throws(StoreFailure) -> StoreContents {
        if !isClosed {
            isClosed = true
            worker.close()
            collect()
        }
        if let seenFailure { throw seenFailure }
        return contentsAtOpening
    }
}
