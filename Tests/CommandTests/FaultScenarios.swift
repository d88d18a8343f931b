import Foundation
import Synchronization
import Testing

/// How much the tests do.
enum Scale {
    /// Everything, for the nightly.
    static let isFull = ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"

    /// In debug what takes long runs in full only: release has it in every run.
    static let isThorough: Bool = {
        #if DEBUG
            isFull
        #else
            true
        #endif
    }()

    static let inRelease: Comment = "in release, and with LUMON_TEST_FULL=1"

    /// In debug the first few of what release has all of: each of them starts the program many times.
    static func few<Element>(_ all: [Element], _ count: Int) -> [Element] {
        isThorough ? all : Array(all.prefix(count))
    }

    /// All of a table in full; otherwise every sixth case in release and every 24th in debug: each of them starts the program many times.
    static func sample<Element>(_ all: [Element]) -> [Element] {
        #if DEBUG
            let step = isFull ? 1 : 24
        #else
            let step = isFull ? 1 : 6
        #endif
        return stride(from: 0, to: all.count, by: step).map { all[$0] }
    }
}

extension FaultScenario {
    /// The traces of scenarios with their goldens, by the healthy program: each is made when it is first asked for.
    private static let healthy = Mutex<[FaultScenario: [String: [UInt8]]]>([:])

    /// A folder with the scenario's trace and golden.
    func workspace() throws -> Workspace {
        let files = try FaultScenario.healthy.withLock { made in
            if let files = made[self] { return files }
            let workspace = try Workspace()
            try workspace.write(text, to: "\(rawValue).scenario.toml")
            for arguments in [
                ["record", "\(rawValue).scenario.toml", "-o", "\(rawValue).mcap"],
                ["golden", "accept", "\(rawValue).mcap"],
            ] {
                let outcome = try workspace.run(arguments)
                try #require(outcome.code == 0, "\(outcome)")
            }
            let files = try workspace.files().filter { !$0.key.hasSuffix("/") }
            made[self] = files
            return files
        }
        return try Workspace(files)
    }
}

/// Small scenarios in which every planted fault has its occasion, at a frame that can be read off them.
enum FaultScenario: String, CaseIterable {
    case moves, crowded, edits, thereAndBack, chunks, ageing, reloads, boxes, cached, stored, restarts,
        twoEdits

    /// The written form.
    var text: String {
        switch self {
        case .moves:
            header(start: "1.0, 81.0, 1.0", "levels = 2", "level_budgets = [160, 80]", "total_budget = 100")
                + hold(12)
                // One cell on each axis; then three on one; 16 on each, two windows of the finest level.
                + teleport("3, 83, 3", frames: 6) + teleport("9, 83, 3", frames: 6)
                + teleport("41, 115, 35", frames: 6)
                // 65,536 + 3 cells on one axis; below zero; where Float has gaps of two blocks.
                + teleport("131119, 115, 35", frames: 6) + teleport("-5, 81, 1", frames: 6)
                + teleport("30000003, 81, 1", frames: 6)
        case .crowded:
            // 2,500 probes in the first frame and room for 2,048 casts, none of which comes back before frame 40.
            header(
                start: "0.0, 96.0, 0.0", "resolution = 16", "levels = 1", "level_budgets = [2500]",
                "total_budget = 2500", "cast_latency_frames = 40") + hold(42)
                + event(3, "invalidate = { min = [-16.0, 80.0, -16.0], max = [16.0, 112.0, 16.0] }")
        case .edits:
            // What is dispatched in frame 0 is drained in frame 5; in between its surroundings are filled.
            header(
                start: "-0.5, 84.0, -0.5", "base_spacing = 1.0", "levels = 2", "level_budgets = [64, 32]",
                "cast_latency_frames = 5") + hold(20)
                + event(3, "edit = { min = [-2, 82, -2], max = [2, 86, 2], material = \"lamp\" }")
        case .twoEdits:
            // Both in one frame, the second over the first: which of them is the last decides the world.
            header(start: "-0.5, 84.0, -0.5", "levels = 1", "level_budgets = [64]") + hold(20)
                + event(3, "edit = { min = [-2, 82, -2], max = [2, 86, 2], material = \"lamp\" }")
                + event(3, "edit = { min = [-1, 82, -1], max = [2, 86, 2], material = \"air\" }")
        case .thereAndBack:
            // Away and back while the first casts are in flight: the same cells, with new requests.
            header(
                start: "1.0, 84.0, 1.0", "levels = 1", "level_budgets = [64]", "cast_latency_frames = 5")
                + hold(2) + teleport("101, 84, 1", frames: 1) + teleport("1, 84, 1", frames: 12)
        case .chunks:
            header(
                start: "16.0, 84.0, 16.0", "levels = 1", "level_budgets = [64]", "chunks_start_loaded = false"
            )
                + hold(20)
        case .ageing:
            // Cells of one block: all are Valid from frame 2 on, and 600 frames old in frame 602.
            header(start: "0.0, 76.0, 0.0", "base_spacing = 1.0", "levels = 1", "level_budgets = [512]")
                + hold(610)
        case .reloads:
            header(start: "1.0, 81.0, 1.0", "levels = 2", "level_budgets = [64, 32]") + hold(30)
                + event(10, "configure = { layout_version = 2 }")
                + event(20, "configure = { resolution = 10 }")
        case .boxes:
            header(start: "0.5, 82.0, 0.5", "base_spacing = 1.0", "levels = 2", "level_budgets = [80, 40]")
                + hold(30)
                + event(20, "invalidate = { min = [100000.0, 82.0, 0.0], max = [100010.0, 83.0, 1.0] }")
                + event(24, "invalidate = { min = [-2.0, 80.0, -2.0], max = [1e-310, 83.0, 2.0] }")
        case .cached:
            // High in the air, where every cell has light. Cells of 4 blocks at level 1, which is all Valid from frame 2 on. Two cells along
            // x leave in frame 10, two more in frame 16, and these come back in frame 22: 16 regions of 8 cells each time, 512 bytes each.
            header(
                start: "1.0, 401.0, 1.0", "levels = 2", "level_budgets = [16, 600]", "total_budget = 700",
                "cache_bytes = 12000", "region_edge = 2")
                + hold(10) + teleport("9, 401, 1", frames: 6) + teleport("17, 401, 1", frames: 6)
                + teleport("9, 401, 1", frames: 8)
                + event(12, "invalidate = { min = [-16.0, 400.0, -4.0], max = [-12.0, 404.0, 0.0] }")
                + event(25, "configure = { base_spacing = 2.5 }")
        case .stored:
            // The same without a cache: what leaves goes to the store, 640 bytes a row. Half of the first rows are invalidated in
            // frame 23. In frame 32 the whole window leaves, and 25 rows find room. They are asked for in frame 33.
            header(
                start: "1.0, 401.0, 1.0", "levels = 2", "level_budgets = [16, 40]", "cache_bytes = 0",
                "region_edge = 2")
                + store(16000) + hold(20) + teleport("9, 401, 1", frames: 6)
                + teleport("17, 401, 1", frames: 6)
                + teleport("1001, 401, 1", frames: 1) + teleport("25, 401, 1", frames: 17)
                + event(23, "invalidate = { min = [-16.0, 384.0, -16.0], max = [-8.0, 400.0, 16.0] }")
                + event(35, "invalidate = { min = [16.0, 384.0, 0.0], max = [24.0, 416.0, 16.0] }")
        case .restarts:
            // A world with an edit, another world, and the first one again, which is made anew and has no edit.
            header(
                start: "1.0, 401.0, 1.0", "levels = 2", "level_budgets = [16, 40]", "cache_bytes = 0",
                "region_edge = 2")
                + store(1 << 20) + hold(60)
                + event(5, "edit = { min = [2, 400, 0], max = [3, 401, 1], material = \"lamp\" }")
                + event(20, "new_session = { seed = 24 }") + event(40, "new_session = { seed = 23 }")
        }
    }

    private func store(_ sizeCapBytes: Int) -> String { "\n[store]\nsize_cap_bytes = \(sizeCapBytes)\n" }

    private func header(start: String, _ configuration: String...) -> String {
        let resolution =
            (configuration.contains { $0.hasPrefix("resolution") } ? [] : ["resolution = 8"])
            + (configuration.contains { $0.hasPrefix("cache_bytes") } ? [] : ["cache_bytes = 0"])
        return """
            format = 1
            purpose = "planted faults"
            preset = "classic"
            seed = 23
            frames_per_second = 60
            start = [\(start)]

            [config]
            \((resolution + configuration).joined(separator: "\n"))

            """
    }

    private func hold(_ frames: Int) -> String { "\n[[camera]]\nmove = \"hold\"\nframes = \(frames)\n" }

    private func teleport(_ to: String, frames: Int) -> String {
        "\n[[camera]]\nmove = \"teleport\"\nframes = \(frames)\nto = [\(to)]\n"
    }

    private func event(_ frame: Int, _ what: String) -> String { "\n[[event]]\nframe = \(frame)\n\(what)\n" }
}
