import Foundation
import Hashing
import Recording
package import Replay
import Streaming
import Topology

/// What is checked, and how much.
package struct CheckOptions: Sendable {
    package var effort = Effort.standard
    package var seed: UInt64 = 1
    /// One rule; nil: all three.
    package var rule: Rule?
    /// Names of dimensions and laws; empty: all.
    package var only: [String] = []
    /// Names that are left out.
    package var without: [String] = []
    /// Dimensions of the user's own.
    package var dimensions: [Dimension] = []

    package init() {}
}

/// Asks whether a program is deterministic at all: runs traces with everything pinned, then perturbed, and compares; then judges by laws that hold
/// between runs of the model.
///
/// A loop over ``CheckRunner/run(_:_:)``: all traces under one plan of runs, and where a run differs the fewest perturbations with
/// which it still does.
package final class Checker {
    private let program: CheckProgram
    private let options: CheckOptions
    private let describeError: (any Error) -> String
    /// Takes the files of this check, and is removed with it.
    private let folder: CheckFolder

    /// Names of dimensions that are perturbed, and laws that are judged by.
    package private(set) var dimensions: [Dimension] = []
    package private(set) var laws: [any Law] = []
    /// What this subject or this system has not, and why.
    package private(set) var notApplicable: [(name: String, reason: String)] = []
    package let description: SubjectDescription
    private let runner: CheckRunner
    /// Whether there are runs to compare, or at least one for the laws to look at.
    private let makesRuns: Bool

    /// Starts the program once, to see what can be perturbed, and probes that every dimension can be.
    ///
    /// - Throws: ``CheckError``, ``SubjectError``.
    package init(
        _ program: CheckProgram, _ options: CheckOptions, describeError: @escaping (any Error) -> String
    ) throws {
        self.program = program
        self.options = options
        self.describeError = describeError
        folder = try CheckFolder()
        var program = program
        if program.isModel { program.folder = nil }
        let subject = try SubjectProcess(
            command: program.command, folder: program.folder, limits: program.limits)
        description = subject.description
        _ = subject.end()
        let known = Dimensions(
            description, folder, own: options.dimensions, program)
        let chosen = try Chosen(known, options)
        dimensions = chosen.dimensions
        laws = chosen.laws
        notApplicable = chosen.notApplicable
        // A subject is judged by laws beside its pinned run.
        makesRuns = !dimensions.isEmpty || !(program.isModel || laws.isEmpty)
        guard makesRuns || !laws.isEmpty else { throw CheckError.nothingToCheck }
        runner = CheckRunner(
            program, dimensions: known.all,
            memoryPath: program.isModel ? folder.url.appendingPathComponent("casts").path : nil,
            describeError: describeError)
        try runner.probeDimensions(chosen: dimensions.map(\.name))
    }

    deinit {
        runner.end()
        folder.remove()
    }

    /// How many runs a trace takes, at least.
    package var runCount: Int { runs(seed: options.seed).count }

    /// The runs of a trace, the pinned one first.
    private func runs(seed: UInt64) -> [PlannedRun] {
        guard makesRuns else { return [] }
        return dimensions.isEmpty
            ? [PlannedRun()] : options.effort.runs(dimensions.map(\.name), seed: seed)
    }

    /// What is told of a check under way.
    package struct Progress: Sendable {
        /// Runs of traces, done and planned.
        package var done: Int
        package var all: Int
        /// Seconds that are left, by what the last run of all traces took; nil while the first are made.
        package var secondsLeft: Double?
        /// Said once, before the many runs of a full check.
        package var isEstimate = false
    }

    /// Checks traces, and has a verdict for each; or what is wrong with its file, or ``CheckError/pinnedRunFailed(path:_:)``.
    ///
    /// Nothing is left behind for the next check: neither a process nor what has been cast.
    ///
    /// - Parameters:
    ///   - traces: all under one plan of runs.
    ///   - seed: of the plan and of the laws; nil: that of the options.
    ///   - progress: is told after every run.
    /// - Returns: a result for each trace, in their order.
    /// - Throws: what no trace is guilty of.
    package func check(
        _ traces: [TraceFile], seed: UInt64? = nil, progress: (Progress) -> Void = { _ in }
    ) throws -> [Result<CheckVerdict, any Error>] {
        let seed = seed ?? options.seed
        let runs = runs(seed: seed)
        let castsPath = folder.url.appendingPathComponent("casts").path
        if Files.exists(castsPath) { try Files.remove(castsPath) }
        var cases = traces.map { TraceCase($0, description) }
        let all = cases.count * (runs.count + (laws.isEmpty ? 0 : 1))
        var done = 0
        var secondsPerRound: Double?
        func tell(isEstimate: Bool = false) {
            let perRun = secondsPerRound.map { $0 / Double(max(1, cases.count)) }
            progress(
                Progress(
                    done: done, all: all, secondsLeft: perRun.map { $0 * Double(all - done) },
                    isEstimate: isEstimate))
        }
        for (place, run) in runs.enumerated() {
            let start = Date()
            for index in cases.indices where cases[index].isRun {
                make(run, &cases[index])
                done += 1
                tell()
            }
            // The pinned runs cast, and those that cast anew do too; all others do not, and begin with a process of their own.
            if !run.recasts, !run.isPinned { secondsPerRound = -start.timeIntervalSinceNow }
            if place == Checker.estimateRound, options.effort == .full { tell(isEstimate: true) }
            // What has been cast is written when the process ends that cast it.
            if place == 0 { runner.end() }
        }
        let memory = CastMemory()
        if program.isModel, !laws.isEmpty, Files.exists(castsPath) { try memory.read(from: castsPath) }
        var verdicts: [Result<CheckVerdict, any Error>] = []
        for index in cases.indices {
            verdicts.append(
                Result {
                    var verdict = try verdict(&cases[index], memory, seed: seed)
                    verdict.seconds = cases[index].seconds
                    return verdict
                })
            done += laws.isEmpty ? 0 : 1
            tell()
        }
        runner.end()
        return verdicts
    }

    /// A trace, and what its runs came to.
    private struct TraceCase {
        let trace: TraceFile
        var frames: [FrameInput] = []
        /// Why it cannot be run.
        var reason: String?
        /// What is wrong with it.
        var error: (any Error)?
        var pinned: CheckRun?
        /// Those that differ, and where each did.
        var differing: [(run: PlannedRun, guilt: CheckVerdict.Guilt)] = []
        var runs = 0
        var distinct: Set<[Digest128]> = []
        var seconds = 0.0

        var isRun: Bool { reason == nil && error == nil }

        init(_ trace: TraceFile, _ description: SubjectDescription) {
            self.trace = trace
            do {
                frames = try trace.reader.allFrames()
                if let variant = try trace.variant(lackedBy: description) {
                    reason = "the subject has no variant \(variant.name)"
                }
            } catch {
                self.error = error
            }
        }

        /// Remembers what a run came to, by its digests.
        mutating func note(_ result: CheckRun) {
            runs += 1
            distinct.insert(
                result.frames.map(\.digest) + (result.isWhole ? [] : [Digest128(high: 0, low: 1)]))
        }
    }

    private func make(_ run: PlannedRun, _ given: inout TraceCase) {
        let start = Date()
        let result = runner.run(given.frames, run)
        given.seconds -= start.timeIntervalSinceNow
        given.note(result)
        guard let pinned = given.pinned else {
            if case .failed(_, let reason) = result {
                given.error = CheckError.pinnedRunFailed(path: given.trace.path, reason)
            }
            given.pinned = result
            return
        }
        if let guilt = CheckVerdict.Guilt(pinned, result, description, perturbations: run.perturbations) {
            given.differing.append((run, guilt))
        }
    }

    private func verdict(
        _ given: inout TraceCase, _ memory: CastMemory, seed: UInt64
    ) throws -> CheckVerdict {
        var verdict = CheckVerdict(path: given.trace.path, frames: given.frames.count, outcome: .holds)
        verdict.dimensions = dimensions.map(\.name)
        verdict.notApplicable = notApplicable
        verdict.rule = options.rule
        if let error = given.error { throw error }
        if let reason = given.reason {
            verdict.outcome = .notApplicable(reason)
            return verdict
        }
        verdict.differing = given.differing.count
        if let (run, guilt) = given.differing.min(by: {
            $0.run.perturbations.count < $1.run.perturbations.count
        }) {
            verdict.outcome = attribute(run, guilt, &given)
        }
        let start = Date()
        var lawOptions = ReplayOptions()
        lawOptions.memory = memory
        let lawCase = LawCase(
            trace: given.trace, frames: given.frames, effort: options.effort, seed: seed,
            options: lawOptions)
        for law in laws { verdict.laws.append((law.name, law.rules, try judge(given, law, lawCase))) }
        given.seconds -= start.timeIntervalSinceNow
        if case .holds = verdict.outcome,
            verdict.laws.contains(where: {
                if case .broken = $0.outcome { return true }
                return false
            })
        {
            verdict.outcome = .broken
        }
        let isJudged =
            given.runs > 1
            || verdict.laws.contains {
                if case .notApplicable = $0.outcome { return false }
                return true
            }
        if !isJudged {
            // Nothing was compared with anything: that is no pass.
            verdict.outcome = .notApplicable("of what was asked for nothing judges this trace")
        }
        verdict.runs = given.runs
        verdict.distinct = given.distinct.count
        return verdict
    }

    /// A subject is judged by the laws that need nothing but its digests.
    private func judge(_ given: TraceCase, _ law: any Law, _ lawCase: LawCase) throws -> LawOutcome {
        guard !program.isModel else { return try law.judge(lawCase) }
        guard let law = law as? SnapAlone else {
            return .notApplicable("it holds between runs of the model in this program")
        }
        guard let pinned = given.pinned?.frames else { return .notApplicable("no run was made") }
        return law.judge(given.frames, description, pinned: pinned, seed: lawCase.seed) {
            runner.run($0, PlannedRun())
        }
    }

    /// The fewest of a run's perturbations with which it still differs.
    private func attribute(
        _ run: PlannedRun, _ seen: CheckVerdict.Guilt, _ given: inout TraceCase
    ) -> CheckVerdict.Outcome {
        guard let pinned = given.pinned else { preconditionFailure("a run differs from the pinned one") }
        var last: [String: CheckRun] = [:]
        var recasts = false
        func differs(_ names: [String]) -> Bool {
            let chosen = PlannedRun(
                run.perturbations.filter { names.contains($0.key) }, recasts: recasts)
            // Of a process that has just been started: what an earlier run left behind in one is no perturbation.
            runner.end()
            let result = runner.run(given.frames, chosen)
            given.note(result)
            last[names.joined(separator: ",")] = result
            return result != pinned
        }
        let names = run.perturbations.keys.sorted()
        // What has been cast need not be cast again, unless it is the casts that differ.
        if run.recasts, !differs(names) { recasts = true }
        guard (0..<Checker.repeats).contains(where: { _ in differs(names) }) else {
            return .undecided(seen)
        }
        let guilty = minimalSubset(of: names, fails: differs)
        // Asked once more: what differs now and then only is not decided by what is perturbed.
        let isConfirmed = differs(guilty)
        let found = last[guilty.joined(separator: ",")]
        let perturbations = run.perturbations.filter { guilty.contains($0.key) }
        guard isConfirmed, let found,
            let guilt = CheckVerdict.Guilt(pinned, found, description, perturbations: perturbations)
        else { return .undecided(seen) }
        return .diverged(guilt)
    }

    /// The round of a full check after which it is said how long the others will take: the first that is perturbed and does not cast.
    private static let estimateRound = 3

    /// How often a run that differed is made again, before it is said that it does not any more.
    private static let repeats = 3
}

extension CheckRun {
    fileprivate var isWhole: Bool {
        if case .frames = self { true } else { false }
    }
}
