import Hashing
import Streaming
import Topology

// How a trace begins: the configuration that its scenes need, and where the camera stands.

extension TraceDraft {
    /// Most of these are whole numbers of 2^-20 block, without which a run cannot be moved exactly; 0.7 and 0.3 are not.
    static let spacings = [0.25, 0.5, 0.5, 1, 1, 1, 1.5, 2, 2, 2, 3, 0.7, 0.3]
    static let resolutions: [Int32] = [8, 8, 8, 8, 9, 9, 10]
    /// The smallest hold an entry or two.
    static let cacheSizes: [Int64] = [0, 0, 400, 1_500, 4_000, 9_000, 20_000, 1 << 26, 1 << 26, 1 << 26]
    static let storeSizes: [Int64] = [0, 2_000, 15_000, 40_000, 1 << 24, 1 << 24, 1 << 24]

    /// The first session, in the first frame, and a moment in it.
    mutating func setUp(_ scenes: [Scene]) {
        configuration = firstConfiguration(scenes)
        position = firstPosition(scenes)
        let wantsStore = scenes.contains { $0 == .store || $0 == .sessions }
        start(storeBytes: wantsStore && !isVariant ? random.pick(TraceDraft.storeSizes) : nil)
        step(random.integer(1...4))
    }

    var isVariant: Bool { configuration.variant != .reference }

    private mutating func firstConfiguration(_ scenes: [Scene]) -> Configuration {
        var result = Configuration.classic
        // A world of its own: what has been cast for one trace says nothing of another.
        result.worldSeed = random.next()
        result.baseSpacing = random.pick(TraceDraft.spacings)
        result.resolution = random.pick(TraceDraft.resolutions)
        result.levels = Int32(random.pick([1, 1, 2, 2, 3]))
        result.layoutVersion = UInt32(random.integer(1...2))
        result.castLatencyFrames = random.pick([0, 0, 1, 1, 2, 2, 3, 5, 9])
        result.storeLatencyFrames = random.pick([1, 1, 2, 4])
        result.regionEdge = random.pick([0, 0, 1, 2, 3, 4, result.resolution])
        result.nearLevels = Int32(random.pick([0, 0, 1, random.integer(0...Int(result.levels))]))
        result.cacheBytes = random.pick(TraceDraft.cacheSizes)
        result.budgets = drawnBudgets()
        if random.oneIn(8) { result.reanchorDistance = random.pick([0.5, 1, 2, 5]) }
        if scenes.contains(.reanchor) {
            result.reanchorDistance = random.pick([0.5, 1, 1.5, 2]) * result.baseSpacing
        }
        if scenes.contains(.chunks) || scenes.contains(.retry) { result.chunksStartLoaded = random.oneIn(2) }
        if scenes.contains(.edits) {
            result.castLatencyFrames = max(2, result.castLatencyFrames)
            result.budgets.total = max(24, result.budgets.total)
        }
        if scenes.contains(where: \.isAboutRegions) {
            result.nearLevels = random.oneIn(4) ? 1 : 0
            result.castLatencyFrames = Int32(random.integer(0...2))
            result.budgets = Budgets(perLevel: [160, 80, 60], total: 240, uploadBytes: 1 << 20)
            if !random.oneIn(3) { result.regionEdge = random.pick([1, 2, 2, 4]) }
        }
        if scenes.contains(.crowd) {
            // 3,000 probes, room for 2,048 casts, none of which comes back before a request has waited too long.
            result.resolution = 10
            result.levels = 3
            result.castLatencyFrames = 40
            result.budgets = Budgets(perLevel: [1000, 1000, 1000], total: 3000, uploadBytes: 1 << 20)
        }
        // Sessions of a variant have no store.
        if random.oneIn(24), !scenes.contains(.store), !scenes.contains(.sessions) {
            result.variant = .lumon2026_01
        }
        if random.oneIn(16) { clamp(&result) }
        return result
    }

    private mutating func clamp(_ configuration: inout Configuration) {
        switch random.integer(0...5) {
        case 0: configuration.nearLevels = 77
        case 1: configuration.castLatencyFrames = -1
        case 2: configuration.reanchorDistance = -2
        case 3: configuration.regionEdge = 7
        case 4: configuration.storeLatencyFrames = 0
        default: configuration.budgets.perLevel = [40]
        }
    }

    private mutating func firstPosition(_ scenes: [Scene]) -> WorldPoint {
        // High in the air every cell has light, and casts are quick; near the ground some are solid.
        var point = WorldPoint(
            Double(random.integer(-60...60)) + 0.5, random.pick([401, 401, 120.5, 84, 84.5, 76.25, 70.5]),
            Double(random.integer(-60...60)) + 0.5)
        if scenes.contains(.crowd) { point.y = 401 }
        if scenes.contains(.diagonal) || random.oneIn(6) {
            point = WorldPoint(random.double(-2, 2), point.y, random.double(-2, 2))
        }
        if scenes.contains(.far) { point = farPoint(point) }
        return point
    }

    /// Where a coordinate through Float would lose whole cells. Far from the end of the lattice, whatever the spacing.
    mutating func farPoint(_ point: WorldPoint) -> WorldPoint {
        let distances = [3e7, -3e7, 16_777_217, -16_777_215, 2.5e8, 12_345_678.9]
        switch random.integer(0...2) {
        case 0: return WorldPoint(random.pick(distances) + random.double(-2, 2), point.y, point.z)
        case 1: return WorldPoint(point.x, point.y, random.pick(distances) + random.double(-2, 2))
        default: return WorldPoint(random.pick(distances), point.y, random.pick(distances))
        }
    }

    /// From none to more than there are probes.
    mutating func drawnBudgets() -> Budgets {
        var perLevel: [Int32] = []
        let most = random.pick([3, 12, 40, 160, 160])
        for _ in 0..<random.integer(1...3) { perLevel.append(Int32(random.integer(1...most))) }
        if random.oneIn(8) { perLevel[random.integer(0...perLevel.count - 1)] = 0 }
        var budgets = Budgets(
            perLevel: perLevel, total: Int32(random.integer(1...2 * most)), uploadBytes: 1 << 20)
        if random.oneIn(16) { budgets.total = 0 }
        if random.oneIn(8) {
            budgets.uploadBytes = Int64(random.integer(0...40)) * 64 + random.pick([-1, 0, 1, 63])
        }
        budgets.uploadBytes = max(0, budgets.uploadBytes)
        return budgets
    }
}
