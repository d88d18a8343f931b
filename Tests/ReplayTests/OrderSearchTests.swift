import Replay
import Testing
import Verification

/// The search between two orders, on made-up verdicts: small domains are tried out in full.
@Suite struct OrderSearchTests {
    private typealias Search = OrderSearch<Int, Character>
    private typealias Entry = OrderEntry<Int, Character>

    /// Digits are points, letters tokens.
    private static func order(_ text: String) -> [Entry] {
        text.map { letter in letter.wholeNumberValue.map { .point($0) } ?? .token(letter) }
    }

    /// All orders of some letters.
    private static func permutations(_ letters: String) -> [String] {
        guard let first = letters.first else { return [""] }
        return permutations(String(letters.dropFirst())).flatMap { rest in
            (0...rest.count).map { place in
                String(rest.prefix(place)) + String(first) + String(rest.dropFirst(place))
            }
        }
    }

    /// Whether `b` stands before `a`.
    private static func isTransposed(_ order: [Entry], _ a: Entry, _ b: Entry) -> Bool {
        guard let left = order.firstIndex(of: a), let right = order.firstIndex(of: b) else { return false }
        return right < left
    }

    private func search(
        _ good: String, _ bad: String, limit: Int = 10_000, _ fails: @escaping ([Entry]) -> Bool
    ) throws -> Search.Answer {
        var search = Search(limit: limit) { order in .init(fails: fails(order), done: order) }
        return try search.search(good: Self.order(good), bad: Self.order(bad))
    }

    @Test func aPlantedPairIsFoundInEveryOrder() throws {
        for letters in ["ab", "abc", "abcd", "abcde", "abcdef"] {
            let all = Array(letters)
            for bad in Self.permutations(letters) {
                // Of six letters one pair is planted, of fewer every one.
                for (left, right) in all.indices.flatMap({ l in all.indices.map { (l, $0) } })
                where left < right && (letters.count < 6 || (left, right) == (1, 4)) {
                    let (a, b) = (Entry.token(all[left]), Entry.token(all[right]))
                    let fails = { (order: [Entry]) in Self.isTransposed(order, a, b) }
                    guard fails(Self.order(bad)) else { continue }
                    let answer = try search(letters, bad, fails)
                    let pair = try #require(answer.pair)
                    #expect(pair.first == a && pair.second == b, "\(letters) to \(bad)")
                    #expect(answer.changes.count == 1 && answer.isMinimal, "\(letters) to \(bad)")
                }
            }
        }
    }

    @Test func twoPairsThatAreNeededTogetherAreBothFound() throws {
        for bad in Self.permutations("abcdef").enumerated().filter({ $0.offset % 3 == 0 }).map(\.element) {
            let fails = { (order: [Entry]) in
                Self.isTransposed(order, .token("a"), .token("c"))
                    && Self.isTransposed(order, .token("b"), .token("f"))
            }
            guard fails(Self.order(bad)) else { continue }
            let answer = try search("abcdef", bad, fails)
            let wanted: [[Entry]] = [[.token("a"), .token("c")], [.token("b"), .token("f")]]
            let pair = try #require(answer.pair)
            #expect(wanted.contains([pair.first, pair.second]), "\(bad)")
            // None of them can be left out; that is not the fewest in every order.
            #expect(answer.changes.count <= 4 && answer.isMinimal, "\(bad)")
            #expect(!fails(pair.holding) && fails(pair.failing), "\(bad)")
            #expect(answer.pairs.count == answer.changes.count, "\(bad)")
        }
    }

    /// Whatever the verdict is, the answer is two orders of which one fails, and which differ in one transposition.
    @Test func anAnswerFlipsTheVerdictOfAnyJudge() throws {
        var random = SeededGenerator(seed: 5)
        let all = Self.permutations("abcde").map { Self.order($0) }
        for round in 0..<300 {
            var failing = Set(all.filter { _ in Bool.random(using: &random) })
            failing.remove(Self.order("abcde"))
            guard let bad = all.filter(failing.contains).randomElement(using: &random) else { continue }
            var search = Search(limit: 10_000) { .init(fails: failing.contains($0), done: $0) }
            let answer = try search.search(good: Self.order("abcde"), bad: bad)
            let pair = try #require(answer.pair, "round \(round)")
            #expect(!failing.contains(pair.holding) && failing.contains(pair.failing), "round \(round)")
        }
    }

    @Test func aTokenThatPassesAPointIsAPairWithIt() throws {
        let answer = try search("0abc1def2", "0bc1deaf2") { order in
            Self.isTransposed(order, .token("a"), .point(1))
        }
        let pair = try #require(answer.pair)
        #expect(pair.first == .token("a") && pair.second == .point(1) && answer.changes == ["a"])
    }

    @Test func whatOneOrderHasNotStandsBehindItsEnd() throws {
        // "x" is in the bad order only, and matters before 2.
        let answer = try search("0ab1cd29", "0ab1cxd29") { order in
            Self.isTransposed(order, .point(2), .token("x"))
        }
        let pair = try #require(answer.pair)
        #expect(pair.first == .point(2) && pair.second == .token("x") && answer.changes == ["x"])
    }

    /// A judge that puts off what cannot be done yet: the answer is in terms of what was done.
    @Test func whatWasDoneIsSearchedAndNotWhatWasAskedFor() throws {
        func done(_ order: [Entry]) -> [Entry] {
            // "b" waits for "a".
            guard Self.isTransposed(order, .token("a"), .token("b")) else { return order }
            return order.filter { $0 != .token("b") }.flatMap {
                $0 == .token("a") ? [$0, .token("b")] : [$0]
            }
        }
        var search = Search(limit: 1_000) { order in
            let done = done(order)
            return .init(fails: Self.isTransposed(done, .token("b"), .token("d")), done: done)
        }
        let answer = try search.search(good: Self.order("abcd"), bad: Self.order("cdab"))
        let pair = try #require(answer.pair)
        #expect(pair.first == .token("b") && pair.second == .token("d"))
        #expect(answer.changes.count == 1)
    }

    @Test func ordersThatDoNotFlipAreRefused() throws {
        #expect(try search("ab", "ba") { _ in false }.reason == .badHolds)
        #expect(try search("ab", "ba") { _ in true }.reason == .goodFails)
    }

    @Test func atTheLimitTheSmallestSoFarIsTheAnswer() throws {
        let letters = "abcdefghijklmnopqrstuvwxyz"
        let bad = String(letters.reversed())
        let fails = { (order: [Entry]) in
            ["ab", "cd", "ef"].allSatisfy { pair in
                Self.isTransposed(order, .token(pair.first ?? "?"), .token(pair.last ?? "?"))
            }
        }
        let none = try search(letters, bad, limit: 1, fails)
        #expect(none.reason == .limit && none.pair == nil && none.trials == 1)
        // No room to make it smaller, and enough for the path.
        let some = try search(letters, bad, limit: 26, fails)
        #expect(some.pair != nil && !some.isMinimal && some.trials <= 26)
        if let pair = some.pair { #expect(!fails(pair.holding) && fails(pair.failing)) }
        let all = try search(letters, bad, fails)
        #expect(all.isMinimal && all.pair != nil && all.reason == nil)
    }

    @Test func itStopsWhenItIsAsked() throws {
        var trials = 0
        var search = Search(limit: 1_000) { order in
            trials += 1
            return .init(fails: Self.isTransposed(order, .token("a"), .token("f")), done: order)
        }
        search.isStopped = { trials >= 5 }
        let answer = try search.search(good: Self.order("abcdef"), bad: Self.order("fedcba"))
        #expect(answer.reason == .stopped && answer.pair == nil && answer.trials == 5)
        // The smallest so far, of five.
        #expect(answer.changes.count < 5 && Self.isTransposed(answer.failing, .token("a"), .token("f")))
    }
}
