package import Streaming
package import Topology
package import Voxels

/// One `[[event]]`: what happens, and in which frames.
package struct ScenarioEvent: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case edit(VoxelBox, Material)
        /// Every chunk of a half-open box.
        case loadChunks(VoxelBox)
        case unloadChunks(VoxelBox)
        case invalidate(WorldBox)
        /// Relative to the budgets in force.
        case budgets(BudgetOverrides)
        /// Relative to the configuration in force.
        case configure(ConfigurationOverrides)
        /// Ends the session if there is one, and starts the next, relative to the configuration in force.
        case newSession(ConfigurationOverrides, SessionStore?)
        case endSession
        case storeOff
        case storeDamage(RegionKey)
    }

    package var action: Action
    /// The first frame.
    package var from: Int64
    /// The first frame no more.
    package var until: Int64
    /// Frames from one time to the next.
    package var every: Int64
    /// Where the table stands in the file, like `event[2]`.
    package var path: String

    init(_ table: ScenarioTable, frameCount: Int64) throws(ScenarioError) {
        let actions = [
            "edit", "load_chunk", "unload_chunk", "load_chunks", "unload_chunks", "invalidate", "budgets",
            "configure", "new_session", "end_session", "store_off", "store_damage",
        ]
        try table.allow(["frame", "every", "from", "until"] + actions)
        path = table.path
        if try table.exactlyOne(of: ["frame", "every"]) == "frame" {
            if let key = ["from", "until"].first(where: table.has) {
                throw table.source.error(table.at(key), .conflict("goes with every, not with frame"))
            }
            from = try table.integer("frame", 0...(frameCount - 1))
            until = from + 1
            every = 1
        } else {
            every = try table.integer("every", 1...ScenarioLimits.frames)
            from = table.has("from") ? try table.integer("from", 0...(frameCount - 1)) : 0
            until =
                table.has("until") ? try table.integer("until", (from + 1)...frameCount) : frameCount
        }
        action = try ScenarioEvent.action(table, named: table.exactlyOne(of: actions))
    }

    private static func action(_ table: ScenarioTable, named name: String) throws(ScenarioError) -> Action {
        switch name {
        case "edit":
            let edit = try table.table(name)
            try edit.allow(["min", "max", "material"])
            let material = try edit.word("material", among: Material.allCases.map(\.name))
            let box = try voxelBox(edit)
            guard box.count <= VoxelWorld.maximumEditVoxels else {
                throw edit.source.error(
                    edit.path,
                    .tooLarge(what: "voxels", value: box.count, limit: VoxelWorld.maximumEditVoxels))
            }
            return .edit(box, Material(name: material) ?? .air)
        case "load_chunk": return .loadChunks(try chunk(table, name))
        case "unload_chunk": return .unloadChunks(try chunk(table, name))
        case "load_chunks": return .loadChunks(try chunks(table, name))
        case "unload_chunks": return .unloadChunks(try chunks(table, name))
        case "invalidate":
            let box = try table.table(name)
            try box.allow(["min", "max"])
            let result = WorldBox(lower: try box.point("min"), upper: try box.point("max"))
            guard !result.isEmpty else { throw emptyBox(box) }
            return .invalidate(result)
        case "budgets":
            let budgets = try table.table(name)
            try budgets.allow(["levels", "total", "upload_bytes"])
            return .budgets(
                try BudgetOverrides(budgets, levels: "levels", total: "total", uploadBytes: "upload_bytes"))
        case "configure":
            return .configure(try ConfigurationOverrides(table.table(name), .reload))
        case "new_session":
            let session = try table.table(name)
            return .newSession(
                try ConfigurationOverrides(session, .newSession), try SessionStore.change(session))
        case "store_damage":
            let damage = try table.table(name)
            try damage.allow(["level", "region"])
            let region = try damage.integers("region")
            let limit = Int64(Int32.max - 1)
            if let beyond = [region.x, region.y, region.z].first(where: { !(-limit...limit).contains($0) }) {
                throw damage.source.error(
                    damage.at("region"), .tooLarge(what: "a coordinate", value: abs(beyond), limit: limit))
            }
            return .storeDamage(
                RegionKey(
                    level: Int(try damage.integer("level", 0...7)),
                    region: Cell(Int32(region.x), Int32(region.y), Int32(region.z))))
        default:
            guard try table.boolean(name) else {
                throw table.source.error(
                    table.at(name), .wrongValue(expected: "true", found: "false", nearest: nil))
            }
            return name == "store_off" ? .storeOff : .endSession
        }
    }

    private static func chunk(_ table: ScenarioTable, _ name: String) throws(ScenarioError) -> VoxelBox {
        let chunk = try table.integers(name)
        return VoxelBox(
            lower: chunk, upper: VoxelCoordinate(chunk.x + 1, chunk.y + 1, chunk.z + 1))
    }

    private static func chunks(_ table: ScenarioTable, _ name: String) throws(ScenarioError) -> VoxelBox {
        let box = try table.table(name)
        try box.allow(["min", "max"])
        let result = try voxelBox(box)
        guard result.count <= ScenarioLimits.eventsPerFrame else {
            throw box.source.error(
                box.path,
                .tooLarge(what: "chunks", value: result.count, limit: ScenarioLimits.eventsPerFrame))
        }
        return result
    }

    private static func voxelBox(_ table: ScenarioTable) throws(ScenarioError) -> VoxelBox {
        let box = VoxelBox(lower: try table.integers("min"), upper: try table.integers("max"))
        guard !box.isEmpty else { throw emptyBox(table) }
        return box
    }

    private static func emptyBox(_ table: ScenarioTable) -> ScenarioError {
        table.source.error(
            table.path, .conflict("the box is empty: max has to be greater than min on every axis"))
    }
}
