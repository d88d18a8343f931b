import Hashing
import Testing
import Topology
import Voxels

@testable import Streaming

/// Everything that can decide a later frame changes a digest of the next one, and at the first stage
/// that covers it. What decides nothing changes none.
@Suite struct StageAuditTests {
    /// What is in a probe shows in the state sums, which shift is the first to cover.
    @Test func everyFieldOfAProbeShows() throws {
        let fixture = try Fixture()
        func stage(_ lifecycle: Lifecycle, _ change: (inout ProbeState) -> Void) throws -> Stage? {
            let cell = try fixture.cell(lifecycle)
            return try fixture.firstStage { system, _ in
                system.levels[0].update(system.levels[0].window.slot(of: cell), cell: cell, change)
            }
        }
        for lifecycle in [Lifecycle.uninitialized, .valid, .inFlight, .queued] {
            #expect(try stage(lifecycle) { $0.generation += 1 } == .shift, "\(lifecycle)")
            #expect(try stage(lifecycle) { $0.lastUpdated += 1 } == .shift, "\(lifecycle)")
            #expect(try stage(lifecycle) { $0.retryAfter = 12 } == .shift, "\(lifecycle)")
            #expect(try stage(lifecycle) { $0.queuedAt += 1 } == .shift, "\(lifecycle)")
            #expect(try stage(lifecycle) { $0.afterFlight = [.disable] } == .shift, "\(lifecycle)")
            #expect(try stage(lifecycle) { $0.lifecycle = .disabled } == .shift, "\(lifecycle)")
        }
        // The place in the queue is in the queue's sums.
        #expect(try stage(.queued) { $0.ticket += 1000 } == .shift)
    }

    @Test func aPayloadShowsInRecycle() throws {
        let fixture = try Fixture()
        let cell = try fixture.cell(.valid)
        let stage = try fixture.firstStage { system, _ in
            let slot = system.levels[0].window.slot(of: cell)
            var payload = system.levels[0].payloads[slot.index]
            payload.sh.gX ^= 1
            system.levels[0].store(payload, in: slot, cell: cell)
        }
        #expect(stage == .shift)
    }

    @Test func theQueueTheFlightsAndTheCountersShowInShift() throws {
        let fixture = try Fixture()
        func stage(_ change: (inout StreamingSystem) -> Void) throws -> Stage? {
            try fixture.firstStage { system, _ in change(&system) }
        }
        #expect(try stage { $0.epoch += 1 } == .shift)
        #expect(try stage { $0.flights.nextSequence += 1 } == .shift)
        // A request that counts for nothing leaves only the ticket that it took.
        let dead = Request(level: 0, cell: Cell(0, 60, 0), slot: Slot(0), generation: 999, queuedAt: 0)
        #expect(try stage { _ = $0.queue.append(dead) } == .shift)
        // Two requests that change places.
        let queued = fixture.system.queue.requests.filter { fixture.system.isQueued($0) && $0.level == 0 }
        let pair = Array(queued.prefix(2))
        try #require(pair.count == 2)
        let tickets = pair.map { fixture.system.levels[0].probes[$0.slot.index].ticket }
        #expect(tickets[0] < tickets[1])
        let swapped = try stage { system in
            system.levels[0].update(pair[0].slot, cell: pair[0].cell) { $0.ticket = tickets[1] }
            system.levels[0].update(pair[1].slot, cell: pair[1].cell) { $0.ticket = tickets[0] }
        }
        #expect(swapped == .shift)

        func stageOfFlights(_ change: (inout FlightBatch) -> Void) throws -> Stage? {
            try stage { system in
                var table = FlightTable()
                for var batch in system.flights.batches {
                    // The batch of fillers: what it holds is drained by nobody.
                    if batch.frame == -1 { change(&batch) }
                    table.append(batch)
                }
                table.nextSequence = system.flights.nextSequence
                system.flights = table
            }
        }
        #expect(try stageOfFlights { _ in } == nil)
        #expect(try stageOfFlights { $0.dueFrame += 1 } == .shift)
        #expect(try stageOfFlights { $0.flights[7].generation += 1 } == .shift)
        #expect(try stageOfFlights { $0.flights[7].epoch += 1 } == .shift)
        #expect(try stageOfFlights { $0.flights[7].level = 1 } == .shift)
        #expect(try stageOfFlights { $0.flights[7].cell.z += 1 } == .shift)
        #expect(try stageOfFlights { $0.flights[7].sequence += 5000 } == .shift)
        #expect(try stageOfFlights { $0.flights.removeLast() } == .shift)
        #expect(try stageOfFlights { $0.world.setLoaded(ChunkCoordinate(0, 0, 0), true) } == .shift)
    }

    @Test func theWorldShowsInInput() throws {
        let fixture = try Fixture()
        func stage(_ change: (inout VoxelWorld) -> Void) throws -> Stage? {
            try fixture.firstStage { system, _ in change(&system.world) }
        }
        let voxel = VoxelBox(lower: VoxelCoordinate(0, 5, 0), upper: VoxelCoordinate(1, 6, 1))
        #expect(try stage { $0.apply(edit: voxel, material: .stone) } == .input)
        #expect(try stage { $0.setLoaded(ChunkCoordinate(9, 9, 9), true) } == .input)
        #expect(try stage { $0 = VoxelWorld(seed: 8, chunksStartLoaded: true) } == .input)
        // The same version, other contents.
        func digests(_ change: (inout VoxelWorld) -> Void) throws -> Digest64 {
            try fixture.digests { system, _ in change(&system.world) }.stages[0]
        }
        let contents = try [
            digests { $0.apply(edit: voxel, material: .stone) },
            digests { $0.apply(edit: voxel, material: .lamp) },
            digests { $0.setLoaded(ChunkCoordinate(0, 0, 0), false) },
            digests { $0.setLoaded(ChunkCoordinate(1, 0, 0), false) },
            digests { $0.setLoaded(ChunkCoordinate(0, 0, 0), true) },
        ]
        #expect(Set(contents).count == contents.count)
    }

    /// Two systems with equal digests must have equal futures. Between sessions nothing but the world is
    /// left, and whether its chunks start loaded decides if the next session goes on with it.
    @Test func whetherChunksStartLoadedShowsBetweenSessions() throws {
        func digests(_ startLoaded: Bool) throws -> FrameDigests {
            var configuration = Configuration.classic
            configuration.resolution = 8
            configuration.levels = 1
            configuration.chunksStartLoaded = startLoaded
            configuration.budgets.total = 0
            let casts = ScriptedCasts(CastOutcomes(source: .invented))
            var system = StreamingSystem()
            var inputs = (0..<3).map { Fixture.input($0) }
            inputs[0].events = [.sessionStart(configuration)]
            inputs[1].events = [.sessionEnd]
            var last: FrameDigests?
            for input in inputs { last = try system.step(input, casts: casts).digests }
            return try #require(last)
        }
        #expect(try digests(true) != digests(false))
    }

    @Test func theConfigurationShowsInInput() throws {
        let fixture = try Fixture()
        let changes: [(String, (inout Configuration) -> Void)] = [
            ("world seed", { $0.worldSeed += 1 }), ("chunks", { $0.chunksStartLoaded.toggle() }),
            ("layout", { $0.layoutVersion += 1 }), ("spacing", { $0.baseSpacing = $0.baseSpacing.nextUp }),
            ("resolution", { $0.resolution += 1 }), ("levels", { $0.levels += 1 }),
            ("re-anchor", { $0.reanchorDistance = 1 }), ("region edge", { $0.regionEdge = 1 }),
            ("near levels", { $0.nearLevels = 2 }), ("cache", { $0.cacheBytes = 1 }),
            ("cast latency", { $0.castLatencyFrames += 1 }),
            ("store latency", { $0.storeLatencyFrames += 1 }),
            ("variant", { $0.variant = .lumon2026_01 }),
            ("budget of level 0", { $0.budgets.perLevel[0] += 1 }),
            ("budget of level 1", { $0.budgets.perLevel[1] += 1 }),
            ("total", { $0.budgets.total += 1 }), ("upload", { $0.budgets.uploadBytes += 1 }),
        ]
        // As the event that starts a session.
        func start(_ configuration: Configuration) throws -> Digest64 {
            var input = Fixture.input(0)
            input.events = [.sessionStart(configuration)]
            var system = StreamingSystem()
            return try system.step(input, casts: ScriptedCasts(CastOutcomes(source: .invented)))
                .digests.stages[0]
        }
        let before = try start(fixture.configuration)
        for (name, change) in changes {
            var configuration = fixture.configuration
            change(&configuration)
            #expect(try start(configuration) != before, "\(name)")
            // As what is in force. Two of them cannot differ without another world or other levels.
            guard !["resolution", "levels", "spacing"].contains(name) else { continue }
            let stage = try fixture.firstStage { system, _ in system.configuration = configuration }
            #expect(stage == .input, "\(name)")
        }
        let longer = Budgets(perLevel: [20, 8, 0], total: 28, uploadBytes: 1 << 20)
        var configuration = fixture.configuration
        configuration.budgets = longer
        #expect(try start(configuration) != before, "a budget too many")
        let live = try fixture.firstStage { _, input in
            input.budgets = Budgets(perLevel: [20, 7], total: 28, uploadBytes: 1 << 20)
        }
        #expect(live == .input)
        let same = try fixture.firstStage { _, input in input.budgets = fixture.configuration.budgets }
        #expect(same == nil)
    }

    @Test func everyFieldOfAnEventShowsInInput() throws {
        let fixture = try Fixture()
        func voxels(_ numbers: [Int64]) -> VoxelBox {
            VoxelBox(
                lower: VoxelCoordinate(numbers[0], numbers[1], numbers[2]),
                upper: VoxelCoordinate(numbers[3], numbers[4], numbers[5]))
        }
        func box(_ numbers: [Double]) -> WorldBox {
            WorldBox(
                lower: WorldPoint(numbers[0], numbers[1], numbers[2]),
                upper: WorldPoint(numbers[3], numbers[4], numbers[5]))
        }
        // Boxes that are empty either way: the difference is in the event and nowhere else.
        var lists: [[Event]] = [
            [], [.edit(voxels([0, 0, 0, 0, 0, 0]), .stone)], [.edit(voxels([0, 0, 0, 0, 0, 0]), .lamp)],
            [.invalidate(box([0, 0, 0, 0, 0, 0]))], [.chunkLoad(ChunkCoordinate(0, 0, 0))],
            [.chunkUnload(ChunkCoordinate(0, 0, 0))], [.configure(fixture.configuration)], [.sessionEnd],
        ]
        for index in 0..<6 {
            var numbers: [Int64] = [0, 0, 0, 0, 0, 0]
            numbers[index] = index < 3 ? 1 : -1
            lists.append([.edit(voxels(numbers), .stone)])
            lists.append([.invalidate(box(numbers.map { Double($0) }))])
            guard index < 3 else { continue }
            let chunk = ChunkCoordinate(numbers[0], numbers[1], numbers[2])
            lists.append([.chunkLoad(chunk)])
            lists.append([.chunkUnload(chunk)])
        }
        for engine in [
            Engine(name: "a"), Engine(name: "b"), Engine(name: ""), Engine(name: "a", hasOwnVoxels: true),
            Engine(name: "a", stages: ["s"]), Engine(name: "a", stages: ["t"]),
            Engine(name: "a", stages: [""]),
            Engine(name: "as"), Engine(name: "a", stages: ["s", "t"]), Engine(name: "a", stages: ["t", "s"]),
            Engine(name: "a", stages: ["st"]),
        ] {
            lists.append([.engine(engine)])
        }
        let first = Event.invalidate(box([0, 0, 0, 0, 0, 0]))
        let second = Event.invalidate(box([1, 0, 0, 0, 0, 0]))
        lists += [[first, second], [second, first], [first, first]]
        var digests: [Digest64] = []
        for events in lists {
            digests.append(try fixture.digests { _, input in input.events = events }.stages[0])
        }
        #expect(Set(digests).count == lists.count)
    }

    /// Which results a live frame drains shows in commit; in which order they came, and what else a recording holds, shows nowhere.
    @Test func whatALiveFrameDrainsShowsInCommit() throws {
        let fixture = try Fixture()
        let due = fixture.system.flightBatches.filter { $0.dueFrame == 7 }.flatMap(\.flights).map(\.sequence)
        try #require(due.count > 3)
        func stage(_ change: (inout FrameInput) -> Void) throws -> Stage? {
            try fixture.firstStage { _, input in change(&input) }
        }
        // All that is due is what a modelled frame drains.
        #expect(try stage { $0.castResults = due } == nil)
        #expect(try stage { $0.castResults = due.reversed() } == nil)
        #expect(try stage { $0.castResults = [] } == .commit)
        #expect(try stage { $0.castResults = Array(due.dropFirst()) } == .commit)
        let drained = try [due[0...0], due[1...1], due[0...1]].map { some in
            try fixture.digests { _, input in input.castResults = Array(some) }
        }
        #expect(Set(drained.map(\.frame)).count == 3)

        #expect(try stage { $0.storeReplies = [] } == nil)
        #expect(try stage { $0.engineWork = EngineWork() } == nil)
        #expect(try stage { $0.snapshot = RecordedSnapshot(state: [1]) } == nil)
        #expect(try stage { $0.missedFrames = 3 } == nil)
        #expect(try stage { $0.checkpoint = Checkpoint(digestVersion: 9, stages: []) } == nil)
    }

    /// Where its job stands in a batch is between the system and who casts: another service is given the jobs anew.
    @Test func thePlaceOfAFlightShowsNowhere() throws {
        let fixture = try Fixture()
        let flight = try #require(fixture.system.flightBatches.first?.flights.first)
        var other = flight
        other.place += 1
        let batch = try #require(fixture.system.flightBatches.first)
        #expect(other != flight && other.record(in: batch).leaf == flight.record(in: batch).leaf)
        var renumbered = fixture.system
        renumbered.flights.renumber()
        #expect(renumbered.snapshot() == fixture.system.snapshot())
    }

    @Test func frameAndSessionNumbersShowInInput() throws {
        let fixture = try Fixture()
        let later = try fixture.firstStage { system, input in
            system.nextFrame = 8
            input.frame = 8
        }
        #expect(later == .input)
        let other = try fixture.firstStage { system, input in
            system.session = 1
            input.session = 1
        }
        #expect(other == .input)
    }

    @Test func theCameraShowsThroughItsCellsOnly() throws {
        let fixture = try Fixture()
        func stage(_ change: (inout FrameInput) -> Void) throws -> Stage? {
            try fixture.firstStage { _, input in change(&input) }
        }
        #expect(try stage { $0.camera.position = WorldPoint(0.1, 60.9, 0.3) } == nil)
        #expect(try stage { $0.camera.orientation = Quaternion(x: 1, y: 0, z: 0, w: 0) } == nil)
        #expect(try stage { $0.camera.fieldOfView = 2 } == nil)
        #expect(try stage { $0.camera.selectionPosition = WorldPoint(9, 9, 9) } == nil)
        #expect(try stage { $0.engineTimeNanoseconds = -5 } == nil)
        #expect(try stage { $0.camera.position.x = 1.5 } == .snap)
        #expect(try stage { $0.camera.position.y = 59.9 } == .snap)
        #expect(try stage { $0.camera.position.z = -0.1 } == .snap)
    }

    /// An anchor that was kept is state: it decides the next frame.
    @Test func aKeptAnchorShowsInSnap() throws {
        let fixture = try Fixture { $0.reanchorDistance = 40 }
        let stage = try fixture.firstStage { system, _ in system.levels[0].snap.anchor.x += 1 }
        #expect(stage == .snap)
    }

    @Test func bothZerosAreOneValueEverywhere() throws {
        let fixture = try Fixture { $0.reanchorDistance = 0.0 }
        func stage(_ change: (inout FrameInput) -> Void, _ other: (inout FrameInput) -> Void) throws -> Bool {
            try fixture.digests { _, input in change(&input) }
                == fixture.digests { _, input in other(&input) }
        }
        #expect(try stage({ $0.camera.position.x = 0 }, { $0.camera.position.x = -0.0 }))
        func invalidate(_ zero: Double) -> Event {
            .invalidate(WorldBox(lower: WorldPoint(zero, zero, 0), upper: WorldPoint(1, zero, 1)))
        }
        #expect(try stage({ $0.events = [invalidate(0)] }, { $0.events = [invalidate(-0.0)] }))
        func reload(_ zero: Double) -> Event {
            var configuration = fixture.configuration
            configuration.reanchorDistance = zero
            return .configure(configuration)
        }
        #expect(try stage({ $0.events = [reload(0)] }, { $0.events = [reload(-0.0)] }))
    }

    /// Frames end early enough for everything that comes due to have a frame; until then nothing comes due
    /// before its time.
    @Test func nothingComesDueInTheLastFrameThatIsNotDueByThen() throws {
        let last = Int32(Model.frameLimit - 1)
        var configuration = Configuration.classic
        configuration.resolution = 8
        configuration.levels = 1
        configuration.castLatencyFrames = 5
        configuration.budgets = Budgets(perLevel: [3], total: 3, uploadBytes: 1 << 20)
        let casts = ScriptedCasts(CastOutcomes(source: .invented))
        var system = StreamingSystem()
        for frame in last - 7...last {
            var input = Fixture.input(frame)
            if frame == last - 7 { input.events = [.sessionStart(configuration)] }
            let counts = try system.step(input, casts: casts).counts
            let drained = counts.reduce(0) { $0 + $1.committed + $1.aborted + $1.overtaken + $1.dropped }
            // Three a frame, five frames later.
            #expect(
                drained == (frame < last - 2 ? 0 : 3),
                "\(last - frame) before the last")
        }
        #expect(throws: FrameError.frameLimit(found: Model.frameLimit, limit: Model.frameLimit)) {
            try system.step(Fixture.input(last + 1), casts: casts)
        }
    }
}
