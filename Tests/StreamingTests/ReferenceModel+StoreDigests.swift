import Hashing
import Streaming
import Topology
import Voxels

extension ReferenceModel {
    func digest(of mask: CellMask) -> UInt64 {
        if mask.isEmpty { return 0 }
        var bytes = CanonicalBytes()
        for word in mask.words { bytes.append(word) }
        return XXH3.digest64(bytes.bytes).value
    }

    func append(_ region: RegionKey, to bytes: inout CanonicalBytes) {
        StreamingTests.append(region, to: &bytes)
    }

    func appendCache(to bytes: inout CanonicalBytes) {
        var cells: UInt64 = 0
        var entries: UInt64 = 0
        for entry in cache {
            for cell in entry.cells { cells &+= cell.leaf }
            var record = LeafRecord(tag: 6)
            append(entry.region, &record)
            record.append(UInt32(entry.cells.count))
            record.append(entry.lastUsed)
            record.append(entry.newest)
            record.append(entry.layoutVersion)
            record.append(flags(of: entry))
            entries &+= record.leaf.value
        }
        bytes.append(cells)
        bytes.append(entries)
        bytes.append(cachedBytes)
    }

    func appendStore(to bytes: inout CanonicalBytes) {
        var rows: UInt64 = 0
        for place in (ledger?.rows ?? []).indices {
            guard let row = ledger?.rows[place] else { continue }
            let leaf = row.leafMemo ?? leaf(of: row)
            ledger?.rows[place].leafMemo = leaf
            rows &+= leaf
        }
        bytes.append(rows)
        bytes.append(ledger.map { pendingSum($0) } ?? 0)
        bytes.append(ledger?.clock(in: now) ?? 0)
    }

    private func leaf(of row: ReferenceLedger.Row) -> UInt64 {
        var record = LeafRecord(tag: 7)
        record.append(referenceKeyDigest(row.key.key))
        append(row.key.region, &record)
        record.append(row.bytes)
        record.append(row.clock)
        record.append(digest(of: row.present))
        record.append(row.content)
        return record.leaf.value
    }

    private func pendingSum(_ ledger: ReferenceLedger) -> UInt64 {
        var record = LeafRecord(tag: 0x0b)
        record.append(ledger.cap)
        record.append(ledger.isKnown ? UInt8(1) : 0)
        record.append(ledger.indexClock)
        record.append(ledger.start)
        record.append(ledger.editsAtStart)
        record.append(ledger.knownEdits)
        record.append(ledger.nextSequence)
        var sum = record.leaf.value
        for request in ledger.requests { sum &+= leaf(of: request) }
        for writeBack in ledger.writeBacks { sum &+= leaf(of: writeBack) }
        for (place, box) in ledger.boxes.enumerated() {
            record = LeafRecord(tag: 0x0a)
            record.append(UInt32(place))
            for number in [
                box.lower.x, box.lower.y, box.lower.z, box.upper.x, box.upper.y, box.upper.z,
            ] {
                record.append(bits(number))
            }
            sum &+= record.leaf.value
        }
        return sum
    }

    private func leaf(of request: ReferenceLedger.Request) -> UInt64 {
        var record = LeafRecord(tag: 8)
        record.append(request.sequence)
        if let row = request.row {
            record.append(referenceKeyDigest(row.key))
            append(row.region, &record)
        } else {
            record.append(UInt64(0))
            record.append(UInt8(255))
            for _ in 0..<3 { record.append(Int32(0)) }
        }
        record.append(request.due)
        record.append(digest(of: request.masked))
        return record.leaf.value
    }

    private func leaf(of writeBack: ReferenceLedger.WriteBack) -> UInt64 {
        var bytes = CanonicalBytes()
        for cell in writeBack.cells {
            bytes.append(cell.index)
            bytes.append(cell.lastUpdated)
            for byte in cell.payload.bytes { bytes.append(byte) }
        }
        var record = LeafRecord(tag: 9)
        record.append(writeBack.sequence)
        record.append(referenceKeyDigest(writeBack.row.key))
        append(writeBack.row.region, &record)
        record.append(UInt32(writeBack.cells.count))
        record.append(XXH3.digest64(bytes.bytes).value)
        return record.leaf.value
    }

    private func append(_ region: RegionKey, _ record: inout LeafRecord) {
        record.append(region.level)
        record.append(region.region.x)
        record.append(region.region.y)
        record.append(region.region.z)
    }

    func append(_ drained: ReferenceDrained, to bytes: inout CanonicalBytes) {
        bytes.append(drained.request.sequence)
        switch drained.reply {
        case .index(let index):
            var content = CanonicalBytes()
            append(index, to: &content)
            bytes.append(UInt8(0))
            bytes.append(XXH3.digest64(content.bytes).value)
        case .region(let content):
            bytes.append(UInt8(1))
            bytes.append(XXH3.digest64(referenceBytes(of: content.cells)).value)
        case .absent:
            bytes.append(UInt8(2))
            bytes.append(UInt64(0))
        case .damaged:
            bytes.append(UInt8(3))
            bytes.append(UInt64(0))
        }
    }

    private func append(_ index: StoreIndex, to bytes: inout CanonicalBytes) {
        bytes.append(index.clock)
        bytes.append(UInt32(index.rows.count))
        for entry in index.rows {
            StreamingTests.append(entry.key.key, to: &bytes)
            append(entry.key.region, to: &bytes)
            bytes.append(entry.row.clock)
            bytes.append(UInt32(entry.row.present.words.count))
            for word in entry.row.present.words { bytes.append(word) }
            bytes.append(entry.row.content.value)
        }
        bytes.append(UInt32(index.worlds.count))
        for world in index.worlds {
            bytes.append(world.seed)
            bytes.append(world.edits.value)
        }
        bytes.append(index.damagedRows)
    }

    func append(storeEvent event: Event, to bytes: inout CanonicalBytes) {
        switch event {
        case .store(let cap, let contents):
            bytes.append(UInt8(8))
            bytes.append(cap)
            bytes.append(contents == nil ? UInt8(0) : 1)
            if let contents { append(contents.index, to: &bytes) }
        case .storeOff: bytes.append(UInt8(9))
        case .storeDamage(let region):
            bytes.append(UInt8(10))
            append(region, to: &bytes)
        case .writeBackDropped(let key):
            bytes.append(UInt8(11))
            StreamingTests.append(key.key, to: &bytes)
            append(key.region, to: &bytes)
        default: break
        }
    }
}
