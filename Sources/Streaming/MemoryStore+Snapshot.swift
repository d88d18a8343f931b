package import Hashing
import PlantedFaults

// A store without a file as bytes: part of a keyframe. Layout: clock i64; rows u32, ascending by key: key, clock i64, digest u64, mask,
// bytes (u32 length before them); worlds u32: seed u64, edits u64; replies u32, ascending: sequence u64, kind u8, and for a region its
// bytes, for an index the index in the same form as the rows.

extension MemoryStore {
    package func append(to bytes: inout CanonicalBytes) {
        bytes.append(clock)
        bytes.append(UInt32(rows.count))
        // Order: all three are sorted.
        for (key, row) in rows.sorted(by: { $0.key < $1.key }) {
            key.append(to: &bytes)
            bytes.append(row.clock)
            bytes.append(row.digest)
            bytes.append(UInt32(row.present.words.count))
            for word in row.present.words { bytes.append(word) }
            bytes.append(UInt32(row.bytes.count))
            bytes.append(contentsOf: row.bytes)
        }
        bytes.append(UInt32(worlds.count))
        for (seed, edits) in worlds.sorted(by: { $0.key < $1.key }) {
            bytes.append(seed)
            bytes.append(edits)
        }
        bytes.append(UInt32(replies.count))
        for (sequence, reply) in replies.sorted(by: { $0.key < $1.key }) {
            bytes.append(sequence)
            bytes.append(reply.kind)
            switch reply {
            case .index(let index): index.append(to: &bytes)
            case .region(let content):
                let kept = planted(.agesForgotten, content.bytes, instead: content.withoutAges.bytes)
                bytes.append(UInt32(kept.count))
                bytes.append(contentsOf: kept)
            case .absent, .damaged: break
            }
        }
    }

    /// Whether there is a reply for a request, and of its kind.
    package func hasReply(for request: StoreRequest) -> Bool {
        switch replies[request.sequence] {
        case nil: false
        case .index: request.row == nil
        case .region, .absent, .damaged: request.row != nil
        }
    }

    /// The store that ``append(to:)`` was given.
    package init(_ reader: inout SnapshotReader) throws(SnapshotError) {
        self.init()
        let limit = RegionContent.clockLimit - 1
        let clock: Int64 = try reader.number("clock of the store", 0, limit)
        var rows: [RowKey: Row] = [:]
        let rowCount: UInt32 = try reader.next()
        for _ in 0..<rowCount {
            let key = try reader.rowKey()
            let rowClock: Int64 = try reader.number("clock of a row", 0, clock)
            let digest = Digest64(try reader.next())
            let present = try reader.mask(key.key.grid)
            let count: UInt32 = try reader.next()
            rows[key] = Row(
                clock: rowClock, bytes: Array(try reader.take(Int(count))), digest: digest, present: present)
        }
        var worlds: [UInt64: LeafSum] = [:]
        let worldCount: UInt32 = try reader.next()
        for _ in 0..<worldCount { worlds[try reader.next()] = LeafSum(value: try reader.next()) }
        var replies: [UInt64: StoreReply] = [:]
        let replyCount: UInt32 = try reader.next()
        for _ in 0..<replyCount {
            let sequence: UInt64 = try reader.next()
            replies[sequence] = try reader.reply(limit)
        }
        self.init(clock: clock, rows: rows, worlds: worlds, replies: replies)
    }
}

extension SnapshotReader {
    fileprivate mutating func reply(_ clockLimit: Int64) throws(SnapshotError) -> StoreReply {
        switch try number("kind of a reply", UInt8(0), 3) {
        case 0: return .index(try index(clockLimit))
        case 1:
            let start = offset
            let count: UInt32 = try next()
            // The cells are checked against the request's region when the reply is drained; here against the largest.
            guard
                let content = RegionContent(
                    bytes: Array(try take(Int(count))), grid: RegionGrid(edge: 128))
            else {
                throw .outOfRange(
                    field: "region of a reply", value: "\(count) bytes",
                    allowed: "cells that a run can store",
                    offset: start)
            }
            return .region(content)
        case 2: return .absent
        default: return .damaged
        }
    }

    private mutating func index(_ clockLimit: Int64) throws(SnapshotError) -> StoreIndex {
        let start = offset
        var index = StoreIndex(clock: try number("clock of an index", 0, clockLimit))
        let rows: UInt32 = try next()
        for _ in 0..<rows {
            let key = try rowKey()
            let clock: Int64 = try number("clock of a row", 0, index.clock)
            let present = try mask(key.key.grid)
            index.rows.append(
                StoreIndex.Entry(key, StoreRow(clock: clock, present: present, content: Digest64(try next())))
            )
        }
        let worlds: UInt32 = try next()
        for _ in 0..<worlds {
            index.worlds.append(StoreIndex.World(seed: try next(), edits: LeafSum(value: try next())))
        }
        index.damagedRows = try next()
        if let fault = index.fault {
            throw .outOfRange(field: "index", value: fault, allowed: "what a store gives", offset: start)
        }
        return index
    }
}

extension RegionContent {
    /// What a planted fault makes of a reply.
    fileprivate var withoutAges: RegionContent {
        RegionContent(
            cells: cells.map { cell in
                var cell = cell
                cell.ageFrames = 0
                return cell
            })
    }
}
