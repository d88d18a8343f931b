/// Finds the valid word that somebody may have meant.
enum Spelling {
    /// The candidate with the fewest letters to insert, delete, replace or swap, if they are at most a
    /// third of the word (and one in a short word); ties go to the earlier candidate. O(candidates * length²).
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let letters = Array(word.lowercased().utf8.prefix(maximumLength))
        var best: (distance: Int, word: String)?
        for candidate in candidates {
            let distance = distance(letters, Array(candidate.utf8.prefix(maximumLength)))
            let allowed = max(1, max(letters.count, candidate.utf8.count) / 3)
            if distance <= allowed, distance < best?.distance ?? .max {
                best = (distance, candidate)
            }
        }
        return best?.word
    }

    /// Longer words are compared by their beginning.
    private static let maximumLength = 64

    /// Insertions, deletions, replacements and swaps of neighbours ("optimal string alignment").
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, rows[i - 1][j - 1] + 1)
                }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
