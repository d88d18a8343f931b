import Replay
import Streaming
import Testing
import Topology
import Voxels

@Suite("Who casts, and when, does not show")
struct WorkerTests {
    @Test("any number of workers gives the digests of one, every time", arguments: [1, 2, 3, 8])
    func workersDoNotShow(workers: Int) throws {
        for (name, frames) in [("walk", walk(12)), ("busy", busy())] {
            let expected = try digests(frames, casts: InlineCasts())
            for round in 0..<4 {
                let found = try digests(frames, casts: WorkerPool(workers: workers))
                #expect(found == expected, "\(name), \(workers) workers, round \(round)")
            }
            #expect(try digests(frames, workers: workers) == expected)
        }
    }

    @Test("casts that complete late and in another order give the same digests", arguments: 0..<6)
    func completionOrderDoesNotShow(seed: UInt64) throws {
        for frames in [walk(12), busy()] {
            let late = LateCasts(seed: seed)
            #expect(try digests(frames, casts: late) == digests(frames, casts: InlineCasts()))
            #expect(late.finished > 0)
        }
    }

    @Test("a cast that tells another outcome shows in commit, so that the comparison can fail")
    func outcomesShow() throws {
        let honest = try digests(walk(12), casts: InlineCasts())
        let lying = try digests(walk(12), casts: AbortingCasts())
        let first = try #require(zip(honest, lying).enumerated().first { $0.element.0 != $0.element.1 })
        let (a, b) = first.element
        #expect(Stage.allCases.first { a.stages[Int($0.rawValue)] != b.stages[Int($0.rawValue)] } == .commit)
    }

    @Test("a pool hands outcomes back by the place of their job, batches finished in any order")
    func poolKeepsPlaces() throws {
        let world = VoxelWorld(seed: 3, chunksStartLoaded: true)
        let pool = WorkerPool(workers: 3)
        let inline = InlineCasts()
        for batch in Int32(0)..<6 {
            let jobs = (0..<Int(batch) * 3).map {
                CastJob(origin: WorldPoint(Double($0) * 3 + 0.5, 90.5, Double(batch) * 5), distance: 24)
            }
            pool.begin(batch: batch, jobs: jobs, in: world)
            inline.begin(batch: batch, jobs: jobs, in: world)
        }
        pool.abandon(batch: 4)
        inline.abandon(batch: 4)
        for batch: Int32 in [5, 1, 3, 2] {
            #expect(pool.finish(batch: batch) == inline.finish(batch: batch))
        }
    }

    @Test("pools come and go with casts begun and never finished")
    func poolsEnd() {
        let world = VoxelWorld(seed: 3, chunksStartLoaded: true)
        for round in 0..<20 {
            let pool = WorkerPool(workers: 1 + round % 8)
            let job = CastJob(origin: WorldPoint(0.5, 90.5, 0.5), distance: 8)
            pool.begin(batch: 0, jobs: Array(repeating: job, count: 64), in: world)
        }
    }
}

@Suite("A copy of the system is a snapshot")
struct SnapshotTests {
    @Test("a copy and its original go on alike", arguments: [0, 3])
    func copiesAgree(latency: Int32) throws {
        let frames = walk(14, small(latency: latency))
        let casts = LateCasts(seed: 1)
        let expected = try digests(frames, casts: casts)
        for cut in frames.indices {
            var original = StreamingSystem()
            for frame in frames[..<cut] { _ = try original.step(frame, casts: casts) }
            var copy = original
            let first = try frames[cut...].map { try original.step($0, casts: casts).digests }
            let second = try frames[cut...].map { try copy.step($0, casts: casts).digests }
            #expect(first == Array(expected[cut...]), "cut before frame \(cut)")
            #expect(second == first, "cut before frame \(cut)")
        }
    }

    @Test("what a copy goes through does not reach its original")
    func copiesAreApart() throws {
        let frames = walk(8, small(latency: 0))
        var original = StreamingSystem()
        for frame in frames[..<4] { _ = try original.step(frame, casts: InlineCasts()) }
        let kept = original.levels.map(\.digest)
        var copy = original
        for frame in frames[4...] { _ = try copy.step(frame, casts: InlineCasts()) }
        #expect(copy.levels.map(\.digest) != kept)
        #expect(original.levels.map(\.digest) == kept)
        #expect(original.nextFrame == 4)
    }
}
