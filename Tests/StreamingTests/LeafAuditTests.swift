import Hashing
import Testing
import Topology
import Voxels

@testable import Streaming

/// Every field is in its record, and nothing else is.
@Suite struct LeafAuditTests {
    private static let cell = Cell(-7, 123_456, 9)
    private static let lattice = Lattice(baseSpacing: 2, levels: 2, resolution: 8)

    private static func state() -> ProbeState {
        var state = ProbeState(generation: 5)
        state.lastUpdated = 1000
        state.queuedAt = 7
        state.retryAfter = 77
        state.ticket = 99
        state.lifecycle = .queued
        state.afterFlight = [.dirty]
        return state
    }

    private static func payload() -> Payload {
        var payload = Payload()
        payload.sh.r0 = 0x3c00
        payload.confidence = 0.5
        payload.flags = 1
        return payload
    }

    private func flips<Field: FixedWidthInteger>(
        _ path: WritableKeyPath<ProbeState, Field>, _ name: String, inState: Bool, inQueue: Bool
    ) {
        let before = LeafAuditTests.state()
        for bit in 0..<Field.bitWidth {
            var after = before
            after[keyPath: path] ^= 1 << Field(bit)
            let cell = LeafAuditTests.cell
            #expect(
                (before.record(level: 1, cell: cell).leaf != after.record(level: 1, cell: cell).leaf)
                    == inState, "\(name), bit \(bit), state")
            #expect(
                (before.queuedRecord(level: 1, cell: cell).leaf
                    != after.queuedRecord(level: 1, cell: cell).leaf) == inQueue, "\(name), bit \(bit), queue"
            )
        }
    }

    @Test func everyBitOfEveryFieldOfAProbeIsInItsRecord() {
        flips(\.lastUpdated, "last updated", inState: true, inQueue: false)
        flips(\.queuedAt, "queued at", inState: true, inQueue: false)
        flips(\.retryAfter, "retry after", inState: true, inQueue: false)
        flips(\.generation, "generation", inState: true, inQueue: true)
        flips(\.ticket, "ticket", inState: false, inQueue: true)
        var leaves: Set<Digest64> = []
        for lifecycle in Lifecycle.allCases {
            for flags in UInt8(0)..<4 {
                var state = LeafAuditTests.state()
                state.lifecycle = lifecycle
                state.afterFlight = AfterFlight(rawValue: flags)
                leaves.insert(state.record(level: 1, cell: LeafAuditTests.cell).leaf)
            }
        }
        #expect(leaves.count == Lifecycle.allCases.count * 4)
    }

    /// The list of fields above is complete: a new one has to be added to it, and to a record.
    @Test func noFieldIsForgotten() {
        func names(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }
        #expect(
            names(LeafAuditTests.state()) == [
                "lastUpdated", "queuedAt", "retryAfter", "generation", "ticket", "lifecycle", "afterFlight",
            ])
        #expect(
            names(Flight(sequence: 0, level: 0, cell: LeafAuditTests.cell, generation: 0, epoch: 0)) == [
                // The place is no state: one that goes on from a snapshot counts anew.
                "sequence", "level", "cell", "generation", "epoch", "place",
            ])
        #expect(
            names(Configuration.classic) == [
                "worldSeed", "chunksStartLoaded", "layoutVersion", "baseSpacing", "resolution", "levels",
                "reanchorDistance", "regionEdge", "nearLevels", "cacheBytes", "castLatencyFrames",
                "storeLatencyFrames", "budgets", "variant",
            ])
        #expect(names(Configuration.classic.budgets) == ["perLevel", "total", "uploadBytes"])
        #expect(
            names(StreamingSystem()) == [
                "configuration", "world", "levels", "queue", "flights", "cache", "store", "epoch", "session",
                "nextFrame", "selectionOrder",
                // No state: nothing of it may show.
                "visitOrder",
            ])
        #expect(
            names(Fixture.input(0)) == [
                "frame", "engineTimeNanoseconds", "session", "camera", "budgets", "events",
                "storeReplies", "castResults",
                // Of the engine's work only claims decide anything, in a variant that has them: they show in the states and the queue.
                "engineWork",
                // Nothing is decided by these.
                "snapshot", "missedFrames", "checkpoint",
            ])
    }

    @Test func everyRecordCarriesLevelAndCellAndHasItsOwnTag() {
        let state = LeafAuditTests.state()
        let payload = LeafAuditTests.payload()
        let batch = FlightBatch(
            frame: 0, dueFrame: 1, world: VoxelWorld(seed: 1, chunksStartLoaded: true),
            lattice: LeafAuditTests.lattice,
            flights: [])
        func records(_ level: Int, _ cell: Cell) -> [LeafRecord] {
            [
                state.record(level: level, cell: cell), payload.record(level: level, cell: cell),
                state.queuedRecord(level: level, cell: cell),
                Flight(sequence: 1, level: level, cell: cell, generation: 2, epoch: 3).record(in: batch),
            ]
        }
        let first = records(1, LeafAuditTests.cell)
        #expect(first.map { $0.bytes[0] } == [1, 2, 3, 4])
        #expect(first.map(\.count) == [32, 58, 26, 62])
        var cells: [(Int, Cell)] = (0...7).filter { $0 != 1 }.map { ($0, LeafAuditTests.cell) }
        for bit in 0..<32 {
            var cell = LeafAuditTests.cell
            cell.x ^= 1 << Int32(bit)
            cells.append((1, cell))
            cell = LeafAuditTests.cell
            cell.y ^= 1 << Int32(bit)
            cells.append((1, cell))
            cell = LeafAuditTests.cell
            cell.z ^= 1 << Int32(bit)
            cells.append((1, cell))
        }
        for (level, cell) in cells {
            for (before, after) in zip(first, records(level, cell)) {
                #expect(before.leaf != after.leaf, "tag \(before.bytes[0]), level \(level), cell \(cell)")
            }
        }
    }

    @Test func everyFieldOfAFlightIsInItsRecord() {
        var world = VoxelWorld(seed: 1, chunksStartLoaded: true)
        let flight = Flight(sequence: 1, level: 0, cell: LeafAuditTests.cell, generation: 2, epoch: 3)
        let batch = FlightBatch(
            frame: 0, dueFrame: 1, world: world, lattice: LeafAuditTests.lattice, flights: [])
        let before = flight.record(in: batch).leaf
        for bit in 0..<64 {
            var other = flight
            other.sequence ^= 1 << UInt64(bit)
            #expect(other.record(in: batch).leaf != before)
        }
        for bit in 0..<32 {
            var other = flight
            other.generation ^= 1 << UInt32(bit)
            #expect(other.record(in: batch).leaf != before)
            other = flight
            other.epoch ^= 1 << UInt32(bit)
            #expect(other.record(in: batch).leaf != before)
            var late = batch
            late.dueFrame ^= 1 << Int32(bit)
            #expect(flight.record(in: late).leaf != before)
        }
        for lattice in [
            Lattice(baseSpacing: 2.5, levels: 2, resolution: 8),
            Lattice(baseSpacing: 2, levels: 2, resolution: 9),
        ] {
            var other = batch
            other.lattice = lattice
            #expect(flight.record(in: other).leaf != before)
        }
        // The version alone, then the content as well.
        let nothing = VoxelBox(lower: VoxelCoordinate(0, 0, 0), upper: VoxelCoordinate(0, 0, 0))
        world.apply(edit: nothing, material: .stone)
        let newer = flight.record(
            in: FlightBatch(frame: 0, dueFrame: 1, world: world, lattice: LeafAuditTests.lattice, flights: [])
        ).leaf
        #expect(newer != before)
        var edited = VoxelWorld(seed: 1, chunksStartLoaded: true)
        let voxel = VoxelBox(lower: VoxelCoordinate(0, 0, 0), upper: VoxelCoordinate(1, 1, 1))
        edited.apply(edit: voxel, material: .stone)
        #expect(edited.version == world.version)
        let other = flight.record(
            in: FlightBatch(
                frame: 0, dueFrame: 1, world: edited, lattice: LeafAuditTests.lattice, flights: [])
        ).leaf
        #expect(other != newer)
    }

    /// Every bit of the 44 bytes, but for the two reserved halves, which are read by nobody.
    @Test func everyBitOfAPayloadButTheReservedOnesIsInItsRecord() throws {
        let before = LeafAuditTests.payload()
        let leaf = before.record(level: 1, cell: LeafAuditTests.cell).leaf
        let reserved: Set<Int> = [28, 29, 34, 35]
        for byte in 0..<Payload.byteCount {
            for bit in 0..<8 {
                var bytes = before.bytes
                bytes[byte] ^= 1 << UInt8(bit)
                let after = try #require(Payload(bytes: bytes))
                let changes = after.record(level: 1, cell: LeafAuditTests.cell).leaf != leaf
                #expect(changes == !reserved.contains(byte), "byte \(byte), bit \(bit)")
            }
        }
        #expect(Array(before.record(level: 1, cell: LeafAuditTests.cell).bytes.dropFirst(14)) == before.bytes)
    }

    /// The same fields in memory that was all ones and all zeros before: same leaf.
    @Test func whatIsBetweenTheFieldsInMemoryIsInNoRecord() {
        func leaves(filledWith fill: UInt8) -> [Digest64] {
            let states = UnsafeMutablePointer<ProbeState>.allocate(capacity: 1)
            let payloads = UnsafeMutablePointer<Payload>.allocate(capacity: 1)
            defer {
                states.deallocate()
                payloads.deallocate()
            }
            UnsafeMutableRawPointer(states).initializeMemory(
                as: UInt8.self, repeating: fill, count: MemoryLayout<ProbeState>.stride)
            UnsafeMutableRawPointer(payloads).initializeMemory(
                as: UInt8.self, repeating: fill, count: MemoryLayout<Payload>.stride)
            // Field by field, so that what is between them stays.
            let state = LeafAuditTests.state()
            states.pointee.lastUpdated = state.lastUpdated
            states.pointee.queuedAt = state.queuedAt
            states.pointee.retryAfter = state.retryAfter
            states.pointee.generation = state.generation
            states.pointee.ticket = state.ticket
            states.pointee.lifecycle = state.lifecycle
            states.pointee.afterFlight = state.afterFlight
            payloads.pointee = LeafAuditTests.payload()
            let cell = LeafAuditTests.cell
            return [
                states.pointee.record(level: 1, cell: cell).leaf,
                states.pointee.queuedRecord(level: 1, cell: cell).leaf,
                payloads.pointee.record(level: 1, cell: cell).leaf,
            ]
        }
        #expect(leaves(filledWith: 0) == leaves(filledWith: 0xff))
        #expect(MemoryLayout<ProbeState>.stride > MemoryLayout<ProbeState>.size, "no padding to try")
    }

    @Test func aLevelsDigestCoversItsNumberCameraAnchorAndSums() throws {
        let fixture = try Fixture { $0.reanchorDistance = 5 }
        let level = fixture.system.levels[0]
        let before = level.digest
        func expectChange(_ name: String, _ change: (inout ProbeLevel) -> Void) {
            var other = level
            change(&other)
            #expect(other.digest != before, "\(name)")
        }
        expectChange("camera") { $0.snap.cameraCell.y += 1 }
        expectChange("anchor") { $0.snap.anchor.z -= 1 }
        let valid = try fixture.cell(.valid)
        expectChange("state") { level in
            level.update(level.window.slot(of: valid), cell: valid) { $0.lastUpdated -= 1 }
        }
        expectChange("payload") { level in
            level.store(LeafAuditTests.payload(), in: level.window.slot(of: valid), cell: valid)
        }
        var lattice = fixture.configuration.lattice
        lattice = Lattice(baseSpacing: lattice.baseSpacing, levels: 8, resolution: 8)
        let snap = Snap(cameraCell: Cell(0, 0, 0), anchor: Cell(0, 0, 0))
        let digests = (0..<8).map { ProbeLevel(level: $0, lattice: lattice, snap: snap).digest }
        #expect(Set(digests).count == 8)
    }
}
