import Hashing
import Streaming
import Topology

// What an engine says of a live run, and of itself. As events, all of it belongs to the frame that is recorded next.

extension TraceRecorder {
    /// How a cast ended.
    public enum Outcome: UInt8, Sendable {
        /// Not known.
        case unknown = 0
        /// There is light.
        case success = 1
        /// A ray met what is not known.
        case aborted = 2
        /// The cast failed.
        case failed = 3
        /// The result was thrown away: its request no longer counted.
        case dropped = 4
    }

    /// What a store answered.
    public enum StoreReply: Hashable, Sendable {
        /// The bytes of the region's row.
        case region([UInt8])
        /// There is no such row.
        case absent
        /// The row is not what its digest says.
        case damaged
    }

    /// What a row of a store is found by.
    public struct StoreRow: Hashable, Sendable {
        /// Seed of the world.
        public var seed: UInt64
        /// Version of the payload's layout.
        public var layoutVersion: UInt32
        /// Digest of what else the light depends on.
        public var fingerprint: UInt64
        /// In blocks, 0.25...64.
        public var baseSpacing: Double
        /// In cells, 1...128.
        public var regionEdge: Int32
        /// 0...7.
        public var level: Int
        /// In regions.
        public var region: (x: Int32, y: Int32, z: Int32) {
            get { (cell.x, cell.y, cell.z) }
            set { cell = Cell(newValue.x, newValue.y, newValue.z) }
        }
        private var cell: Cell

        /// A row of these.
        public init(
            seed: UInt64, layoutVersion: UInt32, fingerprint: UInt64, baseSpacing: Double, regionEdge: Int32,
            level: Int, region: (x: Int32, y: Int32, z: Int32)
        ) {
            self.seed = seed
            self.layoutVersion = layoutVersion
            self.fingerprint = fingerprint
            self.baseSpacing = baseSpacing
            self.regionEdge = regionEdge
            self.level = level
            cell = Cell(region.x, region.y, region.z)
        }
    }

    /// Whose run this is. Call it once for each session that starts, and where a recording goes on in the middle of a run or behind a gap.
    ///
    /// - Parameters:
    ///   - name: of the engine, with its version: 1...200 bytes.
    ///   - stages: of its checkpoints, in causal order: at most 64, each of 1...64 bytes, no two the same.
    ///   - hasOwnVoxels: whether its casts see other voxels than those that the model makes out of the seed.
    /// - Throws: ``RecorderError``.
    public func engine(name: String, stages: [String] = [], hasOwnVoxels: Bool = false) throws(RecorderError)
    {
        try requireName(name, "engine", TraceFormat.maximumEngineNameBytes)
        try require(stages.count, "stages", atMost: TraceFormat.maximumStages)
        for stage in stages { try requireName(stage, "stage", TraceFormat.maximumNameBytes) }
        guard Set(stages).count == stages.count else {
            throw .outOfRange(
                field: "stages", value: stages.joined(separator: " "), allowed: "no name twice")
        }
        try insertBehindStart(
            .engine(Engine(name: name, stages: stages, hasOwnVoxels: hasOwnVoxels)))
    }

    /// Results of casts that the frame drained, in the order in which it drained them. The first frame of a live run calls it, also if it
    /// drained none: that says that the run is live.
    ///
    /// - Parameters:
    ///   - requests: for the model their places in the order of dispatch over the run, from 0; for another engine what names them.
    ///   - outcomes: one for each; none where a replay casts itself.
    ///   - payloads: a hash of each payload, 0 where there is none; none where a replay casts itself.
    /// - Throws: ``RecorderError``.
    public func completed(
        _ requests: [UInt64], outcomes: [Outcome] = [], payloads: [UInt64] = []
    ) throws(RecorderError) {
        for (field, count) in [("outcomes", outcomes.count), ("payloads", payloads.count)]
        where count != 0 && count != requests.count {
            throw .outOfRange(field: field, value: "\(count)", allowed: "none, or \(requests.count)")
        }
        try require(
            pending.completed.count + requests.count, "completed", atMost: TraceFormat.maximumRequestsPerFrame
        )
        pending.isLive = true
        pending.completed += requests
        pending.work.outcomes += outcomes.map(\.rawValue)
        pending.work.payloads += payloads
    }

    /// A reply of the store that the frame drained.
    public func reply(to request: UInt64, _ reply: StoreReply) throws(RecorderError) {
        try require(pending.replies.count + 1, "store replies", atMost: TraceFormat.maximumRequestsPerFrame)
        let content: Streaming.StoreReply
        switch reply {
        case .absent: content = .absent
        case .damaged: content = .damaged
        case .region(let bytes):
            guard let region = RegionContent(bytes: bytes, grid: RegionGrid(edge: 128)) else {
                throw .outOfRange(
                    field: "region", value: "\(bytes.count) bytes",
                    allowed: "cells of \(RegionContent.cellBytes) bytes, as a run stores them")
            }
            content = .region(region)
        }
        pending.isLive = true
        pending.replies.append(StoreArrival(request: request, reply: content))
    }

    /// Requests that worker threads took since the frame before, in that order.
    ///
    /// - Parameters:
    ///   - requests: as in ``completed(_:outcomes:payloads:)``.
    ///   - stages: before which stage of the frame each was taken, from 0; none where that is not known.
    /// - Throws: ``RecorderError``.
    public func claimed(_ requests: [UInt64], stages: [UInt32] = []) throws(RecorderError) {
        guard stages.isEmpty || stages.count == requests.count else {
            throw .outOfRange(
                field: "stages", value: "\(stages.count)", allowed: "none, or \(requests.count)")
        }
        try add(requests, to: \.claimed, "claimed")
        pending.work.claimStages += stages
    }

    /// Requests that the frame handed over to its workers, and that were taken.
    public func accepted(_ requests: [UInt64]) throws(RecorderError) {
        try add(requests, to: \.accepted, "accepted")
    }

    /// Requests that the frame tried to hand over, and for which there was no room.
    public func refused(_ requests: [UInt64]) throws(RecorderError) {
        try add(requests, to: \.refused, "refused")
    }

    /// Requests of which the frame found that their probe's centre is solid.
    public func solid(_ requests: [UInt64]) throws(RecorderError) { try add(requests, to: \.solid, "solid") }

    /// The digests of the frame, as the engine computed them.
    ///
    /// - Parameters:
    ///   - digestVersion: of the engine's digests; of the model's the version of its digest algorithm.
    ///   - stages: one for each stage, in causal order, at most 64.
    ///   - levels: one for each level, finest first, at most 64; none where the engine has none.
    ///   - digest: of the whole frame, high half first; nil where the engine has none.
    /// - Throws: ``RecorderError``.
    public func checkpoint(
        digestVersion: UInt32, stages: [UInt64], levels: [UInt64] = [],
        digest: (high: UInt64, low: UInt64)? = nil
    ) throws(RecorderError) {
        try require(stages.count, "stages", atMost: TraceFormat.maximumStages)
        try require(levels.count, "levels", atMost: TraceFormat.maximumStages)
        pending.checkpoint = Checkpoint(
            digestVersion: digestVersion, stages: stages.map { Digest64($0) },
            levels: levels.map { Digest64($0) },
            frame: digest.map { Digest128(high: $0.high, low: $0.low) })
    }

    /// The whole state before the frame.
    ///
    /// - Parameters:
    ///   - format: what the bytes are, 1...64 bytes; `lumon-replay` for a snapshot of the model.
    ///   - state: the bytes.
    /// - Throws: ``RecorderError``.
    public func snapshot(format: String, state: [UInt8]) throws(RecorderError) {
        try requireName(format, "format", TraceFormat.maximumNameBytes)
        pending.snapshot = RecordedSnapshot(format: format, state: state)
    }

    /// So many frames before the next one were not recorded. A replay goes on behind them only from a snapshot.
    public func missed(frames: Int64) throws(RecorderError) {
        guard frames >= 0, nextFrame + pending.missedFrames + frames < Model.frameLimit else {
            throw .outOfRange(
                field: "missed frames", value: "\(frames)",
                allowed: "0...\(Model.frameLimit - 1 - nextFrame - pending.missedFrames)")
        }
        pending.missedFrames += frames
    }

    /// A disk spoiled the stored row of a region, of the running session's key.
    ///
    /// - Parameters:
    ///   - level: 0...7.
    ///   - region: in regions, within ±(2^31 - 2).
    /// - Throws: ``RecorderError``.
    public func storeDamage(level: Int, region: (x: Int32, y: Int32, z: Int32)) throws(RecorderError) {
        guard hasStore else { throw .noStore }
        try add(.storeDamage(try checkedRegion(level, region, edge: 1)))
    }

    /// A write-back that was handed over before found no room in the queue to the store. Live runs only.
    public func writeBackDropped(_ row: StoreRow) throws(RecorderError) {
        guard hasStore else { throw .noStore }
        guard row.baseSpacing >= 0.25, row.baseSpacing <= 64 else {
            throw .outOfRange(field: "baseSpacing", value: "\(row.baseSpacing)", allowed: "0.25...64")
        }
        guard (1...128).contains(row.regionEdge) else {
            throw .outOfRange(field: "regionEdge", value: "\(row.regionEdge)", allowed: "1...128")
        }
        let key = StoreKey(
            worldSeed: row.seed, layoutVersion: row.layoutVersion, fingerprint: Digest64(row.fingerprint),
            baseSpacing: row.baseSpacing, regionEdge: row.regionEdge)
        try add(
            .writeBackDropped(RowKey(key, try checkedRegion(row.level, row.region, edge: row.regionEdge))))
    }

    // MARK: Checks

    private func checkedRegion(
        _ level: Int, _ region: (x: Int32, y: Int32, z: Int32), edge: Int32
    ) throws(RecorderError) -> RegionKey {
        guard (0...7).contains(level) else {
            throw .outOfRange(field: "level", value: "\(level)", allowed: "0...7")
        }
        let limit = Int32.max / edge - 1
        for coordinate in [region.x, region.y, region.z] where !(-limit...limit).contains(coordinate) {
            throw .outOfRange(field: "region", value: "\(coordinate)", allowed: "within ±\(limit)")
        }
        return RegionKey(level: level, region: Cell(region.x, region.y, region.z))
    }

    private func add(
        _ requests: [UInt64], to list: WritableKeyPath<EngineWork, [UInt64]>, _ field: String
    ) throws(RecorderError) {
        try require(
            pending.work[keyPath: list].count + requests.count, field,
            atMost: TraceFormat.maximumRequestsPerFrame)
        pending.work[keyPath: list] += requests
    }

    private func require(_ count: Int, _ field: String, atMost limit: Int) throws(RecorderError) {
        guard count <= limit else {
            throw .outOfRange(field: field, value: "\(count)", allowed: "at most \(limit)")
        }
    }

    private func requireName(_ name: String, _ field: String, _ limit: Int) throws(RecorderError) {
        guard (1...limit).contains(name.utf8.count) else {
            throw .outOfRange(
                field: field, value: "\(name.utf8.count) bytes", allowed: "1...\(limit) bytes")
        }
    }
}

/// What belongs to the frame that is recorded next, beside its events.
struct PendingFrame {
    var isLive = false
    var completed: [UInt64] = []
    var replies: [StoreArrival] = []
    var work = EngineWork()
    var checkpoint: Checkpoint?
    var snapshot: RecordedSnapshot?
    var missedFrames: Int64 = 0

    /// `isLive` is nil for the first frame, which says it.
    func apply(to input: inout FrameInput, isLive: Bool?) {
        if isLive ?? self.isLive || self.isLive {
            input.castResults = completed
            input.storeReplies = replies
        }
        input.engineWork = work.isEmpty ? nil : work
        input.checkpoint = checkpoint
        input.snapshot = snapshot
        input.missedFrames = Int32(missedFrames)
    }
}
