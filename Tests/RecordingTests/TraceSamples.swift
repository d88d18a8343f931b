import Recording
import Streaming
import SwiftProtobuf
import Topology
import Voxels

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Frames for tests.
enum TraceSamples {
    /// Random frames of every kind of event; the numbers include the ends of their ranges.
    static func frames(count: Int, seed: UInt64, firstFrame: Int32 = 0) -> [FrameInput] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            var input = FrameInput(
                frame: firstFrame + Int32(index), engineTimeNanoseconds: integer(&generator),
                session: UInt32.random(in: 0...UInt32.max, using: &generator),
                camera: Camera(
                    position: point(&generator),
                    orientation: Quaternion(
                        x: number(&generator), y: number(&generator), z: number(&generator),
                        w: number(&generator)),
                    fieldOfView: number(&generator)))
            if index % 7 == 3 { input.budgets = budgets(&generator) }
            if index == 0 { input.events.append(.sessionStart(configuration(&generator))) }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                input.events.append(event(&generator))
            }
            return input
        }
    }

    static func plain(_ numbers: Range<Int32>) -> [FrameInput] {
        numbers.map { frame in
            FrameInput(
                frame: frame, engineTimeNanoseconds: Int64(frame) * 20_000_000,
                camera: Camera(position: WorldPoint(Double(frame), 64, 0)),
                events: frame == numbers.lowerBound ? [.sessionStart(.classic)] : [])
        }
    }

    static func bytes(_ frames: [FrameInput]) throws -> [UInt8] {
        var writer = try TraceWriter(MemorySink())
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        return writer.sink.bytes
    }

    private static func event(_ generator: inout SeededGenerator) -> Event {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: return .sessionStart(configuration(&generator))
        case 1: return .sessionEnd
        case 2: return .configure(configuration(&generator))
        case 3:
            return .edit(
                VoxelBox(lower: voxel(&generator), upper: voxel(&generator)),
                Material.allCases.randomElement(using: &generator) ?? .air)
        case 4: return .chunkLoad(chunk(&generator))
        case 5: return .chunkUnload(chunk(&generator))
        case 6, 7:
            let cap = [0, Model.maximumStoreBytes, Int64.random(in: 0...1 << 30, using: &generator)]
            return .store(
                sizeCapBytes: cap.randomElement(using: &generator) ?? 0,
                contents: Bool.random(using: &generator) ? StoreSamples.contents(&generator) : nil)
        case 8: return .storeOff
        case 9: return .storeDamage(StoreSamples.region(edge: 1, &generator))
        case 10: return .writeBackDropped(StoreSamples.row(&generator))
        default: return .invalidate(WorldBox(lower: point(&generator), upper: point(&generator)))
        }
    }

    private static func configuration(_ generator: inout SeededGenerator) -> Configuration {
        var result = Bool.random(using: &generator) ? Configuration.classic : .current
        result.worldSeed = generator.next()
        result.chunksStartLoaded = Bool.random(using: &generator)
        result.layoutVersion = UInt32.random(in: 0...UInt32.max, using: &generator)
        result.baseSpacing = number(&generator)
        result.resolution = Int32.random(in: Int32.min...Int32.max, using: &generator)
        result.levels = Int32.random(in: 0...9, using: &generator)
        result.reanchorDistance = number(&generator)
        result.regionEdge = Int32.random(in: -1...9, using: &generator)
        result.nearLevels = Int32.random(in: -1...9, using: &generator)
        result.cacheBytes = integer(&generator)
        result.castLatencyFrames = Int32.random(in: 0...255, using: &generator)
        result.storeLatencyFrames = Int32.random(in: 0...255, using: &generator)
        result.budgets = budgets(&generator)
        return result
    }

    private static func budgets(_ generator: inout SeededGenerator) -> Budgets {
        Budgets(
            perLevel: (0..<Int.random(in: 0...9, using: &generator)).map { _ in
                Int32.random(in: Int32.min...Int32.max, using: &generator)
            }, total: Int32.random(in: 0...1000, using: &generator), uploadBytes: integer(&generator))
    }

    private static func integer(_ generator: inout SeededGenerator) -> Int64 {
        [0, 1, -1, .min, .max, Int64(truncatingIfNeeded: generator.next())]
            .randomElement(using: &generator) ?? 0
    }

    private static func number(_ generator: inout SeededGenerator) -> Double {
        let edges = [0, 1, -1.5, Double.leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1]
        return Bool.random(using: &generator)
            ? edges.randomElement(using: &generator) ?? 0 : Double.random(in: -1e6...1e6, using: &generator)
    }

    private static func point(_ generator: inout SeededGenerator) -> WorldPoint {
        WorldPoint(number(&generator), number(&generator), number(&generator))
    }

    private static func voxel(_ generator: inout SeededGenerator) -> VoxelCoordinate {
        VoxelCoordinate(integer(&generator), integer(&generator), integer(&generator))
    }

    private static func chunk(_ generator: inout SeededGenerator) -> ChunkCoordinate {
        ChunkCoordinate(integer(&generator), integer(&generator), integer(&generator))
    }
}

/// A trace put together message by message, so that it can be wrong.
struct RawTrace: Equatable {
    var schemas = TraceTopic.allCases.map(\.schema)
    var channels = TraceTopic.allCases.map(\.channel)
    var messages: [MCAPMessage] = []
    var attachments: [MCAPAttachment] = []
    var options = MCAPWriterOptions.complete
    /// Whether schemas and channels have a chunk of their own.
    var hasChunkOfDefinitions = false

    mutating func add(
        _ message: some Message, _ topic: TraceTopic, _ frame: UInt32, sequence: UInt32? = nil,
        logTime: UInt64? = nil
    ) throws {
        add(try message.serializedBytes(), topic, frame, sequence: sequence, logTime: logTime)
    }

    mutating func add(
        _ data: [UInt8], _ topic: TraceTopic, _ frame: UInt32, sequence: UInt32? = nil,
        logTime: UInt64? = nil
    ) {
        let time = logTime ?? TraceFormat.logTime(frame: frame)
        messages.append(
            MCAPMessage(
                channelID: topic.id, sequence: sequence ?? frame, logTime: time, publishTime: time,
                data: data))
    }

    /// The messages of a sound trace.
    init(_ frames: [FrameInput] = []) throws {
        guard !frames.isEmpty else { return }
        for item in try MCAPStreamReader.items(of: MCAPBytes(TraceSamples.bytes(frames))) {
            if case .message(let message) = item.record { messages.append(message) }
        }
    }

    func bytes() throws -> [UInt8] {
        var writer = try MCAPWriter(
            MemorySink(), header: MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library),
            options: options)
        for schema in schemas { try writer.write(schema) }
        for channel in channels { try writer.write(channel) }
        if hasChunkOfDefinitions { try writer.closeChunk() }
        for message in messages { try writer.write(message) }
        for attachment in attachments { try writer.write(attachment) }
        try writer.finish()
        return writer.sink.bytes
    }

    /// The error of reading it from end to end.
    func error() throws -> TraceError? {
        do {
            _ = try TraceReader(bytes()).allFrames()
            return nil
        } catch let error as TraceError {
            return error
        }
    }
}
