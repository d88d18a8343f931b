import Foundation
import Hashing
import Replay
import Streaming
import Testing
import Topology
import Voxels

/// Configurations, paths and sessions for runs with a cache and a store.
enum StoreRuns {
    /// Small windows that fill within a few frames; regions of 2 cells.
    static func configuration(seed: UInt64 = 3, cacheBytes: Int64 = 1 << 20) -> Configuration {
        var configuration = small(levels: 3, budget: 200, latency: 1, seed: seed)
        configuration.regionEdge = 2
        configuration.cacheBytes = cacheBytes
        return configuration
    }

    /// A camera that walks away along x and comes back.
    static func thereAndBack(
        _ count: Int, from first: Int32 = 0, session: UInt32 = 0, speed: Double = 2, height: Double = 84,
        events: [Int: [Event]] = [:]
    ) -> [FrameInput] {
        (0..<count).map { index in
            let way = Double(min(index, count - index)) * speed
            return FrameInput(
                frame: first + Int32(index), session: session,
                camera: Camera(position: WorldPoint(way + 0.5, height, -3)), events: events[index] ?? [])
        }
    }

    /// Sessions one after the other at the same place, each with a store; `contents` is what the first finds.
    static func sessions(
        _ configurations: [Configuration], frames: Int = 40, cap: Int64 = 1 << 24, height: Double = 84,
        contents: StoreContents? = nil,
        events: [Int: [Event]] = [:]
    ) -> [FrameInput] {
        var inputs: [FrameInput] = []
        for (session, configuration) in configurations.enumerated() {
            var own = events
            let start: [Event] = [
                .sessionStart(configuration),
                .store(sizeCapBytes: cap, contents: session == 0 ? contents : nil),
            ]
            own[0] = (session == 0 ? [] : [.sessionEnd]) + start + (events[0] ?? [])
            inputs += thereAndBack(
                frames, from: Int32(inputs.count), session: UInt32(session), height: height,
                events: session == 0 ? own : [0: own[0] ?? []])
        }
        return inputs
    }

    static func totals(_ frames: [FrameInput]) throws -> (Run, [LevelCounts]) {
        let run = try Replayer.run(frames, options: ReplayOptions(oracleInterval: 1))
        return (run, run.totals)
    }
}

@Suite struct StoreRunTests {
    @Test func aWalkThereAndBackReusesFarLevelsAndRefreshesNearOnes() throws {
        let start: [Int: [Event]] = [0: [.sessionStart(StoreRuns.configuration())]]
        let (run, totals) = try StoreRuns.totals(StoreRuns.thereAndBack(60, events: start))
        #expect(run.incrementalFaults.isEmpty)
        #expect(totals[0].restored == 0)
        #expect(totals[1].restored > 0)
        #expect(totals[2].restored > 0)
    }

    @Test func aSessionWithTheSameKeyStartsWarm() throws {
        let one = StoreRuns.configuration()
        let (run, totals) = try StoreRuns.totals(StoreRuns.sessions([one, one]))
        #expect(run.incrementalFaults.isEmpty)
        #expect(totals[1].stored > 0)
        #expect(totals.reduce(0) { $0 + $1.refused } == 0)
        var restoredInSecond = 0
        _ = try Replayer.run(StoreRuns.sessions([one, one])) { result, _ in
            if result.frame > 40 { restoredInSecond += result.counts.reduce(0) { $0 + $1.restored } }
        }
        #expect(restoredInSecond > 100)
    }

    @Test func everyFrameCanBeGoneOnFrom() throws {
        let one = StoreRuns.configuration(cacheBytes: 20_000)
        var other = one
        other.baseSpacing = 3
        let box = WorldBox(lower: WorldPoint(-30, 0, -30), upper: WorldPoint(20, 200, 30))
        let frames = StoreRuns.sessions(
            [one, other, one], cap: 60_000,
            events: [
                2: [.invalidate(box)],
                20: [
                    .invalidate(box),
                    .edit(
                        VoxelBox(lower: VoxelCoordinate(0, 80, 0), upper: VoxelCoordinate(4, 84, 4)), .lamp),
                ],
                25: [.storeDamage(RegionKey(level: 1, region: Cell(0, 10, -1)))],
            ])
        var keyframes: [[UInt8]] = []
        let linear = try Replayer.run(frames, options: ReplayOptions(oracleInterval: 1)) { _, state in
            keyframes.append(Keyframe.encode(state))
        }
        #expect(linear.incrementalFaults.isEmpty)
        let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
        let step = isFull ? 1 : TestScale.isBrief ? 53 : 17
        for index in stride(from: 0, to: keyframes.count - 1, by: step) {
            let bytes = keyframes[index]
            let state = try Keyframe.decode(bytes)
            #expect(Keyframe.encode(state) == bytes)
            let run = try Replayer.run(frames, from: state)
            try #require(run.digest == linear.digest)
        }
    }
}
