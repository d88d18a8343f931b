import Hashing
import Topology
package import Voxels

/// The streaming system: all state that a frame can see or change, as a value. A copy is a snapshot.
///
/// What the frame does is in ``step(_:casts:)``; what the state's parts mean, with their records.
package struct StreamingSystem: Sendable {
    /// The effective configuration; nil while no session runs.
    package internal(set) var configuration: Configuration?
    package internal(set) var world: VoxelWorld
    /// Finest first; empty while no session runs.
    package internal(set) var levels: [ProbeLevel] = []
    var queue = RequestQueue()
    var flights = FlightTable()
    /// Far cells outside the windows.
    package internal(set) var cache = RegionCache(grid: RegionGrid(edge: 1), baseSpacing: 1)
    /// The account of the session's store; nil where it has none.
    package internal(set) var store: StoreLedger?
    /// Grows with each session start and each rebuild; a request of an older epoch never counts.
    package internal(set) var epoch: UInt32 = 0
    /// The number of the running or last session; nil before the first.
    package internal(set) var session: UInt32?
    /// The number of the next frame; nil before the first.
    package internal(set) var nextFrame: Int64?
    /// A pure function of the resolution, kept because it is costly to make.
    var selectionOrder: SelectionOrder?
    /// No state: see ``VisitOrder``.
    package var visitOrder = VisitOrder()

    /// Which system it is; the reference while no session runs.
    var variant: Variant { configuration?.variant ?? .reference }

    package init() { self.init(worldOrigin: ChunkCoordinate(0, 0, 0)) }

    /// A system all of whose worlds are moved as a whole (``VoxelWorld/init(seed:chunksStartLoaded:origin:)``): for comparing
    /// runs.
    package init(worldOrigin: ChunkCoordinate) {
        world = VoxelWorld(seed: 0, chunksStartLoaded: true, origin: worldOrigin)
    }

    /// Casts that have been dispatched and not drained.
    package var inFlightCount: Int { flights.count }

    /// The casts in flight, by the frame that dispatched them.
    package var flightBatches: [FlightBatch] { flights.batches }
}

// MARK: Parts of the state in stage digests

extension StreamingSystem {
    /// Appends the parts of the state that a stage may have changed. Fixed order and width for each: an empty cache stands there as
    /// zeros, and so does a store that the session does not have.
    func append(_ parts: [StatePart], to bytes: inout CanonicalBytes) {
        for part in parts {
            switch part {
            case .states:
                bytes.append(UInt32(levels.count))
                for level in levels { bytes.append(level.stateSum) }
            case .payloads:
                bytes.append(UInt32(levels.count))
                for level in levels { bytes.append(level.payloadSum) }
            case .cache:
                bytes.append(cache.cellSum)
                bytes.append(cache.entrySum)
                bytes.append(UInt64(cache.bytes))
            case .requests:
                bytes.append(UInt32(levels.count))
                for level in levels {
                    bytes.append(queue.countsAll ? queue.sums[level.level] : level.queueSum)
                }
                bytes.append(flights.sum)
                bytes.append(UInt64(flights.count))
                bytes.append(epoch)
                bytes.append(queue.nextTicket)
                bytes.append(flights.nextSequence)
            case .world:
                bytes.append(world.seed)
                bytes.append(world.chunksStartLoaded)
                bytes.append(world.version)
                bytes.append(world.contentSum)
            case .index:
                bytes.append(store?.rowSum ?? LeafSum())
                bytes.append(store?.pendingSum ?? LeafSum())
                bytes.append(UInt64(store?.clock(in: Int32(truncatingIfNeeded: (nextFrame ?? 1) - 1)) ?? 0))
            }
        }
    }
}

extension StreamingSystem {
    /// A frame of a run none of whose sessions has a store.
    package mutating func step(
        _ input: FrameInput, casts: some CastService, watch: StageWatch? = nil
    ) throws(FrameError) -> FrameResult {
        var none = NoStore()
        return try step(input, casts: casts, store: &none, watch: watch)
    }
}
