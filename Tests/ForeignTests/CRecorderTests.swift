import CRecorder
import Foundation
import Hashing
import Recording
import Streaming
import Testing
import Topology
import Voxels

/// The recorder for engines, built as an engine builds it, with its test programs in C and C++ (`Tests/CRecorder/run.sh`).
@Suite("The recorder in C", .enabled(if: Tool.hasC, Tool.noC), .serialized)
struct CRecorderTests {
    private static let folder = Result { try Folder() }

    private func run(_ part: String) throws -> Outcome {
        let folder = try Self.folder.get()
        let outcome = try folder.run(Tool.path("Tests/CRecorder/run.sh"), [folder.path("built"), part])
        try #require(outcome.code == 0, "\(outcome)")
        return outcome
    }

    @Test(
        "allocates nothing and calls no system; misuse, a full ring and a full disk have their codes; the example in C++ runs"
    )
    func programs() throws {
        let outcome = try run("plain")
        // Without xxhash for Python the last is skipped, and that is said.
        for line in [
            "misuse: every wrong call has its code", "allocations: 0 in ", "system calls: 0",
            "example.mcap: 120 frames, 0 missing",
            Tool.hasXXHash ? "2000 random rounds agree" : "skipped: the digests",
        ] {
            #expect(outcome.output.contains(line), "\(outcome)")
        }
        let folder = try Self.folder.get()
        let example = try TraceReader(contentsOf: folder.path("built/plain/out/example.mcap"))
        let frames = try example.allFrames()
        #expect(
            frames.count == 120 && frames[60].events.count == 1 && frames.allSatisfy { $0.checkpoint != nil })
        #expect(frames[119].castResults == [468, 469, 470, 471])
        #expect(
            try folder.replay(["trace", "validate", "--allow-non-canonical", "built/plain/out/example.mcap"])
                .code == 0)
        // Two runs of it are compared by its own digests.
        let copy = "built/plain/out/example.mcap"
        #expect(try folder.replay(["trace", "compare", copy, copy]).code == 0)

        for script in RecorderComparisonTests.scripts {
            let expected = try RecorderComparisonTests.expected(script, in: Folder())
            let other = try Folder()
            let recorded = try other.run(
                folder.path("built/plain/record-calls"), [Tool.path(script), "other.mcap"])
            try #require(recorded.code == 0, "\(recorded)")
            let found = try Trace.finalize(TraceReader(contentsOf: other.path("other.mcap")))
            let difference = try RecorderComparisonTests.difference(expected, found)
            #expect(found == expected, "\(script): \(difference)")
        }
    }

    @Test("passes under AddressSanitizer and ThreadSanitizer", arguments: ["address", "thread"])
    func sanitized(sanitizer: String) throws {
        #expect(try run(sanitizer).output.contains("misuse: every wrong call has its code"))
    }

    @Test("killed at any moment it leaves whole chunks", .enabled(if: Tool.hasMCAP, Tool.noMCAP))
    func kills() throws { #expect(try run("kills").output.contains("at most")) }
}

/// The digest functions beside those of the model.
@Suite("Digests in C") struct CDigestTests {
    private func cell(_ cell: Cell) -> lr_cell { lr_cell(x: cell.x, y: cell.y, z: cell.z) }

    @Test func theLeavesAreThoseOfTheModel() {
        let seed =
            ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 0...UInt64.max)
        print("digests in C: repeat with LUMON_TEST_SEED=\(seed) swift test --filter CDigestTests")
        var random = SplitMix(state: seed)
        func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
            Number(truncatingIfNeeded: random.next())
        }
        for _ in 0..<500 {
            let level = Int(number(UInt8.self) % 8)
            let place = Cell(number(Int32.self), number(Int32.self), number(Int32.self))
            var probe = ProbeState(generation: 0)
            probe.lifecycle = Lifecycle(rawValue: number(UInt8.self) % 7) ?? .valid
            probe.afterFlight = AfterFlight(rawValue: number(UInt8.self) % 4)
            probe.lastUpdated = number(Int32.self)
            probe.queuedAt = number(Int32.self)
            probe.retryAfter = number(Int32.self)
            probe.generation = number(UInt32.self)
            probe.ticket = number(UInt64.self)
            var state = lr_state(
                level: UInt8(level), lifecycle: probe.lifecycle.rawValue,
                after_flight: probe.afterFlight.rawValue,
                reserved: 0, cell: cell(place), last_updated: probe.lastUpdated, queued_at: probe.queuedAt,
                retry_after: probe.retryAfter, generation: probe.generation)
            #expect(lr_leaf_state(&state) == probe.record(level: level, cell: place).leaf.value)
            #expect(
                lr_leaf_queued(UInt8(level), cell(place), probe.generation, probe.ticket)
                    == probe.queuedRecord(level: level, cell: place).leaf.value)
            var payload = Payload()
            payload.flags = Payload.validFlag
            payload.sh.r0 = number(UInt16.self)
            payload.aoU = number(UInt16.self)
            payload.meanLogHitDistance = number(UInt16.self)
            #expect(
                lr_leaf_payload(UInt8(level), cell(place), payload.bytes)
                    == payload.record(level: level, cell: place).leaf.value)
            let bytes = (0..<Int(number(UInt16.self) % 600)).map { _ in number(UInt8.self) }
            #expect(lr_xxh3_64(bytes, bytes.count) == XXH3.digest64(bytes).value)
            let long = lr_xxh3_128(bytes, bytes.count)
            #expect(Digest128(high: long.high, low: long.low) == XXH3.digest128(bytes))
        }
    }

    @Test func levelsFramesAndRunsAreThoseOfTheModel() throws {
        var configuration = Configuration.classic
        configuration.resolution = 8
        configuration.levels = 2
        configuration.worldSeed = 3
        var system = StreamingSystem()
        let casts = InlineCasts()
        var run = lr_run_digest()
        lr_run_begin(&run)
        var digests = CanonicalBytes()
        for frame in 0..<12 {
            let input = FrameInput(
                frame: Int32(frame), camera: Camera(position: WorldPoint(Double(frame), 84, 0)),
                events: frame == 0 ? [.sessionStart(configuration)] : [])
            let result = try system.step(input, casts: casts)
            for (index, level) in system.levels.enumerated() {
                let digest = lr_level_digest(
                    UInt8(index), cell(level.snap.cameraCell), cell(level.snap.anchor), level.stateSum.value,
                    level.payloadSum.value)
                #expect(digest == result.digests.levels[index].value, "frame \(frame), level \(index)")
            }
            let whole = lr_frame_digest(
                Int32(frame), result.digests.stages.map(\.value), result.digests.levels.map(\.value), 2)
            #expect(Digest128(high: whole.high, low: whole.low) == result.digests.frame, "frame \(frame)")
            lr_run_add(&run, whole)
            digests.append(result.digests.frame)
        }
        let value = lr_run_value(&run)
        #expect(Digest128(high: value.high, low: value.low) == digests.digest128())
    }
}

/// SplitMix64: the same numbers for the same seed on every machine.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
