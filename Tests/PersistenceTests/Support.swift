import Foundation
import Hashing
import Persistence
import Streaming
import Topology
import Voxels

/// A seeded generator (SplitMix64), so that a failure can be repeated from the printed seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A folder that goes with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent("lumon-store-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    /// What all files take together.
    var sizeBytes: Int64 {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: file(name))
            return sum + (attributes?[.size] as? Int64 ?? 0)
        }
    }

    /// Every file with its bytes.
    var content: [String: Data] {
        var content: [String: Data] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            content[name] = FileManager.default.contents(atPath: file(name)) ?? Data()
        }
        return content
    }
}

/// Random operations on few regions of few keys, so that they meet.
struct RandomBatches {
    var random: SeededGenerator
    var frame: Int32 = 0
    var clock: Int64 = 0
    var sequence: UInt64 = 0
    /// Cells of a region: edge 4 unless said otherwise.
    var edges: [Int32] = [4, 4, 2]
    var regions: Int32 = 5

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func row() -> RowKey {
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

    mutating func content(of row: RowKey) -> RegionContent {
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

    mutating func operation() -> StoreOperation {
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
    mutating func batch(_ count: Int) -> StoreBatch {
        frame += 1
        clock += Int64.random(in: 1...9, using: &random)
        return StoreBatch(frame: frame, clock: clock, operations: (0..<count).map { _ in operation() })
    }
}

extension StoreBatch {
    var requests: [UInt64] {
        operations.compactMap { operation in
            switch operation {
            case .read(_, let sequence), .readIndex(let sequence): sequence
            default: nil
            }
        }
    }
}

/// Seeds, counts and lengths from the environment, so that a failure can be repeated and a night can do more.
enum TestSize {
    static var isFull: Bool { ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1" }

    static var seeds: [UInt64] {
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) }.map { [$0] } ?? [
            1, 2, 3, 4,
        ]
    }

    /// A line to repeat a test of this seed.
    static func repetition(_ seed: UInt64) -> String { "repeat with LUMON_TEST_SEED=\(seed)" }
}
