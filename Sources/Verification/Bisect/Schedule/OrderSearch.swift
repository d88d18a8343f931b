package import Replay

/// Searches between two orders of events, of which one holds and the other fails, for the smallest change that flips the verdict.
///
/// Delta debugging (A. Zeller, R. Hildebrandt, Simplifying and isolating failure-inducing input, 2002) finds few tokens whose moves make the good order
/// fail. Between all of these moves but one, and all, the orders that arise by transposing neighbours one after the other are a path, of which one end
/// holds and the other fails. A binary search on it ends with two orders that differ in one transposition, as Hermit's analyzer
/// (github.com/facebookexperimental/hermit) bisects between two schedules. No order fails or holds monotonely; the search needs only that its two ends
/// differ.
package struct OrderSearch<Point: Hashable & Comparable & Sendable, Token: Hashable & Sendable> {
    package typealias Entry = OrderEntry<Point, Token>

    /// What came of an order.
    package struct Trial {
        /// It fails, in the way that is searched for; an order that fails in another way, or that cannot be judged, does not.
        package var fails: Bool
        /// The order in which all was really done: what an entry had to wait for stands before it.
        package var done: [Entry]

        package init(fails: Bool, done: [Entry]) {
            self.fails = fails
            self.done = done
        }
    }

    /// Two orders that differ in one transposition.
    package struct Pair {
        /// It holds; the same with the entries at `place` and behind it transposed fails.
        package var holding: [Entry]
        package var place: Int

        package var failing: [Entry] {
            var order = holding
            order.swapAt(place, place + 1)
            return order
        }
        package var first: Entry { holding[place] }
        package var second: Entry { holding[place + 1] }
    }

    /// As far as a search has come.
    package struct Answer {
        /// Tokens whose moves make the good order fail.
        package var changes: [Token]
        /// Each of them is needed.
        package var isMinimal: Bool
        /// The good order with these moves.
        package var failing: [Entry]
        /// For each change the transposition at which it begins to matter, the other changes being made; none where the changes are not known to be
        /// needed or the limit was reached, but for the last.
        package var pairs: [Token: Pair]
        /// Of one of the changes.
        package var pair: Pair?
        package var trials: Int
        /// Why there is no pair; nil where there is one.
        package var reason: Reason?
    }

    package enum Reason: Hashable, Sendable {
        /// The limit of trials was reached.
        case limit
        /// It was asked to stop.
        case stopped
        /// The good order fails in the same way.
        case goodFails
        /// The bad order does not fail.
        case badHolds
    }

    private struct Enough: Error { var reason: Reason }

    /// Orders that are tried at most.
    package var limit: Int
    package var isStopped: () -> Bool = { false }
    package var progress: (_ trials: Int, _ changes: Int) -> Void = { _, _ in }
    private let judge: ([Entry]) throws -> Trial
    // Order: looked up, never walked.
    private var known: [[Entry]: Trial] = [:]
    private var trials = 0

    /// - Parameters:
    ///   - limit: of orders that are tried.
    ///   - judge: tries an order; every list of entries is one.
    package init(limit: Int, judge: @escaping ([Entry]) throws -> Trial) {
        self.limit = limit
        self.judge = judge
    }

    private mutating func attempt(_ order: [Entry], _ changes: Int) throws -> Trial {
        if let trial = known[order] { return trial }
        if isStopped() { throw Enough(reason: .stopped) }
        guard trials < limit else { throw Enough(reason: .limit) }
        trials += 1
        let trial = try judge(order)
        known[order] = trial
        progress(trials, changes)
        return trial
    }

    /// Makes the search. O(log n) trials where one change is enough, O(n^2) at worst.
    ///
    /// - Parameters:
    ///   - good: an order that holds.
    ///   - bad: one that fails.
    /// - Returns: what was found, as far as the limit let it come.
    /// - Throws: what `judge` throws.
    package mutating func search(good: [Entry], bad: [Entry]) throws -> Answer {
        (known, trials) = ([:], 0)
        let orders = OrderPair(good: good, bad: bad)
        var answer = Answer(
            changes: orders.changes, isMinimal: false, failing: bad, pairs: [:], pair: nil, trials: 0,
            reason: nil)
        do {
            if try attempt(good, 0).fails { throw Enough(reason: .goodFails) }
            if try !attempt(bad, answer.changes.count).fails { throw Enough(reason: .badHolds) }
            try reduce(orders, &answer)
            answer.pair = try pair(orders, answer, of: answer.changes.last)
            try pairs(orders, &answer)
            do { try simplify(orders, &answer) } catch is Enough {
                // What there is stays.
            }
        } catch let enough as Enough {
            answer.reason = enough.reason
        }
        answer.trials = trials
        return answer
    }

    /// Few changes.
    private mutating func reduce(_ orders: OrderPair<Point, Token>, _ answer: inout Answer) throws {
        // What is left of the trials is enough for the path.
        let whole = limit
        limit = max(1, whole - OrderSearch.trialsOnPath)
        defer { limit = whole }
        var best = answer
        do {
            let changes = try minimalSubset(of: answer.changes) { subset in
                let order = orders.order(with: subset)
                let fails = try attempt(order, best.changes.count).fails
                if fails, subset.count < best.changes.count { (best.changes, best.failing) = (subset, order) }
                return fails
            }
            best.changes = changes
            best.failing = orders.order(with: changes)
            best.isMinimal = true
        } catch let enough as Enough where enough.reason == .limit {
            // The path begins at the good order then.
        } catch {
            // Who stops it gets the smallest so far.
            answer = best
            throw error
        }
        answer = best
    }

    /// The moves of the bad order may be more than it takes: whether it is enough that of each pair that was found one event passes the other, and
    /// nothing else is changed. As long as that is less, the search is made again with it as the bad order.
    private mutating func simplify(_ orders: OrderPair<Point, Token>, _ answer: inout Answer) throws {
        guard answer.changes.count > 1, answer.isMinimal, answer.pair != nil else { return }
        let pairs = answer.changes.compactMap { answer.pairs[$0] } + [answer.pair].compactMap { $0 }
        var order = orders.start
        for pair in pairs {
            let isToken = pair.first.token != nil
            let (entry, other) = isToken ? (pair.first, pair.second) : (pair.second, pair.first)
            guard let from = order.firstIndex(of: entry), let to = order.firstIndex(of: other),
                isToken == (from < to)
            else { continue }
            order.remove(at: from)
            order.insert(entry, at: to)
        }
        let smaller = OrderPair(good: orders.start, bad: order)
        guard smaller.changes.count < answer.changes.count, try attempt(order, smaller.changes.count).fails
        else { return }
        var next = Answer(
            changes: smaller.changes, isMinimal: false, failing: order, pairs: [:], pair: nil, trials: 0,
            reason: nil)
        try reduce(smaller, &next)
        next.pair = try pair(smaller, next, of: next.changes.last)
        try self.pairs(smaller, &next)
        answer = next
        try simplify(orders, &answer)
    }

    /// The two events of each change.
    private mutating func pairs(_ orders: OrderPair<Point, Token>, _ answer: inout Answer) throws {
        guard answer.isMinimal, answer.changes.count <= OrderSearch.mostPairs, let last = answer.changes.last
        else { return }
        answer.pairs[last] = answer.pair
        do {
            for token in answer.changes.dropLast() {
                answer.pairs[token] = try pair(orders, answer, of: token)
            }
            // Two steps of threads say more than a step and a point that it passes; of several the first is nearest to the cause.
            let found = answer.changes.compactMap { answer.pairs[$0] }
            answer.pair = found.first { $0.first.point == nil && $0.second.point == nil } ?? found.first
        } catch is Enough {
            // The two events are there; those of the other changes are not all known.
        }
    }

    /// Of more changes than these, the last one only is looked at.
    private static var mostPairs: Int { 8 }

    /// A path of a million orders needs 20, and its ends.
    private static var trialsOnPath: Int { 24 }

    private mutating func pair(
        _ orders: OrderPair<Point, Token>, _ answer: Answer, of token: Token?
    ) throws -> Pair {
        let from =
            answer.isMinimal ? orders.order(with: answer.changes.filter { $0 != token }) : orders.start
        return try pair(from: from, to: answer.failing, answer.changes.count)
    }

    /// Two neighbours on the path from an order that holds to one that fails.
    private mutating func pair(from: [Entry], to failing: [Entry], _ count: Int) throws -> Pair {
        // Ends at what was really done, where nothing waits: so nothing does in between. Should one of these not do the same, the orders as they were
        // made are ends as well.
        let given = OrderPair(good: from, bad: failing)
        let done = OrderPair(
            good: try attempt(from, count).done, bad: try attempt(failing, count).done)
        let startFails = try attempt(done.start, count).fails
        let endFails = try attempt(done.bad.entries, count).fails
        let ends = !startFails && endFails ? done : given
        let swaps = ends.transpositions
        func order(_ number: Int) -> [Entry] {
            var order = ends.start
            for place in swaps[..<number] { order.swapAt(place, place + 1) }
            return order
        }
        var (holds, fails) = (0, swaps.count)
        while fails - holds > 1 {
            let middle = holds + (fails - holds) / 2
            if try attempt(order(middle), count).fails { fails = middle } else { holds = middle }
        }
        return Pair(holding: order(holds), place: swaps[holds])
    }
}
