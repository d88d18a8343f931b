import Hashing
import Testing
import Topology
import Voxels

@testable import Streaming

/// One level with probes in states as they fall, and its camera anywhere near its anchor.
private struct SelectionCase {
    var level: ProbeLevel
    var order: SelectionOrder
    /// All candidates by the definition of the key.
    var expected: [Slot]
    var freshCount: Int

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let n = Int32(random.pick([8, 9, 10, 11]))
        let anchor = Cell(Int32(random.integer(-30...30)), Int32(random.integer(-30...30)), 7)
        func near(_ k: Int32, _ random: inout SeededRandom) -> Int32 { k + Int32(random.integer(-2...2)) }
        let camera = Cell(near(anchor.x, &random), near(anchor.y, &random), near(anchor.z, &random))
        let lattice = Lattice(baseSpacing: 1, levels: 1, resolution: n)
        level = ProbeLevel(level: 0, lattice: lattice, snap: Snap(cameraCell: camera, anchor: anchor))
        order = SelectionOrder(resolution: n)
        let share = random.pick([1, 2, 5, 40])
        var keyed: [(kind: Int, distance: Int, local: Int, slot: Slot)] = []
        for cell in SelectionCase.cells(of: level.window) {
            let slot = level.window.slot(of: cell)
            _ = level.replace(slot, leaving: nil, entering: cell)
            let kind = random.oneIn(share) ? random.integer(0...1) : 2
            level.update(slot, cell: cell) { $0.lifecycle = [.dirty, .stale, .valid][kind] }
            guard kind < 2 else { continue }
            let d = (Int(cell.x - camera.x), Int(cell.y - camera.y), Int(cell.z - camera.z))
            keyed.append(
                (kind, d.0 * d.0 + d.1 * d.1 + d.2 * d.2, level.window.localIndex(of: cell), slot))
        }
        keyed.sort { ($0.kind, $0.distance, $0.local) < ($1.kind, $1.distance, $1.local) }
        expected = keyed.map(\.slot)
        freshCount = keyed.count { $0.kind == 0 }
    }

    static func cells(of window: Window) -> [Cell] {
        var cells: [Cell] = []
        window.box.forEach { cells.append($0) }
        return cells
    }
}

@Suite struct SelectionTests {
    @Test(arguments: 0..<UInt64(48))
    func scanningAndSortingGiveTheListOfTheKey(seed: UInt64) {
        var subject = SelectionCase(seed: seed)
        var visit = VisitOrder()
        let fresh = Array(subject.expected.prefix(subject.freshCount))
        let stale = Array(subject.expected.dropFirst(subject.freshCount))
        for limit in [1, 2, 7, 100, 5000] {
            for (set, list) in [(subject.level.fresh, fresh), (subject.level.stale, stale)]
            where !list.isEmpty {
                // In whichever order the members are visited.
                for visits in [0, seed + 1] {
                    var visit = VisitOrder(seed: visits)
                    #expect(
                        subject.level.sortMembers(set, limit, &visit) == Array(list.prefix(limit)),
                        "seed \(seed)")
                }
                #expect(
                    subject.level.scanOffsets(set, limit, subject.order) == Array(list.prefix(limit)),
                    "seed \(seed)")
            }
        }
        // A prefix for every smaller limit, and all of them in the end.
        for limit in [0, 1, 3, subject.freshCount, subject.freshCount + 1, 10000] {
            let found = subject.level.nearestCandidates(limit: limit, order: subject.order, &visit)
            #expect(found == Array(subject.expected.prefix(limit)), "seed \(seed), limit \(limit)")
            // The bounds that a selection leaves hold once its cells are taken out; here they stay.
            subject.level.fresh.nearestDistance = 0
            subject.level.stale.nearestDistance = 0
        }
    }

    /// Frame after frame some are taken and some come back, near and far: none is left behind.
    @Test(arguments: 0..<UInt64(24))
    func noCandidateIsLeftBehind(seed: UInt64) {
        var subject = SelectionCase(seed: seed)
        var visit = VisitOrder(seed: seed)
        var random = SeededRandom(seed: ~seed)
        var cells: [Slot: Cell] = [:]
        for cell in SelectionCase.cells(of: subject.level.window) {
            cells[subject.level.window.slot(of: cell)] = cell
        }
        func take(_ slots: [Slot]) {
            for slot in slots {
                guard let cell = cells[slot] else { continue }
                subject.level.update(slot, cell: cell) { $0.lifecycle = .valid }
            }
        }
        for round in 0..<12 {
            let camera = subject.level.snap.cameraCell
            let window = subject.level.window
            func key(_ slot: Slot) -> (Int, Int64, Int) {
                let cell = window.cell(at: slot)
                let kind = subject.level.probes[slot.index].lifecycle == .dirty ? 0 : 1
                let (x, y, z) = (
                    Int64(cell.x - camera.x), Int64(cell.y - camera.y), Int64(cell.z - camera.z)
                )
                return (kind, x * x + y * y + z * z, window.localIndex(of: cell))
            }
            let all = subject.level.probes.indices.map { Slot($0) }
                .filter { [.dirty, .stale].contains(subject.level.probes[$0.index].lifecycle) }
                .sorted { key($0) < key($1) }
            #expect(subject.level.candidateCount == all.count)
            let limit = random.integer(0...60)
            let found = subject.level.nearestCandidates(limit: limit, order: subject.order, &visit)
            #expect(found == Array(all.prefix(limit)), "seed \(seed), round \(round)")
            take(found)
            for _ in 0..<random.integer(0...30) {
                let cell = random.pick(SelectionCase.cells(of: window))
                let lifecycle: Lifecycle = random.oneIn(2) ? .dirty : .stale
                subject.level.update(window.slot(of: cell), cell: cell) { $0.lifecycle = lifecycle }
            }
            if random.oneIn(3) { subject.level.snap.cameraCell.x = subject.level.snap.anchor.x - 1 }
        }
        take(subject.level.nearestCandidates(limit: 100_000, order: subject.order, &visit))
        #expect(subject.level.candidateCount == 0)
        #expect(subject.level.nearestCandidates(limit: 100_000, order: subject.order, &visit) == [])
    }

    /// The anchor may be held so far back that the table of offsets does not reach.
    @Test func aCameraFarFromTheAnchorSelectsByTheSameKey() {
        let lattice = Lattice(baseSpacing: 1, levels: 1, resolution: 8)
        let camera = Cell(40, -3, 0)
        var level = ProbeLevel(
            level: 0, lattice: lattice, snap: Snap(cameraCell: camera, anchor: Cell(0, 0, 0)))
        for cell in SelectionCase.cells(of: level.window) {
            _ = level.replace(level.window.slot(of: cell), leaving: nil, entering: cell)
        }
        let order = SelectionOrder(resolution: 8)
        var visit = VisitOrder()
        let found = level.nearestCandidates(limit: 1000, order: order, &visit)
        let window = level.window
        #expect(found.count == window.count)
        #expect(found == level.sortMembers(level.fresh, 1000, &visit))
        #expect(found.first.map { window.cell(at: $0) } == Cell(3, -3, 0))
    }

    @Test func aSetOfSlotsKeepsItsMembersThroughAnyRemoval() {
        var random = SeededRandom(seed: 11)
        var set = SlotSet(slotCount: 50)
        var expected: Set<Int32> = []
        for _ in 0..<2000 {
            let slot = random.integer(0...49)
            if random.oneIn(2) {
                set.insert(slot, squaredDistance: 1)
                expected.insert(Int32(slot))
            } else {
                set.remove(slot)
                expected.remove(Int32(slot))
            }
            #expect(Set(set.members) == expected && set.count == expected.count)
            #expect(set.contains(slot) == expected.contains(Int32(slot)))
        }
    }

    /// Each shorter budget of a level gives a prefix of what the longer one selects.
    @Test func aSmallerBudgetSelectsAPrefix() throws {
        func selected(_ budget: Int32) throws -> [String] {
            var fixture = StreamingSystem()
            var configuration = Configuration.classic
            configuration.resolution = 9
            configuration.levels = 1
            configuration.budgets = Budgets(perLevel: [budget], total: 500, uploadBytes: 1 << 20)
            var input = Fixture.input(0)
            input.events = [.sessionStart(configuration)]
            _ = try fixture.step(input, casts: ScriptedCasts(CastOutcomes(source: .invented)))
            return fixture.flightBatches.flatMap(\.flights).map { "\($0.cell)" }
        }
        // At the far end of the budget all flights are in the order of selection.
        let longest = try selected(400)
        for budget: Int32 in [0, 1, 2, 30, 399] {
            let shorter = try selected(budget)
            #expect(shorter == Array(longest.prefix(shorter.count)))
        }
    }
}
