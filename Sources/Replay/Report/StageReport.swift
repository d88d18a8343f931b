package import Hashing
package import Streaming
import Topology
import Voxels

/// What one stage hashed, field by field: its digest's bytes read back by the layout that Digests.md specifies.
package struct StageReport: Sendable {
    package let stage: Stage
    package let digest: Digest64
    /// What the stage did: the names and their order are those of DumpFormat.md.
    package let outputs: ReportValue
    /// The parts of the state that it may have changed, as they were at its end.
    package let parts: ReportValue
    /// The bytes whose XXH3-64 is the digest, in hexadecimal.
    package let bytes: ReportValue

    /// Reads the bytes of a stage. `levels` is the number of levels of the system at the stage's end, `events` that
    /// of the frame's events.
    package init(_ stage: Stage, _ bytes: [UInt8], levels: Int, events: Int) {
        self.stage = stage
        digest = XXH3.digest64(bytes)
        self.bytes = .hexadecimal(bytes)
        var reader = StageReader(bytes, stage, levels: levels)
        do throws(CanonicalReader.OutOfBytes) {
            let decoded = try reader.outputs(events: events)
            parts = try reader.parts()
            outputs = decoded
        } catch {
            // The layout and this reading of it have come apart; the bytes can be compared all the same.
            outputs = .object([("undecoded", self.bytes)])
            parts = .object([])
        }
    }

    /// What a dump has read from its line.
    init(_ stage: Stage, digest: Digest64, outputs: ReportValue, parts: ReportValue, bytes: ReportValue) {
        self.stage = stage
        self.digest = digest
        self.outputs = outputs
        self.parts = parts
        self.bytes = bytes
    }

    /// The line of a dump.
    var line: ReportValue {
        .object([
            ("stage", .text(stage.name)), ("digest", .text(digest.description)), ("outputs", outputs),
            ("parts", parts), ("bytes", bytes),
        ])
    }
}

/// Reads a stage's bytes in order. Lists have their number behind them or none at all; their entries have one size,
/// so that what is left of the bytes says how many there are.
private struct StageReader {
    private var reader: CanonicalReader
    private let stage: Stage
    private let levels: Int
    private let end: Int

    typealias Failure = CanonicalReader.OutOfBytes

    init(_ bytes: [UInt8], _ stage: Stage, levels: Int) {
        reader = CanonicalReader(bytes, at: min(1, bytes.count))
        self.stage = stage
        self.levels = levels
        end = bytes.count
    }

    mutating func outputs(events: Int) throws(Failure) -> ReportValue {
        switch stage {
        case .input: return try input(events)
        case .snap:
            // Two cells a level.
            return .object([
                (
                    "levels",
                    try list(reader.remaining / 24) { (reader) throws(Failure) in
                        .object([("cameraCell", try reader.cell()), ("anchor", try reader.cell())])
                    }
                )
            ])
        case .shift:
            return .object([
                (
                    "levels",
                    try list(levels) { (reader) throws(Failure) in
                        let sums: [(name: String, value: ReportValue)] = [
                            ("leaving", try reader.sum()), ("entering", try reader.sum()),
                        ]
                        let before: ReportValue = try reader.flag() ? try reader.cell() : .null
                        return .object(
                            sums + [
                                ("before", before), ("after", try reader.cell()),
                                ("retired", try reader.u32()),
                            ])
                    }
                )
            ])
        case .recycle:
            return try recycle()
        case .dirty:
            let perLevel = try list(levels) { (reader) throws(Failure) in
                .object([
                    ("byEntry", try reader.sum()), ("byLayout", try reader.sum()),
                    ("byBox", try reader.sum()),
                ])
            }
            return .object([("levels", perLevel)] + some("met", try met()) + [("regions", try reader.u32())])
        case .select:
            let perLevel = try list(levels) { (reader) throws(Failure) in
                .object([("promoted", try reader.sum()), ("expired", try reader.sum())])
            }
            return .object([("levels", perLevel), ("selected", try entries(tail: 0))])
        case .cast:
            let dispatched = try entries(tail: 20)
            return .object([
                ("dispatched", dispatched), ("count", try reader.u32()), ("worldVersion", try reader.u64()),
                ("disabled", try reader.sum()),
            ])
        case .commit:
            let drained = try list((left - 4) / 27) { (reader) throws(Failure) in
                .object(
                    try reader.entry() + [
                        ("outcome", try reader.name(["aborted", "success"])),
                        ("payloadLeaf", try reader.sum()),
                        (
                            "disposition",
                            try reader.name([
                                "dropped", "disabled", "dirtied", "aborted", "stored", "stored elsewhere",
                            ])
                        ),
                    ])
            }
            return .object([("drained", drained), ("count", try reader.u32())])
        case .store:
            let handedOver = try records(tail: 16) { (reader) throws(Failure) in try reader.handedOver() }
            return .object(
                some("handedOver", handedOver)
                    + (try numbers(["requests", "writeBacks", "dropped", "evictions"])))
        }
    }

    mutating func parts() throws(Failure) -> ReportValue {
        var members: [(name: String, value: ReportValue)] = []
        for part in stage.parts {
            switch part {
            case .states: members.append(("S", try sums()))
            case .payloads: members.append(("P", try sums()))
            case .cache:
                members.append(
                    (
                        "C",
                        .object([
                            ("cells", try reader.sum()), ("entries", try reader.sum()),
                            ("bytes", try reader.u64()),
                        ])
                    ))
            case .requests:
                let queued = try sums()
                members.append(
                    (
                        "Q",
                        .object([
                            ("queued", queued), ("flights", try reader.sum()),
                            ("inFlight", try reader.u64()), ("epoch", try reader.u32()),
                            ("nextTicket", try reader.u64()), ("nextSequence", try reader.u64()),
                        ])
                    ))
            case .world:
                members.append(
                    (
                        "W",
                        .object([
                            ("seed", try reader.sum()), ("chunksStartLoaded", .flag(try reader.flag())),
                            ("version", try reader.u64()), ("content", try reader.sum()),
                        ])
                    ))
            case .index:
                members.append(
                    (
                        "I",
                        .object([
                            ("rows", try reader.sum()), ("pending", try reader.sum()),
                            ("clock", try reader.u64()),
                        ])
                    ))
            }
        }
        return .object(members)
    }

    // MARK: Helpers

    /// Bytes before the parts.
    private var left: Int { reader.remaining - stage.parts.reduce(0) { $0 + size($1) } }

    private func size(_ part: StatePart) -> Int {
        switch part {
        case .states, .payloads: 4 + 8 * levels
        case .cache, .index: 24
        case .requests: 40 + 8 * levels
        case .world: 25
        }
    }

    private mutating func list(
        _ count: Int, _ element: (inout CanonicalReader) throws(Failure) -> ReportValue
    ) throws(Failure) -> ReportValue {
        var values: [ReportValue] = []
        for _ in 0..<max(0, count) { values.append(try element(&reader)) }
        return .list(values)
    }

    /// As many entries of level, cell and generation as stand before the last `tail` bytes of the outputs.
    private mutating func entries(tail: Int) throws(Failure) -> ReportValue {
        try list((left - tail) / 17) { (reader) throws(Failure) in .object(try reader.entry()) }
    }

    private mutating func numbers(_ names: [String]) throws(Failure) -> Members {
        var members: Members = []
        for name in names { members.append((name, try reader.u32())) }
        return members
    }

    /// Records until `tail` bytes of the outputs are left.
    private mutating func records(
        tail: Int, _ record: (inout CanonicalReader) throws(Failure) -> ReportValue
    ) throws(Failure) -> [ReportValue] {
        var records: [ReportValue] = []
        while left > tail { records.append(try record(&reader)) }
        return records
    }

    /// A list that is left out where nothing is in it: of the cache and the store, which most runs do without.
    private func some(_ name: String, _ values: [ReportValue]) -> Members {
        values.isEmpty ? [] : [(name, .list(values))]
    }

    private mutating func met() throws(Failure) -> [ReportValue] {
        try records(tail: 4) { (reader) throws(Failure) in try reader.met() }
    }

    /// The numbers at the end say how many of each stand before them.
    private mutating func recycle() throws(Failure) -> ReportValue {
        let names = ["applied", "refused", "late", "restored", "evicted"]
        var ahead = reader
        _ = try ahead.take(left - 4 * names.count)
        var counts: [Int] = []
        for _ in names { counts.append(Int(try ahead.next(UInt32.self))) }
        var replies: [ReportValue] = []
        for _ in 0..<counts[0] + counts[1] { replies.append(try reader.appliedReply()) }
        let restored = try records(tail: 4 * names.count + 18 * counts[4]) { (reader) throws(Failure) in
            .object([
                ("level", .integer(Int64(try reader.next(UInt8.self)))), ("cells", try reader.u32()),
                ("sum", try reader.sum()),
            ])
        }
        let evicted = try records(tail: 4 * names.count) { (reader) throws(Failure) in
            .object(
                try reader.region() + [
                    ("cells", try reader.u32()), ("flags", .integer(Int64(try reader.next(UInt8.self)))),
                ])
        }
        return .object(
            some("replies", replies) + some("fromCache", restored) + some("entries", evicted)
                + (try numbers(names)))
    }

    private mutating func sums() throws(Failure) -> ReportValue {
        let count = try reader.next(UInt32.self)
        return try list(min(Int(count), levels)) { (reader) throws(Failure) in try reader.sum() }
    }

    private mutating func input(_ events: Int) throws(Failure) -> ReportValue {
        let list = try list(events) { (reader) throws(Failure) in try reader.event() }
        let head: [(name: String, value: ReportValue)] = [
            ("events", list), ("count", try reader.u32()), ("frame", try reader.i32()),
            ("session", try reader.u32()),
        ]
        let runs = try reader.flag()
        let configuration: ReportValue = runs ? try reader.configuration() : .null
        let replies = try records(tail: 4) { (reader) throws(Failure) in
            .object([
                ("sequence", try reader.u64()), ("kind", try reader.name(StageReader.replyKinds)),
                ("digest", try reader.sum()),
            ])
        }
        return .object(
            head + [("configuration", configuration)] + some("replies", replies)
                + [("storeReplies", try reader.u32())])
    }

    static let replyKinds = ["index", "region", "absent", "damaged"]
}

private typealias Members = [(name: String, value: ReportValue)]

extension CanonicalReader {
    fileprivate mutating func region() throws(OutOfBytes) -> Members {
        [("level", .integer(Int64(try next(UInt8.self)))), ("region", try cell())]
    }

    /// A row by the digest of its key, its level and its region.
    fileprivate mutating func row() throws(OutOfBytes) -> Members {
        [("key", try sum())] + (try region())
    }

    /// What became of a reply.
    fileprivate mutating func appliedReply() throws(OutOfBytes) -> ReportValue {
        let kind = Int(try next(UInt8.self))
        let head: Members = [
            ("kind", .text(kind < StageReader.replyKinds.count ? StageReader.replyKinds[kind] : "\(kind)"))
        ]
        func counts(_ names: [String]) throws(OutOfBytes) -> Members {
            var members: Members = []
            for name in names { members.append((name, try u32())) }
            return members
        }
        switch kind {
        case 0:
            return .object(
                head + (try counts(["accepted", "seed", "layout", "fingerprint", "world", "damaged"])))
        case 1:
            return .object(head + (try region()) + (try counts(["restored", "cached", "late", "masked"])))
        default: return .object(head + (try region()))
        }
    }

    /// What lost cells to a box.
    fileprivate mutating func met() throws(OutOfBytes) -> ReportValue {
        switch try next(UInt8.self) {
        case 1: return .object([("kind", .text("entry"))] + (try region()) + [("cells", try u32())])
        case 2: return .object([("kind", .text("writeBack")), ("sequence", try u64()), ("cells", try u32())])
        case 3: return .object([("kind", .text("request")), ("sequence", try u64()), ("cells", try u32())])
        case 4: return .object([("kind", .text("row"))] + (try row()) + [("cells", try u32())])
        default: throw OutOfBytes(offset: offset, needed: 1, available: 0)
        }
    }

    /// One operation for the store.
    fileprivate mutating func handedOver() throws(OutOfBytes) -> ReportValue {
        func named(_ kind: String, _ members: Members) -> ReportValue {
            .object([("kind", .text(kind))] + members)
        }
        switch try next(UInt8.self) {
        case 1:
            return named(
                "delete", try row() + [("reason", try name(["refused", "box", "evicted", "dropped"]))])
        case 2: return named("mark", try row() + [("mask", try sum())])
        case 3: return named("edits", [("seed", try sum()), ("sum", try sum())])
        case 4: return named("forget", [("seed", try sum())])
        case 5: return named("write", try row() + [("cells", try u32()), ("content", try sum())])
        case 6: return named("readIndex", [("sequence", try u64())])
        case 7: return named("read", [("sequence", try u64())] + (try row()))
        default: throw OutOfBytes(offset: offset, needed: 1, available: 0)
        }
    }

    fileprivate mutating func storeEvent() throws(OutOfBytes) -> Members {
        let cap = try i64()
        guard try flag() else { return [("sizeCapBytes", cap), ("index", .null)] }
        let clock = try i64()
        var rows: [ReportValue] = []
        for _ in 0..<(try next(UInt32.self)) {
            let key: Members = [
                ("seed", try sum()), ("layoutVersion", try u32()), ("fingerprint", try sum()),
                ("baseSpacing", try f64()), ("regionEdge", try i32()),
            ]
            let rest: Members = try region() + [("clock", try i64())]
            let words = Int(try next(UInt32.self))
            let mask = ReportValue.hexadecimal(try take(min(8 * words, remaining)))
            rows.append(.object(key + rest + [("mask", mask), ("content", try sum())]))
        }
        var worlds: [ReportValue] = []
        for _ in 0..<(try next(UInt32.self)) {
            worlds.append(.object([("seed", try sum()), ("edits", try sum())]))
        }
        let index: Members = [
            ("clock", clock), ("rows", .list(rows)), ("worlds", .list(worlds)), ("damagedRows", try u32()),
        ]
        return [("sizeCapBytes", cap), ("index", .object(index))]
    }
}

extension CanonicalReader {
    fileprivate mutating func u32() throws(OutOfBytes) -> ReportValue {
        .integer(Int64(try next(UInt32.self)))
    }

    fileprivate mutating func i32() throws(OutOfBytes) -> ReportValue {
        .integer(Int64(try next(Int32.self)))
    }

    fileprivate mutating func i64() throws(OutOfBytes) -> ReportValue { .integer(try next(Int64.self)) }

    /// A counter, all of which stay below 2^63.
    fileprivate mutating func u64() throws(OutOfBytes) -> ReportValue {
        .integer(Int64(clamping: try next(UInt64.self)))
    }

    fileprivate mutating func f64() throws(OutOfBytes) -> ReportValue { .number(try double()) }

    fileprivate mutating func sum() throws(OutOfBytes) -> ReportValue { .hexadecimal(try next(UInt64.self)) }

    fileprivate mutating func flag() throws(OutOfBytes) -> Bool { try next(UInt8.self) != 0 }

    fileprivate mutating func name(_ names: [String]) throws(OutOfBytes) -> ReportValue {
        let code = Int(try next(UInt8.self))
        return .text(code < names.count ? names[code] : "\(code)")
    }

    fileprivate mutating func cell() throws(OutOfBytes) -> ReportValue {
        .list([try i32(), try i32(), try i32()])
    }

    fileprivate mutating func entry() throws(OutOfBytes) -> [(name: String, value: ReportValue)] {
        [("level", .integer(Int64(try next(UInt8.self)))), ("cell", try cell()), ("generation", try u32())]
    }

    fileprivate mutating func event() throws(OutOfBytes) -> ReportValue {
        let code = try next(UInt8.self)
        func named(_ kind: String, _ members: [(name: String, value: ReportValue)] = []) -> ReportValue {
            .object([("kind", .text(kind))] + members)
        }
        switch code {
        case 1: return named("sessionStart", [("configuration", try configuration())])
        case 2: return named("sessionEnd")
        case 3: return named("configure", [("configuration", try configuration())])
        case 4:
            let box: [(name: String, value: ReportValue)] = [("lower", try voxel()), ("upper", try voxel())]
            let material = try next(UInt8.self)
            return named(
                "edit", box + [("material", .text(Material(rawValue: material)?.name ?? "\(material)"))])
        case 5: return named("chunkLoad", [("chunk", try voxel())])
        case 6: return named("chunkUnload", [("chunk", try voxel())])
        case 7: return named("invalidate", [("lower", try point()), ("upper", try point())])
        case 8: return named("store", try storeEvent())
        case 9: return named("storeOff")
        case 10: return named("storeDamage", try region())
        case 11:
            let key: Members = [
                ("seed", try sum()), ("layoutVersion", try u32()), ("fingerprint", try sum()),
                ("baseSpacing", try f64()), ("regionEdge", try i32()),
            ]
            return named("writeBackDropped", key + (try region()))
        case 12:
            let hasOwnVoxels = try flag()
            let count = try next(UInt32.self)
            var texts: [ReportValue] = []
            for _ in 0..<count {
                let size = try next(UInt32.self)
                texts.append(.text(String(decoding: try take(Int(size)), as: UTF8.self)))
            }
            return named(
                "engine",
                [
                    ("hasOwnVoxels", .flag(hasOwnVoxels)), ("name", texts.first ?? .text("")),
                    ("stages", .list(Array(texts.dropFirst()))),
                ])
        default: throw OutOfBytes(offset: offset, needed: 1, available: 0)
        }
    }

    private mutating func voxel() throws(OutOfBytes) -> ReportValue {
        .list([try i64(), try i64(), try i64()])
    }

    private mutating func point() throws(OutOfBytes) -> ReportValue {
        .list([try f64(), try f64(), try f64()])
    }

    fileprivate mutating func configuration() throws(OutOfBytes) -> ReportValue {
        let seed = try sum()
        let flags = try next(UInt8.self)
        var members: [(name: String, value: ReportValue)] = [
            ("worldSeed", seed), ("chunksStartLoaded", .flag(flags & 1 == 1)), ("layoutVersion", try u32()),
            ("baseSpacing", try f64()), ("resolution", try i32()), ("levels", try i32()),
            ("reanchorDistance", try f64()), ("regionEdge", try i32()), ("nearLevels", try i32()),
            ("cacheBytes", try i64()), ("castLatencyFrames", try i32()), ("storeLatencyFrames", try i32()),
        ]
        if let variant = Variant(rawValue: flags >> 1), variant != .reference {
            members.append(("variant", .text(variant.name)))
        }
        let count = try next(UInt32.self)
        var budgets: [ReportValue] = []
        for _ in 0..<count { budgets.append(try i32()) }
        members.append(("levelBudgets", .list(budgets)))
        members.append(("totalBudget", try i32()))
        members.append(("uploadBytes", try i64()))
        return .object(members)
    }
}
