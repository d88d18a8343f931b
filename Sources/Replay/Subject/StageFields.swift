import Hashing
package import Streaming
package import Topology

/// The fields of the stages' digests, by which a subject says what of a stage it has: where each stands in the bytes that a stage hashes
/// (SubjectProtocol.md, Digests.md).
package enum StageFields {
    /// The names of a stage's fields, in their order.
    package static func names(of stage: Stage) -> [String] {
        outputs(of: stage) + stage.parts.map(\.letter)
    }

    /// Fields that are sums over the leaves of state records.
    package static let sums = "sums"

    private static func outputs(of stage: Stage) -> [String] {
        switch stage {
        case .input, .recycle, .store: ["outputs"]
        case .snap: ["cameraCell", "anchor"]
        case .shift: [sums, "windows", "retired"]
        case .dirty: [sums, "kept"]
        case .select: [sums, "selected", "generation"]
        case .cast: ["dispatched", "generation", "world", "disabled"]
        case .commit: ["drained", "generation", "outcome", "payloadLeaf", "disposition"]
        }
    }

    /// Each piece of the bytes behind the tag, in order, with the field that it belongs to. O(bytes).
    ///
    /// `levels` is the number of levels at the stage's end; `fields` are those that are in the bytes, nil all.
    package static func pieces(
        of stage: Stage, in bytes: [UInt8], levels: Int, fields: Set<String>? = nil
    ) -> [(field: String, bytes: Range<Int>)] {
        var walk = PieceWalk(fields)
        let parts = stage.parts.reduce(0) { $0 + walk.size($1.letter, $1.size(levels: levels)) }
        walk.end = max(1, bytes.count - parts)
        switch stage {
        case .input, .recycle, .store: walk.rest("outputs")
        case .snap:
            // The levels are those of the frame, not yet those of the system.
            while walk.size("cameraCell", 1) + walk.size("anchor", 1) > 0, !walk.isAtEnd {
                walk.take("cameraCell", 12)
                walk.take("anchor", 12)
            }
        case .shift:
            for _ in 0..<levels {
                walk.take(sums, 16)
                let hadWindow = !walk.isAtEnd && bytes[walk.place] != 0
                walk.take("windows", hadWindow ? 25 : 13)
                walk.take("retired", 4)
            }
        case .dirty:
            walk.take(sums, 24 * levels)
            walk.rest("kept")
        case .select:
            walk.take(sums, 16 * levels)
            walk.entries("selected", before: 0)
        case .cast:
            walk.entries(
                "dispatched",
                before: walk.size("dispatched", 4) + walk.size("world", 8) + walk.size("disabled", 8))
            walk.take("dispatched", 4)
            walk.take("world", 8)
            walk.take("disabled", 8)
        case .commit:
            let entry =
                walk.entrySize("drained") + walk.size("outcome", 1) + walk.size("payloadLeaf", 8)
                + walk.size("disposition", 1)
            while entry > 0, walk.left >= entry + walk.size("drained", 4) {
                walk.entry("drained")
                walk.take("outcome", 1)
                walk.take("payloadLeaf", 8)
                walk.take("disposition", 1)
            }
            walk.take("drained", 4)
        }
        walk.end = bytes.count
        for part in stage.parts { walk.take(part.letter, part.size(levels: levels)) }
        return walk.pieces
    }
}

extension StageFields {
    /// The number of the disposition of a result that was stored in another cell.
    package static let storedElsewhere: UInt8 = 5

    /// What a commit stage says that it drained, out of the whole bytes that it hashed.
    package static func drained(
        _ bytes: [UInt8], levels: Int
    ) -> [(level: Int, cell: Cell, disposition: UInt8)] {
        var drained: [(level: Int, cell: Cell, disposition: UInt8)] = []
        for (field, range) in pieces(of: .commit, in: bytes, levels: levels) {
            if field == "drained", range.count == 13 {
                var reader = CanonicalReader(Array(bytes[range]), at: 1)
                guard let x = try? reader.next(Int32.self), let y = try? reader.next(Int32.self),
                    let z = try? reader.next(Int32.self)
                else { continue }
                drained.append((Int(bytes[range.lowerBound]), Cell(x, y, z), 0))
            } else if field == "disposition", !drained.isEmpty, !range.isEmpty {
                drained[drained.count - 1].disposition = bytes[range.lowerBound]
            }
        }
        return drained
    }
}

extension StatePart {
    package var letter: String {
        switch self {
        case .states: "S"
        case .payloads: "P"
        case .cache: "C"
        case .requests: "Q"
        case .world: "W"
        case .index: "I"
        }
    }

    /// Bytes of the part in a stage's digest.
    func size(levels: Int) -> Int {
        switch self {
        case .states, .payloads: 4 + 8 * levels
        case .cache, .index: 24
        case .requests: 40 + 8 * levels
        case .world: 25
        }
    }
}

/// Walks through a stage's bytes, and never beyond their end.
private struct PieceWalk {
    private(set) var place = 1
    var end = 1
    private(set) var pieces: [(field: String, bytes: Range<Int>)] = []
    private let fields: Set<String>?

    init(_ fields: Set<String>?) { self.fields = fields }

    /// Bytes of a field, which may be left out.
    func size(_ field: String, _ count: Int) -> Int { fields?.contains(field) ?? true ? count : 0 }

    /// Bytes of level, cell and generation.
    func entrySize(_ field: String) -> Int { size(field, 13) + size("generation", 4) }

    var left: Int { end - place }
    var isAtEnd: Bool { left <= 0 }

    mutating func take(_ field: String, _ count: Int) {
        guard fields?.contains(field) ?? true else { return }
        let taken = max(0, min(count, left))
        pieces.append((field, place..<place + taken))
        place += taken
    }

    mutating func rest(_ field: String) { take(field, left) }

    /// Level and cell, and the generation.
    mutating func entry(_ field: String) {
        take(field, 13)
        take("generation", 4)
    }

    mutating func entries(_ field: String, before tail: Int) {
        let size = entrySize(field)
        while size > 0, left >= size + tail { entry(field) }
    }
}
