package import Hashing
package import Replay
package import Streaming
package import Topology
package import Voxels

// What the laws have in common: runs that are made frame by frame, that fork, and that stand still until they have settled.

/// A run that a law steps by itself. A value but for who casts: ``fork()`` makes another that goes on from here.
package struct LawRun {
    package private(set) var state: RunState
    package let options: ReplayOptions
    private let casts: any CastService
    /// What has been stepped, from where the run, or the fork, began.
    package private(set) var inputs: [FrameInput] = []
    private let before: FrameInput?
    /// The input of the last frame; nil before the first.
    package var last: FrameInput? { inputs.last ?? before }

    package init(_ options: ReplayOptions, worldOrigin: ChunkCoordinate = ChunkCoordinate(0, 0, 0)) {
        self.options = options
        before = nil
        state = RunState(worldOrigin: worldOrigin)
        casts = options.casts()
    }

    /// A run that goes on from a state. `last` is the input of the frame before.
    package init(_ state: RunState, _ options: ReplayOptions, last: FrameInput?) {
        self.options = options
        self.state = state
        before = last
        casts = options.casts()
        self.state.resumeCasts(casts)
    }

    package func fork() -> LawRun { LawRun(state, options, last: last) }

    @discardableResult
    package mutating func step(_ input: FrameInput, watch: StageWatch? = nil) throws -> FrameResult {
        inputs.append(input)
        return try state.step(input, casts: casts, oracleInterval: 0, watch: watch)
    }

    /// As ``step(_:watch:)``, with a store that is kept elsewhere.
    @discardableResult
    package mutating func step(
        _ input: FrameInput, store: inout some StoreService, watch: StageWatch? = nil
    ) throws -> FrameResult {
        inputs.append(input)
        return try state.step(input, casts: casts, store: &store, oracleInterval: 0, watch: watch)
    }

    /// Steps the frame, and looks at the state at the end of one stage of it.
    package mutating func step<Seen>(
        _ input: FrameInput, lookingAfter wanted: Stage, _ look: @escaping (borrowing StreamingSystem) -> Seen
    ) throws -> (result: FrameResult, seen: Seen) {
        let sight = Sight<Seen>()
        let result = try step(input) { stage, _, system in
            if stage == wanted { sight.seen = look(system) }
        }
        guard let seen = sight.seen else { preconditionFailure("every stage of a frame comes to its end") }
        return (result, seen)
    }

    private final class Sight<Seen> { var seen: Seen? }

    // MARK: Frames behind the end of a trace

    /// The frame after the last one, with the camera where it was; nothing happens in it.
    ///
    /// - Precondition: a frame has been stepped.
    package func stillFrame(at position: WorldPoint? = nil, budgets: Budgets? = nil, events: [Event] = [])
        -> FrameInput
    {
        guard let last else { preconditionFailure("a run stands still after its first frame") }
        var camera = last.camera
        if let position { camera.position = position }
        return FrameInput(
            frame: last.frame + 1, engineTimeNanoseconds: last.engineTimeNanoseconds, session: last.session,
            camera: camera, budgets: budgets, events: events)
    }

    /// Whether nothing is left to be done, at once or when it comes back: only retries, and what grows old, will change anything.
    package var isQuiet: Bool {
        state.system.inFlightCount == 0 && !state.system.hasQueued
            && state.system.levels.allSatisfy { $0.candidateCount == 0 }
            && state.system.store?.requests.isEmpty ?? true
    }

    /// Frames without anything to do after which a run has settled: a store asks, and is answered, in the frames between.
    package static let quietFrames = 3
    /// Frames in which nothing came of anything, after which a run has settled too: whatever is tried again has been tried twice in them.
    package static let barrenFrames = 2 * Int(Model.retryDelayFrames) + 8

    /// Stands still until nothing is left to be done, or nothing but what is tried in vain again and again.
    ///
    /// - Parameters:
    ///   - limit: in frames.
    ///   - budgets: new ones for a frame, by its place; nil where they stay.
    /// - Returns: false where it has not come to that within the limit.
    /// - Throws: ``ReplayError``.
    package mutating func settle(
        limit: Int, _ budgets: (Int) -> Budgets? = { $0 == 0 ? .unlimited : nil }
    ) throws -> Bool {
        var quiet = 0
        var barren = 0
        for place in 0..<limit {
            let result = try step(stillFrame(budgets: budgets(place)))
            quiet = isQuiet ? quiet + 1 : 0
            barren = result.counts.allSatisfy(\.isBarren) ? barren + 1 : 0
            if quiet == LawRun.quietFrames || barren == LawRun.barrenFrames { return true }
        }
        return false
    }

    /// Frames within which standing still with unlimited budgets settles: 2048 casts at a time, and some for what is tried again.
    package var settleLimit: Int {
        let latency = Int(state.system.configuration?.castLatencyFrames ?? 0)
        return 64 + 2 * LawRun.barrenFrames + (state.system.probeCount / Model.maximumInFlight + 1)
            * (latency + 2)
    }
}

extension Budgets {
    /// As much as a configuration can allow.
    package static let unlimited = Budgets(
        perLevel: Array(repeating: 65536, count: 8), total: 65536, uploadBytes: 1 << 30)
}

extension LevelCounts {
    /// Nothing has become of anything, but for aborts.
    fileprivate var isBarren: Bool {
        entered + dirtied + promoted + disabled + committed + overtaken + restored == 0
    }
}

extension StreamingSystem {
    /// Probes of all levels.
    package var probeCount: Int { levels.reduce(0) { $0 + $1.window.count } }
}

extension WorldBox {
    /// Meets every cell that a run can have.
    static let everything = WorldBox(
        lower: WorldPoint(-0x1p38, -0x1p38, -0x1p38), upper: WorldPoint(0x1p38, 0x1p38, 0x1p38))
}

extension SeededRandom {
    /// Some of the numbers below `count`, ascending, each at most once.
    package mutating func sample(_ size: Int, of count: Int) -> [Int] {
        guard size < count else { return Array(0..<count) }
        var chosen: Set<Int> = []
        while chosen.count < size { chosen.insert(Int.random(in: 0..<count, using: &self)) }
        return chosen.sorted()
    }
}

/// Outcomes out of a seed and a job, without a ray: for runs in which it does not matter what a cast finds.
package final class DrawnCasts: CastService {
    private let seed: UInt64
    // Order: looked up by the batch, never walked.
    private var batches: [Int32: Int] = [:]

    package init(seed: UInt64) { self.seed = seed }

    package func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) { batches[batch] = jobs.count }

    package func finish(batch: Int32) -> [CastOutcome] {
        var random = SeededRandom(seed: seed ^ UInt64(truncatingIfNeeded: batch))
        var payload = Payload()
        payload.flags = Payload.validFlag
        return (0..<(batches.removeValue(forKey: batch) ?? 0)).map { _ in
            payload.aoU = UInt16(truncatingIfNeeded: random.next())
            return random.next() % 8 == 0 ? .aborted : .success(payload)
        }
    }

    package func abandon(batch: Int32) { batches[batch] = nil }
}
