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
        } + [("cached", try state(after: cachedFrames()))]
    }

    static func state(after frames: some Sequence<FrameInput>) throws -> RunState {
        var state = RunState()
        let casts = InlineCasts()
        for input in frames { _ = try state.step(input, casts: casts, oracleInterval: 0) }
        return state
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
