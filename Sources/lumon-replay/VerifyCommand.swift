import ArgumentParser
import Recording
import Replay
import Verification

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Replays traces and compares every frame with its golden.",
        discussion: """
            Without arguments: every trace under Traces/, and every golden that has no trace. A trace that
            differs leaves NAME.golden.new beside its golden, and one that agrees takes it away; nothing else is ever
            written.

            With --against checkpoints a trace is compared with the digests that the recording engine computed itself
            and that stand in the trace: a live run, or an engine that has the model's stages.

            EXAMPLES
              lumon-replay verify
              lumon-replay verify Traces/walk.mcap --workers 8
              lumon-replay verify --against checkpoints live.mcap
              lumon-replay verify --format junit > verify.xml
            """)

    @Argument(
        help: "The traces; all under Traces/ if none is given.", completion: .file(extensions: ["mcap"]))
    var traces: [String] = []

    @OptionGroup var execution: ExecutionOptions

    @Option(help: "The folder of the goldens; Golden beside Traces if not given.")
    var golden: String?

    @Option(help: "golden, or checkpoints: the digests in the trace itself.")
    var against: VerifyReference = .golden

    @OptionGroup var subject: SubjectArguments

    @Option(help: "What a subject is compared with: its golden, or the model.")
    var reference: SubjectReferenceName?

    @Option(help: "text, json or junit.")
    var format: VerdictFormat = .text

    func validate() throws {
        if reference != nil, !subject.isGiven {
            throw ValidationError("--reference goes with --subject or --subject-command")
        }
        if reference == .model, against == .checkpoints {
            throw ValidationError(
                "--reference model and --against checkpoints are two things to compare with")
        }
        guard against == .checkpoints else { return }
        if golden != nil { throw ValidationError("--golden goes without --against checkpoints") }
        if traces.isEmpty { throw ValidationError("--against checkpoints needs the names of traces") }
    }

    func run() throws {
        try reporting(file: "verify") {
            if subject.isGiven {
                try verifySubject()
                return
            }
            switch against {
            case .golden: try verify()
            case .checkpoints: try verifyCheckpoints()
            }
        }
    }

    private func verifySubject() throws {
        let program = try subject.program()
        let running = RunningSubject(program)
        // A subject that cannot be started is one fault, and not one for each trace.
        let description = try running.get().description
        var targets = try TraceTargets(traces, golden: golden)
        targets.orphans = []
        if traces.isEmpty, reference != .model { targets.lookForOrphans(of: program, description) }
        var report = VerifyReport(format, golden: golden)
        let options = SubjectOptions(workers: execution.isGiven ? execution.workers : nil)
        let against: SubjectReference =
            self.against == .checkpoints ? .checkpoints : reference == .model ? .model : .golden
        for files in targets.files(of: program, description) {
            let start = ContinuousClock.now
            do {
                let trace = try TraceFile(path: files.trace)
                var progress = Console.Progress(files.trace, total: trace.frameCount)
                defer { progress.clear() }
                let verifier = SubjectVerifier(try running.get(), options: options) { _ in
                    acceptCommand(files.trace, golden: golden, subject)
                }
                let verdict = try verifier.verify(trace, files, against: against) { progress.show($0) }
                try report.add(
                    verdict, subject, against, seconds: (ContinuousClock.now - start) / .seconds(1))
            } catch {
                running.drop()
                try report.add(Failure(error, file: files.trace), trace: files.trace)
            }
        }
        for orphan in targets.orphans {
            try report.add(
                Failure(
                    .golden, "\(orphan): a golden without a trace", next: "git rm \(shellQuoted(orphan))"),
                trace: orphan)
        }
        running.end()
        try report.finish()
    }

    private func verifyCheckpoints() throws {
        var report = VerifyReport(format, golden: nil)
        for path in traces {
            let start = ContinuousClock.now
            do {
                let trace = try TraceFile(path: path)
                var progress = Console.Progress(path, total: trace.frameCount)
                defer { progress.clear() }
                let comparison = try compareCheckpoints(trace, options: execution.options) {
                    progress.show($0)
                }
                talk(about: comparison.run.clampings, of: path)
                try report.add(
                    comparison, trace: path, seconds: (ContinuousClock.now - start) / .seconds(1))
            } catch {
                try report.add(Failure(error, file: path), trace: path)
            }
        }
        try report.finish()
    }

    private func verify() throws {
        let targets = try TraceTargets(traces, golden: golden)
        let verifier = TraceVerifier(options: execution.options)
        var report = VerifyReport(format, golden: golden)
        for files in targets.files {
            let start = ContinuousClock.now
            let verdict: Verdict
            do {
                let trace = try TraceFile(path: files.trace)
                var progress = Console.Progress(files.trace, total: trace.frameCount)
                defer { progress.clear() }
                verdict = try verifier.verify(trace, files) { progress.show($0) }
            } catch {
                try report.add(Failure(error, file: files.trace), trace: files.trace)
                continue
            }
            talk(about: verdict.clampings, of: files.trace)
            try report.add(verdict, seconds: (ContinuousClock.now - start) / .seconds(1))
        }
        for orphan in targets.orphans {
            try report.add(
                Failure(
                    .golden, "\(orphan): a golden without a trace", next: "git rm \(shellQuoted(orphan))"),
                trace: orphan)
        }
        try report.finish()
    }
}

enum SubjectReferenceName: String, ExpressibleByArgument, CaseIterable {
    case golden, model
}

enum VerifyReference: String, ExpressibleByArgument, CaseIterable {
    case golden, checkpoints
}

/// The traces that a command works on, with their goldens.
struct TraceTargets {
    static let folder = "Traces"

    /// Each trace, and the folder of its golden where that is not the one that its own place gives.
    var traces: [(path: String, folder: String?)]
    /// Goldens that have no trace; looked for only where no trace was named.
    var orphans: [String] = []
    /// The folder of all goldens.
    private let goldens: String

    /// `golden` is the folder of the goldens as the user named it.
    ///
    /// - Throws: a usage failure where nothing was named and there is nothing under Traces/: an empty run
    ///   must not pass.
    init(_ named: [String], golden: String?) throws {
        let project = try Project.find()
        goldens = golden ?? project.map { $0.path($0.file.golden) } ?? "Golden"
        let home = project.map { $0.path($0.file.traces) }
        guard named.isEmpty else {
            let (goldens, hasProject) = (goldens, project != nil)
            traces = named.map { path in
                let isAtHome = home.map { Files.areSame($0, folderName(path)) } ?? false
                let isRegression = Files.areSame(
                    (home ?? TraceTargets.folder) + "/" + GoldenFiles.regressions, folderName(path))
                let given = golden ?? (hasProject && (isAtHome || isRegression) ? goldens : nil)
                return (path, given.map { isRegression ? $0 + "/" + GoldenFiles.regressions : $0 })
            }
            return
        }
        let folder = home ?? TraceTargets.folder
        let found = Files.list(folder, suffix: GoldenFiles.traceSuffix)
        let regressions = Files.list(
            folder + "/" + GoldenFiles.regressions, suffix: GoldenFiles.traceSuffix)
        guard !(found + regressions).isEmpty else {
            throw Failure(
                .usage, "no trace was named, and there is none under \(folder)/",
                next: "name a trace, or go to the folder that has \(TraceTargets.folder)/")
        }
        let given = golden ?? (project == nil ? nil : goldens)
        traces =
            found.map { ($0, given) }
            + regressions.map { ($0, given.map { $0 + "/" + GoldenFiles.regressions }) }
        lookForOrphans { $0 }
    }

    /// The goldens of the model.
    var files: [GoldenFiles] { traces.map { GoldenFiles(trace: $0.path, folder: $0.folder) } }

    /// The goldens of a subject.
    func files(of program: SubjectProgram, _ description: SubjectDescription) -> [GoldenFiles] {
        traces.map { program.files($0.path, folder: $0.folder, description: description) }
    }

    /// Looks for goldens of a subject that have no trace, and for no others.
    mutating func lookForOrphans(of program: SubjectProgram, _ description: SubjectDescription) {
        let home = goldens
        lookForOrphans { folder in
            program.golden.map { folder == home ? $0 : $0 + "/" + GoldenFiles.regressions }
                ?? folder + "/" + (program.name ?? description.name)
        }
    }

    /// By name, in each of both folders: a folder may be written in more ways than one. `place` is where the goldens of a folder lie.
    private mutating func lookForOrphans(in place: (String) -> String) {
        let regressions = goldens + "/" + GoldenFiles.regressions
        orphans = []
        for (folder, isRegression) in [(place(goldens), false), (place(regressions), true)] {
            // Order: membership only.
            let known = Set(
                files.filter { $0.isRegression == isRegression }.flatMap {
                    [fileName($0.golden), fileName($0.digests)]
                })
            orphans += (Files.list(folder, suffix: ".golden") + Files.list(folder, suffix: ".digests"))
                .filter { !known.contains(fileName($0)) }
        }
    }
}

/// The folder that a path names a file in.
func folderName(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

/// A command that can be typed as it stands.
func acceptCommand(_ trace: String, golden: String?, _ subject: SubjectArguments? = nil) -> String {
    "lumon-replay golden accept \(shellQuoted(trace))" + (golden.map { " --golden \(shellQuoted($0))" } ?? "")
        + (subject?.words ?? "")
}
