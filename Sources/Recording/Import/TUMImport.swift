package import Streaming
package import Topology

/// Reads camera paths in the format of TUM's RGB-D benchmark: one pose per line, `timestamp tx ty tz qx qy qz qw`,
/// seconds and metres; lines that begin with `#` are comments.
///
/// Source: "A Benchmark for the Evaluation of RGB-D SLAM Systems", Sturm et al., IROS 2012.
package enum TUMImport {
    /// What becomes of the poses. Axes are kept as they are.
    package struct Options: Sendable {
        package var configuration: Configuration
        /// Blocks per metre: not 0.
        package var scale: Double
        /// In blocks, added after scaling.
        package var offset: WorldPoint

        package init(
            configuration: Configuration = .classic, scale: Double = 1,
            offset: WorldPoint = WorldPoint(0, 0, 0)
        ) {
            self.configuration = configuration
            self.scale = scale
            self.offset = offset
        }
    }

    /// Poses that one file may have.
    package static let maximumPoses = 1_000_000
    /// Bytes that one file may have.
    package static let maximumSizeBytes = 1 << 28

    /// One frame per pose, with a session that starts in the first. The engine's time counts from the first
    /// timestamp, rounded to the nanosecond.
    package static func frames(text: String, options: Options) throws(TUMImportError) -> [FrameInput] {
        guard text.utf8.count <= maximumSizeBytes else {
            throw .tooMany(what: "bytes", count: text.utf8.count, limit: maximumSizeBytes)
        }
        guard options.scale.isFinite, options.scale != 0, options.offset.isFinite else {
            throw .invalidOption(
                expected: "a finite scale that is not 0, and a finite offset",
                found: "scale \(options.scale), offset \(options.offset)")
        }
        let lattice = options.configuration.effective().configuration.lattice
        var frames: [FrameInput] = []
        var firstTime: Double?
        var previousTime = -Double.infinity
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() {
            guard let pose = try TUMPose(Substring(bytes), line: index + 1) else { continue }
            guard frames.count < maximumPoses else {
                throw .tooMany(what: "poses", count: frames.count + 1, limit: maximumPoses)
            }
            guard pose.time > previousTime else {
                throw .timeNotAscending(line: index + 1, previous: previousTime, found: pose.time)
            }
            let start = firstTime ?? pose.time
            firstTime = start
            previousTime = pose.time
            let position = WorldPoint(
                pose.position.x * options.scale + options.offset.x,
                pose.position.y * options.scale + options.offset.y,
                pose.position.z * options.scale + options.offset.z)
            do {
                _ = try lattice.finestCell(of: position)
            } catch {
                throw .position(line: index + 1, error)
            }
            let time = ((pose.time - start) * 1e9).rounded(.toNearestOrEven)
            guard let nanoseconds = Int64(exactly: time) else {
                throw .timeTooLong(line: index + 1, seconds: pose.time - start)
            }
            frames.append(
                FrameInput(
                    frame: Int32(frames.count), engineTimeNanoseconds: nanoseconds,
                    camera: Camera(position: position, orientation: pose.orientation),
                    events: frames.isEmpty ? [.sessionStart(options.configuration)] : []))
        }
        guard !frames.isEmpty else { throw .noPose }
        return frames
    }
}

/// One line of a file.
private struct TUMPose {
    var time: Double
    var position: WorldPoint
    var orientation: Quaternion

    /// Nil for a comment and for an empty line.
    init?(_ text: Substring, line: Int) throws(TUMImportError) {
        let fields = text.utf8.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        guard let first = fields.first, first.first != UInt8(ascii: "#") else { return nil }
        guard fields.count == TUMPose.columns.count else {
            throw .columns(line: line, expected: TUMPose.columns.count, found: fields.count)
        }
        var values: [Double] = []
        for (field, column) in zip(fields, TUMPose.columns) {
            let text = Substring(field)
            guard let value = Double(text), !TUMPose.isHexadecimal(text) else {
                throw .notANumber(line: line, column: column, found: String(text.prefix(40)))
            }
            guard value.isFinite else {
                throw .notFinite(line: line, column: column, found: String(text.prefix(40)))
            }
            values.append(value)
        }
        time = values[0]
        position = WorldPoint(values[1], values[2], values[3])
        orientation = Quaternion(x: values[4], y: values[5], z: values[6], w: values[7])
    }

    private static let columns = ["timestamp", "tx", "ty", "tz", "qx", "qy", "qz", "qw"]

    private static func isHexadecimal(_ text: Substring) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "x") || $0 == UInt8(ascii: "X") }
    }
}
