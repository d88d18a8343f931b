package import Streaming
package import Topology

/// The configuration keys that a table of a scenario names; the others stay as they are. Values outside
/// their bounds are kept: the model clamps them and says so.
package struct ConfigurationOverrides: Hashable, Sendable {
    package var worldSeed: UInt64?
    package var chunksStartLoaded: Bool?
    package var layoutVersion: UInt32?
    package var baseSpacing: Double?
    package var resolution: Int32?
    package var levels: Int32?
    package var reanchorDistance: Double?
    package var castLatencyFrames: Int32?
    package var regionEdge: Int32?
    package var nearLevels: Int32?
    package var cacheBytes: Int64?
    package var storeLatencyFrames: Int32?
    package var variant: Variant?
    package var budgets: BudgetOverrides

    /// Where the table stands, which decides about the keys that it may have.
    enum Place {
        /// `[config]`: everything but the seed, which stands at the top of the file.
        case session
        /// `new_session`: the seed as well.
        case newSession
        /// `configure`: what can be changed while a session runs.
        case reload
    }

    init(_ table: ScenarioTable, _ place: Place) throws(ScenarioError) {
        var keys = [
            "base_spacing", "resolution", "levels", "level_budgets", "total_budget", "upload_bytes",
            "reanchor_distance", "cast_latency_frames", "layout_version", "region_edge", "near_levels",
            "cache_bytes", "store_latency_frames",
        ]
        if place != .reload { keys += ["chunks_start_loaded", "variant"] }
        if place == .newSession { keys += ["seed"] + SessionStore.keys }
        if place == .reload, let key = ["seed", "chunks_start_loaded", "variant"].first(where: table.has) {
            throw table.source.error(
                table.at(key), .conflict("cannot change while a session runs; use new_session"))
        }
        try table.allow(keys)
        func int32(_ key: String) throws(ScenarioError) -> Int32? {
            guard table.has(key) else { return nil }
            return Int32(try table.integer(key, Int64(Int32.min)...Int64(Int32.max)))
        }
        func number(_ key: String) throws(ScenarioError) -> Double? {
            guard table.has(key) else { return nil }
            return try table.number(key, -ScenarioLimits.coordinate...ScenarioLimits.coordinate)
        }
        worldSeed = table.has("seed") ? try table.seed("seed") : nil
        chunksStartLoaded = table.has("chunks_start_loaded") ? try table.boolean("chunks_start_loaded") : nil
        layoutVersion =
            table.has("layout_version")
            ? UInt32(try table.integer("layout_version", 0...Int64(UInt32.max))) : nil
        baseSpacing = try number("base_spacing")
        resolution = try int32("resolution")
        levels = try int32("levels")
        reanchorDistance = try number("reanchor_distance")
        castLatencyFrames = try int32("cast_latency_frames")
        regionEdge = try int32("region_edge")
        nearLevels = try int32("near_levels")
        cacheBytes = table.has("cache_bytes") ? try table.integer("cache_bytes", Int64.min...Int64.max) : nil
        storeLatencyFrames = try int32("store_latency_frames")
        variant =
            table.has("variant")
            ? Variant(name: try table.word("variant", among: Variant.allCases.map(\.name))) : nil
        budgets = try BudgetOverrides(
            table, levels: "level_budgets", total: "total_budget", uploadBytes: "upload_bytes")
    }

    package func apply(to configuration: inout Configuration) {
        if let worldSeed { configuration.worldSeed = worldSeed }
        if let chunksStartLoaded { configuration.chunksStartLoaded = chunksStartLoaded }
        if let layoutVersion { configuration.layoutVersion = layoutVersion }
        if let baseSpacing { configuration.baseSpacing = baseSpacing }
        if let resolution { configuration.resolution = resolution }
        if let levels { configuration.levels = levels }
        if let reanchorDistance { configuration.reanchorDistance = reanchorDistance }
        if let castLatencyFrames { configuration.castLatencyFrames = castLatencyFrames }
        if let regionEdge { configuration.regionEdge = regionEdge }
        if let nearLevels { configuration.nearLevels = nearLevels }
        if let cacheBytes { configuration.cacheBytes = cacheBytes }
        if let storeLatencyFrames { configuration.storeLatencyFrames = storeLatencyFrames }
        if let variant { configuration.variant = variant }
        budgets.apply(to: &configuration.budgets)
    }
}

/// The budgets that a table of a scenario names.
package struct BudgetOverrides: Hashable, Sendable {
    package var perLevel: [Int32]?
    package var total: Int32?
    package var uploadBytes: Int64?

    init(
        _ table: ScenarioTable, levels: String, total: String, uploadBytes: String
    ) throws(ScenarioError) {
        perLevel =
            table.has(levels) ? try table.int32List(levels, limit: ScenarioLimits.levelBudgets) : nil
        self.total =
            table.has(total)
            ? Int32(try table.integer(total, Int64(Int32.min)...Int64(Int32.max))) : nil
        self.uploadBytes =
            table.has(uploadBytes) ? try table.integer(uploadBytes, Int64.min...Int64.max) : nil
    }

    package func apply(to budgets: inout Budgets) {
        if let perLevel { budgets.perLevel = perLevel }
        if let total { budgets.total = total }
        if let uploadBytes { budgets.uploadBytes = uploadBytes }
    }
}
