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
        for block in blocks {
            switch block.content {
            case .digest64(let bytes, let digest):
                #expect(XXH3.digest64(bytes).description == digest, "\(block.place)")
            case .digest128(let bytes, let digest):
                #expect(XXH3.digest128(bytes).description == digest, "\(block.place)")
            case .file(let bytes, let name, let offset):
                let file = try Data(contentsOf: Sample.repository.appendingPathComponent(name))
                #expect(Array(file.dropFirst(offset).prefix(bytes.count)) == bytes, "\(block.place)")
            case .sums(let sums):
                for sum in sums { #expect(sum.a &+ sum.b == sum.total, "\(block.place)") }
            case .golden(let text):
                let golden = Sample.repository.appendingPathComponent("Golden/growing-old.golden")
                #expect(try String(contentsOf: golden, encoding: .utf8) == text, "\(block.place)")
            case .unknown(let line):
                Issue.record("\(block.place): '\(line)' is in no form that Formats.md knows")
            }
        }
        #expect(blocks.count >= 18)
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

    @Test("a bit that is changed in an example is noticed")
    func changedBits() throws {
        for block in try ExampleBlock.all.get() {
            guard case .digest64(var bytes, let digest) = block.content else { continue }
            for place in bytes.indices {
                bytes[place] ^= 1
                #expect(XXH3.digest64(bytes).description != digest, "\(block.place), byte \(place)")
                bytes[place] ^= 1
            }
        }
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

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A fenced block without a language, of a page of the documentation. Formats.md says what it can be.
private struct ExampleBlock {
    enum Content {
        case digest64([UInt8], String)
        case digest128([UInt8], String)
        case file([UInt8], name: String, offset: Int)
        case sums([(a: UInt64, b: UInt64, total: UInt64)])
        case golden(String)
        case unknown(String)
    }

    /// Page, and line of the fence.
    var place: String
    var content: Content

    static let all: Result<[ExampleBlock], any Error> = Result {
        let folder = Sample.repository.appendingPathComponent("Sources/Replay/Replay.docc")
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try pages.filter { $0.hasSuffix(".md") }.sorted().flatMap { page in
            blocks(of: try String(contentsOf: folder.appendingPathComponent(page), encoding: .utf8), page)
        }
    }

    private static func blocks(of text: String, _ page: String) -> [ExampleBlock] {
        var blocks: [ExampleBlock] = []
        var fence: (language: String, line: Int)?
        var lines: [String] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.hasPrefix("```") else {
                if fence != nil { lines.append(String(line)) }
                continue
            }
            if let open = fence {
                if open.language.isEmpty {
                    blocks.append(ExampleBlock(place: "\(page):\(open.line)", content: content(lines)))
                }
                fence = nil
            } else {
                fence = (String(line.dropFirst(3)), index + 1)
            }
            lines = []
        }
        return blocks
    }

    private static func content(_ lines: [String]) -> Content {
        guard let last = lines.last else { return .unknown("nothing") }
        if lines[0].hasPrefix("lumon-replay golden ") {
            return .golden(lines.joined(separator: "\n") + "\n")
        }
        let sums = lines.compactMap(sum)
        if sums.count == lines.count { return .sums(sums) }
        var bytes: [UInt8] = []
        for line in lines.dropLast() {
            guard let more = Self.bytes(String(halves(line).0)) else { return .unknown(line) }
            bytes += more
        }
        let (word, rest) = halves(last)
        switch word {
        case "XXH3-64": return .digest64(bytes, rest)
        case "XXH3-128": return .digest128(bytes, rest)
        case "at":
            let parts = rest.components(separatedBy: ", byte ")
            guard parts.count == 2, let offset = Int(parts[1]) else { return .unknown(last) }
            return .file(bytes, name: parts[0], offset: offset)
        default: return .unknown(last)
        }
    }

    /// What stands before the first two spaces, and what stands behind them.
    private static func halves(_ line: String) -> (String, String) {
        guard let gap = line.range(of: "  ") else { return (line, "") }
        return (
            String(line[..<gap.lowerBound]),
            line[gap.upperBound...].trimmingCharacters(in: .whitespaces)
        )
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.filter { $0 != " " })
        guard !digits.isEmpty, digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(digits[place...place + 1]), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func sum(_ line: String) -> (a: UInt64, b: UInt64, total: UInt64)? {
        let words = line.split(separator: " ")
        guard words.count == 5, words[1] == "+", words[3] == "=", let a = UInt64(words[0], radix: 16),
            let b = UInt64(words[2], radix: 16), let total = UInt64(words[4], radix: 16)
        else { return nil }
        return (a, b, total)
    }
}
