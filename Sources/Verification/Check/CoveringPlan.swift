import Hashing

/// Which dimensions are perturbed in which run, so that few runs meet every pair of them.
///
/// A covering array of strength 2 over two values: in `n` rows a column for each subset of n/2 rows that does not have the first row, which
/// gives C(n-1, n/2) columns, and for any two of them rows with every combination of perturbed and pinned. No smaller one exists.
/// Sources: G. Katona, Two applications of Sperner type theorems, 1973; D. Kleitman, J. Spencer, Families of k-independent sets, 1973.
package struct CoveringPlan: Sendable {
    /// For each run and dimension whether it is perturbed. In the first run none is.
    package let rows: [[Bool]]

    /// The most runs for any number of dimensions up to ``maximumDimensions``.
    package static let maximumRuns = 14
    package static let maximumDimensions = 1716

    /// - Parameter dimensions: how many, at most ``maximumDimensions``.
    package init(dimensions: Int) {
        precondition(dimensions <= CoveringPlan.maximumDimensions, "too many dimensions")
        guard dimensions > 1 else {
            rows = dimensions == 0 ? [[]] : [[false], [true]]
            return
        }
        var count = 4
        while CoveringPlan.choose(count - 1, (count + 1) / 2) < dimensions { count += 1 }
        let size = (count + 1) / 2
        // Subsets of the rows but the first, of that size, in lexicographic order.
        var subset = Array(1...size)
        var rows = Array(repeating: Array(repeating: false, count: dimensions), count: count)
        for column in 0..<dimensions {
            for row in subset { rows[row][column] = true }
            guard let place = subset.indices.last(where: { subset[$0] < count - size + $0 }) else { break }
            subset[place] += 1
            for later in subset.indices where later > place { subset[later] = subset[later - 1] + 1 }
        }
        self.rows = rows
    }

    private static func choose(_ n: Int, _ k: Int) -> Int {
        (0..<k).reduce(1) { $0 * (n - $1) / ($1 + 1) }
    }
}

/// One run of a check: what is perturbed, each with its seed.
package struct PlannedRun: Hashable, Sendable {
    // Order: looked up by name; whoever lists them sorts.
    package var perturbations: [String: UInt64]
    /// Casts everything anew, though it has been cast before.
    package var recasts = false

    package init(_ perturbations: [String: UInt64] = [:], recasts: Bool = false) {
        self.perturbations = perturbations
        self.recasts = recasts
    }

    package var isPinned: Bool { perturbations.isEmpty }
}

extension Effort {
    /// The runs for some dimensions, the pinned one first.
    ///
    /// The second perturbs everything, and casts everything anew. Quick then perturbs one half and the other; standard meets all pairs;
    /// full goes on until there are ``fullRuns``. `seed` is that of the check.
    package func runs(_ dimensions: [String], seed: UInt64) -> [PlannedRun] {
        var mixer = SeededRandom(seed: seed)
        func perturbing(_ chosen: [Bool], _ mixer: inout SeededRandom) -> PlannedRun {
            var run = PlannedRun()
            for (name, isPerturbed) in zip(dimensions, chosen) where isPerturbed {
                run.perturbations[name] = mixer.small()
            }
            return run
        }
        var all = perturbing(dimensions.map { _ in true }, &mixer)
        all.recasts = true
        var runs = [PlannedRun(), all]
        switch self {
        case .quick:
            let half = dimensions.map { _ in mixer.next() % 2 == 0 }
            runs += [perturbing(half, &mixer), perturbing(half.map { !$0 }, &mixer)]
        case .standard:
            for row in CoveringPlan(dimensions: dimensions.count).rows.dropFirst() {
                runs.append(perturbing(row, &mixer))
            }
        case .full:
            // Pinned once more, in another process: it must come out the same.
            runs.insert(PlannedRun(), at: 1)
            while runs.count < Effort.fullRuns {
                // The columns change places, so that triples are met as well, sooner or later.
                let plan = CoveringPlan(dimensions: dimensions.count)
                let places = mixer.shuffled(Array(dimensions.indices))
                for row in plan.rows.dropFirst() where runs.count < Effort.fullRuns {
                    runs.append(perturbing(places.map { row[$0] }, &mixer))
                }
                if dimensions.isEmpty { runs.append(PlannedRun()) }
            }
        }
        return runs
    }

    /// The runs of a full check.
    package static let fullRuns = 204
}

extension SeededRandom {
    /// 1...9999: a seed that a person can type.
    mutating func small() -> UInt64 { 1 + next() % 9999 }

    /// By Fisher and Yates, and not by the standard library: a seed has to mean the same with every toolchain.
    mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var elements = elements
        for last in elements.indices.dropFirst().reversed() {
            elements.swapAt(last, Int(next() % UInt64(last + 1)))
        }
        return elements
    }
}
