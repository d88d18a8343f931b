/// The rules of the system that have to hold.
package enum Rule: String, CaseIterable, Sendable {
    /// Origin snapping is a function of the camera path, and of nothing else.
    case snap
    /// Equal budgets and equal drained inputs give the equal list.
    case selection
    /// What is thrown out and what is taken back is a function of the boxes and of the key.
    case invalidation
}

/// How much a check does.
package enum Effort: String, Sendable {
    /// A sample: what a commit can wait for.
    case quick
    /// The plan that meets every pair of dimensions, and all laws on a sample of frames.
    case standard
    /// At least 200 runs, and all laws at every frame.
    case full
}
