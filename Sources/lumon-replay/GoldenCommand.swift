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

        @Option(help: "text or json.")
        var format: PlainFormat = .text

        func run() throws {
            try reporting(file: "golden status") { try status() }
        }

        private func status() throws {
            let targets = try TraceTargets(traces, golden: golden)
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
                            files.trace, "missing", ["next    " + acceptCommand(files.trace, golden: golden)])
                        continue
                    }
                    if stored.golden.traceDigest != trace.digest {
                        bad.append(.golden)
                        try report(files.trace, "of another trace")
                    } else if Files.exists(files.newGolden) {
                        bad.append(.golden)
                        let new = try GoldenFiles.readGolden(files.newGolden)
                        try report(
                            files.trace, "changed",
                            changes(from: stored.golden, to: new)
                                + ["next    " + acceptCommand(files.trace, golden: golden)])
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
                The trace is replayed with several worker counts and rebuild intervals. What is not stable
                is refused, with the reason, and nothing is changed.

                EXAMPLE
                  lumon-replay golden accept Traces/walk.mcap
                """)

        @Argument(help: "The traces.", completion: .file(extensions: ["mcap"]))
        var traces: [String]

        @Option(help: "The folder of the goldens; Golden beside Traces if not given.")
        var golden: String?

        func run() throws {
            var codes: [Failure.Code] = []
            for path in traces {
                let files = GoldenFiles(trace: path, folder: golden)
                do {
                    let trace = try TraceFile(path: path)
                    let runs = GoldenAcceptor.perturbations.count
                    var progress = Console.Progress(path, total: trace.frameCount.map { $0 * runs })
                    defer { progress.clear() }
                    let acceptance = try GoldenAcceptor().accept(trace, files) { progress.show($0) }
                    progress.clear()
                    try show(acceptance)
                } catch {
                    let failure = Failure(error, file: path)
                    Console.error(failure)
                    codes.append(failure.code)
                }
            }
            if let code = [Failure.Code.software, .io, .data, .golden].first(where: { codes.contains($0) }) {
                throw ExitCode(code.rawValue)
            }
        }

        private func show(_ acceptance: Acceptance) throws {
            let path = acceptance.files.golden
            switch acceptance.change {
            case .created: try Console.print("\(path)  created, run \(acceptance.golden.run)")
            case .unchanged: try Console.print("\(path)  unchanged, run \(acceptance.golden.run)")
            case .replaced(let old):
                try Console.print("\(path)  replaced")
                for line in changes(from: old, to: acceptance.golden) { try Console.print("  \(line)") }
            }
            Console.talk("stable under: \(acceptance.perturbations.joined(separator: "; "))")
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
                for (index, row) in digests.rows.enumerated() {
                    let stages = Stage.allCases.map { "\($0.name) \(short(row.stages[Int($0.rawValue)]))" }
                    try Console.print(
                        "\(Int(digests.firstFrame) + index)  \(Digest64(row.frame))  "
                            + stages.joined(separator: "  ") + "  levels "
                            + row.levels.map(short).joined(separator: " "))
                }
            }
        }

        private func short(_ digest: UInt16) -> String {
            String(Digest64(UInt64(digest)).description.suffix(4))
        }
    }
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
    for (before, after) in zip(old.summary, new.summary) {
        compare(
            before.name, before.perLevel.map(String.init).joined(separator: " "),
            after.perLevel.map(String.init).joined(separator: " "))
    }
    return lines
}
