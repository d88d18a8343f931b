package import Hashing

/// The version of everything that decides a digest: records, stages, order. It is in every golden.
package enum DigestAlgorithm {
    package static let version = 2
}

/// The digests of one frame.
package struct FrameDigests: Hashable, Sendable {
    /// One per ``Stage``, in causal order.
    package var stages: [Digest64]
    /// One per level, finest first: the anchor and the level's sums at the end of the frame.
    package var levels: [Digest64]
    /// Over the frame's number, all stages and all levels.
    package var frame: Digest128
}

/// What one level did in one frame, in probes.
package struct LevelCounts: Hashable, Sendable {
    package var entered = 0
    package var left = 0
    package var dirtied = 0
    package var promoted = 0
    package var expired = 0
    package var selected = 0
    package var cast = 0
    package var disabled = 0
    package var committed = 0
    package var aborted = 0
    /// Results that met their probe changed: dirty or disabled after flight.
    package var overtaken = 0
    /// Results whose request was no longer current.
    package var dropped = 0
    /// Cells that came back out of the region cache, and entries that it let go.
    package var restored = 0
    package var evicted = 0
    /// Write-backs that were handed over to the store.
    package var stored = 0
    /// Rows of the store that were not taken: of another key, of other edits, damaged or not there.
    package var refused = 0

    package init() {}

    /// All of the above, in that order.
    package static var counters: [WritableKeyPath<LevelCounts, Int>] {
        [
            \.entered, \.left, \.dirtied, \.promoted, \.expired, \.selected, \.cast, \.disabled, \.committed,
            \.aborted, \.overtaken, \.dropped, \.restored, \.evicted, \.stored, \.refused,
        ]
    }

    package static func += (a: inout LevelCounts, b: LevelCounts) {
        a.entered += b.entered
        a.left += b.left
        a.dirtied += b.dirtied
        a.promoted += b.promoted
        a.expired += b.expired
        a.selected += b.selected
        a.cast += b.cast
        a.disabled += b.disabled
        a.committed += b.committed
        a.aborted += b.aborted
        a.overtaken += b.overtaken
        a.dropped += b.dropped
        a.restored += b.restored
        a.evicted += b.evicted
        a.stored += b.stored
        a.refused += b.refused
    }
}

/// What came of one frame.
package struct FrameResult: Sendable {
    package var frame: Int32
    package var digests: FrameDigests
    /// One per level of the frame; more where a result of a level that is gone was dropped.
    package var counts: [LevelCounts]
    /// Configured values that were outside their bounds.
    package var clampings: [Clamping]
    /// The input as it was stepped, where it is not the one that was given: the store had failed, and the frame went on without it
    /// (``FrameInput/switchingStoreOff(_:)``).
    package var changedInput: FrameInput?
    /// The store had failed before this frame, which had to do with it.
    package var storeFailed: Bool { changedInput != nil }
}
