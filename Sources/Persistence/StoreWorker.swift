import DequeModule
import Foundation
import Hashing
import Streaming
import Synchronization

/// The thread that does a store's work, and the queues to it and from it.
///
/// `@unchecked Sendable`: `database`, `untouched` and `taken` are touched by the store's thread only, `taken` by others once that has ended;
/// the queues, semaphores and counters are made for two threads.
final class StoreWorker: @unchecked Sendable {
    enum News: Sendable {
        case reply(serial: UInt64, StoreReply)
        case failed(StoreFailure)
    }

    /// A transaction ends once it has so many bytes of write-backs: the log stays small, and a reply does not wait for more.
    private static let transactionBytes = 1 << 20

    private let database: StoreDatabase
    private let beforeTransaction: (@Sendable () -> Void)?
    private let queue = HandOverQueue<Work>()
    private let news = HandOverQueue<News>()
    private let work = DispatchSemaphore(value: 0)
    private let progress = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let appended = Atomic<Int>(0)
    private let done = Atomic<Int>(0)
    private let begun = Atomic<Int>(0)

    /// The bytes of the rows that were there at opening and have been read or changed since.
    private(set) var taken: [RowKey: [UInt8]] = [:]
    /// Rows that were there at opening and have not been met since.
    private var untouched: Set<RowKey>

    init(_ database: StoreDatabase, atOpening index: StoreIndex, beforeTransaction: (@Sendable () -> Void)?) {
        self.database = database
        self.beforeTransaction = beforeTransaction
        untouched = Set(index.rows.map(\.key))
        let thread = Thread { [self] in run() }
        thread.name = "store"
        thread.start()
    }

    // MARK: By the frame thread

    func append(_ work: Work) {
        appended.wrappingAdd(1, ordering: .relaxed)
        queue.append(work)
    }

    func wake() { work.signal() }

    /// Operations that have been handed over and not done.
    var waitingCount: Int { appended.load(ordering: .relaxed) - done.load(ordering: .relaxed) }

    /// Write-backs that have been begun, in the order in which they were handed over; one that was dropped counts as well.
    var begunWrites: Int { begun.load(ordering: .acquiring) }

    func takeNews() -> News? { news.take() }

    /// Waits until the store's thread has committed something, or failed.
    func waitForProgress() { progress.wait() }

    /// Waits until all is done, and the file is closed.
    func close() {
        append(.close)
        wake()
        ended.wait()
    }

    // MARK: By the store's thread

    private func run() {
        do throws(StoreFailure) {
            while try workOnce() {}
            try database.close()
        } catch {
            try? database.close()
            news.append(.failed(error))
            progress.signal()
            // What is handed over from now on goes nowhere.
            while !discard() { work.wait() }
        }
        ended.signal()
        progress.signal()
    }

    /// Throws away what waits.
    ///
    /// - Returns: whether the end has been reached.
    private func discard() -> Bool {
        while let work = queue.take() {
            if case .close = work { return true }
            done.wrappingAdd(1, ordering: .relaxed)
        }
        return false
    }

    /// Does what waits, in transactions.
    ///
    /// - Returns: false at the end.
    private func workOnce() throws(StoreFailure) -> Bool {
        work.wait()
        var operations: [(clock: Int64, operation: StoreOperation)] = []
        var serials: [UInt64] = []
        var bytes = 0
        func commit() throws(StoreFailure) {
            guard !operations.isEmpty else { return }
            beforeTransaction?()
            let replies = try database.carryOut(operations) { [self] in found($0, $1) }
            for (place, reply) in replies { news.append(.reply(serial: serials[place], reply)) }
            done.wrappingAdd(operations.count, ordering: .relaxed)
            operations = []
            serials = []
            bytes = 0
            progress.signal()
        }
        while let next = queue.take() {
            switch next {
            case .operation(let operation, let clock, let serial):
                operations.append((clock, operation))
                serials.append(serial)
            case .writeBack(let write, let clock):
                begun.wrappingAdd(1, ordering: .releasing)
                guard let content = write.take() else {
                    done.wrappingAdd(1, ordering: .relaxed)
                    continue
                }
                operations.append((clock, .write(write.row, content)))
                serials.append(0)
                bytes += write.byteCount
                if bytes >= StoreWorker.transactionBytes { try commit() }
            case .open(let contents):
                try commit()
                try database.replace(contents) { $0 == contents.index }
                done.wrappingAdd(1, ordering: .relaxed)
            case .damage(let row):
                try commit()
                try database.damage(row) { [self] in found($0, $1) }
                done.wrappingAdd(1, ordering: .relaxed)
            case .close:
                try commit()
                return false
            }
        }
        try commit()
        return true
    }

    private func found(_ key: RowKey, _ bytes: [UInt8]) {
        if untouched.remove(key) != nil { taken[key] = bytes }
    }
}
