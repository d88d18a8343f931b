package import Hashing
import PlantedFaults
package import Streaming
package import Voxels

/// What came of a run, apart from what its observer saw.
package struct Run: Sendable {
    package var firstFrame: Int32
    package var frameCount: Int
    package var lastFrame: Int32 { firstFrame + Int32(frameCount - 1) }
    /// XXH3-128 over the 128-bit digests of all frames.
    package var digest: Digest128
    /// Over all frames, per level.
    package var totals: [LevelCounts]
    /// The most levels that any frame had.
    package var levelCount: Int
    /// The first configuration of the run, as the model uses it.
    package var configuration: Configuration
    /// Configured values that were outside their bounds, with the frame.
    package var clampings: [(frame: Int32, clamping: Clamping)]
    /// Incremental sums that were not what a rebuild gives, with the frame that found it.
    package var incrementalFaults: [(frame: Int32, fault: IncrementalFault)]
    /// Frames whose recorded snapshot is not the state that the run had come to.
    package var otherSnapshots: [Int32]
    /// The state after the last frame.
    package var system: StreamingSystem
}

/// A run as far as it has come: the state of the system, and everything that has been counted. A value: a copy is
/// a keyframe, from which the run can be gone on with, now or (``Keyframe``) in another process.
package struct RunState: Sendable {
    /// The state after the last frame.
    package internal(set) var system = StreamingSystem()
    /// The store of sessions that have one, where it is not somebody else's.
    package internal(set) var store = MemoryStore()
    /// A store that is kept elsewhere has failed: for the rest of the run there is none.
    private var storeHasFailed = false
    /// As in ``Run``.
    var otherSnapshots: [Int32] = []
    /// How many snapshots so far were not the state that the run had come to.
    package var otherSnapshotCount: Int { otherSnapshots.count }
    /// The first frame, and the first configuration; nil before the first frame.
    var first: (frame: Int32, configuration: Configuration)?
    /// Frames stepped so far.
    package internal(set) var frameCount = 0
    /// The 128-bit digests of all frames so far.
    var frameDigests = CanonicalBytes()
    var totals: [LevelCounts] = []
    var levelCount = 0
    var clampings: [(frame: Int32, clamping: Clamping)] = []
    var faults: [(frame: Int32, fault: IncrementalFault)] = []
    /// The last frame at which the sums were rebuilt.
    private var lastChecked: Int32?

    /// A run that has not begun.
    package init() {}

    /// Visits in another order what can be visited in any.
    mutating func visit(in order: VisitOrder) { system.visitOrder = order }

    /// A run that has not begun, of a system whose worlds are moved as a whole: for comparing runs.
    package init(worldOrigin: ChunkCoordinate) { system = StreamingSystem(worldOrigin: worldOrigin) }

    /// Hands the casts in flight to a service that has not begun them.
    package mutating func resumeCasts(_ casts: some CastService) { system.resumeCasts(casts) }

    /// The frame after which this is the state; nil before the first.
    package var lastFrame: Int32? { system.nextFrame.map { Int32($0 - 1) } }

    /// The digest of the frame of that place in the run, from 0; nil where the run has none.
    package func frameDigest(at index: Int) -> Digest128? {
        guard (0..<frameCount).contains(index) else { return nil }
        var reader = CanonicalReader(frameDigests.bytes, at: 16 * index)
        return try? reader.digest128()
    }

    /// One frame. Every `oracleInterval` frames, and at the first, the incremental sums are compared with what a
    /// rebuild gives; 0 compares at the first only.
    package mutating func step(
        _ input: FrameInput, casts: some CastService, oracleInterval: Int32, watch: StageWatch? = nil
    ) throws(ReplayError) -> FrameResult {
        if input.castResults != nil {
            var recorded = RecordedStore()
            return try step(
                input, casts: casts, store: &recorded, oracleInterval: oracleInterval, watch: watch)
        }
        // Swapped, not copied: a copy would have to be copied again at the first change.
        var own = MemoryStore()
        swap(&own, &store)
        defer { swap(&own, &store) }
        return try step(input, casts: casts, store: &own, oracleInterval: oracleInterval, watch: watch)
    }

    /// With the store of `keeper`, where there is one.
    mutating func step(
        _ input: FrameInput, casts: some CastService, keeper: inout (any StoreService)?,
        oracleInterval: Int32,
        watch: StageWatch?
    ) throws(ReplayError) -> FrameResult {
        guard var other = keeper else {
            return try step(input, casts: casts, oracleInterval: oracleInterval, watch: watch)
        }
        defer { keeper = other }
        keeper = nil
        return try step(input, casts: casts, store: &other, oracleInterval: oracleInterval, watch: watch)
    }

    /// As the other, with a store that is kept elsewhere. Where that one has failed the frame's input says so:
    /// ``FrameResult/storeFailed``.
    package mutating func step(
        _ given: FrameInput, casts: some CastService, store keeper: inout some StoreService,
        oracleInterval: Int32,
        watch: StageWatch? = nil
    ) throws(ReplayError) -> FrameResult {
        try begin(given, casts)
        var input = given
        if !storeHasFailed, given.needsStore(system) {
            if !planted(.replyNotAwaited, if: !system.awaitedReplies(in: given).isEmpty) {
                storeHasFailed = !keeper.wait(for: system.awaitedReplies(in: given))
            }
        }
        if storeHasFailed { input = given.switchingStoreOff(system) }
        var result: FrameResult
        do throws(FrameError) {
            result = try system.step(input, casts: casts, store: &keeper, watch: watch)
        } catch {
            throw .frameRefused(frame: input.frame, error)
        }
        if input != given { result.changedInput = input }
        if first == nil, let configuration = system.configuration {
            first = (input.frame, configuration)
        }
        let isDue = oracleInterval > 0 && frameCount % Int(oracleInterval) == 0
        if frameCount == 0 || isDue { checkSums(input.frame) }
        frameCount += 1
        frameDigests.append(result.digests.frame)
        totals.add(result.counts)
        levelCount = max(levelCount, result.digests.levels.count)
        clampings += result.clampings.map { (input.frame, $0) }
        return result
    }

    /// The run, with its sums checked once more at its last frame.
    package func finished() throws(ReplayError) -> Run {
        var end = self
        guard let first, let lastFrame else { throw .noFrames }
        if lastChecked != lastFrame { end.checkSums(lastFrame) }
        return Run(
            firstFrame: first.frame, frameCount: frameCount, digest: frameDigests.digest128(), totals: totals,
            levelCount: levelCount, configuration: first.configuration, clampings: clampings,
            incrementalFaults: end.faults, otherSnapshots: otherSnapshots, system: system)
    }

    private mutating func checkSums(_ frame: Int32) {
        lastChecked = frame
        faults += system.incrementalFaults().map { (frame, $0) }
    }
}

extension [LevelCounts] {
    /// Adds a frame's counts; levels that were not there yet are appended.
    package mutating func add(_ counts: [LevelCounts]) {
        for (level, count) in counts.enumerated() {
            if level == self.count { append(LevelCounts()) }
            self[level] += count
        }
    }
}
