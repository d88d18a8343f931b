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

    /// A window does not follow the camera while casts are in flight.
    case snapWaits = "snap-waits"
    /// Of more candidates than the budget takes, the nearest come in the order in which a bounded heap gives them up: farthest first.
    case heapDrained = "heap-drained"
    /// What is left of a budget refreshes the camera's own cell, though nothing is due.
    case idleRefresh = "idle-refresh"
    /// A payload wears each time it is restored.
    case restoreWears = "restore-wears"
    /// A result is trusted the less the longer its cast took.
    case lateResultsFade = "late-results-fade"
    /// A keyframe forgets how old the cells of a reply are that nobody has drained.
    case agesForgotten = "ages-forgotten"
    /// A run that begins with a snapshot has lost what was in flight.
    case flightsForgotten = "flights-forgotten"
    /// A reply that is due is taken as it is at that moment, there or not.
    case replyNotAwaited = "reply-not-awaited"

    // Found by perturbed dimensions.

    /// Ties are decided by a hash that is seeded anew in each process.
    case tiesByHash = "ties-by-hash"
    /// Ties are decided by where something lies in memory.
    case tiesByAddress = "ties-by-address"
    /// A field of a new probe is not set, and holds what was in that memory.
    case uninitializedRead = "uninitialized-read"
    /// Keys are sorted as the user's language sorts names.
    case collatedKeys = "collated-keys"
    /// A time to wait is counted in local time.
    case localTime = "local-time"
    /// Seconds since 1970 in 32 bits.
    case clockOverflow = "clock-overflow"
    /// Rows that the group may not read are not there.
    case modeOfRows = "mode-of-rows"
    /// Which voxels are solid is looked up by a relative path.
    case relativePath = "relative-path"
    /// A buffer of fixed size has less room where the environment is large.
    case fullEnvironment = "full-environment"
    /// How many casts may be in flight depends on the number of processors.
    case roomPerProcessor = "room-per-processor"
    /// How large the cache may be depends on the number of files that may be open.
    case cachePerDescriptor = "cache-per-descriptor"
    /// Where several threads share a batch, its last part is lost.
    case lastPartLost = "last-part-lost"
    /// Outcomes stand in the order in which they were completed.
    case outcomesAsCompleted = "outcomes-as-completed"
    /// All cells of a walk take the age of the one that is visited first.
    case ageOfFirst = "age-of-first"
    /// Probes that a snapshot gives back are as young as if they had been updated now.
    case restoredYoung = "restored-young"
    /// A reply that is not there yet is taken for an absent row.
    case impatientReply = "impatient-reply"
    /// Events happen in the order in which they stand in the file.
    case orderInFile = "order-in-file"
    /// The caller's floating-point environment is left as it is.
    case environmentOfCaller = "environment-of-caller"
    /// The store of a run that is over is still there when the next one begins.
    case storeLeft = "store-left"
    /// What is recorded is rounded, and the rounded is gone on with.
    case recorderRounds = "recorder-rounds"

    // Found where two dimensions are perturbed at once.

    /// A date is written in the user's language and time zone.
    case localDate = "local-date"
    /// A hash goes over a buffer that a large environment has moved.
    case hashOfEnvironment = "hash-of-environment"
    /// A file that was created elsewhere, and that nobody else may read.
    case createdElsewhere = "created-elsewhere"
    /// One processor has one arena of memory, and what is read there was never written.
    case freshArena = "fresh-arena"
    /// A descriptor that was closed is used after the clock has gone over.
    case lateDescriptor = "late-descriptor"
    /// Threads that share the last descriptor.
    case sharedDescriptor = "shared-descriptor"
    /// The recorder hands outcomes back as they were completed.
    case recordedCompletion = "recorded-completion"

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
