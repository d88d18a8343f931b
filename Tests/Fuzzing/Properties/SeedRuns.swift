import Hashing
import Replay
import Streaming
import Topology
import Voxels

// The runs that seeds are made of: a few frames of one small level.

extension Seeds {
    static var configuration: Configuration {
        var configuration = Configuration.classic
        configuration.resolution = 8
        configuration.levels = 1
        configuration.castLatencyFrames = 2
        configuration.budgets = Budgets(perLevel: [3], total: 3, uploadBytes: 1 << 10)
        return configuration
    }

    /// One of each event that has nothing to do with a store.
    static func frames(levels: Int32 = 1) -> [FrameInput] {
        var first = configuration
        first.levels = levels
        var reloaded = first
        reloaded.castLatencyFrames = 1
        let box = VoxelBox(lower: VoxelCoordinate(0, 80, 0), upper: VoxelCoordinate(2, 82, 1))
        let light = WorldBox(lower: WorldPoint(-4, 70, -4), upper: WorldPoint(4, 90, 4))
        var frames = frames(of: [
            [.sessionStart(first)], [.edit(box, .stone), .chunkUnload(ChunkCoordinate(0, 2, 0))],
            [.invalidate(light), .chunkLoad(ChunkCoordinate(0, 2, 0))], [.configure(reloaded)],
            [.sessionEnd],
        ])
        frames[2].budgets = first.budgets
        return frames
    }

    static func frames(of events: [[Event]]) -> [FrameInput] {
        events.enumerated().map { index, events in
            FrameInput(
                frame: Int32(index), engineTimeNanoseconds: Int64(index) * 16_666_667,
                camera: Camera(position: WorldPoint(Double(index) + 0.5, 84, -3)), events: events)
        }
    }

    /// Runs that stand after some frame; the one after the last has no session any more.
    static func states() throws -> [(name: String, state: RunState)] {
        let frames = frames()
        return try [1, 2, 4, frames.count].map {
            ("after-\($0)", try state(after: frames.prefix($0)))
        } + [
            ("cached", try state(after: cachedFrames())),
            ("drained-in-part", try state(after: liveFrames().prefix(4))),
            ("variant", try state(after: variantFrames())),
        ]
    }

    static func state(after frames: some Sequence<FrameInput>) throws -> RunState {
        var state = RunState()
        let casts = InlineCasts()
        for input in frames { _ = try state.step(input, casts: casts, oracleInterval: 0) }
        return state
    }

    /// A live run of a variant whose workers claim: of three frames' requests some are in the queue, some in flight, in no order.
    static func variantFrames() -> [FrameInput] {
        var variant = configuration
        variant.variant = .lumon2026_01
        variant.budgets.uploadBytes = 1 << 20
        var frames = frames(of: [[.sessionStart(variant)], [], []])
        for (frame, claims) in zip(
            frames.indices, [[], [(3, 1), (1, 6)], [(5, 2), (2, 7)]] as [[(UInt64, UInt32)]])
        {
            frames[frame].castResults = []
            frames[frame].storeReplies = []
            var work = EngineWork()
            work.claimed = claims.map(\.0)
            work.claimStages = claims.map(\.1)
            if !work.isEmpty { frames[frame].engineWork = work }
        }
        return frames
    }

    /// A live run that drains casts in parts, late and early, in another order than theirs.
    static func liveFrames() -> [FrameInput] {
        let engine = Engine(name: "engine 1", stages: ["input", "rest"], hasOwnVoxels: false)
        var frames = frames(of: [
            [.sessionStart(configuration), .store(sizeCapBytes: 1 << 20, contents: nil), .engine(engine)], [],
            [],
            [], [.sessionEnd],
        ])
        // Three casts in each frame.
        for (frame, drained) in zip(frames.indices, [[], [1], [], [5, 0], []] as [[UInt64]]) {
            frames[frame].castResults = drained
            frames[frame].storeReplies = []
        }
        frames[1].storeReplies = [
            StoreArrival(
                request: 0, reply: .index(StoreIndex(clock: 1, rows: [], worlds: [], damagedRows: 2)))
        ]
        return frames
    }

    /// What else a recording of a live run can hold, whether or not the run is so: an engine's work, a checkpoint, a foreign
    /// snapshot, a gap.
    static func recordedFrames() -> [FrameInput] {
        var frames = liveFrames()
        frames[1].checkpoint = Checkpoint(
            digestVersion: 2, stages: [Digest64(1), Digest64(.max)], levels: [Digest64(3)],
            frame: Digest128(high: 4, low: 5))
        frames[2].snapshot = RecordedSnapshot(format: "another", state: [1, 2, 3])
        frames[2].camera.selectionPosition = WorldPoint(1, 2, 3)
        var work = EngineWork()
        (work.outcomes, work.payloads) = ([1, 4], [6, 7])
        (work.claimed, work.claimStages) = ([3, 2], [0, 1])
        (work.accepted, work.refused, work.solid) = ([9], [8], [11])
        frames[3].engineWork = work
        frames[4].frame += 7
        frames[4].missedFrames = 7
        return frames
    }

    /// A far level whose probes leave its window all at once.
    static func cachedFrames() -> [FrameInput] {
        var far = configuration
        far.nearLevels = 0
        far.castLatencyFrames = 0
        var frames = frames(of: [[.sessionStart(far)], [], []])
        frames[2].camera.position = WorldPoint(500, 84, -3)
        return frames
    }

    /// The frames of ``frames(levels:)``, and two sessions with the events of a store: one that is as the run left it,
    /// and one that was there before the run.
    static func storingFrames() -> [FrameInput] {
        let key = StoreKey(configuration.effective().configuration)
        let rows = [Cell(0, 1, 2), Cell(1, 1, 2)].map { RowKey(key, RegionKey(level: 0, region: $0)) }
        // A row that the run took, spoiled, and one that it did not.
        let contents = StoreContents(
            index: StoreIndex(
                clock: 9,
                rows: rows.enumerated().map { place, row in
                    StoreIndex.Entry(
                        row,
                        StoreRow(
                            clock: Int64(place) + 8, present: CellMask(words: [UInt64(place) + 1]),
                            content: Digest64(0x0102)))
                },
                worlds: [StoreIndex.World(seed: key.worldSeed, edits: LeafSum())], damagedRows: 1),
            taken: [rows[0]: [1, 2, 3]])
        let sessions = frames(of: [
            [.sessionStart(configuration), .store(sizeCapBytes: 1 << 20, contents: nil)],
            [.storeDamage(rows[0].region), .writeBackDropped(rows[1])], [.storeOff],
            [.sessionEnd, .sessionStart(configuration), .store(sizeCapBytes: 0, contents: contents)],
        ])
        return frames()
            + sessions.map { input in
                var input = input
                input.frame += 5
                input.session = input.frame < 8 ? 1 : 2
                return input
            }
    }
}
