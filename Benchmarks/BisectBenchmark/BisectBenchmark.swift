// Noise-aware bisection of generated histories beside `git bisect run` with 1, 3 and 10 runs of the test a commit, and with as many as it would
// take if one knew the rate of the failure: who finds the culprit, and how many runs of the test that takes. All methods search the same repositories, and the same run of the same commit fails for all of them.
//
//     swift run -c release bisect-benchmark [--program PATH] [--class COMMITSxRATE]... [--trials N] [--seed N]
//
// Every figure is measured in this run. The process that is measured runs in full: repository, builds, tests, answer.

import BisectSupport
import Foundation
import Synchronization

/// A row of classes: histories of one size and one rate.
struct TrialClass: Hashable {
    var commits: Int
    var rate: Double
    var goodRate = 0.0

    /// `1000x0.1`, or `1000x0.1+0.01` where the good side fails too.
    init?(_ text: String) {
        let parts = text.split(separator: "x")
        let rates = parts.last.map { $0.split(separator: "+").map { Double($0) } } ?? []
        guard parts.count == 2, let commits = Int(parts[0]), commits >= 2, commits <= 100_000,
            rates.count == 1 || rates.count == 2, let rate = rates[0], rate > 0, rate <= 1
        else { return nil }
        self.commits = commits
        self.rate = rate
        if rates.count == 2 {
            guard let goodRate = rates[1], goodRate >= 0, goodRate < rate else { return nil }
            self.goodRate = goodRate
        }
    }

    init(_ commits: Int, _ rate: Double) {
        self.commits = commits
        self.rate = rate
    }

    var name: String { "\(commits)x\(rate)" + (goodRate > 0 ? "+\(goodRate)" : "") }

    /// Runs of the test a commit with which git is right in 99 of 100 searches; whoever uses it would have to know the rate.
    var enoughRepeats: Int {
        guard rate < 1 else { return 1 }
        return Int((log(0.01 / log2(Double(commits))) / log(1 - rate)).rounded(.up))
    }

    var shape: RepositoryPlan.Shape {
        var shape = RepositoryPlan.Shape(commits: commits, rate: rate)
        shape.goodRate = goodRate
        return shape
    }
}

struct Settings {
    var program = ".build/release/lumon-replay"
    var classes: [TrialClass] = []
    var trials: Int?
    var seed: UInt64 = 1
    /// Exactly this repository, of every class.
    var planSeed: UInt64?
    var processes = 2
    var keeps = false
    var onlyOurs = false
    /// Handed on to `bisect commits`.
    var more: [String] = []

    static let usage = """
        bisect-benchmark [--program PATH] [--class COMMITSxRATE[+GOODRATE]]... [--trials N] [--seed N] [--plan-seed N]
                         [--processes N] [--ours] [--keep] [-- ARGUMENT-OF-BISECT-COMMITS...]
        """

    init?(_ arguments: [String]) {
        var left = arguments[...]
        while let name = left.popFirst() {
            switch name {
            case "--keep": keeps = true
            case "--ours": onlyOurs = true
            case "--":
                more = Array(left)
                left = []
            default:
                guard let value = left.popFirst() else { return nil }
                switch name {
                case "--program": program = value
                case "--class":
                    guard let one = TrialClass(value) else { return nil }
                    classes.append(one)
                case "--trials":
                    guard let number = Int(value), number > 0 else { return nil }
                    trials = number
                case "--processes":
                    guard let number = Int(value), 1...64 ~= number else { return nil }
                    processes = number
                case "--seed":
                    guard let number = UInt64(value) else { return nil }
                    seed = number
                case "--plan-seed":
                    guard let number = UInt64(value) else { return nil }
                    planSeed = number
                default: return nil
                }
            }
        }
        if classes.isEmpty {
            classes = [TrialClass(1000, 0.1)]
            for commits in [50, 200, 1000] {
                for rate in [1, 0.5, 0.1, 0.03] where commits != 1000 || rate != 0.1 {
                    classes.append(TrialClass(commits, rate))
                }
            }
        }
    }

    func trials(_ one: TrialClass) -> Int {
        if planSeed != nil { return 1 }
        return trials ?? (one.commits < 1000 ? 100 : one.rate == 0.1 ? 500 : 50)
    }

    /// Ours comes first.
    func methods(_ one: TrialClass) -> [BisectMethod] {
        guard !onlyOurs else { return [.commits(more)] }
        let repeats = Set([1, 3, 10, one.enoughRepeats])
        // Order: sorted.
        return [.commits(more)] + repeats.sorted().map { .git(repeats: $0) }
    }
}

@main
enum BisectBenchmark {
    static func main() throws {
        guard var settings = Settings(Array(CommandLine.arguments.dropFirst())) else {
            FileHandle.standardError.write(Data("usage: \(Settings.usage)\n".utf8))
            exit(64)
        }
        settings.program = URL(fileURLWithPath: settings.program).path
        guard FileManager.default.isExecutableFile(atPath: settings.program) else {
            FileHandle.standardError.write(
                Data("error: \(settings.program): no program; next: swift build -c release\n".utf8))
            exit(69)
        }
        let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("bisect-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { if !settings.keeps { try? FileManager.default.removeItem(atPath: folder) } }
        print(
            "seed \(settings.seed), \(settings.processes) at a time\(settings.keeps ? ", in \(folder)" : "")")
        print(
            line([
                "class", "method", "trials", "right", "undecided", "unavoidably", "wrong", "failed",
                "runs: median", "p90", "max", "builds: median", "s a trial",
            ]))
        var answers: [TrialResult] = []
        for one in settings.classes {
            let results = try trials(one, settings, in: folder)
            for (place, method) in settings.methods(one).enumerated() {
                print(row(one, method, results.map { $0[place] }))
            }
            // A table that takes an hour shows what it has.
            fflush(nil)
            answers += results.map { $0[0] }
        }
        calibration(answers)
    }

    /// Runs the trials of a class.
    ///
    /// - Returns: for each trial, in order, a result for each method.
    static func trials(_ one: TrialClass, _ settings: Settings, in folder: String) throws -> [[TrialResult]] {
        let count = settings.trials(one)
        var seeds = PlanRandom(
            seed: settings.seed &* 0x1_0000_0001 ^ UInt64(one.commits) << 40 ^ one.rate.bitPattern)
        let planSeeds = settings.planSeed.map { [$0] } ?? (0..<count).map { _ in seeds.next() }
        let next = Mutex(0)
        let done = Mutex<[Int: [TrialResult]]>([:])
        let failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: settings.processes) { _ in
            while true {
                let index = next.withLock { value in
                    defer { value += 1 }
                    return value
                }
                guard index < count, failure.withLock({ $0 == nil }) else { return }
                do {
                    let plan = RepositoryPlan(seed: planSeeds[index], shape: one.shape)
                    let repository = try TrialRepository(plan, in: folder, keeps: settings.keeps)
                    var results: [TrialResult] = []
                    for method in settings.methods(one) {
                        let result = try repository.search(method, program: settings.program)
                        results.append(result)
                        report(result, method, one, planSeeds[index], repository)
                    }
                    done.withLock { $0[index] = results }
                } catch {
                    failure.withLock { $0 = error }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        let results = done.withLock { $0 }
        return (0..<count).compactMap { results[$0] }
    }

    /// Says how to see again what went wrong.
    static func report(
        _ result: TrialResult, _ method: BisectMethod, _ one: TrialClass, _ seed: UInt64,
        _ repository: TrialRepository
    ) {
        guard case .commits(let more) = method else { return }
        var fault: String?
        if [.wrong, .failed, .undecided].contains(result.verdict) { fault = result.verdict.rawValue }
        if let answer = result.answer,
            answer.runs != result.runs || answer.builds != result.builds
        {
            fault =
                "\(answer.runs) runs and \(answer.builds) builds said, \(result.runs) and \(result.builds) counted"
        }
        guard let fault else { return }
        let tail = more.isEmpty ? "" : " -- " + more.joined(separator: " ")
        var text = "\(fault): bisect-benchmark --ours --class \(one.name) --plan-seed \(seed)\(tail)"
        text += ", culprit \(repository.culprit)"
        if result.verdict == .failed { text += "\n\(result.finished)" }
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }

    static func row(_ one: TrialClass, _ method: BisectMethod, _ results: [TrialResult]) -> String {
        func count(_ verdict: TrialResult.Verdict) -> String {
            "\(results.count { $0.verdict == verdict })"
        }
        let runs = results.map(\.runs).sorted()
        let builds = results.map(\.builds).sorted()
        let seconds = results.map(\.seconds).reduce(0, +) / Double(max(1, results.count))
        return line([
            one.name, method.description, "\(results.count)", count(.right), count(.undecided),
            count(.rightlyUndecided), count(.wrong), count(.failed), "\(quantile(runs, 0.5))",
            "\(quantile(runs, 0.9))", "\(runs.last ?? 0)", "\(quantile(builds, 0.5))",
            "\((seconds * 100).rounded() / 100)",
        ])
    }

    /// The least value that at least this share of the values does not exceed.
    static func quantile(_ sorted: [Int], _ share: Double) -> Int {
        guard !sorted.isEmpty else { return 0 }
        return sorted[max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
    }

    /// Of the answers with a confidence, how many were right.
    static func calibration(_ results: [TrialResult]) {
        let found = results.filter { $0.answer?.outcome == "found" }
        guard !found.isEmpty else { return }
        var brier = 0.0
        for result in found {
            let miss = (result.confidence ?? 0) - (result.verdict == .right ? 1 : 0)
            brier += miss * miss
        }
        print(
            "\nOf \(found.count) commits that bisect commits named, Brier score \(brier / Double(found.count)):"
        )
        print("confidence           answers  right  mean confidence  share right")
        let edges = [0, 0.9, 0.95, 0.98, 0.99, 0.993, 0.996, 0.999, 1.000001]
        for (low, high) in zip(edges, edges.dropFirst()) {
            let some = found.filter { low..<high ~= $0.confidence ?? 0 }
            guard !some.isEmpty else { continue }
            let right = some.count { $0.verdict == .right }
            let mean = some.compactMap(\.confidence).reduce(0, +) / Double(some.count)
            print(
                pad("\(low)..<\(min(high, 1))", 20), pad("\(some.count)", 8), pad("\(right)", 6),
                pad("\((mean * 1e5).rounded() / 1e5)", 16),
                "\((Double(right) / Double(some.count) * 1e5).rounded() / 1e5)")
        }
    }

    static let widths = [14, 28, 7, 6, 10, 12, 6, 7, 13, 5, 6, 15, 9]

    static func line(_ cells: [String]) -> String {
        zip(cells, widths).map { pad($0, $1) }.joined(separator: " ")
    }

    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
