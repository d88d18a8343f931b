import Hashing
package import Replay
package import Streaming
package import Topology

/// Where a law is broken, as far as it can be said.
package struct Breach: Hashable, Sendable {
    package var frame: Int32
    /// Nil where no stage can be named.
    package var stage: Stage?
    package var level: Int?
    package var cell: Cell?
    /// What was to be compared, with both values: "lastUpdated: expected 5, found 6".
    package var what: String

    package init(frame: Int32, stage: Stage?, level: Int? = nil, cell: Cell? = nil, what: String) {
        self.frame = frame
        self.stage = stage
        self.level = level
        self.cell = cell
        self.what = what
    }
}

/// What came of judging a trace by a law.
package enum LawOutcome: Hashable, Sendable {
    /// The law held, in so many cases (frames, runs: whatever the law counts). Never 0: a law without a case has said nothing.
    case holds(cases: Int)
    /// The trace cannot be judged by this law, and why.
    case notApplicable(String)
    case broken(Breach)
}

/// What a law is given.
package struct LawCase: Sendable {
    package var trace: TraceFile
    /// All frames of the trace, in their order.
    package var frames: [FrameInput]
    package var effort: Effort
    /// Of everything that a law draws at random.
    package var seed: UInt64
    /// How runs are made; its cast service remembers casts by their content, so that a law may run as often as it likes.
    package var options: ReplayOptions

    package init(
        trace: TraceFile, frames: [FrameInput], effort: Effort, seed: UInt64, options: ReplayOptions
    ) {
        self.trace = trace
        self.frames = frames
        self.effort = effort
        self.seed = seed
        self.options = options
    }
}

/// A law that holds between runs of the model, whatever the digests are: a metamorphic relation.
package protocol Law: Sendable {
    /// As the verdict and `--only` name it: words of a-z with dashes.
    var name: String { get }
    /// The rules that it is evidence for.
    var rules: [Rule] { get }
    /// One line: what is claimed.
    var claim: String { get }

    /// Judges a trace.
    ///
    /// - Throws: ``ReplayError``, what cannot be read.
    func judge(_ given: LawCase) throws -> LawOutcome
}

/// All laws, in the order of the verdict.
package enum Laws {
    package static let all: [any Law] = [
        SnapAlone(), Translation(), SplitAndJoin(), Rest(), Prefix(), ThereAndBack(), FixedPoint(), Seek(),
        OtherKey(), SameKey(), LiveLaw(),
    ]
}
