import HeapModule

/// Who was used least recently: by the clock, of several by key. Never by the order of a hash table, never by the wall clock.
///
/// Every use is noted; a note is good while the thing's clock is still that of the note, so that nothing has to be searched for and thrown
/// out. Complexity: O(log(notes)) a note; there are at most twice as many notes as things, and a few.
struct UseOrder<Key: Comparable & Sendable>: Sendable {
    private struct Use: Comparable, Sendable {
        var clock: Int64
        var key: Key

        static func < (a: Use, b: Use) -> Bool {
            a.clock != b.clock ? a.clock < b.clock : a.key < b.key
        }
    }

    private var uses = Heap<Use>()

    mutating func note(_ key: Key, clock: Int64) { uses.insert(Use(clock: clock, key: key)) }

    /// Takes out the note of the least recently used thing.
    ///
    /// - Parameter isCurrent: whether the thing is there, and was last used then.
    /// - Returns: the thing; nil where there is none.
    mutating func removeOldest(_ isCurrent: (Key, Int64) -> Bool) -> Key? {
        while let use = uses.popMin() {
            if isCurrent(use.key, use.clock) { return use.key }
        }
        return nil
    }

    /// Throws out the notes that no longer hold, once they are more than the things twice over.
    mutating func compact(count: Int, _ isCurrent: (Key, Int64) -> Bool) {
        guard uses.count > 2 * count + 64 else { return }
        uses = Heap(uses.unordered.filter { isCurrent($0.key, $0.clock) })
    }
}
