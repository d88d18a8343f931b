package import Streaming

/// A small trace that is made up from a seed, and has what has bitten streaming systems more often than it comes by chance.
///
/// A pure function of the seed: integers, and of floating point only what IEEE 754 rounds correctly (`+ - * /`, and neighbours of a number).
/// So it is the same on every machine and in every build. Windows have 8 to 10 cells, one to three levels; there are 4 to 60 frames, up to
/// 72 where something is tried again, which takes 60. The model takes every frame.
package struct GeneratedTrace: Sendable {
    /// To be raised with every change after which a seed stands for other frames.
    package static let version = 1

    package let seed: UInt64
    package let frames: [FrameInput]

    /// The frames of a seed. O(frames).
    package init(seed: UInt64) {
        self.seed = seed
        frames = GeneratedTrace.frames(seed: seed)
    }

    /// The frames that a seed stands for, from the first of a session on.
    package static func frames(seed: UInt64) -> [FrameInput] {
        var draft = TraceDraft(seed: seed)
        return draft.frames()
    }

    /// `generated-SEED`: how the trace is called, and its file without the suffix.
    package var name: String { GeneratedTrace.name(seed: seed) }

    package static func name(seed: UInt64) -> String { "generated-\(seed)" }

    /// The hazards that it has, each with the number of frames that have it, in the order of ``Hazard``.
    package var hazards: [(hazard: Hazard, frames: Int)] {
        let tally = HazardTally(frames)
        return Hazard.allCases.compactMap { hazard in
            tally.frames(hazard) > 0 ? (hazard, tally.frames(hazard)) : nil
        }
    }

    /// What it is, in one line of words.
    package var summary: String {
        let words = hazards.map(\.hazard.rawValue).joined(separator: ", ")
        return "generator \(GeneratedTrace.version), \(frames.count) frames: \(words)"
    }

    /// The trace in the canonical profile.
    ///
    /// - Throws: what the writer throws, which would be a mistake of the generator.
    package func bytes() throws -> [UInt8] {
        var writer = try TraceWriter(MemorySink())
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        return writer.sink.bytes
    }
}
