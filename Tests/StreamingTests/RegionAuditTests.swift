import Hashing
import Testing
import Topology
import Voxels

@testable import Streaming

/// Every field of what is kept outside the windows is in a leaf or in a sum, and shows at the first stage that covers it.
@Suite struct RegionAuditTests {
    private static let key = StoreKey(
        worldSeed: 1, layoutVersion: 2, fingerprint: Digest64(3), baseSpacing: 2, regionEdge: 2)
    private static let row = RowKey(key, RegionKey(level: 1, region: Cell(4, 5, 6)))

    private static var payload: Payload {
        var payload = Payload.zero
        payload.flags = Payload.validFlag
        payload.aoU = 7
        return payload
    }

    /// Each change gives another leaf, and no two give the same.
    private func expectDistinct<Value>(
        _ value: Value, _ leaf: (Value) -> Digest64, _ changes: [(inout Value) -> Void], _ comment: Comment
    ) {
        var leaves: Set<Digest64> = [leaf(value)]
        for change in changes {
            var other = value
            change(&other)
            leaves.insert(leaf(other))
        }
        #expect(leaves.count == changes.count + 1, comment)
    }

    @Test func everyFieldOfACachedCellIsInItsRecord() {
        let cell = CachedCell(cell: Cell(1, 2, 3), lastUpdated: -4, payload: Self.payload)
        expectDistinct(
            cell, { $0.record(level: 1).leaf },
            [
                { $0.cell.x += 1 }, { $0.cell.y += 1 }, { $0.cell.z += 1 }, { $0.lastUpdated -= 1 },
                { $0.payload.sh.bX ^= 1 }, { $0.payload.flags |= 2 }, { $0.payload.confidence = 0.5 },
            ], "cached cell")
        #expect(cell.record(level: 1).leaf != cell.record(level: 2).leaf)
        #expect(cell.record(level: 1).count == 62)
        #expect(cell.record(level: 1).bytes[0] == 5)
    }

    @Test func everyFieldOfAnEntryIsInItsRecord() {
        let grid = RegionGrid(edge: 2)
        var entry = RegionEntry(key: Self.row.region, grid: grid, layoutVersion: 1)
        _ = entry.insert(CachedCell(cell: Cell(8, 10, 12), lastUpdated: 3, payload: Self.payload), at: 0)
        expectDistinct(
            entry, { $0.record.leaf },
            [
                { $0.lastUsed += 1 }, { $0.newestUpdate += 1 }, { $0.layoutVersion += 1 },
                { $0.flags.insert(.unsaved) }, { $0.flags.insert(.invalidated) },
                {
                    _ = $0.insert(
                        CachedCell(cell: Cell(9, 10, 12), lastUpdated: 3, payload: Self.payload), at: 1)
                },
            ], "entry")
        #expect(entry.record.count == 31)
        #expect(entry.record.bytes[0] == 6)
    }

    @Test func everyFieldOfTheLedgerIsInARecord() {
        let row = StoreRow(clock: 7, present: CellMask(words: [5]), content: Digest64(8))
        expectDistinct(
            row, { $0.record(of: Self.row).leaf },
            [
                { $0.clock += 1 }, { $0.present.insert(1) }, { $0.content = Digest64(9) },
                { $0.present = CellMask(words: [6]) },
            ], "row")
        expectDistinct(
            Self.row, { row.record(of: $0).leaf },
            [
                { $0.key.worldSeed += 1 }, { $0.key.layoutVersion += 1 },
                { $0.key.fingerprint = Digest64(4) },
                { $0.key.baseSpacing = 3 }, { $0.key.regionEdge = 4 }, { $0.region.level = 2 },
                { $0.region.region.x += 1 }, { $0.region.region.y += 1 }, { $0.region.region.z += 1 },
            ], "row key")
        let request = StoreRequest(sequence: 3, row: Self.row, dueFrame: 9)
        expectDistinct(
            request, { $0.record.leaf },
            [
                { $0.sequence += 1 }, { $0.row = nil }, { $0.row?.key.layoutVersion += 1 },
                { $0.dueFrame += 1 },
                { $0.masked.insert(3) }, { $0.row?.region.region.z += 1 },
            ], "request")
        func write(_ sequence: UInt64, _ row: RowKey, _ lastUpdated: Int32, _ x: Int32) -> HeldWrite {
            HeldWrite(
                sequence: sequence, row: row,
                cells: [CachedCell(cell: Cell(x, 10, 12), lastUpdated: lastUpdated, payload: Self.payload)])
        }
        var other = Self.row
        other.region.region.y += 1
        let writes = [
            write(1, Self.row, 3, 8), write(2, Self.row, 3, 8), write(1, other, 3, 8),
            write(1, Self.row, 4, 8), write(1, Self.row, 3, 9),
        ]
        #expect(Set(writes.map(\.record.leaf)).count == writes.count)
        #expect(
            [row.record(of: Self.row).count, request.record.count, writes[0].record.count] == [54, 42, 42])

        func ledger(
            _ cap: Int64 = 5, _ start: Int32 = 6, _ edits: UInt64 = 7,
            _ change: (inout StoreLedger) -> Void = { _ in }
        )
            -> LeafSum
        {
            var ledger = StoreLedger(
                sizeCapBytes: cap, worldSeed: 1, startFrame: start, startEdits: LeafSum(value: edits))
            change(&ledger)
            return ledger.pendingSum
        }
        let box = WorldBox(lower: WorldPoint(0, 0, 0), upper: WorldPoint(1, 1, 1))
        let sums = [
            ledger(), ledger(6), ledger(5, 7), ledger(5, 6, 8), ledger { $0.isIndexKnown = true },
            ledger { $0.indexClock = 1 }, ledger { $0.knownEdits = LeafSum(value: 1) },
            ledger { $0.nextSequence = 1 }, ledger { $0.requests = [request] },
            ledger { $0.held = [writes[0]] },
            ledger { $0.heldBoxes = [box] }, ledger { $0.heldBoxes = [box, box] },
        ]
        #expect(Set(sums).count == sums.count)
    }

    @Test func cacheAndLedgerShowInRecycle() throws {
        let fixture = try Fixture { $0.nearLevels = 0 }
        let far = Cell(1000, 1000, 1000)
        func stage(_ change: (inout StreamingSystem) -> Void) throws -> Stage? {
            try fixture.firstStage { system, _ in change(&system) }
        }
        let cached = try stage { system in
            system.cache.insert(
                [CachedCell(cell: far, lastUpdated: 1, payload: Self.payload)], level: 0, unsaved: true,
                layoutVersion: 1, frame: 1)
        }
        #expect(cached == .recycle)
        // A row of another key: nothing is asked for, and it shows all the same.
        func withLedger(_ change: (inout StoreLedger) -> Void) throws -> [Digest64] {
            var system = fixture.system
            var ledger = StoreLedger(
                sizeCapBytes: 1 << 20, worldSeed: 0, startFrame: 0, startEdits: LeafSum())
            ledger.isIndexKnown = true
            ledger.nextSequence = 1
            change(&ledger)
            system.store = ledger
            var keeper = MemoryStore()
            let casts = ScriptedCasts(CastOutcomes(source: .invented))
            for batch in system.flights.batches {
                casts.begin(batch: batch.frame, jobs: batch.jobs, in: batch.world)
            }
            return try system.step(Fixture.input(7), casts: casts, store: &keeper).digests.stages
        }
        let plain = try withLedger { _ in }
        let rowed = try withLedger {
            $0.set(Self.row, StoreRow(clock: 1, present: CellMask(words: [1]), content: Digest64(2)))
        }
        let first = zip(Stage.allCases, zip(plain, rowed)).first { $0.1.0 != $0.1.1 }?.0
        #expect(first == .recycle)
    }

    /// The lists of fields above are complete: a new one has to be added to them, and to a record.
    @Test func noFieldIsForgotten() {
        func names(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }
        #expect(
            names(CachedCell(cell: Cell(0, 0, 0), lastUpdated: 0, payload: .zero)) == [
                "cell", "lastUpdated", "payload",
            ])
        #expect(
            names(RegionEntry(key: Self.row.region, grid: RegionGrid(edge: 2), layoutVersion: 1)) == [
                "key", "cells", "places", "lastUsed", "newestUpdate", "layoutVersion", "flags",
            ])
        #expect(
            names(RegionCache(grid: RegionGrid(edge: 2), baseSpacing: 2)) == [
                // Whether cells lie half a cell off follows from the configuration.
                "grid", "baseSpacing", "isHalfCell", "entries", "cellSum", "entrySum", "bytes", "order",
            ])
        #expect(
            names(Self.key) == ["worldSeed", "layoutVersion", "fingerprint", "baseSpacing", "regionEdge"])
        #expect(
            names(StoreRow(clock: 0, present: CellMask(), content: Digest64(0))) == [
                "clock", "present", "content",
            ])
        #expect(
            names(StoreRequest(sequence: 0, row: nil, dueFrame: 0)) == [
                "sequence", "row", "dueFrame", "masked",
            ])
        #expect(
            names(HeldWrite(sequence: 0, row: Self.row, cells: [])) == [
                "sequence", "row", "cells", "contentDigest",
            ])
        // The seed is the configuration's; `work` is empty between frames; the others are in the ledger's record or derived from rows.
        #expect(
            names(StoreLedger(sizeCapBytes: 0, worldSeed: 0, startFrame: 0, startEdits: LeafSum())) == [
                "sizeCapBytes", "worldSeed", "startFrame", "startEdits", "isIndexKnown", "indexClock",
                "knownEdits",
                "nextSequence", "rows", "rowSum", "bytes", "rowsOfKey", "order", "requests", "held",
                "heldBoxes",
                "work",
            ])
    }
}
