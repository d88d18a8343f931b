import Streaming
import Topology

/// Where the camera is, frame by frame: computed from a segment's start, never summed up, so that a frame
/// in the middle does not carry the rounding of those before.
struct CameraPath {
    private var position: WorldPoint
    /// Counter-clockwise from -z, the direction of the camera without rotation.
    private var heading: Quaternion = .identity
    private let framesPerSecond: Double

    init(start: WorldPoint, framesPerSecond: Int64) {
        position = start
        self.framesPerSecond = Double(framesPerSecond)
    }

    /// Calls `body` for the frames of one segment, and goes on to the next one's start.
    mutating func follow(
        _ segment: CameraSegment, _ body: (Camera) throws(ScenarioError) -> Void
    ) throws(ScenarioError) {
        turn(for: segment.move)
        for frame in 0..<segment.frames { try body(camera(segment, at: frame)) }
        let end = camera(segment, at: segment.frames)
        position = end.position
        heading = end.orientation
    }

    /// The camera in a frame of the segment, counted from 0.
    private func camera(_ segment: CameraSegment, at frame: Int64) -> Camera {
        switch segment.move {
        case .hold:
            return Camera(position: position, orientation: heading)
        case .line(let direction, let speed):
            let distance = speed * Double(frame) / framesPerSecond
            return Camera(position: position.advanced(direction, distance), orientation: heading)
        case .toward(let target, let speed):
            let way = WorldPoint(target.x - position.x, target.y - position.y, target.z - position.z)
            let distance = speed * Double(frame) / framesPerSecond
            guard let direction = way.normalized, distance < way.length else {
                return Camera(position: target, orientation: heading)
            }
            return Camera(position: position.advanced(direction, distance), orientation: heading)
        case .look(let degrees):
            let half = degrees * Double(frame) / Double(segment.frames) / 2
            let (sine, cosine) = PortableTrigonometry.sineAndCosine(degrees: half)
            return Camera(
                position: position, orientation: heading.turned(sine: sine, cosine: cosine))
        case .jitter(let around, let offset, let period):
            let sign: Double = frame / period % 2 == 0 ? -1 : 1
            return Camera(position: around.advanced(offset, sign), orientation: heading)
        case .teleport(let target):
            return Camera(position: target, orientation: heading)
        }
    }

    /// Looks where the camera goes, as far as that is level.
    private mutating func turn(for move: CameraSegment.Move) {
        let way: WorldPoint
        switch move {
        case .line(let direction, _): way = direction
        case .toward(let target, _): way = WorldPoint(target.x - position.x, 0, target.z - position.z)
        default: return
        }
        guard let level = WorldPoint(way.x, 0, way.z).normalized else { return }
        // The cosine of the angle from -z is -level.z; half of the angle by the half-angle formulas.
        let cosine = max(0, (1 - level.z) / 2).squareRoot()
        let sine = max(0, (1 + level.z) / 2).squareRoot()
        heading = Quaternion(x: 0, y: level.x > 0 ? -sine : sine, z: 0, w: cosine)
    }
}

extension WorldPoint {
    fileprivate func advanced(_ direction: WorldPoint, _ distance: Double) -> WorldPoint {
        WorldPoint(x + direction.x * distance, y + direction.y * distance, z + direction.z * distance)
    }
}

extension Quaternion {
    /// This rotation about the upward axis, and another by twice the angle of `sine` and `cosine` after it.
    fileprivate func turned(sine: Double, cosine: Double) -> Quaternion {
        Quaternion(x: 0, y: y * cosine + w * sine, z: 0, w: w * cosine - y * sine)
    }
}
