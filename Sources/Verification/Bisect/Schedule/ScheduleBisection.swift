import Replay
package import Streaming

/// The smallest change of an order that flips a verdict.
package struct ScheduleBisection: Sendable {
    package struct Change: Hashable, Sendable {
        /// As it is in the order that fails.
        package var event: DescribedEvent
        /// The frame in which the good order has it; nil: in none.
        package var goodFrame: Int32?
        /// Two neighbours, in the order that holds, that are transposed when it begins to matter; nil where they were not searched for.
        package var pair: EventPair?
    }

    /// Two neighbours: in this order it holds, in the other it fails.
    package struct EventPair: Hashable, Sendable {
        package var first: DescribedEvent
        package var second: DescribedEvent
    }

    /// The order that holds, in words, and the one that fails.
    package var good: String
    package var bad: String
    /// Of which schedule the bad order is; nil where it is another recording.
    package var seed: UInt64?
    /// How it fails.
    package var signature: String
    /// Where the order that was found first goes wrong.
    package var breach: Breach
    package var pair: EventPair?
    /// Tokens that the bad order has elsewhere than the good one.
    package var differences: Int
    /// Moves that make the good order fail, the last of which is cut down to the pair.
    package var changes: [Change]
    /// Each of them is needed.
    package var isMinimal: Bool
    package var replays: Int
    /// Why there is no pair; nil where there is one.
    package var reason: Reason?
    /// The run that fails, as a trace.
    package var recording: [FrameInput]

    package enum Reason: Sendable, Hashable {
        case limit(Int)
        case stopped
    }
}

/// Why there is nothing to search for.
package enum ScheduleBisectError: Error, Sendable {
    /// The bad order, or all of those that were tried, hold.
    case nothingFails(tried: String)
    /// The good order does not hold: it is no race.
    case goodFails(order: String, Breach)
    /// The trace cannot be run live.
    case notLive(reason: String)
    /// The trace is no recorded live run.
    case notRecorded
    /// The good order of a recorded run cannot be judged.
    case goodNotJudged(reason: String)
    /// It was asked to stop, or the limit was reached, before the bad order had been seen to fail.
    case nothingYet
}

/// How far a search may go.
package struct ScheduleBisectOptions {
    /// Replays, and live runs as many.
    package var limit = 500
    package var isStopped: () -> Bool = { false }
    package var progress: (_ replays: Int, _ changes: Int) -> Void = { _, _ in }

    package init() {}
}
