import Hashing
import Streaming
import Topology
import Voxels

/// What a scenario remembers to come back to.
struct StoreMemory {
    /// Frames name the replies that they drain, most of them.
    var isLive = false
    /// What the run finds in its first store.
    var found: StoreContents?
    /// What the store was at some time in this run.
    var earlier: [StoreContents] = []
    /// The configuration that sessions of a scenario have in common.
    var common: Configuration?
    var velocity = WorldPoint(0, 0, 0)
    /// Where to go back to after a jump.
    var home: WorldPoint?
}

extension ScenarioGenerator {
    /// The smallest of them hold an entry or two.
    static let cacheSizes: [Int64] = [0, 0, 400, 2_000, 6_000, 6_000, 20_000, 20_000, 60_000]

    // MARK: Sessions

    /// A start, mostly with a store where the theme is about one.
    mutating func start(with given: Configuration, _ reference: ReferenceModel) -> [Event] {
        var events: [Event] = [.sessionStart(given)]
        let hasStore = theme == .stores || theme == .storeSessions || theme == .foundStores
        guard random.oneIn(6) != hasStore else {
            if isLive, random.oneIn(2) { events.append(engine()) }
            return events
        }
        let cap =
            random.oneIn(8)
            ? random.pick([Int64(0), 400]) : random.pick([3_000, 12_000, 60_000, 1 << 30, 1 << 30, 1 << 30])
        var contents: StoreContents?
        if let found = memory.found {
            contents = varied(found)
            memory.found = nil
        } else if random.oneIn(5) {
            contents = varied(memory.earlier.isEmpty ? StoreContents() : random.pick(memory.earlier))
        }
        events.append(.store(sizeCapBytes: cap, contents: contents))
        if isLive, random.oneIn(3) { events.append(engine()) }
        if random.oneIn(40) { events.append(.storeOff) }
        return events
    }

    /// In scenarios about regions the first configuration comes back, as it was or with one key changed.
    mutating func startConfiguration() -> Configuration {
        guard theme.isAboutRegions else { return configuration() }
        guard var result = memory.common else {
            memory.isLive = random.oneIn(4)
            // Less of the ground, more light to keep.
            if !random.oneIn(3) { position.y = 75 }
            var first = configuration()
            first.castLatencyFrames = Int32(random.integer(0...2))
            first.nearLevels = random.oneIn(4) ? first.nearLevels : random.oneIn(3) ? 1 : 0
            first.budgets = Budgets(perLevel: [120, 80, 60], total: 200, uploadBytes: 1 << 20)
            memory.common = first
            return first
        }
        if memory.found != nil, !random.oneIn(4) { return result }
        switch random.integer(0...20) {
        case 0: result.worldSeed += 1
        case 1: result.layoutVersion += 1
        case 2: result.baseSpacing = random.pick(ScenarioGenerator.spacings)
        case 3: result.resolution = random.pick(ScenarioGenerator.resolutions)
        case 4: result.levels = result.levels == 1 ? 2 : result.levels - 1
        case 5: result.regionEdge = random.pick([1, 2, 4, 0])
        case 6: result.nearLevels = Int32(random.integer(0...2))
        case 7: result.cacheBytes = random.pick(ScenarioGenerator.cacheSizes)
        case 8: result.chunksStartLoaded.toggle()
        case 9: result.storeLatencyFrames = Int32(random.integer(1...40))
        default: break
        }
        return result
    }

    // MARK: Stores that are found

    /// What a run before this one left in its store.
    mutating func earlierRun() -> StoreContents {
        let outcomes = CastOutcomes(source: .invented)
        let reference = ReferenceModel { outcomes.outcome(CastJob(origin: $0, distance: $1), $2) }
        let configuration = startConfiguration()
        for frame in 0..<Int32(30) {
            var input = FrameInput(frame: frame, camera: Camera(position: position))
            if frame == 0 {
                input.events = [
                    .sessionStart(configuration), .store(sizeCapBytes: 1 << 30, contents: StoreContents()),
                ]
            }
            if frame == 29 { input.events = [.sessionEnd] }
            if frame % 4 == 3 { position.x += configuration.baseSpacing * Double(random.integer(1...4)) }
            _ = reference.step(input)
        }
        return reference.disk.contents
    }

    /// A store with other clocks, rows of other keys, spoiled rows, other edits; or as it was.
    private mutating func varied(_ given: StoreContents) -> StoreContents {
        var contents = given
        if random.oneIn(3) { contents.index.clock += Int64(random.integer(0...1_000_000)) }
        for place in contents.index.rows.indices where random.oneIn(3) {
            contents.index.rows[place].row.clock = Int64(random.integer(0...Int(given.index.clock)))
        }
        for entry in given.index.rows where random.oneIn(3) {
            switch random.integer(0...5) {
            case 0: contents.taken[entry.key] = nil
            case 1: contents.taken[entry.key]?.removeLast()
            case 2: contents.index.rows.removeAll { $0.key == entry.key }
            default:
                var other = entry.key
                switch random.integer(0...3) {
                case 0: other.key.worldSeed += 1
                case 1: other.key.layoutVersion += 7
                case 2: other.key.fingerprint = Digest64(random.next())
                default: other.key.baseSpacing = random.pick([0.25, 1, 3])
                }
                guard !contents.index.rows.contains(where: { $0.key == other }) else { continue }
                let bytes = given.taken[entry.key] ?? []
                contents.taken[other] = bytes
                contents.index.rows.append(
                    StoreIndex.Entry(
                        other,
                        StoreRow(
                            clock: entry.row.clock, present: entry.row.present,
                            content: Digest64(referenceDigest(of: bytes, in: other)))))
            }
        }
        contents.index.rows.sort { $0.key < $1.key }
        if random.oneIn(2) {
            let seed = memory.common?.worldSeed ?? 0
            contents.index.worlds.removeAll { $0.seed == seed }
            contents.index.worlds.append(
                StoreIndex.World(seed: seed, edits: LeafSum(value: UInt64(random.integer(0...2)))))
            contents.index.worlds.sort { $0.seed < $1.seed }
        }
        if random.oneIn(5) { contents.index.damagedRows = UInt32(random.integer(0...3)) }
        return contents
    }

    // MARK: Events

    mutating func addStoreEvents(_ reference: ReferenceModel, _ events: inout [Event]) {
        if theme.isAboutRegions, random.oneIn(20) { memory.earlier.append(reference.disk.contents) }
        if let farthest = reference.cache.map(\.region.level).max(), random.oneIn(60),
            var configuration = reference.configuration
        {
            // Levels that have something in the cache become near ones.
            configuration.nearLevels = Int32(farthest) + Int32(random.integer(0...1))
            events.append(.configure(configuration))
        }
        guard let ledger = reference.ledger else { return }
        for _ in 0..<3 where random.oneIn(10) {
            let key = ledger.rows.randomPick(&random)?.key
            events.append(.storeDamage(key?.region ?? RegionKey(level: 0, region: Cell(9999, 0, 0))))
        }
        let rows = ledger.isKnown ? ledger.rows.map(\.key) : reference.disk.rows.map(\.key)
        if random.oneIn(15), var key = rows.randomPick(&random) {
            if random.oneIn(4) { key.region.region.x += 1 }
            events.append(.writeBackDropped(key))
        }
        for _ in 0..<3 where random.oneIn(10) {
            if let key = ledger.rows.randomPick(&random)?.key { reference.lostRows.append(key) }
        }
        if random.oneIn(100) { events.append(.storeOff) }
        if !ledger.requests.isEmpty, random.oneIn(40), var configuration = reference.configuration {
            // Another key, while replies are awaited.
            configuration.layoutVersion += UInt32(random.integer(0...1))
            configuration.regionEdge = random.pick([1, 2, 4])
            events.append(.configure(configuration))
        }
    }

    /// What happens to the store before all else in the frame; it may be the last frame of the session.
    mutating func firstOfStore(
        _ reference: ReferenceModel, startsOrEnds: Bool, _ events: [Event]
    ) -> Event {
        let startsBehind = events.contains { if case .sessionStart = $0 { true } else { false } }
        let usesStore = events.contains {
            switch $0 {
            case .storeOff, .storeDamage, .writeBackDropped: true
            default: false
            }
        }
        if startsBehind || (startsOrEnds && !usesStore && random.oneIn(3)) { return .storeOff }
        guard let key = reference.disk.rows.map(\.key).randomPick(&random) else {
            return .invalidate(WorldBox(lower: position, upper: position))
        }
        return random.oneIn(2) ? .storeDamage(key.region) : .writeBackDropped(key)
    }

    /// The centre of a cell that is cached or stored, or where one was asked for.
    mutating func storedTarget(_ reference: ReferenceModel) -> WorldPoint? {
        guard theme.isAboutRegions, random.oneIn(2), let configuration = reference.configuration else {
            return nil
        }
        var regions = reference.cache.map(\.region)
        if let ledger = reference.ledger, random.oneIn(2) || regions.isEmpty {
            regions = ledger.requests.compactMap(\.row?.region)
            if regions.isEmpty || random.oneIn(2) { regions = ledger.rows.map(\.key.region) }
        }
        guard let region = regions.randomPick(&random) else { return nil }
        let edge = configuration.regionEdge
        let index = Int32(random.integer(0...Int(edge * edge * edge) - 1))
        return reference.centre(level: Int(region.level), cell: referenceCell(index, in: region, edge: edge))
    }

    // MARK: The camera

    /// Walks that turn round, and jumps out and back. False where the camera moves as in any other scenario.
    mutating func moveBackAndForth(base: Double, n: Int) -> Bool {
        if random.oneIn(20) { return false }
        if let home = memory.home, random.oneIn(4) {
            position = home
            memory.home = nil
            return true
        }
        if memory.home == nil, random.oneIn(14) {
            memory.home = position
            let step =
                Double(random.pick([n / 2, n, 3 * n, -40 * n])) * base * Double(1 << random.integer(0...2))
            position.x += step
            if random.oneIn(2) { position.z -= step }
            return true
        }
        if random.oneIn(12) || frameCount == 0 {
            func component(_ random: inout SeededRandom) -> Double {
                random.pick([0, 0, 0.5, 1, 2, -1]) * base
            }
            memory.velocity = WorldPoint(
                component(&random), component(&random) / 2, component(&random))
        } else if random.oneIn(5) {
            memory.velocity = WorldPoint(
                -memory.velocity.x, -memory.velocity.y, -memory.velocity.z)
        }
        position = WorldPoint(
            position.x + memory.velocity.x, position.y + memory.velocity.y, position.z + memory.velocity.z)
        return true
    }
}

extension Array {
    fileprivate func randomPick(_ random: inout SeededRandom) -> Element? {
        isEmpty ? nil : random.pick(self)
    }
}
