import Streaming

/// What of a configuration can be made plain by itself.
enum ConfigurationField: CaseIterable {
    case seed, startLoaded, layout, spacing, resolution, levels, reanchor, regionEdge, nearLevels, cache
    case castLatency, storeLatency

    /// Values that are plainer than what a configuration has.
    ///
    /// - Parameter configuration: within its bounds.
    /// - Returns: the changes to them, the plainest first; none where it is plain.
    func plainer(than configuration: Configuration) -> [(inout Configuration) -> Void] {
        func ladder<Value: Comparable>(
            _ field: WritableKeyPath<Configuration, Value>, _ steps: [Value]
        ) -> [(inout Configuration) -> Void] {
            let value = configuration[keyPath: field]
            return steps.filter { $0 < value }.map { step in { $0[keyPath: field] = step } }
        }
        let frames: [Int32] = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128]
        switch self {
        case .seed: return configuration.worldSeed == 0 ? [] : [{ $0.worldSeed = 0 }]
        case .startLoaded: return configuration.chunksStartLoaded ? [] : [{ $0.chunksStartLoaded = true }]
        case .layout: return configuration.layoutVersion == 1 ? [] : [{ $0.layoutVersion = 1 }]
        case .spacing:
            // Cells of one block, or as the engine has them.
            let steps: [Double] = configuration.baseSpacing == 1 ? [] : [1, 2]
            return steps.filter { $0 != configuration.baseSpacing }.map { step in { $0.baseSpacing = step } }
        case .resolution:
            return ladder(\.resolution, [8, 10, 12, 16, 20, 24, 32, 48, 64]).map { change in
                {
                    change(&$0)
                    // An edge that does not divide it any more would be replaced with a note.
                    if $0.regionEdge > 0, $0.resolution % $0.regionEdge != 0 { $0.regionEdge = 0 }
                }
            }
        case .levels:
            return ladder(\.levels, Array(1...7)).map { change in
                {
                    change(&$0)
                    $0.nearLevels = min($0.nearLevels, $0.levels)
                    $0.budgets.perLevel = Array($0.budgets.perLevel.prefix(Int($0.levels)))
                }
            }
        case .reanchor: return ladder(\.reanchorDistance, [0, 1, 2, 4, 8, 16, 32])
        case .regionEdge: return configuration.regionEdge == 0 ? [] : [{ $0.regionEdge = 0 }]
        case .nearLevels: return configuration.nearLevels == 1 ? [] : [{ $0.nearLevels = 1 }]
        case .cache: return ladder(\.cacheBytes, [0, 1 << 12, 1 << 14, 1 << 16, 1 << 20])
        case .castLatency: return ladder(\.castLatencyFrames, frames)
        case .storeLatency: return ladder(\.storeLatencyFrames, Array(frames.dropFirst()))
        }
    }
}

extension Draft {
    /// Changes every configuration, of starts and of reloads, in the order of the trace; `body` is given its place among them.
    mutating func mapConfigurations(_ body: (Int, inout Configuration) -> Void) {
        var place = 0
        func change(_ configuration: inout Configuration) {
            body(place, &configuration)
            place += 1
        }
        for number in sessions.indices {
            change(&sessions[number].configuration)
            for frame in sessions[number].frames.indices {
                for index in sessions[number].frames[frame].events.indices {
                    guard case .configure(var reload) = sessions[number].frames[frame].events[index] else {
                        continue
                    }
                    change(&reload)
                    sessions[number].frames[frame].events[index] = .configure(reload)
                }
            }
        }
    }

    /// All configurations, of starts and of reloads, in the order of the trace.
    var configurations: [Configuration] {
        var all: [Configuration] = []
        var copy = self
        copy.mapConfigurations { all.append($1) }
        return all
    }

    /// With one field of some configurations as plain as can be.
    ///
    /// - Parameters:
    ///   - field: which.
    ///   - step: how many values that are plainer still are passed over.
    ///   - isChosen: for a configuration, by its place.
    mutating func makePlain(
        _ field: ConfigurationField, step: Int = 0, where isChosen: (Int) -> Bool = { _ in true }
    ) {
        mapConfigurations { place, configuration in
            guard isChosen(place) else { return }
            let steps = field.plainer(than: configuration)
            if step < steps.count { steps[step](&configuration) }
        }
    }

    // MARK: Budgets

    /// The most that a level, all levels together, and the upload may take in any frame.
    var largestBudgets: (perLevel: Int32, total: Int32, upload: Int64) {
        let all = configurations.map(\.budgets) + allFrames.compactMap(\.budgets)
        return (
            all.flatMap(\.perLevel).max() ?? 0, all.map(\.total).max() ?? 0,
            all.map(\.uploadBytes).max() ?? 0
        )
    }

    /// Changes the budgets of configurations and of frames.
    mutating func mapBudgets(_ body: (inout Budgets) -> Void) {
        mapConfigurations { body(&$1.budgets) }
        mapFrames { _, frame in
            guard var budgets = frame.budgets else { return }
            body(&budgets)
            frame.budgets = budgets
        }
    }
}
