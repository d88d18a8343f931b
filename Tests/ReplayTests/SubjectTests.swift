import Foundation
import Hashing
import Recording
import Testing
import Topology
import Voxels

@testable import Replay
@testable import Streaming
@testable import Verification

/// What a subject has, and how the model is compared with it.
@Suite struct SubjectTests {
    private static let configuration: Configuration = {
        var configuration = Configuration.classic
        configuration.worldSeed = 5
        configuration.resolution = 8
        configuration.levels = 2
        configuration.budgets = Budgets(perLevel: [24, 8], total: 512, uploadBytes: 2 << 20)
        return configuration
    }()

    /// A walk with an edit, a box and a jump.
    private static let frames: [FrameInput] = (0..<40).map { frame in
        let x = frame < 30 ? Double(frame) : 500
        var input = FrameInput(
            frame: Int32(frame), camera: Camera(position: WorldPoint(x, 84, 3)))
        if frame == 0 { input.events = [.sessionStart(configuration)] }
        if frame == 9 {
            input.events = [
                .edit(
                    VoxelBox(lower: VoxelCoordinate(4, 80, 0), upper: VoxelCoordinate(12, 86, 8)),
                    Material.allCases[1])
            ]
        }
        if frame == 14 {
            input.events = [
                .invalidate(WorldBox(lower: WorldPoint(0, 70, 0), upper: WorldPoint(30, 90, 9)))
            ]
        }
        return input
    }

    @Test func thePiecesOfEveryStageAreAllOfItsBytes() throws {
        var state = RunState()
        let casts = InlineCasts()
        var seen: Set<String> = []
        for input in SubjectTests.frames {
            _ = try state.step(input, casts: casts, oracleInterval: 0) { stage, bytes, system in
                let pieces = StageFields.pieces(of: stage, in: bytes, levels: system.levels.count)
                #expect(pieces.first?.bytes.lowerBound ?? 1 == 1, "\(stage)")
                for (a, b) in zip(pieces, pieces.dropFirst()) {
                    #expect(a.bytes.upperBound == b.bytes.lowerBound, "\(stage)")
                }
                #expect(pieces.last?.bytes.upperBound ?? bytes.count == bytes.count, "\(stage)")
                let names = StageFields.names(of: stage)
                for piece in pieces {
                    #expect(names.contains(piece.field), "\(stage) \(piece.field)")
                    seen.insert("\(stage.name).\(piece.field)")
                }
            }
        }
        // Every field that there is has been met.
        let all = Set(
            Stage.allCases.flatMap { stage in StageFields.names(of: stage).map { "\(stage.name).\($0)" } })
        #expect(seen == all, "\(all.subtracting(seen))")
    }

    @Test func withNothingLeftOutTheDigestsAreTheModels() throws {
        var whole = ModelSubject.whole
        // The same said in other words: all fields by name.
        whole.stages = Stage.allCases.map { SubjectStage($0.name, fields: StageFields.names(of: $0)) }
        #expect(Projection(ModelSubject.whole).isWhole && Projection(whole).isWhole)
        var plain: [SubjectFrame] = []
        _ = try Replayer.run(SubjectTests.frames, on: ModelSubject()) { plain.append($1) }
        let run = try Replayer.run(SubjectTests.frames)
        #expect(
            try Replayer.run(SubjectTests.frames, on: ModelSubject()).digest == run.digest)
        // Fields of state records that are all named one by one leave nothing out either, computed the long way.
        var long = whole
        long.stateFields = SubjectDescription.stateRecordFields.map(\.name)
        long.stages[1].fields = ["cameraCell", "anchor"]
        var projected: [SubjectFrame] = []
        _ = try Replayer.run(SubjectTests.frames, on: ModelSubject(comparedWith: long)) {
            projected.append($1)
        }
        // The sums over state leaves are left out then, so that stages without them are the same.
        for (a, b) in zip(plain, projected) {
            for stage in [Stage.input, .snap, .cast, .commit, .store] {
                #expect(a.stages[Int(stage.rawValue)] == b.stages[Int(stage.rawValue)], "\(a.frame) \(stage)")
            }
            #expect(a.levels == b.levels)
        }
        #expect(projected.count == plain.count)
    }

    /// A change of a probe's generation shows in everything but what leaves generations out.
    @Test func whatIsLeftOutDoesNotShow() throws {
        var state = RunState()
        let casts = InlineCasts()
        for input in SubjectTests.frames.prefix(6) {
            _ = try state.step(input, casts: casts, oracleInterval: 0)
        }
        var other = state
        let slot = Slot(0)
        let cell = other.system.levels[0].window.cell(at: slot)
        other.system.levels[0].update(slot, cell: cell) { $0.generation += 1 }
        func digests(_ state: RunState, _ fields: [String]?) throws -> (Digest64?, Digest64?) {
            var description = SubjectDescription(
                name: "a", stages: [SubjectStage("select"), SubjectStage("snap")])
            description.stateFields = fields
            let projection = Projection(description)
            var found: (Digest64?, Digest64?)
            var copy = state
            let casts = InlineCasts()
            copy.resumeCasts(casts)
            _ = try copy.step(SubjectTests.frames[6], casts: casts, oracleInterval: 0) {
                stage, bytes, system in
                if stage == .select {
                    found.0 = projection.bytes(at: 0, bytes: bytes, system: system)?.digest64()
                }
                if stage == .snap {
                    found.1 = projection.bytes(at: 1, bytes: bytes, system: system)?.digest64()
                }
            }
            return found
        }
        let names = SubjectDescription.stateRecordFields.map(\.name)
        let without = names.filter { $0 != "generation" }
        #expect(try digests(state, names).0 != digests(other, names).0)
        #expect(try digests(state, names).1 == digests(other, names).1)
        // Q holds no leaf of that probe, which is not Queued: only S could tell.
        #expect(try digests(state, without).0 == digests(other, without).0)
    }

    @Test func aDescriptionGoesThroughItsMessage() throws {
        var description = SubjectDescription(
            name: "engine-1.0_a",
            stages: [SubjectStage("snap", fields: ["anchor"]), SubjectStage("own"), SubjectStage("select")])
        description.version = "x"
        description.digestVersion = 7
        description.stateFields = ["level", "cell"]
        description.payloads = .opaque
        description.counters = ["a", "b-c"]
        description.variants = ["reference"]
        (description.hasLevels, description.takesWorkers, description.restores) = (true, true, true)
        #expect(try SubjectDescription(description.message) == description)
        let whole = ModelSubject.whole
        #expect(try SubjectDescription(whole.message) == whole)
        #expect(description.has(.reference) && !description.has(.lumon2026_01))
    }

    @Test(
        arguments: [
            ("protocol_version", { @Sendable (m: inout MessageDescription) in m.protocolVersion = 0 }),
            ("name", { @Sendable (m: inout MessageDescription) in m.name = "" }),
            ("name", { @Sendable (m: inout MessageDescription) in m.name = ".hidden" }),
            (
                "name",
                { @Sendable (m: inout MessageDescription) in m.name = String(repeating: "a", count: 65) }
            ),
            (
                "version",
                { @Sendable (m: inout MessageDescription) in m.version = String(repeating: "a", count: 201) }
            ),
            ("digest_version", { @Sendable (m: inout MessageDescription) in m.digestVersion = 0 }),
            ("digest_version", { @Sendable (m: inout MessageDescription) in m.digestVersion = 65536 }),
            ("stages", { @Sendable (m: inout MessageDescription) in m.stages = [] }),
            (
                "stages",
                { @Sendable (m: inout MessageDescription) in m.stages = (0..<65).map { named("s\($0)") } }
            ),
            ("a stage's name", { @Sendable (m: inout MessageDescription) in m.stages[0].name = "two words" }),
            (
                "fields of the stage snap",
                { @Sendable (m: inout MessageDescription) in
                    m.stages[1].fields = ["cameraCell", "cameraCell"]
                }
            ),
            (
                "state_fields",
                { @Sendable (m: inout MessageDescription) in m.stateFields = ["cell", "level"] }
            ),
            ("payloads", { @Sendable (m: inout MessageDescription) in m.payloads = .UNRECOGNIZED(3) }),
            (
                "counters",
                { @Sendable (m: inout MessageDescription) in
                    m.counters = (0..<17).map { "c" + String(repeating: "x", count: $0 % 12) }
                }
            ),
            ("counters", { @Sendable (m: inout MessageDescription) in m.counters = ["a", "a"] }),
            ("a counter's name", { @Sendable (m: inout MessageDescription) in m.counters = ["checksum"] }),
            ("a counter's name", { @Sendable (m: inout MessageDescription) in m.counters = ["With Space"] }),
            (
                "variants",
                { @Sendable (m: inout MessageDescription) in m.variants = Array(repeating: "a", count: 17) }
            ),
        ] as [(String, @Sendable (inout MessageDescription) -> Void)])
    func whatNoSubjectCanBeIsRefusedByField(
        field: String, change: @Sendable (inout MessageDescription) -> Void
    ) {
        var message = ModelSubject.whole.message
        change(&message)
        do throws(SubjectDescriptionError) {
            _ = try SubjectDescription(message)
            Issue.record("\(field) was taken")
        } catch {
            #expect(error.field == field)
        }
    }

    @Test func aHostAnswersAFailureUntilTheNextRun() throws {
        var host = SubjectHost(ModelSubject()) { "\($0)" }
        var writer = StepWriter()
        func begin() -> MessageFromSubject {
            var message = MessageToSubject()
            message.begin = MessageBegin()
            return host.answer(message)
        }
        func step(_ input: FrameInput) -> MessageFromSubject {
            var message = MessageToSubject()
            message.step = writer.message(input, wantsRecords: false)
            return host.answer(message)
        }
        #expect(begin().begun == MessageBegun())
        #expect(step(SubjectTests.frames[0]).result.frame == 0)
        let refused = step(SubjectTests.frames[2])
        #expect(refused.failure.message.contains("frame"), "\(refused)")
        #expect(step(SubjectTests.frames[1]).failure.message == refused.failure.message)
        writer = StepWriter()
        #expect(begin().begun == MessageBegun())
        #expect(step(SubjectTests.frames[0]).result.stages.count == 9)
    }

    @Test func aRunThatIsRestoredAtAnyFrameIsTheSame() throws {
        let whole = try Replayer.run(SubjectTests.frames, on: ModelSubject())
        for frame in [0, 1, 9, 10, 29, 38] as [Int32] {
            var options = SubjectOptions()
            options.restoreAfter = [frame]
            #expect(
                try Replayer.run(SubjectTests.frames, on: ModelSubject(), options: options).digest
                    == whole.digest)
        }
    }

    /// After its end neither the program is there, not even as a zombie, nor what it has started.
    @Test(arguments: [
        "exit 3", "sleep 600", "sleep 600 & sleep 600 & exit 4", "kill -9 $$", "exec sleep 600",
        "trap '' TERM; sleep 600 & wait",
    ])
    func nothingIsLeftOfAProgram(command: String) throws {
        let process = try ChildProcess(command: command, folder: nil)
        _ = process.ending(milliseconds: 300)
        process.kill()
        // A zombie would still take a signal.
        #expect(kill(process.process, 0) == -1 && errno == ESRCH)
        // What the program had started is ended by now, and taken by whoever takes orphans, in its own time.
        #if os(Linux)
            let deadline = ContinuousClock.now + .seconds(10)
            while (process.memoryBytes ?? 0) > 0, ContinuousClock.now < deadline { usleep(10_000) }
            #expect(process.memoryBytes == 0)
        #endif
    }

    @Test func aGoldenOfASubjectIsReadAsItIsWritten() throws {
        var description = SubjectDescription(
            name: "toy", stages: [SubjectStage("snap"), SubjectStage("ring")])
        description.counters = ["picked", "left-over"]
        let run = SubjectRun(
            firstFrame: 0, frameCount: 3, digest: Digest128(high: 1, low: 2), levelCount: 2,
            counters: [("picked", [1, 2]), ("left-over", [])])
        let golden = Golden(
            trace: "a.mcap", traceDigest: Digest128(high: 3, low: 4), command: "c", of: description, run: run,
            configuration: "x", digestsFile: Digest128(high: 5, low: 6))
        let text = golden.encoded()
        #expect(text.contains("\nsubject       toy\nstages        snap ring\n"))
        #expect(try Golden(decoding: text) == golden)
        let rows = (0..<3).map { DigestRow(frame: UInt64($0), stages: [1, UInt16($0)], levels: [7, 8]) }
        let digests = DigestsFile(
            algorithm: 3, firstFrame: 0, levelCount: 2, trace: Digest128(high: 3, low: 4),
            run: Digest128(high: 1, low: 2), rows: rows, stageCount: 2)
        #expect(try DigestsFile(decoding: digests.encoded()) == digests)
    }
}

private func named(_ name: String) -> MessageSubjectStage {
    var stage = MessageSubjectStage()
    stage.name = name
    return stage
}
