import Foundation
import Streaming
import Testing
import Topology

@testable import Recording

@Suite("Poses become frames")
struct PathImportTests {
    private func error(_ poses: [TimedPose], _ options: ImportOptions = ImportOptions()) throws -> ImportError
    {
        try ImportSamples.error { _ = try PathImport.frames(of: poses, options: options) }
    }

    @Test("Scaled, moved, on other axes, with times from the first pose, and a session in the first frame")
    func frames() throws {
        var configuration = Configuration.current
        configuration.worldSeed = 9
        let poses = [
            ImportSamples.pose(10_500_000_000, 1, 2, 3),
            ImportSamples.pose(
                10_750_000_000, -1, 0, 0.5, Quaternion(x: 0.5, y: 0.25, z: -0.5, w: 0.75), line: 5),
        ]
        let options = ImportOptions(
            configuration: configuration, scale: 2, offset: WorldPoint(100, 0, -7),
            axes: try #require(SignedAxes("z,-x,y")))
        let frames = try PathImport.frames(of: poses, options: options)
        #expect(frames.map(\.camera.position) == [WorldPoint(106, -2, -3), WorldPoint(101, 2, -7)])
        // The permutation is even with one sign: a mirror.
        #expect(frames[1].camera.orientation == Quaternion(x: 0.5, y: 0.5, z: -0.25, w: 0.75))
        #expect(frames.map(\.engineTimeNanoseconds) == [0, 250_000_000])
        #expect(frames.map(\.frame) == [0, 1])
        #expect(frames.map(\.events) == [[.sessionStart(configuration)], []])
        #expect(try TraceReader(TraceSamples.bytes(frames)).allFrames() == frames)
    }

    @Test("Times have to ascend strictly, and not too far")
    func times() throws {
        func pair(_ a: Int64, _ b: Int64) -> [TimedPose] {
            [ImportSamples.pose(a, 0, 0, 0, line: 4), ImportSamples.pose(b, 0, 0, 0, line: 6)]
        }
        for (a, b) in [(5, 5), (5, 4), (Int64.max, .min)] as [(Int64, Int64)] {
            #expect(try error(pair(a, b)) == .timeNotAscending(.line(6), previous: a, found: b))
        }
        #expect(try error(pair(.min, .max)) == .timeTooLong(.line(6)))
        #expect(try error(pair(-1, .max)) == .timeTooLong(.line(6)))
        #expect(
            try PathImport.frames(of: pair(.min, -1), options: ImportOptions()).map(\.engineTimeNanoseconds)
                == [0, .max])
    }

    @Test("Positions outside the lattice are told with their place")
    func positions() throws {
        for x in [1e12, -1e12, .greatestFiniteMagnitude] {
            let poses = [ImportSamples.pose(0, 0, 0, 0), ImportSamples.pose(1, 0, x, 0, line: 3)]
            guard case .position(.line(3), .outOfRange(axis: "y", value: x, _)) = try error(poses) else {
                Issue.record("\(x)")
                continue
            }
        }
        let large = [ImportSamples.pose(0, 1e300, 0, 0)]
        #expect(
            try error(large, ImportOptions(scale: 1e10))
                == .position(.line(1), .notFinite(axis: "x", value: .infinity)))
    }

    @Test("Options, the number of poses, and none at all")
    func options() throws {
        let poses = [ImportSamples.pose(0, 0, 0, 0)]
        for options in [
            ImportOptions(scale: 0), ImportOptions(scale: .nan), ImportOptions(scale: -.infinity),
            ImportOptions(offset: WorldPoint(0, .nan, 0)),
        ] {
            guard case .invalidOption = try error(poses, options) else {
                Issue.record("\(options)")
                continue
            }
        }
        #expect(try error([]) == .noPose(expected: "at least one"))
        let many = Array(repeating: poses[0], count: PathImport.maximumPoses + 1)
        #expect(try error(many) == .tooMany(what: "poses", count: 1_000_001, limit: 1_000_000))
    }

    @Test("What is read out of a file has the same limit")
    func readersStop() throws {
        var list = BoundedList<Int>(of: "times")
        for number in 0..<PathImport.maximumPoses { try list.append(number) }
        let error = try ImportSamples.error { try list.append(0) }
        #expect(error == .tooMany(what: "times", count: 1_000_001, limit: 1_000_000))
    }

    @Test("A text that is too large is refused before anything of it is read")
    func largeFile() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "large-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        try Data([0x31]).write(to: url)
        let file = try FileHandle(forWritingTo: url)
        // A hole: it takes no room on the disk.
        try file.truncate(atOffset: (1 << 28) + 1)
        try file.close()
        let bytes = try MCAPBytes(contentsOf: url.path)
        let error = try ImportSamples.error { _ = try TUMReader.poses(of: bytes) }
        #expect(error == .tooMany(what: "bytes", count: (1 << 28) + 1, limit: 1 << 28))
    }

    @Test("Every error has a sentence with its facts on one line")
    func sentences() {
        let topics = [ImportTopic(topic: "/a\n", schema: "s"), ImportTopic(topic: "/b", schema: "t")]
        let names = (0..<25).map { "child \($0)" }
        for (error, facts) in [
            (.tooMany(what: "bytes", count: 9, limit: 8), ["9 bytes", "8"]),
            (.tooManyFrames(count: 9, limit: 8), ["9 frames", "at most 8"]),
            (.noPose(expected: "lines"), ["no pose", "lines"]),
            (.notText(line: 3), ["line 3", "UTF-8"]),
            (.lineTooLong(line: 3, sizeBytes: 9, limit: 8), ["line 3", "9 bytes", "at most 8"]),
            (
                .columns(line: 3, expected: ["a", "b"], isOpen: true, found: 1),
                ["line 3", "2 or more columns (a b)", "found 1"]
            ),
            (
                .notAnInteger(line: 3, column: "c", found: "x\u{1B}"),
                ["line 3", "c is \"x\\u001b\"", "integer"]
            ),
            (.timeOutOfRange(.message(offset: 9), found: "7 s"), ["message at offset 9", "7 s", "2^63"]),
            (
                .timeNotAscending(.line(3), previous: 1_500_000_000, found: -1),
                ["line 3", "-0.000000001 s", "after 1.500000000 s"]
            ),
            (
                .timeNotAscending(.message(offset: 7), previous: 5, found: 5),
                ["offset 7", "s, that of the pose before; remove repeated poses"]
            ),
            (
                .position(.line(3), .outOfRange(axis: "y", value: 1e12, limitBlocks: 4e9)),
                ["line 3", "y is 1000000000000.0 blocks", "at most 4000000000.0", "smaller scale"]
            ),
            (.position(.line(3), .notFinite(axis: "z", value: .infinity)), ["z is inf", "finite"]),
            (.noRotation(from: .line(3), to: .line(4)), ["line 3", "line 4", "length 1"]),
            (.notOrthonormal(line: 3, excess: 0.5), ["line 3", "0.5", "at most 0.001"]),
            (.reflection(line: 3, determinant: -1), ["line 3", "-1.0", "expected 1"]),
            (.timesCount(poses: 2, times: 3), ["2 poses", "3 times"]),
            (
                .noPoseTopic(found: []),
                ["foxglove.PoseInFrame or foxglove.FrameTransform", "no topic at all"]
            ),
            (.noPoseTopic(found: topics), ["\"/a\\n\" (schema \"s\"), \"/b\" (schema \"t\")"]),
            (.topicNotFound(topic: "/c", found: topics), ["\"/c\"", "\"/b\""]),
            (.ambiguousTopic(found: topics), ["several", "\"/b\""]),
            (.childNotFound(topic: "/tf", child: "c", found: ["d"]), ["\"/tf\"", "\"c\"", "\"d\""]),
            (.ambiguousChild(topic: "/tf", found: names), ["\"child 19\", and 5 more"]),
            (.noChildFrames(topic: "/tf"), ["\"/tf\""]),
            (.encoding(topic: "/tf", found: "cdr"), ["\"/tf\"", "\"cdr\"", "protobuf or json"]),
            (.undecodable(schema: "s", encoding: "json", offset: 9), ["offset 9", "as s in json"]),
            (
                .missingField(.message(offset: 9), field: "the position"),
                ["offset 9", "the position is missing"]
            ),
            (
                .container(.compressedChunk(offset: 25, compression: "zstd")),
                ["zstd", "mcap decompress IN -o OUT"]
            ),
        ] as [(ImportError, [String])] {
            for fact in facts { #expect(error.description.contains(fact), "\(error.description)") }
            #expect(!error.description.contains("\n"))
        }
    }
}

@Suite("Decimal numbers without rounding")
struct ExactDecimalTests {
    @Test("Rounded like a fraction of two integers", arguments: [1, 2, 3] as [UInt64])
    func againstFractions(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<3000 {
            // digits * 10^(exponent - decimals), in units of 10^-power.
            let length = Int.random(in: 1...18, using: &generator)
            var digits = UInt128(UInt64.random(in: 0..<1_000_000_000_000_000_000, using: &generator))
            for _ in length..<18 { digits /= 10 }
            // Ties are rare among random digits.
            if Bool.random(using: &generator) { digits = digits / 10 * 10 + 5 }
            let decimals = Int.random(in: 0...18, using: &generator)
            let exponent = Int.random(in: -4...4, using: &generator)
            let all = String(digits)
            let padded = String(repeating: "0", count: max(0, decimals - all.count)) + all
            let text =
                padded.dropLast(decimals) + "." + padded.suffix(decimals)
                + (exponent == 0 && Bool.random(using: &generator) ? "" : "e\(exponent)")
            guard text != "." else { continue }
            let decimal = try #require(ExactDecimal(text), "seed \(seed), \(text)")
            for power in [0, 3, 9] {
                let shift = exponent - decimals + power
                var (numerator, denominator) = (digits, UInt128(1))
                for _ in 0..<abs(shift) { if shift > 0 { numerator *= 10 } else { denominator *= 10 } }
                let (quotient, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
                let isUp = 2 * rest > denominator || 2 * rest == denominator && quotient % 2 == 1
                let expected = UInt64(exactly: quotient + (isUp ? 1 : 0))
                let found = decimal.scaled(byPowerOfTen: power)
                #expect(found?.magnitude == expected, "seed \(seed), \(text) * 10^\(power)")
                if let found { #expect(found.isExact == (rest == 0), "seed \(seed), \(text) * 10^\(power)") }
            }
        }
    }

    @Test("A time as text reads back as itself, the ends of the range included")
    func texts() throws {
        for (time, text) in [
            (0, "0.000000000"), (1, "0.000000001"), (-1, "-0.000000001"), (1_000_000_000, "1.000000000"),
            (-1_500_000_000, "-1.500000000"), (.max, "9223372036.854775807"), (.min, "-9223372036.854775808"),
        ] as [(Int64, String)] {
            #expect(DecimalSeconds.text(nanoseconds: time) == text)
        }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<1000 {
            let time =
                Int64(truncatingIfNeeded: generator.next()) >> Int64.random(in: 0...62, using: &generator)
            let decimal = try #require(ExactDecimal(DecimalSeconds.text(nanoseconds: time)))
            #expect(DecimalSeconds.nanoseconds(decimal) == time, "seed 5, \(time)")
        }
    }
}
