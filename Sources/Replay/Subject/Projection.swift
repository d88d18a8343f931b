import Hashing
import Streaming
import Topology

/// The model's digests with everything left out that a subject has not.
package struct Projection: Sendable {
    /// For each of the subject's stages the fields that are compared; nil: the stage is not applicable.
    package let fields: [Set<String>?]
    private let stages: [Stage?]
    private let description: SubjectDescription
    /// Nothing is left out: the digests are the model's own.
    package let isWhole: Bool

    package init(_ description: SubjectDescription) {
        self.description = description
        stages = description.stages.map(\.stage)
        fields = description.stages.map { stage in
            guard let own = stage.stage else { return nil }
            var fields = Set(stage.fields ?? StageFields.names(of: own))
            if description.stateFields != nil { fields.remove(StageFields.sums) }
            // A digest that payloads of the subject's own are in cannot be had from the model.
            let ofPayloads: Set = ["P", "payloadLeaf"]
            if description.payloads == .opaque, !fields.isDisjoint(with: ofPayloads) { return nil }
            if description.payloads == .none { fields.subtract(ofPayloads) }
            if !fields.contains("generation") { fields.remove("disabled") }
            return fields.isEmpty ? nil : fields
        }
        isWhole =
            zip(stages, fields).allSatisfy { stage, fields in
                guard let stage else { return false }
                return fields?.count == StageFields.names(of: stage).count
            }
            && stages.count == Stage.allCases.count && description.hasWholeStates
            && description.payloads == .full
    }

    /// What of a stage is not compared, and why it is not; nothing where all of it is.
    package func leftOut(at place: Int) -> [String] {
        guard let stage = stages[place] else { return [] }
        // Order: membership only.
        let compared = fields[place] ?? []
        return StageFields.names(of: stage).filter { !compared.contains($0) }
    }

    /// The bytes of the model's stage with the fields of one of the subject's; nil where that stage is not applicable.
    ///
    /// `bytes` are those that the stage hashed, `system` is the state at its end. O(bytes), and O(cells) where state records are
    /// shorter.
    func bytes(
        at place: Int, bytes: [UInt8], system: borrowing StreamingSystem
    ) -> CanonicalBytes? {
        guard let stage = stages[place], let fields = fields[place] else { return nil }
        var kept = CanonicalBytes()
        kept.append(stage.tag)
        var states: [LeafSum]?
        if let stateFields = description.stateFields, fields.contains("S") {
            states = system.levels.map { $0.stateSum(of: stateFields) }
        }
        for (field, range) in StageFields.pieces(of: stage, in: bytes, levels: system.levels.count)
        where fields.contains(field) {
            if field == "S", let states {
                kept.append(UInt32(states.count))
                for sum in states { kept.append(sum) }
            } else {
                kept.append(contentsOf: Array(bytes[range]))
            }
        }
        return kept
    }

    /// The digests of the levels at the end of a frame.
    func levels(of system: borrowing StreamingSystem) -> [Digest64] {
        guard !description.hasWholeStates || description.payloads != .full else {
            return system.levels.map(\.digest)
        }
        return system.levels.map { level in
            var bytes = CanonicalBytes()
            bytes.append(UInt8(0xA0))
            bytes.append(UInt8(level.level))
            for cell in [level.snap.cameraCell, level.snap.anchor] {
                bytes.append(cell.x)
                bytes.append(cell.y)
                bytes.append(cell.z)
            }
            bytes.append(description.stateFields.map { level.stateSum(of: $0) } ?? level.stateSum)
            bytes.append(description.payloads == .full ? level.payloadSum : LeafSum())
            return bytes.digest64()
        }
    }
}

extension SubjectDescription {
    /// A state record with its tag and these fields only; nil keeps it whole.
    static func shortened(_ record: [UInt8], to fields: [String]?) -> [UInt8] {
        guard let fields else { return record }
        var short = [record[0]]
        for (name, bytes) in stateRecordFields where fields.contains(name) { short += record[bytes] }
        return short
    }
}

extension ProbeLevel {
    /// The state sum over records with some of their fields. O(cells).
    fileprivate func stateSum(of fields: [String]) -> LeafSum {
        let ranges = SubjectDescription.stateRecordFields.filter { fields.contains($0.name) }.map(\.bytes)
        var sum = LeafSum()
        window.box.forEach { cell in
            let record = probes[window.slot(of: cell).index].record(level: level, cell: cell)
            let bytes = record.bytes
            var short = LeafRecord(tag: RecordTag.state)
            for range in ranges {
                for byte in bytes[range] { short.append(byte) }
            }
            sum.add(short.leaf)
        }
        return sum
    }
}
