import Foundation
import Hashing
import Streaming
import SwiftProtobuf
import Topology

// What stands in events about a store, as messages and back.

extension MessageStore {
    init(_ sizeCapBytes: Int64, _ contents: StoreContents?) {
        self.init()
        self.sizeCapBytes = sizeCapBytes
        guard let contents else { return }
        self.contents = MessageStoreContents(contents)
    }

    /// - Throws: ``TraceError`` for what no store can have given.
    func content(frame: UInt32, ordinal: UInt32) throws(TraceError) -> Event {
        guard (0...Model.maximumStoreBytes).contains(sizeCapBytes) else {
            throw .outOfRange(
                field: "size cap of the store of event \(ordinal)", value: "\(sizeCapBytes)",
                allowed: "0...\(Model.maximumStoreBytes)", frame: frame)
        }
        guard hasContents else { return .store(sizeCapBytes: sizeCapBytes, contents: nil) }
        return .store(
            sizeCapBytes: sizeCapBytes,
            contents: try contents.content(frame: frame, place: "event \(ordinal)", ordinal))
    }

    var unknownBytes: Int { unknownFields.data.count + contents.unknownBytes }
}

extension MessageStoreContents {
    init(_ contents: StoreContents) {
        self.init()
        clock = contents.index.clock
        rows = contents.index.rows.map { entry in
            var row = MessageStoreRow()
            row.key = MessageStoreRowKey(entry.key)
            row.clock = entry.row.clock
            row.present = entry.row.present.words
            row.digest = entry.row.content.value
            if let bytes = contents.taken[entry.key] { row.content = Data(bytes) }
            return row
        }
        worlds = contents.index.worlds.map { world in
            var message = MessageStoreWorld()
            message.seed = world.seed
            message.edits = world.edits.value
            return message
        }
        damagedRows = contents.index.damagedRows
    }

    /// - Throws: ``TraceError`` for what no store can have given; `place` says in it where that stands.
    func content(frame: UInt32, place: String, _ ordinal: UInt32 = 0) throws(TraceError) -> StoreContents {
        var result = StoreContents()
        result.index.clock = clock
        result.index.damagedRows = damagedRows
        for row in rows {
            let key = try row.key.content(frame: frame, ordinal: ordinal)
            let present = CellMask(words: row.present)
            guard present.words.count == row.present.count else {
                throw .outOfRange(
                    field: "present cells of a row of \(place)", value: "a zero word at the end",
                    allowed: "none", frame: frame)
            }
            result.index.rows.append(
                StoreIndex.Entry(
                    key, StoreRow(clock: row.clock, present: present, content: Digest64(row.digest))))
            if row.hasContent { result.taken[key] = Array(row.content) }
        }
        result.index.worlds = worlds.map {
            StoreIndex.World(seed: $0.seed, edits: LeafSum(value: $0.edits))
        }
        if let fault = result.index.fault {
            throw .outOfRange(
                field: "index of the store of \(place)", value: fault, allowed: "what a store gives",
                frame: frame)
        }
        return result
    }

    var unknownBytes: Int {
        unknownFields.data.count
            + rows.reduce(0) { $0 + $1.unknownFields.data.count + $1.key.unknownFields.data.count }
            + worlds.reduce(0) { $0 + $1.unknownFields.data.count }
    }
}

extension MessageStoreRowKey {
    init(_ row: RowKey) {
        self.init()
        seed = row.key.worldSeed
        layoutVersion = row.key.layoutVersion
        fingerprint = row.key.fingerprint.value
        baseSpacing = row.key.baseSpacing
        regionEdge = row.key.regionEdge
        level = UInt32(row.region.level)
        x = row.region.region.x
        y = row.region.region.y
        z = row.region.region.z
    }

    func content(frame: UInt32, ordinal: UInt32) throws(TraceError) -> RowKey {
        guard baseSpacing >= 0.25, baseSpacing <= 64 else {
            throw .outOfRange(
                field: "base spacing of a row of event \(ordinal)", value: "\(baseSpacing)",
                allowed: "0.25...64",
                frame: frame)
        }
        return RowKey(
            StoreKey(
                worldSeed: seed, layoutVersion: layoutVersion, fingerprint: Digest64(fingerprint),
                baseSpacing: baseSpacing,
                regionEdge: try edge(frame, ordinal)),
            try region(level, Cell(x, y, z), edge: regionEdge, frame, ordinal))
    }

    private func edge(_ frame: UInt32, _ ordinal: UInt32) throws(TraceError) -> Int32 {
        guard (1...128).contains(regionEdge) else {
            throw .outOfRange(
                field: "region edge of a row of event \(ordinal)", value: "\(regionEdge)", allowed: "1...128",
                frame: frame)
        }
        return regionEdge
    }
}

extension MessageStoreDamage {
    init(_ key: RegionKey) {
        self.init()
        level = UInt32(key.level)
        x = key.region.x
        y = key.region.y
        z = key.region.z
    }

    func content(frame: UInt32, ordinal: UInt32) throws(TraceError) -> RegionKey {
        try region(level, Cell(x, y, z), edge: 1, frame, ordinal)
    }
}

/// A region of a lattice that has its level, and cells for it.
private func region(
    _ level: UInt32, _ region: Cell, edge: Int32, _ frame: UInt32, _ ordinal: UInt32
) throws(TraceError) -> RegionKey {
    guard level < 8 else {
        throw .outOfRange(
            field: "level of a region of event \(ordinal)", value: "\(level)", allowed: "0...7", frame: frame)
    }
    let limit = Int32.max / edge - 1
    guard [region.x, region.y, region.z].allSatisfy({ (-limit...limit).contains($0) }) else {
        throw .outOfRange(
            field: "region of event \(ordinal)", value: "\(region)", allowed: "within \(limit)", frame: frame)
    }
    return RegionKey(level: Int(level), region: region)
}
