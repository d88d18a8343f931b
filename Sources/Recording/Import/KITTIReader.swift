import Streaming
import Topology

/// Reads camera paths in the format of KITTI's odometry benchmark: one pose per line, the twelve entries of the
/// matrix [R|t] from camera to world, row by row, in metres. The format has no times; they come from a file of
/// their own, or from a rate.
///
/// Source: "Are we ready for Autonomous Driving? The KITTI Vision Benchmark Suite", Geiger et al., CVPR 2012.
package enum KITTIReader {
    /// When the poses were taken.
    package enum Times: Sendable {
        /// In nanoseconds, one for each pose.
        case listed([Int64])
        /// The first pose stands at 0.
        case rate(FrameRate)
    }

    private static let columns = [
        "r11", "r12", "r13", "tx", "r21", "r22", "r23", "ty", "r31", "r32", "r33", "tz",
    ]

    /// The poses in the order of the file, with quaternions of unit length.
    ///
    /// - Throws: ``ImportError`` with the line, also for a matrix that is no rotation.
    package static func poses(of bytes: MCAPBytes, times: Times) throws(ImportError) -> [TimedPose] {
        var lines = try PathLines(bytes, separator: .blanks)
        var list = BoundedList<TimedPose>(of: "poses")
        while let line = try lines.next() {
            try line.requireColumns(columns)
            let values = try line.numbers(columns, from: 0)
            let orientation = try orientation(values, line)
            try list.append(
                TimedPose(
                    timeNanoseconds: 0, position: WorldPoint(values[3], values[7], values[11]),
                    orientation: orientation, place: line.place))
        }
        var poses = try list.nonEmpty(expected: "lines with \(columns.joined(separator: " "))")
        if case .listed(let times) = times, times.count != poses.count {
            throw .timesCount(poses: poses.count, times: times.count)
        }
        for index in poses.indices {
            switch times {
            case .listed(let times): poses[index].timeNanoseconds = times[index]
            case .rate(let rate):
                guard let time = rate.time(of: index) else { throw .timeTooLong(poses[index].place) }
                poses[index].timeNanoseconds = time
            }
        }
        return poses
    }

    /// The times of a file with one number of seconds a line, exactly to the nanosecond.
    ///
    /// - Throws: ``ImportError`` with the line of this file, also for times that do not ascend strictly.
    package static func times(of bytes: MCAPBytes) throws(ImportError) -> [Int64] {
        var lines = try PathLines(bytes, separator: .blanks)
        var ascending = AscendingTimes()
        var list = BoundedList<Int64>(of: "times")
        while let line = try lines.next() {
            try line.requireColumns(["time"])
            let time = try line.nanoseconds(ofSecondsIn: 0, "time")
            try ascending.take(time, at: line.place)
            try list.append(time)
        }
        return list.elements
    }

    private static func orientation(
        _ values: [Double], _ line: PathLine
    ) throws(ImportError) -> Quaternion {
        let matrix = RotationMatrix(rows: Array(values[0..<3] + values[4..<7] + values[8..<11]))
        if let excess = matrix.excess { throw .notOrthonormal(line: line.number, excess: excess) }
        guard matrix.determinant > 0 else {
            throw .reflection(line: line.number, determinant: matrix.determinant)
        }
        return matrix.quaternion
    }
}
