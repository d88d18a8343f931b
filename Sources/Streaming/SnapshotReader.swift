import Hashing
import Topology
import Voxels

/// Reads the parts of a snapshot, each number against the range of what a run can come to.
package struct SnapshotReader {
    /// No run counts so far: a counter below it can grow by one in every frame and stay representable.
    static let counterLimit: UInt64 = 1 << 62
    /// See ``counterLimit``.
    static let counterLimit32: UInt32 = 1 << 30
    /// An edit's voxels have 64-bit coordinates; a chunk's are these shifted right by five.
    private static let chunkLimit: Int64 = 1 << 58

    private var reader: CanonicalReader

    package init(_ bytes: [UInt8], at offset: Int) { reader = CanonicalReader(bytes, at: offset) }

    package var offset: Int { reader.offset }

    package mutating func next<Value: FixedWidthInteger>() throws(SnapshotError) -> Value {
        do {
            return try reader.next()
        } catch {
            throw .truncated(offset: error.offset, needed: error.needed, available: error.available)
        }
    }

    package mutating func number<Value: FixedWidthInteger>(
        _ field: String, _ least: Value, _ greatest: Value
    ) throws(SnapshotError) -> Value {
        let start = offset
        let value: Value = try next()
        // Not a range: bounds that come from the file may leave nothing between them.
        guard value >= least, value <= greatest else {
            throw .outOfRange(
                field: field, value: "\(value)", allowed: "\(least)...\(greatest)", offset: start)
        }
        return value
    }

    mutating func flag(_ field: String) throws(SnapshotError) -> Bool {
        try number(field, UInt8(0), 1) == 1
    }

    /// A number that is neither infinite nor NaN.
    mutating func finite(_ field: String) throws(SnapshotError) -> Double {
        try double(field, -Double.greatestFiniteMagnitude, Double.greatestFiniteMagnitude)
    }

    mutating func spacing() throws(SnapshotError) -> Double { try double("base spacing", 0.25, 64) }

    private mutating func double(
        _ field: String, _ least: Double, _ greatest: Double
    ) throws(SnapshotError) -> Double {
        let start = offset
        let value = Double(bitPattern: try next())
        guard value >= least, value <= greatest else {
            throw .outOfRange(
                field: field, value: "\(value)", allowed: "\(least)...\(greatest)", offset: start)
        }
        return value
    }

    /// The next bytes as they stand.
    package mutating func take(_ count: Int) throws(SnapshotError) -> ArraySlice<UInt8> {
        do {
            return try reader.take(count)
        } catch {
            throw .truncated(offset: error.offset, needed: error.needed, available: error.available)
        }
    }

    /// The last 16 bytes are the XXH3-128 of all before.
    func verifyChecksum(of bytes: [UInt8]) throws(SnapshotError) {
        let end = bytes.count - 16
        guard end >= offset else {
            throw .truncated(offset: offset, needed: 16, available: bytes.count - offset)
        }
        var trailer = CanonicalReader(bytes, at: end)
        guard let expected = try? trailer.digest128() else {
            throw .truncated(offset: end, needed: 16, available: bytes.count - end)
        }
        let found = bytes.withUnsafeBytes { XXH3.digest128(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
        guard found == expected else { throw .checksum(expected: expected, found: found) }
    }

    mutating func finish() throws(SnapshotError) {
        guard reader.remaining == 16 else { throw .trailingBytes(count: reader.remaining - 16) }
    }

    // MARK: Parts

    package mutating func configuration() throws(SnapshotError) -> Configuration {
        let start = offset
        var given = Configuration.classic
        given.worldSeed = try next()
        let flags: UInt8 = try number("chunks start loaded", 0, UInt8(2 * Variant.allCases.count - 1))
        given.chunksStartLoaded = flags & 1 == 1
        given.variant = Variant(rawValue: flags >> 1) ?? .reference
        given.layoutVersion = try next()
        given.baseSpacing = try double("base spacing", 0.25, 64)
        given.resolution = try next()
        given.levels = try next()
        given.reanchorDistance = try double("re-anchor distance", 0, 64)
        given.regionEdge = try next()
        given.nearLevels = try next()
        given.cacheBytes = try next()
        given.castLatencyFrames = try next()
        given.storeLatencyFrames = try next()
        let count: UInt32 = try number("level budgets", 1, 8)
        given.budgets.perLevel = []
        for _ in 0..<count { given.budgets.perLevel.append(try next()) }
        given.budgets.total = try next()
        given.budgets.uploadBytes = try next()
        // A snapshot holds the configuration as the model uses it: nothing is left to be clamped.
        guard let clamping = given.effective().clampings.first else { return given }
        throw .outOfRange(
            field: clamping.field, value: clamping.given, allowed: "what the model uses", offset: start)
    }

    /// The lattice of a batch; `variant` is that of the session.
    mutating func lattice(_ variant: Variant) throws(SnapshotError) -> Lattice {
        let spacing = try double("base spacing of a batch", 0.25, 64)
        let levels: UInt8 = try number("levels of a batch", 1, 8)
        let resolution: Int32 = try number("resolution of a batch", 8, 128)
        return Lattice(
            baseSpacing: spacing, levels: Int(levels), resolution: resolution,
            isHalfCell: variant.hasHalfCellWindow && resolution % 2 != 0)
    }

    mutating func cell() throws(SnapshotError) -> Cell { Cell(try next(), try next(), try next()) }

    /// A cell around which a window fits the lattice, with the margin that snapping leaves.
    mutating func anchor(resolution: Int32) throws(SnapshotError) -> Cell {
        let limit = Int32.max - 2 * resolution
        return Cell(
            try number("anchor", -limit, limit), try number("anchor", -limit, limit),
            try number("anchor", -limit, limit))
    }

    mutating func probe(nextFrame: Int64, nextTicket: UInt64) throws(SnapshotError) -> ProbeState {
        let start = offset
        guard let lifecycle = Lifecycle(rawValue: try next()) else {
            throw .outOfRange(field: "lifecycle", value: "unknown", allowed: "0...6", offset: start)
        }
        var probe = ProbeState(generation: 0)
        probe.lifecycle = lifecycle
        probe.afterFlight = AfterFlight(rawValue: try number("after-flight flags", 0, 3))
        probe.lastUpdated = try lastUpdated(nextFrame, isNeeded: lifecycle == .valid || lifecycle == .stale)
        probe.queuedAt = try number("queued at", 0, Int32(clamping: max(0, nextFrame - 1)))
        // Only a cast that was aborted sets it, and from then on the probe has been initialised.
        let lastRetry = lifecycle == .uninitialized ? 0 : nextFrame + Int64(Model.retryDelayFrames)
        probe.retryAfter = try number("retry after", 0, Int32(clamping: lastRetry))
        probe.generation = try number("generation", 0, SnapshotReader.counterLimit32)
        if lifecycle == .queued { probe.ticket = try number("ticket", 1, max(1, nextTicket - 1)) }
        return probe
    }

    private mutating func lastUpdated(_ nextFrame: Int64, isNeeded: Bool) throws(SnapshotError) -> Int32 {
        let start = offset
        let value: Int32 = try next()
        if value == ProbeState.never, !isNeeded { return value }
        let limit = Int32(Model.frameLimit)
        guard value >= -limit, Int64(value) < nextFrame else {
            throw .outOfRange(
                field: "last updated", value: "\(value)", allowed: "-\(limit)...\(nextFrame - 1)",
                offset: start)
        }
        return value
    }

    mutating func payload() throws(SnapshotError) -> Payload {
        try flag("payload is there") ? try storedPayload() : .zero
    }

    mutating func storedPayload() throws(SnapshotError) -> Payload {
        let start = offset
        let bytes = try take(Payload.byteCount)
        // The reserved bytes are not part of a payload: they must be 0.
        if let payload = Payload(bytes: bytes), payload.isValid, bytes == payload.bytes[...] {
            return payload
        }
        throw .outOfRange(
            field: "payload", value: "not VALID, or with reserved bytes", allowed: "VALID, reserved bytes 0",
            offset: start)
    }

    /// All worlds; there is at least one. Those after the first are of the first one's seed and start state.
    mutating func worlds(_ configuration: Configuration?) throws(SnapshotError) -> [VoxelWorld] {
        let count: UInt32 = try number("worlds", 1, UInt32(Model.maximumInFlight + 1))
        var worlds: [VoxelWorld] = []
        for _ in 0..<count {
            let start = offset
            let seed: UInt64 = try next()
            let startsLoaded = try flag("chunks start loaded")
            let base = worlds.first ?? VoxelWorld(seed: seed, chunksStartLoaded: startsLoaded)
            guard base.seed == seed, base.chunksStartLoaded == startsLoaded,
                configuration.map({ $0.worldSeed == seed && $0.chunksStartLoaded == startsLoaded }) ?? true
            else {
                throw .outOfRange(
                    field: "world seed or start state", value: "\(seed)",
                    allowed: "those of the configuration", offset: start)
            }
            let world = base.replacing(try content())
            guard !worlds.contains(where: { $0.version == world.version }) else {
                throw .outOfRange(
                    field: "world version", value: "\(world.version) twice", allowed: "a number once",
                    offset: start)
            }
            worlds.append(world)
        }
        return worlds
    }

    private mutating func content() throws(SnapshotError) -> VoxelWorld.Content {
        var content = VoxelWorld.Content(version: try next(), edits: [], exceptions: [])
        let chunks: UInt32 = try next()
        for _ in 0..<chunks {
            let chunk = try self.chunk(after: content.edits.last?.chunk, SnapshotReader.chunkLimit)
            let count: UInt32 = try number("edits of a chunk", 1, 32768)
            var voxels: [(VoxelCoordinate, Material)] = []
            var least: UInt16 = 0
            for _ in 0..<count {
                // One more than 32767 is still a UInt16, and leaves nothing that would be allowed.
                let index: UInt16 = try number("edited voxel", least, 32767)
                let start = offset
                guard let material = Material(rawValue: try next()) else {
                    throw .outOfRange(
                        field: "material", value: "unknown", allowed: "0...\(Material.allCases.count - 1)",
                        offset: start)
                }
                let voxel = VoxelCoordinate(
                    chunk.x << 5 | Int64(index & 31), chunk.y << 5 | Int64(index >> 5 & 31),
                    chunk.z << 5 | Int64(index >> 10))
                voxels.append((voxel, material))
                least = index + 1
            }
            content.edits.append((chunk, voxels))
        }
        let exceptions: UInt32 = try next()
        for _ in 0..<exceptions { content.exceptions.append(try chunk(after: content.exceptions.last, .max)) }
        return content
    }

    private mutating func chunk(
        after previous: ChunkCoordinate?, _ limit: Int64
    ) throws(SnapshotError) -> ChunkCoordinate {
        let start = offset
        let least = limit == .max ? .min : -limit
        let greatest = limit == .max ? .max : limit - 1
        let chunk = ChunkCoordinate(
            try number("chunk", least, greatest), try number("chunk", least, greatest),
            try number("chunk", least, greatest))
        guard previous?.precedes(chunk) ?? true else {
            throw .outOfRange(
                field: "chunk", value: "\(chunk.x), \(chunk.y), \(chunk.z)", allowed: "ascending chunks",
                offset: start)
        }
        return chunk
    }
}
