import Foundation
package import Recording
import Replay
import Synchronization

/// Checks traces that are made up from seeds, one seed after another, each as if it were the only one.
///
/// The plan of a trace's runs and all that its laws draw come from its own seed, every run is made by a process of its own, and what has
/// been cast for one trace is not known to another. So a seed has the same verdict alone and among a million, and the same as its file has
/// under `check FILE --quick --seed SEED`. Several threads check; verdicts are taken in the order of seeds. Memory: what is checked at the
/// moment, and verdicts of at most ``ahead`` seeds.
package struct GeneratedCheck: Sendable {
    /// What one seed has come to.
    package struct Verdict: Sendable {
        package var trace: GeneratedTrace
        package var result: Result<CheckVerdict, any Error>
    }

    /// Seeds that may be checked before the verdict of an earlier one has been taken.
    package static let ahead: UInt64 = 64

    private let program: CheckProgram
    private let options: CheckOptions
    private let describeError: @Sendable (any Error) -> String

    /// - Parameters:
    ///   - program: is checked.
    ///   - options: of each trace; their seed is not looked at.
    ///   - describeError: in words.
    package init(
        _ program: CheckProgram, _ options: CheckOptions,
        describeError: @escaping @Sendable (any Error) -> String
    ) {
        self.program = program
        self.options = options
        self.describeError = describeError
    }

    /// Checks the traces of some seeds.
    ///
    /// - Parameters:
    ///   - seeds: at least one.
    ///   - threads: at least one.
    ///   - take: is given the verdicts, in the order of seeds, on the calling thread; returns false to stop.
    /// - Throws: what no trace is guilty of, and what `take` throws.
    package func run(
        _ seeds: Range<UInt64>, threads: Int, _ take: (Verdict) throws -> Bool
    ) throws {
        let lanes = min(max(1, threads), Int(clamping: seeds.count))
        let board = Board(seeds, lanes: lanes)
        defer { board.close() }
        for _ in 0..<lanes {
            let thread = Thread { lane(board) }
            // As much as the main thread has.
            thread.stackSize = 8 << 20
            thread.start()
        }
        while let verdict = try board.next() {
            guard try take(verdict) else { return }
        }
    }

    private func lane(_ board: Board) {
        defer { board.leave() }
        do {
            // One after another: what a probe hands to its shell is not to be inherited by another's.
            guard
                let checker = try board.settingUp({
                    try Checker(program, options, describeError: describeError)
                })
            else { return }
            while let seed = board.claim() {
                let trace = GeneratedTrace(seed: seed)
                let file = TraceFile(name: trace.name, bytes: try trace.bytes())
                for result in try checker.check([file], seed: seed) {
                    board.put(Verdict(trace: trace, result: result), seed)
                }
            }
        } catch {
            board.fail(error)
        }
    }
}

/// What the threads of a check share: seeds to claim, and verdicts to take.
///
/// `@unchecked Sendable`: everything that changes is touched under `condition`.
private final class Board: @unchecked Sendable {
    private let condition = NSCondition()
    private let setUp = NSLock()
    private let seeds: Range<UInt64>
    private var nextClaim: UInt64
    private var nextTaken: UInt64
    // Order: looked up by the seed, never walked.
    private var verdicts: [UInt64: GeneratedCheck.Verdict] = [:]
    private var error: (any Error)?
    /// Threads that are not ready yet, and threads that have not left.
    private var waiting: Int
    private var running: Int
    private var isClosed = false

    init(_ seeds: Range<UInt64>, lanes: Int) {
        self.seeds = seeds
        nextClaim = seeds.lowerBound
        nextTaken = seeds.lowerBound
        waiting = lanes
        running = lanes
    }

    /// Makes something while nobody else does, and waits until all have.
    ///
    /// - Returns: nil where it is not needed any more.
    /// - Throws: what `make` throws.
    func settingUp<Made>(_ make: () throws -> Made) throws -> Made? {
        defer {
            condition.withLock {
                waiting -= 1
                condition.broadcast()
                while waiting > 0, error == nil { condition.wait() }
            }
        }
        return try setUp.withLock { try condition.withLock({ isClosed || error != nil }) ? nil : make() }
    }

    /// The next seed to check; nil where there is none left, or nobody wants to know.
    func claim() -> UInt64? {
        condition.withLock {
            while !isOver, nextClaim < seeds.upperBound, nextClaim - nextTaken >= GeneratedCheck.ahead {
                condition.wait()
            }
            guard !isOver, nextClaim < seeds.upperBound else { return nil }
            defer { nextClaim += 1 }
            return nextClaim
        }
    }

    func put(_ verdict: GeneratedCheck.Verdict, _ seed: UInt64) {
        condition.withLock {
            verdicts[seed] = verdict
            condition.broadcast()
        }
    }

    func fail(_ failure: any Error) {
        condition.withLock {
            if error == nil { error = failure }
            condition.broadcast()
        }
    }

    func leave() {
        condition.withLock {
            running -= 1
            condition.broadcast()
        }
    }

    /// The verdict of the next seed, when it is there; nil behind the last.
    ///
    /// - Throws: what has ended a thread.
    func next() throws -> GeneratedCheck.Verdict? {
        condition.lock()
        defer { condition.unlock() }
        guard nextTaken < seeds.upperBound else { return nil }
        while true {
            if let verdict = verdicts.removeValue(forKey: nextTaken) {
                nextTaken += 1
                condition.broadcast()
                return verdict
            }
            if let error { throw error }
            precondition(running > 0, "every seed that is claimed is checked")
            condition.wait()
        }
    }

    /// Waits until all threads have left, with their processes.
    func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
            while running > 0 { condition.wait() }
        }
    }

    private var isOver: Bool { isClosed || error != nil }
}
