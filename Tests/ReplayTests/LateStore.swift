import Foundation
import Streaming

/// A store in memory that does its work when it likes: as late as it can, or on a thread of its own with random pauses. What it
/// replies must be what ``MemoryStore`` replies.
///
/// `@unchecked Sendable`: everything mutable is touched under `condition`.
final class LateStore: StoreService, @unchecked Sendable {
    enum Pace: Sendable {
        /// Nothing is done before somebody waits for it.
        case lazy
        /// A thread of its own pauses up to so many microseconds before each batch.
        case thread(seed: UInt64, pauseMicroseconds: UInt32)
    }

    private enum Work {
        case open(StoreContents?)
        case batch(StoreBatch)
        case damage(RowKey)
        case abandon(UInt64)
    }

    private let condition = NSCondition()
    private var store = MemoryStore()
    private var waiting: [Work] = []
    private var isStopping = false
    private let isLazy: Bool

    init(_ pace: Pace) {
        guard case .thread(let seed, let pause) = pace else {
            isLazy = true
            return
        }
        isLazy = false
        let thread = Thread { [weak self] in
            var random = SeededGenerator(seed: seed)
            while true {
                usleep(UInt32.random(in: 0...pause, using: &random))
                guard let self, self.workOnce() else { return }
            }
        }
        thread.start()
    }

    func stop() { condition.withLock { isStopping = true } }

    private func workOnce() -> Bool {
        condition.withLock {
            if let work = waiting.first {
                waiting.removeFirst()
                carryOut(work)
                condition.broadcast()
            }
            return !isStopping
        }
    }

    private func carryOut(_ work: Work) {
        switch work {
        case .open(let contents): store.open(contents)
        case .batch(let batch): store.handOver(batch)
        case .damage(let row): store.damage(row)
        case .abandon(let sequence): store.abandon(sequence)
        }
    }

    private func add(_ work: Work) { condition.withLock { waiting.append(work) } }

    func open(_ contents: StoreContents?) { add(.open(contents)) }
    func handOver(_ batch: StoreBatch) { add(.batch(batch)) }
    func damage(_ row: RowKey) { add(.damage(row)) }
    func abandon(_ sequence: UInt64) { add(.abandon(sequence)) }

    func wait(for sequences: [UInt64]) -> Bool {
        guard !sequences.isEmpty else { return true }
        condition.withLock { settle(sequences) }
        return true
    }

    func finish(_ sequence: UInt64) -> StoreReply {
        condition.withLock {
            settle([sequence])
            return store.finish(sequence)
        }
    }

    private func settle(_ sequences: [UInt64]) {
        while !sequences.allSatisfy({ store.replies[$0] != nil }) {
            if isLazy {
                guard !waiting.isEmpty else { preconditionFailure("a request was never handed over") }
                carryOut(waiting.removeFirst())
            } else {
                condition.wait()
            }
        }
    }
}
