import Foundation
import Persistence
import Recording
import Replay
import Streaming
import Testing
import Topology
import Voxels

/// How much the tests do.
enum TestScale {
    /// In debug, where a run takes seconds: less in every run of the tests, and all with LUMON_TEST_FULL=1.
    static let isBrief: Bool = {
        #if DEBUG
            ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] != "1"
        #else
            false
        #endif
    }()
}

/// Paths and events for live runs.
enum LiveScenario: String, CaseIterable, Sendable {
    /// Two of them where tests are brief.
    static let sample: [LiveScenario] = TestScale.isBrief ? [.busy, .warmStart] : allCases

    /// Edits that meet casts in flight, chunks that go and come, a reload, two sessions.
    case busy
    /// A walk there and back over a cache.
    case cached
    /// Jumps from place to place, so that most of what comes back is dropped.
    case jumps
    /// Two sessions of one key with a store: the second starts warm.
    case warmStart
    /// A store that is too small for what is written, with edits that mark rows.
    case smallStore
    /// Three sessions with a store, the second with another layout.
    case layouts
    /// A cache so small that all goes to the store and comes back.
    case overflowing

    var hasStore: Bool {
        switch self {
        case .busy, .cached, .jumps: false
        case .warmStart, .smallStore, .layouts, .overflowing: true
        }
    }

    var frames: [FrameInput] {
        let one = StoreRuns.configuration()
        let box = VoxelBox(lower: VoxelCoordinate(-4, 80, -6), upper: VoxelCoordinate(12, 88, 2))
        switch self {
        case .busy: return ReplayTests.busy()
        case .cached:
            return StoreRuns.thereAndBack(60, events: [0: [.sessionStart(one)], 20: [.edit(box, .stone)]])
        case .jumps:
            var frames = walk(60, small(levels: 3, budget: 40))
            for index in frames.indices {
                frames[index].camera.position.x += Double(index / 6) * 37
                if index % 16 == 9 {
                    frames[index].budgets = Budgets(perLevel: [3, 90, 2], total: 60, uploadBytes: 1 << 20)
                }
            }
            return frames
        case .warmStart: return StoreRuns.sessions([one, one])
        case .smallStore:
            return StoreRuns.sessions(
                [one, one], cap: 40_000, events: [0: [], 12: [.edit(box, .stone)], 20: [.edit(box, .air)]])
        case .layouts:
            var other = one
            other.layoutVersion = 2
            return StoreRuns.sessions([one, other, one], frames: 30)
        case .overflowing:
            var tight = one
            tight.cacheBytes = 6_000
            return StoreRuns.sessions([tight, tight], frames: 50)
        }
    }
}

/// A folder of one test's own; gone with the value.
final class LiveFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("live-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

/// A live run of a scenario, its trace, and what each frame came to.
struct LiveSample {
    var trace: TraceFile
    var run: Run
    var outcome: LiveRun.Outcome
    var digests: [FrameDigests] = []
    /// Requests of casts in the order in which they were drained, frame by frame.
    var orders: [[UInt64]] = []
    var storeReplies: [[UInt64]] = []

    init(
        _ frames: [FrameInput], folder: LiveFolder, live: LiveRun, hasStore: Bool = false,
        storeDelayMicroseconds: UInt32 = 0, seed: UInt64 = 0, options: FrameRecorder.Options = .init()
    ) throws {
        let path = folder.path("run.mcap")
        let delays = Delays(seed: seed, maximumMicroseconds: storeDelayMicroseconds)
        let store =
            try hasStore
            ? FileStore(path: folder.path("a.store"), pace: .live, beforeTransaction: { delays.sleep() })
            : nil
        let recorder = try FrameRecorder(path: path, options: options)
        var digests: [FrameDigests] = []
        var orders: [[UInt64]] = []
        var replies: [[UInt64]] = []
        (run, outcome) = try live.run(frames, store: store, to: recorder) { input, result in
            digests.append(result.digests)
            orders.append(input.castResults ?? [])
            replies.append((input.storeReplies ?? []).map(\.request))
        }
        try recorder.finish()
        _ = try store?.close()
        trace = try TraceFile(path: path)
        self.digests = digests
        self.orders = orders
        storeReplies = replies
    }
}

/// Sleeps at random. `@unchecked Sendable`: used by the store's thread only.
private final class Delays: @unchecked Sendable {
    private let maximum: UInt32
    private var random: SeededGenerator

    init(seed: UInt64, maximumMicroseconds: UInt32) {
        maximum = maximumMicroseconds
        random = SeededGenerator(seed: seed)
    }

    func sleep() {
        guard maximum > 0 else { return }
        usleep(UInt32.random(in: 0...maximum, using: &random))
    }
}
