import PlantedFaults
import Topology

extension ProbeLevel {
    /// The first `limit` probes in the order of the selection key: Dirty and Uninitialized before Stale,
    /// then squared distance to the camera's cell, then local linear index. The key has no ties.
    ///
    /// With a smaller limit the result is a prefix of the longer one. Complexity: O(found + looked at);
    /// with few candidates they are sorted, with many the nearest offsets are tried in order, whichever
    /// looks at less. Both give the same list. The caller takes all of them out of the sets.
    mutating func nearestCandidates(
        limit: Int, order: SelectionOrder, _ visitOrder: inout VisitOrder
    ) -> [Slot] {
        let first = nearest(in: fresh, limit: limit, order: order, &visitOrder)
        let second = nearest(in: stale, limit: limit - first.count, order: order, &visitOrder)
        // What is left in a set is no nearer than the farthest that was taken out of it.
        if let last = first.last { fresh.nearestDistance = squaredDistance(window.cell(at: last)) }
        if let last = second.last { stale.nearestDistance = squaredDistance(window.cell(at: last)) }
        return first + second
    }

    func nearest(
        in set: SlotSet, limit: Int, order: SelectionOrder, _ visitOrder: inout VisitOrder
    ) -> [Slot] {
        guard limit > 0, set.count > 0 else { return [] }
        let expectedTries = order.offsets.count / set.count * min(limit, set.count)
        let sortingCost = set.count * 8
        let nearest =
            coversWindow(order) && expectedTries < sortingCost
            ? scanOffsets(set, limit, order) : sortMembers(set, limit, &visitOrder)
        if let other = plantedTies(set, limit) { return other }
        return planted(
            .heapDrained,
            planted(.tiesBySlot, nearest, instead: sortMembersBySlot(set, limit)),
            instead: limit < set.count ? nearest.reversed() : nearest)
    }

    private func coversWindow(_ order: SelectionOrder) -> Bool {
        func near(_ a: Int32, _ b: Int32) -> Bool {
            abs(Int64(a) - Int64(b)) <= Int64(SelectionOrder.marginCells)
        }
        return near(snap.cameraCell.x, snap.anchor.x) && near(snap.cameraCell.y, snap.anchor.y)
            && near(snap.cameraCell.z, snap.anchor.z)
    }

    func sortMembers(_ set: SlotSet, _ limit: Int, _ visitOrder: inout VisitOrder) -> [Slot] {
        var keyed: [(distance: Int64, local: Int, slot: Int32)] = []
        keyed.reserveCapacity(set.count)
        for slot in visitOrder.of(set.members) {
            let cell = window.cell(at: Slot(Int(slot)))
            keyed.append((squaredDistance(cell), window.localIndex(of: cell), slot))
        }
        // Order: the local index is unique, so the key has no ties and a sort need not be stable.
        keyed.sort { ($0.distance, $0.local) < ($1.distance, $1.local) }
        return keyed.prefix(limit).map { Slot(Int($0.slot)) }
    }

    /// The orders of planted faults in which ties are decided by what has no business here; nil where none of them is planted.
    private func plantedTies(_ set: SlotSet, _ limit: Int) -> [Slot]? {
        func sorted(by tie: (Int32) -> Int) -> [Slot] {
            let keyed = set.members.map { (squaredDistance(window.cell(at: Slot(Int($0)))), tie($0), $0) }
            return keyed.sorted { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }.prefix(limit).map {
                Slot(Int($0.2))
            }
        }
        if planted(.tiesByHash) { return sorted { Host.hash(Int($0)) } }
        if planted(.tiesByAddress) { return sorted { Int($0) ^ Host.addressBits } }
        if planted(.hashOfEnvironment, if: Host.hasLargeEnvironment && Host.hasHashSeed) {
            return sorted { Host.hash(Int($0)) }
        }
        return nil
    }

    /// The order of a planted fault.
    private func sortMembersBySlot(_ set: SlotSet, _ limit: Int) -> [Slot] {
        let keyed = set.members.map { (squaredDistance(window.cell(at: Slot(Int($0)))), $0) }
        return keyed.sorted { $0 < $1 }.prefix(limit).map { Slot(Int($0.1)) }
    }

    func scanOffsets(_ set: SlotSet, _ limit: Int, _ order: SelectionOrder) -> [Slot] {
        var selected: [Slot] = []
        selected.reserveCapacity(min(limit, set.count))
        let camera = snap.cameraCell
        for offset in order.offsets(fromSquaredDistance: set.nearestDistance) {
            let cell = Cell(
                camera.x &+ Int32(offset.x), camera.y &+ Int32(offset.y), camera.z &+ Int32(offset.z))
            guard window.contains(cell) else { continue }
            let slot = window.slot(of: cell)
            guard set.contains(slot.index) else { continue }
            selected.append(slot)
            if selected.count == limit || selected.count == set.count { break }
        }
        return selected
    }

    /// From the camera's cell, in cells.
    @inline(__always)
    func squaredDistance(_ cell: Cell) -> Int64 {
        let x = Int64(cell.x) - Int64(snap.cameraCell.x)
        let y = Int64(cell.y) - Int64(snap.cameraCell.y)
        let z = Int64(cell.z) - Int64(snap.cameraCell.z)
        return x * x + y * y + z * z
    }
}
