import Recording
import Streaming
import Testing

/// A long walk with edits, sessions and reloads that have nothing to do with what comes at its end.
enum LongTrace {
    /// The frames of a scenario in its written form, behind a long walk, as sessions of their own: so many of both together.
    static func frames(walkingTo scenario: String, count: Int) throws -> [FrameInput] {
        let occasion = try Scenario(text: scenario, file: "occasion").frames()
        return join(try walk(count - occasion.count), occasion)
    }

    /// The frames of a scenario with the walk in its middle, in the place of the session that begins in the frame `place`.
    static func frames(walkingWithin scenario: String, from place: Int, to end: Int, count: Int) throws
        -> [FrameInput]
    {
        let occasion = try Scenario(text: scenario, file: "occasion").frames()
        let walk = try walk(count - occasion.count + end - place)
        return join(join(Array(occasion[..<place]), walk), Array(occasion[end...]))
    }

    /// Two traces as one: sessions of the second go on behind those of the first.
    private static func join(_ first: [FrameInput], _ second: [FrameInput]) -> [FrameInput] {
        guard let last = first.last else { return second }
        let isRunning = !last.events.contains(.sessionEnd)
        var result = first
        // The walk ends none of its sessions otherwise than by the start of the next.
        let sessions = first.flatMap(\.events).count { if case .sessionStart = $0 { true } else { false } }
        let begin = second[0].session
        for (place, input) in second.enumerated() {
            var input = input
            input.frame = Int32(first.count + place)
            input.session = UInt32(sessions) + input.session - begin
            if place == 0, isRunning {
                input.events.removeAll { $0 == .sessionEnd }
                input.events.insert(.sessionEnd, at: 0)
            }
            result.append(input)
        }
        return result
    }

    private static func walk(_ count: Int) throws -> [FrameInput] {
        let text = """
            format = 1
            purpose = "a long walk"
            preset = "classic"
            seed = 71
            frames_per_second = 60
            start = [8.0, 86.0, 8.0]

            [config]
            resolution = 8
            levels = 2
            level_budgets = [12, 6]
            cache_bytes = 16384

            [[camera]]
            move = "walk"
            frames = \(count / 2)
            direction = [1, 0, 0]

            [[camera]]
            move = "fly"
            speed = 20
            frames = \(count - count / 2)
            direction = [-1, 0, 1]

            [[event]]
            every = 97
            edit = { min = [12, 82, 6], max = [15, 86, 9], material = "lamp" }

            [[event]]
            every = 131
            invalidate = { min = [0.0, 80.0, 0.0], max = [40.0, 96.0, 24.0] }

            [[event]]
            frame = \(count / 5)
            new_session = { levels = 1 }

            [[event]]
            frame = \(count / 4)
            configure = { layout_version = 3 }

            [[event]]
            frame = \(count / 2)
            new_session = { seed = 72, levels = 2 }

            [[event]]
            frame = \(count / 2 + count / 9)
            configure = { cast_latency_frames = 4 }

            [[event]]
            frame = \(count / 2 + count / 3)
            budgets = { total = 9 }
            """
        return try Scenario(text: text, file: "walk").frames()
    }
}
