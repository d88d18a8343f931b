import Foundation
import Hashing
import Recording
import Replay
import Verification

/// What somebody finds on the desk: the trace, the smallest one that still fails, both dumps, a report, and the commands; in a folder that runs itself
/// again from wherever it is put.
struct IncidentBundle {
    let settings: NightlySettings
    /// A copy of the program that failed, which nobody builds over.
    let program: String
    /// Whether there is time to make a trace small.
    var mayMinimize = true
    /// One that was good; nil: there is none.
    let reference: String?

    /// The folder, by that of the report.
    private(set) var name = ""
    private var folder = ""
    /// What has come to be, and what has not.
    private var log: [String] = []

    init(_ settings: NightlySettings, program: String, reference: String?) {
        self.settings = settings
        self.program = program
        self.reference = reference
    }

    /// The trace's name in the bundle.
    private static let minimized = "minimized.mcap"

    /// Makes the bundle of a red verdict. What cannot be had is said in its report, and is no error.
    ///
    /// - Parameters:
    ///   - judgement: is told the folder, the smallest trace, and the first value that differs.
    ///   - trace: the trace that it is about.
    ///   - golden: the files of its golden, where it has one.
    ///   - report: the folder of the night.
    /// - Throws: where not even the folder can be made.
    mutating func make(
        for judgement: inout Judgement, trace: String, golden: GoldenFiles?, in report: String
    ) throws {
        try createFolder(judgement, trace, in: report)
        let file = fileName(trace)
        try link(trace, as: file)
        try link(program, as: "lumon-replay")
        var failure = failure(judgement, file)
        if failure.isGolden, let golden { try copy(golden, judgement) }
        try Files.write(
            Array(try settings.projectText(subject: judgement.subject).utf8),
            to: folder + "/" + ProjectFile.name)
        try write(script(failure.line), to: "rerun")
        try writeFacts(judgement, trace, file, failure)
        // What is cheap first: whatever ends the night leaves as much as there was.
        judgement.incident = name
        if failure.isGolden, judgement.subject == "model" {
            useReference(file, judgement, &failure)
        } else if let command = failure.dumps {
            explain(command, into: "explain.txt", &judgement)
        }
        if failure.isGolden, judgement.subject == "model" { dump(file, failure, &judgement) }
        try writeReport(judgement, file, failure)
        minimize(file, failure, &judgement)
        try writeReport(judgement, file, failure)
    }

    // MARK: What failed

    /// How a failure is shown again.
    private struct Reproduction {
        /// Behind the program's name.
        var command: String
        /// Assignments in front of it, each with a space behind it.
        var environment = ""
        /// It is not found where the command says that everything agrees.
        var isCanary = false
        /// It is a golden that it does not agree with.
        var isGolden = false
        /// How minimize is told what fails; nil: it cannot be told.
        var minimize: String?
        /// Shows both values, and leaves both dumps.
        var dumps: String?
        /// Shows a smallest trace, as a line of a script.
        var smallest: String?

        /// The line of a script.
        var line: String {
            let line = environment + "\"$program\" " + command
            // Exit code 1 is that it was found.
            return isCanary ? "if \(line); then exit 1; else exit 0; fi" : line
        }
    }

    private func failure(_ judgement: Judgement, _ file: String) -> Reproduction {
        let whose = subjectWords(judgement)
        let trace = shellQuoted(file)
        if judgement.kind == .canary, let failure = canary(judgement, file) { return failure }
        if judgement.kind == .verify {
            return Reproduction(command: "verify \(trace)\(whose)", isGolden: judgement.outcome == .failed)
        }
        if !judgement.guilty.isEmpty {
            let perturbations = judgement.guilty.map { "\($0.dimension)=\($0.seed)" }.joined(separator: ",")
            let isBuild = judgement.guilty.contains { $0.dimension == "build" }
            let builds = isBuild ? settings.builds.map { " --build \(shellQuoted($0))" }.joined() : ""
            let words = " --perturb \(shellQuoted(perturbations))\(builds)\(whose)"
            return Reproduction(
                command: "explain \(trace)\(words)", minimize: words,
                dumps: "explain \(trace)\(words) --dumps .",
                smallest: "\"$program\" explain \(IncidentBundle.minimized)\(words)")
        }
        if let law = judgement.law {
            let effort = judgement.kind == .generated ? "quick" : settings.nightly.effort
            let seed =
                " --seed \(judgement.seed ?? settings.seed)" + (effort == "standard" ? "" : " --\(effort)")
            return Reproduction(
                command: "check \(trace) --only \(law)\(seed)\(whose)",
                minimize: whose.isEmpty ? " --law \(law)\(seed)" : nil,
                smallest: "\"$program\" check \(IncidentBundle.minimized) --only \(law)\(seed)")
        }
        return Reproduction(command: "check \(trace) --seed \(judgement.seed ?? settings.seed)\(whose)")
    }

    /// The command of a canary, on the trace in the bundle.
    private func canary(_ judgement: Judgement, _ file: String) -> Reproduction? {
        guard let canary = settings.canaries.first(where: { $0.name == judgement.name }) else { return nil }
        let question = NightlyQuestion.canary(canary, settings)
        let trace = shellQuoted(settings.path(canary.trace))
        let parts = question.words.split(separator: trace, maxSplits: 1, omittingEmptySubsequences: false)
        return Reproduction(
            command: parts.joined(separator: shellQuoted(file)), environment: question.environment,
            isCanary: true)
    }

    // MARK: Files

    /// For `bisect commits --from-bundle`.
    private func writeFacts(
        _ judgement: Judgement, _ trace: String, _ file: String, _ failure: Reproduction
    ) throws {
        let green = judgement.standing?.lastGreen.flatMap {
            $0.isDirty || $0.revision.isEmpty ? nil : $0.revision
        }
        let facts = BundledIncident(
            kind: judgement.kind.rawValue, subject: judgement.subject, trace: file, source: trace,
            command: failure.command.replacing(subjectWords(judgement), with: ""),
            bad: settings.revision.name.isEmpty ? nil : settings.revision.name, good: green,
            isDirty: settings.revision.isDirty)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Files.write(Array(try encoder.encode(facts)) + [10], to: folder + "/" + BundledIncident.name)
    }

    private func subjectWords(_ judgement: Judgement) -> String {
        judgement.subject == "model" ? "" : " --subject \(shellQuoted(judgement.subject))"
    }

    private mutating func createFolder(_ judgement: Judgement, _ trace: String, in report: String) throws {
        let stem = fileName(trace).split(separator: ".").first.map(String.init) ?? "trace"
        let words = [judgement.kind.rawValue, judgement.subject, stem]
        let plain = words.joined(separator: "-").unicodeScalars.map { scalar in
            let isPlain =
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
            return isPlain || "-._".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
        }
        let base = "incidents/" + String(plain)
        name = base
        var number = 2
        while Files.exists(report + "/" + name) {
            name = "\(base)-\(number)"
            number += 1
        }
        folder = report + "/" + name
        try Files.createFolder(folder)
    }

    /// A second name for a file, or a copy where that cannot be.
    private func link(_ source: String, as name: String) throws {
        let place = folder + "/" + name
        // A link would follow what is built there next; only what is ours stays as it is.
        let isOurs = source == program || source.hasPrefix(settings.folder + "/green/")
        if isOurs, Foundation.link(source, place) == 0 { return }
        let isExecutable = access(source, X_OK) == 0
        try Files.write(try Files.read(source), to: place)
        if isExecutable { try Files.makeExecutable(place) }
    }

    private mutating func copy(_ golden: GoldenFiles, _ judgement: Judgement) throws {
        // The goldens of a subject lie in a folder of its name.
        let home = judgement.subject == "model" ? "" : judgement.subject + "/"
        if !home.isEmpty { try Files.createFolder(folder + "/" + judgement.subject) }
        for file in [golden.golden, golden.digests] where Files.exists(file) {
            try link(file, as: home + fileName(file))
        }
    }

    private func write(_ text: String, to name: String) throws {
        try Files.write(Array(text.utf8), to: folder + "/" + name)
        try Files.makeExecutable(folder + "/" + name)
    }

    /// A script that runs a command of the program in the bundle, or of another one.
    private func script(_ line: String) -> String {
        """
        #!/bin/sh
        # Exit code 1 while it fails, 0 when it does not any more. With another build: LUMON_REPLAY=path/to/lumon-replay ./rerun
        case ${LUMON_REPLAY-} in
          '') program=./lumon-replay ;;
          /*) program=$LUMON_REPLAY ;;
          */*) program=$PWD/$LUMON_REPLAY ;;
          *) program=$LUMON_REPLAY ;;
        esac
        cd "$(dirname "$0")" || exit 74
        \(line)

        """
    }

    // MARK: What more can be had

    /// Runs a command of a program in the bundle's folder.
    private func run(_ command: String, seconds: Double? = nil) -> ProgramRun? {
        try? ProgramRun.run(
            command, folder: folder, timeLimitSeconds: seconds ?? settings.nightly.verifySeconds,
            isStopped: { Interrupt.hasCome })
    }

    /// A program that was good is of use where it still agrees with the golden.
    private mutating func useReference(
        _ file: String, _ judgement: Judgement, _ failure: inout Reproduction
    ) {
        guard let reference else {
            log.append("no good program to compare with: there has been no green night yet")
            return
        }
        do {
            try link(reference, as: "reference")
        } catch {
            log.append("the good program could not be copied: \(error)")
            return
        }
        guard run("./reference verify \(shellQuoted(file))")?.ending == .exited(0) else {
            log.append(
                "the last good program does not agree with this golden either: nothing to compare with")
            try? Files.remove(folder + "/reference")
            return
        }
        failure.minimize = " --reference-command './reference subject'"
        // The one that was good is the one that judges.
        failure.smallest =
            "./reference explain \(IncidentBundle.minimized) --subject-command \"'$program' subject\""
    }

    /// Both dumps of the first frame that differs, and what is different in them.
    private mutating func dump(_ file: String, _ failure: Reproduction, _ judgement: inout Judgement) {
        guard let frame = judgement.place?.frame else { return }
        let words = "replay \(shellQuoted(file)) --dump-frame \(frame)"
        keep(run("./lumon-replay \(words)"), as: "found.jsonl")
        guard failure.minimize != nil,
            keep(run("./reference \(words)"), as: "expected.jsonl")
        else { return }
        explain("explain \(shellQuoted(file)) --against expected.jsonl", into: "explain.txt", &judgement)
    }

    @discardableResult
    private mutating func keep(_ run: ProgramRun?, as name: String) -> Bool {
        guard let run, case .exited(let code) = run.ending, [0, 1].contains(code), !run.output.isEmpty,
            (try? Files.write(run.output, to: folder + "/" + name)) != nil
        else {
            log.append(
                "no \(name): " + (run.map { "it \($0.ending.sentence)" } ?? "it could not be started")
                    + (run?.errorLines.last.map { ": \($0)" } ?? ""))
            return false
        }
        return true
    }

    private mutating func explain(_ command: String, into name: String, _ judgement: inout Judgement) {
        let found = run("./lumon-replay \(command)")
        guard keep(found, as: name), let found else { return }
        let lines = String(decoding: found.output, as: UTF8.self).split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        func row(_ name: String) -> String? {
            lines.first { $0.hasPrefix(name + " ") }.map {
                $0.dropFirst(name.count).trimmingCharacters(in: .whitespaces)
            }
        }
        let probe = [row("probe"), row("field")].compactMap { $0 }
        judgement.value =
            (row("field") == nil ? row("value") : probe.joined(separator: ": ")) ?? judgement.value
    }

    private mutating func minimize(_ file: String, _ failure: Reproduction, _ judgement: inout Judgement) {
        guard settings.nightly.minimizeReplays > 0 else { return }
        guard mayMinimize else {
            log.append(
                "not minimized: those before it took four times what one of them may (minimize_seconds)")
            return
        }
        guard let words = failure.minimize else {
            if judgement.outcome == .failed {
                log.append("not minimized: there is nothing that a smaller trace could be judged by")
            }
            return
        }
        let found = run(
            "./lumon-replay minimize \(shellQuoted(file)) -o \(IncidentBundle.minimized) "
                + "--limit \(settings.nightly.minimizeReplays)\(words) --format json",
            seconds: settings.nightly.minimizeSeconds)
        guard Files.exists(folder + "/" + IncidentBundle.minimized), let found else {
            log.append(
                "not minimized: " + (found.map { "minimize \($0.ending.sentence)" } ?? "no minimize")
                    + (found?.errorLines.first.map { ": \($0)" } ?? ""))
            return
        }
        if let frames = try? MinimizeDocument.frames(found.output) {
            judgement.minimized = frames
        } else if let to = try? TraceFile(path: folder + "/" + IncidentBundle.minimized).frameCount {
            judgement.minimized = (judgement.frames, to)
            log.append("minimize \(found.ending.sentence) before it was done; this is what it had")
        }
        guard let smallest = failure.smallest else { return }
        if keep(run("program=./lumon-replay; \(smallest)"), as: "explain-minimized.txt") {
            try? write(script(smallest), to: "rerun-minimized")
        }
    }

    // MARK: The report

    private func writeReport(_ judgement: Judgement, _ file: String, _ failure: Reproduction) throws {
        let known: [(name: String, text: String)] = [
            ("rerun", "runs it again: exit code 1 while it fails"),
            ("rerun-minimized", "the same with the smallest trace"), (file, "the trace"),
            (IncidentBundle.minimized, "the smallest trace that still fails"),
            ("expected.jsonl", "the frame as it should be"), ("found.jsonl", "the frame as it is"),
            ("explain.txt", "where they differ"), ("explain-minimized.txt", "the same of the smallest trace"),
            ("lumon-replay", "the program that failed (it wants the Swift runtime that it was built with)"),
            ("reference", "the last one that did not"),
            (ProjectFile.name, "the subject and the dimensions, for the programs in this folder"),
            (BundledIncident.name, "what lumon-replay bisect commits --from-bundle takes from here"),
        ]
        var lines = ["# \(markdownText(judgement.title)): \(markdownText(judgement.reason))", ""]
        lines += ["* **What:** " + markdownText(judgement.what)]
        lines += ["* **Why:** " + markdownText(judgement.why)]
        lines += ["* **Smallest:** " + markdownText(judgement.smallest), ""]
        lines += ["## In this folder", "", "| file | what it is |", "| --- | --- |"]
        for (name, text) in known where Files.exists(folder + "/" + name) {
            lines.append("| \(markdownCode(name)) | \(text) |")
        }
        lines += ["", "## To type", "", "```sh", "./rerun"]
        if Files.exists(folder + "/rerun-minimized") { lines.append("./rerun-minimized") }
        lines.append("LUMON_REPLAY=path/to/a/mended/lumon-replay ./rerun")
        lines += ["./lumon-replay \(failure.command)"]
        if let words = failure.minimize {
            lines.append("./lumon-replay minimize \(shellQuoted(file)) -o smaller.mcap\(words)")
        }
        if Files.exists(folder + "/" + IncidentBundle.minimized) {
            lines += [
                "# So that it stays found, in the repository:",
                "cp \(IncidentBundle.minimized) REPOSITORY/Traces/regressions/\(file)",
            ]
        }
        lines += ["```", ""]
        if !log.isEmpty { lines += ["## Not here", ""] + log.map { "* \(markdownText($0))" } + [""] }
        if !judgement.details.isEmpty {
            lines += ["## What the program said", "", "```text"]
            lines += judgement.details.map { "\(pad($0.name, 7)) \($0.value)" } + ["```", ""]
        }
        try Files.write(Array(lines.joined(separator: "\n").utf8), to: folder + "/report.md")
    }
}

/// What minimize prints as JSON.
private struct MinimizeDocument: Decodable {
    struct Size: Decodable { var frames: Int }
    var before: Size
    var after: Size

    static func frames(_ output: [UInt8]) throws -> (from: Int, to: Int) {
        let document = try JSONDecoder().decode(MinimizeDocument.self, from: Data(output))
        return (document.before.frames, document.after.frames)
    }
}
