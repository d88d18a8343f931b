import Hashing
import Testing
import Topology
import Voxels

@testable import Streaming

/// What a live frame may not say that it drains. A frame that is refused has applied nothing: the run goes on as if it had
/// never been given, and what it named can still be drained.
@Suite struct LiveFrameErrorTests {
    // MARK: Results of casts

    @Test func aResultOfACastThatIsNotInFlightIsRefused() throws {
        let run = try LiveFixture(store: nil, frames: 3)
        let there = run.system.flightBatches.flatMap(\.flights).map(\.sequence)
        let first = try #require(there.first)
        let next = run.system.flights.nextSequence
        try #require(first == 0 && there.count == 24)
        // Never dispatched.
        try run.expectRefusal(.resultNotInFlight(request: next)) { $0.castResults = [next] }
        try run.expectRefusal(.resultNotInFlight(request: .max)) { $0.castResults = [.max] }
        // Good ones do not help.
        try run.expectRefusal(.resultNotInFlight(request: next + 7)) {
            $0.castResults = there + [next + 7]
        }
        // Twice in one frame.
        try run.expectRefusal(.resultNotInFlight(request: there[5])) {
            $0.castResults = [there[5], there[2], there[5]]
        }
        // The frame would end the session, and the result would be passed over.
        try run.expectRefusal(.resultNotInFlight(request: next)) {
            $0.events = [.sessionEnd]
            $0.castResults = [next]
        }
    }

    @Test func aResultIsDrainedOnce() throws {
        var run = try LiveFixture(store: nil, frames: 3)
        try run.step {
            // The first, one in the middle and the last of a batch.
            $0.castResults = [7, 0, 3]
        }
        for drained: UInt64 in [0, 3, 7] {
            try run.expectRefusal(.resultNotInFlight(request: drained)) { $0.castResults = [2, drained] }
        }
        try run.step { $0.castResults = [1, 2, 4, 5, 6] }
        for drained: UInt64 in 0..<8 {
            try run.expectRefusal(.resultNotInFlight(request: drained)) { $0.castResults = [drained] }
        }
        // Its session is over.
        try run.step { $0.events = [.sessionEnd] }
        try run.expectRefusal(.resultNotInFlight(request: 9)) { $0.castResults = [9] }
        #expect(run.casts.mistakes == [] && run.casts.openBatches == 0)
    }

    @Test func beforeTheFirstSessionThereIsNothingToDrain() throws {
        let casts = ScriptedCasts(CastOutcomes(source: .invented))
        var system = StreamingSystem()
        var start = Fixture.input(0)
        start.events = [.sessionStart(.classic)]
        start.castResults = [0]
        #expect(throws: FrameError.resultNotInFlight(request: 0)) { try system.step(start, casts: casts) }
        start.castResults = []
        start.storeReplies = [StoreArrival(request: 0)]
        #expect(throws: LiveFixture.unknown(0)) { try system.step(start, casts: casts) }
        #expect(system.nextFrame == nil)
    }

    // MARK: Replies of the store

    @Test func aReplyThatNobodyAskedForIsRefused() throws {
        let without = try LiveFixture(store: nil, frames: 2)
        try without.expectRefusal(LiveFixture.unknown(0)) { $0.storeReplies = [StoreArrival(request: 0)] }

        var run = try LiveFixture(store: StoreContents(), frames: 2)
        try run.expectRefusal(LiveFixture.unknown(1)) {
            $0.storeReplies = [StoreArrival(request: 0), StoreArrival(request: 1)]
        }
        try run.expectRefusal(LiveFixture.unknown(.max)) { $0.storeReplies = [StoreArrival(request: .max)] }
        // A reply that stands in the frame is no better.
        try run.expectRefusal(LiveFixture.unknown(1)) {
            $0.storeReplies = [StoreArrival(request: 1, reply: .absent)]
        }
        try run.step { $0.storeReplies = [StoreArrival(request: 0)] }
        try run.expectRefusal(LiveFixture.unknown(0)) { $0.storeReplies = [StoreArrival(request: 0)] }
    }

    @Test func aReplyIsDrainedOnceInAFrame() throws {
        let run = try LiveFixture(store: StoreContents(), frames: 2)
        let index = StoreReply.index(StoreIndex())
        for (first, second) in [(nil, nil), (index, nil), (nil, index), (index, index)] {
            try run.expectRefusal(.replyNotExpected(request: 0, "it is drained twice")) {
                $0.storeReplies = [
                    StoreArrival(request: 0, reply: first), StoreArrival(request: 0, reply: second),
                ]
            }
        }
    }

    @Test func onlyAnIndexAnswersTheRequestForIt() throws {
        let run = try LiveFixture(store: StoreContents(), frames: 2)
        for reply in [StoreReply.absent, .damaged, .region(RegionContent())] {
            try run.expectRefusal(.replyNotExpected(request: 0, "the store's index was asked for")) {
                $0.storeReplies = [StoreArrival(request: 0, reply: reply)]
            }
        }
        // One that no store can have given, for whatever reason an event of a store would be refused as well.
        var index = StoreIndex()
        index.clock = -1
        try run.expectRefusal(.replyNotExpected(request: 0, "its clock is -1")) {
            $0.storeReplies = [StoreArrival(request: 0, reply: .index(index))]
        }
        index = LiveFixture.contents(run.configuration).index
        index.rows.append(index.rows[0])
        try run.expectRefusal(.replyNotExpected(request: 0, "row 1 does not come after the row before")) {
            $0.storeReplies = [StoreArrival(request: 0, reply: .index(index))]
        }
    }

    @Test func onlyWhatCanBeInARegionAnswersTheRequestForIt() throws {
        var run = try LiveFixture(store: LiveFixture.contents, frames: 2)
        try run.step { $0.storeReplies = [StoreArrival(request: 0)] }
        #expect(run.system.store?.requests.map(\.sequence) == [1])
        try run.expectRefusal(.replyNotExpected(request: 1, "a region was asked for")) {
            $0.storeReplies = [StoreArrival(request: 1, reply: .index(StoreIndex()))]
        }
        // 4^3 cells.
        for outside: Int32 in [64, 1000, .max] {
            try run.expectRefusal(.replyNotExpected(request: 1, "it has cells outside its region")) {
                $0.storeReplies = [
                    StoreArrival(request: 1, reply: .region(LiveFixture.content([3, outside])))
                ]
            }
        }
        // The last cell of the region is in it.
        try run.step {
            $0.storeReplies = [StoreArrival(request: 1, reply: .region(LiveFixture.content([3, 63])))]
        }
        #expect(run.keeper.replies.isEmpty)
    }

    // MARK: The end of a session that waits for the index

    @Test func aSessionThatEndsWithoutItsIndexIsRefused() throws {
        let run = try LiveFixture(store: LiveFixture.contents, frames: 2)
        let endings: [(UInt32, [Event])] = [
            (0, [.sessionEnd]), (1, [.sessionStart(run.configuration)]),
            (1, [.sessionEnd, .sessionStart(run.configuration)]),
            (0, [.chunkLoad(ChunkCoordinate(0, 0, 0)), .sessionEnd]),
        ]
        for (session, events) in endings {
            try run.expectRefusal(.indexNotDrained(request: 0)) {
                ($0.session, $0.events, $0.storeReplies) = (session, events, [])
            }
            // What the frame needs is the index, from the store or in the frame. A modelled frame waits for it.
            let index = StoreReply.index(LiveFixture.contents(run.configuration).index)
            for replies in [[StoreArrival(request: 0)], [StoreArrival(request: 0, reply: index)], nil] {
                var run = run.copy()
                try run.step { ($0.session, $0.events, $0.storeReplies) = (session, events, replies) }
                #expect(run.keeper.replies.isEmpty)
            }
            // A store that is off answers nothing.
            var off = run.copy()
            try off.step { ($0.session, $0.events, $0.storeReplies) = (session, [.storeOff] + events, []) }
            #expect(off.keeper.replies.isEmpty)
        }
    }

    @Test func aSessionThatKnowsItsIndexEndsWithoutRepliesThatAreOut() throws {
        var run = try LiveFixture(store: LiveFixture.contents, frames: 2)
        try run.step { $0.storeReplies = [StoreArrival(request: 0)] }
        #expect(run.system.store?.requests.count == 1)
        try run.step { ($0.events, $0.storeReplies) = ([.sessionEnd], []) }
        #expect(run.keeper.replies.isEmpty)
    }
}

/// A live run that has dispatched eight casts in each frame and drained nothing. Its store, if it has one, has been asked for its
/// index.
private struct LiveFixture {
    private(set) var system = StreamingSystem()
    private(set) var casts = ScriptedCasts(CastOutcomes(source: .invented))
    private(set) var keeper = MemoryStore()
    let configuration: Configuration

    init(store: StoreContents?, frames: Int) throws { try self.init(store: { _ in store }, frames: frames) }

    /// `store` says what the store is found to hold, for a configuration; nil for a session without one.
    init(store: (Configuration) -> StoreContents?, frames: Int) throws {
        var configuration = Configuration.classic
        configuration.baseSpacing = 1
        configuration.resolution = 8
        configuration.levels = 1
        configuration.regionEdge = 4
        configuration.nearLevels = 0
        configuration.budgets = Budgets(perLevel: [8], total: 8, uploadBytes: 1 << 20)
        let effective = configuration.effective().configuration
        self.configuration = effective
        for frame in 0..<frames {
            try step {
                guard frame == 0 else { return }
                $0.events = [.sessionStart(configuration)]
                if let contents = store(effective) {
                    $0.events.append(.store(sizeCapBytes: 1 << 20, contents: contents))
                }
            }
        }
    }

    static func unknown(_ request: UInt64) -> FrameError {
        .replyNotExpected(
            request: request, "nothing was asked for under this number, or the reply was drained before")
    }

    /// One row, of the region in which the camera is.
    static func contents(_ configuration: Configuration) -> StoreContents {
        let row = RowKey(StoreKey(configuration), RegionKey(level: 0, region: Cell(0, 75, 0)))
        let content = content([1, 2])
        return StoreContents(
            index: StoreIndex(
                clock: 9,
                rows: [
                    StoreIndex.Entry(
                        row,
                        StoreRow(
                            clock: 8, present: content.present,
                            content: RegionContent.digest(of: content.bytes, in: row)))
                ], worlds: [], damagedRows: 0),
            taken: [row: content.bytes])
    }

    static func content(_ indexes: [Int32]) -> RegionContent {
        var payload = Payload.zero
        payload.flags = Payload.validFlag
        return RegionContent(
            cells: indexes.map { StoredCell(index: $0, ageFrames: 1, storedAt: 8, payload: payload) })
    }

    func copy() -> LiveFixture {
        var copy = self
        copy.casts = casts.copy()
        return copy
    }

    /// Steps the next frame, which drains nothing unless `change` says so.
    mutating func step(_ change: (inout FrameInput) -> Void) throws {
        var input = next
        change(&input)
        _ = try system.step(input, casts: casts, store: &keeper)
        #expect(casts.mistakes == [])
    }

    /// The frame is refused, and everything is as before, also who casts and the store.
    func expectRefusal(
        _ error: FrameError, at location: SourceLocation = #_sourceLocation,
        _ change: (inout FrameInput) -> Void
    ) throws {
        var disturbed = copy()
        var bad = next
        bad.events = [
            .edit(VoxelBox(lower: VoxelCoordinate(0, 0, 0), upper: VoxelCoordinate(1, 1, 1)), .lamp)
        ]
        change(&bad)
        #expect(throws: error, sourceLocation: location) {
            try disturbed.system.step(bad, casts: disturbed.casts, store: &disturbed.keeper)
        }
        #expect(disturbed.casts.mistakes == [], sourceLocation: location)
        #expect(disturbed.casts.openBatches == casts.openBatches, sourceLocation: location)
        #expect(disturbed.keeper.snapshotBytes == keeper.snapshotBytes, sourceLocation: location)
        #expect(disturbed.system.snapshot() == system.snapshot(), sourceLocation: location)
        // A snapshot does not hold which place in its batch a cast has: all that is in flight can be drained.
        var undisturbed = copy()
        for frame in 0..<3 {
            let all = system.flightBatches.flatMap(\.flights).map(\.sequence)
            func drain(_ input: inout FrameInput) { if frame == 0 { input.castResults = all.reversed() } }
            try disturbed.step(drain)
            try undisturbed.step(drain)
            #expect(disturbed.system.snapshot() == undisturbed.system.snapshot(), sourceLocation: location)
        }
    }

    private var next: FrameInput {
        var input = FrameInput(
            frame: Int32(system.nextFrame ?? 0), session: system.session ?? 0,
            camera: Camera(position: WorldPoint(0.5, 300.5, 0.5)))
        input.castResults = []
        input.storeReplies = []
        return input
    }
}

extension MemoryStore {
    fileprivate var snapshotBytes: [UInt8] {
        var bytes = CanonicalBytes()
        append(to: &bytes)
        return bytes.bytes
    }
}
