package import Replay
import Streaming
package import Topology

/// A trace under two variants of the model, beside each other: the first frame and stage in which they come to something else.
///
/// Generations, and what is made from them, are left out: variants with and without them could not be compared otherwise.
package struct VariantExplainer {
    /// A result that was stored in another cell than the one that it was cast for.
    package struct OldResult: Hashable, Sendable {
        package var level: Int
        /// Where it was cast from.
        package var cell: Cell
        /// The cell that has its slot now, and has got its payload.
        package var storedIn: Cell
    }

    private let own: ModelSubject
    private let explainer: SubjectExplainer

    /// `variant` is what the trace's own is compared with.
    package init(against variant: Variant, options: ReplayOptions = ReplayOptions()) {
        let description = VariantExplainer.description
        own = ModelSubject(options: options, comparedWith: description)
        explainer = SubjectExplainer(
            own, model: ModelSubject(options: options, comparedWith: description, variant: variant))
    }

    /// What variants have in common.
    private static var description: SubjectDescription {
        var description = SubjectDescription(
            name: "variant",
            stages: [
                SubjectStage("snap"), SubjectStage("shift", fields: ["windows", "S", "P"]),
                SubjectStage("recycle", fields: ["S", "P", "C"]),
                SubjectStage("dirty", fields: ["kept", "S", "P", "C"]),
                SubjectStage("select", fields: ["selected", "S"]),
                SubjectStage("cast", fields: ["dispatched", "world", "S"]),
                SubjectStage(
                    "commit", fields: ["drained", "outcome", "payloadLeaf", "disposition", "S", "P"]),
            ])
        description.stateFields = SubjectDescription.stateRecordFields.map(\.name).filter {
            $0 != "generation"
        }
        description.payloads = .full
        description.givesRecords = true
        description.variants = Variant.allCases.map(\.name)
        return description
    }

    /// At most two runs of each.
    ///
    /// - Throws: ``ReplayError`` where a variant cannot repeat the trace; what cannot be read.
    package func explain(
        _ trace: TraceFile, progress: (Int) -> Void = { _ in }
    ) throws -> (outcome: SubjectExplainOutcome, oldResults: [OldResult]) {
        let outcome = try explainer.explain(trace, progress: progress)
        guard case .diverged(let explanation) = outcome, explanation.divergence.stage == Stage.commit.name,
            let commit = explanation.foundStage
        else { return (outcome, []) }
        let levels = own.system.levels
        var results: [OldResult] = []
        for (level, cell, disposition) in StageFields.drained(commit, levels: levels.count)
        where disposition == StageFields.storedElsewhere && level < levels.count {
            let window = levels[level].window
            results.append(
                OldResult(
                    level: level, cell: cell, storedIn: window.cell(at: window.slotOutside(of: cell))))
        }
        return (outcome, results)
    }
}
