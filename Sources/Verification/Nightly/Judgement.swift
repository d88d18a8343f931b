/// One question of a night, and what came of it.
package struct Judgement: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A trace against its golden.
        case verify
        /// A trace under perturbations, and by laws.
        case check
        /// A block of generated traces.
        case generated
        /// A fault that somebody planted: found, or not.
        case canary
    }

    package enum Outcome: String, Sendable, CaseIterable {
        case passed
        /// It was judged, and it is not as it should be.
        case failed
        /// It could not be judged.
        case error
        /// There was nothing to judge.
        case notApplicable = "not applicable"
        /// The night did not come to it.
        case notRun = "not run"

        /// Whether somebody has to look at it.
        package var isRed: Bool { self == .failed || self == .error }
    }

    /// Where two runs first differ.
    package struct Place: Sendable, Equatable {
        package var frame: Int
        package var stage: String?
        package var levels: [Int] = []

        package init(frame: Int, stage: String?, levels: [Int] = []) {
            self.frame = frame
            self.stage = stage
            self.levels = levels
        }

        /// "frame 34, stage select, levels 0 1".
        package var text: String {
            let names = levels.map(String.init).joined(separator: " ")
            return "frame \(frame), stage \(stage ?? "undetermined")"
                + (levels.isEmpty ? "" : ", level\(levels.count == 1 ? "" : "s") \(names)")
        }
    }

    package var kind: Kind
    /// "model", or the name of a subject.
    package var subject: String
    /// The trace's path, the canary's name, or the seeds.
    package var name: String
    package var outcome: Outcome
    /// In one sentence, what is wrong or why there is nothing.
    package var reason = ""
    package var place: Place?
    /// Perturbations with which it differs, ascending by name.
    package var guilty: [Perturbation] = []
    /// The broken law.
    package var law: String?
    /// The golden is not there, or belongs to something else.
    package var lacksGolden = false
    /// The subject did not answer, or could not be started.
    package var isUnavailable = false
    package var frames = 0
    /// Runs that were made, and how many of them were not as the first.
    package var runs = 0
    package var differing = 0
    /// Generated traces.
    package var traces = 0
    /// Of a generated trace.
    package var seed: UInt64?
    package var seconds = 0.0
    /// What to type to see it, in the folder of the night's command.
    package var command: String
    /// Rows of the program's own report.
    package var details: [(name: String, value: String)] = []
    /// The folder of its incident, by that of the report; nil: it has none.
    package var incident: String?
    /// How small its trace became: frames before and after.
    package var minimized: (from: Int, to: Int)?
    /// The commit that has brought it, in one sentence, where that was looked for.
    package var culprit: String?
    /// The first field that differs, with both values, where that could be had.
    package var value: String?
    /// What the nights before have seen of it.
    package var standing: Standing?

    package struct Perturbation: Sendable, Equatable {
        package var dimension: String
        package var seed: UInt64

        package init(dimension: String, seed: UInt64) {
            self.dimension = dimension
            self.seed = seed
        }
    }

    package init(kind: Kind, subject: String, name: String, outcome: Outcome, command: String) {
        self.kind = kind
        self.subject = subject
        self.name = name
        self.outcome = outcome
        self.command = command
    }
}

/// What the nights before have seen of one question.
package struct Standing: Sendable, Equatable {
    /// A night in which something was so.
    package struct Sight: Sendable, Equatable {
        package var night: Int64
        /// In milliseconds since 1970.
        package var started: Int64
        /// Of the repository; empty where it is not known.
        package var revision: String
        package var isDirty: Bool

        package init(night: Int64, started: Int64, revision: String, isDirty: Bool) {
            self.night = night
            self.started = started
            self.revision = revision
            self.isDirty = isDirty
        }
    }

    package var kind: Judgement.Kind
    package var subject: String
    package var name: String
    /// The last night in which it passed.
    package var lastGreen: Sight?
    /// The first night after that in which it was red.
    package var redSince: Sight?
    /// The last night that judged it, and what came of it.
    package var last: Sight?
    package var outcome = Judgement.Outcome.notRun
    /// Nights in which it was judged, and those in which it was red.
    package var nights = 0
    package var redNights = 0
    /// Runs that were made in all of them, and how many of them were not as their first.
    package var runs = 0
    package var differing = 0
    /// Revisions without changes of their own at which it has both passed and failed.
    package var flakyRevisions: [String] = []
    package var meanSeconds = 0.0

    /// It has passed and failed with the same program.
    package var isFlaky: Bool { !flakyRevisions.isEmpty }
}
