import Streaming
import Topology

/// Reads the ground truth of the EuRoC MAV datasets, `state_groundtruth_estimate0/data.csv`: one pose per line,
/// `timestamp, p_x, p_y, p_z, q_w, q_x, q_y, q_z` and further columns (velocities, biases), which are ignored;
/// integers of nanoseconds, metres; lines that begin with `#` are headers.
///
/// Source: "The EuRoC micro aerial vehicle datasets", Burri et al., International Journal of Robotics Research 35
/// (10), 2016.
package enum EuRoCReader {
    private static let columns = ["timestamp", "p_x", "p_y", "p_z", "q_w", "q_x", "q_y", "q_z"]

    /// The poses in the order of the file.
    ///
    /// - Throws: ``ImportError`` with the line.
    package static func poses(of bytes: MCAPBytes) throws(ImportError) -> [TimedPose] {
        var lines = try PathLines(bytes, separator: .comma)
        var list = BoundedList<TimedPose>(of: "poses")
        while let line = try lines.next() {
            try line.requireColumns(columns, isOpen: true)
            let time = try line.nanoseconds(in: 0, columns[0])
            let values = try line.numbers(columns[1...], from: 1)
            // The scalar part stands first.
            try list.append(
                TimedPose(
                    timeNanoseconds: time, position: WorldPoint(values[0], values[1], values[2]),
                    orientation: Quaternion(x: values[4], y: values[5], z: values[6], w: values[3]),
                    place: line.place))
        }
        return try list.nonEmpty(expected: "lines with \(columns.joined(separator: ", "))")
    }
}
