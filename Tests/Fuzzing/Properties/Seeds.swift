import Hashing
import Recording
import Replay
import Streaming
import SwiftProtobuf
import Topology
import Verification
import Voxels

/// What fuzzing begins with: small bytes that each reader takes, with one of each thing that its format can say.
/// Written again when a format changes.
package enum Seeds {
    /// Names and bytes, always the same.
    package static func of(_ reader: FuzzedReader) throws -> [(name: String, bytes: [UInt8])] {
        switch reader {
        case .trace: try traces()
        case .messages: try layouts(of: messages())
        case .golden: [("run", Array(try golden().utf8))]
        case .digests: try [0, 1, 8].map { ("\($0)-levels", try digests(levels: $0)) }
        case .scenario: [("everything", Array(everything.utf8))]
        case .tum: [("path", Array("# t p q\n0.5 1 2 3 0 0 0 1\n0.75 1.5 2 3 0.5 0.5 0.5 0.5\n".utf8))]
        case .kitti:
            [
                ("rate", Array("1 0 0 1 0 1 0 2 0 0 1 3\n0 -1 0 1 1 0 0 2 0 0 1 3e-2\n".utf8)),
                ("times", Array("1 0 0 1 0 1 0 2 0 0 1 3\n0 -1 0 1 1 0 0 2 0 0 1 4\n\u{0}0\n1e-1\n".utf8)),
            ]
        case .euroc:
            [
                (
                    "path",
                    Array(
                        "#t,p,q\n1403636580838555648,4.6,-1.7,0.8,0.5,-0.1,-0.8,-0.1,0.0,0.1\r\n1403636580843555648, 4, 3, 2, 1, 0, 0, 0\r\n"
                            .utf8)
                )
            ]
        case .mcap: try poseLayouts().map { ($0.name, try MessageStream.poses.file(of: $0.bytes)) }
        case .poses: try poseLayouts()
        case .snapshot: try states().map { ($0.name, $0.state.system.snapshot()) }
        case .keyframe: try states().map { ($0.name, Keyframe.encode($0.state)) }
        case .subject: try SubjectProperties.seeds()
        }
    }

    // MARK: Traces

    private static func traces() throws -> [(name: String, bytes: [UInt8])] {
        var result = try layouts(of: messages()).map { ($0.name, try MessageStream.trace.file(of: $0.bytes)) }
        for (name, layout) in [
            ("canonical", TraceLayout.canonical), ("recording", .recording(framesPerFlush: 2)),
        ] {
            var writer = try TraceWriter(MemorySink(), layout: layout)
            for input in storingFrames() { try writer.write(input) }
            try writer.finish()
            result.append((name, writer.sink.bytes))
        }
        return result + [("live", try liveTrace())]
    }

    /// The trace of ``recordedFrames()``, without what its schemas say: that is long, and nobody reads it.
    private static func liveTrace() throws -> [UInt8] {
        var writer = try TraceWriter(MemorySink())
        for input in recordedFrames() { try writer.write(input) }
        try writer.finish()
        let header = MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library)
        var short = try MCAPWriter(MemorySink(), header: header, options: .complete)
        for item in try MCAPStreamReader.items(of: MCAPBytes(writer.sink.bytes)) {
            switch item.record {
            case .schema(var schema):
                schema.data = []
                try short.write(schema)
            case .channel(let channel): try short.write(channel)
            case .message(let message): try short.write(message)
            default: break
            }
        }
        try short.finish()
        return short.sink.bytes
    }

    /// The messages of the trace of ``storingFrames()``.
    private static func messages() throws -> [MCAPMessage] {
        var writer = try TraceWriter(MemorySink())
        for input in storingFrames() { try writer.write(input) }
        try writer.finish()
        return try MCAPStreamReader.items(of: MCAPBytes(writer.sink.bytes)).compactMap { item in
            if case .message(let message) = item.record { message } else { nil }
        }
    }

    private static func layouts(
        of messages: [MCAPMessage]
    ) throws -> [(name: String, bytes: [UInt8])] {
        [("whole", 0b0011_0000), ("another", 0b0001_0001), ("bare", 0b0000_1110)].map {
            ($0.0, MessageStream.bytes(messages, layout: $0.1))
        }
    }

    private static func poseLayouts() throws -> [(name: String, bytes: [UInt8])] {
        let pose = FoxglovePoseInFrame.with { message in
            message.timestamp = .init(seconds: 1, nanos: 2)
            message.pose.position = .with { ($0.x, $0.y, $0.z) = (1, 2, 3) }
            message.pose.orientation = .with { ($0.x, $0.y, $0.z, $0.w) = (0.5, -0.5, 0.5, 0.5) }
        }
        let transform = FoxgloveFrameTransform.with { message in
            message.timestamp = .init(seconds: 1)
            message.childFrameID = "child"
            message.translation = .with { ($0.x, $0.y, $0.z) = (1, 2, 3) }
            message.rotation = .with { ($0.x, $0.y, $0.z, $0.w) = (0.5, -0.5, 0.5, 0.5) }
        }
        let poses: [[UInt8]] = [
            try pose.serializedBytes(),
            Array(
                #"{"timestamp":{"sec":1,"nsec":3},"pose":{"position":{"x":1,"y":2},"orientation":{"w":1}}}"#
                    .utf8),
        ]
        let transforms: [[UInt8]] = [
            try transform.serializedBytes(),
            Array(
                #"{"timestamp":"1970-01-01T00:00:02Z","child_frame_id":"child","translation":{"x":1},"rotation":{"w":1}}"#
                    .utf8),
        ]
        func messages(_ contents: [[UInt8]], from channel: UInt16) -> [MCAPMessage] {
            contents.enumerated().map { index, data in
                MCAPMessage(
                    channelID: channel + UInt16(index), sequence: 0, logTime: 0, publishTime: 0, data: data)
            }
        }
        return [
            ("poses", MessageStream.bytes(messages(poses, from: 1), layout: 0b0011_0000)),
            ("transforms", MessageStream.bytes(messages(transforms, from: 3), layout: 0b0000_1110)),
            (
                "both",
                MessageStream.bytes(
                    messages(poses, from: 1) + messages(transforms, from: 3), layout: 0b0011_0000)
            ),
        ]
    }

    // MARK: Goldens

    private static let someTrace = Digest128(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)

    private static func golden() throws -> String {
        let run = try Replayer.run(frames(levels: 2))
        return Golden(
            trace: "a.mcap", traceDigest: someTrace, command: "lumon-replay golden accept a.mcap", run: run,
            digestsFile: someTrace
        ).encoded()
    }

    private static func digests(levels: Int) throws -> [UInt8] {
        var rows: [DigestRow] = []
        let run = try Replayer.run(frames()) { result, _ in rows.append(DigestRow(result.digests)) }
        return DigestsFile(
            firstFrame: run.firstFrame, levelCount: levels, trace: someTrace, run: run.digest,
            rows: Array(rows.prefix(2))
        ).encoded()
    }

    // MARK: Scenarios

    private static let everything = """
        format = 1
        purpose = "one of each"
        preset = "current"
        seed = "0x2a"
        frames_per_second = 60
        start = [0, 80, 0.5]
        [config]
        base_spacing = 2
        resolution = 8
        levels = 2
        level_budgets = [4, 2]
        total_budget = 5
        upload_bytes = 4096
        reanchor_distance = 0.5
        cast_latency_frames = 1
        layout_version = 2
        chunks_start_loaded = false
        region_edge = 4
        near_levels = 1
        cache_bytes = 65536
        store_latency_frames = 2
        [store]
        size_cap_bytes = 65536
        [[camera]]
        move = "hold"
        frames = 2
        [[camera]]
        move = "walk"
        direction = [1, 0, -1]
        frames = 2
        [[camera]]
        move = "fly"
        toward = [9, 80, 9]
        speed = 100
        frames = 2
        [[camera]]
        move = "look"
        degrees = -90
        frames = 2
        [[camera]]
        move = "jitter"
        around = [8, 80, 8]
        amplitude = 0.1
        period = 1
        direction = [0, 0, 1]
        frames = 2
        [[camera]]
        move = "teleport"
        to = [-8, 80, 8]
        frames = 2
        [[event]]
        frame = 1
        edit = { min = [0, 80, 0], max = [2, 82, 2], material = "stone" }
        [[event]]
        frame = 0
        load_chunks = { min = [-1, 2, -1], max = [1, 3, 1] }
        [[event]]
        every = 3
        from = 2
        until = 9
        unload_chunk = [0, 2, 0]
        [[event]]
        frame = 3
        invalidate = { min = [-4, 70, -4], max = [4, 90, 4] }
        [[event]]
        frame = 4
        budgets = { levels = [1], total = 1, upload_bytes = 64 }
        [[event]]
        frame = 5
        configure = { cast_latency_frames = 3 }
        [[event]]
        frame = 1
        store_damage = { level = 1, region = [0, -1, 2] }
        [[event]]
        frame = 2
        store_off = true
        [[event]]
        frame = 6
        end_session = true
        [[event]]
        frame = 7
        new_session = { seed = 7, resolution = 9, store_size_cap_bytes = 0 }
        [[event]]
        frame = 9
        new_session = { store = false }
        """
}
