import Streaming
import Topology

/// Reads camera paths in the format of TUM's RGB-D benchmark: one pose per line, `timestamp tx ty tz qx qy qz qw`,
/// seconds and metres; lines that begin with `#` are comments.
///
/// Source: "A Benchmark for the Evaluation of RGB-D SLAM Systems", Sturm et al., IROS 2012.
package enum TUMReader {
    private static let columns = ["timestamp", "tx", "ty", "tz", "qx", "qy", "qz", "qw"]

    /// The poses in the order of the file. The timestamp is read as a decimal number, exactly to the nanosecond.
    ///
    /// - Throws: ``ImportError`` with the line.
    package static func poses(of bytes: MCAPBytes) throws(ImportError) -> [TimedPose] {
        var lines = try PathLines(bytes, separator: .blanks)
        var list = BoundedList<TimedPose>(of: "poses")
        while let line = try lines.next() {
            try line.requireColumns(columns)
            let time = try line.nanoseconds(ofSecondsIn: 0, columns[0])
            let values = try line.numbers(columns[1...], from: 1)
            try list.append(
                TimedPose(
                    timeNanoseconds: time, position: WorldPoint(values[0], values[1], values[2]),
                    orientation: Quaternion(x: values[3], y: values[4], z: values[5], w: values[6]),
                    place: line.place))
        }
        return try list.nonEmpty(expected: "lines with \(columns.joined(separator: " "))")
    }
}
