import Foundation
import Recording
import Streaming
import Testing
import Topology

@Suite("trace import")
struct ImportCommandTests {
    @Test("a path of poses becomes a trace that replays, the same bytes each time")
    func importPath() throws {
        var text = "# timestamp tx ty tz qx qy qz qw\n"
        for pose in 0..<6 { text += "1305031102.\(10 + pose) 1.\(pose) 2.5 -3.25 0 0.1 0 0.9\r\n" }
        let workspace = try Workspace(["path.txt": Array(text.utf8)])
        let arguments = [
            "trace", "import", "--format", "tum", "path.txt", "--scale", "4", "--offset", "0,80,0",
            "--preset", "current", "--seed", "42", "-o",
        ]
        for name in ["one.mcap", "two.mcap"] {
            let outcome = try workspace.run(arguments + [name])
            #expect(outcome.code == 0, "\(outcome)")
        }
        #expect(try workspace.bytes("one.mcap") == (try workspace.bytes("two.mcap")))
        #expect(try workspace.run(["trace", "validate", "one.mcap"]).code == 0)
        #expect(try workspace.run(["replay", "one.mcap"]).output.contains("frames         0 to 5"))
        #expect(try workspace.run(["trace", "cat", "one.mcap"]).output.contains("90.0"))
    }

    @Test("one path in every format becomes the same trace")
    func sameTrace() throws {
        let workspace = try Workspace(try PathFiles.all())
        let options = [
            "--preset", "current", "--scale", "8", "--axes", "x,-y,-z", "--offset", "-3,80,0", "-o",
        ]
        let arguments: KeyValuePairs = [
            "tum": ["tum", "path.txt"], "kitti": ["kitti", "poses.txt", "--times", "times.txt"],
            "rate": ["kitti", "poses.txt", "--pose-rate", "8"], "euroc": ["euroc", "data.csv"],
            "protobuf": ["mcap", "protobuf.mcap"], "json": ["mcap", "json.mcap"],
            "transforms": ["mcap", "transforms.mcap", "--topic", "/tf", "--child-frame", "camera"],
        ]
        for (name, format) in arguments {
            let outcome = try workspace.run(["trace", "import", "--format"] + format + options + [name])
            #expect(outcome.code == 0, "\(outcome)")
            #expect(outcome.output.isEmpty)
            #expect(try workspace.bytes(name) == (try workspace.bytes("tum")), "\(name)")
        }
        let frames = try TraceReader(try workspace.bytes("tum")).allFrames()
        #expect(frames.map(\.engineTimeNanoseconds) == (0..<PathFiles.count).map { Int64($0) * 125_000_000 })
        #expect(frames.map(\.camera.position.x) == (0..<PathFiles.count).map { Double($0) * 8 - 3 })
        #expect(frames.map(\.camera.position.y) == (0..<PathFiles.count).map { _ in 80 - 2 * 8 })
        // A half turn about the source's z is one about the target's -z.
        #expect(frames[1].camera.orientation.z == -1)
    }

    @Test("at a rate there are frames between the poses, on every machine the same")
    func rate() throws {
        let workspace = try Workspace(try PathFiles.all())
        let import16 = [
            "trace", "import", "--format", "tum", "path.txt", "--preset", "current", "--rate", "16",
        ]
        for name in ["a.mcap", "b.mcap"] {
            #expect(try workspace.run(import16 + ["-o", name]).talk.hasPrefix("\(name): 9 frames, "))
        }
        #expect(try workspace.bytes("a.mcap") == (try workspace.bytes("b.mcap")))
        let frames = try TraceReader(try workspace.bytes("a.mcap")).allFrames()
        #expect(frames.map(\.engineTimeNanoseconds) == (0..<9).map { $0 * 62_500_000 })
        #expect(frames.map(\.camera.position.x) == (0..<9).map { Double($0) / 2 })
        // Between no turn and a half turn about z: (0, 0, 0.5, 0.5) over its length.
        #expect(frames[1].camera.orientation.z == 0.5 / 0.5.squareRoot())
        #expect(frames[1].camera.orientation.w == 0.5 / 0.5.squareRoot())
        try workspace.expectFailure(
            65, import16.dropLast() + ["1e9", "-o", "a.mcap"],
            says: [
                "path.txt: 500000001 frames at this rate", "at most 1000000", "next:  name a lower --rate",
            ])
    }

    @Test(
        "paths in which a line is wrong",
        arguments: [
            ("0 1 2 3 0 0 0 1\n1 nan 2 3 0 0 0 1\n", "line 2: tx is nan"),
            ("0 1 2 inf 0 0 0 1\n", "line 1: tz is inf"),
            ("0 1 2 3 0 0 0\n", "line 1: expected 8 columns"),
            ("# comment\n\n0 1 2 3 0 0 0 1 9\n", "line 3: expected 8 columns"),
            ("0 1 2 3 0 0 0 1\n0 1 2 3 0 0 0 1\n", "line 2: timestamp"),
            ("0 1 x 3 0 0 0 1\n", "line 1: ty is \"x\""), ("0 1 0x10 3 0 0 0 1\n", "line 1: ty is \"0x10\""),
            ("0 1e300 2 3 0 0 0 1\n", "line 1"), ("# nothing\n", "no pose"),
            ("0 1 2 3 0 0 0 1\n1e300 1 2 3 0 0 0 1\n", "line 2: timestamp 1e300 s"),
            ("0 1 2 3 0 0 0 1\n1403636580838555648 1 2 3 0 0 0 1\n", "is it in another unit?"),
            ("0 1 2 3 0 0 0 1\n1 \u{1B}[31m 2 3 0 0 0 1\n", "tx is \"\\u001b[31m\""),
        ])
    func wrongPaths(text: String, says: String) throws {
        let workspace = try Workspace(["path.txt": Array(text.utf8), "good.mcap": [1, 2, 3]])
        try workspace.expectFailure(
            65, ["trace", "import", "--format", "tum", "path.txt", "-o", "good.mcap"],
            says: ["path.txt", says])
    }

    @Test("the other formats say what is wrong with the file's name and line")
    func wrongFormats() throws {
        let workspace = try Workspace(try PathFiles.all())
        let identity = "1 0 0 0 0 1 0 0 0 0 1 0"
        try workspace.write("\(identity)\n2 0 0 0 0 1 0 0 0 0 1 0\n", to: "scaled.txt")
        try workspace.write("\(identity)\n1 0 0 0 0 1 0 0 0 0 -1 0\n", to: "mirror.txt")
        try workspace.write("0\n0.1\n", to: "short.txt")
        try workspace.write("0\n0.1\n0.1\n", to: "equal.txt")
        try workspace.write("#timestamp\n1,2,3,4,5,6,7\n", to: "narrow.csv")
        try workspace.write("1.5,2,3,4,1,0,0,0\n", to: "seconds.csv")
        for (arguments, says) in [
            (["kitti", "scaled.txt", "--pose-rate", "10"], ["scaled.txt: line 2", "at most 0.001"]),
            (["kitti", "mirror.txt", "--pose-rate", "10"], ["mirror.txt: line 2", "determinant -1.0"]),
            (["kitti", "path.txt", "--pose-rate", "10"], ["path.txt: line 2: expected 12 columns"]),
            (["kitti", "poses.txt", "--times", "short.txt"], ["poses.txt: 5 poses, and 2 times"]),
            (["kitti", "poses.txt", "--times", "equal.txt"], ["equal.txt: line 3: timestamp"]),
            (
                ["kitti", "poses.txt", "--times", "poses.txt"],
                ["poses.txt: line 1: expected 1 column (time)"]
            ),
            (["euroc", "narrow.csv"], ["narrow.csv: line 2: expected 8 or more columns"]),
            (["euroc", "seconds.csv"], ["seconds.csv: line 1: timestamp is \"1.5\"", "nanoseconds"]),
            (["euroc", "path.txt"], ["path.txt: line 2"]),
            (["mcap", "path.txt"], ["path.txt: not an MCAP file"]),
            (["tum", "protobuf.mcap"], ["protobuf.mcap: line 1: not text"]),
        ] as [([String], [String])] {
            try workspace.expectFailure(
                65, ["trace", "import", "--format"] + arguments + ["-o", "out.mcap"], says: says)
        }
    }

    @Test("a recording that needs a topic or a child frame says which there are")
    func choices() throws {
        let workspace = try Workspace(try PathFiles.all())
        let options = ["-o", "out.mcap"]
        func arguments(_ more: [String]) -> [String] {
            ["trace", "import", "--format", "mcap", "transforms.mcap"] + more + options
        }
        let topics =
            "\"/pose\" (schema \"foxglove.PoseInFrame\"), \"/tf\" (schema \"foxglove.FrameTransform\")"
        try workspace.expectFailure(64, arguments([]), says: [topics, "next:  name one with --topic"])
        try workspace.expectFailure(
            64, arguments(["--topic", "/poses"]), says: ["no topic \"/poses\"", topics])
        try workspace.expectFailure(
            64, arguments(["--topic", "/tf"]),
            says: ["\"camera\", \"wheel\"", "next:  name one with --child-frame"])
        try workspace.expectFailure(
            64, arguments(["--topic", "/tf", "--child-frame", "wing"]), says: ["no child frame \"wing\""])
        try workspace.expectFailure(
            64, arguments(["--topic", "/pose", "--child-frame", "camera"]), says: ["without child frames"])
        try workspace.expectFailure(
            65, ["trace", "import", "--format", "mcap", "log.mcap"] + options,
            says: ["log.mcap: no messages of", "\"/log\" (schema \"foxglove.Log\")"])
    }

    @Test("a recording is no trace, and is not replaced by one; an older trace is")
    func outputs() throws {
        let workspace = try Workspace(try PathFiles.all())
        let arguments = ["trace", "import", "--format", "mcap", "json.mcap", "--preset", "current", "-o"]
        for output in ["json.mcap", "protobuf.mcap", "path.txt"] {
            try workspace.expectFailure(64, arguments + [output], says: ["a file of another kind"])
        }
        for _ in 0..<2 { #expect(try workspace.run(arguments + ["out.mcap"]).code == 0) }
        #expect(try workspace.run(["trace", "validate", "out.mcap"]).code == 0)
    }
}

/// One path in every format: five poses at 8 Hz, in every one of which a coordinate, a quaternion and a matrix
/// are exact.
private enum PathFiles {
    static let count = 5

    /// Half turns about the axes, and a third of a turn about the diagonal: (x, y, z, w) and the matrix.
    private static let rotations: [(quaternion: [Double], matrix: [Double])] = [
        ([0, 0, 0, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1]), ([0, 0, 1, 0], [-1, 0, 0, 0, -1, 0, 0, 0, 1]),
        ([1, 0, 0, 0], [1, 0, 0, 0, -1, 0, 0, 0, -1]), ([0, 1, 0, 0], [-1, 0, 0, 0, 1, 0, 0, 0, -1]),
        ([0.5, 0.5, 0.5, 0.5], [0, 0, 1, 1, 0, 0, 0, 1, 0]),
    ]

    static func all() throws -> [String: [UInt8]] {
        var tum = "# timestamp tx ty tz qx qy qz qw\n"
        var (kitti, times) = ("", "")
        var euroc =
            "#timestamp [ns],p_RS_R_x [m],p_RS_R_y [m],p_RS_R_z [m],q_RS_w [],q_RS_x [],q_RS_y [],q_RS_z []\r\n"
        for (index, (q, m)) in rotations.enumerated() {
            let time = "1305031102." + ["000", "125", "250", "375", "500"][index]
            tum += "\(time) \(index) 2 -3.25 \(q[0]) \(q[1]) \(q[2]) \(q[3])\n"
            kitti +=
                "\(m[0]) \(m[1]) \(m[2]) \(index) \(m[3]) \(m[4]) \(m[5]) 2 \(m[6]) \(m[7]) \(m[8]) -3.25\n"
            times += "\(Double(index) * 1.25)e-01\n"
            let nanoseconds = time.filter { $0 != "." } + "000000"
            euroc += "\(nanoseconds),\(index),2,-3.25,\(q[3]),\(q[0]),\(q[1]),\(q[2]),0.1,0.2,0.3\r\n"
        }
        return [
            "path.txt": Array(tum.utf8), "poses.txt": Array(kitti.utf8), "times.txt": Array(times.utf8),
            "data.csv": Array(euroc.utf8),
            "protobuf.mcap": try recording([
                ("/pose", "foxglove.PoseInFrame", "protobuf", poses(protobufPose))
            ]),
            "json.mcap": try recording([("/pose", "foxglove.PoseInFrame", "json", poses(jsonPose))]),
            "transforms.mcap": try recording([
                ("/pose", "foxglove.PoseInFrame", "json", poses(jsonPose)),
                (
                    "/tf", "foxglove.FrameTransform", "protobuf",
                    poses { protobufTransform($0, "camera") }
                        + poses { protobufTransform($0, "wheel") }
                ),
            ]),
            "log.mcap": try recording([("/log", "foxglove.Log", "json", [Array("{}".utf8)])]),
        ]
    }

    /// In another order than that of their times.
    private static func poses(_ message: (Int) -> [UInt8]) -> [[UInt8]] {
        [3, 0, 4, 1, 2].map(message)
    }

    private static func recording(
        _ channels: [(topic: String, schema: String, encoding: String, messages: [[UInt8]])]
    ) throws -> [UInt8] {
        var writer = try MCAPWriter(MemorySink(), header: MCAPHeader(profile: "", library: "test"))
        for (index, channel) in channels.enumerated() {
            let id = UInt16(index + 1)
            try writer.write(MCAPSchema(id: id, name: channel.schema, encoding: channel.encoding, data: []))
            try writer.write(
                MCAPChannel(id: id, schemaID: id, topic: channel.topic, messageEncoding: channel.encoding))
            for message in channel.messages {
                try writer.write(
                    MCAPMessage(channelID: id, sequence: 0, logTime: 0, publishTime: 0, data: message))
            }
        }
        try writer.finish()
        return writer.sink.bytes
    }

    private static func jsonPose(_ index: Int) -> [UInt8] {
        let q = rotations[index].quaternion
        return Array(
            """
            {"timestamp":{"sec":1305031102,"nsec":\(index * 125_000_000)},"frame_id":"world",
             "pose":{"position":{"x":\(index),"y":2,"z":-3.25},
             "orientation":{"x":\(q[0]),"y":\(q[1]),"z":\(q[2]),"w":\(q[3])}}}
            """.utf8)
    }

    // Protobuf by hand, so that the numbers of the fields are written down a second time.

    private static func protobufPose(_ index: Int) -> [UInt8] {
        field(1, time(index)) + field(2, Array("world".utf8))
            + field(3, field(1, doubles(position(index))) + field(2, doubles(rotations[index].quaternion)))
    }

    private static func protobufTransform(_ index: Int, _ child: String) -> [UInt8] {
        field(1, time(index)) + field(2, Array("world".utf8)) + field(3, Array(child.utf8))
            + field(4, doubles(position(index))) + field(5, doubles(rotations[index].quaternion))
    }

    private static func position(_ index: Int) -> [Double] { [Double(index), 2, -3.25] }

    private static func time(_ index: Int) -> [UInt8] {
        [1 << 3] + varint(1_305_031_102) + [2 << 3] + varint(UInt64(index) * 125_000_000)
    }

    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        [number << 3 | 2] + varint(UInt64(content.count)) + content
    }

    private static func doubles(_ values: [Double]) -> [UInt8] {
        values.enumerated().flatMap { index, value in
            [UInt8(index + 1) << 3 | 1]
                + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        }
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }
}
