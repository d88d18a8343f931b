package import Streaming

/// A run that differs from the one with everything pinned, when something is perturbed.
package final class PerturbedFailure: TraceFailure {
    package let comparison: String
    private let pair: PerturbedPair
    private let run: PlannedRun
    private var isProbed = false

    /// - Parameters:
    ///   - pair: the program, pinned and perturbed.
    ///   - run: what is perturbed.
    package init(_ pair: PerturbedPair, _ run: PlannedRun) {
        self.pair = pair
        self.run = run
        let names = perturbationText(run.perturbations)
        comparison =
            run.isPinned
            ? "two runs with everything pinned"
            : "the run with everything pinned and the one with \(names)"
    }

    /// Dimensions whose seed does not fix what comes of them: the system draws once more.
    private static let drawnDimensions: Set<String> = [
        "hash-seed", "address-layout", "malloc-perturb", "workers", "cpus",
    ]

    /// How often a candidate is tried at most, where the user does not say it.
    package var usualRepeats: Int {
        run.isPinned || run.perturbations.keys.contains(where: PerturbedFailure.drawnDimensions.contains)
            ? 3 : 1
    }

    package func attempt(_ frames: [FrameInput]) throws -> SeenFailure? {
        if !isProbed {
            try pair.probe()
            isProbed = true
        }
        guard var seen = try pair.part(frames) else { return nil }
        // Where a run is saved, or broken off before it is begun, is drawn from the number of its frames.
        let drawsFrames = ["restore", "reset"].contains { run.perturbations[$0] != nil }
        seen.isOverAtFrame = seen.isOverAtFrame && !drawsFrames
        return seen
    }
}
