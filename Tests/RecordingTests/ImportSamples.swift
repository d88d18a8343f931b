import Foundation
import Recording
import Streaming
import SwiftProtobuf
import Testing
import Topology

/// Small camera paths, and what is needed to read them from a test.
enum ImportSamples {
    static func bytes(_ text: String) -> MCAPBytes { MCAPBytes(Array(text.utf8)) }

    /// The error of reading something, and the failure of the test where there is none.
    static func error(
        sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) throws -> ImportError {
        try #require(throws: ImportError.self, sourceLocation: sourceLocation) { try body() }
    }

    static func pose(
        _ time: Int64, _ x: Double, _ y: Double, _ z: Double, _ orientation: Quaternion = .identity,
        line: Int = 1
    ) -> TimedPose {
        TimedPose(
            timeNanoseconds: time, position: WorldPoint(x, y, z), orientation: orientation,
            place: .line(line))
    }

    /// A quaternion of length 1, far enough from 0 in every direction of the generator.
    static func rotation(_ generator: inout SeededGenerator) -> Quaternion {
        while true {
            let q = Quaternion(
                x: .random(in: -1...1, using: &generator), y: .random(in: -1...1, using: &generator),
                z: .random(in: -1...1, using: &generator), w: .random(in: -1...1, using: &generator))
            if let unit = q.normalized, q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w > 0.01 { return unit }
        }
    }

    /// The nine entries of the rotation matrix of a quaternion of length 1, row by row.
    static func matrix(_ q: Quaternion) -> [Double] {
        let (x, y, z, w) = (q.x, q.y, q.z, q.w)
        return [
            1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
            2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
            2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
        ]
    }
}

/// An MCAP file of poses, put together message by message.
struct PoseRecording {
    struct Channel {
        var topic: String
        var schema: String
        var encoding: String
    }

    var channels: [Channel] = []
    /// A channel's place in `channels`, the log time, the bytes.
    var messages: [(channel: Int, logTime: UInt64, data: [UInt8])] = []
    var options = MCAPWriterOptions.complete

    mutating func add(
        _ topic: String, _ schema: FoxgloveSchema = .poseInFrame, encoding: String = "protobuf"
    ) -> Int {
        channels.append(Channel(topic: topic, schema: schema.rawValue, encoding: encoding))
        return channels.count - 1
    }

    mutating func add(_ message: some Message, on channel: Int, logTime: UInt64 = 0) throws {
        messages.append((channel, logTime, try message.serializedBytes()))
    }

    mutating func add(_ json: String, on channel: Int, logTime: UInt64 = 0) {
        messages.append((channel, logTime, Array(json.utf8)))
    }

    func bytes() throws -> [UInt8] {
        var writer = try MCAPWriter(
            MemorySink(), header: MCAPHeader(profile: "", library: "test"), options: options)
        for (index, channel) in channels.enumerated() {
            let id = UInt16(index + 1)
            try writer.write(
                MCAPSchema(
                    id: id, name: channel.schema,
                    encoding: channel.encoding == "json" ? "jsonschema" : channel.encoding, data: []))
            try writer.write(
                MCAPChannel(id: id, schemaID: id, topic: channel.topic, messageEncoding: channel.encoding))
        }
        for (index, message) in messages.enumerated() {
            try writer.write(
                MCAPMessage(
                    channelID: UInt16(message.channel + 1), sequence: UInt32(index),
                    logTime: message.logTime, publishTime: message.logTime, data: message.data))
        }
        try writer.finish()
        return writer.sink.bytes
    }

    func poses(topic: String? = nil, childFrame: String? = nil) throws -> [TimedPose] {
        try FoxgloveReader.poses(of: MCAPBytes(try bytes()), topic: topic, childFrame: childFrame)
    }

    static func pose(seconds: Int64?, nanoseconds: Int32 = 0, x: Double = 0) -> FoxglovePoseInFrame {
        FoxglovePoseInFrame.with { message in
            if let seconds { message.timestamp = .init(seconds: seconds, nanos: nanoseconds) }
            message.frameID = "world"
            message.pose.position = .with { ($0.x, $0.y, $0.z) = (x, 2, 3) }
            message.pose.orientation = .with { ($0.x, $0.y, $0.z, $0.w) = (0.5, -0.5, 0.5, 0.5) }
        }
    }

    static func transform(seconds: Int64?, child: String, x: Double = 0) -> FoxgloveFrameTransform {
        FoxgloveFrameTransform.with { message in
            if let seconds { message.timestamp = .init(seconds: seconds) }
            message.parentFrameID = "world"
            message.childFrameID = child
            message.translation = .with { ($0.x, $0.y, $0.z) = (x, 2, 3) }
            message.rotation = .with { ($0.x, $0.y, $0.z, $0.w) = (0.5, -0.5, 0.5, 0.5) }
        }
    }
}
