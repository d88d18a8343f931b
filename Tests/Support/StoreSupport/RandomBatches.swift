import Hashing
package import Streaming
import Topology
import Voxels

/// A seeded generator (SplitMix64), so that a failure can be repeated from the printed seed.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Random operations on few regions of few keys, so that they meet.
package struct RandomBatches {
    package var random: SeededGenerator
    package var frame: Int32 = 0
    package var clock: Int64 = 0
    package var sequence: UInt64 = 0
    /// Cells of a region: edge 4 unless said otherwise.
    package var edges: [Int32] = [4, 4, 2]
    package var regions: Int32 = 5

    package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    package mutating func row() -> RowKey {
        let which = Int.random(in: 0..<3, using: &random)
        let key = StoreKey(
            worldSeed: which == 2 ? .max : 7, layoutVersion: which == 1 ? .max : 1,
            fingerprint: Digest64(which == 2 ? .max : 5), baseSpacing: 0.7, regionEdge: edges[which])
        func coordinate() -> Int32 { Int32.random(in: -1..<regions - 1, using: &random) }
        return RowKey(
            key,
            RegionKey(
                level: Int.random(in: 1..<4, using: &random), region: Cell(coordinate(), coordinate(), 0)))
    }

    package mutating func content(of row: RowKey) -> RegionContent {
        var cells: [StoredCell] = []
        let share = Double.random(in: 0.02...1, using: &random)
        for index in 0..<Int32(row.key.grid.cellCount) where Double.random(in: 0...1, using: &random) < share
        {
            var payload = Payload.zero
            payload.flags = 1
            payload.aoU = UInt16.random(in: 0...0x3C00, using: &random)
            cells.append(
                StoredCell(
                    index: index, ageFrames: Int32.random(in: 0...60, using: &random), storedAt: clock,
                    payload: payload))
        }
        return RegionContent(cells: cells)
    }

    package mutating func operation() -> StoreOperation {
        let row = row()
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9: return .write(row, content(of: row))
        case 9..<12:
            var mask = CellMask()
            for cell in content(of: row).cells { mask.insert(cell.index) }
            return .mark(row, mask)
        case 12..<15: return .delete(row)
        case 15..<18:
            sequence += 1
            return .read(row, sequence: sequence)
        case 18: return .setEdits(seed: row.key.worldSeed, LeafSum(value: random.next()))
        default:
            guard Int.random(in: 0..<12, using: &random) == 0 else {
                sequence += 1
                return .readIndex(sequence: sequence)
            }
            return .forget(seed: row.key.worldSeed)
        }
    }

    /// The batch of the next frame.
    package mutating func batch(_ count: Int) -> StoreBatch {
        frame += 1
        clock += Int64.random(in: 1...9, using: &random)
        return StoreBatch(frame: frame, clock: clock, operations: (0..<count).map { _ in operation() })
    }
}

extension StoreBatch {
    /// The requests of the batch, in their order.
    package var requests: [UInt64] {
        operations.compactMap { operation in
            switch operation {
            case .read(_, let sequence), .readIndex(let sequence): sequence
            default: nil
            }
        }
    }
}
