/// A configured value that was outside its bounds, and what is used instead.
package struct Clamping: Hashable, Sendable {
    package var field: String
    package var given: String
    package var used: String

    package init(field: String, given: String, used: String) {
        self.field = field
        self.given = given
        self.used = used
    }
}

extension Configuration {
    /// The configuration as the model uses it, and what had to be changed for that: values are clamped
    /// to their bounds, the list of level budgets is brought to the number of levels, a region edge
    /// that does not divide the resolution is replaced by the default.
    ///
    /// - Precondition: no value is NaN; ``FrameError/notANumber(field:)`` is thrown before it comes here.
    package func effective() -> (configuration: Configuration, clampings: [Clamping]) {
        var result = self
        var clampings: [Clamping] = []
        clamp(&result.baseSpacing, 0.25...64, "base_spacing", &clampings)
        clamp(&result.resolution, 8...128, "resolution", &clampings)
        clamp(&result.levels, 1...8, "levels", &clampings)
        clamp(&result.reanchorDistance, 0...64, "reanchor_distance", &clampings)
        clamp(&result.nearLevels, 0...result.levels, "near_levels", &clampings)
        clamp(&result.cacheBytes, 0...(1 << 40), "cache_bytes", &clampings)
        clamp(&result.castLatencyFrames, 0...255, "cast_latency_frames", &clampings)
        clamp(&result.storeLatencyFrames, 1...255, "store_latency_frames", &clampings)
        let edge = result.regionEdge
        if edge <= 0 || result.resolution % edge != 0 {
            result.regionEdge = Configuration.defaultRegionEdge(resolution: result.resolution)
            if edge != 0 {
                clampings.append(
                    Clamping(field: "region_edge", given: "\(edge)", used: "\(result.regionEdge)"))
            }
        }
        let (budgets, changed) = result.budgets.effective(levels: Int(result.levels))
        result.budgets = budgets
        return (result, clampings + changed)
    }

    /// The largest divisor of N that is at most N/4, and at least 1.
    package static func defaultRegionEdge(resolution: Int32) -> Int32 {
        var edge = max(1, resolution / 4)
        while resolution % edge != 0 { edge -= 1 }
        return edge
    }
}

extension Budgets {
    /// The budgets within their bounds, exactly `levels` of them per level.
    package func effective(levels: Int) -> (budgets: Budgets, clampings: [Clamping]) {
        var result = self
        var clampings: [Clamping] = []
        result.perLevel = Array(perLevel.prefix(levels))
        if perLevel.count > levels {
            clampings.append(
                Clamping(field: "level_budgets", given: "\(perLevel.count) levels", used: "\(levels)"))
        }
        for level in result.perLevel.indices {
            clamp(&result.perLevel[level], 0...65536, "level_budgets[\(level)]", &clampings)
        }
        while result.perLevel.count < levels {
            let extended = max(1, (result.perLevel.last ?? 0) >> 1)
            clampings.append(
                Clamping(
                    field: "level_budgets[\(result.perLevel.count)]", given: "nothing", used: "\(extended)"))
            result.perLevel.append(extended)
        }
        clamp(&result.total, 0...65536, "total_budget", &clampings)
        clamp(&result.uploadBytes, 0...(1 << 30), "upload_bytes", &clampings)
        return (result, clampings)
    }
}

private func clamp<Value: Comparable>(
    _ value: inout Value, _ bounds: ClosedRange<Value>, _ field: String, _ clampings: inout [Clamping]
) {
    let used = min(max(value, bounds.lowerBound), bounds.upperBound)
    guard used != value else { return }
    clampings.append(Clamping(field: field, given: "\(value)", used: "\(used)"))
    value = used
}
