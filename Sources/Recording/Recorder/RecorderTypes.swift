import Streaming
import Topology

extension TraceRecorder {
    /// A point of world space in blocks.
    public struct Point: Hashable, Sendable {
        /// Blocks along the first axis.
        public var x: Double
        /// Blocks along the upward axis.
        public var y: Double
        /// Blocks along the third axis.
        public var z: Double

        /// A point of these coordinates.
        public init(_ x: Double, _ y: Double, _ z: Double) {
            self.x = x
            self.y = y
            self.z = z
        }

        var content: WorldPoint { WorldPoint(x, y, z) }
    }

    /// The rotation from camera to world, as the quaternion `x i + y j + z k + w`.
    public struct Rotation: Hashable, Sendable {
        /// The part of i.
        public var x: Double
        /// The part of j.
        public var y: Double
        /// The part of k.
        public var z: Double
        /// The real part.
        public var w: Double

        /// A rotation of these parts.
        public init(x: Double, y: Double, z: Double, w: Double) {
            self.x = x
            self.y = y
            self.z = z
            self.w = w
        }

        /// No rotation.
        public static let identity = Rotation(x: 0, y: 0, z: 0, w: 1)
    }

    /// Integer coordinates of a voxel or of a chunk.
    public struct Coordinate: Hashable, Sendable {
        /// Along the first axis.
        public var x: Int64
        /// Along the upward axis.
        public var y: Int64
        /// Along the third axis.
        public var z: Int64

        /// These coordinates.
        public init(_ x: Int64, _ y: Int64, _ z: Int64) {
            self.x = x
            self.y = y
            self.z = z
        }
    }

    /// How much one frame may select for updates.
    public struct Budgets: Hashable, Sendable {
        /// Probes per level, finest first; at most 64 levels.
        public var perLevel: [Int32]
        /// Probes of all levels together.
        public var total: Int32
        /// Bytes to upload.
        public var uploadBytes: Int64

        /// Budgets of these numbers.
        public init(perLevel: [Int32], total: Int32, uploadBytes: Int64) {
            self.perLevel = perLevel
            self.total = total
            self.uploadBytes = uploadBytes
        }

        var content: Streaming.Budgets {
            Streaming.Budgets(perLevel: perLevel, total: total, uploadBytes: uploadBytes)
        }

        init(_ budgets: Streaming.Budgets) {
            self.init(perLevel: budgets.perLevel, total: budgets.total, uploadBytes: budgets.uploadBytes)
        }
    }

    /// Everything that a session is configured by. Begin with ``classic`` or ``current`` and change what differs.
    public struct Settings: Hashable, Sendable {
        /// The seed that the voxel world is made from.
        public var worldSeed: UInt64
        /// Whether a chunk that no event has named counts as loaded.
        public var chunksStartLoaded: Bool
        /// Version of the payload's layout.
        public var layoutVersion: UInt32
        /// Edge of a finest cell in blocks, 0.25...64.
        public var baseSpacing: Double
        /// Cells per axis of a level's window, 8...128.
        public var resolution: Int32
        /// Number of levels, 1...8.
        public var levels: Int32
        /// Distance in blocks within which a level keeps its anchor, 0...64; 0 snaps in every frame.
        public var reanchorDistance: Double
        /// Edge of a cache region in cells, a divisor of the resolution; 0 stands for the default.
        public var regionEdge: Int32
        /// Levels below this one always refresh on entry.
        public var nearLevels: Int32
        /// Capacity of the region cache in bytes; 0 switches it off.
        public var cacheBytes: Int64
        /// Frames from a cast's dispatch until its result is due, 0...255.
        public var castLatencyFrames: Int32
        /// Frames from a request to the store until its reply is due, 1...255.
        public var storeLatencyFrames: Int32
        /// How much a frame may select, until a frame says otherwise.
        public var budgets: Budgets
        /// Which system it is.
        public var variant: Variant

        /// A streaming system that the harness knows.
        public enum Variant: Sendable {
            /// The model as it is documented.
            case reference
            /// The engine of January 2026.
            case lumon2026_01
        }

        /// The engine's defaults.
        public static let classic = Settings(Configuration.classic)
        /// The profile that the engine ships today.
        public static let current = Settings(Configuration.current)

        init(_ configuration: Configuration) {
            worldSeed = configuration.worldSeed
            chunksStartLoaded = configuration.chunksStartLoaded
            layoutVersion = configuration.layoutVersion
            baseSpacing = configuration.baseSpacing
            resolution = configuration.resolution
            levels = configuration.levels
            reanchorDistance = configuration.reanchorDistance
            regionEdge = configuration.regionEdge
            nearLevels = configuration.nearLevels
            cacheBytes = configuration.cacheBytes
            castLatencyFrames = configuration.castLatencyFrames
            storeLatencyFrames = configuration.storeLatencyFrames
            budgets = Budgets(configuration.budgets)
            variant = configuration.variant == .reference ? .reference : .lumon2026_01
        }

        var content: Configuration {
            var result = Configuration.classic
            result.worldSeed = worldSeed
            result.chunksStartLoaded = chunksStartLoaded
            result.layoutVersion = layoutVersion
            result.baseSpacing = baseSpacing
            result.resolution = resolution
            result.levels = levels
            result.reanchorDistance = reanchorDistance
            result.regionEdge = regionEdge
            result.nearLevels = nearLevels
            result.cacheBytes = cacheBytes
            result.castLatencyFrames = castLatencyFrames
            result.storeLatencyFrames = storeLatencyFrames
            result.budgets = budgets.content
            result.variant = variant == .reference ? .reference : .lumon2026_01
            return result
        }
    }
}
