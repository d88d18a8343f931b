import Foundation
import Recording
import Replay
import Streaming
import Testing
import Topology
import Verification

/// Live runs of the variant, whose workers claim requests between the stages of a frame.
@Suite(.serialized) struct VariantLiveRunTests {
    /// Edits that meet casts in flight, a reload, two sessions; all of the variant.
    private static var frames: [FrameInput] {
        busy().map { given in
            var input = given
            input.events = given.events.map { event in
                switch event {
                case .sessionStart(var configuration):
                    configuration.variant = .lumon2026_01
                    return .sessionStart(configuration)
                case .configure(var configuration):
                    configuration.variant = .lumon2026_01
                    return .configure(configuration)
                default: return event
                }
            }
            return input
        }
    }

    @Test func everyReplayIsItsLiveRunAndItsClaimsAreInTheTrace() throws {
        var results = 0
        for (workers, seed) in [(1, UInt64(7)), (4, 8)] {
            let folder = try LiveFolder()
            var live = LiveRun(framesPerSecond: 60, workers: workers)
            live.jitter = LiveCasts.Jitter(seed: seed, maximumMicroseconds: 300)
            let sample = try LiveSample(VariantLiveRunTests.frames, folder: folder, live: live)
            let context: Comment = "\(workers) workers, seed \(seed)"
            var found: [FrameDigests] = []
            let run = try Replayer.run(sample.trace, options: ReplayOptions(oracleInterval: 4)) {
                result, _ in found.append(result.digests)
            }
            #expect(found == sample.digests, context)
            #expect(run.digest == sample.run.digest && run.incrementalFaults.isEmpty, context)
            let claims = try sample.trace.reader.allFrames().compactMap(\.engineWork)
            #expect(claims.flatMap(\.claimed).count > 40, context)
            // At places of every kind, and not all of them in the order of the queue.
            #expect(Set(claims.flatMap(\.claimStages)) == Set(0...7), context)
            #expect(claims.contains { $0.claimed != $0.claimed.sorted() }, context)
            results += sample.orders.joined().count
        }
        // How many come is up to the machine; without any the claims would have led to nothing.
        #expect(results > 0)
    }

    /// Nothing is drained, and the same requests are claimed in the same order; only the place of one is another.
    @Test func aClaimAtAnotherPlaceIsAnotherRun() throws {
        var configuration = Configuration.classic
        configuration.variant = .lumon2026_01
        configuration.resolution = 8
        configuration.levels = 1
        configuration.budgets = Budgets(perLevel: [3], total: 3, uploadBytes: 1 << 20)
        func digests(_ claims: [[(request: UInt64, stage: UInt32)]]) throws -> [FrameDigests] {
            let frames = claims.enumerated().map { number, claims in
                var input = FrameInput(
                    frame: Int32(number), camera: Camera(position: WorldPoint(0.5, 184, -3)),
                    events: number == 0 ? [.sessionStart(configuration)] : [])
                input.castResults = []
                input.storeReplies = []
                var work = EngineWork()
                work.claimed = claims.map(\.request)
                work.claimStages = claims.map(\.stage)
                input.engineWork = work.isEmpty ? nil : work
                return input
            }
            var found: [FrameDigests] = []
            _ = try Replayer.run(frames) { result, _ in found.append(result.digests) }
            return found
        }
        // The frames select the requests 1 to 3, 4 to 6, and so on.
        let recorded = try digests([[], [(3, 1), (1, 6)], [(5, 2)], []])
        for (moved, stage) in [
            ([[], [(3, 1)], [(1, 0), (5, 2)], []], Stage.cast),
            ([[], [(3, 1), (1, 3)], [(5, 2)], []], .recycle),
            ([[], [(3, 1), (1, 7)], [(5, 2)], []], .cast),
        ] as [([[(request: UInt64, stage: UInt32)]], Stage)] {
            let other = try digests(moved)
            #expect(other[0] == recorded[0])
            let place = Stage.allCases.first {
                other[1].stages[Int($0.rawValue)] != recorded[1].stages[Int($0.rawValue)]
            }
            #expect(place == stage)
        }
    }
}
