import Hashing
import Recording
package import Replay
package import Streaming
import Topology

/// Where a subject went another way than the model, and as far as its records tell, what it did.
package struct SubjectExplanation: Sendable {
    package var divergence: SubjectDivergence
    /// The first value of the stage that differs, and how many others do.
    package var value: ValueDifference?
    package var otherValues = 0
    /// The first probe that differs at the end of the frame, and how many others do by level.
    package var cell: CellDifference?
    package var otherCells: [Int: Int] = [:]
    /// False where the subject, run again, did not come to the same digests.
    package var isReproducible = true
    /// Why there is no more to say than frame, stage and levels; nil where there is.
    package var isWithoutRecords: String?
    package var notApplicable: [String] = []
    /// What the stage that differs hashed, whole, where the subject is a model in this process.
    var foundStage: [UInt8]?
    /// Both frames as dumps, where there are records.
    package var dumps: (expected: [String], found: [String])?

    package init(divergence: SubjectDivergence) { self.divergence = divergence }
}

package enum SubjectExplainOutcome: Sendable {
    case agrees(frames: Int, notApplicable: [String])
    case diverged(SubjectExplanation)
}

/// Explains a subject beside the model, or beside another run of its own. At most two runs of each.
package struct SubjectExplainer {
    private let subject: any Subject
    private let options: SubjectOptions
    private let reference: any Subject
    private let referenceOptions: SubjectOptions
    /// The reference is the same program: everything that it has is compared.
    private let isSameProgram: Bool
    /// Whether both frames are wanted as dumps.
    package var wantsDumps = false
    private let rehearse: () throws -> Void

    /// `model` is what it is compared with; nil: the model, with what the subject has.
    package init(
        _ subject: any Subject, options: SubjectOptions = SubjectOptions(), model: ModelSubject? = nil
    ) {
        self.subject = subject
        self.options = options
        reference = model ?? ModelSubject(comparedWith: subject.description)
        referenceOptions = SubjectOptions()
        rehearse = {}
        isSameProgram = false
    }

    /// Compares a program with itself, run otherwise.
    ///
    /// - Parameters:
    ///   - subject: the program as it is to be explained, told to run by `options`.
    ///   - options: as above.
    ///   - pinned: the same program.
    ///   - pinnedOptions: how that is told to run.
    ///   - rehearse: what is done with the subject before each run.
    package init(
        _ subject: any Subject, options: SubjectOptions, beside pinned: any Subject,
        pinnedOptions: SubjectOptions, rehearse: @escaping () throws -> Void
    ) {
        self.rehearse = rehearse
        self.subject = subject
        self.options = options
        reference = pinned
        referenceOptions = pinnedOptions
        isSameProgram = true
    }

    /// `relaid` are the trace's frames as the subject is given them, where those are not read from the file.
    ///
    /// - Throws: ``SubjectError``, ``SubjectReferenceError``, ``ReplayError``.
    package func explain(
        _ trace: TraceFile, relaid: [FrameInput]? = nil, progress: (Int) -> Void = { _ in }
    ) throws -> SubjectExplainOutcome {
        let description = subject.description
        if let variant = try trace.variant(lackedBy: description) {
            throw SubjectReferenceError.otherVariant(name: variant.name)
        }
        let model = isSameProgram ? nil : try ModelComparison(description)
        func difference(_ expected: SubjectFrame, _ found: SubjectFrame) -> SubjectDivergence? {
            model.map { $0.difference(expected, found) }
                ?? SubjectDivergence(expected, found, of: description)
        }
        let notApplicable = model?.notApplicable ?? []
        guard let first = try run(trace, relaid, options, progress, until: difference) else {
            return .agrees(frames: try frameCount(trace), notApplicable: notApplicable)
        }
        var explanation = SubjectExplanation(divergence: first)
        explanation.notApplicable = notApplicable
        guard description.givesRecords else {
            explanation.isWithoutRecords = "\(description.name) gives no records"
            return .diverged(explanation)
        }
        var again = options
        again.recordsAt = first.frame
        again.lastFrame = first.frame
        var look: (expected: SubjectFrame, found: SubjectFrame, events: Int)?
        var before: SubjectDivergence?
        _ = try run(trace, relaid, again, progress) { expected, found in
            if found.frame < first.frame { before = before ?? difference(expected, found) }
            return nil
        } last: { expected, found, events in
            look = (expected, found, events)
        }
        guard before == nil, let look, var second = difference(look.expected, look.found),
            let expected = look.expected.records, let found = look.found.records
        else {
            explanation.isReproducible = false
            return .diverged(explanation)
        }
        (second.differing, second.frames) = (first.differing, first.frames)
        explanation.isReproducible = second == first
        let levels = try levels(of: look.found, trace)
        explanation.compare(
            expected, found, of: description, levels: levels, events: look.events)
        if wantsDumps {
            func lines(_ frame: SubjectFrame, _ description: SubjectDescription) -> [String] {
                SubjectDump.lines(frame, of: description, levels: levels, events: look.events)
            }
            explanation.dumps = (
                lines(look.expected, reference.description), lines(look.found, description)
            )
        }
        return .diverged(explanation)
    }

    /// How many levels the frame has, by whoever knows it.
    private func levels(of frame: SubjectFrame, _ trace: TraceFile) throws -> Int {
        if let model = reference as? ModelSubject { return model.system.levels.count }
        if subject.description.hasLevels { return frame.levels.count }
        var levels: Int32 = 0
        try trace.forEachFrame { input in
            for event in input.events {
                switch event {
                case .sessionStart(let given), .configure(let given):
                    levels = given.effective().configuration.levels
                default: break
                }
            }
            return input.frame < frame.frame
        }
        return Int(levels)
    }

    private func frameCount(_ trace: TraceFile) throws -> Int {
        if let count = trace.frameCount { return count }
        var count = 0
        try trace.forEachFrame { _ in
            count += 1
            return true
        }
        return count
    }

    /// Runs both side by side; ends at the first frame for which `until` gives something.
    private func run(
        _ trace: TraceFile, _ relaid: [FrameInput]?, _ options: SubjectOptions, _ progress: (Int) -> Void,
        until: (SubjectFrame, SubjectFrame) -> SubjectDivergence?,
        last: (SubjectFrame, SubjectFrame, Int) -> Void = { _, _, _ in }
    ) throws -> SubjectDivergence? {
        struct Found: Error { var divergence: SubjectDivergence }
        try rehearse()
        var frames = 0
        var originals = trace.reader.frames()
        func observe(_ given: FrameInput, _ found: SubjectFrame) throws {
            let input = relaid == nil ? given : try originals.next() ?? given
            if frames == 0 {
                try reference.begin(referenceOptions, isLive: input.castResults != nil, from: nil)
            }
            frames += 1
            progress(frames)
            try reference.submit(input, wantsRecords: input.frame == options.recordsAt)
            let expected = try reference.next()
            if let divergence = until(expected, found) { throw Found(divergence: divergence) }
            if input.frame == options.lastFrame { last(expected, found, input.events.count) }
        }
        do {
            if let relaid {
                _ = try Replayer.run(relaid, on: subject, options: options, observe: observe)
            } else {
                _ = try Replayer.run(trace, on: subject, options: options, observe: observe)
            }
        } catch let found as Found {
            return found.divergence
        }
        return nil
    }
}

extension SubjectDivergence {
    /// Where two frames of one program differ; nil where they do not.
    fileprivate init?(_ expected: SubjectFrame, _ found: SubjectFrame, of description: SubjectDescription) {
        let place = expected.stages.indices.first { expected.stages[$0] != found.stages[$0] }
        let levels = (0..<max(expected.levels.count, found.levels.count)).filter { level in
            level >= expected.levels.count || level >= found.levels.count
                || expected.levels[level] != found.levels[level]
        }
        guard place != nil || !levels.isEmpty else { return nil }
        func text(_ frame: SubjectFrame) -> String {
            (place.map { frame.stages[$0] }
                ?? levels.first.flatMap { $0 < frame.levels.count ? frame.levels[$0] : nil })?
                .description ?? "none"
        }
        self.init(
            frame: found.frame, stage: place.map { description.stages[$0].name }, levels: levels,
            expected: text(expected), found: text(found), differing: 0, frames: 0)
    }
}

extension SubjectExplanation {
    /// Compares what the digests of one frame were made from.
    fileprivate mutating func compare(
        _ expected: SubjectRecords, _ found: SubjectRecords, of description: SubjectDescription, levels: Int,
        events: Int
    ) {
        if let name = divergence.stage,
            let place = description.stages.firstIndex(where: { $0.name == name }),
            let stage = description.stages[place].stage
        {
            // The same program has left out the same.
            let modelBytes =
                expected.wholeStages.isEmpty
                ? expected.stages[place] : expected.wholeStages[Int(stage.rawValue)]
            let differences = stageDifferences(
                stage, description.stages[place], modelBytes, found.stages[place], levels, events,
                isSameProgram: expected.wholeStages.isEmpty)
            value = differences.first
            if !found.wholeStages.isEmpty { foundStage = found.wholeStages[Int(stage.rawValue)] }
            otherValues = max(0, differences.count - 1)
        }
        guard !found.states.isEmpty else { return }
        let (left, right) = (
            SubjectDump.cells(expected, description), SubjectDump.cells(found, description)
        )
        var difference = FrameDifference(stage: nil, levels: [])
        difference.compareCells(left, right) { _, _ in nil }
        cell = difference.cell
        otherCells = difference.otherCells
    }

    /// What differs in a stage that the subject has in full, or in part.
    private func stageDifferences(
        _ stage: Stage, _ described: SubjectStage, _ expected: [UInt8], _ found: [UInt8], _ levels: Int,
        _ events: Int, isSameProgram: Bool
    ) -> [ValueDifference] {
        let fields = described.fields ?? StageFields.names(of: stage)
        guard fields.count < StageFields.names(of: stage).count else {
            let left = StageReport(stage, expected, levels: levels, events: events)
            let right = StageReport(stage, found, levels: levels, events: events)
            return valueDifferences(left.outputs, right.outputs) + valueDifferences(left.parts, right.parts)
        }
        // What the model hashed is whole; the same program has left out the same.
        let known = StageFields.pieces(
            of: stage, in: expected, levels: levels, fields: isSameProgram ? Set(fields) : nil
        )
        .filter { fields.contains($0.field) && !$0.bytes.isEmpty }.map {
            ($0.field, Array(expected[$0.bytes]))
        }
        let given = StageFields.pieces(of: stage, in: found, levels: levels, fields: Set(fields))
            .filter { !$0.bytes.isEmpty }.map { ($0.field, Array(found[$0.bytes])) }
        var differences: [ValueDifference] = []
        for field in StageFields.names(of: stage) where fields.contains(field) {
            let left = known.filter { $0.0 == field }.map(\.1)
            let right = given.filter { $0.0 == field }.map(\.1)
            for number in 0..<max(left.count, right.count) {
                let here = number < left.count ? left[number] : []
                let there = number < right.count ? right[number] : []
                guard here != there else { continue }
                differences.append(
                    ValueDifference(
                        field: "\(field)[\(number)]", expected: pieceText(here), found: pieceText(there)))
            }
        }
        return differences
    }

    /// Pieces of the sizes that cells and entries have are shown as such, others as numbers.
    private func pieceText(_ bytes: [UInt8]) -> String {
        func number(_ place: Int) -> Int32 {
            (0..<4).reduce(Int32(0)) {
                $0 | Int32(truncatingIfNeeded: UInt32(bytes[place + $1]) << UInt32(8 * $1))
            }
        }
        func cell(_ place: Int) -> String { "(\(number(place)), \(number(place + 4)), \(number(place + 8)))" }
        switch bytes.count {
        case 0: return "nothing"
        case 1: return "\(bytes[0])"
        case 4: return "\(number(0))"
        case 12: return cell(0)
        case 13: return "level \(bytes[0]), cell \(cell(1))"
        default: return bytes.prefix(32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
