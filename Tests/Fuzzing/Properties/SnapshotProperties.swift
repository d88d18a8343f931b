import Hashing
import Replay
import Streaming
import Topology

/// A store that has nothing, for sessions of snapshots that have one: it answers every request, also those of before.
private struct EmptyStore: StoreService {
    private var indexes: Set<UInt64>

    init(_ system: StreamingSystem) {
        indexes = Set((system.store?.requests ?? []).filter { $0.row == nil }.map(\.sequence))
    }

    mutating func open(_ contents: StoreContents?) {}

    mutating func handOver(_ batch: StoreBatch) {
        for case .readIndex(let sequence) in batch.operations { indexes.insert(sequence) }
    }

    mutating func wait(for sequences: [UInt64]) -> Bool { true }

    mutating func finish(_ sequence: UInt64) -> StoreReply {
        indexes.contains(sequence) ? .index(StoreIndex()) : .absent
    }

    mutating func abandon(_ sequence: UInt64) {}

    mutating func damage(_ row: RowKey) {}
}

/// What must hold for bytes that may be a snapshot.
enum SnapshotProperties {
    /// More casts than these are aborted: a cast takes long.
    private static let maximumCasts = 8

    static func check(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        let system = try accepted(SnapshotError.self) { try StreamingSystem(snapshot: bytes) }
        guard let system else { return .refused }
        let again = system.snapshot()
        try require(
            again == bytes,
            "a snapshot that is restored gives other bytes from offset "
                + "\(zip(again, bytes).prefix { $0 == $1 }.count) on")
        try check(system)
        return .accepted
    }

    /// The state is consistent, and can be gone on with.
    static func check(_ restored: StreamingSystem) throws {
        try require(restored.incrementalFaults().isEmpty, "\(restored.incrementalFaults())")
        for input in next(of: restored) {
            var system = restored
            let casts: any CastService =
                system.inFlightCount <= maximumCasts ? InlineCasts() : AbortingCasts()
            system.resumeCasts(casts)
            var store = EmptyStore(system)
            let result = try accepted(FrameError.self) {
                try system.step(input, casts: casts, store: &store)
            }
            guard result != nil else { continue }
            try require(system.incrementalFaults().isEmpty, "\(system.incrementalFaults())")
            let after = system.snapshot()
            let again = try StreamingSystem(snapshot: after)
            try require(again.snapshot() == after, "a snapshot after a frame gives other bytes")
        }
    }

    /// The bytes from `start` on with the digest of the others at their end.
    static func resealed(_ bytes: [UInt8], from start: Int) -> [UInt8] {
        let trailer = 16
        guard bytes.count - start >= trailer else { return bytes }
        var sum = CanonicalBytes()
        sum.append(XXH3.digest128(Array(bytes[start..<bytes.count - trailer])))
        return bytes.dropLast(trailer) + sum.bytes
    }

    /// Frames that may come next: one without an event, where the camera is, there in a live run, or far from there, and one
    /// that starts a session.
    private static func next(of system: StreamingSystem) -> [FrameInput] {
        guard let frame = Int32(exactly: system.nextFrame ?? 0) else { return [] }
        let session = system.session ?? 0
        var small = Configuration.classic
        small.resolution = 8
        small.levels = 1
        small.castLatencyFrames = 1
        small.budgets = Budgets(perLevel: [2], total: 2, uploadBytes: 1 << 10)
        let here = Camera(position: position(of: system))
        let far = Camera(position: WorldPoint(1e6, -1e6, 1e6))
        // Every other cast, the newest first.
        var live = FrameInput(frame: frame, session: session, camera: here)
        let sequences = system.flightBatches.flatMap(\.flights).map(\.sequence)
        live.castResults = stride(from: 0, to: sequences.count, by: 2).map { sequences[$0] }.reversed()
        return [
            live, FrameInput(frame: frame, session: session, camera: here),
            FrameInput(frame: frame, session: session, camera: far),
            FrameInput(
                frame: frame, session: system.session == nil ? 0 : session &+ 1, camera: here,
                events: (system.configuration == nil ? [] : [.sessionEnd]) + [.sessionStart(small)]),
        ]
    }

    /// In the finest level's cell of the camera.
    private static func position(of system: StreamingSystem) -> WorldPoint {
        guard let spacing = system.configuration?.baseSpacing, let cell = system.levels.first?.snap.cameraCell
        else { return WorldPoint(0, 80, 0) }
        func middle(_ coordinate: Int32) -> Double { (Double(coordinate) + 0.5) * spacing }
        return WorldPoint(middle(cell.x), middle(cell.y), middle(cell.z))
    }
}

/// What must hold for bytes that may be a keyframe.
enum KeyframeProperties {
    static func check(_ bytes: [UInt8]) throws -> FuzzedReader.Outcome {
        let state = try accepted(SnapshotError.self) { try Keyframe.decode(bytes) }
        guard let state else { return .refused }
        try require(Keyframe.encode(state) == bytes, "a keyframe that is read is written otherwise")
        try require(state.frameDigest(at: state.frameCount - 1) != nil, "a frame without a digest")
        let run = try state.finished()
        try require(run.frameCount == state.frameCount, "the run has another number of frames")
        try require(run.incrementalFaults.isEmpty, "\(run.incrementalFaults)")
        try SnapshotProperties.check(state.system)
        return .accepted
    }

    /// The bytes with the checksum of the snapshot at their end.
    static func resealed(_ bytes: [UInt8]) -> [UInt8] {
        let magic = StreamingSystem.snapshotMagic
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: magic) }) else {
            return bytes
        }
        return SnapshotProperties.resealed(bytes, from: start)
    }
}
