package import Topology

/// One part of the camera's program. It starts where the one before would have been in its next frame.
package struct CameraSegment: Hashable, Sendable {
    package enum Move: Hashable, Sendable {
        case hold
        /// Straight on from the segment's start; `direction` is of unit length, `speed` in blocks a second.
        case line(direction: WorldPoint, speed: Double)
        /// Straight to a point, and then staying there.
        case toward(WorldPoint, speed: Double)
        /// Turns in place about the upward axis, counter-clockwise seen from above.
        case look(degrees: Double)
        /// On both sides of `around` in turns, `period` frames each, beginning below.
        case jitter(around: WorldPoint, offset: WorldPoint, period: Int64)
        case teleport(WorldPoint)
    }

    package var move: Move
    /// At least 1.
    package var frames: Int64

    /// The segments of `[[camera]]`, in order: at least one.
    static func read(_ root: ScenarioTable) throws(ScenarioError) -> [CameraSegment] {
        let tables = try root.tables("camera", limit: ScenarioLimits.segments)
        guard !tables.isEmpty else {
            throw root.source.error("camera", .missingKey(expected: "at least one table [[camera]]"))
        }
        var segments: [CameraSegment] = []
        var frames: Int64 = 0
        for table in tables {
            let segment = try CameraSegment(table)
            frames += segment.frames
            guard frames <= ScenarioLimits.frames else {
                throw root.source.error(
                    table.at("frames"),
                    .tooLarge(
                        what: "frames up to this segment", value: frames, limit: ScenarioLimits.frames))
            }
            segments.append(segment)
        }
        return segments
    }

    private init(_ table: ScenarioTable) throws(ScenarioError) {
        let moves = ["hold", "walk", "run", "fly", "look", "jitter", "teleport"]
        let move = try table.word("move", among: moves)
        let common = ["move", "frames"]
        switch move {
        case "look":
            try table.allow(common + ["degrees"])
            self.move = .look(degrees: try table.number("degrees", -36_000_000...36_000_000))
        case "jitter":
            try table.allow(common + ["around", "amplitude", "period", "direction"])
            let direction =
                table.has("direction") ? try CameraSegment.direction(table) : WorldPoint(1, 0, 0)
            let amplitude = try table.number("amplitude", 0...ScenarioLimits.coordinate)
            self.move = .jitter(
                around: try table.point("around"),
                offset: WorldPoint(
                    direction.x * amplitude, direction.y * amplitude, direction.z * amplitude),
                period: try table.integer("period", 1...ScenarioLimits.frames))
        case "teleport":
            try table.allow(common + ["to"])
            self.move = .teleport(try table.point("to"))
        case "hold":
            try table.allow(common)
            self.move = .hold
        default:
            try table.allow(common + ["direction", "toward", "speed"])
            let usual = move == "walk" ? 4.3 : move == "run" ? 5.6 : 11
            let speed = table.has("speed") ? try table.number("speed", 0...ScenarioLimits.speed) : usual
            self.move =
                try table.exactlyOne(of: ["direction", "toward"]) == "toward"
                ? .toward(try table.point("toward"), speed: speed)
                : .line(direction: try CameraSegment.direction(table), speed: speed)
        }
        frames = try table.integer("frames", 1...ScenarioLimits.frames)
    }

    private static func direction(_ table: ScenarioTable) throws(ScenarioError) -> WorldPoint {
        let direction = try table.point("direction")
        guard let unit = direction.normalized else {
            throw table.source.error(
                table.at("direction"),
                .wrongValue(
                    expected: "a direction of some length", found: "one of length 0", nearest: nil))
        }
        return unit
    }
}

extension WorldPoint {
    /// The length, by one sum from left to right and one square root.
    var length: Double { (x * x + y * y + z * z).squareRoot() }

    /// The vector of the same direction and length 1; nil where the length is 0.
    var normalized: WorldPoint? {
        let length = length
        return length > 0 ? WorldPoint(x / length, y / length, z / length) : nil
    }
}
