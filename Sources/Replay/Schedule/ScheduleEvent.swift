package import Streaming

/// What happened in a simulated live run, entry by entry of its script.
package struct ScheduleEvent: Hashable, Sendable {
    package var entry: Script.Entry
    /// Frames that had been run before.
    package var frame: Int32
    package var what: What

    package enum What: Hashable, Sendable {
        /// What the frame thread did since the point before.
        case frameThread([FrameOperation])
        /// Only a planted fault makes a step of it.
        case looks(worker: Int, batch: Int32)
        case claims(worker: Int, batch: Int32, first: Int, count: Int)
        /// Its batch had been abandoned.
        case comesTooLate(batch: Int32)
        case casts(worker: Int, LiveCasts.Arrival)
        /// Only a planted fault makes a step of it.
        case announces(worker: Int, LiveCasts.Arrival)
        case handsOver(worker: Int, LiveCasts.Arrival)
        case carriesOut(StoreWorkKind)
        /// The requests whose replies came with it.
        case commits([UInt64])
        case drops(StoreWorkKind)
        case claimsRequest(UInt64, stage: UInt32)
        case notesClaim(UInt64, stage: UInt32)
    }
}

/// What the frame thread does that others can tell.
package enum FrameOperation: Hashable, Sendable {
    case takesResults([LiveCasts.Arrival])
    case asksForReplies([UInt64])
    case takesDrops([RowKey])
    case beginsBatch(Int32, jobs: Int)
    case abandonsBatch(Int32)
    case handsToStore(operations: Int)
}

/// What waits for the store's thread.
package enum StoreWorkKind: Hashable, Sendable {
    case open
    case damage(RowKey)
    case operation(StoreOperation)
}
