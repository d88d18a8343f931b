import Testing
import Topology
import Voxels

@testable import Streaming

/// A system in the middle of a session, in which every state of a probe that a few frames can bring
/// about occurs, and the input of its next frame.
struct Fixture {
    let system: StreamingSystem
    private let casts: ScriptedCasts
    let configuration: Configuration

    init(_ change: (inout Configuration) -> Void = { _ in }) throws {
        var configuration = Configuration.classic
        configuration.baseSpacing = 1
        configuration.resolution = 8
        configuration.levels = 2
        configuration.castLatencyFrames = 2
        configuration.budgets = Budgets(perLevel: [20, 8], total: 28, uploadBytes: 1 << 20)
        change(&configuration)
        self.configuration = configuration.effective().configuration
        casts = ScriptedCasts(CastOutcomes(source: .invented))
        var system = StreamingSystem()
        for frame: Int32 in 0..<6 {
            var input = Fixture.input(frame)
            if frame == 0 { input.events = [.sessionStart(configuration)] }
            _ = try system.step(input, casts: casts)
        }
        // With a full table nothing more is dispatched, so that probes stay in the queue.
        let fillers = (0..<Model.maximumInFlight).map {
            Flight(
                sequence: UInt64(1000 + $0), level: 0, cell: Cell(Int32($0), 0, 0), generation: 1, epoch: 0)
        }
        system.flights.append(
            FlightBatch(
                frame: -1, dueFrame: 1000, world: system.world, lattice: configuration.lattice,
                flights: fillers))
        _ = try system.step(Fixture.input(6), casts: casts)
        self.system = system
    }

    static func input(_ frame: Int32) -> FrameInput {
        FrameInput(frame: frame, camera: Camera(position: WorldPoint(0.5, 60.5, 0.5)))
    }

    /// The digests of the next frame, after something of the system or of the input was changed.
    func digests(_ change: (inout StreamingSystem, inout FrameInput) -> Void) throws -> FrameDigests {
        var system = system
        var input = Fixture.input(7)
        change(&system, &input)
        return try system.step(input, casts: casts.copy()).digests
    }

    func digests() throws -> FrameDigests { try digests { _, _ in } }

    /// The first stage whose digest a change changes; nil where it changes no stage.
    func firstStage(_ change: (inout StreamingSystem, inout FrameInput) -> Void) throws -> Stage? {
        let before = try digests()
        let after = try digests(change)
        let stage = zip(Stage.allCases, zip(before.stages, after.stages)).first { $0.1.0 != $0.1.1 }?.0
        // The frame digest covers the stages and the levels.
        #expect(
            (before.frame != after.frame) == (before.stages != after.stages || before.levels != after.levels))
        return stage
    }

    /// A cell of the finest level that is in this state.
    func cell(_ lifecycle: Lifecycle) throws -> Cell {
        let level = system.levels[0]
        var found: Cell?
        level.window.box.forEach { cell in
            if found == nil, level.state(of: cell).lifecycle == lifecycle { found = cell }
        }
        return try #require(found, "no cell is \(lifecycle.name)")
    }

    /// Goes on for some frames from the fixture, and answers with the digests of the last.
    func run(frames: Int32, _ refused: FrameInput?, _ error: FrameError?) throws -> FrameDigests {
        var system = system
        let casts = casts.copy()
        if let refused {
            let thrown = #expect(throws: FrameError.self) { try system.step(refused, casts: casts) }
            if let error { #expect(thrown == error) }
            #expect(system.nextFrame == 7)
        }
        var digests = try system.step(Fixture.input(7), casts: casts).digests
        for frame in 8..<7 + frames { digests = try system.step(Fixture.input(frame), casts: casts).digests }
        #expect(casts.mistakes == [])
        return digests
    }
}
