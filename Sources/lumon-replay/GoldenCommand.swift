import ArgumentParser
import Hashing
import Recording
import Replay
import Streaming
import Verification

struct GoldenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "golden",
        abstract: "Looks after the goldens: what is missing, what changed, and how to accept it.",
        discussion: """
            EXAMPLES
              lumon-replay golden status
              lumon-replay golden accept Traces/walk.mcap
              lumon-replay golden cat Golden/walk.digests
            """,
        subcommands: [StatusCommand.self, AcceptCommand.self, CatCommand.self])

    struct StatusCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status",
            abstract: "Says of every trace whether it has a golden, and what a new one would change.",
            discussion: """
                Nothing is replayed. What a mismatch left beside a golden is compared with it, counter by
                counter.

                EXAMPLE
                  lumon-replay golden status
                """)

        @Argument(help: "The traces; all under Traces/ if none is given.")
        var traces: [String] = []

        @Option(help: "The folder of the goldens; Golden beside Traces if not given.")
        var golden: String?

        @OptionGroup var subject: SubjectArguments

        @Option(help: "text or json.")
        var format: PlainFormat = .text

        func run() throws {
            try reporting(file: "golden status") { try status() }
        }

        /// The goldens of the model or of a subject, which is started where only it knows its name.
        private func targets() throws -> (files: [GoldenFiles], orphans: [String]) {
            var targets = try TraceTargets(traces, golden: golden)
            guard subject.isGiven else { return (targets.files, targets.orphans) }
            let program = try subject.program()
            let running = RunningSubject(program)
            let description = try running.get().description
            running.end()
            targets.orphans = []
            if traces.isEmpty { targets.lookForOrphans(of: program, description) }
            return (targets.files(of: program, description), targets.orphans)
        }

        private func status() throws {
            let targets = try targets()
            var bad: [Failure.Code] = []
            var rows: [JSON] = []
            func report(_ path: String, _ state: String, _ lines: [String] = []) throws {
                rows.append(
                    JSON.object([
                        ("path", .string(path)), ("state", .string(state)),
                        ("details", .array(lines.map { .string($0) })),
                    ]))
                guard format == .text else { return }
                try Console.print("\(pad(path, 34)) \(state)")
                for line in lines { try Console.print("  \(line)") }
            }
            for files in targets.files {
                do {
                    let trace = try TraceFile(path: files.trace)
                    guard let stored = try files.read() else {
                        bad.append(.golden)
                        try report(
                            files.trace, "missing",
                            ["next    " + acceptCommand(files.trace, golden: golden, subject)])
                        continue
                    }
                    if stored.golden.traceDigest != trace.digest {
                        bad.append(.golden)
                        try report(
                            files.trace, "of another trace",
                            [
                                GoldenState.otherTrace(
                                    expected: stored.golden.traceDigest.description,
                                    found: trace.digest.description
                                ).sentence,
                                "next    " + acceptCommand(files.trace, golden: golden, subject),
                            ])
                    } else if Files.exists(files.newGolden) {
                        bad.append(.golden)
                        let new = try GoldenFiles.readGolden(files.newGolden)
                        try report(
                            files.trace, "changed",
                            changes(from: stored.golden, to: new)
                                + ["next    " + acceptCommand(files.trace, golden: golden, subject)])
                    } else {
                        try report(files.trace, "present")
                    }
                } catch {
                    let failure = Failure(error, file: files.trace)
                    bad.append(failure.code)
                    try report(
                        files.trace, failure.code == .golden ? "incomplete" : "unreadable", [failure.message])
                }
            }
            for orphan in targets.orphans {
                bad.append(.golden)
                try report(orphan, "without a trace", ["next    git rm \(shellQuoted(orphan))"])
            }
            if format == .json { try Console.print(JSON.array(rows).text) }
            if let code = [Failure.Code.software, .io, .data, .golden].first(where: { bad.contains($0) }) {
                throw ExitCode(code.rawValue)
            }
        }
    }

    struct AcceptCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "accept",
            abstract: "Makes the run of a trace its golden, after it came out the same every time.",
            discussion: """
                First comes a quick check (lumon-replay check --quick). Then the trace is replayed with several worker counts and rebuild
                intervals; with a subject once more, in a fresh process, and with whatever the subject lets itself be told: worker
                counts, orders of completion, a saved and restored state. What is not stable is refused, with the reason, and nothing
                is changed.

                EXAMPLE
                  lumon-replay golden accept Traces/walk.mcap
                  lumon-replay golden accept Traces/walk.mcap --subject engine
                """)

        @Argument(help: "The traces.", completion: .file(extensions: ["mcap"]))
        var traces: [String]

        @Option(help: "The folder of the goldens; Golden beside Traces if not given.")
        var golden: String?

        @OptionGroup var subject: SubjectArguments

        @Option(help: "A dimension or law that the check leaves out; can be given several times.")
        var without: [String] = []

        /// The quick check of one trace.
        private func gate() throws -> StabilityGate {
            let check = try CheckArguments.program(subject)
            var options = CheckOptions()
            options.effort = .quick
            options.without = without
            options.dimensions = try CheckArguments.dimensions(subject: check.name, builds: [])
            return { trace in
                let checker = try Checker(check.program, options) { Failure($0, file: "the run").message }
                guard let result = try checker.check([trace]).first else {
                    preconditionFailure("one verdict for each trace")
                }
                return try result.get()
            }
        }

        func run() throws {
            if subject.isGiven {
                try acceptSubject()
                return
            }
            var codes: [Failure.Code] = []
            for path in traces {
                do {
                    let files = try goldenFiles(path, golden)
                    let trace = try TraceFile(path: path)
                    let runs = GoldenAcceptor.perturbations.count
                    var progress = Console.Progress(path, total: trace.frameCount.map { $0 * runs })
                    defer { progress.clear() }
                    let acceptance = try GoldenAcceptor(gate: gate()).accept(trace, files) {
                        progress.show($0)
                    }
                    progress.clear()
                    try show(acceptance, acceptance.perturbations)
                } catch {
                    let failure = Failure(error, file: path)
                    Console.error(failure)
                    codes.append(failure.code)
                }
            }
            let order: [Failure.Code] = [.software, .io, .data, .unavailable, .usage, .golden]
            if let code = order.first(where: { codes.contains($0) }) { throw ExitCode(code.rawValue) }
        }

        private func acceptSubject() throws {
            var codes: [Failure.Code] = []
            for path in traces {
                do {
                    let program = try subject.program()
                    let running = RunningSubject(program)
                    let description = try running.get().description
                    let files = try TraceTargets([path], golden: golden).files(of: program, description)[0]
                    let trace = try TraceFile(path: path)
                    var progress = Console.Progress(path, total: trace.frameCount)
                    defer { progress.clear() }
                    let acceptor = try SubjectAcceptor(gate: gate()) {
                        running.end()
                        return try running.get()
                    } acceptCommand: { _ in
                        acceptCommand(path, golden: golden, subject)
                    }
                    let acceptance = try acceptor.accept(trace, files) { progress.show($0) }
                    progress.clear()
                    running.end()
                    try show(acceptance.acceptance, acceptance.perturbations, acceptance.notApplicable)
                } catch {
                    var failure = Failure(error, file: path)
                    if case AcceptError.notDeterministic = error { failure.next? += subject.words }
                    Console.error(failure)
                    codes.append(failure.code)
                }
            }
            let order: [Failure.Code] = [.software, .io, .data, .unavailable, .usage, .golden]
            if let code = order.first(where: { codes.contains($0) }) { throw ExitCode(code.rawValue) }
        }

        private func show(
            _ acceptance: Acceptance, _ perturbations: [String], _ notApplicable: [String] = []
        ) throws {
            let path = acceptance.files.golden
            switch acceptance.change {
            case .created: try Console.print("\(path)  created, run \(acceptance.golden.run)")
            case .unchanged: try Console.print("\(path)  unchanged, run \(acceptance.golden.run)")
            case .replaced(let old):
                try Console.print("\(path)  replaced")
                for line in changes(from: old, to: acceptance.golden) { try Console.print("  \(line)") }
            }
            Console.talk("stable under: \(perturbations.joined(separator: "; "))")
            if !notApplicable.isEmpty {
                Console.talk("not applicable: \(notApplicable.joined(separator: "; "))")
            }
        }
    }

    struct CatCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cat",
            abstract: "Prints a golden or a digests file as text, a line per frame.",
            discussion: """
                EXAMPLES
                  lumon-replay golden cat Golden/walk.digests
                  git config diff.lumon-digests.textconv 'lumon-replay golden cat'
                """)

        @Argument(help: "A .golden or .digests file.")
        var file: String

        func run() throws {
            try reporting(file: file) {
                let bytes = try Files.read(file)
                if bytes.starts(with: Array("lumon-replay golden".utf8)) {
                    try Console.print(String(try GoldenFiles.readGolden(file).encoded().dropLast()))
                    return
                }
                let digests = try GoldenFiles.readDigests(bytes, path: file)
                try Console.print(
                    "digests \(digests.algorithm)  frames \(digests.rows.count)  levels \(digests.levelCount)  "
                        + "trace \(digests.trace)  run \(digests.run)")
                let names = stageNames(digests)
                for (index, row) in digests.rows.enumerated() {
                    let stages = zip(names, row.stages).map { "\($0) \(short($1))" }
                    try Console.print(
                        "\(Int(digests.firstFrame) + index)  \(Digest64(row.frame))  "
                            + stages.joined(separator: "  ") + "  levels "
                            + row.levels.map(short).joined(separator: " "))
                }
            }
        }

        /// Of a subject the golden beside it names the stages.
        private func stageNames(_ digests: DigestsFile) -> [String] {
            let golden = file.hasSuffix(".digests") ? String(file.dropLast("digests".count)) + "golden" : ""
            if let names = (try? GoldenFiles.readGolden(golden))?.stages, names.count == digests.stageCount {
                return names
            }
            return digests.stageCount == Stage.allCases.count
                ? Stage.allCases.map(\.name) : (0..<digests.stageCount).map { "stage-\($0)" }
        }

        private func short(_ digest: UInt16) -> String {
            String(Digest64(UInt64(digest)).description.suffix(4))
        }
    }
}

/// The golden of one trace of the model.
func goldenFiles(_ trace: String, _ golden: String?) throws -> GoldenFiles {
    try TraceTargets([trace], golden: golden).files[0]
}

/// What differs between two goldens, in lines that a reviewer can read.
func changes(from old: Golden, to new: Golden) -> [String] {
    var lines: [String] = []
    func compare(_ name: String, _ a: String, _ b: String) {
        if a != b { lines.append("\(pad(name, 14)) \(a)  ->  \(b)") }
    }
    compare("trace-xxh3", old.traceDigest.description, new.traceDigest.description)
    compare("digests", "\(old.algorithm)", "\(new.algorithm)")
    compare("configuration", old.configuration, new.configuration)
    compare("frames", "\(old.frames)", "\(new.frames)")
    compare("run-xxh3", old.run.description, new.run.description)
    compare(
        "stages", old.stages?.joined(separator: " ") ?? "", new.stages?.joined(separator: " ") ?? "")
    for (before, after) in zip(old.summary, new.summary) where before.name == after.name {
        compare(
            before.name, before.perLevel.map(String.init).joined(separator: " "),
            after.perLevel.map(String.init).joined(separator: " "))
    }
    return lines
}
