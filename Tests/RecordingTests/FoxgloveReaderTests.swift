import Recording
import Streaming
import Testing
import Topology

@Suite("Paths out of MCAP files")
struct FoxgloveReaderTests {
    private static let json = """
        {"timestamp":{"sec":7,"nsec":5},"frame_id":"world","pose":{"position":{"x":1,"y":2,"z":3},\
        "orientation":{"x":0.5,"y":-0.5,"z":0.5,"w":0.5}}}
        """

    private func error(
        _ recording: PoseRecording, topic: String? = nil, childFrame: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ImportError {
        try ImportSamples.error(sourceLocation: sourceLocation) {
            _ = try recording.poses(topic: topic, childFrame: childFrame)
        }
    }

    /// What one message on one channel becomes.
    private func single(
        _ data: String, schema: FoxgloveSchema = .poseInFrame, encoding: String = "json", logTime: UInt64 = 0
    ) throws -> TimedPose {
        var recording = PoseRecording()
        recording.add(data, on: recording.add("/pose", schema, encoding: encoding), logTime: logTime)
        return try #require(try recording.poses().first)
    }

    private func singleError(
        _ data: String, schema: FoxgloveSchema = .poseInFrame, encoding: String = "json", logTime: UInt64 = 0
    ) throws -> ImportError {
        try ImportSamples.error {
            _ = try single(data, schema: schema, encoding: encoding, logTime: logTime)
        }
    }

    @Test(
        "Poses and transforms, in protobuf and in JSON, with and without chunks and an index",
        arguments: [
            MCAPWriterOptions.complete, .plain, MCAPWriterOptions(chunkIndex: false, checksums: false),
        ])
    func kinds(options: MCAPWriterOptions) throws {
        let orientation = Quaternion(x: 0.5, y: -0.5, z: 0.5, w: 0.5)
        var recording = PoseRecording(options: options)
        let pose = recording.add("/pose")
        try recording.add(PoseRecording.pose(seconds: 7, nanoseconds: 5, x: 1), on: pose)
        var json = PoseRecording(options: options)
        json.add(FoxgloveReaderTests.json, on: json.add("/pose", encoding: "json"))
        var transform = PoseRecording(options: options)
        try transform.add(
            PoseRecording.transform(seconds: 7, child: "camera", x: 1),
            on: transform.add("/tf", .frameTransform))
        var jsonTransform = PoseRecording(options: options)
        jsonTransform.add(
            """
            {"timestamp":{"sec":7,"nsec":0},"parent_frame_id":"world","child_frame_id":"camera",
             "translation":{"x":1,"y":2,"z":3},"rotation":{"x":0.5,"y":-0.5,"z":0.5,"w":0.5}}
            """, on: jsonTransform.add("/tf", .frameTransform, encoding: "json"))
        for (file, time) in [
            (recording, 7_000_000_005), (json, 7_000_000_005), (transform, 7_000_000_000),
            (jsonTransform, 7_000_000_000),
        ] as [(PoseRecording, Int64)] {
            let found = try file.poses()
            #expect(found.map(\.timeNanoseconds) == [time])
            #expect(found.map(\.position) == [WorldPoint(1, 2, 3)])
            #expect(found.map(\.orientation) == [orientation])
        }
    }

    @Test("The place of a pose is the offset of its message")
    func places() throws {
        var recording = PoseRecording()
        let pose = recording.add("/pose")
        for second in 0..<3 { try recording.add(PoseRecording.pose(seconds: Int64(second)), on: pose) }
        let bytes = try recording.bytes()
        let offsets = try MCAPStreamReader.items(of: MCAPBytes(bytes)).compactMap { item in
            if case .message = item.record { item.offset } else { nil }
        }
        #expect(try recording.poses().map(\.place) == offsets.map { .message(offset: $0) })
    }

    @Test(
        "JSON may have its time as an object, as a text, or not at all; zeros may be left out",
        arguments: [
            (#"{"sec":7,"nsec":5}"#, 7_000_000_005), (#"{"sec":"7","nsec":5}"#, 7_000_000_005),
            (#"{"nsec":5}"#, 5), (#"{"sec":-1,"nsec":999999999}"#, -1),
            (#""1970-01-01T00:00:07.000000005Z""#, 7_000_000_005), (#""1970-01-01T01:00:00+01:00""#, 0),
            ("null", 42),
        ])
    func jsonTimes(time: String, nanoseconds: Int64) throws {
        let pose = try single(
            "{\"pose\":{\"position\":{\"y\":2},\"orientation\":{\"w\":1},\"unknown\":[{}]},\"timestamp\":\(time)}",
            logTime: 42)
        #expect(pose.timeNanoseconds == nanoseconds)
        #expect(pose.position == WorldPoint(0, 2, 0))
        #expect(pose.orientation == .identity)
    }

    @Test("A message without a time has the log time of its record")
    func logTimes() throws {
        var recording = PoseRecording()
        let pose = recording.add("/pose")
        try recording.add(PoseRecording.pose(seconds: nil), on: pose, logTime: 11)
        try recording.add(PoseRecording.pose(seconds: 0), on: pose, logTime: 12)
        try recording.add(PoseRecording.pose(seconds: 0, nanoseconds: 5), on: pose, logTime: 13)
        #expect(try recording.poses().map(\.timeNanoseconds) == [0, 5, 11])
        var late = PoseRecording()
        try late.add(PoseRecording.pose(seconds: nil), on: late.add("/pose"), logTime: 1 << 63)
        guard case .timeOutOfRange(.message, "9223372036854775808 ns") = try error(late) else {
            Issue.record("expected the error of a time")
            return
        }
    }

    @Test("Messages are taken in the order of their own times")
    func order() throws {
        var recording = PoseRecording()
        let pose = recording.add("/pose")
        for second in [3, 1, 2] as [Int64] {
            try recording.add(PoseRecording.pose(seconds: second, x: Double(second)), on: pose, logTime: 9)
        }
        let poses = try recording.poses()
        #expect(poses.map(\.timeNanoseconds) == [1_000_000_000, 2_000_000_000, 3_000_000_000])
        #expect(poses.map(\.position.x) == [1, 2, 3])
        try recording.add(PoseRecording.pose(seconds: 2), on: pose)
        let twice = try recording.poses()
        let error = try ImportSamples.error {
            _ = try PathImport.frames(of: twice, options: ImportOptions())
        }
        #expect(
            error
                == .timeNotAscending(twice[2].place, previous: 2_000_000_000, found: 2_000_000_000))
        #expect(twice[1].place.description < twice[2].place.description)
    }

    @Test("Several topics are told apart by name, and only those with poses count")
    func topics() throws {
        var recording = PoseRecording()
        let a = recording.add("/a")
        let b = recording.add("/b", encoding: "json")
        let tf = recording.add("/tf", .frameTransform)
        _ = recording.add("/empty")
        recording.channels.append(.init(topic: "/other", schema: "foxglove.Log", encoding: "protobuf"))
        recording.messages.append((recording.channels.count - 1, 0, [1, 2, 3]))
        try recording.add(PoseRecording.pose(seconds: 1, x: 5), on: a)
        let pose = "foxglove.PoseInFrame"
        #expect(try recording.poses().map(\.position.x) == [5])
        let one = [ImportTopic(topic: "/a", schema: pose)]
        #expect(try error(recording, topic: "/c") == .topicNotFound(topic: "/c", found: one))
        #expect(try error(recording, topic: "/empty") == .topicNotFound(topic: "/empty", found: one))
        recording.add(FoxgloveReaderTests.json, on: b)
        try recording.add(PoseRecording.transform(seconds: 1, child: "c", x: 7), on: tf)
        let all =
            one + [
                ImportTopic(topic: "/b", schema: pose),
                ImportTopic(topic: "/tf", schema: "foxglove.FrameTransform"),
            ]
        #expect(try error(recording) == .ambiguousTopic(found: all))
        #expect(try recording.poses(topic: "/a").map(\.position.x) == [5])
        #expect(try recording.poses(topic: "/b").map(\.position.x) == [1])
        #expect(try recording.poses(topic: "/tf").map(\.position.x) == [7])
    }

    @Test("Two channels of one topic and schema are one stream; two schemas on one topic are not")
    func channelsOfOneTopic() throws {
        var recording = PoseRecording()
        let first = recording.add("/pose")
        let second = recording.add("/pose", encoding: "json")
        try recording.add(PoseRecording.pose(seconds: 9), on: first)
        recording.add(FoxgloveReaderTests.json, on: second)
        #expect(try recording.poses().map(\.timeNanoseconds) == [7_000_000_005, 9_000_000_000])
        try recording.add(
            PoseRecording.transform(seconds: 1, child: "c"), on: recording.add("/pose", .frameTransform))
        guard case .ambiguousTopic(let found) = try error(recording, topic: "/pose") else {
            Issue.record("expected the error of two streams")
            return
        }
        #expect(found.map(\.schema) == ["foxglove.FrameTransform", "foxglove.PoseInFrame"])
    }

    @Test("Child frames of a topic of transforms")
    func children() throws {
        var recording = PoseRecording()
        let tf = recording.add("/tf", .frameTransform)
        for second in 0..<4 as Range<Int64> {
            try recording.add(
                PoseRecording.transform(
                    seconds: second, child: second % 2 == 0 ? "base" : "camera", x: Double(second)), on: tf)
        }
        #expect(try error(recording) == .ambiguousChild(topic: "/tf", found: ["base", "camera"]))
        #expect(try recording.poses(childFrame: "base").map(\.position.x) == [0, 2])
        #expect(try recording.poses(childFrame: "camera").map(\.position.x) == [1, 3])
        #expect(
            try error(recording, childFrame: "lidar")
                == .childNotFound(topic: "/tf", child: "lidar", found: ["base", "camera"]))
        for child in 0..<100 {
            try recording.add(PoseRecording.transform(seconds: 9, child: "c\(child)"), on: tf)
        }
        guard case .ambiguousChild(_, let found) = try error(recording) else {
            Issue.record("expected the error of many children")
            return
        }
        #expect(found.count == 32)
        #expect(try recording.poses(childFrame: "c99").count == 1)
        var poses = PoseRecording()
        try poses.add(PoseRecording.pose(seconds: 1), on: poses.add("/pose"))
        #expect(try error(poses, childFrame: "base") == .noChildFrames(topic: "/pose"))
    }

    @Test("A file without poses says what it has")
    func noPoses() throws {
        #expect(try error(PoseRecording()) == .noPoseTopic(found: []))
        var recording = PoseRecording()
        _ = recording.add("/pose")
        recording.channels.append(.init(topic: "/a", schema: "foxglove.PosesInFrame", encoding: "protobuf"))
        #expect(
            try error(recording, topic: "/pose")
                == .noPoseTopic(found: [
                    ImportTopic(topic: "/a", schema: "foxglove.PosesInFrame"),
                    ImportTopic(topic: "/pose", schema: "foxglove.PoseInFrame"),
                ]))
    }

    @Test("Messages that are not as their schema says")
    func wrongMessages() throws {
        var recording = PoseRecording()
        let cdr = recording.add("/pose", encoding: "cdr")
        recording.add("x", on: cdr)
        #expect(try error(recording) == .encoding(topic: "/pose", found: "cdr"))
        for encoding in ["protobuf", "json"] {
            for schema in FoxgloveSchema.allCases {
                for text in ["\u{FF}", "{", "[1]", "{\"timestamp\":5}"] {
                    guard
                        case .undecodable(schema.rawValue, encoding, _) = try singleError(
                            text, schema: schema, encoding: encoding)
                    else {
                        Issue.record("\(schema), \(encoding), \(text)")
                        continue
                    }
                }
            }
        }
        for (text, field) in [
            ("{}", "the position"), (#"{"pose":{}}"#, "the position"),
            (#"{"pose":{"position":{}}}"#, "the orientation"),
            (#"{"pose":{"orientation":{"w":1}}}"#, "the position"),
        ] {
            guard case .missingField(.message, field) = try singleError(text) else {
                Issue.record("\(text)")
                continue
            }
        }
        guard
            case .missingField(.message, "the orientation") = try singleError(
                #"{"translation":{"x":1}}"#, schema: .frameTransform)
        else {
            Issue.record("expected the error of a missing rotation")
            return
        }
        for (name, field) in [("position", "position.y"), ("orientation", "orientation.y")] {
            let other = name == "position" ? "orientation" : "position"
            for value in [#""NaN""#, #""-Infinity""#] {
                guard
                    case .notFinite(.message, field, _) = try singleError(
                        "{\"pose\":{\"\(name)\":{\"y\":\(value)},\"\(other)\":{}}}")
                else {
                    Issue.record("\(name), \(value)")
                    continue
                }
            }
        }
    }

    @Test(
        "Times that are none",
        arguments: [(0, -1), (0, 1_000_000_000), (Int64.max, 0), (.min, 0), (9_223_372_036, 854_775_808)]
            as [(Int64, Int32)])
    func wrongTimes(seconds: Int64, nanoseconds: Int32) throws {
        var recording = PoseRecording()
        try recording.add(
            PoseRecording.pose(seconds: seconds, nanoseconds: nanoseconds), on: recording.add("/pose"))
        guard case .timeOutOfRange(.message, "\(seconds) s and \(nanoseconds) ns") = try error(recording)
        else {
            Issue.record("\(seconds), \(nanoseconds)")
            return
        }
    }

    @Test("Damage to the container is its own error; a compressed chunk says how to undo it")
    func container() throws {
        let text = try ImportSamples.error {
            _ = try FoxgloveReader.poses(of: ImportSamples.bytes("hello"), topic: nil, childFrame: nil)
        }
        guard case .container(.badMagic) = text else {
            Issue.record("\(text)")
            return
        }
        var file = RawFile()
        file.append(0x06, RawFile.chunk([1, 2, 3], compression: "lz4", size: 100))
        file.end()
        let error = try ImportSamples.error {
            _ = try FoxgloveReader.poses(of: MCAPBytes(file.bytes), topic: nil, childFrame: nil)
        }
        #expect(error == .container(.compressedChunk(offset: 25, compression: "lz4")))
    }
}
