import Foundation
import Recording
import Replay
import Verification

/// Looks for the commit that has brought an incident: `bisect commits --from-bundle` as a process of its own, whose answer is put into the bundle.
struct IncidentBisection {
    private let settings: NightlySettings
    private let program: String
    private let bundle: String

    init(_ settings: NightlySettings, program: String, bundle: String) {
        self.settings = settings
        self.program = program
        self.bundle = bundle
    }

    /// What is typed to go on with it, or to see the answer again.
    private var words: String {
        "bisect commits --from-bundle \(shellQuoted(bundle)) --folder \(shellQuoted(settings.folder + "/bisect"))"
    }

    /// - Parameter seconds: that it may take.
    /// - Returns: in one sentence, what came of it.
    func run(seconds: Double) -> String {
        let unknown = "which commit has brought it was not found out"
        guard seconds >= 1 else { return "\(unknown): the time for it was over (nightly_seconds)" }
        guard let found = start(" --format json", seconds: seconds) else {
            return "\(unknown): bisect could not be started"
        }
        let lines = found.errorLines.filter { $0.hasPrefix("error: ") }.map { $0.dropFirst(7) }
        switch found.ending {
        case .exited(0), .exited(Failure.Code.golden.rawValue): break
        case .timedOut:
            return
                "\(unknown) in \(durationText(seconds)); to go on: lumon-replay \(words)"
        default:
            return "\(unknown): " + (lines.first.map(String.init) ?? "bisect \(found.ending.sentence)")
        }
        guard let answer = try? JSONDecoder().decode(BisectDocument.self, from: Data(found.output)) else {
            return "\(unknown): bisect said nothing that can be read"
        }
        keep(found.output, as: "bisect.json")
        // It is all in the log: nothing is run for it.
        if let shown = start("", seconds: settings.nightly.verifySeconds) {
            keep(shown.output, as: "bisect.txt")
            addToReport(String(decoding: shown.output, as: UTF8.self))
        }
        if let log = try? Files.read(answer.log) { keep(log, as: "bisect.log") }
        return answer.sentence
    }

    private func start(_ more: String, seconds: Double) -> ProgramRun? {
        try? ProgramRun.run(
            "\(shellQuoted(program)) \(words)\(more)", timeLimitSeconds: seconds, endsWithCaller: true,
            isStopped: { Interrupt.hasCome })
    }

    private func keep(_ bytes: [UInt8], as name: String) { try? Files.write(bytes, to: bundle + "/" + name) }

    private func addToReport(_ text: String) {
        let path = bundle + "/report.md"
        guard let report = try? Files.read(path) else { return }
        let section = "## Which commit\n\n```text\n" + text + "```\n\n"
        try? Files.write(report + Array(section.utf8), to: path)
    }
}

/// What bisect commits prints as JSON.
private struct BisectDocument: Decodable {
    struct Commit: Decodable {
        var name: String
        var author: String?
        var subject: String
    }

    var outcome: String
    var confidence: Double
    var commit: Commit?
    var candidates: [Commit]
    var log: String

    var sentence: String {
        switch (outcome, commit) {
        case ("found", let commit?):
            "brought by \(commit.name.prefix(12)) (\(percent(confidence)) sure): \(commit.subject), \(commit.author ?? "")"
        case ("undecided", _):
            "brought by one of \(candidates.count) commits, perhaps \(candidates.first?.name.prefix(12) ?? "")"
        case ("good end fails", _): "older than the last green revision: that fails as well"
        default: "it does not fail at its own revision, when that is built anew"
        }
    }
}
