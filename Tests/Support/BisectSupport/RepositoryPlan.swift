/// SplitMix64, so that a repository can be made again from the printed seed.
package struct PlanRandom: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func isTrue(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &self) < probability
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }
}

/// A history with one culprit, drawn from a seed: side branches that are merged late, nested or forked before the good end; stretches that do
/// not build; stretches that the test cannot judge; files that are renamed.
package struct RepositoryPlan: Sendable {
    /// What a history is drawn from.
    package struct Shape: Sendable {
        /// Commits of the range: all that the bad end has and the good end has not. At least 2.
        package var commits: Int
        /// The rate at which the test fails where the fault is, 0...1.
        package var rate: Double
        /// The rate at which the test fails where the fault is not, 0...1.
        package var goodRate = 0.0
        /// The probability that a commit breaks the build for the commits behind it.
        package var breaks = 0.012
        /// The probability that a commit begins a stretch that the test cannot judge.
        package var foreign = 0.004
        /// Whether there are side branches.
        package var branches = true

        package init(commits: Int, rate: Double) {
            self.commits = commits
            self.rate = rate
        }
    }

    /// One file: who wrote it last, and what it is called by now.
    struct File: Equatable, Sendable {
        var writer: Int
        var name: String
    }

    package struct Commit: Sendable {
        /// Indices of earlier commits; more than one of a merge.
        package var parents: [Int]
        package var builds: Bool { brokenLeft == 0 }
        /// Whether the test can judge it, once it is built.
        package var isReadable: Bool { foreignLeft == 0 }
        package var isJudgeable: Bool { builds && isReadable }
        /// Commits behind it on its branch that do not build either, and that cannot be judged either.
        var brokenLeft = 0
        var foreignLeft = 0
        package var isFaulty = false
        var files: [File]
    }

    package let seed: UInt64
    package let shape: Shape
    /// Parents before children.
    package private(set) var commits: [Commit] = []
    /// The commit that is called good; the last one is the bad end.
    package let good = 4
    package private(set) var culprit = 0

    package var bad: Int { commits.count - 1 }
    /// The commits of the range.
    package var range: Range<Int> { good + 1..<commits.count }

    /// For each commit itself and its ancestors, a bit each.
    private var ancestors: [[UInt64]] = []
    /// Of the range, those in `data`; the rule itself is there too.
    static let folders = ["data", "data", "data", "data", "src", "src", "src", "src", "src", "docs", "docs"]

    package init(seed: UInt64, shape: Shape) {
        self.seed = seed
        self.shape = shape
        var random = PlanRandom(seed: seed)
        for index in 0...good {
            add(parents: index == 0 ? [] : [index - 1], isQuiet: true, &random)
        }
        growRange(&random)
        culprit = Int.random(in: range, using: &random)
        for index in culprit..<commits.count {
            commits[index].isFaulty = isAncestor(culprit, of: index)
        }
    }

    /// Whether `ancestor` is `commit` or before it.
    package func isAncestor(_ ancestor: Int, of commit: Int) -> Bool {
        ancestors[commit][ancestor >> 6] >> UInt64(ancestor & 63) & 1 == 1
    }

    /// The commits that no test of any commit can tell from the culprit, and itself. More than one: the best answer is that it is one of them.
    package var lookalikes: [Int] {
        let judged = range.filter { commits[$0].isJudgeable }
        return range.filter { other in
            judged.allSatisfy { isAncestor(other, of: $0) == isAncestor(culprit, of: $0) }
        }
    }

    // MARK: Growth

    private struct Side {
        var head: Int
        /// The side that it is merged into while that is open; nil: the main line.
        var into: Int?
        var left: Int
        /// Commits elsewhere that it still waits for, once it is done.
        var wait: Int
    }

    private mutating func growRange(_ random: inout PlanRandom) {
        let end = good + 1 + shape.commits
        var head = good
        var sides: [Int: Side] = [:]
        var nextSide = 0
        while commits.count < end {
            let left = end - commits.count
            // Order: sorted.
            let open = sides.keys.sorted()
            for key in open where sides[key]?.left == 0 { sides[key]?.wait -= 1 }
            let ready = open.filter { key in
                sides[key].map { $0.left == 0 && $0.wait <= 0 } ?? false
                    && !sides.values.contains { $0.into == key && $0.left > 0 }
            }
            // The last commits are the merges of what is still open.
            if left <= open.count, let key = open.last, let side = sides.removeValue(forKey: key) {
                head = add(parents: [head, side.head], isQuiet: left == 1, &random)
                continue
            }
            let dice = Double.random(in: 0..<1, using: &random)
            if shape.branches, dice < 0.10, left > open.count + 1 {
                let length = Int.random(in: 1...min(30, max(1, shape.commits / 6)), using: &random)
                let wait = random.isTrue(0.3) ? Int.random(in: 20...200, using: &random) : 0
                var from = random.isTrue(0.1) ? Int.random(in: 0...good, using: &random) : head
                var into: Int?
                if !open.isEmpty, random.isTrue(0.35) {
                    let outer = random.pick(open)
                    from = sides[outer]?.head ?? head
                    into = outer
                }
                let first = add(parents: [from], isQuiet: false, &random)
                sides[nextSide] = Side(head: first, into: into, left: length - 1, wait: wait)
                nextSide += 1
            } else if !ready.isEmpty, dice < 0.25 {
                let key = random.pick(ready)
                guard let side = sides.removeValue(forKey: key) else { continue }
                if let outer = side.into, let target = sides[outer] {
                    sides[outer]?.head = add(parents: [target.head, side.head], isQuiet: false, &random)
                } else if let second = ready.first(where: { $0 != key && sides[$0]?.into == nil }),
                    random.isTrue(0.1), let other = sides.removeValue(forKey: second)
                {
                    head = add(parents: [head, side.head, other.head], isQuiet: false, &random)
                } else {
                    head = add(parents: [head, side.head], isQuiet: false, &random)
                }
            } else if dice < 0.60, let key = open.filter({ (sides[$0]?.left ?? 0) > 0 }).last,
                let side = sides[key]
            {
                if random.isTrue(0.04), !isAncestor(head, of: side.head), !isAncestor(side.head, of: head) {
                    // The main line is merged into the side.
                    sides[key]?.head = add(parents: [side.head, head], isQuiet: false, &random)
                } else {
                    sides[key]?.head = add(parents: [side.head], isQuiet: false, &random)
                    sides[key]?.left -= 1
                }
            } else {
                head = add(parents: [head], isQuiet: left == 1, &random)
            }
        }
    }

    /// Appends a commit; a quiet one builds and can be judged.
    @discardableResult
    private mutating func add(parents: [Int], isQuiet: Bool, _ random: inout PlanRandom) -> Int {
        let index = commits.count
        var commit: Commit
        if let first = parents.first {
            commit = Commit(parents: parents, files: commits[first].files)
            for other in parents.dropFirst() {
                for (slot, file) in commits[other].files.enumerated()
                where file.writer > commit.files[slot].writer {
                    commit.files[slot] = file
                }
            }
            commit.brokenLeft = max(0, commits[first].brokenLeft - 1)
            commit.foreignLeft = max(0, commits[first].foreignLeft - 1)
            let longest = max(1, min(12, shape.commits / 12))
            if commits[first].brokenLeft == 0, random.isTrue(shape.breaks) {
                commit.brokenLeft = Int.random(in: 1...longest, using: &random)
            }
            if commits[first].foreignLeft == 0, random.isTrue(shape.foreign) {
                commit.foreignLeft = Int.random(in: 1...longest * 3, using: &random)
            }
            if parents.count == 1 {
                let slot = Int.random(in: 0..<Self.folders.count, using: &random)
                commit.files[slot].writer = index
                if random.isTrue(0.1) {
                    commit.files[slot].name = "\(Self.folders[slot])/file-\(slot)-\(index)"
                }
            }
        } else {
            commit = Commit(
                parents: [],
                files: Self.folders.enumerated().map { File(writer: 0, name: "\($1)/file-\($0)") })
        }
        if isQuiet {
            commit.brokenLeft = 0
            commit.foreignLeft = 0
        }
        var row = [UInt64](repeating: 0, count: (good + 1 + shape.commits) / 64 + 1)
        for parent in parents { for word in row.indices { row[word] |= ancestors[parent][word] } }
        row[index >> 6] |= 1 << UInt64(index & 63)
        ancestors.append(row)
        commits.append(commit)
        return index
    }
}
