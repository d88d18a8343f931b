/// What has bitten a streaming system, and can be seen in the frames of a trace. What one is exactly, ``HazardTally`` says.
package enum Hazard: String, CaseIterable, Sendable {
    // The camera.

    /// A shift by one cell on one axis.
    case oneCell = "one-cell"
    /// A jump by N - 1 cells: one plane stays.
    case almostWindow = "almost-window"
    /// A jump by N cells: nothing stays, and every slot is the same.
    case wholeWindow = "whole-window"
    /// A jump by a multiple of N cells, twice N or more.
    case manyWindows = "many-windows"
    /// A jump by N - 1 cells or more that shifts all three axes.
    case threeAxes = "three-axes"
    /// The window is where it was earlier in the session, and has been half a window away.
    case thereAndBack = "there-and-back"
    /// A shift on two axes or three at once, with a cell below zero.
    case diagonalBelowZero = "diagonal-below-zero"
    /// All three coordinates are multiples of the spacing.
    case exactMultiple = "exact-multiple"
    /// A coordinate a hair beside a multiple of the spacing.
    case besideMultiple = "beside-multiple"
    /// A coordinate is -0.0, or too small to be normal.
    case signedZero = "signed-zero"
    /// The camera's cell has changed, and a re-anchor distance holds the window.
    case heldWindow = "held-window"
    /// The camera is at the re-anchor distance from an anchor, or a hair beside it.
    case reanchorBorder = "re-anchor-border"
    /// More than 10^7 blocks from zero.
    case farOrigin = "far-origin"
    /// Eight frames in which nothing happens.
    case rest

    // Budgets and latency.

    /// The budget of a level, or of all, is zero.
    case zeroBudget = "zero-budget"
    /// A window is new, the budget takes a part of it, and the camera stands where many cells are as far away.
    case ties
    /// The upload bytes are for fewer probes than the budgets.
    case uploadCut = "upload-cut"
    /// Budgets that change from frame to frame.
    case budgetChange = "budget-change"
    /// A result is drained in the frame of its dispatch.
    case latencyZero = "latency-zero"
    /// A result takes eight frames or more.
    case latencyLong = "latency-long"
    /// More probes at once than casts may be in flight, and results that take longer than a request waits.
    case crowded

    // The world.

    /// An edit in a window, while casts are in flight.
    case editInFlight = "edit-in-flight"
    /// A box is filled, and opened again within eight frames, or the other way.
    case fillAndOpen = "fill-and-open"
    /// An edit of no voxel.
    case emptyEdit = "empty-edit"
    /// A session begins in a world of which nothing is loaded.
    case nothingLoaded = "nothing-loaded"
    /// A chunk comes.
    case chunkLoad = "chunk-load"
    /// A chunk goes.
    case chunkUnload = "chunk-unload"
    /// What was aborted may be tried again: a chunk has been missing for more than 60 frames.
    case retry

    // Boxes of invalidation.

    /// In a window, and ends on a border of cells.
    case boxBorder = "box-border"
    /// Thinner than 10^-6 block, and not empty.
    case boxTiny = "box-tiny"
    /// A bound is too small to be normal.
    case boxDenormal = "box-denormal"
    /// Larger than the coarsest window, and around it.
    case boxHuge = "box-huge"
    /// Meets no window.
    case boxFar = "box-far"
    /// Meets no window any more, and would have met one earlier in the session.
    case boxBehind = "box-behind"
    /// Empty, or with its bounds the wrong way round.
    case boxEmpty = "box-empty"

    // Hot reload.

    /// Other budgets.
    case reloadBudgets = "reload-budgets"
    /// Another cast latency.
    case reloadLatency = "reload-latency"
    /// Another layout of the payload.
    case reloadLayout = "reload-layout"
    /// Another base spacing.
    case reloadSpacing = "reload-spacing"
    /// Another number of cells.
    case reloadResolution = "reload-resolution"
    /// Another number of levels.
    case reloadLevels = "reload-levels"
    /// Another re-anchor distance.
    case reloadReanchor = "reload-re-anchor"
    /// Another edge of the regions.
    case reloadRegionEdge = "reload-region-edge"
    /// Another number of near levels.
    case reloadNearLevels = "reload-near-levels"
    /// Another capacity of the cache.
    case reloadCache = "reload-cache"
    /// Another latency of the store.
    case reloadStoreLatency = "reload-store-latency"
    /// Two in one frame.
    case twoReloads = "two-reloads"
    /// Another layout or another lattice, while casts are in flight.
    case reloadInFlight = "reload-in-flight"
    /// A number outside its bounds.
    case clamped

    // Sessions, cache and store.

    /// A session behind another, with the same key.
    case sameKey = "same-key"
    /// A session behind another, with another seed, layout or lattice.
    case otherKey = "other-key"
    /// A frame between two sessions, or behind the last.
    case noSession = "no-session"
    /// A window with levels that are kept leaves its place, and the cache holds an entry or a few.
    case cacheFull = "cache-full"
    /// The same, without a cache.
    case cacheOff = "cache-off"
    /// The session has a store.
    case store
    /// The store holds a few rows.
    case storeCap = "store-cap"
    /// A stored region is spoiled.
    case storeDamage = "store-damage"
    /// The store is switched off.
    case storeOff = "store-off"
    /// A session without a store behind one with a store.
    case storeLeft = "store-left"

    /// A window with an odd number of cells.
    case oddWindow = "odd-window"
    /// A session of another variant.
    case variant
}
