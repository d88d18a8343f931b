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

    /// The same results are drained by the same frames; only a place is another.
    @Test func aClaimAtAnotherPlaceIsAnotherRun() throws {
        let folder = try LiveFolder()
        let sample = try LiveSample(
            VariantLiveRunTests.frames, folder: folder, live: LiveRun(framesPerSecond: 2_000))
        var frames = try sample.trace.reader.allFrames()
        // The last claim of a frame goes to the next: where it may, it is made there, before that frame's input.
        let place = try #require(
            frames.indices.dropLast().first { index in
                let work = frames[index].engineWork
                let last = work?.claimed.last
                return frames[index].frame > 2 && frames[index + 1].events.isEmpty && last != nil
                    && frames[index].castResults?.contains(last ?? 0) == false
                    && frames[index + 1].castResults?.contains(last ?? 0) == false
            })
        let moved = try #require(frames[place].engineWork?.claimed.last)
        frames[place].engineWork?.claimed.removeLast()
        frames[place].engineWork?.claimStages.removeLast()
        var next = frames[place + 1].engineWork ?? EngineWork()
        next.claimed.insert(moved, at: 0)
        next.claimStages.insert(0, at: 0)
        frames[place + 1].engineWork = next
        let comparison = try compareCheckpoints(frames, options: ReplayOptions())
        #expect(comparison.divergence?.frame == frames[place].frame)
    }
}
