import Foundation
import Hashing
import Replay
import Streaming
import Testing
import Topology
import Voxels

/// The third rule: what a session takes from a store depends on its key and on nothing else.
@Suite struct InvalidationRuleTests {
    /// What can differ between two sessions, and whether light that one stored means the same in the other.
    static let differences:
        [(name: String, isSameKey: Bool, change: @Sendable (inout Configuration) -> Void)] = [
            ("nothing", true, { _ in }),
            (
                "budgets and latencies", true,
                {
                    $0.budgets.total = 90
                    $0.castLatencyFrames = 3
                    $0.storeLatencyFrames = 5
                }
            ),
            (
                "cache and re-anchoring", true,
                {
                    $0.cacheBytes = 30_000
                    $0.reanchorDistance = 2
                }
            ),
            ("near levels", true, { $0.nearLevels = 2 }),
            ("seed", false, { $0.worldSeed = 4 }),
            ("layout", false, { $0.layoutVersion = 2 }),
            ("base spacing", false, { $0.baseSpacing = 2.5 }),
            ("resolution", false, { $0.resolution = 10 }),
            ("levels", false, { $0.levels = 2 }),
            ("region edge", false, { $0.regionEdge = 4 }),
        ]

    /// In the air, where every cell has light and casts cost little: who takes what is not about what the light is.
    private static let high = 401.0

    private static func frames(_ index: Int, contents: StoreContents? = nil) -> [FrameInput] {
        let one = StoreRuns.configuration()
        var other = one
        differences[index].change(&other)
        return StoreRuns.sessions([one, other, one], frames: 24, height: high, contents: contents)
    }

    @Test(arguments: differences.indices)
    func aSessionTakesAllOrNothing(_ index: Int) throws {
        let difference = Self.differences[index]
        var restored = [0, 0, 0]
        var refused = [0, 0, 0]
        var requests = [0, 0, 0]
        var sessionStart: Int32 = 0
        _ = try Replayer.run(Self.frames(index)) { result, state in
            let session = Int(state.system.session ?? 0)
            if result.frame % 24 == 0 { sessionStart = result.frame }
            requests[session] = max(requests[session], state.system.store?.requests.count ?? 0)
            refused[session] += result.counts.reduce(0) { $0 + $1.refused }
            // Before the camera has turned back nothing can come out of the cache.
            if result.frame < sessionStart + 12 {
                restored[session] += result.counts.reduce(0) { $0 + $1.restored }
            }
        }
        #expect(restored[0] == 0)
        if difference.isSameKey {
            #expect(restored[1] > 0, "\(difference.name)")
            #expect(refused[1] == 0)
        } else {
            #expect(restored[1] == 0, "\(difference.name)")
            #expect(requests[1] <= 1, "\(difference.name): no row may be asked for")
            #expect(refused[1] > 0, "\(difference.name)")
        }
        // Another key has harmed nothing.
        #expect(restored[2] > 0, "\(difference.name)")
    }

    /// However slow the store is, whoever casts: the same digests, which hold every decision.
    @Test(arguments: TestScale.isBrief ? [0, 4, 5] : Array(differences.indices))
    func theSpeedOfTheStoreDoesNotShow(_ index: Int) throws {
        let frames = Self.frames(index)
        let expected = try Replayer.run(frames).digest
        let paces: [LateStore.Pace] = [
            .lazy, .thread(seed: 1, pauseMicroseconds: 50), .thread(seed: 2, pauseMicroseconds: 3000),
        ]
        for (place, pace) in paces.enumerated() {
            let store = LateStore(pace)
            defer { store.stop() }
            let options = ReplayOptions(workers: 1 + 2 * (place % 2))
            #expect(try Replayer.run(frames, options: options, store: store).digest == expected, "\(pace)")
        }
    }

    /// Killed after any frame, with all or with only some of what was handed over on the disk: the next session takes what is there, and
    /// what it takes is right.
    @Test func anInterruptionLeavesWhatWasCommitted() throws {
        let one = StoreRuns.configuration(cacheBytes: 40_000)
        let box = VoxelBox(lower: VoxelCoordinate(0, 398, -6), upper: VoxelCoordinate(6, 404, 0))
        let frames = StoreRuns.sessions(
            [one], frames: 30, height: Self.high, events: [20: [.edit(box, .lamp)]])
        var stores: [MemoryStore] = []
        var worlds: [LeafSum] = []
        _ = try Replayer.run(frames) { _, state in
            stores.append(state.store)
            worlds.append(state.system.world.editSum)
        }
        for killed in stride(from: 6, to: frames.count, by: 3) {
            for lost in [0, 1, 4] {
                let contents = stores[killed - lost].contents
                // The game has saved its world: the next session finds the edits made.
                var rest = StoreRuns.sessions([one], frames: 12, height: Self.high, contents: contents)
                rest[0].events.insert(.sessionEnd, at: 0)
                for index in rest.indices {
                    rest[index].frame += 1
                    rest[index].session = 1
                }
                let saved = FrameInput(
                    frame: 0, camera: rest[0].camera,
                    events: [.sessionStart(one)] + (killed >= 20 ? [.edit(box, .lamp)] : []))
                var accepted = 0
                let run = try Replayer.run([saved] + rest, options: ReplayOptions(oracleInterval: 1)) {
                    result, state in
                    if let store = state.system.store, store.isIndexKnown {
                        accepted = max(accepted, store.rows.count)
                    }
                }
                #expect(run.incrementalFaults.isEmpty)
                let knowsEdits = (contents.index.worlds.first?.edits ?? LeafSum()) == worlds[killed]
                if knowsEdits {
                    #expect(accepted >= contents.index.rows.count)
                } else {
                    // The edit is in the world, its mark never reached the disk.
                    #expect(run.totals.reduce(0) { $0 + $1.refused } == contents.index.rows.count)
                    #expect(run.totals.reduce(0) { $0 + $1.restored } == 0 || accepted == 0)
                }
            }
        }
    }
}
