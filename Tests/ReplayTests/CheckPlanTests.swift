import Foundation
import Hashing
import Replay
import Testing
import Verification

@Suite("The plan of a check")
struct CheckPlanTests {
    @Test("every pair of dimensions is met in every combination, in few runs")
    func covers() {
        for count in 2...64 {
            let rows = CoveringPlan(dimensions: count).rows
            #expect(rows.count <= CoveringPlan.maximumRuns && rows.count <= 40)
            #expect(rows[0].allSatisfy { !$0 })
            for first in 0..<count {
                for second in (first + 1)..<count {
                    let met = Set(rows.map { [$0[first], $0[second]] })
                    #expect(met.count == 4, "\(count) dimensions, \(first) and \(second): \(met)")
                }
            }
        }
        #expect(CoveringPlan(dimensions: 1).rows == [[false], [true]])
        #expect(CoveringPlan(dimensions: 0).rows == [[]])
        #expect(CoveringPlan(dimensions: 20).rows.count == 8)
        #expect(CoveringPlan(dimensions: 1716).rows.count == CoveringPlan.maximumRuns)
    }

    @Test(
        "each effort begins with a pinned run, then perturbs everything and casts anew once; the same seed gives the same plan"
    )
    func efforts() {
        let names = (0..<20).map { "d\($0)" }
        for (effort, least, most) in [
            (Effort.quick, 4, 4), (.standard, 9, 40), (.full, 200, 210),
        ] {
            let runs = effort.runs(names, seed: 7)
            #expect((least...most).contains(runs.count), "\(effort): \(runs.count)")
            #expect(runs[0].isPinned && !runs[0].recasts)
            #expect(runs.count { $0.recasts } == 1)
            let all = runs.first { $0.recasts }
            #expect(all?.perturbations.keys.sorted() == names.sorted())
            for name in names { #expect(runs.count { $0.perturbations[name] != nil } >= 2, "\(name)") }
            #expect(runs == effort.runs(names, seed: 7))
            #expect(runs != effort.runs(names, seed: 8))
            #expect(runs.allSatisfy { $0.perturbations.values.allSatisfy { $0 > 0 } })
        }
    }

    @Test("the smallest subset that fails is found, whatever the fault needs")
    func minimal() {
        let elements = Array(0..<9)
        // Every fault that needs one, two or three of nine elements at once.
        for mask in 1..<(1 << 9) where mask.nonzeroBitCount <= 3 {
            let needed = elements.filter { mask >> $0 & 1 == 1 }
            var asked: [[Int]] = []
            let found = minimalSubset(of: elements) { subset in
                asked.append(subset)
                return needed.allSatisfy(subset.contains)
            }
            #expect(found == needed)
            #expect(Set(asked).count == asked.count, "no set is asked for twice")
        }
        // One of two is enough.
        let found = minimalSubset(of: elements) { $0.contains(3) || $0.contains(7) }
        #expect(found == [3])
        // Nothing is needed.
        #expect(minimalSubset(of: elements) { _ in true }.isEmpty)
        // A fault that one dimension causes and another hides.
        #expect(minimalSubset(of: elements) { $0.contains(2) && !$0.contains(5) } == [2])
    }

    @Test("a single guilty element of twenty is found in few runs")
    func few() {
        for guilty in 0..<20 {
            var runs = 0
            let found = minimalSubset(of: Array(0..<20)) { subset in
                runs += 1
                return subset.contains(guilty)
            }
            #expect(found == [guilty])
            #expect(runs <= 12, "\(guilty): \(runs)")
        }
    }

    @Test("the bound on the rate of a flake is the exact one")
    func flakes() {
        var verdict = CheckVerdict(path: "a.mcap", frames: 1, outcome: .holds)
        #expect(verdict.flakeRateBound == 1)
        for (runs, bound) in [(1, 0.95), (4, 0.5271), (59, 0.0496), (299, 0.00997)] {
            verdict.runs = runs
            // So many runs at this rate all agree 5 times of 100.
            #expect(abs(pow(1 - verdict.flakeRateBound, Double(runs)) - 0.05) < 1e-9)
            #expect(abs(verdict.flakeRateBound - bound) < 1e-4, "\(runs): \(verdict.flakeRateBound)")
        }
    }
}
