import Hashing
import Streaming
import Topology
import Voxels

/// What one frame of the reference hands from stage to stage.
struct ReferenceFrameWork {
    let input: FrameInput
    /// The configuration of the frame before; nil where no session ran.
    var before: Configuration?
    var endsSession = false
    /// The casts in flight of the session that ends.
    var abandoned: [ReferenceFlight] = []
    var rebuilds = false
    var changesLayout = false
    var changesKey = false
    var boxes: [WorldBox] = []
    /// What workers took in this frame and have yet to take; nil where the model's own worker takes in the cast stage.
    var claims: [Claim]?
    var claimed: [ReferenceFlight] = []
    /// Lists of the cast stage, of what was taken before it.
    var claimedList = CanonicalBytes()
    var disabledList = CanonicalBytes()
    var cameraCells: [Cell] = []
    var anchors: [Cell] = []
    var entered: [ReferenceProbe] = []
    var counts: [LevelCounts] = []
    var stages: [UInt64] = []
    /// What each stage hashed.
    var stageBytes: [[UInt8]] = []

    /// The windows as they were before the shift, and of them the cells that left.
    var levelsBefore: [ReferenceLevel] = []
    var left: [ReferenceProbe] = []
    /// The store of a session that ends in this frame.
    var ending: ReferenceLedger?
    /// The edits of the ending session's world, where another world took its place.
    var editsAtEnd: UInt64?
    /// What the store was found to hold by a session that starts in this frame.
    var opens = false
    var contents: StoreContents?
    /// Of the session's key as the frame leaves it.
    var damages: [RegionKey] = []
    var drained: [ReferenceDrained] = []
    var knowsIndexNow = false
    var droppedWriteBacks: UInt32 = 0
    /// What the last batch of an ending session appends to the outputs of the store stage.
    var handedOver = CanonicalBytes()
    var handOverCounts = ReferenceHandOverCounts()

    enum Part { case states, payloads, cache, requests, world, index }

    init(input: FrameInput) { self.input = input }

    /// XXH3-64 of the stage's tag, its outputs, and the parts of the state that it may have changed.
    mutating func close(
        _ stage: Stage, _ model: ReferenceModel, _ parts: [Part], outputs: (inout CanonicalBytes) -> Void
    ) {
        var bytes = CanonicalBytes()
        bytes.append(0x80 + stage.rawValue)
        outputs(&bytes)
        for part in parts { model.append(part, to: &bytes) }
        stages.append(XXH3.digest64(bytes.bytes).value)
        stageBytes.append(bytes.bytes)
    }
}

extension ReferenceModel {
    func stateSum(_ level: Int) -> UInt64 {
        var sum: UInt64 = 0
        for probe in levels[level].cells { sum &+= probe.stateLeaf }
        return sum
    }

    func payloadSum(_ level: Int) -> UInt64 {
        var sum: UInt64 = 0
        for probe in levels[level].cells { sum &+= probe.payloadLeaf ?? 0 }
        return sum
    }

    /// Tag 4, level, cell, generation, epoch, sequence, due frame, version and content of the world, base spacing and
    /// resolution of the dispatch.
    private func leaf(of flight: ReferenceFlight) -> UInt64 {
        var record = LeafRecord(tag: 4)
        record.append(UInt8(flight.level))
        record.append(flight.cell.x)
        record.append(flight.cell.y)
        record.append(flight.cell.z)
        record.append(flight.generation)
        record.append(flight.epoch)
        record.append(flight.sequence)
        record.append(Int32(clamping: flight.due))
        record.append(flight.worldVersion)
        record.append(flight.worldContent)
        record.append(flight.baseSpacing.bitPattern)
        record.append(flight.resolution)
        return record.leaf.value
    }

    fileprivate func append(_ part: ReferenceFrameWork.Part, to bytes: inout CanonicalBytes) {
        switch part {
        case .states:
            bytes.append(UInt32(levels.count))
            for level in levels.indices { bytes.append(stateSum(level)) }
        case .payloads:
            bytes.append(UInt32(levels.count))
            for level in levels.indices { bytes.append(payloadSum(level)) }
        case .requests:
            bytes.append(UInt32(levels.count))
            for (place, level) in levels.enumerated() {
                var sum: UInt64 = 0
                for probe in level.cells where !isOld { sum &+= probe.queueLeaf ?? 0 }
                for request in oldQueue where request.level == place { sum &+= request.leaf }
                bytes.append(sum)
            }
            var sum: UInt64 = 0
            for flight in flights { sum &+= leaf(of: flight) }
            bytes.append(sum)
            bytes.append(UInt64(flights.count))
            bytes.append(epoch)
            bytes.append(nextTicket)
            bytes.append(nextSequence)
        case .world:
            bytes.append(world.seed)
            bytes.append(world.chunksStartLoaded ? UInt8(1) : 0)
            bytes.append(world.version)
            bytes.append(world.contentSum.value)
        case .cache: appendCache(to: &bytes)
        case .index: appendStore(to: &bytes)
        }
    }

    func append(_ cell: Cell, to bytes: inout CanonicalBytes) {
        bytes.append(cell.x)
        bytes.append(cell.y)
        bytes.append(cell.z)
    }

    /// A probe in an ordered output: level, cell, generation.
    func append(_ probe: ReferenceProbe, to bytes: inout CanonicalBytes) {
        bytes.append(UInt8(probe.level))
        append(probe.cell, to: &bytes)
        bytes.append(probe.generation)
    }

    func append(_ configuration: Configuration, to bytes: inout CanonicalBytes) {
        bytes.append(configuration.worldSeed)
        let number: UInt8 = configuration.variant == .lumon2026_01 ? 1 : 0
        bytes.append((configuration.chunksStartLoaded ? UInt8(1) : 0) + 2 * number)
        bytes.append(configuration.layoutVersion)
        bytes.append(bits(configuration.baseSpacing))
        bytes.append(configuration.resolution)
        bytes.append(configuration.levels)
        bytes.append(bits(configuration.reanchorDistance))
        bytes.append(configuration.regionEdge)
        bytes.append(configuration.nearLevels)
        bytes.append(configuration.cacheBytes)
        bytes.append(configuration.castLatencyFrames)
        bytes.append(configuration.storeLatencyFrames)
        bytes.append(UInt32(configuration.budgets.perLevel.count))
        for budget in configuration.budgets.perLevel { bytes.append(budget) }
        bytes.append(configuration.budgets.total)
        bytes.append(configuration.budgets.uploadBytes)
    }

    func append(_ event: Event, to bytes: inout CanonicalBytes) {
        switch event {
        case .sessionStart(let configuration):
            bytes.append(UInt8(1))
            append(configuration, to: &bytes)
        case .sessionEnd:
            bytes.append(UInt8(2))
        case .configure(let configuration):
            bytes.append(UInt8(3))
            append(configuration, to: &bytes)
        case .edit(let box, let material):
            bytes.append(UInt8(4))
            let numbers = [box.lower.x, box.lower.y, box.lower.z, box.upper.x, box.upper.y, box.upper.z]
            for number in numbers { bytes.append(number) }
            bytes.append(material.rawValue)
        case .chunkLoad(let chunk):
            bytes.append(UInt8(5))
            for number in [chunk.x, chunk.y, chunk.z] { bytes.append(number) }
        case .chunkUnload(let chunk):
            bytes.append(UInt8(6))
            for number in [chunk.x, chunk.y, chunk.z] { bytes.append(number) }
        case .invalidate(let box):
            bytes.append(UInt8(7))
            let numbers = [box.lower.x, box.lower.y, box.lower.z, box.upper.x, box.upper.y, box.upper.z]
            for number in numbers { bytes.append(bits(number)) }
        case .engine(let engine):
            bytes.append(UInt8(12))
            bytes.append(UInt8(engine.hasOwnVoxels ? 1 : 0))
            bytes.append(UInt32(engine.stages.count) + 1)
            for name in [engine.name] + engine.stages {
                bytes.append(UInt32(name.utf8.count))
                for byte in name.utf8 { bytes.append(byte) }
            }
        case .store, .storeOff, .storeDamage, .writeBackDropped:
            append(storeEvent: event, to: &bytes)
        }
    }

    /// Both zeros are one value.
    func bits(_ value: Double) -> UInt64 { value == 0 ? 0 : value.bitPattern }

    func finish(_ frame: ReferenceFrameWork) -> ReferenceFrame {
        var levelDigests: [UInt64] = []
        for level in levels.indices {
            var bytes = CanonicalBytes()
            bytes.append(UInt8(0xA0))
            bytes.append(UInt8(level))
            append(levels[level].cameraCell, to: &bytes)
            append(levels[level].anchor, to: &bytes)
            bytes.append(stateSum(level))
            bytes.append(payloadSum(level))
            levelDigests.append(XXH3.digest64(bytes.bytes).value)
        }
        var bytes = CanonicalBytes()
        bytes.append(frame.input.frame)
        for stage in frame.stages { bytes.append(stage) }
        bytes.append(UInt32(levelDigests.count))
        for level in levelDigests { bytes.append(level) }
        return ReferenceFrame(
            stages: frame.stages, stageBytes: frame.stageBytes, levels: levelDigests,
            frame: XXH3.digest128(bytes.bytes), counts: frame.counts)
    }
}

// MARK: Bounds

extension ReferenceModel {
    /// Every value within its bounds, as many level budgets as levels, a region edge that divides N.
    func clamped(_ given: Configuration) -> Configuration {
        var result = given
        result.baseSpacing = clamp(given.baseSpacing, 0.25, 64)
        result.resolution = clamp(given.resolution, 8, 128)
        result.levels = clamp(given.levels, 1, 8)
        result.reanchorDistance = clamp(given.reanchorDistance, 0, 64)
        result.nearLevels = clamp(given.nearLevels, 0, result.levels)
        result.cacheBytes = clamp(given.cacheBytes, 0, 1 << 40)
        result.castLatencyFrames = clamp(given.castLatencyFrames, 0, 255)
        result.storeLatencyFrames = clamp(given.storeLatencyFrames, 1, 255)
        if given.regionEdge < 1 || result.resolution % given.regionEdge != 0 {
            let divisors = (1...result.resolution / 4).filter { result.resolution % $0 == 0 }
            result.regionEdge = divisors.max() ?? 1
        }
        result.budgets = clamped(given.budgets, levels: Int(result.levels))
        return result
    }

    func clamped(_ given: Budgets, levels: Int) -> Budgets {
        var perLevel: [Int32] = []
        for level in 0..<levels {
            if level < given.perLevel.count {
                perLevel.append(clamp(given.perLevel[level], 0, 65536))
            } else {
                perLevel.append(max(1, (perLevel.last ?? 0) / 2))
            }
        }
        return Budgets(
            perLevel: perLevel, total: clamp(given.total, 0, 65536),
            uploadBytes: clamp(given.uploadBytes, 0, 1 << 30))
    }

    private func clamp<Value: Comparable>(_ value: Value, _ low: Value, _ high: Value) -> Value {
        value < low ? low : value > high ? high : value
    }
}
