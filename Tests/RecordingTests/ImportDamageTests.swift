import Recording
import Testing

/// Whatever the bytes: a result, or an error of the one type, and in bounded time.
@Suite("Damaged paths")
struct ImportDamageTests {
    private struct Format: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var bytes: [UInt8]
        var read: @Sendable (MCAPBytes) throws(ImportError) -> [TimedPose]
    }

    private static let formats: Result<[Format], any Error> = Result {
        let rate = try #require(FrameRate("10"))
        let slow = """
            1305031098.6659 1.3563 0.6305 1.6380 0.6132 0.5962 -0.3311 -0.3986
            # gap
            1.3050310987e9 -1.3543e-1 .6306 1.6360 0.6129 0.5966 -0.3316 -0.3980\r
            1305031099.1758 1.3543 0.6306 1.6360 0.6129 0.5966 -0.3316 -0.3980
            """
        let matrices = "1 0 0 5 0 1 0 6 0 0 1 7\n0 0 1 -1 1 0 0 -2 0 1 0 -3\n1 0 0 5 0 -1 0 6 0 0 -1 7"
        let table = """
            #timestamp, p_x
            1403636580838555648,4.688319,-1.786938,0.783338,0.534108,-0.153029,-0.827383,-0.082152,9\r
            1403636580843555648,4.688177,-1.786770,0.787350,0.534640,-0.152990,-0.826976,-0.082863
            """
        var protobuf = PoseRecording(options: MCAPWriterOptions(checksums: false))
        let pose = protobuf.add("/pose")
        for second in 1...3 as ClosedRange<Int64> {
            try protobuf.add(PoseRecording.pose(seconds: second, nanoseconds: 7), on: pose)
        }
        var json = PoseRecording(options: .plain)
        json.options.checksums = false
        let transform = json.add("/tf", .frameTransform, encoding: "json")
        for (second, time) in [#"{"sec":1,"nsec":5}"#, #""1970-01-01T00:00:07.5Z""#].enumerated() {
            json.add(
                """
                {"timestamp":\(time),"child_frame_id":"c","translation":{"x":1e1,"y":-\(second)},\
                "rotation":{"x":"0.5","w":0.5},"more":[[{"a":null}]]}
                """, on: transform)
        }
        return [
            Format(testDescription: "tum", bytes: Array(slow.utf8)) { bytes throws(ImportError) in
                try TUMReader.poses(of: bytes)
            },
            Format(testDescription: "kitti", bytes: Array(matrices.utf8)) { bytes throws(ImportError) in
                try KITTIReader.poses(of: bytes, times: .rate(rate))
            },
            Format(testDescription: "times", bytes: Array("0.0e+00\n1.5\n1.036224e+01".utf8)) {
                bytes throws(ImportError) in
                try KITTIReader.times(of: bytes).map { ImportSamples.pose($0, 0, 0, 0) }
            },
            Format(testDescription: "euroc", bytes: Array(table.utf8)) { bytes throws(ImportError) in
                try EuRoCReader.poses(of: bytes)
            },
            Format(testDescription: "protobuf", bytes: try protobuf.bytes()) { bytes throws(ImportError) in
                try FoxgloveReader.poses(of: bytes, topic: nil, childFrame: nil)
            },
            Format(testDescription: "json", bytes: try json.bytes()) { bytes throws(ImportError) in
                try FoxgloveReader.poses(of: bytes, topic: nil, childFrame: nil)
            },
        ]
    }

    /// - Returns: whether a path came of it.
    private func reads(_ bytes: [UInt8], _ format: Format) throws(ImportError) -> [TimedPose] {
        let poses = try format.read(MCAPBytes(bytes))
        // So slow that a time that was made wrong gives a bounded number of frames.
        _ = try PathImport.frames(of: poses, options: ImportOptions(rate: FrameRate("0.000001")))
        return poses
    }

    @Test("What the tests begin with is sound")
    func sound() throws {
        for format in try ImportDamageTests.formats.get() {
            #expect(try reads(format.bytes, format).count >= 2, "\(format.testDescription)")
        }
    }

    @Test("Cut short anywhere")
    func truncated() throws {
        for format in try ImportDamageTests.formats.get() {
            let whole = try reads(format.bytes, format)
            for size in format.bytes.indices {
                guard let poses = try? reads(Array(format.bytes.prefix(size)), format) else { continue }
                // A text that is cut is the same path up to its last line.
                #expect(
                    poses.dropLast() == whole.prefix(poses.count - 1), "\(format.testDescription), \(size)")
            }
        }
    }

    @Test("One byte changed anywhere")
    func changed() throws {
        var outcomes: Set<Bool> = []
        for format in try ImportDamageTests.formats.get() {
            for position in format.bytes.indices {
                for value in [0x00, 0x0A, 0x20, 0x22, 0x2D, 0x2C, 0x39, 0x65, 0x7F, 0x80, 0xFF] as [UInt8] {
                    var damaged = format.bytes
                    damaged[position] = value
                    outcomes.insert((try? reads(damaged, format)) != nil)
                }
            }
        }
        #expect(outcomes.count == 2, "nothing was damaged enough, or everything")
    }

    @Test("Parts cut out, doubled and overwritten", arguments: [1, 2, 3] as [UInt64])
    func mixed(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for format in try ImportDamageTests.formats.get() {
            for _ in 0..<300 {
                var damaged = format.bytes
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let start = Int.random(in: 0...damaged.count, using: &generator)
                    let end = min(damaged.count, start + Int.random(in: 0...20, using: &generator))
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: damaged.removeSubrange(start..<end)
                    case 1: damaged.insert(contentsOf: damaged[start..<end], at: start)
                    default:
                        for position in start..<end {
                            damaged[position] = UInt8(truncatingIfNeeded: generator.next())
                        }
                    }
                }
                _ = try? reads(damaged, format)
            }
        }
    }

    @Test("JSON as deep as it likes")
    func deep() throws {
        for (opening, closing) in [("[", "]"), ("{\"a\":", "}")] {
            var recording = PoseRecording()
            let inner =
                String(repeating: opening, count: 50_000) + "1" + String(repeating: closing, count: 50_000)
            recording.add("{\"more\":\(inner)}", on: recording.add("/pose", encoding: "json"))
            _ = try ImportSamples.error { _ = try recording.poses() }
        }
    }
}
