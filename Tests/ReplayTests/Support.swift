import Hashing
import Replay
import Streaming
import Topology
import Verification
import Voxels

/// A seeded generator (SplitMix64), so that a failure can be repeated from the printed seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A configuration of the smallest windows.
func small(levels: Int32 = 2, budget: Int32 = 6, latency: Int32 = 2, seed: UInt64 = 3) -> Configuration {
    var configuration = Configuration.classic
    configuration.worldSeed = seed
    configuration.resolution = 8
    configuration.levels = levels
    configuration.castLatencyFrames = latency
    configuration.budgets = Budgets(
        perLevel: Array(repeating: budget, count: Int(levels)), total: budget * levels,
        uploadBytes: 1 << 20)
    return configuration
}

/// A camera that goes one finest cell in every second frame.
func walk(
    _ count: Int, _ configuration: Configuration = small(), from first: Int32 = 0,
    events: [Int: [Event]] = [:]
) -> [FrameInput] {
    (0..<count).map { index in
        FrameInput(
            frame: first + Int32(index), engineTimeNanoseconds: Int64(index) * 16_666_667,
            camera: Camera(position: WorldPoint(Double(index) + 0.5, 84, -3)),
            events: (index == 0 ? [.sessionStart(configuration)] : []) + (events[index] ?? []))
    }
}

/// Events of every kind: edits that meet casts in flight, chunks that go and come, a reload, two sessions.
func busy() -> [FrameInput] {
    let box = VoxelBox(lower: VoxelCoordinate(-4, 80, -6), upper: VoxelCoordinate(8, 88, 2))
    var reloaded = small(budget: 8)
    reloaded.castLatencyFrames = 5
    var frames = walk(
        24, small(budget: 12, latency: 3),
        events: [
            4: [.edit(box, .stone)], 6: [.edit(box, .air)], 7: [.chunkUnload(ChunkCoordinate(0, 2, 0))],
            9: [.invalidate(WorldBox(lower: WorldPoint(-8, 70, -8), upper: WorldPoint(8, 90, 8)))],
            11: [.chunkLoad(ChunkCoordinate(0, 2, 0))], 13: [.configure(reloaded)],
            18: [.sessionEnd, .sessionStart(small(levels: 1, budget: 12, seed: 9))],
        ])
    for index in 18..<24 { frames[index].session = 1 }
    return frames
}

/// Every frame's digests.
func digests(_ frames: [FrameInput], workers: Int = 1) throws -> [FrameDigests] {
    var found: [FrameDigests] = []
    _ = try Replayer.run(frames, options: ReplayOptions(workers: workers)) { result, _ in
        found.append(result.digests)
    }
    return found
}

/// Every frame's digests, with casts of somebody's own.
func digests(_ frames: [FrameInput], casts: some CastService) throws -> [FrameDigests] {
    var system = StreamingSystem()
    return try frames.map { try system.step($0, casts: casts).digests }
}

let someTrace = Digest128(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)

/// The digests file of a run.
func recorded(_ frames: [FrameInput]) throws -> DigestsFile {
    var rows: [DigestRow] = []
    let run = try Replayer.run(frames) { result, _ in rows.append(DigestRow(result.digests)) }
    return DigestsFile(
        firstFrame: run.firstFrame, levelCount: run.levelCount, trace: someTrace, run: run.digest, rows: rows)
}

/// Casts nothing before it is asked for the outcomes, then in an order drawn from a seed, and keeps every
/// batch for good: so that two copies of a system can finish the same batch.
final class LateCasts: CastService {
    private var batches: [Int32: (jobs: [CastJob], world: VoxelWorld)] = [:]
    private var generator: SeededGenerator
    private(set) var finished = 0
    private(set) var abandoned = 0

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) { batches[batch] = (jobs, world) }

    func finish(batch: Int32) -> [CastOutcome] {
        finished += 1
        guard let (jobs, world) = batches[batch] else {
            preconditionFailure("batch \(batch) was never begun")
        }
        var outcomes = [CastOutcome](repeating: .aborted, count: jobs.count)
        for index in jobs.indices.shuffled(using: &generator) {
            var caster = ProbeCaster(world: world)
            outcomes[index] = caster.cast(from: jobs[index].origin, distance: jobs[index].distance)
        }
        return outcomes
    }

    func abandon(batch: Int32) { abandoned += 1 }
}
