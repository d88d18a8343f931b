package import Hashing
package import Topology

/// How much one frame may select for updates. Live: it may change in every frame.
package struct Budgets: Hashable, Sendable {
    /// Probes per level, finest first. A list that is too short is extended by `max(1, last >> 1)`,
    /// a long one is cut to the number of levels.
    package var perLevel: [Int32]
    /// Probes of all levels together.
    package var total: Int32
    /// Bytes to upload, at so many a probe as the variant says.
    package var uploadBytes: Int64

    package init(perLevel: [Int32], total: Int32, uploadBytes: Int64) {
        self.perLevel = perLevel
        self.total = total
        self.uploadBytes = uploadBytes
    }

    /// The most probes that the budgets of all levels together allow in one frame.
    package func maximumProbes(_ variant: Variant) -> Int {
        min(Int(total), Int(uploadBytes / variant.uploadBytesPerProbe))
    }
}

/// The constants of the model that no configuration changes. Those marked (E) are the engine's.
package enum Model {
    /// (E) Casts in flight, retired ones included, at which dispatching stops.
    package static let maximumInFlight = 2048
    /// (E) Frames after which a probe that was queued and not dispatched becomes Dirty again.
    package static let queueExpiryFrames: Int32 = 30
    /// (E) Frames before a probe whose cast was aborted may be selected again.
    package static let retryDelayFrames: Int32 = 60
    /// Frames are numbered below this, so that every frame in which something comes due (the largest age is
    /// 60000 frames) fits a signed 32-bit integer.
    package static let frameLimit: Int64 = (1 << 31) - (1 << 16)

    /// Version of what a cast makes of a voxel world: part of the key under which light is stored. To be raised by whoever changes
    /// the terrain, the materials, the sky or the sums.
    package static let lightVersion: UInt32 = 1

    /// The largest size cap of a store, in bytes.
    package static let maximumStoreBytes: Int64 = 1 << 50

    /// (E) Age in frames at which a Valid probe becomes Stale: `trunc(clamp(600 * max(1, s), 60, 60000))`.
    package static func staleAgeFrames(spacing: Double) -> Int32 {
        Int32(min(max(600 * max(1, spacing), 60), 60000))
    }
}

/// Everything that a session is configured by. Values as a user gives them; ``effective()`` brings
/// them within their bounds.
package struct Configuration: Hashable, Sendable {
    /// The seed that the voxel world is made from.
    package var worldSeed: UInt64
    /// Whether a chunk that no event has named counts as loaded.
    package var chunksStartLoaded: Bool
    /// Version of the payload's layout; a change makes every cell Dirty.
    package var layoutVersion: UInt32
    /// Edge of a finest cell in blocks, 0.25...64.
    package var baseSpacing: Double
    /// Cells per axis of a level's window, 8...128.
    package var resolution: Int32
    /// Number of levels, 1...8.
    package var levels: Int32
    /// Distance in blocks within which a level keeps its anchor, 0...64; 0 snaps in every frame.
    package var reanchorDistance: Double
    /// Edge of a cache region in cells, a divisor of the resolution; 0 stands for the default.
    package var regionEdge: Int32
    /// Levels below this one always refresh on entry.
    package var nearLevels: Int32
    /// Capacity of the region cache in bytes, 0...2^40; 0 switches it off.
    package var cacheBytes: Int64
    /// Frames from a cast's dispatch until its result is due, 0...255.
    package var castLatencyFrames: Int32
    /// Frames from a request to the store until its reply is due, 1...255.
    package var storeLatencyFrames: Int32
    package var budgets: Budgets
    /// Which system it configures.
    package var variant = Variant.reference

    /// The engine's defaults.
    package static let classic = Configuration(
        worldSeed: 0, chunksStartLoaded: true, layoutVersion: 1, baseSpacing: 2, resolution: 32, levels: 4,
        reanchorDistance: 0, regionEdge: 0, nearLevels: 1, cacheBytes: 64 << 20, castLatencyFrames: 2,
        storeLatencyFrames: 4,
        budgets: Budgets(perLevel: [256, 128, 64, 32], total: 512, uploadBytes: 2 << 20))

    /// The profile that the engine ships today.
    package static let current = Configuration(
        worldSeed: 0, chunksStartLoaded: true, layoutVersion: 1, baseSpacing: 1.5, resolution: 20,
        levels: 3, reanchorDistance: 0, regionEdge: 0, nearLevels: 1, cacheBytes: 64 << 20,
        castLatencyFrames: 2,
        storeLatencyFrames: 4,
        budgets: Budgets(perLevel: [64, 32, 16], total: 128, uploadBytes: 4 << 20))

    /// The presets by the names that scenarios and the command line use.
    package static let presets: [(name: String, configuration: Configuration)] = [
        ("classic", classic), ("current", current),
    ]

    package var lattice: Lattice {
        Lattice(
            baseSpacing: baseSpacing, levels: Int(levels), resolution: resolution,
            isHalfCell: variant.hasHalfCellWindow && resolution % 2 != 0)
    }

    /// Whether going from `other` to this configuration drops everything and begins a new epoch.
    package func needsRebuild(from other: Configuration) -> Bool {
        baseSpacing != other.baseSpacing || resolution != other.resolution || levels != other.levels
    }

    /// Appends every field in the order of declaration, the budgets last. The number of the variant, twice, is added to the byte that says
    /// whether chunks start loaded, so that a configuration of the reference has the bytes that it had when there was no other variant.
    package func append(to bytes: inout CanonicalBytes) {
        bytes.append(worldSeed)
        bytes.append((chunksStartLoaded ? 1 : 0) + 2 * variant.rawValue)
        bytes.append(layoutVersion)
        bytes.append(baseSpacing)
        bytes.append(resolution)
        bytes.append(levels)
        bytes.append(reanchorDistance)
        bytes.append(regionEdge)
        bytes.append(nearLevels)
        bytes.append(cacheBytes)
        bytes.append(castLatencyFrames)
        bytes.append(storeLatencyFrames)
        budgets.append(to: &bytes)
    }
}

extension Budgets {
    /// Appends the number of levels, the budgets of the levels, the total and the upload bytes.
    package func append(to bytes: inout CanonicalBytes) {
        bytes.append(UInt32(perLevel.count))
        for budget in perLevel { bytes.append(budget) }
        bytes.append(total)
        bytes.append(uploadBytes)
    }
}
