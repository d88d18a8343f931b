import Hashing
import Streaming
import Topology
import Voxels

/// What a scenario does more often than the others.
enum ScenarioTheme: CaseIterable, Sendable {
    case walk, jitter, jumps, farAway, reanchor, budgets, edits, unloadedChunks, invalidations, reloads
    case sessions, everything
    /// There and back again, so that regions come back out of the cache; with a store; with sessions that follow each other
    /// on one store; with a store that was there before the run.
    case returns, stores, storeSessions, foundStores

    var isAboutRegions: Bool { ScenarioTheme.aboutRegions.contains(self) }

    static let aboutRegions: Set<ScenarioTheme> = [.returns, .stores, .storeSessions, .foundStores]
}

/// Frames made up from a seed. It looks at the reference to aim: at probes in flight, at centres of
/// cells, at borders of windows.
struct ScenarioGenerator {
    let theme: ScenarioTheme
    let castSource: CastSource
    /// Every frame names what it drains. One in four of each theme.
    let isLive: Bool
    var random: SeededRandom
    var position = WorldPoint(0, 40, 0)
    var frame: Int32
    var session: UInt32 = 0
    var frameCount = 0
    var started = false
    var memory = StoreMemory()

    static let spacings: [Double] = [0.25, 0.3, 0.5, 0.7, 1, 1.1, 1.5, 2]
    static let resolutions: [Int32] = [8, 8, 8, 9, 9, 10, 12]

    init(seed: UInt64) {
        theme = ScenarioTheme.allCases[Int(seed % UInt64(ScenarioTheme.allCases.count))]
        castSource = seed / UInt64(ScenarioTheme.allCases.count) % 3 == 2 ? .voxels : .invented
        isLive = seed / UInt64(ScenarioTheme.allCases.count) % 4 == 1
        random = SeededRandom(seed: seed)
        frame = random.oneIn(2) ? 0 : Int32(random.integer(0...100_000))
        if theme == .farAway { position = farPoint() }
    }

    /// Chance that a thing happens in a frame: once in so many frames, more often where it is the theme.
    mutating func happens(_ themes: Set<ScenarioTheme>, often: Int, else seldom: Int) -> Bool {
        random.oneIn(themes.contains(theme) ? often : theme == .everything ? (often + seldom) / 2 : seldom)
    }

    mutating func next(_ reference: ReferenceModel) -> FrameInput {
        var events: [Event] = []
        if !started {
            started = true
            if theme == .foundStores { memory.found = earlierRun() }
            events += start(with: startConfiguration(), ReferenceModel { _, _, _ in .aborted })
        } else if reference.configuration == nil {
            // Between sessions: a frame or two that do nothing, then a start.
            if random.oneIn(2) { events += start(reference) }
        } else if happens([.sessions], often: 8, else: theme == .storeSessions ? 16 : 300) {
            changeSession(reference, &events)
        }
        let startsOrEnds = !events.isEmpty
        if reference.configuration != nil || startsOrEnds {
            addEvents(reference, startsOrEnds: startsOrEnds, &events)
        }
        if reference.ledger != nil, random.oneIn(startsOrEnds ? 8 : 80) {
            events.insert(firstOfStore(reference, startsOrEnds: startsOrEnds, events), at: 0)
        }
        move(reference)
        var budgets: Budgets?
        if happens([.budgets], often: 2, else: 20) { budgets = randomBudgets() }
        defer {
            frame += 1
            frameCount += 1
        }
        var input = FrameInput(
            frame: frame, engineTimeNanoseconds: Int64(bitPattern: random.next()), session: session,
            camera: Camera(position: position), budgets: budgets, events: events)
        input.storeReplies = storeReplies(reference, events)
        input.castResults = castResults(reference)
        return input
    }

    // MARK: Sessions and configurations

    private mutating func start(_ reference: ReferenceModel) -> [Event] {
        session += 1
        if theme.isAboutRegions, !random.oneIn(5) { return start(with: startConfiguration(), reference) }
        var given = configuration()
        if !random.oneIn(3) {
            // The world goes on.
            given.worldSeed = reference.world.seed
            given.chunksStartLoaded = reference.world.chunksStartLoaded
        }
        return start(with: given, reference)
    }

    private mutating func changeSession(_ reference: ReferenceModel, _ events: inout [Event]) {
        switch random.integer(0...3) {
        case 0:
            if random.oneIn(2) { events.append(edit(reference)) }
            events.append(.sessionEnd)
        case 1:
            events.append(.sessionEnd)
            events += start(reference)
        case 2:
            if random.oneIn(2), let configuration = reference.configuration {
                events.append(.configure(reloaded(configuration)))
            }
            events.append(.sessionEnd)
        default: events += start(reference)
        }
    }

    mutating func configuration() -> Configuration {
        var result = Configuration.classic
        result.worldSeed = UInt64(random.integer(0...2))
        result.chunksStartLoaded = theme == .unloadedChunks ? random.oneIn(2) : !random.oneIn(8)
        result.baseSpacing = random.pick(ScenarioGenerator.spacings)
        result.resolution = random.pick(ScenarioGenerator.resolutions)
        result.levels = Int32(random.integer(1...(result.resolution > 9 ? 2 : 3)))
        if theme == .reanchor || random.oneIn(8) { result.reanchorDistance = random.pick([0.5, 2, 5, 40]) }
        result.castLatencyFrames = Int32(random.integer(0...5))
        result.regionEdge = random.pick([0, 0, 1, 2, 2, 3, 4, 4, result.resolution])
        result.nearLevels = Int32(random.integer(0...Int(result.levels)))
        result.cacheBytes = random.pick(ScenarioGenerator.cacheSizes)
        result.storeLatencyFrames = random.oneIn(8) ? 40 : Int32(random.integer(1...8))
        result.budgets = randomBudgets()
        if random.oneIn(10) {
            // Outside the bounds: clamped by both.
            switch random.integer(0...3) {
            case 0: result.resolution = -5
            case 1: result.nearLevels = 77
            case 2: result.castLatencyFrames = -1
            default: result.reanchorDistance = -0.0
            }
        }
        return result
    }

    mutating func reloaded(_ before: Configuration) -> Configuration {
        var result = before
        switch random.integer(theme.isAboutRegions ? 3...20 : 0...14) {
        case 14...17: result.nearLevels = Int32(random.integer(0...Int(before.levels)))
        case 18, 19, 20: result.cacheBytes = random.pick(ScenarioGenerator.cacheSizes)
        case 10: result.nearLevels = Int32(random.integer(0...Int(before.levels)))
        case 11: result.cacheBytes = random.pick(ScenarioGenerator.cacheSizes)
        case 12: result.storeLatencyFrames = Int32(random.integer(1...8))
        case 13: result.regionEdge = random.pick([0, 1, 2, 4, result.resolution])
        case 0: result.budgets = randomBudgets()
        case 1, 2: result.castLatencyFrames = Int32(random.integer(0...5))
        case 3, 4: result.layoutVersion += 1
        case 5: result.baseSpacing = random.pick(ScenarioGenerator.spacings)
        case 6: result.resolution = random.pick(ScenarioGenerator.resolutions)
        case 7: result.levels = Int32(random.integer(1...2))
        case 8: result.reanchorDistance = random.pick([0, 1, 3])
        default:
            result.layoutVersion += 1
            result.levels = Int32(random.integer(1...2))
        }
        return result
    }

    mutating func randomBudgets() -> Budgets {
        var perLevel: [Int32] = []
        for _ in 0..<random.integer(0...4) { perLevel.append(Int32(random.integer(0...12))) }
        if random.oneIn(12) { perLevel = [0, 0, 0] }
        let generous = random.oneIn(10)
        return Budgets(
            perLevel: generous ? [40, 40, 40] : perLevel,
            total: random.oneIn(12) ? 0 : Int32(random.integer(1...(generous ? 90 : 25))),
            uploadBytes: random.oneIn(12) ? Int64(random.integer(0...700)) : 1 << 20)
    }

    // MARK: Events

    private mutating func addEvents(
        _ reference: ReferenceModel, startsOrEnds: Bool, _ events: inout [Event]
    ) {
        let runs = reference.configuration != nil && !startsOrEnds
        if runs, let configuration = reference.configuration,
            happens([.reloads], often: 6, else: theme.isAboutRegions ? 25 : 120)
        {
            events.append(.configure(reloaded(configuration)))
            if random.oneIn(4) { events.append(.configure(reloaded(configuration))) }
        }
        if runs { addStoreEvents(reference, &events) }
        if happens([.edits], often: 2, else: 15) {
            for _ in 0..<random.integer(1...3) { events.append(edit(reference)) }
        }
        if happens([.unloadedChunks], often: 2, else: 25) {
            let chunk = chunk(reference)
            events.append(random.oneIn(2) ? .chunkLoad(chunk) : .chunkUnload(chunk))
        }
        if happens([.invalidations], often: 1, else: 10) {
            for _ in 0..<random.integer(1...3) { events.append(.invalidate(box(reference))) }
        }
    }

    /// Somewhere that matters: the centre of a probe in flight, of any probe, or near the camera.
    mutating func target(_ reference: ReferenceModel) -> WorldPoint {
        let flights = reference.flights
        if !flights.isEmpty, !random.oneIn(3) {
            let flight = random.pick(flights)
            if let centre = reference.centre(level: flight.level, cell: flight.cell) { return centre }
        }
        if let centre = storedTarget(reference) { return centre }
        if !reference.levels.isEmpty, random.oneIn(2), let configuration = reference.configuration {
            let level = random.integer(0...reference.levels.count - 1)
            let minimum = reference.levels[level].minimum
            let last = Int(configuration.resolution) - 1
            let cell = Cell(
                minimum.x + Int32(random.integer(0...last)), minimum.y + Int32(random.integer(0...last)),
                minimum.z + Int32(random.integer(0...last)))
            if let centre = reference.centre(level: level, cell: cell) { return centre }
        }
        return WorldPoint(
            position.x + random.double(-8, 8), position.y + random.double(-8, 8),
            position.z + random.double(-8, 8))
    }

    mutating func edit(_ reference: ReferenceModel) -> Event {
        let centre = VoxelCoordinate(containing: target(reference))
        let reach = Int64(random.integer(0...1))
        var box = VoxelBox(
            lower: VoxelCoordinate(centre.x - reach, centre.y - reach, centre.z - reach),
            upper: VoxelCoordinate(centre.x + 1 + reach, centre.y + 1, centre.z + 1 + reach))
        if random.oneIn(15) { box.upper.y = box.lower.y }
        return .edit(box, random.pick([.air, .air, .stone, .stone, .lamp]))
    }

    private mutating func chunk(_ reference: ReferenceModel) -> ChunkCoordinate {
        var chunk = VoxelCoordinate(containing: target(reference)).chunk
        if random.oneIn(10) { chunk.x += Int64(random.integer(-20...20)) }
        return chunk
    }

    private mutating func box(_ reference: ReferenceModel) -> WorldBox {
        let target = target(reference)
        let size = random.pick([1e-9, 0.3, 1, 3, 10])
        var box = WorldBox(
            lower: WorldPoint(target.x - random.double(0, size), target.y - size / 2, target.z - size / 2),
            upper: WorldPoint(target.x + size, target.y + size / 2, target.z + random.double(0, size)))
        switch random.integer(0...9) {
        case 0: box.upper.z = box.lower.z
        case 1: swap(&box.lower.y, &box.upper.y)
        case 2:
            box.lower.x += 5000
            box.upper.x += 5000
        case 3:
            box.lower.y = -1e300
            box.upper.y = 1e300
        case 4, 5:
            // On the lattice exactly, where half-open matters.
            let s = (reference.configuration?.baseSpacing ?? 1) * Double(1 << random.integer(0...2))
            box.lower.x = (box.lower.x / s).rounded() * s
            box.upper.x = box.lower.x + s * Double(random.integer(1...2))
        default: break
        }
        return box
    }

    // MARK: The camera

    private mutating func farPoint() -> WorldPoint {
        func far(_ random: inout SeededRandom) -> Double {
            random.pick([-3e7, 3e7, 0, 12_345_678.9, -16_777_217]) + random.double(-3, 3)
        }
        return WorldPoint(far(&random), random.double(0, 60), far(&random))
    }

    private mutating func move(_ reference: ReferenceModel) {
        let base = reference.configuration?.baseSpacing ?? 1
        let n = Int(reference.configuration?.resolution ?? 8)
        if happens([.farAway], often: 20, else: 200) { position = farPoint() }
        if theme.isAboutRegions, moveBackAndForth(base: base, n: n) { return }
        if happens([.jumps], often: 3, else: 25) {
            let cells = random.pick([1, -1, 2, n - 1, 1 - n, n, -n, n + 1, 2 * n, -3 * n, 16 * n])
            let step = Double(cells) * base * Double(1 << random.integer(0...2))
            let axes = random.integer(1...7)
            position = WorldPoint(
                position.x + (axes & 1 != 0 ? step : 0), position.y + (axes & 2 != 0 ? step : 0),
                position.z + (axes & 4 != 0 ? -step : 0))
        } else if happens([.jitter, .reanchor], often: 2, else: 20) {
            // On a border of cells, a hair above or below it.
            func border(_ value: Double, _ random: inout SeededRandom) -> Double {
                let exact = (value / base).rounded() * base
                return random.pick([exact, exact.nextUp, exact.nextDown, exact - 1e-6, exact + 1e-6])
            }
            position = WorldPoint(
                border(position.x, &random), border(position.y, &random), border(position.z, &random))
            if random.oneIn(12) {
                position.x = random.pick([
                    -0.0, 0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, -1e-300,
                ])
            }
        } else {
            let reach = random.pick([0, 0.1, 0.5, 1.5]) * base
            position = WorldPoint(
                position.x + random.double(-reach, reach), position.y + random.double(-reach, reach),
                position.z + random.double(-reach, reach))
        }
    }
}
