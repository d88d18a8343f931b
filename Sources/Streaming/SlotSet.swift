/// A set of slots of one level with O(1) insertion, removal and membership.
///
/// Order: its members stand in an order that depends on history. It is never seen: whoever takes the
/// members out sorts them by a key that has no ties.
struct SlotSet: Sendable {
    private(set) var members: [Int32] = []
    /// For each slot its index in `members`, or -1.
    private var places: [Int32]
    /// No member is nearer to the camera's cell than this squared distance. A bound, not the truth: it
    /// says where a search from the nearest offset outwards may begin.
    var nearestDistance: Int64 = 0

    /// - Parameter slotCount: how many slots the level has.
    init(slotCount: Int) { places = Array(repeating: -1, count: slotCount) }

    var count: Int { members.count }

    @inline(__always)
    func contains(_ slot: Int) -> Bool { places[slot] >= 0 }

    mutating func insert(_ slot: Int, squaredDistance: Int64) {
        nearestDistance = min(nearestDistance, squaredDistance)
        guard places[slot] < 0 else { return }
        places[slot] = Int32(members.count)
        members.append(Int32(slot))
    }

    mutating func remove(_ slot: Int) {
        let place = Int(places[slot])
        guard place >= 0 else { return }
        places[slot] = -1
        let last = members.removeLast()
        guard Int(last) != slot else { return }
        members[place] = last
        places[Int(last)] = Int32(place)
    }
}
