import Streaming
import Testing

@testable import Recording

/// A trace in which nothing of what a damaged one can be must be anything else than an error or the right content.
@Suite("Trace damage")
struct TraceDamageTests {
    @Test("The samples have every kind of event, some chunks, and few bytes")
    func samples() throws {
        let recording = try DamageSample.recording.get()
        let canonical = try DamageSample.canonical.get()
        for bytes in [recording, canonical] {
            #expect(bytes.count <= 16 << 10)
            #expect(DamageCheck.readers(bytes, DamageSample.frames, isWhole: true) == nil)
            #expect(DamageCheck.recovery(bytes, count: DamageSample.frames.count) == nil)
            let info = try Trace.info(TraceReader(bytes))
            #expect(info.events.allSatisfy { $0.count > 0 } && info.configurations.count == 3)
        }
        #expect(Trace.canonicity(of: TraceReader(canonical)) == .canonical)
        #expect(Trace.canonicity(of: TraceReader(recording)) != .canonical)
        // Definitions, and three chunks of frames.
        #expect(try MCAPIndexedReader(MCAPBytes(recording)).chunkIndexes.count == 4)
        #expect(try MCAPIndexedReader(MCAPBytes(canonical)).chunkIndexes.count == 1)
    }

    @Test("A file cut anywhere is an error to every reader")
    func cuts() throws {
        for sample in [DamageSample.recording, DamageSample.canonical] {
            let bytes = try sample.get()
            let faults = TestScale.forEach(below: bytes.count, steps: (3, 1), "cut to") { size in
                DamageCheck.readers(Array(bytes.prefix(size)), [], isWhole: false)
            }
            #expect(faults.isEmpty)
        }
    }

    @Test("Of a file cut anywhere the frames of all whole chunks are recovered, and no others")
    func recoveredCuts() throws {
        for sample in [DamageSample.recording, DamageSample.canonical] {
            let bytes = try sample.get()
            let chunks = try MCAPIndexedReader(MCAPBytes(bytes)).chunkIndexes
            let faults = TestScale.forEach(below: bytes.count + 1, steps: (3, 1), "recovered from") { size in
                var count = 0
                for chunk in chunks where !chunk.messageIndexOffsets.isEmpty {
                    guard chunk.chunkStartOffset + chunk.chunkLength <= size else { continue }
                    let last = chunk.messageEndTime / TraceFormat.tickNanoseconds
                    count = max(count, Int(last) + 1)
                }
                return DamageCheck.recovery(Array(bytes.prefix(size)), count: count)
            }
            #expect(faults.isEmpty)
        }
    }

    @Test("No flipped bit makes another trace of it, whoever reads it")
    func flips() throws {
        for sample in [DamageSample.recording, DamageSample.canonical] {
            let bytes = try sample.get()
            let faults = TestScale.forEach(below: bytes.count * 8, steps: (29, 5), "flipped bit") { bit in
                var damaged = bytes
                damaged[bit / 8] ^= 1 << (bit % 8)
                return DamageCheck.readers(damaged, DamageSample.frames, isWhole: false)
                    ?? DamageCheck.recovery(damaged, count: nil)
            }
            #expect(faults.isEmpty)
        }
    }

    @Test(
        "No number anywhere is worse than an error, where no checksum finds it first",
        arguments: [1 << 31, 1 << 63, UInt64.max])
    func hostileNumbers(number: UInt64) throws {
        var raw = try RawTrace(DamageSample.frames)
        raw.options.checksums = false
        let bytes = try raw.bytes()
        let faults = TestScale.forEach(below: bytes.count - 8, steps: (211, 37), "\(number) at") { place in
            for size in [2, 4, 8] {
                var damaged = bytes
                damaged.replaceSubrange(place..<place + size, with: RawFile.little(number).prefix(size))
                let reader = TraceReader(damaged)
                _ = try? reader.allFrames()
                _ = try? Trace.finalize(reader, droppingForeign: true)
                if let index = try? reader.index() { _ = try? index.frame(at: Int64(index.first)) }
                guard let recovery = try? Trace.recover(reader) else { continue }
                guard let written = try? recovery.write(to: MemorySink()).bytes else {
                    return "what was recovered cannot be written"
                }
                if Trace.canonicity(of: TraceReader(written)) != .canonical { return "not canonical" }
            }
            return nil
        }
        #expect(faults.isEmpty)
    }

    @Test("No flipped bit of what a killed recorder leaves makes another trace of it")
    func flipsOfAPartialFile() throws {
        let bytes = try DamageSample.recording.get()
        let end = try #require(try Sample.items(bytes).first { $0.record.opcode == .dataEnd }?.offset)
        let partial = Array(bytes.prefix(Int(end) - 5))
        let faults = TestScale.forEach(below: partial.count * 8, steps: (29, 5), "flipped bit") { bit in
            var damaged = partial
            damaged[bit / 8] ^= 1 << (bit % 8)
            return DamageCheck.recovery(damaged, count: nil)
        }
        #expect(faults.isEmpty)
    }
}
