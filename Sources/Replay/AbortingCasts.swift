package import Streaming
package import Voxels

/// Aborts every cast at once. For asking whether the model takes a trace's frames at all: what it refuses
/// does not depend on light.
package final class AbortingCasts: CastService {
    private var counts: [Int32: Int] = [:]
    private var parts = BatchParts()

    package init() {}

    package func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) { counts[batch] = jobs.count }

    package func finish(batch: Int32) -> [CastOutcome] {
        Array(repeating: .aborted, count: counts.removeValue(forKey: batch) ?? 0)
    }

    package func finish(_ places: [Int32], of batch: Int32) -> [CastOutcome] {
        parts.take(places, of: batch) { finish(batch: batch) }
    }

    package func abandon(batch: Int32) {
        counts[batch] = nil
        parts.abandon(batch)
    }
}

extension Replayer {
    /// Runs the frames without casting, and so finds out whether the model refuses one of them.
    ///
    /// - Returns: the configured values that are outside their bounds.
    /// - Throws: ``ReplayError``, what the source throws.
    package static func checkInputs(
        _ source: some FrameSource
    ) throws -> [(frame: Int32, clamping: Clamping)] {
        try run(source, ReplayOptions(oracleInterval: 0), AbortingCasts(), nil, { _, _ in }).clampings
    }
}
