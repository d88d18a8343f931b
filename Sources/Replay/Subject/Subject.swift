package import Hashing
package import Streaming

/// Somebody's implementation of a streaming system: our own model in this process, or a program that speaks the subject protocol. Whatever the
/// harness finds out about a subject it finds out through this.
package protocol Subject: AnyObject {
    /// What it is, and what it can do.
    var description: SubjectDescription { get }
    /// How many frames may be submitted before the first of their results is taken.
    var depth: Int { get }

    /// Begins a run; everything of an earlier one is forgotten. `state` is one that it has saved, to go on from; nil begins anew.
    func begin(_ options: SubjectOptions, isLive: Bool, from state: [UInt8]?) throws
    /// Hands the next frame over.
    func submit(_ input: FrameInput, wantsRecords: Bool) throws
    /// The result of the first frame that has been submitted and not been taken.
    func next() throws -> SubjectFrame
    /// The state after the last frame, to be begun with.
    func save() throws -> [UInt8]
}

/// How a subject is run. Nothing here may show in a digest.
// Order: looked up, and sorted where they are written.
package struct SubjectOptions: Sendable {
    /// Threads that cast; nil: as it likes. Only for a subject that takes it.
    package var workers: Int?
    /// The order of completion within a frame; nil: as it comes. Only for a subject that takes it.
    package var completionSeed: UInt64?
    /// Stops after this frame; nil: at the end.
    package var lastFrame: Int32?
    /// The frame whose records are asked for.
    package var recordsAt: Int32?
    /// The run is saved after each of these frames, begun from what was saved, and gone on with.
    package var restoreAfter: Set<Int32> = []
    /// What else is perturbed, by names of ``SubjectDescription/dimensions``: each with a seed that is not 0.
    package var perturbations: [String: UInt64] = [:]

    package init(workers: Int? = nil) { self.workers = workers }
}

/// What a subject says of one frame.
package struct SubjectFrame: Hashable, Sendable {
    package var frame: Int32
    /// One for each stage of the description.
    package var stages: [Digest64]
    /// Finest first; none where it has none.
    package var levels: [Digest64]
    /// Counter by counter, of each one number for each level.
    package var counters: [UInt64] = []
    package var countLevels = 0
    /// Where asked for.
    package var records: SubjectRecords?

    /// The digest of the frame: over its number, stages and levels, as Digests.md says.
    package var digest: Digest128 {
        var bytes = CanonicalBytes()
        bytes.append(frame)
        for stage in stages { bytes.append(stage) }
        bytes.append(UInt32(levels.count))
        for level in levels { bytes.append(level) }
        return bytes.digest128()
    }

    package init(frame: Int32, stages: [Digest64], levels: [Digest64]) {
        self.frame = frame
        self.stages = stages
        self.levels = levels
    }
}

/// What a frame's digests were made from.
package struct SubjectRecords: Hashable, Sendable {
    /// For each stage the bytes that it hashed.
    package var stages: [[UInt8]]
    /// State records of all cells at the frame's end, level by level in linear order; or none.
    package var states: [[UInt8]]
    /// Payload records, in the same order; or none.
    package var payloads: [[UInt8]]
    /// Of the model in this process only: what each of its nine stages hashed, with nothing left out.
    package var wholeStages: [[UInt8]] = []

    package init(stages: [[UInt8]], states: [[UInt8]], payloads: [[UInt8]]) {
        self.stages = stages
        self.states = states
        self.payloads = payloads
    }
}

/// What came of a subject's run.
package struct SubjectRun: Sendable {
    package var firstFrame: Int32
    package var frameCount: Int
    package var lastFrame: Int32 { firstFrame + Int32(frameCount - 1) }
    /// XXH3-128 over the digests of all frames.
    package var digest: Digest128
    /// The most levels that any frame had a digest of.
    package var levelCount: Int
    /// Over all frames: the names of the description, with a number for each level.
    package var counters: [(name: String, perLevel: [Int])]
}

extension Replayer {
    /// Replays a trace on a subject. Frames are submitted ahead of their results as far as the subject allows.
    ///
    /// - Throws: ``SubjectError``, ``ReplayError``, what the source throws while reading, what `observe` throws.
    package static func run(
        _ source: some FrameSource, on subject: any Subject, options: SubjectOptions = SubjectOptions(),
        observe: (FrameInput, SubjectFrame) throws -> Void = { _, _ in }
    ) throws -> SubjectRun {
        var run = SubjectRunState(subject, options)
        try source.forEachFrame { input in
            try run.submit(input)
            while run.isFull { try run.take(observe) }
            return input.frame != options.lastFrame
        }
        while run.isWaiting { try run.take(observe) }
        return try run.finished()
    }
}

/// A run of a subject that is under way.
private struct SubjectRunState {
    private let subject: any Subject
    private let options: SubjectOptions
    private var waiting: [FrameInput] = []
    private var hasBegun = false
    private var isLive = false
    private var firstFrame: Int32?
    private var frameCount = 0
    private var digests = CanonicalBytes()
    private var levelCount = 0
    private var totals: [[UInt64]]

    init(_ subject: any Subject, _ options: SubjectOptions) {
        self.subject = subject
        self.options = options
        totals = Array(repeating: [], count: subject.description.counters.count)
    }

    var isWaiting: Bool { !waiting.isEmpty }
    var isFull: Bool {
        waiting.count >= subject.depth
            || waiting.last.map { options.restoreAfter.contains($0.frame) } ?? false
    }

    mutating func submit(_ input: FrameInput) throws {
        if !hasBegun {
            isLive = input.castResults != nil
            try subject.begin(options, isLive: isLive, from: nil)
            hasBegun = true
        }
        try subject.submit(input, wantsRecords: input.frame == options.recordsAt)
        waiting.append(input)
    }

    mutating func take(_ observe: (FrameInput, SubjectFrame) throws -> Void) throws {
        let input = waiting.removeFirst()
        let result = try subject.next()
        if firstFrame == nil { firstFrame = result.frame }
        frameCount += 1
        digests.append(result.digest)
        levelCount = max(levelCount, result.levels.count)
        for counter in totals.indices {
            for level in 0..<result.countLevels {
                if level == totals[counter].count { totals[counter].append(0) }
                totals[counter][level] &+= result.counters[counter * result.countLevels + level]
            }
        }
        try observe(input, result)
        guard options.restoreAfter.contains(input.frame) else { return }
        let state = try subject.save()
        try subject.begin(options, isLive: isLive, from: state)
    }

    func finished() throws(ReplayError) -> SubjectRun {
        guard let firstFrame else { throw .noFrames }
        return SubjectRun(
            firstFrame: firstFrame, frameCount: frameCount, digest: digests.digest128(),
            levelCount: levelCount,
            counters: zip(subject.description.counters, totals).map { name, totals in
                (name, totals.map { Int(clamping: $0) })
            })
    }
}
