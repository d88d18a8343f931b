import Hashing
import Replay
import Streaming
import Topology

/// A smaller budget selects the beginning of what a larger one selects.
///
/// At a sample of frames that select anything the same state is stepped with smaller budgets: of one level, or of all levels together, or of bytes. Level by level, in order, one
/// of the two lists must be the beginning of the other; at the level whose budget is smaller, and at finer ones, that is the new one. What is cast does not
/// matter, and is not.
package struct Prefix: Law {
    package let name = "prefix"
    package let rules: [Rule] = [.selection]
    package let claim = "with a smaller budget a level selects the beginning of the longer list"

    package init() {}

    package func judge(_ given: LawCase) throws -> LawOutcome {
        if let reason = given.unfit(variants: true) { return .notApplicable(reason) }
        return try given.judging {
            var random = given.random(5)
            let places = Set(
                random.sample(
                    given.pick(quick: 12, standard: 80, full: given.frames.count),
                    of: given.sampleFrames.count))
            var run = LawRun(given.options)
            var cases = 0
            var isDue = true
            for (place, input) in given.sampleFrames.enumerated() {
                isDue = isDue || places.contains(place)
                let before = isDue ? run.state : nil
                let (_, selected) = try run.step(input, lookingAfter: .select) {
                    $0.selected(in: input.frame)
                }
                guard let before, !selected.isEmpty, let budgets = run.state.system.configuration?.budgets
                else {
                    continue
                }
                isDue = false
                var options = given.options
                options.castService = { DrawnCasts(seed: 0) }
                for _ in 0..<given.pick(quick: 1, standard: 2, full: 4) {
                    var changed = input
                    let level = changed.shrink(budgets, selected, &random)
                    var other = LawRun(before, options, last: nil)
                    let (_, found) = try other.step(changed, lookingAfter: .select) {
                        $0.selected(in: input.frame)
                    }
                    cases += 1
                    if let breach = breach(input.frame, selected, found, level: level) {
                        return .broken(breach)
                    }
                }
            }
            guard cases > 0 else {
                return .notApplicable("in none of the frames looked at was anything selected")
            }
            return .holds(cases: cases)
        }
    }

    private func breach(
        _ frame: Int32, _ selected: [SelectedProbe], _ found: [SelectedProbe], level shrunk: Int
    ) -> Breach? {
        for level in 0...(selected.map(\.level).max() ?? 0) {
            let longer = selected.filter { $0.level == level }
            let shorter = found.filter { $0.level == level }
            if let place = zip(longer, shorter).enumerated().first(where: { $0.element.0 != $0.element.1 })?
                .offset
            {
                return Breach(
                    frame: frame, stage: .select, level: level, cell: shorter[place].cell,
                    what: "selected[\(place)].cell of the level: expected \(longer[place].cell), "
                        + "found \(shorter[place].cell), with \(shorter.count) probes selected there instead of \(longer.count)"
                )
            }
            if level <= shrunk, shorter.count > longer.count {
                return Breach(
                    frame: frame, stage: .select, level: level,
                    what:
                        "selected: expected at most \(longer.count) probes with a smaller budget, found \(shorter.count)"
                )
            }
        }
        return nil
    }
}

extension FrameInput {
    /// Makes one of the budgets smaller than what the frame has selected with it.
    ///
    /// - Returns: the level up to which no list can become longer.
    fileprivate mutating func shrink(
        _ budgets: Budgets, _ selected: [SelectedProbe], _ random: inout SeededRandom
    ) -> Int {
        var smaller = budgets
        defer { self.budgets = smaller }
        let levels = Set(selected.map(\.level)).sorted()
        let level = levels[Int.random(in: 0..<levels.count, using: &random)]
        let count = Int32(selected.count { $0.level == level })
        if Int.random(in: 0..<3, using: &random) > 0 {
            smaller.perLevel[level] = Int32.random(in: 0..<count, using: &random)
            return level
        }
        smaller.total = Int32.random(in: 0..<Int32(selected.count), using: &random)
        return 7
    }
}
