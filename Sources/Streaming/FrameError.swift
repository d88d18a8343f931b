package import Topology

/// Why a frame's input was refused. Nothing of the frame has been applied.
package enum FrameError: Error, Equatable, Sendable {
    /// Frames follow each other without a gap.
    case frameOutOfOrder(expected: Int64, found: Int64)
    /// Frames are numbered below ``Model/frameLimit``.
    case frameLimit(found: Int64, limit: Int64)
    /// The first frame, and the first after the end of a session, starts a session.
    case noSession
    /// A session is started before any other event of its frame, save the end of the one before.
    case sessionStartNotFirst(event: Int)
    /// The number of the session is that of the one before, plus one where a session starts.
    case sessionNumber(expected: Int64, found: Int64)
    /// A hot reload gave another value for a key that only a new session may change.
    case notReloadable(field: String, event: Int)
    case position(LatticeError)
    case notANumber(field: String)
    case boxNotFinite(event: Int)
    case editTooLarge(event: Int, voxels: Int64, limit: Int64)
    case tooManyEvents(count: Int, limit: Int)
    /// A store belongs to the session that starts with it.
    case storeNotBehindStart(event: Int)
    case storeSize(event: Int, found: Int64, limit: Int64)
    /// An index that no store can have given.
    case storeIndex(event: Int, String)
    /// Something happens to a store, and the session has none.
    case noStore(event: Int)
    /// A result is drained of a cast that is not in flight, or twice in one frame.
    case resultNotInFlight(request: UInt64)
    /// A reply is drained to a request that is not out, twice in one frame, or of a kind that does not answer it.
    case replyNotExpected(request: UInt64, String)
    /// A claim of a request that does not wait in the queue.
    case claimNotQueued(request: UInt64)
    /// A claim before a stage that a frame has none before, or after its commit.
    case claimStage(request: UInt64, found: UInt32, limit: UInt32)
    /// A claim before an earlier stage than the claim in front of it.
    case claimOrder(request: UInt64)
    /// In a frame that makes the levels anew, a claim of a request that it selects, behind one of before.
    case claimAcrossRebuild(request: UInt64)
    /// Claims without the stages before which they were made.
    case claimStageMissing(claims: Int)
    /// A claim while so many casts are in flight.
    case tooManyInFlight(request: UInt64, limit: Int)
    /// A store in a session of a variant that has none.
    case storeOfVariant(event: Int, variant: String)
    /// A session ends while it waits for the store's index: then the frame drains that.
    case indexNotDrained(request: UInt64)
}
