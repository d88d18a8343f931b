import Hashing
import Replay
import Streaming
import Testing
import Topology
import Verification

@Suite("Run against golden, verdict")
struct VerifyTests {
    private static let frames = walk(6, small(levels: 3, budget: 1))

    private func compare(_ frames: [FrameInput], _ golden: DigestsFile) throws -> Comparison {
        try verify(frames, trace: golden.trace, against: golden, options: ReplayOptions())
    }

    @Test("a run agrees with what it recorded", arguments: [1, 3])
    func agrees(workers: Int) throws {
        let golden = try recorded(VerifyTests.frames)
        var progress: [Int] = []
        let comparison = try verify(
            VerifyTests.frames, trace: golden.trace, against: golden,
            options: ReplayOptions(workers: workers)
        ) { progress.append($0) }
        #expect(comparison.divergence == nil)
        #expect(comparison.digests == golden)
        #expect(progress == Array(1...6))
    }

    @Test("a difference planted in any stage of any frame is named", arguments: Stage.allCases)
    func stageIsNamed(stage: Stage) throws {
        let golden = try recorded(VerifyTests.frames)
        for index in golden.rows.indices {
            var planted = golden
            planted.rows[index].frame ^= 1
            planted.rows[index].stages[Int(stage.rawValue)] ^= 0x8000
            let found = try #require(try compare(VerifyTests.frames, planted).divergence)
            #expect(found.frame == Int32(index))
            #expect(found.stage == stage)
            #expect(found.levels.isEmpty)
            #expect(found.differingFrames == 1)
            #expect(found.frames == 6)
            #expect(found.expected == Digest64(golden.rows[index].frame ^ 1))
            #expect(found.found == Digest64(golden.rows[index].frame))
        }
    }

    @Test("of several stages the first is named, of several frames too")
    func firstIsNamed() throws {
        let golden = try recorded(VerifyTests.frames)
        for first in Stage.allCases {
            var planted = golden
            for index in 2..<5 {
                planted.rows[index].frame ^= 1
                for stage in Stage.allCases where stage.rawValue >= first.rawValue {
                    planted.rows[index].stages[Int(stage.rawValue)] ^= 1
                }
            }
            planted.rows[3].stages[0] ^= 4
            let found = try #require(try compare(VerifyTests.frames, planted).divergence)
            #expect(found.frame == 2)
            #expect(found.stage == first)
            #expect(found.differingFrames == 3)
        }
    }

    @Test("levels that differ are named, finest first", arguments: 1..<8)
    func levelsAreNamed(mask: Int) throws {
        let golden = try recorded(VerifyTests.frames)
        var planted = golden
        planted.rows[4].frame ^= 1
        planted.rows[4].stages[7] ^= 1
        let levels = (0..<3).filter { mask >> $0 & 1 == 1 }
        for level in levels { planted.rows[4].levels[level] ^= 0x0100 }
        let found = try #require(try compare(VerifyTests.frames, planted).divergence)
        #expect(found.stage == .commit)
        #expect(found.levels == levels)
    }

    @Test("a frame that differs where no short digest does is undetermined, not unseen")
    func undetermined() throws {
        let golden = try recorded(VerifyTests.frames)
        var planted = golden
        planted.rows[5].frame ^= 1 << 63
        let found = try #require(try compare(VerifyTests.frames, planted).divergence)
        #expect(found.frame == 5)
        #expect(found.stage == nil)
        #expect(found.levels.isEmpty)
    }

    @Test("a golden of fewer frames diverges at the first that it has not", arguments: 0..<6)
    func shorterGolden(kept: Int) throws {
        var golden = try recorded(VerifyTests.frames)
        golden.rows.removeSubrange(kept...)
        let found = try #require(try compare(VerifyTests.frames, golden).divergence)
        #expect(found.frame == Int32(kept))
        #expect(found.expected == nil)
        #expect(found.found != nil)
        #expect(found.differingFrames == 6 - kept)
        #expect(found.frames == 6)
    }

    @Test("a golden of more frames diverges at the first that the run has not", arguments: 1..<6)
    func longerGolden(run: Int) throws {
        let golden = try recorded(VerifyTests.frames)
        let found = try #require(
            try compare(Array(VerifyTests.frames.prefix(run)), golden).divergence)
        #expect(found.frame == Int32(run))
        #expect(found.expected != nil)
        #expect(found.found == nil)
        #expect(found.differingFrames == 6 - run)
        #expect(found.frames == 6)
    }

    @Test("a golden of more frames than there can be is a divergence, never a trap")
    func longerThanFrameNumbers() async throws {
        await #expect(processExitsWith: .success) {
            let golden = try recorded(walk(3, from: Int32(Model.frameLimit - 3)))
            var longer = golden
            longer.rows.append(golden.rows[0])
            let comparison = try verify(
                walk(3, from: Int32(Model.frameLimit - 3)), trace: someTrace, against: longer,
                options: ReplayOptions())
            precondition(comparison.divergence != nil)
        }
    }

    @Test("the same rows with another run digest still diverge")
    func runDigestOnly() throws {
        var golden = try recorded(VerifyTests.frames)
        golden.run.high ^= 1
        let found = try #require(try compare(VerifyTests.frames, golden).divergence)
        #expect(found.stage == nil)
        #expect(found.differingFrames >= 1)
    }

    @Test("a level that the golden has not, or has too many of, is a difference")
    func otherLevels() throws {
        let golden = try recorded(walk(4, small(levels: 3)))
        let more = try #require(try compare(walk(4, small(levels: 4)), golden).divergence)
        #expect(more.frame == 0)
        #expect(more.stage == .input)
        #expect(more.levels.contains(3))
        let fewer = try #require(try compare(walk(4, small(levels: 2)), golden).divergence)
        #expect(fewer.levels.contains(2))
    }

    @Test("an input that changes shows in the frame and the stage that it reaches first")
    func realChanges() throws {
        let frames = walk(8)
        let golden = try recorded(frames)
        var seed = frames
        seed[0].events = [.sessionStart(small(seed: 4))]
        var jump = frames
        jump[4].camera.position.y += 40
        var budget = frames
        budget[3].budgets = Budgets(perLevel: [1, 1], total: 2, uploadBytes: 1 << 20)
        for (name, changed, frame, stage) in [
            ("seed", seed, Int32(0), Stage.input), ("jump", jump, 4, .snap), ("budget", budget, 3, .input),
        ] {
            let found = try #require(try compare(changed, golden).divergence, "\(name)")
            #expect(found.frame == frame, "\(name)")
            #expect(found.stage == stage, "\(name)")
            #expect(found.incrementalFaults.isEmpty, "\(name)")
        }
    }

    @Test("a wrong ray shows in commit")
    func wrongRays() throws {
        // The same frames and another world, but only below what the camera's decisions depend on.
        let honest = try recorded(walk(8, small(latency: 1)))
        var rows = honest.rows
        var system = StreamingSystem()
        let casts = AbortingCasts()
        for (index, frame) in walk(8, small(latency: 1)).enumerated() {
            rows[index] = honest.fitted(DigestRow(try system.step(frame, casts: casts).digests))
        }
        var planted = honest
        planted.rows = rows
        let found = try #require(try compare(walk(8, small(latency: 1)), planted).divergence)
        #expect(found.stage == .commit)
        #expect(found.frame == 1)
        #expect(found.levels == [0, 1])
    }
}
