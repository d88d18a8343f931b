/// The smallest subset that still fails: no element can be left out of it.
///
/// Delta debugging (A. Zeller, R. Hildebrandt, Simplifying and isolating failure-inducing input, 2002). `fails` is asked for no set twice,
/// and never for the whole, which is known to fail. O(n^2) questions at worst, O(log n) for a single guilty element.
///
/// - Parameters:
///   - elements: the whole; it fails.
///   - fails: whether a subset does, in the order of the whole.
/// - Returns: the subset, in the order of the whole; none where nothing is needed.
package func minimalSubset<Element: Hashable>(
    of elements: [Element], fails: ([Element]) throws -> Bool
) rethrows -> [Element] {
    // Order: looked up, never walked.
    var known: [[Element]: Bool] = [:]
    func doesFail(_ subset: [Element]) throws -> Bool {
        if let answer = known[subset] { return answer }
        let answer = try fails(subset)
        known[subset] = answer
        return answer
    }
    var left = elements
    // Nothing may be needed at all.
    if !left.isEmpty, try doesFail([]) { return [] }
    var parts = 2
    while left.count >= 2 {
        let size = (left.count + parts - 1) / parts
        let pieces = stride(from: 0, to: left.count, by: size).map {
            Array(left[$0..<min($0 + size, left.count)])
        }
        if let piece = try pieces.first(where: { try doesFail($0) }) {
            left = piece
            parts = 2
            continue
        }
        let rests = pieces.count > 2 ? pieces.map { piece in left.filter { !piece.contains($0) } } : []
        if let rest = try rests.first(where: { try doesFail($0) }) {
            left = rest
            parts = max(parts - 1, 2)
            continue
        }
        guard parts < left.count else { break }
        parts = min(2 * parts, left.count)
    }
    return left
}
