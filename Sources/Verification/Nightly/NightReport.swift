import Hashing

/// What a night has asked, what came of it, and what it did not come to. Written anew after every verdict, so that whatever ends a night leaves one
/// that tells the truth.
package struct NightReport: Sendable {
    package enum State: Sendable, Equatable {
        /// It has not ended; or it was killed.
        case running
        case ended
        /// By a signal of this name.
        case interrupted(String)
    }

    package var state = State.running
    /// In milliseconds since 1970.
    package var started: Int64
    package var seconds = 0.0
    /// Of the repository; empty where it is not known.
    package var revision: String
    package var isDirty: Bool
    package var host: String
    package var process: Int32
    package var seed: UInt64
    package var effort: String
    /// The number of the night in the history; nil where there is none.
    package var night: Int64?
    /// Everything that was to be asked, in that order, with what came of it.
    package private(set) var judgements: [Judgement] = []
    /// What else has to be said.
    package private(set) var notes: [String] = []
    /// What did not come to be: a bundle, a history.
    package var isIncomplete = false
    /// The folder of the report, as it is typed.
    package var folder: String

    package init(
        started: Int64, revision: String, isDirty: Bool, host: String, process: Int32, seed: UInt64,
        effort: String, folder: String
    ) {
        self.started = started
        self.revision = revision
        self.isDirty = isDirty
        self.host = host
        self.process = process
        self.seed = seed
        self.effort = effort
        self.folder = folder
    }

    /// Something that is to be asked.
    ///
    /// - Returns: its place.
    @discardableResult
    package mutating func plan(_ judgement: Judgement) -> Int {
        judgements.append(judgement)
        return judgements.count - 1
    }

    /// What came of what was planned at a place.
    package mutating func set(_ judgement: Judgement, at place: Int) { judgements[place] = judgement }

    package mutating func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }

    package func count(_ outcome: Judgement.Outcome) -> Int { judgements.count { $0.outcome == outcome } }

    /// Those that somebody has to look at: what failed before what could not be judged, otherwise in the order of the night.
    package var red: [Judgement] {
        judgements.filter { $0.outcome == .failed } + judgements.filter { $0.outcome == .error }
    }

    /// Whether everything that was planned has been judged, and nothing is red.
    package var isGreen: Bool {
        state == .ended && red.isEmpty && count(.notRun) == 0 && count(.passed) > 0 && !isIncomplete
    }

    /// One line.
    package var headline: String {
        let all = judgements.count
        let judged = all - count(.notRun)
        let verdicts = "\(all) verdict\(all == 1 ? "" : "s")"
        let colour = red.isEmpty ? nil : "red: \(red.count) of \(verdicts)"
        switch state {
        case .ended where isGreen: return "Nightly is green: \(verdicts)"
        case .ended:
            return colour.map { "Nightly is " + $0 }
                ?? (count(.notRun) > 0
                    ? "Nightly is incomplete: \(judged) of \(verdicts)"
                    : "Nightly is incomplete: \(verdicts), and not all that belongs to them")
        case .running: return "Nightly has NOT ENDED: \(judged) of \(verdicts) so far" + redSoFar
        case .interrupted(let signal):
            return "Nightly was INTERRUPTED (\(signal)): \(judged) of \(verdicts)" + redSoFar
        }
    }

    private var redSoFar: String { red.isEmpty ? "" : ", \(red.count) of them red" }

    /// Whose revision, when.
    package var circumstances: String {
        let revision = self.revision.isEmpty ? "revision unknown" : "revision \(self.revision.prefix(12))"
        return "\(utcText(started)) UTC, \(revision)\(isDirty ? " with changes of its own" : ""), "
            + "\(effort) checks, seed \(seed), \(durationText(seconds))"
    }

    // MARK: JSON

    package var json: String {
        let state: String =
            switch self.state {
            case .running: "running"
            case .ended: "ended"
            case .interrupted: "interrupted"
            }
        var members: [(String, JSON)] = [
            ("format", .integer(1)), ("state", .string(state)), ("green", .boolean(isGreen)),
            ("headline", .string(headline)), ("started", .integer(Int(started))),
            ("seconds", .hundredths(seconds)), ("revision", .string(revision)),
            ("dirty", .boolean(isDirty)),
            ("host", .string(host)), ("process", .integer(Int(process))), ("seed", .string("\(seed)")),
            ("effort", .string(effort)), ("night", night.map { .integer(Int($0)) } ?? .null),
        ]
        if case .interrupted(let signal) = self.state { members.append(("signal", .string(signal))) }
        members.append(
            (
                "counts",
                .object(
                    [("planned", .integer(judgements.count))]
                        + Judgement.Outcome.allCases.map { ($0.rawValue, .integer(count($0))) })
            ))
        members.append(("notes", .array(notes.map { .string($0) })))
        members.append(("verdicts", .array(judgements.map(json))))
        return JSON.object(members).text
    }

    private func json(_ judgement: Judgement) -> JSON {
        var members: [(String, JSON)] = [
            ("kind", .string(judgement.kind.rawValue)), ("subject", .string(judgement.subject)),
            ("name", .string(judgement.name)), ("outcome", .string(judgement.outcome.rawValue)),
            ("reason", .string(judgement.reason)), ("frames", .integer(judgement.frames)),
            ("runs", .integer(judgement.runs)), ("differing", .integer(judgement.differing)),
            ("traces", .integer(judgement.traces)), ("seconds", .hundredths(judgement.seconds)),
            ("command", .string(judgement.command)),
        ]
        if let place = judgement.place { members.append(("first", place.json)) }
        if !judgement.guilty.isEmpty {
            members.append(("guilty", .array(judgement.guilty.map(\.json))))
        }
        if let law = judgement.law { members.append(("law", .string(law))) }
        if let value = judgement.value { members.append(("value", .string(value))) }
        if let incident = judgement.incident { members.append(("incident", .string(incident))) }
        if let culprit = judgement.culprit { members.append(("culprit", .string(culprit))) }
        if let (from, to) = judgement.minimized {
            members.append(("minimized", .object([("from", .integer(from)), ("to", .integer(to))])))
        }
        if let standing = judgement.standing {
            members.append(("lastGreen", standing.lastGreen.map(\.json) ?? .null))
            members.append(("redSince", standing.redSince.map(\.json) ?? .null))
        }
        if !judgement.details.isEmpty { members.append(("details", .rows(judgement.details))) }
        return .object(members)
    }
}

extension Judgement.Place {
    package var json: JSON {
        .object([
            ("frame", .integer(frame)), ("stage", stage.map { .string($0) } ?? .null),
            ("levels", .array(levels.map { .integer($0) })),
        ])
    }
}

extension Judgement.Perturbation {
    package var json: JSON { .object([("dimension", .string(dimension)), ("seed", .string("\(seed)"))]) }
}

extension Standing.Sight {
    package var json: JSON {
        .object([
            ("night", .integer(Int(night))), ("started", .integer(Int(started))),
            ("revision", .string(revision)), ("dirty", .boolean(isDirty)),
        ])
    }

    /// "2026-11-27 03:15 at 9f8e7d6c5b4a".
    package var text: String {
        utcText(started) + (revision.isEmpty ? "" : " at \(revision.prefix(12))") + (isDirty ? "+" : "")
    }
}

/// Seconds as people say them: 41 s, 3 min, 2 h 5 min.
package func durationText(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole < 90 { return "\(whole) s" }
    let minutes = (whole + 30) / 60
    return minutes < 90 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
}
