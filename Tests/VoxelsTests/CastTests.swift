import Testing
import Topology

@testable import Voxels

@Suite struct CastTests {
    /// Near, below zero, where Double is still fine, and where a half-block is all it holds.
    static let places: [(Double, Double)] = [(0, 0), (-700, 300), (3e7, -3e7), (-1.4e11, 1.4e11)]

    /// A world with holes, floating blocks, lights and unloaded chunks around a place.
    private func disturbedWorld(
        _ random: inout SeededGenerator, around place: (Double, Double), capacity: Int = 1024
    ) -> VoxelWorld {
        var world = VoxelWorld(seed: random.next(), chunksStartLoaded: true, cacheCapacity: capacity)
        let (x, z) = (Int64(place.0), Int64(place.1))
        for _ in 0..<60 {
            func offset() -> Int64 { Int64.random(in: -60...60, using: &random) }
            func edge() -> Int64 { Int64.random(in: 1...9, using: &random) }
            let edit = box(
                x + offset(), Int64.random(in: 20...130, using: &random), z + offset(), edge(), edge(), edge()
            )
            world.apply(edit: edit, material: random.pick(Material.allCases))
        }
        for _ in 0..<4 {
            let chunk = VoxelCoordinate(
                x + Int64.random(in: -100...100, using: &random), Int64.random(in: 0...150, using: &random),
                z + Int64.random(in: -100...100, using: &random)
            ).chunk
            world.setLoaded(chunk, false)
        }
        return world
    }

    /// Random places within a block, on edges and corners of voxels, bricks and chunks.
    private func origin(_ random: inout SeededGenerator, around place: (Double, Double)) -> WorldPoint {
        func coordinate(_ base: Double, _ range: ClosedRange<Int>) -> Double {
            let whole = base + Double(Int.random(in: range, using: &random))
            return switch Int.random(in: 0..<4, using: &random) {
            case 0: whole
            case 1: (whole / 8).rounded(.down) * 8
            case 2: whole + 0.5
            default: whole + Double(Int.random(in: 0..<1024, using: &random)) / 1024
            }
        }
        return WorldPoint(
            coordinate(place.0, -40...40), coordinate(0, 30...130), coordinate(place.1, -40...40))
    }

    @Test(arguments: 0..<4)
    func castsEqualThePlainWalk(placeIndex: Int) {
        let place = CastTests.places[placeIndex]
        let seed: UInt64 = 4000 + UInt64(placeIndex)
        var random = SeededGenerator(seed: seed)
        var outcomes = (successes: 0, aborts: 0)
        for _ in 0..<4 {
            let world = disturbedWorld(&random, around: place)
            var caster = ProbeCaster(world: world)
            for _ in 0..<12 {
                let origin = origin(&random, around: place)
                // Distances on whole blocks make the boundary matter.
                let distance: Double = random.pick([0, 1, 8, 17.25, 64, 150])
                let expected = plainPayload(world, from: origin, distance: distance)
                let cast = caster.cast(from: origin, distance: distance)
                guard cast == expected.map(CastOutcome.success) ?? .aborted else {
                    Issue.record("seed \(seed): from \(origin), \(distance) blocks, world \(world.seed)")
                    return
                }
                if expected == nil { outcomes.aborts += 1 } else { outcomes.successes += 1 }
            }
        }
        #expect(outcomes.successes > 5 && outcomes.aborts > 0, "seed \(seed): \(outcomes)")
    }

    /// Directions other than the 64, with ties and zeros of either sign, ray by ray.
    @Test(arguments: 0..<4)
    func singleRaysEqualThePlainWalk(placeIndex: Int) {
        let place = CastTests.places[placeIndex]
        let seed: UInt64 = 5000 + UInt64(placeIndex)
        var random = SeededGenerator(seed: seed)
        var ends = (misses: 0, hits: 0, aborts: 0)
        for _ in 0..<4 {
            let world = disturbedWorld(&random, around: place)
            let caster = ProbeCaster(world: world)
            for _ in 0..<500 {
                let origin = origin(&random, around: place)
                func component() -> Double {
                    Bool.random(using: &random)
                        ? random.pick([0, -0.0, 1, -1, 0.5, -0.5])
                        : Double.random(in: -1...1, using: &random)
                }
                let raw = CastDirection(component(), component(), component())
                if raw.x == 0 && raw.y == 0 && raw.z == 0 { continue }
                let direction = Bool.random(using: &random) ? raw.normalised : raw
                let distance: Double = random.pick([0, 2, 16, 90])
                let expected = plainWalk(world, from: origin, along: direction, distance: distance)
                let end = caster.end(
                    of: direction, from: origin, VoxelCoordinate(containing: origin), distance)
                guard agrees(end, expected) else {
                    Issue.record(
                        "seed \(seed): \(end), not \(expected), from \(origin) along \(direction), \(distance)"
                    )
                    return
                }
                switch end {
                case .miss: ends.misses += 1
                case .hit: ends.hits += 1
                case .unloaded: ends.aborts += 1
                }
            }
        }
        #expect(ends.misses > 100 && ends.hits > 100 && ends.aborts > 10, "seed \(seed): \(ends)")
    }

    /// Single blocks in open air, where whole boxes are skipped, and rays that cross edges and corners of
    /// the boxes: a tie in the wrong order touches another block.
    @Test func tiesAtTheEdgesOfBoxesEqualThePlainWalk() {
        let seed: UInt64 = 7000
        var random = SeededGenerator(seed: seed)
        var hits = 0
        for base: Int64 in [320, 30_000_000] {
            var world = VoxelWorld(seed: 1, chunksStartLoaded: true)
            func offset() -> Int64 { Int64.random(in: -32..<32, using: &random) }
            for _ in 0..<160 {
                world.apply(edit: box(base + offset(), 352 + offset(), -base + offset()), material: .stone)
            }
            let caster = ProbeCaster(world: world)
            for _ in 0..<6000 {
                func component() -> Double { random.pick([-1, 1, -1, 1, 0.5, -0.5, 0, -0.0]) }
                let direction = CastDirection(component(), component(), component())
                if direction.x == 0 && direction.y == 0 && direction.z == 0 { continue }
                let half = random.pick([0, 0.5])
                let origin = WorldPoint(
                    Double(base + offset()) + half, Double(352 + offset()) + half,
                    Double(-base + offset()) + half)
                let expected = plainWalk(world, from: origin, along: direction, distance: 40)
                let end = caster.end(of: direction, from: origin, VoxelCoordinate(containing: origin), 40)
                guard agrees(end, expected) else {
                    Issue.record("seed \(seed): \(end), not \(expected), from \(origin) along \(direction)")
                    return
                }
                if case .hit = end { hits += 1 }
            }
        }
        #expect(hits > 200, "seed \(seed)")
    }

    private func agrees(_ end: ProbeCaster.RayEnd, _ expected: PlainEnd) -> Bool {
        switch (end, expected) {
        case (.miss, .miss), (.unloaded, .unloaded): true
        case (.hit(let a, let t), .hit(let b, let u)): a == b && t == u
        default: false
        }
    }

    @Test func aTieCrossesXFirst() {
        var world = VoxelWorld(seed: 1, chunksStartLoaded: true)
        world.apply(edit: box(1, 200, 0), material: .stone)
        let origin = WorldPoint(0.5, 200.5, 0.5)
        let diagonal = CastDirection(1, 0, 1)
        let voxel = VoxelCoordinate(0, 200, 0)
        guard case .hit(let hit, let t) = ProbeCaster(world: world).end(of: diagonal, from: origin, voxel, 9)
        else {
            Issue.record("the ray slipped between two voxels")
            return
        }
        #expect(hit == VoxelCoordinate(1, 200, 0) && t == 0.5)
    }

    @Test func theDistanceIncludesItsBoundary() {
        var world = VoxelWorld(seed: 1, chunksStartLoaded: true)
        world.apply(edit: box(3, 200, 0), material: .stone)
        world.setLoaded(ChunkCoordinate(-1, 6, 0), false)
        let caster = ProbeCaster(world: world)
        let origin = WorldPoint(0.5, 200.5, 0.5)
        let voxel = VoxelCoordinate(0, 200, 0)
        func end(_ x: Double, _ distance: Double) -> String {
            switch caster.end(of: CastDirection(x, 0, 0), from: origin, voxel, distance) {
            case .miss: "miss"
            case .hit: "hit"
            case .unloaded: "unloaded"
            }
        }
        #expect(end(1, 2.5) == "hit" && end(1, 2.5.nextDown) == "miss")
        #expect(end(-1, 0.5) == "unloaded" && end(-1, 0.5.nextDown) == "miss")
    }

    @Test func aSolidStartIsAHitAtZero() {
        var caster = ProbeCaster(world: VoxelWorld(seed: 1, chunksStartLoaded: true))
        guard case .success(let payload) = caster.cast(from: WorldPoint(0.5, -20.5, 0.5), distance: 30) else {
            Issue.record("the cast was aborted")
            return
        }
        #expect(payload.isValid && payload.flags == Payload.validFlag)
        #expect(payload.meanLogHitDistance == 0 && payload.aoConfidence == 0)
        #expect(payload.confidence == 0.25)
        #expect(Binary16.value(of: payload.aoU) == 0.5 && Binary16.value(of: payload.aoV) == 1)
    }

    @Test func openSkyIsSkyOnly() {
        var caster = ProbeCaster(world: VoxelWorld(seed: 1, chunksStartLoaded: true))
        guard case .success(let payload) = caster.cast(from: WorldPoint(0.5, 5e8, 0.5), distance: 30) else {
            Issue.record("the cast was aborted")
            return
        }
        #expect(payload.flags == Payload.validFlag | Payload.skyOnlyFlag)
        #expect(Binary16.value(of: payload.aoConfidence) == 1)
        // The misses cancel out; what rounding leaves is no direction.
        #expect(Binary16.value(of: payload.aoU) == 0.5 && Binary16.value(of: payload.aoV) == 1)
        #expect(Binary16.value(of: payload.sh.bY) > 0)
    }

    @Test func anUnloadedChunkIsNotSky() {
        var world = VoxelWorld(seed: 1, chunksStartLoaded: true)
        world.setLoaded(ChunkCoordinate(0, 40, 0), false)
        var caster = ProbeCaster(world: world)
        // Above all terrain, on both sides of the chunk and within it.
        for y in [1270.5, 1290.5, 1320.5] {
            #expect(caster.cast(from: WorldPoint(16.5, y, 16.5), distance: 60) == .aborted)
        }
        var empty = ProbeCaster(world: VoxelWorld(seed: 1, chunksStartLoaded: false))
        #expect(empty.cast(from: WorldPoint(0.5, 1e6, 0.5), distance: 0) == .aborted)
    }

    /// A cache far too small, renewed or not, and a caster used before: nothing of it shows.
    @Test func cachesNeverShow() {
        let seed: UInt64 = 6000
        var random = SeededGenerator(seed: seed)
        let large = disturbedWorld(&random, around: (0, 0))
        random = SeededGenerator(seed: seed)
        var small = disturbedWorld(&random, around: (0, 0), capacity: 8)
        var reused = ProbeCaster(world: large)
        var starved = ProbeCaster(world: small)
        for index in 0..<12 {
            let origin = origin(&random, around: (0, 0))
            var fresh = ProbeCaster(world: large)
            let expected = fresh.cast(from: origin, distance: 100)
            #expect(reused.cast(from: origin, distance: 100) == expected, "seed \(seed)")
            #expect(reused.cast(from: origin, distance: 100) == expected, "seed \(seed)")
            #expect(starved.cast(from: origin, distance: 100) == expected, "seed \(seed)")
            if index % 4 == 3 {
                let before = ObjectIdentifier(small.cache)
                small.renewCacheIfCrowded()
                #expect(ObjectIdentifier(small.cache) != before)
                starved = ProbeCaster(world: small)
            }
        }
    }

    @Test func threadsShareOneCache() async {
        let world = VoxelWorld(seed: 9, chunksStartLoaded: true)
        let all = await withTaskGroup(of: [CastOutcome].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var caster = ProbeCaster(world: world)
                    return (0..<12).map { index in
                        caster.cast(from: WorldPoint(Double(index) * 20 + 0.5, 90.5, 0.5), distance: 90)
                    }
                }
            }
            var all: [[CastOutcome]] = []
            for await outcomes in group { all.append(outcomes) }
            return all
        }
        for outcomes in all { #expect(outcomes == all[0]) }
    }

    /// Computed once; a change means that stored payloads and goldens lose their meaning.
    @Test(arguments: [
        (
            WorldPoint(0.5, 13.5, 12.5),
            "c23ea7386e346bc08cb9e3b29039ca34dc33f3397b3121ac0038003c00000000054000000000803e01000000"
        ),
        (
            WorldPoint(-200.25, 88, 412),
            "6f3c303d8d3e6a39623a253c7da833a957aafd9def9e3aa06137f53b0000a039574300000000323f01000000"
        ),
        (
            WorldPoint(30_000_001, 81, -29_999_999),
            "cb3c723da83e7a38a739dd3bf8a10a24712bdbaf49aedbab0038803b00008039424300000000383f01000000"
        ),
    ])
    func knownPayload(origin: WorldPoint, expected: String) {
        var caster = ProbeCaster(world: VoxelWorld(seed: 0xC0FFEE, chunksStartLoaded: true))
        guard case .success(let payload) = caster.cast(from: origin, distance: 64) else {
            Issue.record("the cast was aborted")
            return
        }
        #expect(hexadecimal(payload.bytes) == expected)
    }
}
