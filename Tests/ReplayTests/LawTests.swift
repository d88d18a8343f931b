import Foundation
import Recording
import Replay
import Streaming
import Testing
import Topology
import Verification
import Voxels

/// The laws on small healthy runs, and their reasons for not judging one. That they find what is wrong is shown in CommandTests/LawFaultTests.
@Suite struct LawTests {
    /// A trace on disk with these frames, for as long as the value lives.
    private final class Trace {
        let path: String
        let given: LawCase

        init(_ frames: [FrameInput], effort: Effort = .quick) throws {
            path =
                FileManager.default.temporaryDirectory.appendingPathComponent("law-\(UUID().uuidString).mcap")
                .path
            var writer = try TraceWriter(MemorySink())
            for input in frames { try writer.write(input) }
            try writer.finish()
            try Data(writer.sink.bytes).write(to: URL(fileURLWithPath: path))
            let memory = CastMemory()
            var options = ReplayOptions()
            options.castService = { memory.casts() }
            given = LawCase(
                trace: try TraceFile(path: path), frames: frames, effort: effort, seed: 1, options: options)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func outcome(_ name: String, _ frames: [FrameInput], effort: Effort = .quick) throws -> LawOutcome
    {
        let law = try #require(Laws.all.first { $0.name == name })
        return try law.judge(try Trace(frames, effort: effort).given)
    }

    private func cases(_ outcome: LawOutcome) -> Int {
        if case .holds(let cases) = outcome { cases } else { 0 }
    }

    private func expectReason(
        _ name: String, _ frames: [FrameInput], _ text: String, effort: Effort = .quick,
        at place: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try outcome(name, frames, effort: effort)
        guard case .notApplicable(let reason) = outcome else {
            Issue.record("\(name): \(outcome)", sourceLocation: place)
            return
        }
        #expect(reason.contains(text), "\(name): \(reason)", sourceLocation: place)
    }

    /// High in the air, where casts cost little: walks, then stands.
    private static func glide(_ configuration: Configuration, frames count: Int = 30) -> [FrameInput] {
        (0..<count).map { index in
            FrameInput(
                frame: Int32(index), engineTimeNanoseconds: Int64(index) * 16_666_667,
                camera: Camera(position: WorldPoint(Double(min(index, 20)) + 0.5, 401, -3)),
                events: index == 0 ? [.sessionStart(configuration)] : [])
        }
    }

    private static var glide: [FrameInput] { glide(small(budget: 200)) }

    static let names = Laws.all.map(\.name).filter { $0 != "live" }
    /// `LUMON_TEST_FULL=1` asks for the nightly's amount.
    static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"

    @Test(.enabled(if: isFull), arguments: names)
    func holdsOnAQuietRun(_ name: String) throws {
        let outcome = try outcome(name, Self.glide)
        #expect(cases(outcome) > 0, "\(outcome)")
    }

    /// Edits that meet casts in flight, chunks that go and come, a reload, two sessions.
    @Test(arguments: names)
    func holdsOnABusyRun(_ name: String) throws {
        let outcome = try outcome(name, busy())
        // A layout of one level leaves nothing, and the first session is short.
        #expect(cases(outcome) > 0, "\(name): \(outcome)")
    }

    @Test(.enabled(if: isFull), arguments: names)
    func holdsAtFullEffort(_ name: String) throws {
        var configuration = small(levels: 2, budget: 400)
        configuration.castLatencyFrames = 1
        let outcome = try outcome(name, Self.glide(configuration, frames: 14), effort: .full)
        #expect(cases(outcome) > 0, "\(name): \(outcome)")
    }

    @Test func namesAreWordsAndDifferent() {
        #expect(Set(Self.names).count == Self.names.count)
        for law in Laws.all {
            #expect(law.name.allSatisfy { "abcdefghijklmnopqrstuvwxyz-".contains($0) })
            #expect(!law.rules.isEmpty && !law.claim.isEmpty)
        }
        #expect(Set(Laws.all.flatMap(\.rules)) == Set(Rule.allCases))
    }

    // MARK: What a law cannot judge

    @Test(arguments: names)
    func gapsAndForeignRunsAreNotJudged(_ name: String) throws {
        var frames = Self.glide
        frames[5].camera.selectionPosition = WorldPoint(0, 0, 0)
        try expectReason(name, frames, "in frame 5 probes are selected from another place")
        frames = Self.glide
        frames[0].events.append(.engine(Engine(name: "other 1", hasOwnVoxels: true)))
        try expectReason(name, frames, "the casts of other 1 have seen voxels")
        frames = Self.glide
        frames.remove(at: 4)
        frames[4].missedFrames = 1
        try expectReason(name, frames, "frames before frame 5 were not recorded")
    }

    private static let forVariants = ["snap-alone", "prefix", "seek", "split-and-join"]
    private static let forLiveRuns = ["seek", "split-and-join"]

    @Test(arguments: names)
    func variantsAreJudgedByWhatHoldsForThem(_ name: String) throws {
        var configuration = small(budget: 200)
        configuration.variant = .lumon2026_01
        let frames = Self.glide(configuration, frames: 16)
        guard !Self.forVariants.contains(name) else {
            let outcome = try outcome(name, frames)
            #expect(cases(outcome) > 0, "\(outcome)")
            return
        }
        try expectReason(name, frames, "the trace is of the variant lumon-2026-01")
    }

    @Test(arguments: names)
    func liveRunsAreJudgedByWhatHoldsForThem(_ name: String) throws {
        // A live run whose casts never come.
        var frames = Self.glide
        for index in frames.indices {
            frames[index].castResults = []
            frames[index].storeReplies = []
        }
        guard !Self.forLiveRuns.contains(name) else {
            let outcome = try outcome(name, frames)
            #expect(cases(outcome) > 0, "\(outcome)")
            return
        }
        try expectReason(name, frames, "the trace is of a live run")
    }

    @Test(arguments: ["rest", "there-and-back", "fixed-point"])
    func aRunThatHasEndedIsNotGoneOnWith(_ name: String) throws {
        // Nothing rests: a probe is due in every frame.
        var frames = Self.glide(small(budget: 2), frames: 12)
        frames[11].events = [.sessionEnd]
        try expectReason(name, frames, "no session runs at the end")
    }

    @Test(arguments: ["rest", "there-and-back", "fixed-point"])
    func largeWindowsAreForMoreEffort(_ name: String) throws {
        var configuration = small(budget: 2)
        configuration.resolution = 20
        try expectReason(name, Self.glide(configuration, frames: 3), "at this effort at most 8192 probes")
    }

    /// Nothing is loaded: every cast is aborted.
    @Test(arguments: ["there-and-back", "fixed-point"])
    func whereNoCastSucceedsNothingIsCompared(_ name: String) throws {
        var configuration = small(levels: 1, budget: 512)
        configuration.chunksStartLoaded = false
        try expectReason(
            name, Self.glide(configuration, frames: 3), "all casts meet chunks that are not loaded")
    }

    @Test func translationSaysWhyARunCannotBeMoved() throws {
        var configuration = small()
        configuration.baseSpacing = 0.7
        try expectReason(
            "translation", Self.glide(configuration), "the base spacing 0.7 is no multiple of 2^-20")
        configuration.baseSpacing = 64 - 0x1p-20
        try expectReason("translation", Self.glide(configuration), "the least distance of whole regions")
        var frames = Self.glide
        frames[7].camera.position.z = 0x1p30 + 1
        try expectReason("translation", frames, "in frame 7 the camera is more than 2^30 blocks from zero")
        frames = Self.glide
        frames[3].events = [.chunkLoad(ChunkCoordinate(1 << 41, 0, 0))]
        try expectReason("translation", frames, "a chunk in frame 3 is too far out")
        let far = VoxelCoordinate(0, 0, -1 << 41)
        frames[3].events = [.edit(VoxelBox(lower: far, upper: far), .air)]
        try expectReason("translation", frames, "the edit in frame 3 is too far out")
        frames = Self.glide
        frames[0].events.append(.store(sizeCapBytes: 1 << 20, contents: StoreContents()))
        try expectReason("translation", frames, "the store holds rows from before the trace")
    }

    @Test func translationMovesOddSpacingsAndStores() throws {
        var configuration = small(budget: 200)
        configuration.baseSpacing = 1.40625
        configuration.resolution = 9
        configuration.cacheBytes = 3000
        var frames = Self.glide(configuration, frames: 40)
        for index in 26..<40 { frames[index].camera.position.x -= 16 }
        frames[0].events.append(.store(sizeCapBytes: 1 << 20, contents: nil))
        frames[24].events = [.storeDamage(RegionKey(level: 1, region: Cell(0, 142, -1)))]
        let outcome = try outcome("translation", frames, effort: .standard)
        #expect(cases(outcome) == 80, "\(outcome)")
    }

    @Test func whatHasOneFrameCannotBeCutOrSought() throws {
        let frames = Self.glide(small(), frames: 1)
        try expectReason("seek", frames, "the trace has one frame")
        try expectReason("split-and-join", frames, "the trace has one frame")
    }

    @Test func whereAStoreRunsATraceIsNotCut() throws {
        var frames = Self.glide
        frames[0].events.append(.store(sizeCapBytes: 1 << 20, contents: nil))
        try expectReason("split-and-join", frames, "a snapshot does not hold what is in it")
        // Nor where the session is over, and the next one goes on with what it has left.
        frames[8].events = [.sessionEnd]
        for index in 20..<30 { frames[index].session = 1 }
        frames[20].events = [.sessionStart(small()), .store(sizeCapBytes: 1 << 20, contents: nil)]
        try expectReason("split-and-join", frames, "a snapshot does not hold what is in it", effort: .full)
    }

    @Test func withoutBudgetsThereIsNoPrefix() throws {
        try expectReason("prefix", Self.glide(small(budget: 0)), "was anything selected")
    }

    @Test(arguments: [
        ("other-key", "the first session leaves nothing in its store"),
        ("same-key", "the second session takes nothing from its store"),
    ])
    func withNearLevelsOnlyNothingIsStored(_ name: String, _ reason: String) throws {
        var configuration = small(budget: 200)
        configuration.nearLevels = 2
        try expectReason(name, Self.glide(configuration), reason)
    }
}
