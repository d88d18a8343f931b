import Foundation
import Hashing
import Replay
package import Streaming

/// What a check of one trace has come to.
package struct CheckVerdict: Sendable {
    package enum Outcome: Sendable {
        /// Nothing that may not show has shown.
        case holds
        /// A perturbation shows.
        case diverged(Guilt)
        /// A law is broken; every run agreed.
        case broken
        /// Runs differed, and what did it could not be had: it did not happen again.
        case undecided(Guilt)
        /// The trace cannot be run, for this reason, which is no fault.
        case notApplicable(String)
    }

    /// What is perturbed where the run differs, and how it does.
    package struct Guilt: Sendable {
        /// The fewest perturbations with which it does; none: it differs from itself with everything pinned.
        // Order: sorted where it is shown.
        package var perturbations: [String: UInt64]
        package var frame: Int32
        /// The name of the first stage that differs; nil where only levels do, or the run broke off.
        package var stage: String?
        package var levels: [Int]
        package var expected: String
        package var found: String
        /// Frames that differ, of how many.
        package var differing: Int
        package var frames: Int
    }

    package var path: String
    package var frames: Int
    package var outcome: Outcome
    /// Runs that were made, and how many different ones came out.
    package var runs = 0
    package var distinct = 0
    /// Runs that differed from the pinned one.
    package var differing = 0
    /// Dimensions that were pinned and perturbed.
    package var dimensions: [String] = []
    package var laws: [(name: String, rules: [Rule], outcome: LawOutcome)] = []
    /// What was left out, and why.
    package var notApplicable: [(name: String, reason: String)] = []
    /// The rule that was asked for; nil: all.
    package var rule: Rule?
    package var seconds = 0.0

    package init(path: String, frames: Int, outcome: Outcome) {
        self.path = path
        self.frames = frames
        self.outcome = outcome
    }

    /// Of a fault that shows in one run of so many at random, more than this share would have shown in at least one of the runs, 95 times of 100
    /// (Clopper and Pearson, for no success in n trials).
    package var flakeRateBound: Double { runs == 0 ? 1 : 1 - pow(0.05, 1 / Double(runs)) }

    package enum RuleState: Hashable, Sendable {
        case holds
        case broken
        /// Nothing that was done is evidence for it or against it.
        case notJudged
        /// The runs parted elsewhere, so that nothing is known of it behind that frame.
        case unknownFrom(frame: Int32)
    }

    /// What is known of a rule.
    package func state(of rule: Rule) -> RuleState {
        for law in laws where law.rules.contains(rule) {
            if case .broken = law.outcome { return .broken }
        }
        switch outcome {
        case .diverged(let guilt), .undecided(let guilt):
            let rules = guilt.stage.flatMap(Rule.rules(ofStage:)) ?? []
            return rules.contains(rule) ? .broken : .unknownFrom(frame: guilt.frame)
        case .notApplicable: return .notJudged
        case .holds, .broken:
            let isJudged =
                runs > 1
                || laws.contains {
                    if case .holds = $0.outcome { return $0.rules.contains(rule) }
                    return false
                }
            return isJudged ? .holds : .notJudged
        }
    }

    /// Whether the rules that were asked for hold.
    package var passes: Bool {
        switch outcome {
        case .notApplicable: return true
        case .holds, .broken, .diverged, .undecided:
            return (rule.map { [$0] } ?? Rule.allCases).allSatisfy {
                let state = state(of: $0)
                return state == .holds || state == .notJudged
            }
                && (rule != nil || isClean)
        }
    }

    /// In words, what does not hold.
    package var reason: String {
        switch outcome {
        case .diverged(let guilt), .undecided(let guilt):
            let names = guilt.perturbations.keys.sorted().joined(separator: " and ")
            return "it is not deterministic: "
                + (names.isEmpty ? "it differs from itself" : "it differs under \(names)")
                + ", first at frame \(guilt.frame), stage \(guilt.stage ?? "undetermined")"
        case .holds, .broken, .notApplicable:
            for law in laws {
                guard case .broken(let breach) = law.outcome else { continue }
                return "the law \(law.name) is broken, at frame \(breach.frame)"
                    + (breach.stage.map { ", stage \($0.name)" } ?? "") + ": \(breach.what)"
            }
            return "it holds"
        }
    }

    private var isClean: Bool {
        guard case .holds = outcome else { return false }
        return true
    }
}

extension Rule {
    /// The rules that a stage of the model is evidence for: the one that is broken where that stage is the first to differ. Nil for a stage
    /// that the model has not.
    package static func rules(ofStage name: String) -> [Rule]? {
        Stage.allCases.first { $0.name == name }.map(rules(of:))
    }

    package static func rules(of stage: Stage) -> [Rule] {
        switch stage {
        // What comes from outside is the same, so that whoever differs here has broken whatever comes of it.
        case .input: Rule.allCases
        case .snap: [.snap]
        case .shift, .recycle, .dirty, .store: [.invalidation]
        case .select, .cast, .commit: [.selection]
        }
    }
}

extension CheckVerdict.Guilt {
    /// Where a run is not the pinned one; nil where it is.
    init?(
        _ expected: CheckRun, _ found: CheckRun, _ description: SubjectDescription,
        perturbations: [String: UInt64]
    ) {
        guard expected != found else { return nil }
        let (left, right) = (expected.frames, found.frames)
        let places = 0..<max(left.count, right.count)
        let differing = places.filter { $0 >= left.count || $0 >= right.count || left[$0] != right[$0] }
        self.perturbations = perturbations
        frames = places.count
        self.differing = differing.count
        guard let place = differing.first, place < left.count, place < right.count else {
            let place = min(left.count, right.count)
            let first = left.first?.frame ?? right.first?.frame ?? 0
            frame = first + Int32(place)
            stage = nil
            levels = []
            self.expected = place < left.count ? "a frame" : CheckVerdict.Guilt.text(of: expected)
            self.found = CheckVerdict.Guilt.text(of: found)
            return
        }
        let (a, b) = (left[place], right[place])
        frame = a.frame
        let stagePlace = a.stages.indices.first { $0 >= b.stages.count || a.stages[$0] != b.stages[$0] }
        stage = stagePlace.map { description.stages[$0].name }
        levels = (0..<max(a.levels.count, b.levels.count)).filter {
            $0 >= a.levels.count || $0 >= b.levels.count || a.levels[$0] != b.levels[$0]
        }
        self.expected = stagePlace.map { a.stages[$0].description } ?? a.digest.description
        self.found = stagePlace.map { b.stages[$0].description } ?? b.digest.description
    }

    private static func text(of run: CheckRun) -> String {
        switch run {
        case .frames: "the end of the run"
        case .failed(_, let reason): reason
        }
    }
}

/// Perturbations as they are typed: `restore=12,workers=3`.
package func perturbationText(_ perturbations: [String: UInt64]) -> String {
    perturbations.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
}
