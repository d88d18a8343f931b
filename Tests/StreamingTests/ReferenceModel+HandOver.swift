import Hashing
import Streaming
import Topology
import Voxels

// MARK: Store

extension ReferenceModel {
    func handOverToStore(_ frame: inout ReferenceFrameWork) {
        if var known = ledger {
            if known.isKnown {
                handOver(&known, edits: world.editSum.value, &frame)
                askForRegions(&known, &frame)
            } else if known.requests.isEmpty {
                askForIndex(&known, &frame)
            } else if !known.writeBacks.isEmpty {
                note(.writeBacksHeld)
            }
            ledger = known
        }
        let counts = frame.handOverCounts
        let outputs = frame.handedOver.bytes
        let dropped = frame.droppedWriteBacks
        frame.close(.store, self, [.index]) {
            for byte in outputs { $0.append(byte) }
            for count in [counts.requests, counts.writeBacks, dropped, counts.evicted] { $0.append(count) }
        }
    }

    /// The last batch of a session that ends; then its ledger is gone.
    func endStore(_ frame: inout ReferenceFrameWork) {
        if var known = frame.ending {
            handOver(&known, edits: frame.editsAtEnd ?? world.editSum.value, &frame)
        }
        frame.ending = nil
        disk.replies = []
    }

    // MARK: A batch

    private func handOver(
        _ ledger: inout ReferenceLedger, edits: UInt64, _ frame: inout ReferenceFrameWork
    ) {
        let clock = ledger.clock(in: now)
        var isTold = false
        /// The first thing that is handed over brings the clock with it.
        func tell() {
            if !isTold { disk.clock = max(disk.clock, clock) }
            isTold = true
        }
        for deletion in ledger.deletions {
            tell()
            delete(deletion.row, reason: deletion.reason, &frame)
        }
        ledger.deletions = []
        if ledger.forgets {
            tell()
            note(.forgotten)
            frame.handedOver.append(UInt8(4))
            frame.handedOver.append(ledger.seed)
            disk.forget(ledger.seed)
            ledger.forgets = false
        }
        for (row, mask) in ledger.thrownOut.sorted(by: { $0.row < $1.row }) {
            tell()
            if ledger.rows.contains(where: { $0.key == row }) {
                frame.handedOver.append(UInt8(2))
                append(row, &frame)
                frame.handedOver.append(digest(of: mask))
                disk.mark(row, mask)
            } else {
                delete(row, reason: 1, &frame)
            }
        }
        ledger.thrownOut = []
        if edits != ledger.knownEdits {
            tell()
            note(.editsTold)
            frame.handedOver.append(UInt8(3))
            frame.handedOver.append(ledger.seed)
            frame.handedOver.append(edits)
            disk.setEdits(ledger.seed, edits)
            ledger.knownEdits = edits
        }
        evictRows(&ledger, &frame, tell)
        for writeBack in ledger.writeBacks {
            tell()
            if fault == .evictsBeforeWriting { evictRows(&ledger, &frame, tell) }
            write(writeBack, &ledger, clock, &frame)
            if fault != .evictsBeforeWriting { evictRows(&ledger, &frame, tell) }
        }
        ledger.writeBacks = []
    }

    private func delete(_ row: RowKey, reason: UInt8, _ frame: inout ReferenceFrameWork) {
        frame.handedOver.append(UInt8(1))
        append(row, &frame)
        frame.handedOver.append(reason)
        disk.delete(row)
    }

    private func write(
        _ writeBack: ReferenceLedger.WriteBack, _ ledger: inout ReferenceLedger, _ clock: Int64,
        _ frame: inout ReferenceFrameWork
    ) {
        let cells = writeBack.cells.map {
            StoredCell(
                index: $0.index,
                ageFrames: Int32(min(Int64(now) - Int64($0.lastUpdated), (1 << 31) - (1 << 16))),
                storedAt: clock, payload: $0.payload)
        }
        let bytes = referenceBytes(of: cells)
        frame.handedOver.append(UInt8(5))
        append(writeBack.row, &frame)
        frame.handedOver.append(UInt32(cells.count))
        frame.handedOver.append(XXH3.digest64(bytes).value)
        frame.handOverCounts.writeBacks += 1
        let level = Int(writeBack.row.region.level)
        while frame.counts.count <= level { frame.counts.append(LevelCounts()) }
        frame.counts[level].stored += 1
        disk.write(writeBack.row, cells)

        if ledger.rows.contains(where: { $0.key == writeBack.row }) { note(.rowsMerged) }
        var row =
            ledger.rows.first { $0.key == writeBack.row }
            ?? ReferenceLedger.Row(key: writeBack.row, clock: 0, present: CellMask(), content: 0)
        row.clock = clock
        for cell in cells { row.present.insert(cell.index) }
        var content = CanonicalBytes()
        content.append(row.content)
        content.append(UInt8(1))
        for byte in bytes { content.append(byte) }
        row.content = XXH3.digest64(content.bytes).value
        ledger.rows.removeAll { $0.key == writeBack.row }
        ledger.rows.append(row)
    }

    private func evictRows(
        _ ledger: inout ReferenceLedger, _ frame: inout ReferenceFrameWork, _ tell: () -> Void
    ) {
        while ledger.rows.reduce(0, { $0 + $1.bytes }) > ledger.cap {
            let oldest = ledger.rows.min { $0.clock != $1.clock ? $0.clock < $1.clock : $0.key < $1.key }
            guard let oldest else { return }
            note(.rowsEvicted)
            if ledger.rows.count(where: { $0.clock == oldest.clock }) > 1 { note(.tiesBetweenRows) }
            if oldest.clock == ledger.clock(in: now) { note(.justWrittenEvicted) }
            tell()
            ledger.rows.removeAll { $0.key == oldest.key }
            delete(oldest.key, reason: 2, &frame)
            frame.handOverCounts.evicted += 1
        }
    }

    // MARK: Requests

    private func askForIndex(_ ledger: inout ReferenceLedger, _ frame: inout ReferenceFrameWork) {
        let sequence = ledger.nextSequence
        ledger.nextSequence += 1
        frame.handedOver.append(UInt8(6))
        frame.handedOver.append(sequence)
        frame.handOverCounts.requests += 1
        ledger.requests.append(ReferenceLedger.Request(sequence: sequence, row: nil, due: dueFrame))
        disk.readIndex(sequence)
    }

    private var dueFrame: Int32 {
        Int32(clamping: Int64(now) + Int64(configuration?.storeLatencyFrames ?? 0))
    }

    private func askForRegions(_ ledger: inout ReferenceLedger, _ frame: inout ReferenceFrameWork) {
        guard let configuration else { return }
        let key = storeKey(configuration)
        let before = frame.knowsIndexNow || frame.changesKey ? [] : frame.levelsBefore
        for row in ledger.rows.map(\.key).sorted() where row.key == key {
            let level = Int(row.region.level)
            guard level < levels.count, level >= configuration.nearLevels,
                isInGrownWindow(row.region, levels[level], configuration.regionEdge),
                level >= before.count
                    || !isInGrownWindow(row.region, before[level], configuration.regionEdge),
                let place = ledger.rows.firstIndex(where: { $0.key == row })
            else { continue }
            let sequence = ledger.nextSequence
            ledger.nextSequence += 1
            if ledger.requests.contains(where: { $0.row == row }) { note(.secondRequests) }
            ledger.rows[place].clock = ledger.clock(in: now)
            ledger.requests.append(ReferenceLedger.Request(sequence: sequence, row: row, due: dueFrame))
            frame.handedOver.append(UInt8(7))
            frame.handedOver.append(sequence)
            append(row, &frame)
            frame.handOverCounts.requests += 1
            disk.clock = max(disk.clock, ledger.clock(in: now))
            disk.read(row, sequence)
        }
    }

    /// Whether on every axis the region of some cell of the window is this region or next to it.
    private func isInGrownWindow(_ region: RegionKey, _ window: ReferenceLevel, _ edge: Int32) -> Bool {
        let reach: Int32 = fault == .windowNotGrown ? 0 : 1
        func isNear(_ k: Int32, _ minimum: Int32) -> Bool {
            (minimum..<minimum + window.resolution).contains {
                (k - reach...k + reach).contains(referenceQuotient($0, edge))
            }
        }
        return isNear(region.region.x, window.minimum.x) && isNear(region.region.y, window.minimum.y)
            && isNear(region.region.z, window.minimum.z)
    }

    private func append(_ row: RowKey, _ frame: inout ReferenceFrameWork) {
        frame.handedOver.append(referenceKeyDigest(row.key))
        StreamingTests.append(row.region, to: &frame.handedOver)
    }
}
