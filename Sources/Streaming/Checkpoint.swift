package import Hashing

/// The digests of one frame as the recording engine computed them.
package struct Checkpoint: Hashable, Sendable {
    /// Of the model's digests the version of their algorithm, of others the engine's own number.
    package var digestVersion: UInt32
    /// One for each stage, in causal order.
    package var stages: [Digest64]
    /// One for each level, finest first; empty where the engine has none.
    package var levels: [Digest64]
    /// Of the whole frame; nil where the engine has none.
    package var frame: Digest128?

    package init(digestVersion: UInt32, stages: [Digest64], levels: [Digest64] = [], frame: Digest128? = nil)
    {
        self.digestVersion = digestVersion
        self.stages = stages
        self.levels = levels
        self.frame = frame
    }

    /// The model's own.
    package init(_ digests: FrameDigests) {
        self.init(
            digestVersion: UInt32(DigestAlgorithm.version), stages: digests.stages, levels: digests.levels,
            frame: digests.frame)
    }
}
