import Foundation
import Hashing
import Recording
import Replay
import Streaming
import Testing
import Topology
import Voxels

/// The traces of the repository with fewer than 1,000 frames.
private enum SmallTrace {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Traces")
        .standardizedFileURL

    static let all: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".mcap") }.sorted()
    }()

    static func file(_ name: String) throws -> TraceFile {
        try TraceFile(path: folder.appending(path: name).path)
    }
}

private let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"

@Suite("Seeking equals replaying")
struct KeyframeTests {
    #if DEBUG
        /// In debug a frame takes thirty times as long: the traces that are quick there.
        private static let names =
            isFull
            ? SmallTrace.all
            : ["sessions.mcap", "tiny.mcap", "variant-claims.mcap"]
    #else
        private static let names = SmallTrace.all
    #endif

    @Test("the traces are there, and their number is known")
    func traces() throws {
        let small = try SmallTrace.all.filter { try SmallTrace.file($0).frameCount ?? 0 < 1000 }
        #expect(small.count >= 18)
        #expect(Set(KeyframeTests.names).isSubset(of: SmallTrace.all))
    }

    /// What a run has left of itself by hidden state would show in some frame after it.
    @Test(
        "a run that is written and read again after every frame has the digests of one that is not",
        arguments: names)
    func everyFrame(name: String) throws {
        let trace = try SmallTrace.file(name)
        guard try #require(trace.frameCount) < 1000 else { return }
        var expected: [FrameDigests] = []
        let linear = try Replayer.run(trace) { result, _ in expected.append(result.digests) }
        var state = RunState()
        var index = 0
        var casts = InlineCasts()
        try trace.forEachFrame { input in
            let result = try state.step(input, casts: casts, oracleInterval: 64)
            #expect(result.digests == expected[index], "frame \(input.frame)")
            index += 1
            // The larger the windows the more seldom: each time all of their probes are written and read.
            let cells = state.system.levels.reduce(0) { $0 + $1.probes.count }
            let step = isFull || cells < 2000 ? 1 : cells < 10_000 ? 4 : 16
            guard index % step == 0 else {
                return result.digests == expected[index - 1]
            }
            let bytes = Keyframe.encode(state)
            state = try Keyframe.decode(bytes)
            // Casts in flight begin anew, with a service that never heard of them.
            casts = InlineCasts()
            state.resumeCasts(casts)
            if index % 16 == 0 {
                #expect(Keyframe.encode(state) == bytes, "frame \(input.frame): written again")
                #expect(state.system.incrementalFaults() == [], "frame \(input.frame)")
            }
            return result.digests == expected[index - 1]
        }
        let run = try state.finished()
        #expect(run.digest == linear.digest)
        #expect(run.totals == linear.totals)
        #expect(run.clampings.map(\.clamping) == linear.clampings.map(\.clamping))
        #expect(run.incrementalFaults.isEmpty)
    }

    /// Every frame is sought from the last keyframe before it, through the trace's index.
    @Test("every frame that is sought has the digests of linear replay", arguments: names)
    func seek(name: String) throws {
        let trace = try SmallTrace.file(name)
        let count = try #require(trace.frameCount)
        guard count < 1000 else { return }
        // Odd, so that all places between two keyframes come up.
        let interval = 8
        let stride = isFull ? 1 : max(1, count / 10) | 1
        var expected: [FrameDigests] = []
        var keyframes: [[UInt8]] = []
        _ = try Replayer.run(trace) { result, state in
            expected.append(result.digests)
            if state.frameCount % interval == 0 { keyframes.append(Keyframe.encode(state)) }
        }
        for frame in Swift.stride(from: interval, to: count, by: stride) {
            let state = try Keyframe.decode(keyframes[frame / interval - 1])
            var found: [FrameDigests] = []
            _ = try Replayer.run(
                trace, options: ReplayOptions(oracleInterval: 0, lastFrame: Int32(frame)), from: state
            ) { result, _ in found.append(result.digests) }
            #expect(found.last == expected[frame], "frame \(frame)")
            #expect(found.count == frame % interval + 1, "frame \(frame): no more is stepped than has to be")
        }
    }
}

@Suite("Snapshots that are damaged")
struct SnapshotDamageTests {
    private static func snapshot() throws -> [UInt8] {
        let box = VoxelBox(lower: .init(-2, 80, -2), upper: .init(2, 84, 2))
        let events: [Int: [Event]] = [3: [.edit(box, .lamp), .chunkUnload(ChunkCoordinate(0, 3, 0))]]
        return try Replayer.run(walk(6, small(latency: 3), events: events)).system.snapshot()
    }

    /// The last 16 bytes made right, so that what is behind the checksum is reached.
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let content = Array(bytes.dropLast(16))
        var sealed = CanonicalBytes()
        sealed.append(contentsOf: content)
        sealed.append(XXH3.digest128(content))
        return sealed.bytes
    }

    @Test("what is written is read again, and written as it was")
    func roundTrip() throws {
        let bytes = try SnapshotDamageTests.snapshot()
        #expect(SnapshotDamageTests.sealed(bytes) == bytes)
        let system = try StreamingSystem(snapshot: bytes)
        #expect(system.snapshot() == bytes)
        #expect(system.incrementalFaults() == [])
        #expect(system.inFlightCount > 0)
        #expect(system.world.version == 2)
    }

    @Test("a snapshot cut anywhere is an error, with or without a checksum that agrees")
    func cuts() throws {
        let bytes = try SnapshotDamageTests.snapshot()
        for size in Swift.stride(from: 0, to: bytes.count, by: TestScale.isBrief ? 31 : 7) {
            #expect(throws: SnapshotError.self, "\(size) bytes") {
                try StreamingSystem(snapshot: Array(bytes.prefix(size)))
            }
            guard size >= 12 else { continue }
            let cut = SnapshotDamageTests.sealed(Array(bytes.prefix(size)) + Array(repeating: 0, count: 16))
            #expect(throws: SnapshotError.self, "\(size) bytes, sealed") {
                try StreamingSystem(snapshot: cut)
            }
        }
    }

    @Test("a flipped bit is an error")
    func flips() throws {
        let bytes = try SnapshotDamageTests.snapshot()
        for position in Swift.stride(from: 0, to: bytes.count, by: 61) {
            var damaged = bytes
            damaged[position] ^= 1 << UInt8(position % 8)
            #expect(throws: SnapshotError.self, "byte \(position)") {
                try StreamingSystem(snapshot: damaged)
            }
        }
    }

    /// Whoever makes the checksum right may have written anything: it is refused, or it can be gone on with.
    @Test("any byte changed under a checksum that agrees is an error or a state that steps")
    func hostile() throws {
        let bytes = try SnapshotDamageTests.snapshot()
        var accepted = 0
        let positions =
            Array(12..<112)
            + Array(Swift.stride(from: 112, to: bytes.count - 16, by: isFull ? 7 : 211))
        for position in positions {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] where bytes[position] != value {
                var changed = bytes
                changed[position] = value
                changed = SnapshotDamageTests.sealed(changed)
                guard let system = try? StreamingSystem(snapshot: changed) else { continue }
                accepted += 1
                guard accepted % 50 == 0 else { continue }
                var state = system
                let frame = Int32(state.nextFrame ?? 0)
                let casts = AbortingCasts()
                state.resumeCasts(casts)
                for next in frame..<frame + 4 {
                    _ = try? state.step(
                        FrameInput(
                            frame: next, session: state.session ?? 0,
                            camera: Camera(position: WorldPoint(Double(next), 82, 0))),
                        casts: casts)
                }
            }
        }
        #expect(accepted > 0)
    }
}
