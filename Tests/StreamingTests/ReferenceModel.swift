import Hashing
import Streaming
import Topology
import Voxels

/// The frame a second time, written from the model's text for nothing but being easy to check: plain
/// loops over all cells of all windows, nothing kept up to date by increments, no code shared with
/// the model but plain types, the world and the hash function.
///
/// - A level is the list of its window's cells. There are no slots; a generation is handed on from the
///   one cell of the old window that is congruent to the entering cell.
/// - The queue is not kept at all: it is the Queued cells in the order of their tickets.
/// - A leaf is remembered by its probe until a field of the probe changes; every sum is added up anew
///   over all cells each time one is asked for.
final class ReferenceModel {
    var configuration: Configuration?
    var world = VoxelWorld(seed: 0, chunksStartLoaded: true)
    var levels: [ReferenceLevel] = []
    var flights: [ReferenceFlight] = []
    var epoch: UInt32 = 0
    var nextTicket: UInt64 = 1
    var nextSequence: UInt64 = 0
    /// The queue of a variant in which nothing retires a request; empty in the reference.
    var oldQueue: [ReferenceRequest] = []
    var cache: [ReferenceEntry] = []
    /// The store of the session that runs; nil where it has none.
    var ledger: ReferenceLedger?
    var disk = ReferenceDisk()
    /// Rows that a scenario wants to be lost before the next frame, as after a power cut.
    var lostRows: [RowKey] = []
    /// The number of the frame.
    var now: Int32 = 0
    /// How often things have happened that a scenario about regions has to reach.
    var reached: [ReachedCase: Int] = [:]
    /// The same for scenarios whose frames name what they drain.
    var reachedLive: [ReachedLiveCase: Int] = [:]
    /// The same for scenarios of a variant.
    var reachedVariant: [ReachedVariantCase: Int] = [:]
    /// The frames of dispatches that were drained in part.
    var batchesInPart: Set<Int32> = []

    /// What a cast from a point over a distance gives in a world.
    let outcome: (WorldPoint, Double, VoxelWorld) -> CastOutcome
    /// A mistake made on purpose, to show that the comparison finds it.
    let fault: PlantedFault?

    init(
        fault: PlantedFault? = nil, outcome: @escaping (WorldPoint, Double, VoxelWorld) -> CastOutcome
    ) {
        self.fault = fault
        self.outcome = outcome
    }

    func note(_ reachedCase: ReachedCase) { reached[reachedCase, default: 0] += 1 }
    func note(_ reachedCase: ReachedVariantCase) { reachedVariant[reachedCase, default: 0] += 1 }
    func note(_ reachedCase: ReachedLiveCase) { reachedLive[reachedCase, default: 0] += 1 }

    /// Queued probes, first in first.
    var queue: [ReferenceProbe] {
        levels.flatMap { $0.cells.filter { $0.lifecycle == .queued } }
            .sorted { $0.ticket < $1.ticket }
    }
}

struct ReferenceLevel {
    var cameraCell: Cell
    var anchor: Cell
    var minimum: Cell
    var resolution: Int32
    /// In linear order: x fastest, then y, then z.
    var cells: [ReferenceProbe]

    /// Nil outside the window.
    func probe(_ cell: Cell) -> ReferenceProbe? {
        let n = Int(resolution)
        let x = Int(cell.x) - Int(minimum.x)
        let y = Int(cell.y) - Int(minimum.y)
        let z = Int(cell.z) - Int(minimum.z)
        guard x >= 0, x < n, y >= 0, y < n, z >= 0, z < n else { return nil }
        return cells[(z * n + y) * n + x]
    }
}

struct ReferenceFlight {
    var dispatched: Int32
    var due: Int64
    var sequence: UInt64
    var level: Int
    var cell: Cell
    var generation: UInt32
    var epoch: UInt32
    var worldVersion: UInt64
    var worldContent: UInt64
    var baseSpacing: Double
    var resolution: Int32
    var outcome: CastOutcome
}

/// One cell of one window.
final class ReferenceProbe {
    let level: Int
    let cell: Cell
    var lifecycle = Lifecycle.uninitialized { didSet { stateMemo = nil } }
    var dirtyAfterFlight = false { didSet { stateMemo = nil } }
    var disableAfterFlight = false { didSet { stateMemo = nil } }
    /// Int32.min stands for never.
    var lastUpdated = Int32.min { didSet { stateMemo = nil } }
    var queuedAt: Int32 = 0 { didSet { stateMemo = nil } }
    var retryAfter: Int32 = 0 { didSet { stateMemo = nil } }
    var generation: UInt32 { didSet { stateMemo = nil } }
    var ticket: UInt64 = 0
    var payload: Payload? { didSet { payloadMemo = nil } }

    /// Only while the candidates are sorted.
    var selectionKey: Int64 = 0

    private var stateMemo: UInt64?
    private var payloadMemo: UInt64?

    init(level: Int, cell: Cell, generation: UInt32) {
        self.level = level
        self.cell = cell
        self.generation = generation
    }

    var afterFlightBits: UInt8 { (dirtyAfterFlight ? 1 : 0) | (disableAfterFlight ? 2 : 0) }

    /// Tag 1, level, lifecycle, after-flight flags, cell, last updated, queued at, retry after,
    /// generation.
    var stateLeaf: UInt64 {
        if let stateMemo { return stateMemo }
        var record = LeafRecord(tag: 1)
        record.append(UInt8(level))
        record.append(lifecycle.rawValue)
        record.append(afterFlightBits)
        record.append(cell.x)
        record.append(cell.y)
        record.append(cell.z)
        record.append(lastUpdated)
        record.append(queuedAt)
        record.append(retryAfter)
        record.append(generation)
        let leaf = record.leaf.value
        stateMemo = leaf
        return leaf
    }

    /// Tag 2, level, cell, the 44 bytes; nil without a payload.
    var payloadLeaf: UInt64? {
        guard let payload else { return nil }
        if let payloadMemo { return payloadMemo }
        let leaf = referencePayloadLeaf(payload, level: level, cell: cell)
        payloadMemo = leaf
        return leaf
    }

    /// Tag 3, level, cell, generation, ticket; nil unless Queued.
    var queueLeaf: UInt64? {
        guard lifecycle == .queued else { return nil }
        var record = LeafRecord(tag: 3)
        record.append(UInt8(level))
        record.append(cell.x)
        record.append(cell.y)
        record.append(cell.z)
        record.append(generation)
        record.append(ticket)
        return record.leaf.value
    }

    /// Ends whatever is asked for this cell, in the queue or in flight; where there are no generations only its own part in that.
    func retire(isOld: Bool) {
        if !isOld { generation += 1 }
        queuedAt = 0
        ticket = 0
        dirtyAfterFlight = false
        disableAfterFlight = false
    }
}

func referencePayloadLeaf(_ payload: Payload, level: Int, cell: Cell) -> UInt64 {
    var record = LeafRecord(tag: 2)
    record.append(UInt8(level))
    record.append(cell.x)
    record.append(cell.y)
    record.append(cell.z)
    for byte in payload.bytes { record.append(byte) }
    return record.leaf.value
}

/// What can happen to a region, beside what the counts of a frame tell.
enum ReachedCase: CaseIterable, Sendable {
    case cellsCached, cellsRestored, entriesInvalidated, entriesEvicted, tiesBetweenEntries
    case evictedWithoutStore, entriesOfNearLevels
    case indexAccepted, indexAtTheEnd, rowsOfOtherSeeds, rowsOfOtherLayouts, rowsOfOtherFingerprints
    case rowsOfAnotherWorld, boxesHeld
    case repliesRestored, repliesCached, repliesLate, repliesMasked, repliesAbsent, repliesDamaged
    case repliesDroppedWithTheKey, writeBacksUnderTheOldKey, writeBacksAtTheEnd, writeBacksHeld
    case writeBacksInvalidated, requestsMasked, rowsMarked, rowsDeleted, rowsOfOtherKeysMarked
    case rowsMerged, rowsEvicted, tiesBetweenRows, justWrittenEvicted, editsTold, forgotten
    case writeBacksDropped, switchedOff, secondRequests
}

/// What can happen to what a live frame drains.
enum ReachedLiveCase: CaseIterable, Sendable {
    case resultsEarly, resultsLate, resultsOutOfOrder, resultsOfOldEpochs, resultsAbandoned
    case nothingDrained, batchesInPart, batchesToTheEnd, restoredInPart
    case repliesGiven, repliesOtherThanTheStores, repliesPassedOver, engines
}

/// What the reference says about one frame.
struct ReferenceFrame {
    var stages: [UInt64]
    /// What the stages hashed.
    var stageBytes: [[UInt8]]
    var levels: [UInt64]
    var frame: Digest128
    var counts: [LevelCounts]
}

/// Mistakes that real engines have made. Each names the stages at which a comparison has to find it.
enum PlantedFault: CaseIterable, Sendable {
    case truncationInsteadOfFloor
    case positionThroughFloat
    case onlyOnePlaneEnters
    case cornerForgotten
    case wholeWindowsJumpForgotten
    case generationGrowsByTwo
    case invalidationLostInFlight
    case boxClampedToTheWindow
    case boxClosedAbove
    case tiesReversed
    case queueNeverExpires
    case retryForgotten
    case oldResultAccepted
    case afterFlightLeftOver
    case unloadedIsSky
    case worldAsOfDraining
    case resultsInTheOrderOfTheirCome
    case lateResultsForgotten
    case abandonedResultsDrained
    case restOfTheBatchForgotten
    case givenReplyForgotten
    case newestEvicted
    case evictionTiesReversed
    case inWindowAndCache
    case unsavedForgotten
    case nearLevelCached
    case generationOfRestored
    case rowsForgottenByBoxes
    case maskForgotten
    case lateApplied
    case ageForgotten
    case keyWithoutSpacing
    case otherSeedAccepted
    case clockStartsAnew
    case damagedRowKept
    case windowNotGrown
    case evictsBeforeWriting

    /// It shows only where frames name what they drain.
    var isOfLiveRuns: Bool {
        switch self {
        case .resultsInTheOrderOfTheirCome, .lateResultsForgotten, .abandonedResultsDrained,
            .restOfTheBatchForgotten, .givenReplyForgotten:
            true
        default: false
        }
    }

    var stages: [Stage] {
        switch self {
        case .truncationInsteadOfFloor, .positionThroughFloat: [.snap]
        case .onlyOnePlaneEnters, .cornerForgotten, .wholeWindowsJumpForgotten, .generationGrowsByTwo:
            [.shift]
        case .invalidationLostInFlight, .boxClampedToTheWindow, .boxClosedAbove: [.dirty]
        case .tiesReversed, .queueNeverExpires, .retryForgotten: [.select]
        case .oldResultAccepted, .afterFlightLeftOver, .unloadedIsSky, .worldAsOfDraining,
            .resultsInTheOrderOfTheirCome, .lateResultsForgotten, .abandonedResultsDrained,
            .restOfTheBatchForgotten:
            [.commit]
        case .givenReplyForgotten: [.input]
        case .newestEvicted, .evictionTiesReversed, .inWindowAndCache, .unsavedForgotten, .nearLevelCached,
            .generationOfRestored, .maskForgotten, .lateApplied, .ageForgotten, .otherSeedAccepted,
            .damagedRowKept:
            [.recycle]
        // Where the index comes with the end of its session, what is made of it shows in the last batch alone.
        case .keyWithoutSpacing, .clockStartsAnew: [.recycle, .store]
        case .rowsForgottenByBoxes: [.dirty]
        case .windowNotGrown, .evictsBeforeWriting: [.store]
        }
    }

    /// The scenarios to look in, so that looking stays quick.
    var themes: [ScenarioTheme] {
        switch self {
        case .truncationInsteadOfFloor: [.walk, .jumps]
        case .positionThroughFloat: [.jitter, .farAway]
        case .onlyOnePlaneEnters, .cornerForgotten, .wholeWindowsJumpForgotten, .generationGrowsByTwo:
            [.jumps]
        case .invalidationLostInFlight, .boxClampedToTheWindow, .boxClosedAbove, .afterFlightLeftOver:
            [.invalidations, .edits]
        case .tiesReversed, .queueNeverExpires, .retryForgotten: [.walk, .budgets]
        case .oldResultAccepted: [.reloads, .edits, .jumps]
        case .unloadedIsSky: [.unloadedChunks]
        case .worldAsOfDraining: [.edits]
        case .resultsInTheOrderOfTheirCome, .lateResultsForgotten, .restOfTheBatchForgotten: [.walk, .stores]
        case .abandonedResultsDrained: [.sessions, .storeSessions]
        case .givenReplyForgotten: [.stores, .foundStores]
        case .newestEvicted, .evictionTiesReversed, .inWindowAndCache, .unsavedForgotten, .nearLevelCached,
            .generationOfRestored:
            [.returns]
        case .rowsForgottenByBoxes, .maskForgotten, .lateApplied, .ageForgotten, .damagedRowKept,
            .windowNotGrown, .evictsBeforeWriting:
            [.stores, .foundStores]
        case .keyWithoutSpacing, .otherSeedAccepted, .clockStartsAnew: [.storeSessions, .foundStores]
        }
    }
}
