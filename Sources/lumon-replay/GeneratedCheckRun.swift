import Foundation
import Recording
import Replay
import Streaming
import Verification

/// `check --generate`: made-up traces from seeds, of which only those are told of that fail.
struct GeneratedCheckRun {
    let program: CheckProgram
    let options: CheckOptions
    let seeds: Range<UInt64>
    /// For traces that fail.
    let folder: String
    let format: VerdictFormat
    /// Of the command, to be typed again.
    let words: String
    /// Failures that are made small, the first ones.
    let minimized: Int
    /// Other builds, NAME=COMMAND, and the program's name in the project.
    let builds: [String]
    let name: String

    func run() throws {
        guard Files.isFolder(folder) else {
            throw Failure(
                .io, "\(folder): no such folder; expected one for the traces that fail",
                next: "make it, or name another with --save")
        }
        let check = GeneratedCheck(program, options) { Failure($0, file: "the run").message }
        var report = CheckReport(format, words: words)
        var tally = GeneratedTally(seeds)
        var small = 0
        var bar = Console.Progress("check", total: seeds.count)
        defer { bar.clear() }
        let start = ContinuousClock.now
        // Each waits for its process nearly half of the time.
        let threads = 2 * ProcessInfo.processInfo.activeProcessorCount
        try check.run(seeds, threads: threads) { found in
            tally.add(found)
            if tally.hasFailed {
                bar.clear()
                try fail(found, &report, &small)
            }
            bar.show(tally.count)
            return true
        }
        bar.clear()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try tally.finish(report)
        Console.talk("\(Int(Double(tally.count) / max(seconds, 0.001) * 3600)) traces an hour")
        if tally.held == 0, tally.failed == 0 { report.note(.golden) }
        try report.exit()
    }

    /// Tells of a trace that has failed, saves it, and makes it small.
    private func fail(
        _ found: GeneratedCheck.Verdict, _ report: inout CheckReport, _ small: inout Int
    ) throws {
        let seed = found.trace.seed
        let path = folder == "." ? "\(found.trace.name).mcap" : "\(folder)/\(found.trace.name).mcap"
        let saved = save(found.trace, path, &report)
        var behind = [saved]
        if saved.name == "saved", case .success(let verdict) = found.result {
            if small < minimized {
                small += 1
                behind.append(minimize(verdict, found.trace, path))
            }
            behind += next(verdict, path, seed)
        }
        behind.append(("again", "lumon-replay check --generate 1 --seed \(seed)\(words)"))
        let before = [("hazards", found.trace.summary)]
        switch found.result {
        case .success(let verdict): try report.addFailed(verdict, before: before, behind: behind, seed: seed)
        case .failure(let error):
            try report.add(
                Failure(error, file: found.trace.name), trace: found.trace.name, more: before + behind,
                seed: seed)
        }
    }

    /// Writes the trace, unless another file is in its place.
    private func save(
        _ trace: GeneratedTrace, _ path: String, _ report: inout CheckReport
    ) -> (name: String, value: String) {
        do {
            let bytes = try trace.bytes()
            if Files.exists(path) {
                guard (try? Files.read(path)) == bytes else {
                    return (
                        "left",
                        "\(path) has other content and was left as it is; lumon-replay record --generated \(trace.seed) -o OTHER.mcap"
                    )
                }
            } else {
                try Files.write(bytes, to: path)
            }
            return ("saved", path)
        } catch {
            let failure = Failure(error, file: path)
            report.note(failure.code)
            return ("left", "not saved: \(failure.message)")
        }
    }

    // MARK: The smallest

    private static func smallPath(_ path: String) -> String { path.dropLast(".mcap".count) + ".min.mcap" }

    /// Writes the smallest trace that still fails in the same way beside the trace.
    private func minimize(
        _ verdict: CheckVerdict, _ trace: GeneratedTrace, _ path: String
    ) -> (name: String, value: String) {
        let small = GeneratedCheckRun.smallPath(path)
        do {
            guard let failure = try failure(of: verdict, trace.seed) else {
                return ("small", "not minimized: it did not fail again")
            }
            var options = Minimizer.Options()
            options.repeats = failure.repeats
            let result = try Minimizer(failure.what, options: options).minimize(trace.frames)
            let bytes = try Trace.encode(result.frames)
            if !Files.exists(small) {
                try Files.write(bytes, to: small)
            } else if (try? Files.read(small)) != bytes {
                return ("small", "\(small) has other content and was left as it is")
            }
            return (
                "small",
                "\(small)  \(trace.frames.count) -> \(result.frames.count) frames, \(result.replays) replays"
                    + (result.isMinimal ? "" : ", may not be minimal")
            )
        } catch {
            return ("small", "not minimized: \(Failure(error, file: path).message)")
        }
    }

    private func failure(
        of verdict: CheckVerdict, _ seed: UInt64
    ) throws -> (what: any TraceFailure, repeats: Int)? {
        if case .diverged(let guilt) = verdict.outcome {
            let run = PlannedRun(guilt.perturbations)
            let own = try CheckArguments.dimensions(subject: name, builds: builds)
            let pair = try PerturbedPair(program, own, run) { Failure($0, file: "the run").message }
            let failure = PerturbedFailure(pair, run)
            return (failure, failure.usualRepeats)
        }
        for (name, _, outcome) in verdict.laws {
            guard case .broken = outcome, let law = Laws.all.first(where: { $0.name == name }) else {
                continue
            }
            return (LawFailure(law, effort: options.effort, seed: seed), 1)
        }
        return nil
    }

    /// The commands that go on from a saved trace.
    private func next(
        _ verdict: CheckVerdict, _ path: String, _ seed: UInt64
    ) -> [(name: String, value: String)] {
        let file = shellQuoted(path)
        let smaller = shellQuoted(GeneratedCheckRun.smallPath(path))
        var rows: [(name: String, value: String)] = []
        if case .diverged(let guilt) = verdict.outcome, !guilt.perturbations.isEmpty {
            let text = perturbationText(guilt.perturbations)
            rows.append(("next", "lumon-replay explain \(file) --perturb \(text)\(words)"))
            rows.append(("next", "lumon-replay minimize \(file) -o \(smaller) --perturb \(text)\(words)"))
        }
        for (name, _, outcome) in verdict.laws {
            guard case .broken = outcome else { continue }
            rows.append(("next", "lumon-replay minimize \(file) -o \(smaller) --law \(name) --seed \(seed)"))
        }
        return rows
    }
}

/// What made-up traces have come to, in numbers.
private struct GeneratedTally {
    private let seeds: Range<UInt64>
    private(set) var count = 0
    private(set) var held = 0
    private(set) var failed = 0
    private var notApplicable = 0
    private var frames = 0
    private var runs = 0
    /// Traces that a law has judged and that it holds for, in the order of the verdict.
    private var laws: [(name: String, held: Int)] = []
    /// Whether the one that was added last has failed.
    private(set) var hasFailed = false

    init(_ seeds: Range<UInt64>) { self.seeds = seeds }

    mutating func add(_ found: GeneratedCheck.Verdict) {
        count += 1
        frames += found.trace.frames.count
        hasFailed = true
        defer { if hasFailed { failed += 1 } }
        guard case .success(let verdict) = found.result else { return }
        runs += verdict.runs
        for (place, law) in verdict.laws.enumerated() {
            if place == laws.count { laws.append((law.name, 0)) }
            if case .holds = law.outcome { laws[place].held += 1 }
        }
        guard verdict.passes else { return }
        hasFailed = false
        if case .notApplicable = verdict.outcome { notApplicable += 1 } else { held += 1 }
    }

    /// Prints the numbers, and what stands at the end.
    func finish(_ report: CheckReport) throws {
        switch report.format {
        case .text:
            if !laws.isEmpty {
                let words = laws.map { "\($0.name) (\($0.held))" }.joined(separator: ", ")
                try Console.print("laws held  \(words)")
            }
            try Console.print(
                "\(count) trace\(count == 1 ? "" : "s") of generator \(GeneratedTrace.version), seeds "
                    + "\(seeds.lowerBound)...\(seeds.upperBound - 1), \(frames) frames, \(runs) runs: "
                    + "\(held) hold, \(failed) fail, \(notApplicable) not applicable")
        case .json:
            try Console.print(
                JSON.object([
                    ("holds", .boolean(failed == 0 && held > 0)),
                    ("generator", .integer(GeneratedTrace.version)),
                    ("first_seed", .string("\(seeds.lowerBound)")), ("count", .integer(count)),
                    ("frames", .integer(frames)), ("runs", .integer(runs)), ("hold", .integer(held)),
                    ("fail", .integer(failed)), ("not_applicable", .integer(notApplicable)),
                    ("laws", .object(laws.map { ($0.name, .integer($0.held)) })),
                    ("failures", report.jsonEntries),
                ]).text)
        case .junit: try Console.print(report.junit(held: held, skipped: notApplicable))
        }
    }
}
