import Streaming
import SwiftProtobuf
import Topology

/// One message of Foxglove's schemas, decoded: what a pose needs of it.
struct FoxgloveContent {
    /// Nil where the message has none, else seconds and nanoseconds as they stand there.
    private var time: (seconds: Int64, nanoseconds: Int32)?
    private var position: FoxgloveVector3?
    private var orientation: FoxgloveQuaternion?
    /// Of a transform only.
    private(set) var childFrame: String?

    /// - Throws: ``ImportError/encoding(topic:found:)``, ``ImportError/undecodable(schema:encoding:offset:)``.
    init(
        _ message: MCAPMessage, schema: FoxgloveSchema, encoding: String, topic: String, offset: UInt64
    ) throws(ImportError) {
        do {
            switch (encoding, schema) {
            case ("protobuf", .poseInFrame):
                self.init(try FoxglovePoseInFrame(serializedBytes: message.data))
            case ("protobuf", .frameTransform):
                self.init(try FoxgloveFrameTransform(serializedBytes: message.data))
            case ("json", .poseInFrame): self.init(try FoxgloveContent.poseInFrame(json: message.data))
            case ("json", .frameTransform): self.init(try FoxgloveContent.frameTransform(json: message.data))
            default: throw ImportError.encoding(topic: topic, found: encoding)
            }
        } catch let error as ImportError {
            throw error
        } catch {
            throw .undecodable(schema: schema.rawValue, encoding: encoding, offset: offset)
        }
    }

    /// The message as a pose. Its own time counts; where it has none, the log time of the record.
    func pose(of message: MCAPMessage, offset: UInt64) throws(ImportError) -> TimedPose {
        let place = ImportPlace.message(offset: offset)
        guard let position else { throw .missingField(place, field: "the position") }
        guard let orientation else { throw .missingField(place, field: "the orientation") }
        for (field, value) in [
            ("position.x", position.x), ("position.y", position.y), ("position.z", position.z),
            ("orientation.x", orientation.x), ("orientation.y", orientation.y),
            ("orientation.z", orientation.z), ("orientation.w", orientation.w),
        ] where !value.isFinite {
            throw .notFinite(place, field: field, found: "\(value)")
        }
        return TimedPose(
            timeNanoseconds: try nanoseconds(logTime: message.logTime, place),
            position: WorldPoint(position.x, position.y, position.z),
            orientation: Quaternion(
                x: orientation.x, y: orientation.y, z: orientation.z, w: orientation.w),
            place: place)
    }

    private func nanoseconds(logTime: UInt64, _ place: ImportPlace) throws(ImportError) -> Int64 {
        guard let (seconds, nanoseconds) = time else {
            guard let time = Int64(exactly: logTime) else {
                throw .timeOutOfRange(place, found: "\(logTime) ns")
            }
            return time
        }
        let (product, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isOver) = product.addingReportingOverflow(Int64(nanoseconds))
        guard (0..<1_000_000_000).contains(nanoseconds), !isTooLarge, !isOver else {
            throw .timeOutOfRange(place, found: "\(seconds) s and \(nanoseconds) ns")
        }
        return sum
    }
}

extension FoxgloveContent {
    private init(_ message: FoxglovePoseInFrame) {
        if message.hasTimestamp { time = (message.timestamp.seconds, message.timestamp.nanos) }
        if message.pose.hasPosition { position = message.pose.position }
        if message.pose.hasOrientation { orientation = message.pose.orientation }
    }

    private init(_ message: FoxgloveFrameTransform) {
        if message.hasTimestamp { time = (message.timestamp.seconds, message.timestamp.nanos) }
        if message.hasTranslation { position = message.translation }
        if message.hasRotation { orientation = message.rotation }
        childFrame = message.childFrameID
    }

    /// Of the two ways to write a time in JSON the one of Foxglove's schemas is tried first.
    private static func poseInFrame(json: [UInt8]) throws -> FoxglovePoseInFrame {
        guard let message = try? FoxgloveJSONPoseInFrame(jsonUTF8Bytes: json, options: options) else {
            return try FoxglovePoseInFrame(jsonUTF8Bytes: json, options: options)
        }
        return FoxglovePoseInFrame.with { result in
            if message.hasTimestamp { result.timestamp = message.timestamp.standard }
            if message.hasPose { result.pose = message.pose }
        }
    }

    private static func frameTransform(json: [UInt8]) throws -> FoxgloveFrameTransform {
        guard let message = try? FoxgloveJSONFrameTransform(jsonUTF8Bytes: json, options: options) else {
            return try FoxgloveFrameTransform(jsonUTF8Bytes: json, options: options)
        }
        return FoxgloveFrameTransform.with { result in
            if message.hasTimestamp { result.timestamp = message.timestamp.standard }
            if message.hasTranslation { result.translation = message.translation }
            if message.hasRotation { result.rotation = message.rotation }
            result.childFrameID = message.childFrameID
        }
    }

    private static var options: JSONDecodingOptions {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return options
    }
}

extension FoxgloveTime {
    fileprivate var standard: Google_Protobuf_Timestamp {
        Google_Protobuf_Timestamp(seconds: sec, nanos: nsec)
    }
}
