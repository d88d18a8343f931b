import Streaming
import Topology

/// Samples a path at a fixed rate: frame k stands at `FrameRate.time(of: k)` after the first pose, up to and
/// including the time of the last pose.
///
/// A pose at exactly the frame's time is taken bit for bit. Between the poses a and b that stand around it, with
/// u = (t - ta) / (tb - ta), the position is a + (b - a) u on every axis. The orientation is the normalised
/// linear interpolation qa + (q - qa) u over its length, where q is qb, or -qb where the dot product of qa and qb
/// is negative: the shorter way. Each operation is one of + - * / and square root, rounded to binary64, so that
/// every machine gives the same bits.
///
/// Source of the interpolation of orientations: J. Blow, "Understanding Slerp, Then Not Using It", 2004.
enum Resampling {
    /// The path again, a pose for each frame. Complexity: O(poses + frames).
    ///
    /// - Precondition: there is a pose, and the times ascend strictly from 0.
    /// - Throws: ``ImportError`` before anything is allocated where the frames would be too many; for an
    ///   orientation that is no rotation.
    static func poses(_ poses: [TimedPose], rate: FrameRate) throws(ImportError) -> [TimedPose] {
        guard let first = poses.first, let last = poses.last, first.timeNanoseconds == 0 else {
            preconditionFailure("a path that is sampled has a pose at 0")
        }
        let count = rate.frameCount(within: last.timeNanoseconds)
        guard count <= PathImport.maximumPoses else {
            throw .tooManyFrames(count: count, limit: PathImport.maximumPoses)
        }
        var result: [TimedPose] = []
        result.reserveCapacity(Int(count))
        // The first pose at the frame's time or after it.
        var next = 0
        for frame in 0..<Int(count) {
            guard let time = rate.time(of: frame), time <= last.timeNanoseconds else {
                preconditionFailure("a frame was counted that stands behind the last pose")
            }
            while poses[next].timeNanoseconds < time { next += 1 }
            let pose = poses[next]
            result.append(
                pose.timeNanoseconds == time ? pose : try between(poses[next - 1], pose, at: time))
        }
        return result
    }

    private static func between(
        _ a: TimedPose, _ b: TimedPose, at time: Int64
    ) throws(ImportError) -> TimedPose {
        let u =
            Double(time - a.timeNanoseconds) / Double(b.timeNanoseconds - a.timeNanoseconds)
        func mixed(_ from: Double, _ to: Double) -> Double { from + (to - from) * u }
        let (p, q) = (a.orientation, b.orientation)
        let dot = p.x * q.x + p.y * q.y + p.z * q.z + p.w * q.w
        let sign: Double = dot < 0 ? -1 : 1
        let orientation = Quaternion(
            x: mixed(p.x, sign * q.x), y: mixed(p.y, sign * q.y), z: mixed(p.z, sign * q.z),
            w: mixed(p.w, sign * q.w))
        guard let orientation = orientation.normalized else {
            throw .noRotation(from: a.place, to: b.place)
        }
        return TimedPose(
            timeNanoseconds: time,
            position: WorldPoint(
                mixed(a.position.x, b.position.x), mixed(a.position.y, b.position.y),
                mixed(a.position.z, b.position.z)),
            orientation: orientation, place: a.place)
    }
}
