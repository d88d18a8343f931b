/// Wrong turns that the model can be made to take, to show that the harness finds and names them. Each has bitten a
/// real engine.
public enum Fault: String, CaseIterable, Sendable {
    /// A slot from the remainder with the sign of the cell.
    case slotSign = "slot-sign"
    /// Truncation instead of floor below zero.
    case truncatedSnap = "truncated-snap"
    /// A coordinate that went through Float.
    case floatSnap = "float-snap"
    /// On a jump of several cells only the last plane is cleared.
    case onePlane = "one-plane"
    /// A diagonal shift that forgets a corner.
    case cornerForgotten = "corner-forgotten"
    /// A diagonal shift that takes a corner twice.
    case cornerDoubled = "corner-doubled"
    /// A teleport of k*N cells on every axis is taken for rest: the slots are the same, the cells are not.
    case teleportUnseen = "teleport-unseen"
    /// The distance of a jump wraps around at 16 bits.
    case jumpOverflow = "jump-overflow"
    /// A payload leaves the window, and its leaf stays in the sum.
    case sumKept = "sum-kept"
    /// A rebuild that begins no new epoch.
    case epochKept = "epoch-kept"
    /// An invalidation is lost because the probe is in flight.
    case lostInvalidation = "lost-invalidation"
    /// A box outside the window dirties its border.
    case boxClamped = "box-clamped"
    /// A bound below the smallest normal number counts as zero.
    case denormalsFlushed = "denormals-flushed"
    /// An invalidated probe's request stays current in the queue.
    case requestKept = "request-kept"
    /// Another layout, and the payloads stay.
    case layoutIgnored = "layout-ignored"
    /// A request that has expired is dropped, and its probe waits for ever.
    case requestLost = "request-lost"
    /// A request expires a frame late.
    case lateExpiry = "late-expiry"
    /// Valid becomes Stale a frame late.
    case lateAgeing = "late-ageing"
    /// Ties are decided by where a probe is stored.
    case tiesBySlot = "ties-by-slot"
    /// What a level has taken is not taken off the total.
    case totalIgnored = "total-ignored"
    /// Casts in flight are not counted.
    case flightsUncounted = "flights-uncounted"
    /// The voxel of a centre by truncation instead of floor.
    case truncatedCentre = "truncated-centre"
    /// An old result is accepted for a slot that has another request.
    case oldResult = "old-result"
    /// A flag for after the flight outlives the flight.
    case flagKept = "flag-kept"
    /// A probe whose centre has become solid is dirtied instead of disabled.
    case disableForgotten = "disable-forgotten"
    /// An aborted cast may be tried again at once.
    case retryAtOnce = "retry-at-once"
    /// A cast sees what was edited after its dispatch.
    case worldAtDrain = "world-at-drain"
    /// An unloaded chunk is taken for sky.
    case unloadedIsSky = "unloaded-is-sky"
    /// Results are applied in the order in which threads hand them in.
    case orderOfArrival = "order-of-arrival"
    /// A cell moves out of the region cache, and stays there as well.
    case inBoth = "in-both"
    /// What moves into the region cache is not marked as something that the store has not.
    case dirtyFlagLost = "dirty-flag-lost"
    /// Another spacing, and what is cached stays.
    case cacheKept = "cache-kept"
    /// A box outside the window leaves the region cache as it is.
    case cacheForgotten = "cache-forgotten"
    /// A box does not reach a region that is only in the store.
    case storedForgotten = "stored-forgotten"
    /// The least recently used entry is the one that has been used most recently.
    case newestEvicted = "newest-evicted"
    /// Of entries that were used in the same frame, the one with the greatest key goes.
    case tiesReversed = "ties-reversed"
    /// Two base spacings have one key.
    case spacingNotInKey = "spacing-not-in-key"
    /// Two seeds have one key.
    case seedNotInKey = "seed-not-in-key"
    /// What a mark takes off a row is not taken off the accounted bytes.
    case bytesDrift = "bytes-drift"
    /// A reply is given to cells that have been updated since they entered.
    case lateReply = "late-reply"
    /// A reply is given to cells that a box has met since the request.
    case maskForgotten = "mask-forgotten"
    /// A restored cell is as young as if it had been updated now.
    case ageForgotten = "age-forgotten"
    /// Requests of a frame in the order of a hash table.
    case requestsUnordered = "requests-unordered"
    /// The store's clock begins anew with each session.
    case clockBackwards = "clock-backwards"
    /// A world's edits are not compared with those that the store knows.
    case editsForgotten = "edits-forgotten"
    /// Only regions that meet the window itself are asked for.
    case noPrefetch = "no-prefetch"
    /// A zero is hashed with its sign.
    case signedZero = "signed-zero"

    // MARK: What no run against a golden can tell, and a law or another way of running can

    // Found by laws.

    // Found by perturbed dimensions.

    // Races, found by seeded schedules of the live path.

    /// Replies of the store are applied in the order in which they came.
    case repliesByArrival = "replies-by-arrival"
    /// When an aborted cast may be tried again is counted up from result to result, as they came.
    case retryByArrival = "retry-by-arrival"
    /// A payload is mixed with that of the result that came before it.
    case runningMean = "running-mean"
    /// An aborted cast leaves a mark that the result that came behind it finds.
    case abortSpreads = "abort-spreads"
    /// Only the first results that come in a frame find room; the others are taken for aborted.
    case roomByArrival = "room-by-arrival"
    /// Outcomes are given to places in the order in which they came.
    case outcomesByArrival = "outcomes-by-arrival"
    /// A result whose request was retired before the frame is drained, and not recorded.
    case retiredUnrecorded = "retired-unrecorded"
    /// Batches are numbered modulo four: a late result hits the batch that has its number by now.
    case batchNumberReused = "batch-number-reused"
    /// A result that comes between recording and draining is drained by the frame and recorded by the next.
    case resultsRecordedApart = "results-recorded-apart"
    /// The same with a reply of the store.
    case repliesRecordedApart = "replies-recorded-apart"
    /// The same with a write-back that was dropped.
    case dropsRecordedApart = "drops-recorded-apart"
    /// A worker takes the newest world, not that of the batch that it claims.
    case worldAtClaim = "world-at-claim"
    /// All workers share a caster, which sees the world of the batch that any of them claimed last.
    case sharedCaster = "shared-caster"
    /// A result is handed over in two steps, whose it is and what it is; between them another worker hands over.
    case tornHandOver = "torn-hand-over"
    /// A worker looks for jobs and claims them in two steps; between them another worker claims the same.
    case claimedTwice = "claimed-twice"
    /// Results are read and thrown out in two steps; what is handed over between them is lost.
    case resultLost = "result-lost"
    /// A claim is noted down when its worker gets round to it, with the stage that the frame has come to by then.
    case claimNotedLate = "claim-noted-late"
}
