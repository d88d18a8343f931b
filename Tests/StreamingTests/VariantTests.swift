import Testing
import Topology
import Voxels

@testable import Streaming

/// What the switches of a variant do to boxes, counted out on small windows.
@Suite struct VariantBoxTests {
    private static let window = Window(anchor: Cell(1, 1, 1), resolution: 8)

    /// Per axis, so that one axis is enough: every box of halves of cells around the window.
    @Test(arguments: [0, 1]) func aClampedBoxMeetsWhatItMeetsOrTheBorderTowardsIt(level: Int) {
        let lattice = Lattice(baseSpacing: 0.5, levels: 2, resolution: 8)
        let s = lattice.spacing(level: level)
        let window = VariantBoxTests.window
        let (first, last) = (window.minimum.x, window.minimum.x + 7)
        for low in -30...30 {
            for length in 1...24 {
                let (lower, upper) = (Double(low) / 2 * s, Double(low + length) / 2 * s)
                let found = lattice.cellsClamped(
                    meeting: VariantBoxTests.box(lower, upper), level: level, in: window)
                // By the definition of a cell: it covers [k s, (k + 1) s).
                var met = (first...last).filter { Double($0) * s < upper && (Double($0) + 1) * s > lower }
                if met.isEmpty { met = [upper <= Double(first) * s ? first : last] }
                #expect(Array(found.lower.x..<found.upper.x) == met, "\(lower) to \(upper)")
            }
        }
    }

    @Test func anEmptyBoxMeetsNothingWhereBoxesAreClamped() {
        let lattice = Lattice(baseSpacing: 1, levels: 1, resolution: 8)
        for (lower, upper) in [(500.0, 500.0), (3, 2), (0, 0), (-0.0, 0)] {
            let box = VariantBoxTests.box(lower, upper)
            #expect(lattice.cellsClamped(meeting: box, level: 0, in: VariantBoxTests.window).isEmpty)
        }
    }

    @Test func aBoxFartherThanIntegersReachMeetsTheBorder() {
        let lattice = Lattice(baseSpacing: 1, levels: 1, resolution: 8)
        let window = VariantBoxTests.window
        for (lower, upper, cell) in [
            (1e300, 2e300, window.minimum.x + 7), (-2e300, -1e300, window.minimum.x),
            (3e9, 4e9, window.minimum.x + 7), (-4e9, -3e9, window.minimum.x),
        ] {
            let found = lattice.cellsClamped(
                meeting: VariantBoxTests.box(lower, upper), level: 0, in: window)
            #expect(found.lower.x == cell && found.upper.x == cell + 1)
        }
        let all = lattice.cellsClamped(
            meeting: VariantBoxTests.box(-1e300, 1e300), level: 0, in: window)
        #expect(all.lower.x == window.minimum.x && all.upper.x == window.minimum.x + 8)
    }

    /// Eighths of cells are exact in binary64, so each cell can be asked whether it meets the box.
    @Test(arguments: [0, 1, 2]) func aCellHalfACellOffCoversHalfASpacingToEachSide(level: Int) {
        let lattice = Lattice(baseSpacing: 0.5, levels: 3, resolution: 9, isHalfCell: true)
        let s = lattice.spacing(level: level)
        let window = Window(anchor: Cell(0, 0, 0), resolution: 9)
        for low in -48...48 {
            for length in [1, 2, 3, 4, 7, 8, 9, 16, 31] {
                let (lower, upper) = (Double(low) / 8 * s, Double(low + length) / 8 * s)
                let found = lattice.cells(
                    meeting: VariantBoxTests.box(lower, upper), level: level, in: window)
                // The finest unit of a box is half a finest cell: it meets what these meet.
                let half = lattice.baseSpacing / 2
                let (first, end) = ((lower / half).rounded(.down) * half, (upper / half).rounded(.up) * half)
                let met = (Int32(-4)...4).filter {
                    (Double($0) - 0.5) * s < end && (Double($0) + 0.5) * s > first
                }
                #expect(Array(found.lower.x..<found.upper.x) == met, "\(lower) to \(upper)")
            }
        }
        #expect(lattice.centre(of: Cell(-3, 0, 2), level: level) == WorldPoint(-3 * s, 0, 2 * s))
    }

    private static func box(_ lower: Double, _ upper: Double) -> WorldBox {
        WorldBox(lower: WorldPoint(lower, 0.1, 0.1), upper: WorldPoint(upper, 0.2, 0.2))
    }
}

/// What a frame of the variant may not say, and that nothing of it is applied then.
@Suite struct VariantFrameErrorTests {
    @Test func whatIsNotInTheQueueCannotBeClaimed() throws {
        var run = try ClaimFixture()
        let tickets = run.system.queuedTickets
        try #require(tickets == Array(1...24))
        for (claims, refused) in [
            ([Claim(request: 0, stage: 0)], UInt64(0)), ([Claim(request: .max, stage: 0)], .max),
            // Twice, at one stage or at two.
            ([Claim(request: 5, stage: 1), Claim(request: 5, stage: 1)], 5),
            ([Claim(request: 5, stage: 0), Claim(request: 6, stage: 2), Claim(request: 5, stage: 7)], 5),
            // The frame itself selects it, and not before select.
            ([Claim(request: 25, stage: 5)], 25),
            // More than the frame selects; what went before is put back.
            ([Claim(request: 3, stage: 0), Claim(request: 25, stage: 6), Claim(request: 33, stage: 7)], 33),
            ([Claim(request: 25, stage: 6), Claim(request: 25, stage: 7)], 25),
        ] {
            try run.expectRefusal(.claimNotQueued(request: refused)) { $0.set(claims) }
        }
        try run.step { $0.set([Claim(request: 3, stage: 0), Claim(request: 32, stage: 6)]) }
        try run.expectRefusal(.claimNotQueued(request: 3)) { $0.set([Claim(request: 3, stage: 0)]) }
        #expect(run.system.inFlightCount == 2)
    }

    @Test func claimsHaveStagesThatDoNotDescend() throws {
        let run = try ClaimFixture()
        try run.expectRefusal(.claimStage(request: 4, found: 8, limit: 7)) {
            $0.set([Claim(request: 3, stage: 7), Claim(request: 4, stage: 8)])
        }
        try run.expectRefusal(.claimStage(request: 4, found: .max, limit: 7)) {
            $0.set([Claim(request: 4, stage: .max)])
        }
        try run.expectRefusal(.claimOrder(request: 4)) {
            $0.set([Claim(request: 3, stage: 5), Claim(request: 4, stage: 4)])
        }
        try run.expectRefusal(.claimStageMissing(claims: 2)) {
            $0.set([Claim(request: 3, stage: 5), Claim(request: 4, stage: 5)])
            $0.engineWork?.claimStages = [5]
        }
    }

    @Test func whatARebuildDropsIsClaimedBeforeItsShiftOrNotAtAll() throws {
        var run = try ClaimFixture()
        var configuration = run.configuration
        configuration.levels = 1
        let reload = Event.configure(configuration)
        try run.expectRefusal(.claimNotQueued(request: 4)) {
            $0.events = [reload]
            $0.set([Claim(request: 4, stage: 3)])
        }
        try run.expectRefusal(.claimAcrossRebuild(request: 25)) {
            $0.events = [reload]
            $0.set([Claim(request: 4, stage: 2), Claim(request: 25, stage: 6)])
        }
        // All of the queue, also of the level that is gone then; their casts go on, with the old epoch.
        let epoch = run.system.epoch
        let tickets = run.system.queuedTickets
        try run.step {
            $0.events = [reload]
            $0.set(tickets.map { Claim(request: $0, stage: 1) })
        }
        let flights = run.system.flightBatches.flatMap(\.flights)
        #expect(flights.contains { $0.level == 1 } && flights.allSatisfy { $0.epoch == epoch })
        #expect(flights.map(\.sequence) == tickets)
        #expect(try StreamingSystem(snapshot: run.system.snapshot()).snapshot() == run.system.snapshot())
        try run.step { $0.castResults = tickets }
        #expect(run.system.inFlightCount == 0)
    }

    @Test func aRefusedFrameThatWouldEndTheSessionAbandonsNothing() throws {
        var run = try ClaimFixture()
        try run.step { $0.set([Claim(request: 3, stage: 0)]) }
        let configuration = run.configuration
        try run.expectRefusal(.claimNotQueued(request: 4000)) {
            $0.events = [.sessionStart(configuration)]
            $0.session += 1
            $0.set([Claim(request: 4, stage: 0), Claim(request: 4000, stage: 7)])
        }
        // What is claimed right before an end is abandoned with it.
        try run.step {
            $0.events = [.sessionStart(configuration)]
            $0.session += 1
            $0.set([Claim(request: 4, stage: 0)])
        }
        #expect(run.system.inFlightCount == 0)
    }

    @Test func aSessionOfTheVariantHasNoStoreAndKeepsItsVariant() throws {
        let run = try ClaimFixture()
        var configuration = run.configuration
        try run.expectRefusal(.storeOfVariant(event: 1, variant: "lumon-2026-01")) {
            $0.session += 1
            $0.events = [.sessionStart(configuration), .store(sizeCapBytes: 1, contents: nil)]
        }
        configuration.variant = .reference
        try run.expectRefusal(.notReloadable(field: "variant", event: 0)) {
            $0.events = [.configure(configuration)]
        }
    }

    @Test func aFullTableOfFlightsRefusesTheNextClaim() throws {
        var run = try ClaimFixture(perFrame: 512, frames: 4, resolution: 13)
        let tickets = run.system.queuedTickets
        try #require(tickets.count > Model.maximumInFlight)
        let first = tickets.prefix(Model.maximumInFlight).map { Claim(request: $0, stage: 3) }
        let next = tickets[Model.maximumInFlight]
        try run.expectRefusal(.tooManyInFlight(request: next, limit: Model.maximumInFlight)) {
            $0.set(first + [Claim(request: next, stage: 4)])
        }
        try run.step { $0.set(first) }
        #expect(run.system.inFlightCount == Model.maximumInFlight)
    }
}

/// A live run of the variant above all terrain, in which nobody has claimed anything.
private struct ClaimFixture {
    private(set) var system = StreamingSystem()
    private(set) var casts = ScriptedCasts(CastOutcomes(source: .invented))
    let configuration: Configuration

    init(perFrame: Int32 = 4, frames: Int = 3, resolution: Int32 = 8) throws {
        var configuration = Configuration.classic
        configuration.variant = .lumon2026_01
        configuration.baseSpacing = 1
        configuration.resolution = resolution
        configuration.levels = 2
        configuration.budgets = Budgets(
            perLevel: [perFrame, perFrame], total: 2 * perFrame, uploadBytes: 1 << 30)
        self.configuration = configuration.effective().configuration
        for frame in 0..<frames { try step { if frame == 0 { $0.events = [.sessionStart(configuration)] } } }
    }

    private var next: FrameInput {
        var input = FrameInput(
            frame: Int32(system.nextFrame ?? 0), session: system.session ?? 0,
            camera: Camera(position: WorldPoint(0.5, 300.5, 0.5)))
        input.castResults = []
        input.storeReplies = []
        return input
    }

    mutating func step(_ change: (inout FrameInput) -> Void) throws {
        var input = next
        change(&input)
        _ = try system.step(input, casts: casts)
        #expect(casts.mistakes == [] && casts.openBatches == system.flightBatches.count)
    }

    /// The frame is refused, and everything is as before, also for those who cast.
    func expectRefusal(
        _ error: FrameError, at location: SourceLocation = #_sourceLocation,
        _ change: (inout FrameInput) -> Void
    ) throws {
        var (system, casts, bad) = (system, casts.copy(), next)
        bad.events = [
            .edit(VoxelBox(lower: VoxelCoordinate(0, 0, 0), upper: VoxelCoordinate(1, 1, 1)), .lamp)
        ]
        change(&bad)
        #expect(throws: error, sourceLocation: location) { try system.step(bad, casts: casts) }
        #expect(system.snapshot() == self.system.snapshot(), sourceLocation: location)
        #expect(casts.mistakes == [] && casts.openBatches == self.casts.openBatches, sourceLocation: location)
        // The run goes on as if the frame had never been given.
        let undisturbed = self.casts.copy()
        var other = self.system
        let found = try system.step(next, casts: casts).digests
        #expect(try other.step(next, casts: undisturbed).digests == found, sourceLocation: location)
    }
}
