import Hashing
import Streaming
import Topology
import Voxels

/// A store a second time: rows in a list, found by looking at every one. It does what it is told at once, and keeps
/// each reply until it is asked for.
struct ReferenceDisk {
    struct Row {
        var key: RowKey
        var clock: Int64
        var present: CellMask
        /// What the row says of its bytes; wrong where the row is damaged.
        var digest: UInt64
        var bytes: [UInt8]
    }

    var clock: Int64 = 0
    var rows: [Row] = []
    var worlds: [(seed: UInt64, edits: UInt64)] = []
    var damagedRows: UInt32 = 0
    var replies: [(sequence: UInt64, reply: StoreReply)] = []

    // MARK: What it is told

    mutating func open(_ contents: StoreContents) {
        clock = contents.index.clock
        rows = contents.index.rows.map {
            Row(
                key: $0.key, clock: $0.row.clock, present: $0.row.present, digest: $0.row.content.value,
                bytes: contents.taken[$0.key] ?? [])
        }
        worlds = contents.index.worlds.map { ($0.seed, $0.edits.value) }
        damagedRows = contents.index.damagedRows
    }

    mutating func damage(_ key: RowKey) {
        for index in rows.indices where rows[index].key == key && !rows[index].bytes.isEmpty {
            rows[index].bytes[rows[index].bytes.count - 1] ^= 0xFF
        }
    }

    mutating func delete(_ key: RowKey) { rows.removeAll { $0.key == key } }

    mutating func forget(_ seed: UInt64) {
        rows.removeAll { $0.key.key.worldSeed == seed }
        worlds.removeAll { $0.seed == seed }
    }

    mutating func setEdits(_ seed: UInt64, _ edits: UInt64) {
        worlds.removeAll { $0.seed == seed }
        worlds.append((seed, edits))
    }

    mutating func mark(_ key: RowKey, _ mask: CellMask) {
        guard let row = rows.first(where: { $0.key == key }), let cells = referenceCells(of: row) else {
            return
        }
        put(key, cells.filter { !mask.contains($0.index) }, clock: row.clock)
    }

    mutating func write(_ key: RowKey, _ incoming: [StoredCell]) {
        let row = rows.first { $0.key == key }
        var cells = row.flatMap { referenceCells(of: $0) } ?? []
        for cell in incoming {
            if let old = cells.first(where: { $0.index == cell.index }) {
                if old.storedAt - Int64(old.ageFrames) > cell.storedAt - Int64(cell.ageFrames) { continue }
                cells.removeAll { $0.index == cell.index }
            }
            cells.append(cell)
        }
        put(key, cells, clock: clock)
    }

    mutating func readIndex(_ sequence: UInt64) { replies.append((sequence, .index(index))) }

    mutating func read(_ key: RowKey, _ sequence: UInt64) {
        guard let place = rows.firstIndex(where: { $0.key == key }) else {
            replies.append((sequence, .absent))
            return
        }
        if let cells = referenceCells(of: rows[place]) {
            replies.append((sequence, .region(RegionContent(cells: cells))))
        } else {
            replies.append((sequence, .damaged))
        }
        rows[place].clock = clock
    }

    mutating func finish(_ sequence: UInt64) -> StoreReply {
        guard let place = replies.firstIndex(where: { $0.sequence == sequence }) else {
            fatalError("the reference asks for a reply that it never requested")
        }
        return replies.remove(at: place).reply
    }

    /// A reply that nobody has asked for yet.
    func reply(to sequence: UInt64) -> StoreReply? { replies.first { $0.sequence == sequence }?.reply }

    // MARK: What it holds

    var index: StoreIndex {
        StoreIndex(
            clock: clock,
            rows: rows.sorted { $0.key < $1.key }.map {
                StoreIndex.Entry(
                    $0.key, StoreRow(clock: $0.clock, present: $0.present, content: Digest64($0.digest)))
            },
            worlds: worlds.sorted { $0.seed < $1.seed }.map {
                StoreIndex.World(seed: $0.seed, edits: LeafSum(value: $0.edits))
            },
            damagedRows: damagedRows)
    }

    /// What a run that finds this store is given.
    var contents: StoreContents {
        var taken: [RowKey: [UInt8]] = [:]
        for row in rows { taken[row.key] = row.bytes }
        return StoreContents(index: index, taken: taken)
    }

    private mutating func put(_ key: RowKey, _ cells: [StoredCell], clock: Int64) {
        rows.removeAll { $0.key == key }
        if cells.isEmpty { return }
        let cells = cells.sorted { $0.index < $1.index }
        var present = CellMask()
        for cell in cells { present.insert(cell.index) }
        let bytes = referenceBytes(of: cells)
        rows.append(
            Row(
                key: key, clock: clock, present: present, digest: referenceDigest(of: bytes, in: key),
                bytes: bytes))
    }
}

/// For each cell its index, age, clock when it was stored, and payload.
func referenceBytes(of cells: [StoredCell]) -> [UInt8] {
    var bytes = CanonicalBytes()
    for cell in cells {
        bytes.append(cell.index)
        bytes.append(cell.ageFrames)
        bytes.append(cell.storedAt)
        for byte in cell.payload.bytes { bytes.append(byte) }
    }
    return bytes.bytes
}

/// XXH3-64 of the row's key, level, region, and its bytes.
func referenceDigest(of bytes: [UInt8], in key: RowKey) -> UInt64 {
    var all = CanonicalBytes()
    append(key.key, to: &all)
    append(key.region, to: &all)
    for byte in bytes { all.append(byte) }
    return XXH3.digest64(all.bytes).value
}

/// The cells of a row; nil where its bytes are not what it says, or what no run has written.
private func referenceCells(of row: ReferenceDisk.Row) -> [StoredCell]? {
    guard referenceDigest(of: row.bytes, in: row.key) == row.digest, row.bytes.count % 60 == 0 else {
        return nil
    }
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var cells: [StoredCell] = []
    for start in stride(from: 0, to: row.bytes.count, by: 60) {
        let bytes = row.bytes[start..<start + 60]
        let index = Int32(bitPattern: UInt32(number(bytes.prefix(4))))
        let age = Int32(bitPattern: UInt32(number(bytes.dropFirst(4).prefix(4))))
        let storedAt = Int64(bitPattern: number(bytes.dropFirst(8).prefix(8)))
        let edge = row.key.key.regionEdge
        guard let payload = Payload(bytes: Array(bytes.suffix(44))), payload.isValid,
            payload.bytes == Array(bytes.suffix(44)), index > cells.last?.index ?? -1,
            index < edge * edge * edge, age >= 0, Int64(age) <= (1 << 31) - (1 << 16), storedAt >= 0,
            storedAt < 1 << 62
        else { return nil }
        cells.append(StoredCell(index: index, ageFrames: age, storedAt: storedAt, payload: payload))
    }
    return cells
}

/// Seed, layout version, fingerprint, base spacing, region edge.
func append(_ key: StoreKey, to bytes: inout CanonicalBytes) {
    bytes.append(key.worldSeed)
    bytes.append(key.layoutVersion)
    bytes.append(key.fingerprint.value)
    bytes.append(key.baseSpacing == 0 ? UInt64(0) : key.baseSpacing.bitPattern)
    bytes.append(key.regionEdge)
}

/// Level, then x, y, z in regions.
func append(_ key: RegionKey, to bytes: inout CanonicalBytes) {
    bytes.append(key.level)
    bytes.append(key.region.x)
    bytes.append(key.region.y)
    bytes.append(key.region.z)
}

func referenceKeyDigest(_ key: StoreKey) -> UInt64 {
    var bytes = CanonicalBytes()
    append(key, to: &bytes)
    return XXH3.digest64(bytes.bytes).value
}
