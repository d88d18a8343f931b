import Foundation
import Hashing
import Streaming
import Testing
import Topology
import Voxels

@testable import Recording

/// What a seed stands for: the same frames for ever, small ones, and hazards in them.
@Suite struct GeneratedTraceTests {
    /// Whoever changes the generator raises its version, and pins these anew: seeds that somebody has written down mean something else then.
    @Test(
        arguments: [
            (1, 0x5FDF_7CE5_B30A_AACF),
            (2, 0xD06D_E5A4_FB6B_ECB9),
            (3, 0x6682_5878_65EF_8B5D),
            (17, 0x4CD2_526F_210F_72A3),
            (1000, 0x3311_C1C3_60AD_2BAB),
            (UInt64.max, 0xC50E_CDB2_4C02_ADF6),
        ] as [(UInt64, UInt64)])
    func aSeedStandsForTheseFrames(seed: UInt64, expected: UInt64) throws {
        #expect(GeneratedTrace.version == 1)
        let trace = GeneratedTrace(seed: seed)
        var bytes = CanonicalBytes()
        bytes.append(contentsOf: try trace.bytes())
        #expect(bytes.digest64() == Digest64(expected), "seed \(seed): \(bytes.digest64())")
    }

    @Test func tracesAreSmallAndTheirFilesHoldThem() throws {
        var lengths: Set<Int> = []
        for seed in UInt64(0)..<400 {
            let trace = GeneratedTrace(seed: seed)
            let words = "seed \(seed)"
            lengths.insert(trace.frames.count)
            #expect((4...72).contains(trace.frames.count), "\(words): \(trace.frames.count) frames")
            for case .sessionStart(let given) in trace.frames.flatMap(\.events) {
                let configuration = given.effective().configuration
                #expect((8...10).contains(configuration.resolution), "\(words)")
                #expect((1...3).contains(configuration.levels), "\(words)")
            }
            #expect(GeneratedTrace(seed: seed).frames == trace.frames, "\(words)")
            guard seed < 40 else { continue }
            #expect(try TraceReader(try trace.bytes()).allFrames() == trace.frames, "\(words)")
        }
        #expect(lengths.count > 30 && (lengths.max() ?? 0) > 60)
    }

    /// Seeds that follow each other have nothing in common.
    @Test func noTwoSeedsHaveTheSameWorld() {
        let worlds = (UInt64(0)..<2000).map { seed in
            for case .sessionStart(let configuration) in GeneratedTrace.frames(seed: seed)[0].events {
                return configuration.worldSeed
            }
            return 0
        }
        #expect(Set(worlds).count == worlds.count)
    }

    // MARK: Hazards

    /// Of 2,000 traces how many have each hazard. The table of Generated.md is this one.
    static let shares: [Hazard: Int] = {
        // Order: looked up, and printed in the order of the cases.
        var shares: [Hazard: Int] = [:]
        for seed in UInt64(1)...2000 {
            for (hazard, _) in GeneratedTrace(seed: seed).hazards { shares[hazard, default: 0] += 1 }
        }
        return shares
    }()

    @Test(arguments: Hazard.allCases) func noHazardIsRare(hazard: Hazard) {
        let traces = GeneratedTraceTests.shares[hazard, default: 0]
        #expect(traces >= 20, "\(hazard.rawValue): \(traces) of 2000")
    }

    @Test func thePageHasTheTable() throws {
        let page = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent(
                    "Sources/Replay/Replay.docc/Generated.md"),
            encoding: .utf8)
        for hazard in Hazard.allCases {
            let traces = GeneratedTraceTests.shares[hazard, default: 0]
            let tenths = (traces + 1) / 2
            let row = "| `\(hazard.rawValue)` | \(tenths / 10).\(tenths % 10) % |"
            #expect(page.contains(row), "\(row)")
        }
    }

    @Test func aSeedIsSaidInOneLine() {
        let trace = GeneratedTrace(seed: 17)
        #expect(trace.name == "generated-17")
        #expect(trace.summary.hasPrefix("generator 1, \(trace.frames.count) frames: "), "\(trace.summary)")
        #expect(!trace.summary.contains("\n"))
    }

    // MARK: The tally can tell

    private func frames(_ change: (inout Configuration) -> Void = { _ in }, at points: [WorldPoint])
        -> [FrameInput]
    {
        var configuration = Configuration.classic
        configuration.baseSpacing = 1
        configuration.resolution = 8
        configuration.levels = 1
        configuration.nearLevels = 0
        change(&configuration)
        return points.enumerated().map { place, point in
            FrameInput(
                frame: Int32(place), camera: Camera(position: point),
                events: place == 0 ? [.sessionStart(configuration)] : [])
        }
    }

    private func has(_ hazard: Hazard, _ frames: [FrameInput]) -> Bool {
        HazardTally(frames).frames(hazard) > 0
    }

    @Test func jumpsAreToldApart() {
        let start = WorldPoint(0.25, 80.25, 0.25)
        for (cells, expected) in [
            (1.0, Hazard.oneCell), (7, .almostWindow), (8, .wholeWindow), (24, .manyWindows),
        ] {
            let given = frames(at: [start, WorldPoint(start.x + cells, start.y, start.z)])
            for hazard in [Hazard.oneCell, .almostWindow, .wholeWindow, .manyWindows, .threeAxes] {
                #expect(has(hazard, given) == (hazard == expected), "\(cells) cells: \(hazard)")
            }
        }
        #expect(has(.threeAxes, frames(at: [start, WorldPoint(8.25, 88.25, -8.25)])))
        #expect(has(.diagonalBelowZero, frames(at: [start, WorldPoint(-0.75, 80.25, -0.75)])))
        #expect(!has(.diagonalBelowZero, frames(at: [start, WorldPoint(1.25, 80.25, 1.25)])))
        let away = WorldPoint(4.25, 80.25, 0.25)
        #expect(has(.thereAndBack, frames(at: [start, away, start])))
        #expect(!has(.thereAndBack, frames(at: [start, WorldPoint(3.25, 80.25, 0.25), start])))
        #expect(has(.rest, frames(at: Array(repeating: start, count: 9))))
        #expect(!has(.rest, frames(at: Array(repeating: start, count: 8))))
    }

    @Test func pointsAreToldApart() {
        #expect(has(.exactMultiple, frames(at: [WorldPoint(3, 80, -4)])))
        #expect(!has(.exactMultiple, frames(at: [WorldPoint(3, 80, -4.5)])))
        #expect(has(.besideMultiple, frames(at: [WorldPoint(3.0.nextUp, 80.5, 0.5)])))
        #expect(has(.signedZero, frames(at: [WorldPoint(-0.0, 80, 0)])))
        #expect(!has(.signedZero, frames(at: [WorldPoint(0, 80, 0)])))
        #expect(has(.farOrigin, frames(at: [WorldPoint(3e7, 80, 0)])))
        let held = frames({ $0.reanchorDistance = 2 }, at: [WorldPoint(0, 80, 0), WorldPoint(1.5, 80, 0)])
        #expect(has(.heldWindow, held) && !has(.reanchorBorder, held))
        let border = frames({ $0.reanchorDistance = 2 }, at: [WorldPoint(0, 80, 0), WorldPoint(2, 80, 0)])
        #expect(has(.reanchorBorder, border))
    }

    @Test func boxesAreToldApart() {
        let point = WorldPoint(0.25, 80.25, 0.25)
        func told(_ lower: WorldPoint, _ upper: WorldPoint) -> Set<Hazard> {
            var given = frames(at: [point, WorldPoint(20.25, 80.25, 0.25)])
            given[1].events.append(.invalidate(WorldBox(lower: lower, upper: upper)))
            let all: [Hazard] = [
                .boxBorder, .boxTiny, .boxDenormal, .boxHuge, .boxFar, .boxBehind, .boxEmpty,
            ]
            return Set(all.filter { has($0, given) })
        }
        #expect(told(WorldPoint(19.5, 79.5, 0.5), WorldPoint(21, 80.5, 1.5)) == [.boxBorder])
        #expect(told(WorldPoint(19.5, 79.5, 0.5), WorldPoint(19.5 + 1e-9, 80.5, 1.5)) == [.boxTiny])
        #expect(told(WorldPoint(19.5, 79.5, 0x1p-1030), WorldPoint(20.5, 80.5, 1.5)) == [.boxDenormal])
        #expect(told(WorldPoint(-99.5, -9.5, -99.5), WorldPoint(99.5, 99.5, 99.5)) == [.boxHuge])
        #expect(told(WorldPoint(900.5, 79.5, 0.5), WorldPoint(901.5, 80.5, 1.5)) == [.boxFar])
        #expect(told(WorldPoint(0.5, 79.5, 0.5), WorldPoint(1.5, 80.5, 1.5)) == [.boxFar, .boxBehind])
        #expect(told(WorldPoint(19.5, 80.5, 0.5), WorldPoint(20.5, 79.5, 1.5)) == [.boxEmpty])
    }

    @Test func sessionsAndReloadsAreToldApart() {
        let point = WorldPoint(0.25, 80.25, 0.25)
        func reloaded(_ change: (inout Configuration) -> Void) -> Set<Hazard> {
            var given = frames(at: [point, point])
            guard case .sessionStart(var configuration) = given[0].events[0] else { return [] }
            change(&configuration)
            given[1].events = [.configure(configuration)]
            return Set(Hazard.allCases.filter { $0.rawValue.hasPrefix("reload-") && has($0, given) })
        }
        #expect(reloaded { $0.layoutVersion += 1 } == [.reloadLayout, .reloadInFlight])
        #expect(reloaded { $0.baseSpacing = 2 } == [.reloadSpacing, .reloadInFlight])
        #expect(reloaded { $0.castLatencyFrames = 5 } == [.reloadLatency])
        #expect(reloaded { $0.nearLevels = 1 } == [.reloadNearLevels])
        #expect(reloaded { $0.cacheBytes = 0 } == [.reloadCache])
        #expect(reloaded { _ in } == [])
        var twice = frames(at: [point, point])
        guard case .sessionStart(var configuration) = twice[0].events[0] else { return }
        twice[1].events = [.sessionStart(configuration)]
        #expect(has(.sameKey, twice) && !has(.otherKey, twice))
        configuration.worldSeed += 1
        twice[1].events = [.sessionStart(configuration)]
        #expect(has(.otherKey, twice) && !has(.sameKey, twice))
        twice[1].events = [.sessionEnd]
        #expect(has(.noSession, twice))
    }
}
