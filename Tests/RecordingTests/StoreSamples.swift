import Hashing
import Streaming
import Topology

/// Stores for tests, as a trace holds them.
enum StoreSamples {
    static let key = StoreKey(
        worldSeed: 42, layoutVersion: 3, fingerprint: Digest64(0x0123_4567_89AB_CDEF), baseSpacing: 0.5,
        regionEdge: 8)

    /// A row of the key, its region along x.
    static func row(_ x: Int32, key: StoreKey = key, level: Int = 1) -> RowKey {
        RowKey(key, RegionKey(level: level, region: Cell(x, -2, 3)))
    }

    /// Rows of two worlds, two layouts and two levels, one of them taken; two worlds with edits.
    static var contents: StoreContents {
        var other = key
        other.worldSeed = .max
        other.layoutVersion = 0
        let rows = [row(-1), row(0), row(-5, level: 2), row(-1, key: other)]
        return StoreContents(
            index: StoreIndex(
                clock: 90,
                rows: rows.enumerated().map { place, row in
                    StoreIndex.Entry(
                        row,
                        StoreRow(
                            clock: Int64(place) * 30, present: CellMask(words: [1, UInt64(place) << 60]),
                            content: Digest64(UInt64(place))))
                },
                worlds: [
                    StoreIndex.World(seed: 0, edits: LeafSum(value: 7)),
                    StoreIndex.World(seed: .max, edits: LeafSum(value: .max)),
                ],
                damagedRows: 5),
            taken: [rows[1]: [1, 2, 3, 0, 255]])
    }

    /// Whatever a store can have given; the numbers include the ends of their ranges.
    static func contents(_ generator: inout SeededGenerator) -> StoreContents {
        let clock = clock(&generator)
        let keys = Set((0..<Int.random(in: 0...5, using: &generator)).map { _ in row(&generator) }).sorted()
        var result = StoreContents()
        result.index = StoreIndex(
            clock: clock,
            rows: keys.map { row in
                StoreIndex.Entry(
                    row,
                    StoreRow(
                        clock: [0, clock, Int64.random(in: 0...clock, using: &generator)]
                            .randomElement(using: &generator) ?? 0,
                        present: mask(row.key.grid, &generator), content: Digest64(generator.next())))
            },
            worlds: Set((0..<Int.random(in: 0...3, using: &generator)).map { _ in seed(&generator) }).sorted()
                .map { StoreIndex.World(seed: $0, edits: LeafSum(value: generator.next())) },
            damagedRows: [0, 1, .max].randomElement(using: &generator) ?? 0)
        for row in keys where Bool.random(using: &generator) {
            result.taken[row] = (0..<Int.random(in: 0...130, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
        }
        return result
    }

    static func region(edge: Int32, _ generator: inout SeededGenerator) -> RegionKey {
        let limit = Int32.max / edge - 1
        func coordinate() -> Int32 {
            [0, -1, limit, -limit, Int32.random(in: -limit...limit, using: &generator)]
                .randomElement(using: &generator) ?? 0
        }
        return RegionKey(
            level: Int.random(in: 0...7, using: &generator),
            region: Cell(coordinate(), coordinate(), coordinate()))
    }

    static func row(_ generator: inout SeededGenerator) -> RowKey {
        let edge = ([1, 2, 8, 128] as [Int32]).randomElement(using: &generator) ?? 1
        let key = StoreKey(
            worldSeed: seed(&generator), layoutVersion: [0, 1, .max].randomElement(using: &generator) ?? 0,
            fingerprint: Digest64(generator.next()),
            baseSpacing: [0.25, 1, 0.3, 64].randomElement(using: &generator) ?? 1, regionEdge: edge)
        return RowKey(key, region(edge: edge, &generator))
    }

    private static func clock(_ generator: inout SeededGenerator) -> Int64 {
        [
            0, 1, RegionContent.clockLimit - 1,
            Int64.random(in: 0..<RegionContent.clockLimit, using: &generator),
        ]
        .randomElement(using: &generator) ?? 0
    }

    private static func seed(_ generator: inout SeededGenerator) -> UInt64 {
        [0, .max, generator.next()].randomElement(using: &generator) ?? 0
    }

    /// At least one cell; among them the region's last now and then.
    private static func mask(_ grid: RegionGrid, _ generator: inout SeededGenerator) -> CellMask {
        var mask = CellMask()
        let last = Int32(grid.cellCount - 1)
        mask.insert(Bool.random(using: &generator) ? last : 0)
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            mask.insert(Int32.random(in: 0...min(last, 500), using: &generator))
        }
        return mask
    }
}
