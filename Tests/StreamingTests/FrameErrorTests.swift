import Testing
import Topology
import Voxels

@testable import Streaming

/// A frame that must be refused, and why.
struct Refusal: Sendable {
    var name: String
    var error: FrameError?
    var change: @Sendable (inout FrameInput, Configuration) -> Void
}

@Suite struct FrameErrorTests {
    private static let origin = VoxelCoordinate(0, 0, 0)
    private static let goodEdit = Event.edit(
        VoxelBox(lower: origin, upper: VoxelCoordinate(1, 1, 1)), .stone)

    static let refusals: [Refusal] = [
        Refusal(name: "gap", error: .frameOutOfOrder(expected: 7, found: 8)) { input, _ in input.frame = 8 },
        Refusal(name: "repeat", error: .frameOutOfOrder(expected: 7, found: 6)) { input, _ in
            input.frame = 6
        },
        Refusal(name: "negative", error: .frameOutOfOrder(expected: 7, found: -1)) { input, _ in
            input.frame = -1
        },
        Refusal(name: "end twice", error: .noSession) { input, _ in
            input.events = [.sessionEnd, .sessionEnd]
        },
        Refusal(name: "reload after the end", error: .noSession) { input, configuration in
            input.events = [.sessionEnd, .configure(configuration)]
        },
        Refusal(name: "start after an edit", error: .sessionStartNotFirst(event: 1)) { input, configuration in
            input.events = [goodEdit, .sessionStart(configuration)]
            input.session = 1
        },
        Refusal(name: "two starts", error: .sessionStartNotFirst(event: 1)) { input, configuration in
            input.events = [.sessionStart(configuration), .sessionStart(configuration)]
            input.session = 1
        },
        Refusal(name: "end after a start", error: .sessionStartNotFirst(event: 1)) { input, configuration in
            input.events = [.sessionStart(configuration), .sessionEnd]
            input.session = 1
        },
        Refusal(name: "late start after an end", error: .sessionStartNotFirst(event: 2)) {
            input, configuration in
            input.events = [.sessionEnd, goodEdit, .sessionStart(configuration)]
            input.session = 1
        },
        Refusal(name: "number without a start", error: .sessionNumber(expected: 0, found: 1)) { input, _ in
            input.session = 1
        },
        Refusal(name: "start without a number", error: .sessionNumber(expected: 1, found: 0)) {
            input, configuration in input.events = [.sessionStart(configuration)]
        },
        Refusal(name: "seed", error: .notReloadable(field: "seed", event: 1)) { input, configuration in
            var configuration = configuration
            configuration.worldSeed += 1
            input.events = [goodEdit, .configure(configuration)]
        },
        Refusal(name: "chunks", error: .notReloadable(field: "chunks_start_loaded", event: 0)) {
            input, configuration in
            var configuration = configuration
            configuration.chunksStartLoaded.toggle()
            input.events = [.configure(configuration)]
        },
        Refusal(name: "position not a number", error: nil) { input, _ in input.camera.position.z = .nan },
        Refusal(
            name: "position infinite", error: .position(.notFinite(axis: "x", value: .infinity))
        ) { input, _ in input.camera.position.x = .infinity },
        Refusal(
            name: "position too far",
            error: .position(
                .outOfRange(axis: "y", value: -1e10, limitBlocks: Double(Int32.max - 16)))
        ) { input, _ in
            input.events = [goodEdit]
            input.camera.position.y = -1e10
        },
        Refusal(name: "spacing not a number", error: .notANumber(field: "base_spacing")) {
            input, configuration in
            var configuration = configuration
            configuration.baseSpacing = .nan
            input.events = [goodEdit, .configure(configuration)]
        },
        Refusal(name: "distance not a number", error: .notANumber(field: "reanchor_distance")) {
            input, configuration in
            var configuration = configuration
            configuration.reanchorDistance = -.nan
            input.session = 1
            input.events = [.sessionEnd, .sessionStart(configuration)]
        },
        Refusal(name: "box not a number", error: .boxNotFinite(event: 1)) { input, _ in
            let corner = WorldPoint(0, 0, 0)
            input.events = [
                goodEdit, .invalidate(WorldBox(lower: corner, upper: WorldPoint(1, .nan, 1))),
            ]
        },
        Refusal(name: "box infinite", error: .boxNotFinite(event: 0)) { input, _ in
            let corner = WorldPoint(-.infinity, 0, 0)
            input.events = [.invalidate(WorldBox(lower: corner, upper: WorldPoint(1, 1, 1)))]
        },
        Refusal(
            name: "edit too large",
            error: .editTooLarge(event: 0, voxels: 1 << 18 + 1, limit: VoxelWorld.maximumEditVoxels)
        ) { input, _ in
            input.events = [
                .edit(VoxelBox(lower: origin, upper: VoxelCoordinate(1 << 18 + 1, 1, 1)), .stone), goodEdit,
            ]
        },
        Refusal(
            name: "edit without bounds",
            error: .editTooLarge(event: 0, voxels: .max, limit: VoxelWorld.maximumEditVoxels)
        ) { input, _ in
            let lower = VoxelCoordinate(.min, .min, .min)
            input.events = [.edit(VoxelBox(lower: lower, upper: VoxelCoordinate(.max, .max, .max)), .air)]
        },
        Refusal(name: "too many events", error: .tooManyEvents(count: 65537, limit: 65536)) { input, _ in
            input.events = Array(repeating: goodEdit, count: 65537)
        },
    ]

    /// The system is as before: it goes on as if the bad frame had never been given.
    @Test(arguments: refusals.indices)
    func aRefusedFrameChangesNothing(index: Int) throws {
        let refusal = FrameErrorTests.refusals[index]
        let fixture = try Fixture()
        var bad = Fixture.input(7)
        refusal.change(&bad, fixture.configuration)
        let undisturbed = try fixture.run(frames: 6, nil, nil)
        let disturbed = try fixture.run(frames: 6, bad, refusal.error)
        #expect(disturbed == undisturbed, "\(refusal.name)")
    }

    @Test func aPositionThatIsNotANumberIsNamed() throws {
        var system = try Fixture().system
        var input = Fixture.input(7)
        input.camera.position.z = .nan
        let thrown = #expect(throws: FrameError.self) {
            try system.step(input, casts: ScriptedCasts(CastOutcomes(source: .invented)))
        }
        guard case .position(.notFinite(axis: "z", let value)) = thrown else {
            Issue.record("\(String(describing: thrown))")
            return
        }
        #expect(value.isNaN)
    }

    @Test func withoutASessionThereIsNothingToStep() throws {
        var system = StreamingSystem()
        let casts = ScriptedCasts(CastOutcomes(source: .invented))
        func expectNoSession(_ input: FrameInput) {
            #expect(throws: FrameError.noSession) { try system.step(input, casts: casts) }
        }
        expectNoSession(Fixture.input(0))
        var edit = Fixture.input(0)
        edit.events = [FrameErrorTests.goodEdit]
        expectNoSession(edit)
        var reload = Fixture.input(0)
        reload.events = [.configure(.classic)]
        expectNoSession(reload)
        #expect(throws: FrameError.frameOutOfOrder(expected: 0, found: -3)) {
            try system.step(Fixture.input(-3), casts: casts)
        }

        // The number of the first session is 0.
        var numbered = Fixture.input(5)
        numbered.session = 3
        numbered.events = [.sessionStart(.current)]
        #expect(throws: FrameError.sessionNumber(expected: 0, found: 3)) {
            try system.step(numbered, casts: casts)
        }
        #expect(system.nextFrame == nil && system.session == nil)
    }

    @Test func betweenSessionsOnlyFramesWithoutEventsAreTaken() throws {
        let casts = ScriptedCasts(CastOutcomes(source: .invented))
        var system = StreamingSystem()
        var configuration = Configuration.current
        configuration.resolution = 8
        configuration.levels = 1
        var start = Fixture.input(0)
        start.events = [.sessionStart(configuration)]
        _ = try system.step(start, casts: casts)
        var end = Fixture.input(1)
        end.events = [.sessionEnd, FrameErrorTests.goodEdit]
        _ = try system.step(end, casts: casts)
        #expect(system.world.version == 1)
        #expect(casts.openBatches == 0)

        for event in [FrameErrorTests.goodEdit, .sessionEnd, .configure(configuration)] {
            var bad = Fixture.input(2)
            bad.events = [event]
            #expect(throws: FrameError.noSession) { try system.step(bad, casts: casts) }
        }
        // Nobody looks where the camera is while no session runs.
        var idle = Fixture.input(2)
        idle.camera.position.x = .nan
        let result = try system.step(idle, casts: casts)
        #expect(result.counts.isEmpty && result.digests.levels.isEmpty)
    }
}
