import Foundation
import Hashing
import Testing
import Topology
import Voxels

@testable import Streaming

/// Holds the worked examples of the documentation to the program: a layout that changes, or a page that is changed by
/// hand and wrong, makes one of these fail.
@Suite("The worked examples of the documentation")
struct WorkedExampleTests {
    private static let cell = Cell(-2, 19, 3)

    @Test("every block of a page is bytes with their digest or their place, a sum, or the text of a golden")
    func blocks() throws {
        let blocks = try ExampleBlock.all.get()
        for block in blocks { #expect(block.problem == nil, "\(block.place)") }
        #expect(blocks.count >= 18)
    }

    @Test("a digit that is changed in an example is noticed, and so is a block of no known form")
    func changedDigits() throws {
        for block in try ExampleBlock.all.get() where !block.isGolden {
            for (index, line) in block.lines.enumerated() {
                // The first digit of what is computed with, and the last of what comes out.
                let isLast = index == block.lines.count - 1
                let digits = line.indices.filter { line[$0].isHexDigit }
                guard let place = isLast ? digits.last : digits.first else { continue }
                var changed = block.lines
                changed[index].replaceSubrange(place...place, with: line[place] == "7" ? "8" : "7")
                #expect(
                    ExampleBlock(place: block.place, lines: changed).problem != nil,
                    "\(block.place): '\(changed[index])'")
            }
        }
        for line in ["XXH3-64  00", "01  tag", "xyz", "01 + 01 = 03", "at  no such file, byte 0", ""] {
            #expect(ExampleBlock(place: "", lines: ["01  a", line]).problem != nil, "'\(line)'")
        }
    }

    @Test("the records of probes and casts are those of the model")
    func records() throws {
        var state = ProbeState(generation: 1)
        state.lifecycle = .queued
        state.queuedAt = 200
        state.ticket = 713
        try expectExample(of: state.record(level: 1, cell: WorkedExampleTests.cell))
        try expectExample(of: state.queuedRecord(level: 1, cell: WorkedExampleTests.cell))

        let flight = Flight(
            sequence: 712, level: 1, cell: WorkedExampleTests.cell, generation: 1, epoch: 1)
        let batch = FlightBatch(
            frame: 200, dueFrame: 202, world: VoxelWorld(seed: 53, chunksStartLoaded: true),
            lattice: Lattice(baseSpacing: 2, levels: 2, resolution: 8), flights: [flight])
        try expectExample(of: flight.record(in: batch))

        var payload = Payload()
        payload.sh.r0 = 0x3d44
        payload.sh.g0 = 0x3e23
        payload.sh.b0 = 0x3fa8
        payload.sh.rY = 0x378b
        payload.sh.gY = 0x3883
        payload.sh.bY = 0x3a21
        payload.sh.rZ = 0x8000
        payload.sh.bZ = 0x8000
        payload.sh.rX = 0xa2dc
        payload.sh.gX = 0xa3be
        payload.sh.bX = 0xa449
        payload.aoU = 0x376a
        payload.aoV = 0x3bb5
        payload.aoConfidence = 0x3b20
        payload.meanLogHitDistance = 0x42d4
        payload.confidence = 0.4140625
        payload.flags = Payload.validFlag
        try expectExample(of: payload.record(level: 1, cell: Cell(0, 22, 2)))
    }

    @Test("the leaves of a voxel and of a chunk, and the sums over them, are those of the world")
    func world() throws {
        let lamp = VoxelBox(lower: VoxelCoordinate(10, 70, 0), upper: VoxelCoordinate(11, 71, 1))
        var alone = VoxelWorld(seed: 0, chunksStartLoaded: true)
        alone.apply(edit: lamp, material: .lamp)
        #expect(try example(tag: 0x45).digest == alone.contentSum.description)
        var unloaded = VoxelWorld(seed: 0, chunksStartLoaded: true)
        unloaded.setLoaded(ChunkCoordinate(0, 2, 0), false)
        #expect(try example(tag: 0x4C).digest == unloaded.contentSum.description)

        // As Traces/tour.mcap does, in the frames 30, 40 and 50.
        var tour = VoxelWorld(seed: 0x5eed_0fca_fef0_0d00, chunksStartLoaded: true)
        let stone = VoxelBox(lower: VoxelCoordinate(2, 60, -2), upper: VoxelCoordinate(6, 64, 2))
        tour.apply(edit: stone, material: .stone)
        var contents = [tour.contentSum.value]
        tour.apply(edit: lamp, material: .lamp)
        contents.append(tour.contentSum.value)
        tour.setLoaded(ChunkCoordinate(0, 2, 0), false)
        contents.append(tour.contentSum.value)
        let sums = try ExampleBlock.all.get().compactMap { block in
            if case .sums(let sums) = block.content, sums.count == 2 { sums } else { nil }
        }
        try #require(sums.count == 1)
        #expect(sums[0].map(\.a) == Array(contents.prefix(2)))
        #expect(sums[0].map(\.total) == Array(contents.suffix(2)))
    }

    @Test("the whole snapshot is that of a system that has not stepped")
    func snapshot() throws {
        let bytes = try example(magic: "LRSNAPSH").bytes
        var whole = CanonicalBytes()
        whole.append(contentsOf: bytes)
        whole.append(XXH3.digest128(bytes))
        #expect(StreamingSystem().snapshot() == whole.bytes)
    }

    @Test("stages, level, frame and run are those that the program prints")
    func program() throws {
        let workspace = try Workspace()
        let trace = Sample.repository.appendingPathComponent("Traces/growing-old.mcap").path
        let dump = try workspace.run(["replay", trace, "--dump-frame", "200"])
        #expect(dump.code == 0, "\(dump)")
        for tag: UInt8 in [0x80, 0x85, 0x87] {
            let stage = try example(tag: tag)
            #expect(dump.output.contains("\"bytes\":\"\(stage.hexadecimal)\"}"))
            #expect(dump.output.contains("\"digest\":\"\(stage.digest)\""))
        }
        #expect(dump.output.contains("\"stateRecord\":\"\(try example(tag: 1).hexadecimal)\""))
        #expect(dump.output.contains("\"payloadRecord\":\"\(try example(tag: 2).hexadecimal)\""))
        #expect(dump.output.contains("\"flightRecord\":\"\(try example(tag: 4).hexadecimal)\""))
        let head = try #require(dump.outputLines.first)
        #expect(head.contains(",\"\(try example(tag: 0xA0).digest)\"]"))

        let wide = try ExampleBlock.all.get().compactMap { block in
            if case .digest128(_, let digest) = block.content { digest } else { nil }
        }
        #expect(wide.contains { head.contains("\"digest\":\"\($0)\"") })
        let run = try workspace.run(["replay", trace, "--from", "0", "--to", "1"])
        #expect(run.code == 0, "\(run)")
        #expect(wide.contains { run.outputLines.contains("run            \($0)") })
    }

    // MARK: Helpers

    private typealias Example = (bytes: [UInt8], digest: String, hexadecimal: String)

    /// The one block whose bytes match; `isWide` looks among those with a digest of 128 bits.
    private func example(
        _ name: String, isWide: Bool, _ matches: ([UInt8]) -> Bool
    ) throws -> Example {
        let found = try ExampleBlock.all.get().compactMap { block -> Example? in
            switch block.content {
            case .digest64(let bytes, let digest) where !isWide,
                .digest128(let bytes, let digest) where isWide:
                matches(bytes) ? (bytes, digest, hexadecimal(bytes)) : nil
            case .digest64, .digest128, .file, .sums, .golden, .unknown: nil
            }
        }
        return try #require(found.count == 1 ? found[0] : nil, "one example of \(name), not \(found.count)")
    }

    private func example(tag: UInt8) throws -> Example {
        try example("the tag \(tag)", isWide: false) { $0.first == tag }
    }

    private func example(magic: String) throws -> Example {
        try example(magic, isWide: true) { $0.starts(with: Array(magic.utf8)) }
    }

    private func expectExample(
        of record: LeafRecord, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let example = try example(tag: record.bytes[0])
        #expect(example.bytes == record.bytes, sourceLocation: sourceLocation)
        #expect(example.digest == record.leaf.description, sourceLocation: sourceLocation)
    }
}
