import Hashing
import Replay
import Streaming
import Topology
import Voxels

/// A run that is moved as a whole is the same run, moved.
///
/// The camera's path, boxes, edits, chunks and the world are moved by a distance D, the same in every frame: whole regions of the coarsest level, and
/// whole chunks, of all configurations of the trace, on each axis some number of them up or down, chosen so that at as many levels as possible a cell
/// gets another slot. Positions and boxes are first rounded to 2^-20 block, in both runs. Compared in every frame are the snap and the window of every level, the list
/// selected in order with its generations, and all counters; after every few frames every field and the payload of every probe. Where something differs, both
/// runs are stepped again from the last frames that agreed, and every probe is compared at the end of each stage.
///
/// Payloads are never left out: the law is applied only where every sum is exact, so that they have to be the same bit by bit. That is so where
///
/// * the base spacing is a multiple of 2^-20 block. Then so are D, every position, and twice every centre of a cell, whatever the level;
/// * positions are within 2^30 blocks of zero before, and 2^31 after they are moved. A multiple of 2^-21 below 2^32 has at most 53 bits. So positions,
///   centres (`(k + 0.5) * s`), the distance from an anchor (`p - k * s`) and from a ray's origin to a plane (`plane - origin`) are computed without rounding, and
///   a ray's crossings, which are functions of the latter alone, are the same;
/// * the one division, `p / base`, is rounded, and its floor is right all the same: a quotient that is no integer is at least 2^-20 / base away from one, and
///   rounding moves it by at most 2^-22 / base.
package struct Translation: Law {
    package let name = "translation"
    package let rules: [Rule] = Rule.allCases
    package let claim = "a run moved by whole regions and chunks, with its world, is the same run, moved"

    package init() {}

    package func judge(_ given: LawCase) throws -> LawOutcome {
        if let reason = given.unfit() { return .notApplicable(reason) }
        return try given.judging {
            let ground: MovableTrace
            switch MovableTrace.of(given.sampleFrames) {
            case .success(let movable): ground = movable
            case .failure(let reason): return .notApplicable(reason.text)
            }
            var random = given.random(2)
            var cases = 0
            var distance = WorldShift(chunks: ChunkCoordinate(0, 0, 0))
            for round in 0..<given.pick(quick: 1, standard: 2, full: 4) {
                // Every second one is the one before, the other way.
                distance = round % 2 == 1 ? distance.opposite : ground.distance(&random)
                var pair = TranslatedPair(
                    given.options, ground, distance, interval: given.pick(quick: 16, standard: 8, full: 1))
                if let breach = try pair.compare() { return .broken(breach) }
                cases += ground.frames.count
            }
            return .holds(cases: cases)
        }
    }
}

/// How far a run is moved, in blocks and in chunks, which are the same.
struct WorldShift: Hashable, Sendable {
    var chunks: ChunkCoordinate

    init(chunks: ChunkCoordinate) { self.chunks = chunks }

    var blocks: WorldPoint { WorldPoint(Double(chunks.x) * 32, Double(chunks.y) * 32, Double(chunks.z) * 32) }

    var opposite: WorldShift { WorldShift(chunks: ChunkCoordinate(-chunks.x, -chunks.y, -chunks.z)) }

    /// In cells of a level, which are a whole number.
    func cells(spacing: Double) -> CellShift {
        CellShift(x: Int32(blocks.x / spacing), y: Int32(blocks.y / spacing), z: Int32(blocks.z / spacing))
    }

    func callAsFunction(_ point: WorldPoint) -> WorldPoint {
        WorldPoint(point.x + blocks.x, point.y + blocks.y, point.z + blocks.z)
    }

    func callAsFunction(_ voxel: VoxelCoordinate) -> VoxelCoordinate {
        VoxelCoordinate(voxel.x + chunks.x * 32, voxel.y + chunks.y * 32, voxel.z + chunks.z * 32)
    }

    func callAsFunction(_ chunk: ChunkCoordinate) -> ChunkCoordinate {
        ChunkCoordinate(chunk.x + chunks.x, chunk.y + chunks.y, chunk.z + chunks.z)
    }
}

/// The frames of a trace, rounded so that they can be moved.
struct MovableTrace {
    struct Refusal: Error { var text: String }

    var frames: [FrameInput] = []
    /// Every configuration that the run has, as the model uses it.
    private var configurations: Set<Configuration> = []
    /// For each frame the configuration that it goes on with.
    private var current: [Configuration?] = []
    /// The least distance that is a whole number of regions of every coarsest level, and of chunks.
    private(set) var unitChunks: Int64 = 1

    /// Positions lie within this distance of zero, in blocks.
    static let limitBlocks = 0x1p30
    /// The most that a run is moved by on one axis, in blocks.
    static let limitChunks: Int64 = 1 << 24

    static func of(_ frames: some Sequence<FrameInput>) -> Result<MovableTrace, Refusal> {
        do throws(Refusal) {
            var trace = MovableTrace()
            for input in frames { try trace.take(input) }
            return .success(trace)
        } catch {
            return .failure(error)
        }
    }

    private mutating func take(_ given: FrameInput) throws(Refusal) {
        var input = given
        input.snapshot = nil
        var running = current.last ?? nil
        input.camera.position = try rounded(given.camera.position, given.frame)
        for index in input.events.indices {
            switch input.events[index] {
            case .sessionStart(let configuration), .configure(let configuration):
                let effective = configuration.effective().configuration
                running = effective
                if configurations.insert(effective).inserted { try widen(effective) }
            case .sessionEnd: running = nil
            case .invalidate(let box):
                input.events[index] = .invalidate(
                    WorldBox(lower: clamped(box.lower), upper: clamped(box.upper)))
            case .edit(let box, _):
                for corner in [box.lower, box.upper] {
                    guard [corner.x, corner.y, corner.z].allSatisfy({ abs($0) <= 1 << 40 }) else {
                        throw Refusal(
                            text: "the edit in frame \(input.frame) is too far out to be moved exactly")
                    }
                }
            case .chunkLoad(let chunk), .chunkUnload(let chunk):
                guard [chunk.x, chunk.y, chunk.z].allSatisfy({ abs($0) <= 1 << 40 }) else {
                    throw Refusal(text: "a chunk in frame \(input.frame) is too far out to be moved exactly")
                }
            case .store(_, let contents) where contents != nil:
                throw Refusal(text: "the store holds rows from before the trace")
            case .store, .storeOff, .storeDamage, .writeBackDropped, .engine: break
            }
        }
        frames.append(input)
        current.append(running)
    }

    /// To 2^-20 block.
    private func rounded(_ point: WorldPoint, _ frame: Int32) throws(Refusal) -> WorldPoint {
        guard abs(point.x) <= Self.limitBlocks, abs(point.y) <= Self.limitBlocks,
            abs(point.z) <= Self.limitBlocks
        else {
            throw Refusal(
                text:
                    "in frame \(frame) the camera is more than 2^30 blocks from zero: sums would not be exact"
            )
        }
        return clamped(point)
    }

    private func clamped(_ point: WorldPoint) -> WorldPoint {
        func round(_ value: Double) -> Double {
            (min(max(value, -Self.limitBlocks), Self.limitBlocks) * 0x1p20).rounded() * 0x1p-20
        }
        return WorldPoint(round(point.x), round(point.y), round(point.z))
    }

    private mutating func widen(_ configuration: Configuration) throws(Refusal) {
        let fine = configuration.baseSpacing * 0x1p20
        guard fine == fine.rounded() else {
            throw Refusal(
                text:
                    "the base spacing \(configuration.baseSpacing) is no multiple of 2^-20 block: no distance is a whole number of cells and "
                    + "of chunks, and sums would not be exact")
        }
        // In units of 2^-20 block; at most 2^26 * 2^7 * 2^7.
        let region = Int64(fine) << Int64(configuration.levels - 1) * Int64(configuration.regionEdge)
        let chunk: Int64 = 32 << 20
        let chunks = region / greatestCommonDivisor(region, chunk)
        let (unit, overflow) = (unitChunks / greatestCommonDivisor(unitChunks, chunks))
            .multipliedReportingOverflow(by: chunks)
        guard !overflow, unit <= MovableTrace.limitChunks else {
            throw Refusal(
                text:
                    "the least distance of whole regions and whole chunks is over \(MovableTrace.limitChunks) chunks"
            )
        }
        unitChunks = unit
    }

    /// A distance, of several drawn the one with which most levels have other slots for their cells.
    func distance(_ random: inout SeededRandom) -> WorldShift {
        var best = (WorldShift(chunks: ChunkCoordinate(unitChunks, unitChunks, -unitChunks)), -1)
        for _ in 0..<16 {
            func draw(_ random: inout SeededRandom) -> Int64 {
                let most = max(1, min(5, MovableTrace.limitChunks / unitChunks))
                return Int64.random(in: 1...most, using: &random) * (Bool.random(using: &random) ? 1 : -1)
                    * unitChunks
            }
            let shift = WorldShift(chunks: ChunkCoordinate(draw(&random), draw(&random), draw(&random)))
            var score = 0
            // Order: counted.
            for configuration in configurations {
                for level in 0..<Int(configuration.levels) {
                    let cells = shift.cells(spacing: configuration.lattice.spacing(level: level))
                    let n = configuration.resolution
                    score += [cells.x, cells.y, cells.z].count { $0 % n != 0 }
                }
            }
            if score > best.1 { best = (shift, score) }
        }
        return best.0
    }

    /// A frame, moved.
    func moved(_ place: Int, by shift: WorldShift) -> FrameInput {
        var input = frames[place]
        input.camera.position = shift(input.camera.position)
        let configuration = current[place]
        for index in input.events.indices {
            switch input.events[index] {
            case .edit(let box, let material):
                input.events[index] = .edit(
                    VoxelBox(lower: shift(box.lower), upper: shift(box.upper)), material)
            case .invalidate(let box):
                input.events[index] = .invalidate(WorldBox(lower: shift(box.lower), upper: shift(box.upper)))
            case .chunkLoad(let chunk): input.events[index] = .chunkLoad(shift(chunk))
            case .chunkUnload(let chunk): input.events[index] = .chunkUnload(shift(chunk))
            case .storeDamage(let key):
                guard let configuration else { continue }
                let spacing = configuration.lattice.spacing(level: Int(key.level))
                let regions = shift.cells(spacing: spacing * Double(configuration.regionEdge))
                input.events[index] = .storeDamage(
                    RegionKey(level: Int(key.level), region: regions(key.region)))
            case .sessionStart, .sessionEnd, .configure, .store, .storeOff, .writeBackDropped, .engine: break
            }
        }
        return input
    }
}

private func greatestCommonDivisor(_ a: Int64, _ b: Int64) -> Int64 {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
}

extension WorldShift: CustomStringConvertible {
    var description: String { "(\(blocks.x), \(blocks.y), \(blocks.z)) blocks" }
}
