package import Recording
package import Streaming
package import Topology

/// A stage of a subject's frame.
package struct SubjectStage: Hashable, Sendable {
    package var name: String
    /// The fields that are in its digest, in the order of ``StageFields/names(of:)``; nil: all of them, or a stage of the subject's own.
    package var fields: [String]?

    package init(_ name: String, fields: [String]? = nil) {
        self.name = name
        self.fields = fields
    }

    /// The model's stage of this name; nil for a stage of the subject's own.
    package var stage: Stage? { Stage.allCases.first { $0.name == name } }
}

/// What a subject is, and what it can do.
package struct SubjectDescription: Hashable, Sendable {
    package enum Payloads: Int, Sendable { case none, opaque, full }

    /// 1...64 bytes of A-Z a-z 0-9 . _ -: a folder of goldens has this name.
    package var name: String
    package var version = ""
    package var digestVersion = DigestAlgorithm.version
    /// In causal order, at least one.
    package var stages: [SubjectStage]
    /// The fields of state records that are filled; nil: all.
    package var stateFields: [String]?
    package var payloads = Payloads.none
    package var hasLevels = false
    package var takesWorkers = false
    package var takesCompletionSeed = false
    package var restores = false
    package var givesRecords = false
    /// What it counts, at most 16.
    package var counters: [String] = []
    /// Variants of the model that it has; empty: the reference only.
    package var variants: [String] = []
    /// What else it can be told to do differently.
    package var dimensions: [String] = []

    package init(name: String, stages: [SubjectStage]) {
        self.name = name
        self.stages = stages
    }

    package static let protocolVersion: UInt32 = 1
    package static let maximumStages = 64
    package static let maximumNameBytes = 64
    package static let maximumVersionBytes = 200
    package static let maximumCounters = 16
    package static let maximumCounterBytes = 13
    package static let maximumDimensions = 32
    /// Fields of a state record behind its tag, with their places in the record.
    package static let stateRecordFields: [(name: String, bytes: Range<Int>)] = [
        ("level", 1..<2), ("lifecycle", 2..<3), ("flags", 3..<4), ("cell", 4..<16), ("lastUpdated", 16..<20),
        ("queuedAt", 20..<24), ("retryAfter", 24..<28), ("generation", 28..<32),
    ]

    /// Whether it has a variant of the model.
    package func has(_ variant: Variant) -> Bool {
        variants.isEmpty ? variant == .reference : variants.contains(variant.name)
    }

    /// Whether state records have every field.
    package var hasWholeStates: Bool { stateFields == nil }
}

/// What a description says that no subject can be.
package struct SubjectDescriptionError: Error, Hashable, Sendable {
    package var field: String
    package var found: String
    package var expected: String
}

extension SubjectDescription {
    /// - Throws: ``SubjectDescriptionError`` for the first thing that cannot be.
    package init(_ message: MessageDescription) throws(SubjectDescriptionError) {
        func check(
            _ isRight: Bool, _ field: String, _ found: @autoclosure () -> String,
            _ expected: @autoclosure () -> String
        ) throws(SubjectDescriptionError) {
            if !isRight {
                throw SubjectDescriptionError(
                    field: field, found: shown(found()), expected: expected())
            }
        }
        let version = SubjectDescription.protocolVersion
        try check(
            message.protocolVersion == version, "protocol_version", "\(message.protocolVersion)", "\(version)"
        )
        try check(
            isFileName(message.name), "name", "'\(message.name)'",
            "1 to \(SubjectDescription.maximumNameBytes) bytes of A-Z a-z 0-9 . _ -, the first a letter or digit"
        )
        try check(
            message.version.utf8.count <= SubjectDescription.maximumVersionBytes, "version",
            "\(message.version.utf8.count) bytes", "at most \(SubjectDescription.maximumVersionBytes)")
        try check(
            (1...UInt32(UInt16.max)).contains(message.digestVersion), "digest_version",
            "\(message.digestVersion)", "1...\(UInt16.max)")
        let limit = SubjectDescription.maximumStages
        try check(
            (1...limit).contains(message.stages.count), "stages", "\(message.stages.count) stages",
            "1 to \(limit)")
        var stages: [SubjectStage] = []
        for stage in message.stages {
            try check(
                (1...SubjectDescription.maximumNameBytes).contains(stage.name.utf8.count)
                    && stage.name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F },
                "a stage's name", "'\(stage.name)'",
                "1 to \(SubjectDescription.maximumNameBytes) printable bytes without a space")
            try check(
                !stages.contains { $0.name == stage.name }, "stages", "'\(stage.name)' twice",
                "each stage once")
            var described = SubjectStage(stage.name, fields: stage.fields.isEmpty ? nil : stage.fields)
            if let own = described.stage {
                let names = StageFields.names(of: own)
                try check(
                    isSelection(stage.fields, of: names), "fields of the stage \(stage.name)",
                    stage.fields.joined(separator: " "),
                    "some of \(names.joined(separator: " ")), in this order")
            } else {
                described.fields = nil
            }
            stages.append(described)
        }
        let stateNames = SubjectDescription.stateRecordFields.map(\.name)
        try check(
            isSelection(message.stateFields, of: stateNames), "state_fields",
            message.stateFields.joined(separator: " "),
            "some of \(stateNames.joined(separator: " ")), in this order")
        guard let payloads = Payloads(rawValue: message.payloads.rawValue) else {
            throw SubjectDescriptionError(
                field: "payloads", found: "\(message.payloads.rawValue)", expected: "0, 1 or 2")
        }
        try check(
            message.counters.count <= SubjectDescription.maximumCounters
                && Set(message.counters).count == message.counters.count,
            "counters", "\(message.counters.count) of them",
            "at most \(SubjectDescription.maximumCounters), no two the same")
        try check(
            message.variants.count <= SubjectDescription.maximumCounters, "variants",
            "\(message.variants.count) of them", "at most \(SubjectDescription.maximumCounters)")
        for counter in message.counters {
            try check(
                (1...SubjectDescription.maximumCounterBytes).contains(counter.utf8.count)
                    && counter.utf8.allSatisfy { (97...122).contains($0) || $0 == 45 }
                    && counter != "checksum", "a counter's name", "'\(counter)'",
                "1 to \(SubjectDescription.maximumCounterBytes) bytes of a-z and -, not checksum")
        }
        try check(
            message.dimensions.count <= SubjectDescription.maximumDimensions
                && Set(message.dimensions).count == message.dimensions.count,
            "dimensions", "\(message.dimensions.count) of them",
            "at most \(SubjectDescription.maximumDimensions), no two the same")
        for dimension in message.dimensions {
            try check(
                (1...SubjectDescription.maximumNameBytes).contains(dimension.utf8.count)
                    && dimension.utf8.allSatisfy {
                        (97...122).contains($0) || (48...57).contains($0) || $0 == 45
                    },
                "a dimension's name", "'\(dimension)'",
                "1 to \(SubjectDescription.maximumNameBytes) bytes of a-z, 0-9 and -")
        }
        self.init(name: message.name, stages: stages)
        self.version = message.version
        digestVersion = Int(message.digestVersion)
        stateFields =
            message.stateFields.isEmpty || message.stateFields == stateNames ? nil : message.stateFields
        self.payloads = payloads
        hasLevels = message.hasLevels_p
        takesWorkers = message.takesWorkers
        takesCompletionSeed = message.takesCompletionSeed
        restores = message.restores
        givesRecords = message.givesRecords
        counters = message.counters
        variants = message.variants
        dimensions = message.dimensions
    }

    package var message: MessageDescription {
        var message = MessageDescription()
        message.protocolVersion = SubjectDescription.protocolVersion
        message.name = name
        message.version = version
        message.digestVersion = UInt32(digestVersion)
        message.stages = stages.map { stage in
            var described = MessageSubjectStage()
            described.name = stage.name
            described.fields = stage.fields ?? []
            return described
        }
        message.stateFields = stateFields ?? []
        message.payloads = MessagePayloadKind(rawValue: payloads.rawValue) ?? .none
        message.hasLevels_p = hasLevels
        message.takesWorkers = takesWorkers
        message.takesCompletionSeed = takesCompletionSeed
        message.restores = restores
        message.givesRecords = givesRecords
        message.counters = counters
        message.variants = variants
        message.dimensions = dimensions
        return message
    }
}

/// Some of `names`, each once and in their order.
private func isSelection(_ chosen: [String], of names: [String]) -> Bool {
    var left = names[...]
    for name in chosen {
        guard let place = left.firstIndex(of: name) else { return false }
        left = left[(place + 1)...]
    }
    return true
}

private func isFileName(_ name: String) -> Bool {
    guard (1...SubjectDescription.maximumNameBytes).contains(name.utf8.count), let first = name.utf8.first
    else { return false }
    func isWord(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    return isWord(first) && name.utf8.allSatisfy { isWord($0) || $0 == 46 || $0 == 95 || $0 == 45 }
}

/// What somebody else's program says, as it may stand in a sentence: printable, and not long.
func shown(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
    return scalars.count <= 200 ? String(scalars) : String(scalars.prefix(200)) + "..."
}
