import Foundation
import GRDB
import Testing
import Verification

/// What nights have found, in one file that many nights write to.
@Suite struct HistoryTests {
    private final class Place {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "history-\(UUID().uuidString)")
        var path: String { folder.appendingPathComponent("history.sqlite").path }

        init() throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }
    }

    private func night(_ started: Int64, _ revision: String, isDirty: Bool = false) -> History.Night {
        History.Night(
            started: started * 86_400_000, revision: revision, isDirty: isDirty, host: "here",
            process: ProcessInfo.processInfo.processIdentifier, seed: UInt64.max, report: "report")
    }

    private func judgement(
        _ outcome: Judgement.Outcome, _ name: String = "walk", _ kind: Judgement.Kind = .verify,
        subject: String = "model", runs: Int = 1, differing: Int = 0
    ) -> Judgement {
        var judgement = Judgement(
            kind: kind, subject: subject, name: name, outcome: outcome, command: "lumon-replay verify \(name)"
        )
        judgement.runs = runs
        judgement.differing = differing
        judgement.seconds = 2
        return judgement
    }

    /// Nights in which `outcomes` came of one question, with revisions a, b, c ...
    private func history(_ place: Place, _ outcomes: [Judgement.Outcome], revisions: [String]? = nil) throws
        -> History
    {
        let history = try History(path: place.path)
        for (day, outcome) in outcomes.enumerated() {
            let revision = revisions?[day] ?? String(UnicodeScalar(UInt8(97 + day)))
            let id = try history.begin(night(Int64(day), revision))
            try history.add(judgement(outcome), night: id)
            try history.end(night: id, .ended, ended: Int64(day) * 86_400_000 + 1000)
        }
        return history
    }

    /// Sequences of five outcomes, one for each of so many traces, beside a list that is walked.
    @Test func lastGreenAndRedSinceAreThoseOfAPlainWalk() throws {
        let all: [Judgement.Outcome] = [.passed, .failed, .error, .notApplicable]
        let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
        let numbers = (0..<1024).filter { isFull || $0 % 41 == 0 }
        func outcomes(_ number: Int) -> [Judgement.Outcome] { (0..<5).map { all[number >> (2 * $0) & 3] } }
        let place = try Place()
        let history = try History(path: place.path)
        for day in 0..<5 {
            let id = try history.begin(night(Int64(day), "a"))
            for number in numbers {
                try history.add(judgement(outcomes(number)[day], "\(number)"), night: id)
            }
        }
        let standings = try history.standings()
        for number in numbers {
            let outcomes = outcomes(number)
            let standing = standings.first { $0.name == "\(number)" }
            let judged = outcomes.enumerated().filter { $0.element != .notApplicable }
            let green = judged.last { $0.element == .passed }?.offset
            let red = judged.first { $0.offset > green ?? -1 && $0.element.isRed }?.offset
            let text = "\(outcomes)"
            #expect((standing == nil) == judged.isEmpty, "\(text)")
            #expect(standing?.lastGreen?.night == green.map { Int64($0 + 1) }, "\(text)")
            #expect(standing?.redSince?.night == red.map { Int64($0 + 1) }, "\(text)")
            #expect(standing?.nights ?? 0 == judged.count, "\(text)")
            #expect(standing?.redNights ?? 0 == judged.count { $0.element.isRed }, "\(text)")
            guard let standing else { continue }
            #expect(standing.outcome == judged.last?.element, "\(text)")
        }
    }

    @Test func aNightSeesOnlyTheNightsBeforeIt() throws {
        let place = try Place()
        let history = try history(place, [.passed, .failed, .failed])
        let question = judgement(.notRun)
        #expect(try history.standings(of: question, before: 1).isEmpty)
        let second = try #require(try history.standings(of: question, before: 2).first)
        #expect(second.lastGreen?.revision == "a" && second.redSince == nil)
        let third = try #require(try history.standings(of: question, before: 3).first)
        #expect(third.lastGreen?.revision == "a" && third.redSince?.revision == "b" && third.nights == 2)
        #expect(try history.standings(of: judgement(.notRun, "other")).isEmpty)
    }

    @Test func flakyIsWhatPassesAndFailsAtOneRevisionWithoutChanges() throws {
        let place = try Place()
        let flaky = try history(place, [.passed, .failed, .passed], revisions: ["a", "a", "b"])
        #expect(try flaky.standings().first?.flakyRevisions == ["a"])
        let otherPlace = try Place()
        let other = try history(otherPlace, [.passed, .failed, .passed], revisions: ["a", "b", "c"])
        #expect(try other.standings().first?.isFlaky == false)
        // Of a folder with changes of its own the revision says nothing, and nothing is said by none.
        let dirtyPlace = try Place()
        let dirty = try History(path: dirtyPlace.path)
        for (revision, isDirty) in [("a", true), ("", false)] {
            for outcome in [Judgement.Outcome.passed, .failed] {
                let id = try dirty.begin(night(1, revision, isDirty: isDirty))
                try dirty.add(judgement(outcome), night: id)
            }
        }
        #expect(try dirty.standings().first?.isFlaky == false)
    }

    @Test func runsAndTimesAreSummedUp() throws {
        let place = try Place()
        let history = try History(path: place.path)
        for differing in [0, 3] {
            let id = try history.begin(night(1, "a"))
            try history.add(judgement(.passed, "walk", .check, runs: 10, differing: differing), night: id)
        }
        let standing = try #require(try history.standings().first)
        #expect(standing.runs == 20 && standing.differing == 3 && standing.meanSeconds == 2)
    }

    @Test func aNightWhoseProcessIsGoneWasKilled() throws {
        let place = try Place()
        let history = try History(path: place.path)
        var gone = night(1, "a")
        // No process has a number as large.
        gone.process = Int32.max
        let id = try history.begin(gone)
        try history.add(judgement(.passed), night: id)
        let running = try history.begin(night(2, "a"))
        var elsewhere = night(3, "a")
        elsewhere.host = "elsewhere"
        elsewhere.process = Int32.max
        try history.add(judgement(.passed), night: try history.begin(elsewhere))
        let nights = try history.nights(last: 10, host: "here")
        #expect(nights.map(\.state) == [.running, .running, .killed])
        #expect(nights.map(\.id) == [3, running, id] && nights.map(\.passed) == [1, 0, 1])
        // From the next night on it stands in the file.
        _ = try history.begin(night(4, "a"))
        #expect(
            try history.nights(last: 10, host: "").map(\.state) == [.running, .running, .running, .killed])
        #expect(nights.last?.seed == UInt64.max)
    }

    /// Two connections, as two processes have: nothing is lost, and nobody waits for ever.
    @Test func twoNightsAtOnceDoNotHarmIt() async throws {
        let place = try Place()
        let path = place.path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                let night = night(Int64(worker), "a")
                group.addTask {
                    let history = try History(path: path)
                    let id = try history.begin(night)
                    for number in 0..<25 {
                        let judgement = Judgement(
                            kind: .verify, subject: "model", name: "trace \(number)", outcome: .passed,
                            command: "")
                        _ = try history.standings(of: judgement, before: id)
                        try history.add(judgement, night: id)
                    }
                    try history.end(night: id, .ended, ended: 1)
                }
            }
            try await group.waitForAll()
        }
        let history = try History(path: path, isReadOnly: true)
        let nights = try history.nights(last: 10, host: "here")
        #expect(nights.count == 4 && nights.allSatisfy { $0.state == .ended && $0.passed == 25 })
        #expect(try history.standings().count == 25 && history.standings().allSatisfy { $0.nights == 4 })
    }

    /// A year is 365 nights of some hundred verdicts: what is asked for each of them must not read them all.
    @Test func aYearIsFoundThroughIndexes() throws {
        let place = try Place()
        _ = try history(place, [.passed])
        let queue = try DatabaseQueue(path: place.path)
        let plans = try queue.read { db in
            try [
                "SELECT MAX(night) FROM verdicts WHERE subject = 'a' AND kind = 'b' AND name = 'c' AND night < 9 AND outcome = 'passed'",
                "SELECT COUNT(*) FROM verdicts WHERE night = 1 AND outcome = 'passed'",
            ].flatMap {
                try String.fetchAll(
                    db, sql: "EXPLAIN QUERY PLAN " + $0, adapter: SuffixRowAdapter(fromIndex: 3))
            }
        }
        #expect(plans.count >= 2 && plans.allSatisfy { $0.contains("INDEX") }, "\(plans)")
    }

    @Test func whatIsNoHistoryIsRefusedAndNotTouched() throws {
        let place = try Place()
        try Data(
            "not a database, and long enough that its head is whole, as is said of files of SQLite, which have a hundred bytes"
                .utf8
        )
        .write(to: URL(fileURLWithPath: place.path))
        let before = try Data(contentsOf: URL(fileURLWithPath: place.path))
        #expect(throws: HistoryError.notADatabase(path: place.path)) { try History(path: place.path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)) == before)
        let other = try Place()
        try DatabaseQueue(path: other.path).write {
            try $0.execute(sql: "CREATE TABLE mine (a); PRAGMA application_id = 7")
        }
        #expect(throws: HistoryError.otherProgram(path: other.path, applicationID: 7)) {
            try History(path: other.path)
        }
        let plain = try Place()
        try DatabaseQueue(path: plain.path).write { try $0.execute(sql: "CREATE TABLE mine (a)") }
        #expect(throws: HistoryError.otherProgram(path: plain.path, applicationID: 0)) {
            try History(path: plain.path)
        }
        let newer = try Place()
        _ = try History(path: newer.path)
        try DatabaseQueue(path: newer.path).write { try $0.execute(sql: "PRAGMA user_version = 9") }
        #expect(throws: HistoryError.newerVersion(path: newer.path, found: 9, supported: 1)) {
            try History(path: newer.path)
        }
        let none = try Place()
        #expect(throws: HistoryError.missing(path: none.path)) {
            try History(path: none.path, isReadOnly: true)
        }
        #expect(!FileManager.default.fileExists(atPath: none.path))
        #expect(throws: HistoryError.self) { try History(path: none.folder.path) }
    }

    @Test func aMomentIsWrittenAsItsDate() {
        #expect(utcText(0) == "1970-01-01 00:00")
        #expect(utcText(951_782_399_999) == "2000-02-28 23:59")
        #expect(utcText(951_782_400_000) == "2000-02-29 00:00")
        #expect(utcText(1_795_835_700_000) == "2026-11-28 03:15")
        #expect(utcText(-1) == "1969-12-31 23:59")
    }
}
