import Replay

/// An order cut at its points: what stands before the first, and behind each.
struct OrderSlots<Point: Hashable & Comparable & Sendable, Token: Hashable & Sendable> {
    typealias Entry = OrderEntry<Point, Token>

    /// Ascending.
    let points: [Point]
    /// One more than there are points.
    private(set) var slots: [[Token]]

    /// - Parameters:
    ///   - entries: an order, with its points ascending.
    ///   - points: at least those of the order, ascending; one that the order has not stands right before the next one that it has.
    init(_ entries: [Entry], points: [Point]) {
        self.points = points
        slots = Array(repeating: [], count: points.count + 1)
        var slot = 0
        for entry in entries {
            switch entry {
            case .point(let point):
                while slot < points.count, points[slot] <= point { slot += 1 }
            case .token(let token): slots[slot].append(token)
            }
        }
    }

    var entries: [Entry] {
        var entries: [Entry] = []
        for (index, tokens) in slots.enumerated() {
            if index > 0 { entries.append(.point(points[index - 1])) }
            entries += tokens.map { .token($0) }
        }
        return entries
    }

    var tokens: [Token] { slots.flatMap { $0 } }

    /// Puts a token behind all others.
    mutating func append(_ token: Token) { slots[slots.count - 1].append(token) }

    mutating func remove(_ tokens: Set<Token>) {
        for index in slots.indices { slots[index].removeAll { tokens.contains($0) } }
    }

    /// Puts a token where another order has it: behind the nearest of those before it there that stands in the same slot here.
    mutating func insert(_ token: Token, asIn other: OrderSlots, slot: Int, place: Int) {
        for before in other.slots[slot][..<place].reversed() {
            if let index = slots[slot].firstIndex(of: before) {
                slots[slot].insert(token, at: index + 1)
                return
            }
        }
        slots[slot].insert(token, at: 0)
    }
}

/// Two orders of the same tokens.
struct OrderPair<Point: Hashable & Comparable & Sendable, Token: Hashable & Sendable> {
    typealias Entry = OrderEntry<Point, Token>

    let good: OrderSlots<Point, Token>
    let bad: OrderSlots<Point, Token>

    /// What stands in one order only stands at the end of the other: there it is never come to.
    init(good: [Entry], bad: [Entry]) {
        let points = Set(good.compactMap(\.point)).union(bad.compactMap(\.point)).sorted()
        var (left, right) = (OrderSlots(good, points: points), OrderSlots(bad, points: points))
        let (inGood, inBad) = (left.tokens, right.tokens)
        let (knownInGood, knownInBad) = (Set(inGood), Set(inBad))
        for token in inBad where !knownInGood.contains(token) { left.append(token) }
        for token in inGood where !knownInBad.contains(token) { right.append(token) }
        (self.good, self.bad) = (left, right)
    }

    /// The fewest tokens that have to be moved to make the bad order of the good one, in the bad order. O(n log n).
    var changes: [Token] {
        // Order: looked up, never walked.
        var places: [Token: (slot: Int, place: Int)] = [:]
        for (slot, tokens) in good.slots.enumerated() {
            for (place, token) in tokens.enumerated() { places[token] = (slot, place) }
        }
        var moved: [Token] = []
        for (slot, tokens) in bad.slots.enumerated() {
            let common = tokens.filter { places[$0]?.slot == slot }
            let kept = Set(longestAscending(common) { places[$0]?.place ?? 0 })
            moved += tokens.filter { !kept.contains($0) }
        }
        return moved
    }

    /// The good order with some of the changes made.
    func order(with changes: [Token]) -> [Entry] {
        let moved = Set(changes)
        var order = good
        order.remove(moved)
        for (slot, tokens) in bad.slots.enumerated() {
            for (place, token) in tokens.enumerated() where moved.contains(token) {
                order.insert(token, asIn: bad, slot: slot, place: place)
            }
        }
        return order.entries
    }

    /// The good order, with what only the bad one has at its end.
    var start: [Entry] { good.entries }

    /// Transpositions of neighbours, each by the place of the first, that make the bad order of the good one: no pair is transposed that stands alike
    /// in both, so that what has to stand in one order does so all the way. As many as there are inversions; O(n + inversions).
    var transpositions: [Int] {
        // Order: looked up, never walked.
        var ranks: [Entry: Int] = [:]
        for (rank, entry) in bad.entries.enumerated() { ranks[entry] = rank }
        var row = good.entries.map { ranks[$0] ?? 0 }
        var swaps: [Int] = []
        for end in row.indices {
            var place = end
            while place > 0, row[place - 1] > row[place] {
                row.swapAt(place - 1, place)
                place -= 1
                swaps.append(place)
            }
        }
        return swaps
    }
}

/// A longest subsequence with ascending keys; no key stands twice. Patience sorting (C. Schensted, 1961), O(n log n).
func longestAscending<Element>(_ elements: [Element], by key: (Element) -> Int) -> [Element] {
    let keys = elements.map(key)
    /// Places of the smallest last elements of subsequences of each length.
    var ends: [Int] = []
    var before = [Int](repeating: -1, count: keys.count)
    for place in keys.indices {
        var range = ends.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                keys[ends[middle]] < keys[place]
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        if range.lowerBound > 0 { before[place] = ends[range.lowerBound - 1] }
        if range.lowerBound == ends.count {
            ends.append(place)
        } else {
            ends[range.lowerBound] = place
        }
    }
    var place = ends.last ?? -1
    var longest: [Element] = []
    while place >= 0 {
        longest.append(elements[place])
        place = before[place]
    }
    return longest.reversed()
}
