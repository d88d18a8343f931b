import Hashing
import Streaming
import Topology
import Voxels

/// A few frames about one hazard, or about some that belong together.
enum Scene: CaseIterable {
    case walk, jump, thereAndBack, diagonal, borders, reanchor, far, rest, budgets, ties, edits, chunks,
        retry, boxes, reload,
        sessions, store, cache, crowd

    /// What is drawn from: some more often than others, and what takes long seldom.
    static let drawn: [Scene] =
        Scene.allCases.filter { $0 != .crowd && $0 != .retry }.flatMap { [$0, $0, $0, $0] }
        + [
            .jump, .jump, .boxes, .boxes, .boxes, .reload, .reload, .reload, .reload, .edits, .store, .crowd,
            .retry, .retry,
        ]

    /// Takes so many frames that there is one of them in a trace.
    var isLong: Bool { self == .crowd || self == .retry }

    /// Cells have to leave their windows with light.
    var isAboutRegions: Bool {
        self == .store || self == .cache || self == .sessions || self == .thereAndBack
    }
}

extension TraceDraft {
    mutating func play(_ scene: Scene) {
        if !isRunning {
            // The session before it has ended.
            step(random.integer(0...2))
            newSession()
        }
        switch scene {
        case .walk: walk()
        case .jump: jump()
        case .thereAndBack: thereAndBack()
        case .diagonal: diagonal()
        case .borders: borders()
        case .reanchor: reanchor()
        case .far: far()
        case .rest: step(random.integer(8...12))
        case .budgets: changeBudgets()
        case .ties: ties()
        case .edits: edits()
        case .chunks: chunks()
        case .retry: retry()
        case .boxes: boxes()
        case .reload: reloads()
        case .sessions: sessions()
        case .store: useStore()
        case .cache: useCache()
        case .crowd: crowd()
        }
    }

    // MARK: The camera

    private mutating func walk() {
        let direction = (
            x: random.pick([-1.0, 0, 0.5, 1]), y: random.pick([0.0, 0, 0.25]), z: random.pick([-0.5, 0, 1])
        )
        for _ in 0..<random.integer(3...8) { go(by: direction) }
    }

    private mutating func jump() {
        for _ in 0..<random.integer(1...2) {
            let n = Double(resolution)
            let cells =
                random.pick([1, n - 1, n - 1, n, n, 2 * n, 3 * n, 16 * n, n + 1]) * (random.oneIn(2) ? 1 : -1)
            let axes = random.pick([1, 2, 4, 7, 7, 5])
            go(by: (axes & 1 != 0 ? cells : 0, axes & 2 != 0 ? cells : 0, axes & 4 != 0 ? -cells : 0))
            step(random.integer(0...3))
        }
    }

    private mutating func thereAndBack() {
        let home = position
        step(random.integer(1...4))
        let n = resolution
        let cells = Double(random.pick([n / 2, n, 3 * n, 40 * n]))
        go(by: (cells, 0, random.oneIn(3) ? -cells : 0))
        step(random.integer(0...4))
        go(to: home)
        step(random.integer(1...6))
    }

    private mutating func diagonal() {
        // From above zero to below it, so that both are met.
        position = WorldPoint(spacing * 0.5, position.y, spacing * 0.5)
        for _ in 0..<random.integer(2...5) {
            go(
                by: (
                    random.pick([-1, -1, -2, -3]), random.pick([0, 0, -1, 1]), random.pick([-1, -1, -2, 1])
                ))
        }
    }

    private mutating func borders() {
        let exact = WorldPoint(border(position.x), border(position.y), border(position.z))
        for _ in 0..<random.integer(2...5) {
            func beside(_ value: Double, _ random: inout SeededRandom) -> Double {
                random.pick([value, value, value.nextUp, value.nextDown, value - 1e-6, value + 1e-6])
            }
            var own = random
            var point =
                own.oneIn(3)
                ? exact
                : WorldPoint(beside(exact.x, &own), beside(exact.y, &own), beside(exact.z, &own))
            if own.oneIn(4) {
                point.x = own.pick([
                    -0.0, 0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, -1e-300, -0x1p-1030,
                ])
            }
            random = own
            go(to: point)
        }
    }

    private mutating func reanchor() {
        if configuration.reanchorDistance <= 0 {
            configuration.reanchorDistance = 2
            reload()
        }
        // From a border on, so that the distances from the anchor's lower corner are those that are meant.
        let start = WorldPoint(border(position.x), position.y, border(position.z))
        go(to: start)
        let distance = min(max(configuration.reanchorDistance, 0), 64)
        for _ in 0..<random.integer(2...5) {
            let way = random.pick([
                distance, distance.nextDown, distance.nextUp, distance / 2, 1.5 * distance,
            ])
            let x = start.x + (random.oneIn(2) ? way : -way)
            go(to: WorldPoint(x, position.y, random.oneIn(3) ? start.z - way : start.z))
        }
    }

    private mutating func far() {
        let home = position
        go(to: farPoint(position))
        step(random.integer(0...3))
        if random.oneIn(2) { go(to: home) } else { go(by: (1, 0, -1)) }
    }

    // MARK: Budgets

    private mutating func changeBudgets() {
        for _ in 0..<random.integer(2...6) {
            budgets = drawnBudgets()
            if let budgets { configuration.budgets = budgets }
            step()
        }
    }

    /// Where the camera stands in the middle of a cell, or on a corner, 6, 8, 12, 24 ... cells are as far away.
    private mutating func ties() {
        var budget = Budgets(
            perLevel: [Int32(random.integer(2...17)), Int32(random.integer(2...9)), 3],
            total: Int32(random.integer(3...24)), uploadBytes: 1 << 20)
        if random.oneIn(4) { budget.uploadBytes = Int64(random.integer(2...12)) * 64 + 32 }
        budgets = budget
        configuration.budgets = budget
        let n = Double(resolution) * 2
        if random.oneIn(2) {
            var own = random
            position = centre(level: 0, &own)
            random = own
        } else {
            position = WorldPoint(border(position.x), border(position.y), border(position.z))
        }
        go(by: (n, 0, -n))
        step(random.integer(1...4))
    }

    private mutating func crowd() {
        // Requests expire after 30 frames.
        extend(to: 44)
        step(random.integer(32...36))
        if random.oneIn(2) { events.append(.invalidate(around(position, reach: 6))) }
        step(random.integer(4...8))
    }

    // MARK: The world

    private static let materials: [Material] = [.stone, .stone, .lamp, .crystal, .lava, .wood]

    private mutating func edit(_ material: Material) -> (box: VoxelBox, material: Material) {
        let centre = VoxelCoordinate(containing: target())
        let reach = Int64(random.integer(0...2))
        return (
            VoxelBox(
                lower: VoxelCoordinate(centre.x - reach, centre.y - reach, centre.z - reach),
                upper: VoxelCoordinate(centre.x + 1 + reach, centre.y + 1, centre.z + 1 + reach)), material
        )
    }

    /// Something is dispatched by a step, and the edits meet it.
    private mutating func edits() {
        for _ in 0..<random.integer(1...3) {
            go(by: random.oneIn(2) ? (1, 0, 0) : (Double(resolution), 0, 0))
            var (box, material) = edit(random.pick(TraceDraft.materials))
            if random.oneIn(6) { box.upper.y = box.lower.y }
            events.append(.edit(box, material))
            if random.oneIn(4) {
                // Another over the first, in the same frame: the last decides.
                material = .air
                box.lower.x += 1
                events.append(.edit(box, material))
            }
            step(random.integer(1...3))
            if random.oneIn(2) {
                events.append(.edit(box, material == .air ? .stone : .air))
                step(random.integer(0...2))
            }
        }
    }

    private mutating func chunks() {
        for _ in 0..<random.integer(2...4) {
            var chunk = VoxelCoordinate(containing: target()).chunk
            if random.oneIn(6) { chunk.x += Int64(random.integer(-3...3)) }
            events.append(random.oneIn(2) ? .chunkLoad(chunk) : .chunkUnload(chunk))
            if random.oneIn(3) {
                events.append(.chunkUnload(chunk))
                events.append(.chunkLoad(chunk))
            }
            step(random.integer(1...3))
        }
    }

    /// What is aborted may be tried again after 60 frames.
    private mutating func retry() {
        extend(to: min(72, made.count + 66))
        let chunk = VoxelCoordinate(containing: position).chunk
        events.append(.chunkUnload(chunk))
        step(random.integer(61...64))
        events.append(.chunkLoad(chunk))
        step(random.integer(1...3))
    }

    // MARK: Boxes

    private func around(_ point: WorldPoint, reach: Double) -> WorldBox {
        WorldBox(
            lower: WorldPoint(point.x - reach, point.y - reach, point.z - reach),
            upper: WorldPoint(point.x + reach, point.y + reach, point.z + reach))
    }

    private mutating func boxes() {
        for _ in 0..<random.integer(1...4) {
            for _ in 0..<random.pick([1, 1, 2, 3]) { events.append(.invalidate(box())) }
            step(random.integer(1...2))
        }
    }

    private mutating func box() -> WorldBox {
        let target = target()
        var box = around(target, reach: random.pick([0.25, 1, 3]))
        let s = spacing * Double(1 << random.integer(0...2))
        switch random.integer(0...10) {
        case 0, 1:
            // On the lattice exactly, where half-open matters.
            box.lower.x = (box.lower.x / s).rounded() * s
            box.upper.x = box.lower.x + s * Double(random.integer(1...2))
            if random.oneIn(2) { box.upper.z = (box.upper.z / s).rounded() * s }
        case 2:
            box = WorldBox(lower: target, upper: WorldPoint(target.x + 1e-9, target.y + 0.3, target.z + 0.3))
        case 3:
            // Ends a little above zero, or begins a little below it.
            let x = random.pick([0x1p-1030, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, -0x1p-1030])
            box = WorldBox(
                lower: WorldPoint(x < 0 ? x : -2, box.lower.y, box.lower.z),
                upper: WorldPoint(x < 0 ? 2 : x, box.upper.y, box.upper.z))
        case 4:
            box = around(position, reach: random.pick([1e4, 1e300]))
        case 5, 6:
            let way = random.pick([5e3, 1e6, -7e3, 1e12])
            box.lower.x += way
            box.upper.x = box.lower.x + 3
        case 7: swap(&box.lower.y, &box.upper.y)
        case 8: box.upper.z = box.lower.z
        default: break
        }
        return box
    }

    // MARK: Hot reload

    private mutating func reloads() {
        for _ in 0..<random.integer(1...3) {
            if random.oneIn(2) {
                // Something is in flight.
                go(by: (Double(random.integer(1...3)), 0, 0))
            }
            change()
            reload()
            if random.oneIn(4) {
                change()
                reload()
            }
            step(random.integer(1...3))
        }
    }

    private mutating func change() {
        switch random.integer(0...12) {
        case 0: configuration.budgets = drawnBudgets()
        case 1: configuration.castLatencyFrames = Int32(random.integer(0...9))
        case 2, 3: configuration.layoutVersion += 1
        case 4: configuration.baseSpacing = random.pick(TraceDraft.spacings)
        case 5: configuration.resolution = random.pick(TraceDraft.resolutions)
        case 6: configuration.levels = Int32(random.integer(1...3))
        case 7: configuration.reanchorDistance = random.pick([0, 0.5, 2, 5])
        case 8: configuration.regionEdge = random.pick([0, 1, 2, 4])
        case 9: configuration.nearLevels = Int32(random.integer(0...Int(configuration.levels)))
        case 10: configuration.cacheBytes = random.pick(TraceDraft.cacheSizes)
        case 11: configuration.storeLatencyFrames = Int32(random.integer(1...8))
        default:
            configuration.layoutVersion += 1
            configuration.levels = Int32(random.integer(1...3))
        }
    }

    // MARK: Sessions, cache and store

    /// A session in the next frame, mostly with the key of the one before.
    private mutating func newSession() {
        switch random.integer(0...9) {
        case 0: configuration.worldSeed &+= 1
        case 1: configuration.layoutVersion += 1
        case 2: configuration.baseSpacing = random.pick(TraceDraft.spacings)
        case 3: configuration.levels = Int32(random.integer(1...3))
        default: break
        }
        start(storeBytes: isVariant || random.oneIn(4) ? nil : random.pick(TraceDraft.storeSizes))
        step()
    }

    private mutating func sessions() {
        step(random.integer(2...6))
        if random.oneIn(2) {
            if random.oneIn(2) { events.append(.invalidate(box())) }
            end()
            if random.oneIn(3) { return }
            step(random.integer(0...2))
        }
        guard !isFull else { return }
        newSession()
        step(random.integer(3...8))
    }

    /// Out of the window and back, through the store.
    private mutating func useStore() {
        let home = position
        step(random.integer(3...6))
        go(by: (Double(random.pick([2, 4, resolution])), 0, 0))
        step(random.integer(1...3))
        for _ in 0..<random.integer(0...2) where hasStore {
            let edge = max(1, configuration.effective().configuration.regionEdge)
            let level = random.integer(0...Int(configuration.levels) - 1)
            let s = spacing * Double(1 << level) * Double(edge)
            func region(_ value: Double, _ random: inout SeededRandom) -> Int32 {
                Int32((value / s).rounded(.down)) + Int32(random.integer(-2...2))
            }
            var own = random
            let key = RegionKey(
                level: level,
                region: Cell(region(home.x, &own), region(home.y, &own), region(home.z, &own)))
            random = own
            events.append(.storeDamage(key))
        }
        if random.oneIn(3) { events.append(.invalidate(around(home, reach: 2))) }
        step()
        if hasStore, random.oneIn(6), !isFull {
            events.append(.storeOff)
            hasStore = false
        }
        go(to: home)
        step(random.integer(2...6))
    }

    /// Out of the window in steps and back, so that more leaves than the cache holds.
    private mutating func useCache() {
        if configuration.cacheBytes > 20_000, random.oneIn(2) {
            configuration.cacheBytes = random.pick([400, 1_500, 4_000, 9_000])
            reload()
        }
        let home = position
        step(random.integer(2...5))
        for _ in 0..<random.integer(1...3) { go(by: (Double(random.integer(2...4)), 0, 0)) }
        if random.oneIn(2) { events.append(.invalidate(around(home, reach: 1.5 * spacing))) }
        if random.oneIn(4) {
            let corner = VoxelCoordinate(containing: home)
            events.append(
                .edit(
                    VoxelBox(
                        lower: corner, upper: VoxelCoordinate(corner.x + 1, corner.y + 1, corner.z + 1)),
                    .stone))
        }
        step()
        go(to: home)
        step(random.integer(1...4))
    }
}
