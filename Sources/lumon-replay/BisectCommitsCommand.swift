import ArgumentParser
import Foundation
import Recording
import Verification

struct BisectCommitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commits",
        abstract: "Finds the commit that has brought a failure, also one that shows one time in ten.",
        discussion: """
            Each commit that is tried is checked out in a folder of its own beside the checkout, built and tested there; the checkout, its
            index, stash, hooks and submodules are not touched. The test is repeated as often as it takes: from all that was seen follows how probable
            each commit is, and from that which one is tried next, and when it is sure enough. A failure that always shows takes
            no more runs than git bisect, and a few that confirm it.

            What the test is: --test (exit codes as for git bisect run: 0 good, 1 to 124 bad, 125 cannot be judged); or the verdict of this program, of
            the model as each revision builds it or of --subject: verify, of --trace or of every trace, with the golden of each revision; with --only the
            check of a dimension or a law; with --perturb the run in which that is perturbed. How a revision is built says --build, or [bisect] in
            \(ProjectFile.name). What does not build, has no such trace, or another format, cannot be judged and is passed over.

            Typed again after an interruption it goes on, and after the end it says the answer again.

            EXIT CODES
              0 one commit; 2 undecided, or nothing to be found; 64 wrong usage; 65 a log that cannot be read; 69 it cannot go on; 74 input
              or output; interrupted by a signal it ends by it.

            EXAMPLES
              lumon-replay bisect commits --good v1.2 --bad main --trace Traces/walk.mcap
              lumon-replay bisect commits --good v1.2 --bad main --trace Traces/walk.mcap --only hash-seed
              lumon-replay bisect commits --good v1.2 --bad main --subject engine --build 'make -j4' --trace Traces/walk.mcap
              lumon-replay bisect commits --good v1.2 --bad main --build make --test ./flaky-test --plan
              lumon-replay bisect commits --from-bundle .nightly/2026-11-28-0315/incidents/verify-model-walk
              lumon-replay bisect commits --replay ../engine.bisect/questions/0123456789ab/log
            """)

    @Option(
        help:
            "A revision that does not fail; of several on branches beside each other the first is tried, and what is in the past of any is left out."
    )
    var good: [String] = []

    @Option(help: "One that does; HEAD if not given.")
    var bad: String?

    @OptionGroup var question: BisectQuestionArguments

    @Option(help: ArgumentHelp("An incident of a night: trace, test and revisions.", valueName: "folder"))
    var fromBundle: String?

    @Option(help: "How sure the answer has to be, 0.5 to 0.999999; 0.99 if not given.")
    var confidence: Double?

    @Option(help: ArgumentHelp("Runs of the test at most; 3000 if not given.", valueName: "n"))
    var maxRuns: Int?

    @Option(
        help: ArgumentHelp(
            "A build is worth so many runs of the test in the choice of the next commit; 10 if not given.",
            valueName: "n"))
    var buildRuns: Double?

    @Option(
        help: ArgumentHelp(
            "Where commits are checked out and built; NAME.bisect beside the checkout NAME if not given.",
            valueName: "folder"))
    var folder: String?

    @Option(help: ArgumentHelp("Seconds that a build may take.", valueName: "seconds"))
    var buildSeconds = 7200.0

    @Option(help: ArgumentHelp("Seconds that a run of the test may take.", valueName: "seconds"))
    var testSeconds = 600.0

    @Flag(help: "Says what would be done, and does not do it.")
    var plan = false

    @Option(
        help: ArgumentHelp(
            "Takes the question, and what has been found out, from a log; goes on where that ends.",
            valueName: "log"))
    var replay: String?

    @Flag(help: "Forgets what has been found out before; builds are kept.")
    var restart = false

    @Option(help: "text or json.")
    var format: PlainFormat = .text

    func validate() throws {
        if let confidence, !(0.5...0.999_999).contains(confidence) {
            throw ValidationError("--confidence is \(confidence); expected 0.5 to 0.999999")
        }
        if let maxRuns, !(1...1_000_000).contains(maxRuns) {
            throw ValidationError("--max-runs is \(maxRuns); expected 1 to 1000000")
        }
        if let buildRuns, !(0...1_000_000).contains(buildRuns) {
            throw ValidationError("--build-runs is \(buildRuns); expected 0 to 1000000")
        }
        for (name, seconds) in [("build", buildSeconds), ("test", testSeconds)]
        where !(0.1...604_800).contains(seconds) {
            throw ValidationError("--\(name)-seconds is \(seconds); expected 0.1 to 604800")
        }
        if replay != nil {
            guard good.isEmpty, bad == nil, fromBundle == nil, !question.isGiven else {
                throw ValidationError("--replay takes the question from the log; expected no other")
            }
            if restart { throw ValidationError("--replay and --restart are two things") }
        } else if fromBundle == nil, good.isEmpty {
            throw ValidationError("Missing expected argument '--good <good>'")
        }
        if let folder, folder.isEmpty { throw ValidationError("--folder is empty; expected a path") }
    }

    func run() throws {
        try reporting(file: "bisect") {
            do {
                try bisect()
            } catch BisectError.stopped {
                guard let signal = Interrupt.signal else { throw BisectError.stopped }
                Console.talk("stopped; the same command goes on from here")
                Interrupt.end(by: signal)
            }
        }
    }

    private func bisect() throws {
        let bundle = try fromBundle.map { try BundledIncident($0) }
        let repository = try BisectRepository(folder)
        let read = try replay.map { try BisectLog(reading: $0) }
        let asked = try read?.question ?? question.question(good, bad, bundle, repository)
        let range = try CommitRange(asked, repository.git)
        if plan {
            try BisectPlan(asked, range, options(read), repository).show(format)
            return
        }
        Interrupt.watch()
        var limits = BisectWorkshop.Limits()
        limits.buildSeconds = buildSeconds
        limits.testSeconds = testSeconds
        let workshop = try BisectWorkshop(
            repository.folder, asked, repository.git, limits: limits, isStopped: { Interrupt.hasCome })
        if let note = repository.note { Console.talk("note: \(note)") }
        if bundle?.isDirty ?? false {
            Console.talk(
                "note: the night judged changes that were not committed; no commit has what came with them")
        }
        if question.schedule == .modelled {
            let given = try question.trace.map { try repository.trace($0, at: asked.bad) }
            if let trace = try given ?? bundle?.trace(in: repository, at: asked.bad) {
                try repository.writeModelled(trace)
            }
        }
        if restart { try Files.remove(workshop.logPath) }
        let log = try BisectLog(path: workshop.logPath, question: asked)
        if let read { try take(read, into: log) }
        let options = options(log)
        let bisection = CommitBisection(range, asked, options: options)
        try bisection.replay(log)
        let begun = BisectLog.Event.start(
            confidence: options.confidence, maximumRuns: options.maximumRuns, buildRuns: options.buildRuns)
        if log.events.last(where: { if case .start = $0 { true } else { false } }) != begun {
            try log.append(begun)
        }
        let talk = BisectTalk(bisection)
        talk.begin()
        let answer = try bisection.run(in: workshop, log) { talk.tell($0) }
        let report = BisectReport(
            bisection, answer, workshop, repository, statePath: question.bisect.statePath)
        if log.events.last != .answer(report.headline) { try log.append(.answer(report.headline)) }
        try Console.print(format == .json ? report.json : report.text)
        if case .found = answer { return }
        throw ExitCode(Failure.Code.golden.rawValue)
    }

    /// What somebody else's log knows more than ours.
    private func take(_ read: BisectLog, into log: BisectLog) throws {
        guard !Files.areSame(read.path, log.path) else { return }
        let own = log.events
        let known = read.events.prefix(own.count)
        guard own.isEmpty || Array(known) == own else {
            throw Failure(
                .usage, "\(log.path): has found out something else already than \(read.path)",
                next: "begin in another folder: --folder")
        }
        for event in read.events.dropFirst(own.count) { try log.append(event) }
    }

    private func options(_ log: BisectLog?) -> CommitSearch.Options {
        var options = CommitSearch.Options()
        if let runs = question.bisect.buildRuns { options.buildRuns = runs }
        // A log is replayed as it was made, where nothing else is said.
        if replay != nil, let log {
            for case .start(let confidence, let runs, let build) in log.events {
                (options.confidence, options.maximumRuns, options.buildRuns) = (confidence, runs, build)
            }
        }
        if let confidence { options.confidence = confidence }
        if let maxRuns { options.maximumRuns = maxRuns }
        if let buildRuns { options.buildRuns = buildRuns }
        return options
    }
}
