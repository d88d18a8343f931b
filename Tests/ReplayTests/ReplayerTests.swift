import Hashing
import Replay
@testable import Streaming
import Testing
import Topology
import Voxels

@Suite("Trace in, run out")
struct ReplayerTests {
    @Test("a run says what was run")
    func runHoldsWhatWasRun() throws {
        let frames = walk(10, small(levels: 3), from: 40)
        var seen: [Int32] = []
        var bytes = CanonicalBytes()
        let run = try Replayer.run(frames) { result, state in
            let system = state.system
            seen.append(result.frame)
            bytes.append(result.digests.frame)
            #expect(system.nextFrame == Int64(result.frame) + 1)
        }
        #expect(seen == Array(40..<50))
        #expect(run.firstFrame == 40)
        #expect(run.frameCount == 10)
        #expect(run.levelCount == 3)
        #expect(run.digest == bytes.digest128())
        #expect(run.incrementalFaults.isEmpty)
        #expect(run.totals.count == 3)
        #expect(run.totals[0].cast > 0)
    }

    @Test("stopping after a frame gives the head of the whole run", arguments: [0, 3, 9, 20])
    func lastFrame(last: Int32) throws {
        let frames = walk(10)
        var head: [Digest128] = []
        _ = try Replayer.run(frames, options: ReplayOptions(lastFrame: last)) { result, _ in
            head.append(result.digests.frame)
        }
        #expect(head == Array(try digests(frames).map(\.frame).prefix(Int(last) + 1)))
    }

    @Test("how often sums are rebuilt does not show", arguments: [0, 1, 3, 256])
    func rebuildIntervalDoesNotShow(interval: Int32) throws {
        let frames = busy()
        let run = try Replayer.run(frames, options: ReplayOptions(oracleInterval: interval))
        #expect(run.digest == (try Replayer.run(frames)).digest)
        #expect(run.incrementalFaults.isEmpty)
    }

    @Test("no frame is an error")
    func noFrames() {
        #expect { try Replayer.run([FrameInput]()) } throws: { error in
            if case ReplayError.noFrames = error { true } else { false }
        }
        #expect { try Replayer.checkInputs([FrameInput]()) } throws: { error in
            if case ReplayError.noFrames = error { true } else { false }
        }
    }

    @Test("a refused frame is named, with the reason, whatever casts")
    func refusedFrames() throws {
        var gap = walk(6)
        gap.remove(at: 3)
        var far = walk(6)
        far[4].camera.position.x = 1e300
        var number = walk(6)
        number[2].session = 7
        var edit = walk(6)
        let huge = VoxelBox(
            lower: VoxelCoordinate(0, 0, 0), upper: VoxelCoordinate(1 << 20, 1 << 20, 1 << 20))
        edit[5].events = [.edit(huge, .stone)]
        var start = walk(6)
        start[0].events = []
        let cases: [(name: String, frames: [FrameInput], frame: Int32)] = [
            ("gap", gap, 4), ("far", far, 4), ("session", number, 2), ("edit", edit, 5),
            ("no session", start, 0),
        ]
        for (name, frames, expected) in cases {
            for workers in [1, 3] {
                #expect("\(name), \(workers) workers") {
                    try Replayer.run(frames, options: ReplayOptions(workers: workers))
                } throws: { error in
                    if case ReplayError.frameRefused(let frame, _) = error {
                        frame == expected
                    } else {
                        false
                    }
                }
            }
            #expect("\(name), inputs only") {
                try Replayer.checkInputs(frames)
            } throws: { error in
                if case ReplayError.frameRefused(let frame, _) = error { frame == expected } else { false }
            }
        }
    }

    @Test("what the observer throws ends the run and comes out")
    func observerThrows() {
        struct Enough: Error {}
        var seen = 0
        #expect(throws: Enough.self) {
            try Replayer.run(walk(10)) { _, _ in
                seen += 1
                if seen == 4 { throw Enough() }
            }
        }
        #expect(seen == 4)
    }

    @Test("the last frame that there can be is replayed")
    func lastFrameOfAll() throws {
        let run = try Replayer.run(walk(3, from: Int32(Model.frameLimit - 3)))
        #expect(run.frameCount == 3)
        #expect(run.system.nextFrame == Model.frameLimit)
    }

    @Test("clamped values are reported with their frame, by a run and by a check of the inputs")
    func clampings() throws {
        var configuration = small()
        configuration.castLatencyFrames = 9999
        let frames = walk(3, configuration)
        let run = try Replayer.run(frames)
        #expect(run.clampings.map(\.frame) == [0])
        #expect(try Replayer.checkInputs(frames).map(\.clamping) == run.clampings.map(\.clamping))
    }
}

@Suite("The oracle of the incremental sums")
struct OracleTests {
    private func system() throws -> StreamingSystem {
        let box = VoxelBox(lower: VoxelCoordinate(-4, 80, -6), upper: VoxelCoordinate(8, 88, 2))
        let system = try Replayer.run(walk(10, small(latency: 3), events: [4: [.edit(box, .lamp)]])).system
        #expect(system.incrementalFaults().isEmpty)
        #expect(system.inFlightCount > 0)
        return system
    }

    @Test("state and payload sums that do not belong to their cells are reported, with the level")
    func wrongSums() throws {
        for level in 0..<2 {
            var system = try system()
            let anchor = system.levels[level].window.minimum
            system.levels[level].window = Window(
                anchor: Cell(anchor.x + 100, anchor.y + 100, anchor.z + 100), resolution: 8)
            let names = system.incrementalFaults().map(\.name)
            #expect(names.contains("state sum of level \(level)"))
            #expect(names.contains("payload sum of level \(level)"))
            #expect(!names.contains { $0.hasSuffix("level \(1 - level)") })
        }
    }

    @Test("a candidate that is missing is reported")
    func missingCandidate() throws {
        for level in 0..<2 {
            var system = try system()
            let slot = try #require(system.levels[level].fresh.members.first)
            system.levels[level].fresh.remove(Int(slot))
            #expect(system.incrementalFaults().map(\.name) == ["fresh probes of level \(level)"])
        }
    }

    @Test("a candidate too many is reported")
    func extraCandidate() throws {
        var system = try system()
        let slot = try #require(system.levels[0].fresh.members.first)
        system.levels[0].stale.insert(Int(slot), squaredDistance: 0)
        let faults = system.incrementalFaults()
        #expect(faults.map(\.name) == ["stale probes of level 0"])
        #expect(faults.first?.description.contains("kept") == true)
    }

    @Test("a request without a queued probe is reported")
    func strayRequest() throws {
        var configuration = small(latency: 40)
        configuration.budgets.perLevel = [256, 256]
        configuration.budgets.total = 512
        configuration.resolution = 16
        var system = try Replayer.run(walk(8, configuration)).system
        #expect(system.levels.contains { $0.probes.contains { $0.lifecycle == .queued } })
        #expect(system.incrementalFaults().isEmpty)
        system.queue.removeAll(countsAll: false)
        #expect(system.incrementalFaults().map(\.name) == ["requests in the queue"])
    }
}
