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
            differs leaves NAME.golden.new beside its golden; nothing else is ever written.

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

    @Option(help: "text, json or junit.")
    var format: VerdictFormat = .text

    func validate() throws {
        guard against == .checkpoints else { return }
        if golden != nil { throw ValidationError("--golden goes without --against checkpoints") }
        if traces.isEmpty { throw ValidationError("--against checkpoints needs the names of traces") }
    }

    func run() throws {
        try reporting(file: "verify") {
            switch against {
            case .golden: try verify()
            case .checkpoints: try verifyCheckpoints()
            }
        }
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

enum VerifyReference: String, ExpressibleByArgument, CaseIterable {
    case golden, checkpoints
}

/// The traces that a command works on, with their goldens.
struct TraceTargets {
    static let folder = "Traces"

    var files: [GoldenFiles]
    /// Goldens that have no trace; looked for only where no trace was named.
    var orphans: [String] = []

    /// - Throws: a usage failure where nothing was named and there is nothing under Traces/: an empty run
    ///   must not pass.
    init(_ traces: [String], golden: String?) throws {
        files = traces.map { GoldenFiles(trace: $0, folder: golden) }
        guard traces.isEmpty else { return }
        let found = Files.list(TraceTargets.folder, suffix: GoldenFiles.traceSuffix)
        guard !found.isEmpty else {
            throw Failure(
                .usage, "no trace was named, and there is none under \(TraceTargets.folder)/",
                next: "name a trace, or go to the folder that has \(TraceTargets.folder)/")
        }
        files = found.map { GoldenFiles(trace: $0, folder: golden) }
        // By name: the folder may be written in more ways than one. Order: membership only.
        let known = Set(files.flatMap { [fileName($0.golden), fileName($0.digests)] })
        let folder = golden ?? "Golden"
        orphans = (Files.list(folder, suffix: ".golden") + Files.list(folder, suffix: ".digests"))
            .filter { !known.contains(fileName($0)) }
    }
}

func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

/// A command that can be typed as it stands.
func acceptCommand(_ trace: String, golden: String?) -> String {
    "lumon-replay golden accept \(shellQuoted(trace))" + (golden.map { " --golden \(shellQuoted($0))" } ?? "")
}

/// A word for a shell, in quotes where it needs them.
func shellQuoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || "-_./+=:,@".utf8.contains(byte)
    }
    if plain, !word.isEmpty { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
