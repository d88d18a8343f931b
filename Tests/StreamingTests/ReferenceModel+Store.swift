import Hashing
import Streaming
import Topology
import Voxels

/// What the reference knows of a session's store.
struct ReferenceLedger {
    struct Row {
        let key: RowKey
        var clock: Int64 { didSet { leafMemo = nil } }
        var present: CellMask { didSet { leafMemo = nil } }
        var content: UInt64 { didSet { leafMemo = nil } }
        /// Remembered until a field changes.
        var leafMemo: UInt64?

        var bytes: Int64 { 160 + 60 * Int64(present.count) }
    }

    struct Request {
        var sequence: UInt64
        /// Nil for the index.
        var row: RowKey?
        var due: Int32
        var masked = CellMask()
    }

    struct WriteBack {
        var sequence: UInt64
        var row: RowKey
        /// In linear order.
        var cells: [ReferenceCachedCell]
    }

    /// A row that the ledger has thrown out, and why.
    struct Deletion {
        var row: RowKey
        var reason: UInt8
    }

    var cap: Int64
    var seed: UInt64
    var start: Int32
    var editsAtStart: UInt64
    var isKnown = false
    var indexClock: Int64 = 0
    var knownEdits: UInt64 = 0
    var nextSequence: UInt64 = 0
    var rows: [Row] = []
    var requests: [Request] = []
    var writeBacks: [WriteBack] = []
    var boxes: [WorldBox] = []

    var deletions: [Deletion] = []
    var forgets = false
    /// What boxes have thrown out of rows since the last batch.
    var thrownOut: [(row: RowKey, mask: CellMask)] = []

    func clock(in frame: Int32) -> Int64 {
        isKnown ? indexClock + 1 + Int64(frame) - Int64(start) : 0
    }
}

/// A reply that a frame drains.
struct ReferenceDrained {
    var request: ReferenceLedger.Request
    var reply: StoreReply
}

struct ReferenceHandOverCounts {
    var requests: UInt32 = 0
    var writeBacks: UInt32 = 0
    var evicted: UInt32 = 0
}

// MARK: Input

extension ReferenceModel {
    func storeKey(_ configuration: Configuration) -> StoreKey {
        let spacing = fault == .keyWithoutSpacing ? 1 : configuration.baseSpacing
        var bytes = CanonicalBytes()
        bytes.append(UInt8(0xB0))
        bytes.append(bits(spacing))
        for number in [configuration.resolution, configuration.levels, configuration.regionEdge] {
            bytes.append(number)
        }
        bytes.append(UInt32(64))
        bytes.append(configuration.resolution)
        bytes.append(UInt32(1))
        return StoreKey(
            worldSeed: configuration.worldSeed, layoutVersion: configuration.layoutVersion,
            fingerprint: XXH3.digest64(bytes.bytes), baseSpacing: configuration.baseSpacing,
            regionEdge: configuration.regionEdge)
    }

    func endSession(_ frame: inout ReferenceFrameWork) {
        frame.endsSession = true
        frame.ending = ledger
        ledger = nil
    }

    func apply(storeEvent event: Event, _ frame: inout ReferenceFrameWork) {
        switch event {
        case .store(let cap, let contents):
            frame.opens = true
            frame.contents = contents
            ledger = ReferenceLedger(
                cap: cap, seed: world.seed, start: now, editsAtStart: world.editSum.value)
        case .storeOff:
            note(.switchedOff)
            for request in ledger?.requests ?? [] { _ = disk.finish(request.sequence) }
            ledger = nil
            frame.droppedWriteBacks = 0
            frame.opens = false
        case .storeDamage(let region): frame.damages.append(region)
        case .writeBackDropped(let key):
            guard ledger?.isKnown == true else { return }
            note(.writeBacksDropped)
            frame.droppedWriteBacks += 1
            ledger?.rows.removeAll { $0.key == key }
            ledger?.deletions.append(ReferenceLedger.Deletion(row: key, reason: 3))
        default: break
        }
    }

    /// At the end of the input.
    func drainReplies(_ frame: inout ReferenceFrameWork) {
        if frame.ending != nil && frame.editsAtEnd == nil { ledger?.editsAtStart = world.editSum.value }
        if let before = frame.before, let after = configuration, !frame.endsSession {
            frame.changesKey = storeKey(before) != storeKey(after)
        }
        let requests = (frame.ending ?? ledger)?.requests ?? []
        let stays = !frame.endsSession && !frame.changesKey
        for request in requests.sorted(by: { $0.sequence < $1.sequence }) {
            let arrival = frame.input.storeReplies?.first { $0.request == request.sequence }
            let isDue = frame.input.storeReplies == nil ? request.due <= now : arrival != nil
            if request.row == nil ? frame.endsSession || isDue : stays && isDue {
                let kept = disk.finish(request.sequence)
                // What stands in the frame counts, whatever the store has.
                let given = fault == .givenReplyForgotten ? nil : arrival?.reply
                if arrival?.reply != nil { note(given == kept ? .repliesGiven : .repliesOtherThanTheStores) }
                frame.drained.append(ReferenceDrained(request: request, reply: given ?? kept))
            } else if request.row != nil && !stays {
                note(.repliesDroppedWithTheKey)
                if arrival != nil { note(.repliesPassedOver) }
                _ = disk.finish(request.sequence)
            } else {
                continue
            }
            ledger?.requests.removeAll { $0.sequence == request.sequence }
            frame.ending?.requests.removeAll { $0.sequence == request.sequence }
        }
    }

    /// A session that starts in this frame finds its store as the one before has left it; then rows are spoiled.
    func openStore(_ frame: ReferenceFrameWork) {
        if frame.opens {
            if let contents = frame.contents { disk.open(contents) }
            disk.replies = []
        }
        guard let configuration else { return }
        for region in frame.damages { disk.damage(RowKey(storeKey(configuration), region)) }
    }
}

// MARK: Recycle

extension ReferenceModel {
    func apply(
        _ drained: ReferenceDrained, _ ledger: inout ReferenceLedger?, _ frame: inout ReferenceFrameWork,
        _ bytes: inout CanonicalBytes, _ counts: inout ReferenceRecycleCounts
    ) {
        switch drained.reply {
        case .index(let index):
            bytes.append(UInt8(0))
            accept(index, &ledger, &frame, &bytes)
            counts.applied += 1
            frame.knowsIndexNow = true
        case .region(let content):
            guard let row = drained.request.row else { return }
            bytes.append(UInt8(1))
            append(row.region, to: &bytes)
            apply(content.cells, drained.request, row, &frame, &bytes, &counts)
            counts.applied += 1
        case .absent, .damaged:
            guard let row = drained.request.row else { return }
            note(drained.reply == .absent ? .repliesAbsent : .repliesDamaged)
            bytes.append(drained.reply == .absent ? UInt8(2) : 3)
            append(row.region, to: &bytes)
            counts.refused += 1
            count(refused: row, &frame)
            if fault == .damagedRowKept { return }
            ledger?.rows.removeAll { $0.key == row }
            ledger?.deletions.append(ReferenceLedger.Deletion(row: row, reason: 0))
        }
    }

    private func accept(
        _ index: StoreIndex, _ ledger: inout ReferenceLedger?, _ frame: inout ReferenceFrameWork,
        _ bytes: inout CanonicalBytes
    ) {
        guard var known = ledger, let configuration = frame.endsSession ? frame.before : self.configuration
        else { return }
        let key = storeKey(configuration)
        known.isKnown = true
        known.indexClock = fault == .clockStartsAnew ? 0 : index.clock
        known.knownEdits = index.worlds.first { $0.seed == known.seed }?.edits.value ?? 0
        known.rows = index.rows.map {
            ReferenceLedger.Row(
                key: $0.key, clock: $0.row.clock, present: $0.row.present, content: $0.row.content.value)
        }
        note(frame.endsSession ? .indexAtTheEnd : .indexAccepted)
        let isOtherWorld = known.knownEdits != known.editsAtStart
        // Accepted, then refused for seed, layout, fingerprint, world.
        var numbers: [UInt32] = [0, 0, 0, 0, 0]
        for row in known.rows {
            if row.key.key.worldSeed != key.worldSeed, fault != .otherSeedAccepted {
                numbers[1] += 1
            } else if row.key.key.layoutVersion != key.layoutVersion {
                numbers[2] += 1
            } else if row.key.key.fingerprint != key.fingerprint
                || row.key.key.baseSpacing != key.baseSpacing || row.key.key.regionEdge != key.regionEdge
            {
                numbers[3] += 1
            } else if isOtherWorld {
                numbers[4] += 1
            } else {
                numbers[0] += 1
                continue
            }
            count(refused: row.key, &frame)
        }
        let reasons: [ReachedCase] = [
            .rowsOfOtherSeeds, .rowsOfOtherLayouts, .rowsOfOtherFingerprints, .rowsOfAnotherWorld,
        ]
        for (number, reason) in zip(numbers.dropFirst(), reasons) where number > 0 { note(reason) }
        for number in numbers { bytes.append(number) }
        bytes.append(index.damagedRows)
        if isOtherWorld {
            known.rows.removeAll { $0.key.key.worldSeed == known.seed }
            known.forgets = true
            known.knownEdits = 0
        }
        for box in known.boxes {
            var unheard = CanonicalBytes()
            var records: UInt32 = 0
            throwOutOfRows(by: box, &known, &unheard, &records)
        }
        known.boxes = []
        ledger = known
    }

    private func apply(
        _ cells: [StoredCell], _ request: ReferenceLedger.Request, _ row: RowKey,
        _ frame: inout ReferenceFrameWork, _ bytes: inout CanonicalBytes,
        _ counts: inout ReferenceRecycleCounts
    ) {
        guard let configuration else { return }
        var restored: UInt32 = 0
        var cached: UInt32 = 0
        var late: UInt32 = 0
        var masked: UInt32 = 0
        let level = Int(row.region.level)
        for stored in cells {
            let cell = referenceCell(stored.index, in: row.region, edge: row.key.regionEdge)
            let lastUpdated = fault == .ageForgotten ? now : now - stored.ageFrames
            let probe = level < levels.count ? levels[level].probe(cell) : nil
            if request.masked.contains(stored.index), fault != .maskForgotten {
                note(.repliesMasked)
                masked += 1
            } else if Int32(level) < configuration.nearLevels
                || isCached(level: level, cell: cell, edge: configuration.regionEdge)
            {
                late += 1
            } else if let probe {
                let waits = probe.lifecycle == .uninitialized || probe.lifecycle == .dirty
                if waits || (fault == .lateApplied && probe.lifecycle != .inFlight) {
                    note(.repliesRestored)
                    restore(probe, lastUpdated: lastUpdated, payload: stored.payload)
                    restored += 1
                } else {
                    late += 1
                }
            } else if configuration.cacheBytes > 0 {
                note(.repliesCached)
                moveIn(
                    level: level, cell: cell, lastUpdated: lastUpdated, payload: stored.payload, configuration
                )
                cached += 1
            } else {
                late += 1
            }
        }
        for number in [restored, cached, late, masked] { bytes.append(number) }
        if late > 0 { note(.repliesLate) }
        counts.lateOrMasked += late + masked
        counts.restored += restored
        frame.counts[level].restored += Int(restored)
    }

    private func count(refused row: RowKey, _ frame: inout ReferenceFrameWork) {
        guard !frame.counts.isEmpty else { return }
        // A row of a level that the session does not have counts for its coarsest.
        frame.counts[min(Int(row.region.level), frame.counts.count - 1)].refused += 1
    }

    func writeBack(_ entry: ReferenceEntry, _ key: StoreKey, _ ledger: inout ReferenceLedger?) {
        guard let sequence = ledger?.nextSequence else { return }
        ledger?.writeBacks.append(
            ReferenceLedger.WriteBack(
                sequence: sequence, row: RowKey(key, entry.region), cells: entry.sortedCells))
        ledger?.nextSequence += 1
    }
}
