/// The commits of a bisection and which of them has which others in its past.
///
/// A commit is known by its place: parents have smaller places than their children. Parents that are not candidates are left out.
package struct CommitGraph: Sendable {
    package let parents: [[Int]]
    /// Of a merge: what it has in its past that its first parent does not have, itself left out.
    private let joined: [[Int]]

    /// - Parameter parents: for each commit the places of its parents, each smaller than its own.
    /// Complexity: O(commits), and for each merge what its first parent has in its past.
    package init(parents: [[Int]]) {
        for (place, own) in parents.enumerated() {
            precondition(own.allSatisfy { (0..<place).contains($0) }, "parents come before their children")
        }
        self.parents = parents
        joined = parents.map { own in
            guard own.count > 1, let first = own.first else { return [] }
            var isKnown = CommitGraph.past(of: first, parents)
            var found: [Int] = []
            for parent in own.dropFirst() { CommitGraph.walk(from: parent, parents, &isKnown, &found) }
            return found.sorted()
        }
    }

    package var count: Int { parents.count }

    /// Which commits are in a commit's past, itself among them.
    package func past(of place: Int) -> [Bool] { CommitGraph.past(of: place, parents) }

    /// For each commit the sum of a value over its past, itself among it.
    ///
    /// - Parameter values: one for each commit.
    /// - Returns: the sums, by place.
    /// Complexity: O(commits), and what merges have joined.
    package func sumsOverPast(_ values: [Double]) -> [Double] {
        var sums: [Double] = []
        sums.reserveCapacity(count)
        for place in 0..<count {
            var sum = values[place]
            if let first = parents[place].first { sum += sums[first] }
            for other in joined[place] { sum += values[other] }
            sums.append(sum)
        }
        return sums
    }

    private static func past(of place: Int, _ parents: [[Int]]) -> [Bool] {
        var isKnown = [Bool](repeating: false, count: parents.count)
        var found: [Int] = []
        walk(from: place, parents, &isKnown, &found)
        return isKnown
    }

    private static func walk(
        from place: Int, _ parents: [[Int]], _ isKnown: inout [Bool], _ found: inout [Int]
    ) {
        var waiting = [place]
        while let next = waiting.popLast() {
            guard !isKnown[next] else { continue }
            isKnown[next] = true
            found.append(next)
            waiting += parents[next]
        }
    }
}
