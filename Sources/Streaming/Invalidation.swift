import Hashing
import PlantedFaults
import Topology

// What a box of world space reaches beyond the windows: cached regions, write-backs on their way, requests, and rows of the store.

extension StreamingSystem {
    /// Throws what a box meets out of everything that is kept outside the windows.
    ///
    /// - Returns: the number of records that it appends to the outputs, one for each thing that lost cells.
    mutating func invalidateKept(_ box: WorldBox, _ outputs: inout CanonicalBytes) -> UInt32 {
        var records: UInt32 = 0
        if !planted(.cacheForgotten, if: !cache.entries.isEmpty) {
            for (key, count) in cache.invalidate(box) {
                outputs.append(UInt8(1))
                key.append(to: &outputs)
                outputs.append(UInt32(count))
                records += 1
            }
        }
        if store != nil { records += store?.invalidate(box, &outputs) ?? 0 }
        return records
    }
}

extension RegionCache {
    /// - Returns: the entries that lost cells, in key order, with their number.
    mutating func invalidate(_ box: WorldBox) -> [(key: RegionKey, cells: Int)] {
        guard !entries.isEmpty else { return [] }
        let reach = BoxReach(box, baseSpacing: baseSpacing, isHalfCell: isHalfCell, grid: grid)
        var met: [(RegionKey, Int)] = []
        for key in reach.keys(among: entries.count, { entries[$0] != nil }, all: { Array(entries.keys) }) {
            let count = invalidate(reach.cells(of: key), of: key)
            if count > 0 { met.append((key, count)) }
        }
        return met
    }
}

extension StoreLedger {
    /// As ``StreamingSystem/invalidateKept(_:_:)``.
    mutating func invalidate(_ box: WorldBox, _ outputs: inout CanonicalBytes) -> UInt32 {
        var records: UInt32 = 0
        for place in held.indices {
            let reach = BoxReach(box, held[place].row.key)
            let count = held[place].invalidate(reach.cells(of: held[place].row.region))
            guard count > 0 else { continue }
            outputs.append(UInt8(2))
            outputs.append(held[place].sequence)
            outputs.append(UInt32(count))
            records += 1
        }
        held.removeAll { $0.cells.isEmpty }
        for place in requests.indices {
            let count = requests[place].mask(box)
            guard count > 0 else { continue }
            outputs.append(UInt8(3))
            outputs.append(requests[place].sequence)
            outputs.append(UInt32(count))
            records += 1
        }
        guard isIndexKnown else {
            heldBoxes.append(box)
            return records
        }
        for (key, count) in markRows(box) {
            outputs.append(UInt8(4))
            outputs.append(key.key.digest)
            key.region.append(to: &outputs)
            outputs.append(UInt32(count))
            records += 1
        }
        return records
    }

    /// Takes the cells that a box meets off all rows of this world, whatever their key. The row's own spacing and region edge say
    /// which cells they are.
    ///
    /// - Returns: the rows that lost cells, in order, with their number.
    mutating func markRows(_ box: WorldBox) -> [(key: RowKey, cells: Int)] {
        if planted(.storedForgotten, if: !rows.isEmpty) { return [] }
        var met: [(RowKey, Int)] = []
        for key in rowsOfKey.keys.sorted() where key.worldSeed == worldSeed {
            let reach = BoxReach(box, key)
            let regions = reach.keys(
                among: rowsOfKey[key] ?? 0, { rows[RowKey(key, $0)] != nil },
                // Order: sorted by who asks.
                all: { rows.keys.filter { $0.key == key }.map(\.region) })
            for region in regions {
                let row = RowKey(key, region)
                let cells = reach.mask(of: region, among: rows[row]?.present ?? CellMask())
                guard !cells.isEmpty else { continue }
                mark(row, cells)
                var marked = work.marked[row] ?? CellMask()
                for index in cells.indexes { marked.insert(index) }
                work.marked[row] = marked
                met.append((row, cells.count))
            }
        }
        return met
    }
}

extension StoreRequest {
    /// Masks the cells that a box meets.
    ///
    /// - Returns: how many were not masked before.
    fileprivate mutating func mask(_ box: WorldBox) -> Int {
        guard let row else { return 0 }
        let grid = row.key.grid
        let before = masked.count
        BoxReach(box, row.key).cells(of: row.region).forEach { masked.insert(grid.localIndex(of: $0)) }
        return masked.count - before
    }
}

/// The cells that a box of world space meets on one lattice, by region.
private struct BoxReach {
    let grid: RegionGrid
    /// Per level.
    let boxes: [CellBox]

    /// No lattice has more levels.
    private static let levels = 8
    private static let everywhere = CellBox(
        lower: Cell(.min, .min, .min), upper: Cell(.max, .max, .max))

    init(_ box: WorldBox, _ key: StoreKey) {
        // Only the reference has a store.
        self.init(box, baseSpacing: key.baseSpacing, isHalfCell: false, grid: key.grid)
    }

    init(_ box: WorldBox, baseSpacing: Double, isHalfCell: Bool, grid: RegionGrid) {
        self.grid = grid
        boxes = (0..<BoxReach.levels).map {
            Lattice.cells(
                meeting: box, baseSpacing: baseSpacing, isHalfCell: isHalfCell, level: $0,
                within: BoxReach.everywhere)
        }
    }

    func cells(of key: RegionKey) -> CellBox {
        boxes[Int(key.level)].intersection(grid.box(of: key.region))
    }

    /// Those of the cells that are in `present`.
    func mask(of key: RegionKey, among present: CellMask) -> CellMask {
        var mask = CellMask()
        cells(of: key).forEach { cell in
            let index = grid.localIndex(of: cell)
            if present.contains(index) { mask.insert(index) }
        }
        return mask
    }

    /// The regions that are met and that `contains` says are there, ascending. O(whichever are fewer: regions that are met, things that
    /// are there).
    func keys(among count: Int, _ contains: (RegionKey) -> Bool, all: () -> [RegionKey]) -> [RegionKey] {
        let regions = boxes.map { grid.regions(meeting: $0) }
        guard regions.reduce(0, { $0 + $1.roughCount }) <= Double(count) else {
            return all().filter { !cells(of: $0).isEmpty }.sorted()
        }
        var keys: [RegionKey] = []
        for (level, box) in regions.enumerated() {
            box.forEach { region in
                let key = RegionKey(level: level, region: region)
                if contains(key) { keys.append(key) }
            }
        }
        return keys
    }
}

extension CellBox {
    /// As a Double, because a box of everything has more cells than an integer counts.
    var roughCount: Double {
        guard !isEmpty else { return 0 }
        return (Double(upper.x) - Double(lower.x)) * (Double(upper.y) - Double(lower.y))
            * (Double(upper.z) - Double(lower.z))
    }
}
