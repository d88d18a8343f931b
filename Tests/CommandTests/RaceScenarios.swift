/// Small scenarios in which every planted race has its occasion under some schedule.
enum RaceScenario: String, CaseIterable, Sendable {
    /// Five edits, a flight of a cell a frame and a jump: casts in flight meet other worlds, and requests that were retired.
    case busy
    /// Half of what is near the camera sees an unloaded chunk.
    case unloaded
    /// What leaves is stored, and asked for again when the camera comes back.
    case stored
    /// The variant whose workers claim requests.
    case claimed

    /// The written form.
    var text: String {
        switch self {
        case .busy:
            """
            format = 1
            purpose = "planted races"
            preset = "classic"
            seed = 23
            frames_per_second = 60
            start = [1.0, 82.0, 1.0]

            [config]
            resolution = 8
            levels = 2
            level_budgets = [12, 6]
            cache_bytes = 0

            [[camera]]
            move = "hold"
            frames = 8

            [[camera]]
            move = "fly"
            frames = 12
            direction = [1, 0, 0]
            speed = 120

            [[camera]]
            move = "teleport"
            frames = 4
            to = [41, 82, 1]

            [[camera]]
            move = "teleport"
            frames = 4
            to = [45, 82, 1]

            [[event]]
            frame = 3
            edit = { min = [-4, 76, -4], max = [2, 80, 2], material = "lamp" }

            [[event]]
            frame = 6
            edit = { min = [2, 76, 0], max = [4, 81, 4], material = "lava" }

            [[event]]
            frame = 9
            edit = { min = [-4, 76, -4], max = [2, 80, 2], material = "air" }

            [[event]]
            frame = 12
            edit = { min = [4, 76, -4], max = [12, 80, 4], material = "crystal" }

            [[event]]
            frame = 15
            edit = { min = [8, 76, -4], max = [16, 82, 4], material = "lamp" }

            """
        case .unloaded:
            """
            format = 1
            purpose = "planted races"
            preset = "classic"
            seed = 31
            frames_per_second = 60
            start = [24.0, 92.0, 16.0]

            [config]
            base_spacing = 1.0
            resolution = 8
            levels = 2
            level_budgets = [12, 6]
            cache_bytes = 0

            [[camera]]
            move = "hold"
            frames = 20

            [[event]]
            frame = 0
            unload_chunks = { min = [1, 2, 0], max = [2, 4, 1] }

            """
        case .stored:
            """
            format = 1
            purpose = "planted races"
            preset = "classic"
            seed = 23
            frames_per_second = 60
            start = [1.0, 401.0, 1.0]

            [store]
            size_cap_bytes = 1000000

            [config]
            resolution = 8
            levels = 2
            level_budgets = [16, 40]
            cache_bytes = 0
            region_edge = 2

            [[camera]]
            move = "hold"
            frames = 16

            [[camera]]
            move = "teleport"
            frames = 6
            to = [9, 401, 1]

            [[camera]]
            move = "teleport"
            frames = 6
            to = [1001, 401, 1]

            [[camera]]
            move = "teleport"
            frames = 6
            to = [1, 401, 1]

            [[camera]]
            move = "teleport"
            frames = 6
            to = [17, 401, 1]

            """
        case .claimed:
            """
            format = 1
            purpose = "planted races"
            preset = "classic"
            seed = 89
            frames_per_second = 60
            start = [0.0, 84.0, 0.0]

            [config]
            variant = "lumon-2026-01"
            resolution = 8
            levels = 2
            level_budgets = [24, 8]

            [[camera]]
            move = "fly"
            frames = 24
            direction = [1, 0, 0]
            speed = 60

            [[event]]
            frame = 12
            edit = { min = [0, 80, -6], max = [12, 88, 4], material = "lamp" }

            """
        }
    }
}
