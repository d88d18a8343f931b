import Foundation
import Hashing
import Recording
import Replay
import Verification

/// A night: asks one question after the other, writes down every answer at once, and makes bundles of what is red.
final class NightRun {
    private let settings: NightlySettings
    private let program: String
    /// All traces of the project, and not some that were named.
    private let isWhole: Bool
    private var report: NightReport
    private var history: History?
    private let start = ContinuousClock.now
    /// Questions by their places in the report.
    private var questions: [Int: NightlyQuestion] = [:]
    /// How often in a row a subject was not available.
    private var refusals: [String: Int] = [:]
    /// Called with each verdict as it comes.
    private let tell: (Judgement) throws -> Void

    /// After so many in a row the rest of a subject's questions is left out: each would wait for its time to be over.
    private static let maximumRefusals = 3
    /// Seeds of generated traces that are asked at once: few at first, and twice as many each time.
    private static let firstSeedCount: UInt64 = 4
    private static let mostSeeds: UInt64 = 64

    /// Makes the folder of the report, which is `output` or a new one, and opens the history.
    ///
    /// - Throws: ``SystemFileError`` where there is no place for a report. A history that cannot be had is only noted.
    init(
        _ settings: NightlySettings, traces: [String], isWhole: Bool, output: String?,
        tell: @escaping (Judgement) throws -> Void
    ) throws {
        self.settings = settings
        self.isWhole = isWhole
        self.tell = tell
        program = try ThisProgram.path()
        let started = Int64((Date().timeIntervalSince1970 * 1000).rounded())
        let folder = try output ?? NightRun.newFolder(in: settings.folder, started: started)
        try Files.createFolder(settings.folder)
        try Files.createFolder(folder)
        report = NightReport(
            started: started, revision: settings.revision.name, isDirty: settings.revision.isDirty,
            host: ProcessInfo.processInfo.hostName, process: getpid(), seed: settings.seed,
            effort: settings.nightly.effort, folder: folder)
        plan(traces)
        openHistory()
    }

    /// A folder that nobody else has: nights may begin in the same second.
    private static func newFolder(in home: String, started: Int64) throws -> String {
        try Files.createFolder(home)
        let stamp = utcText(started).replacing(" ", with: "-").replacing(":", with: "")
        for number in 1...1000 {
            let folder = home + "/" + stamp + (number == 1 ? "" : "-\(number)")
            if mkdir(folder, 0o777) == 0 { return folder }
            guard errno == EEXIST else { break }
        }
        throw Failure(
            .io, "\(home): no new folder for a report can be made (\(String(cString: strerror(errno))))",
            next: "name another with --output")
    }

    private func openHistory() {
        do throws(HistoryError) {
            let history = try History(path: settings.history)
            var night = History.Night(
                started: report.started, revision: report.revision, isDirty: report.isDirty,
                host: report.host, process: report.process, seed: report.seed, report: report.folder)
            night.id = try history.begin(night)
            report.night = night.id
            self.history = history
        } catch {
            loseHistory(error)
        }
    }

    /// The night goes on without.
    private func loseHistory(_ error: HistoryError) {
        history = nil
        report.isIncomplete = true
        report.note("no history is kept: \(error.sentence)")
        Console.talk("note: no history is kept: \(error.sentence)")
    }

    // MARK: What is asked

    private func plan(_ traces: [String]) {
        func add(_ question: NightlyQuestion) { questions[report.plan(question.judgement)] = question }
        for subject in settings.subjects {
            for trace in traces { add(.verify(trace, subject, settings)) }
        }
        for canary in settings.canaries { add(.canary(canary, settings)) }
        for subject in settings.subjects {
            for trace in traces { add(.check(trace, subject, settings)) }
        }
        guard settings.nightly.generateSeconds > 0 else { return }
        for subject in settings.subjects {
            let question = NightlyQuestion.generated(firstSeeds, subject, settings, saved: report.folder)
            var judgement = question.judgement
            judgement.name = NightRun.generatedName
            report.plan(judgement)
        }
    }

    private static let generatedName = "generated traces"

    private var firstSeeds: Range<UInt64> {
        let first = settings.seed &* 1_000_000
        return first..<first &+ NightRun.firstSeedCount
    }

    // MARK: The night

    /// Asks everything; makes what is made of it.
    ///
    /// - Returns: the report as it was written last.
    /// - Throws: where the report itself cannot be written.
    func run() throws -> NightReport {
        try write()
        for (place, judgement) in report.judgements.enumerated() {
            if Interrupt.hasCome { break }
            if judgement.kind == .generated {
                try generate(judgement, at: place)
            } else if let question = questions[place] {
                try ask(question, at: place)
            }
        }
        try makeBundles()
        try bisectBundles()
        keepProgram()
        try finish()
        return report
    }

    private func ask(_ question: NightlyQuestion, at place: Int) throws {
        let subject = question.judgement.subject
        guard refusals[subject, default: 0] < NightRun.maximumRefusals else {
            var judgement = question.judgement
            judgement.reason =
                "the subject was not available \(NightRun.maximumRefusals) times in a row"
            try take(judgement, at: place)
            return
        }
        let judgement = answers(question)[0]
        refusals[subject] = judgement.isUnavailable ? refusals[subject, default: 0] + 1 : 0
        try take(judgement, at: place)
    }

    /// A made-up trace that fails is asked once: it is in no history, only the sum is.
    private func tellOf(_ failed: Judgement) throws {
        var judgement = failed
        judgement.traces = 1
        report.plan(judgement)
        try write()
        try tell(judgement)
    }

    private func answers(_ question: NightlyQuestion) -> [Judgement] {
        let folder = FileManager.default.currentDirectoryPath
        let temporary = (report.folder.hasPrefix("/") ? "" : folder + "/") + report.folder + "/tmp"
        try? Files.createFolder(temporary)
        defer { try? FileManager.default.removeItem(atPath: temporary) }
        return question.ask(program: program, temporary: temporary)
    }

    /// Writes an answer down: first into the history, which nothing takes away again.
    private func take(_ given: Judgement, at place: Int) throws {
        var judgement = given
        if let history, let night = report.night, judgement.outcome != .notRun {
            do throws(HistoryError) {
                judgement.standing = try history.standings(of: judgement, before: night).first
                try history.add(judgement, night: night)
            } catch {
                loseHistory(error)
            }
        }
        report.set(judgement, at: place)
        try write()
        try tell(judgement)
    }

    /// Blocks of generated traces until their time is over, summed up in one verdict; what fails has one of its own.
    private func generate(_ planned: Judgement, at place: Int) throws {
        var sum = planned
        let deadline = ContinuousClock.now + .seconds(settings.nightly.generateSeconds)
        var seeds = firstSeeds
        let saved = report.folder + "/incidents"
        try Files.createFolder(saved)
        var failed: [Judgement] = []
        while ContinuousClock.now < deadline, !Interrupt.hasCome {
            var question = NightlyQuestion.generated(seeds, planned.subject, settings, saved: saved)
            // What is left of the time, and as much again: a block is not thrown away for its last seconds.
            let left = (deadline - ContinuousClock.now) / .seconds(1)
            question.timeLimitSeconds = min(question.timeLimitSeconds, 2 * left + 60)
            let answers = answers(question)
            sum.seconds += answers[0].seconds
            guard answers[0].outcome == .passed else {
                // The night's time was over before the block was.
                if sum.traces > 0, answers[0].seconds >= question.timeLimitSeconds { break }
                // A block that cannot be judged would not be judged the next time.
                sum.outcome = answers[0].outcome
                sum.reason = answers[0].reason
                sum.command = question.judgement.command
                break
            }
            sum.traces += answers[0].traces
            sum.frames += answers[0].frames
            sum.runs += answers[0].runs
            sum.outcome = .passed
            for judgement in answers.dropFirst() {
                failed.append(judgement)
                try tellOf(judgement)
            }
            let next = min(2 * UInt64(seeds.count), NightRun.mostSeeds)
            seeds = seeds.upperBound..<seeds.upperBound &+ next
        }
        let isInterrupted = sum.outcome == .notRun
        if sum.outcome == .passed || isInterrupted, sum.traces > 0 {
            sum.outcome = failed.isEmpty ? .passed : .failed
            sum.reason =
                "seeds \(firstSeeds.lowerBound) to \(seeds.lowerBound &- 1)"
                + (isInterrupted ? ", then interrupted: " : ": ")
                + (failed.isEmpty
                    ? "\(sum.traces) traces hold"
                    : "\(failed.count) of \(sum.traces) traces failed, and have verdicts of their own")
            if let first = failed.first { sum.command = first.command }
        }
        // Empty where nothing was saved.
        rmdir(saved)
        sum.details = [("traces", "\(sum.traces)"), ("seeds", "from \(firstSeeds.lowerBound)")]
        try take(sum, at: place)
    }

    // MARK: What is made of it

    private func makeBundles() throws {
        let red = report.judgements.indices.filter { report.judgements[$0].outcome.isRed }
        let begun = ContinuousClock.now
        var made = 0
        var copy: String?
        let green = GreenProgram(folder: settings.folder)
        let digest = try ThisProgram.digest()
        let reference =
            settings.nightly.reference.map { settings.path($0) }
            ?? (green.differs(from: digest) ? green.path : nil)
        for place in red {
            var judgement = report.judgements[place]
            guard !judgement.lacksGolden, let trace = trace(of: judgement, at: place) else { continue }
            guard !Interrupt.hasCome else {
                report.note("bundles were not made of everything: the night was interrupted")
                break
            }
            guard made < settings.nightly.incidents else {
                report.note("bundles were made of the first \(made) only (incidents = \(made))")
                break
            }
            do {
                if copy == nil { copy = try copyProgram() }
                var bundle = IncidentBundle(settings, program: copy ?? program, reference: reference)
                let seconds = (ContinuousClock.now - begun) / .seconds(1)
                bundle.mayMinimize = seconds < 4 * settings.nightly.minimizeSeconds
                try bundle.make(
                    for: &judgement, trace: trace, golden: golden(of: trace, judgement), in: report.folder)
                made += 1
            } catch {
                report.note("no bundle of \(judgement.title): \(Failure(error, file: trace).message)")
                report.isIncomplete = true
            }
            report.set(judgement, at: place)
            try write()
        }
    }

    /// Since which commit what has a bundle is red.
    private func bisectBundles() throws {
        guard settings.bisects else { return }
        // One mistake has many incidents: what is built for the first is there for the next.
        let deadline = ContinuousClock.now + .seconds(settings.bisect.nightlySeconds)
        for place in report.judgements.indices where !Interrupt.hasCome {
            var judgement = report.judgements[place]
            guard let incident = judgement.incident, [.verify, .check].contains(judgement.kind) else {
                continue
            }
            let search = IncidentBisection(
                settings, program: program, bundle: report.folder + "/" + incident)
            judgement.culprit = search.run(seconds: (deadline - ContinuousClock.now) / .seconds(1))
            report.set(judgement, at: place)
            try write()
        }
    }

    private func trace(of judgement: Judgement, at place: Int) -> String? {
        if judgement.kind == .generated { return judgement.detail("saved") }
        return questions[place]?.trace.flatMap { Files.exists($0) ? $0 : nil }
    }

    private func golden(of trace: String, _ judgement: Judgement) -> GoldenFiles? {
        guard judgement.kind == .verify, let targets = try? TraceTargets([trace], golden: nil) else {
            return nil
        }
        guard judgement.subject != "model" else { return targets.files.first }
        // Its goldens lie under its name in the project, whatever it calls itself.
        return (try? SubjectProgram(named: judgement.subject)).flatMap { program in
            targets.files(of: program, SubjectDescription(name: judgement.subject, stages: [])).first
        }
    }

    private func copyProgram() throws -> String {
        try Files.createFolder(report.folder + "/incidents")
        let copy = report.folder + "/incidents/lumon-replay"
        try Files.write(try Files.read(program), to: copy)
        try Files.makeExecutable(copy)
        return copy
    }

    /// After a night in which every golden of the model agreed the program is worth keeping.
    private func keepProgram() {
        let verified = report.judgements.filter { $0.kind == .verify && $0.subject == "model" }
        guard isWhole, !verified.isEmpty, verified.allSatisfy({ $0.outcome == .passed }), !Interrupt.hasCome
        else {
            return
        }
        do {
            try GreenProgram(folder: settings.folder).keep(
                program, digest: try ThisProgram.digest(), revision: settings.revision,
                started: report.started)
        } catch {
            report.note("the program was not kept for comparison: \(Failure(error, file: program).message)")
        }
    }

    private func finish() throws {
        report.state = Interrupt.signal.map { .interrupted(String(cString: strsignal($0))) } ?? .ended
        if let history, let night = report.night {
            do throws(HistoryError) {
                try history.end(
                    night: night, Interrupt.hasCome ? .interrupted : .ended,
                    ended: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
            } catch {
                loseHistory(error)
            }
        }
        try write()
    }

    /// Replaces the report: each of its files is whole at any moment.
    private func write() throws {
        report.seconds = (ContinuousClock.now - start) / .seconds(1)
        try Files.write([
            (Array((report.json + "\n").utf8), report.folder + "/report.json"),
            (Array(report.markdown.utf8), report.folder + "/report.md"),
            (Array(report.junit.utf8), report.folder + "/junit.xml"),
        ])
    }
}
