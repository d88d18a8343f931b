import Hashing
package import Replay
import Streaming

/// A subject beside the model, frame by frame, as far as it has what the model has.
package struct ModelComparison: Sendable {
    private let description: SubjectDescription
    private let projection: Projection
    /// In words, what is not compared.
    package let notApplicable: [String]

    /// - Throws: ``SubjectReferenceError`` where there is nothing to compare.
    package init(_ description: SubjectDescription) throws(SubjectReferenceError) {
        self.description = description
        projection = Projection(description)
        guard description.digestVersion == DigestAlgorithm.version else {
            throw .version(found: description.digestVersion, expected: DigestAlgorithm.version)
        }
        guard projection.fields.contains(where: { $0 != nil }) else {
            throw .nothingInCommon(stages: description.stages.map(\.name))
        }
        var lines: [String] = []
        for (place, stage) in description.stages.enumerated() {
            if stage.stage == nil {
                lines.append("stage \(stage.name): the subject's own")
            } else if projection.fields[place] == nil {
                lines.append("stage \(stage.name): nothing of it that the subject has can be compared")
            } else {
                let left = projection.leftOut(at: place)
                if !left.isEmpty { lines.append("stage \(stage.name): \(left.joined(separator: " "))") }
            }
        }
        let missing = Stage.allCases.map(\.name).filter { name in
            !description.stages.contains { $0.name == name }
        }
        if !missing.isEmpty {
            lines.append(
                "stage\(missing.count == 1 ? "" : "s") \(missing.joined(separator: " ")): the subject has none"
            )
        }
        if let fields = description.stateFields {
            let left = SubjectDescription.stateRecordFields.map(\.name).filter { !fields.contains($0) }
            lines.append("fields of state records: \(left.joined(separator: " "))")
        }
        switch description.payloads {
        case .full: break
        case .none: lines.append("payloads: the subject has none")
        case .opaque:
            lines.append(
                "payloads: the subject's own, and with them the stages and levels whose digests they are in")
        }
        if !description.hasLevels { lines.append("digests of levels: the subject has none") }
        notApplicable = lines
    }

    /// Where a frame is not the model's; nil where it agrees in everything that is compared.
    package func difference(_ expected: SubjectFrame, _ found: SubjectFrame) -> SubjectDivergence? {
        let place = found.stages.indices.first { place in
            projection.fields[place] != nil && expected.stages[place] != found.stages[place]
        }
        let levels =
            description.hasLevels && description.payloads != .opaque
            ? (0..<max(expected.levels.count, found.levels.count)).filter { level in
                level >= expected.levels.count || level >= found.levels.count
                    || expected.levels[level] != found.levels[level]
            } : []
        guard place != nil || !levels.isEmpty else { return nil }
        return SubjectDivergence(
            frame: found.frame, stage: place.map { description.stages[$0].name }, levels: levels,
            expected: place.map { expected.stages[$0].description }
                ?? levels.first.map { $0 < expected.levels.count ? expected.levels[$0].description : "none" },
            found: place.map { found.stages[$0].description }
                ?? levels.first.map { $0 < found.levels.count ? found.levels[$0].description : "none" },
            differing: 0, frames: 0)
    }
}
