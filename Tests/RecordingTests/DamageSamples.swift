import Foundation
import Streaming
import Synchronization
import Testing
import Topology
import Voxels

@testable import Recording

/// A small trace with everything in it that a trace can have, in both layouts.
enum DamageSample {
    /// Frames of the first session, of the second, and one between.
    static let frames: [FrameInput] = {
        var small = Configuration.current
        small.worldSeed = 7
        var events: [[Event]] = Array(repeating: [], count: 8)
        events[0] = [
            .sessionStart(.classic), .store(sizeCapBytes: 1 << 20, contents: nil),
            .chunkLoad(ChunkCoordinate(-1, 0, 1)),
        ]
        events[1] = [
            .edit(VoxelBox(lower: VoxelCoordinate(0, 1, 2), upper: VoxelCoordinate(3, 4, 5)), .lamp),
            .storeDamage(RegionKey(level: 1, region: Cell(0, -1, 2))),
            .writeBackDropped(StoreSamples.row(3)), .storeOff,
        ]
        events[2] = [
            .configure(.current),
            .invalidate(WorldBox(lower: WorldPoint(0, -1, 0.5), upper: WorldPoint(1e9, 2, 3))),
        ]
        events[4] = [.chunkUnload(ChunkCoordinate(4, -5, 6)), .sessionEnd]
        events[6] = [
            .sessionStart(small), .store(sizeCapBytes: 1 << 20, contents: StoreSamples.contents),
            .engine(Engine(name: "e", stages: ["a", "b"])),
        ]
        return events.enumerated().map { number, events in
            FrameInput(
                frame: Int32(number), engineTimeNanoseconds: Int64(number) * 1_000_001,
                session: number < 6 ? 0 : 1,
                camera: Camera(
                    position: WorldPoint(Double(number) * 0.25, 64, -3),
                    orientation: Quaternion(x: 0, y: 0.5, z: 0, w: 0.5), fieldOfView: 1.25),
                budgets: number == 3 ? Budgets(perLevel: [3, 2, 1], total: 5, uploadBytes: 7) : nil,
                events: events)
        }
    }()

    /// What a recorder leaves that flushes after three frames, complete with its summary.
    static let recording = Result { try bytes(frames, .recording(framesPerFlush: 3)) }
    static let canonical = Result { try bytes(frames, .canonical) }
    /// The canonical traces of the first frames: of one, of two, and so on, behind an empty one.
    static let prefixes = Result {
        try [[]] + (1...frames.count).map { try bytes(Array(frames.prefix($0)), .canonical) }
    }

    static func bytes(_ frames: [FrameInput], _ layout: TraceLayout) throws -> [UInt8] {
        var writer = try TraceWriter(MemorySink(), layout: layout)
        for frame in frames { try writer.write(frame) }
        try writer.finish()
        return writer.sink.bytes
    }
}

/// What can be wrong with damaged bytes: each function gives nil where they are an error of the right type or have
/// the right content, and says otherwise what is wrong.
enum DamageCheck {
    /// Every reader of the whole file, which holds `frames`, or from which nothing is to be had where those are none;
    /// an error is wrong if it `isWhole`.
    static func readers(_ bytes: [UInt8], _ frames: [FrameInput], isWhole: Bool) -> String? {
        let reader = TraceReader(bytes)
        do throws(TraceError) {
            let found = try reader.allFrames()
            if found != frames { return "reading gives \(found.count) other frames" }
        } catch {
            if isWhole { return "reading says \(error)" }
        }
        do {
            let prefixes = try DamageSample.prefixes.get()
            if try Trace.finalize(reader) != prefixes[frames.count] { return "finalize gives other bytes" }
        } catch {
            if !(error is TraceError) || isWhole { return "finalize says \(error)" }
        }
        return index(reader, frames, isWhole: isWhole)
    }

    /// Every frame looked up by its number, and all at once.
    static func index(_ reader: TraceReader, _ frames: [FrameInput], isWhole: Bool) -> String? {
        let index: TraceIndex
        do throws(TraceError) {
            index = try reader.index()
        } catch {
            return isWhole ? "the index says \(error)" : nil
        }
        guard let first = frames.first?.frame, let last = frames.last?.frame else { return "the index opens" }
        if index.first != first || index.last != last {
            return "the index has frames \(index.first) to \(index.last)"
        }
        for input in frames {
            do throws(TraceError) {
                if try index.frame(at: Int64(input.frame)) != input { return "another frame \(input.frame)" }
            } catch {
                if isWhole { return "frame \(input.frame): \(error)" }
            }
        }
        do throws(TraceError) {
            let all = try index.frames(in: Int64(first)...Int64(last))
            if all != frames { return "the index gives other frames" }
        } catch {
            if isWhole { return "all frames through the index: \(error)" }
        }
        return nil
    }

    /// Recovery, of `count` frames or, where that is nil, of any number.
    static func recovery(_ bytes: [UInt8], count: Int?) -> String? {
        let recovery: TraceRecovery
        do throws(TraceError) {
            recovery = try Trace.recover(TraceReader(bytes))
        } catch {
            return count ?? 0 == 0 ? nil : "recovery says \(error)"
        }
        if recovery.keptBytes + recovery.lostBytes != bytes.count { return "bytes are neither kept nor lost" }
        if let count, recovery.frameCount != Int64(count) { return "\(recovery.frameCount) frames recovered" }
        do {
            let prefixes = try DamageSample.prefixes.get()
            let found = try recovery.write(to: MemorySink()).bytes
            if found != prefixes[Int(recovery.frameCount)] { return "recovery gives other bytes" }
            return nil
        } catch {
            return "recovery fails after it succeeded: \(error)"
        }
    }
}

/// How much of an exhaustive test is run.
enum TestScale {
    /// LUMON_TEST_FULL=1: everything, also in debug.
    static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"

    #if DEBUG
        static let isDebug = true
    #else
        static let isDebug = false
    #endif

    /// All numbers below `count` in full, and else every so many, from two threads. Prints which.
    static func forEach(
        below count: Int, steps: (debug: Int, release: Int), _ what: String,
        _ body: @Sendable (Int) -> String?
    ) -> [String] {
        let step = isFull ? 1 : isDebug ? steps.debug : steps.release
        print("\(what): \(step == 1 ? "all" : "every \(step)th, all with LUMON_TEST_FULL=1,") of \(count)")
        let numbers = Array(stride(from: 0, to: count, by: step))
        let faults = Mutex<[String]>([])
        // More pieces than threads, since some numbers are slower than others.
        let pieces = 64
        DispatchQueue.concurrentPerform(iterations: pieces) { piece in
            for number in numbers[numbers.count * piece / pieces..<numbers.count * (piece + 1) / pieces] {
                if let fault = body(number) { faults.withLock { $0.append("\(what) \(number): \(fault)") } }
            }
        }
        return faults.withLock { $0.sorted() }
    }
}
