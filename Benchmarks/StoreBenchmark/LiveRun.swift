import Foundation
import Persistence
import Streaming
import Topology
import Voxels

/// Frames at 60 Hz with the store on a real file, as a game has them: nothing is waited for. The camera flies, and the cache is so small that
/// regions go to the store and come back all the time.
enum LiveRun {
    static func measure(frames: Int, path: String) throws {
        var configuration = Configuration.classic
        configuration.worldSeed = 5
        configuration.cacheBytes = 1 << 20
        var store = try FileStore(path: path, pace: .live)
        let casts = ConstantCasts()
        var system = StreamingSystem()
        var times: [Double] = []
        var totals = (stored: 0, dropped: 0, replies: 0)
        let period = Duration.seconds(1) / 60
        let start = ContinuousClock.now
        for frame in 0..<frames {
            let due = start + period * frame
            try sleep(until: due)
            let begin = ContinuousClock.now
            let way = Double(frame % 600 < 300 ? frame % 300 : 300 - frame % 300)
            var input = FrameInput(
                frame: Int32(frame), camera: Camera(position: WorldPoint(way * 0.5, 120, way * 0.25)))
            if frame == 0 {
                input.events = [.sessionStart(configuration), .store(sizeCapBytes: 64 << 20, contents: nil)]
            }
            input.storeReplies = store.readyReplies().map { StoreArrival(request: $0) }
            let dropped = store.takeDroppedWriteBacks()
            input.events += dropped.map { .writeBackDropped($0) }
            if store.failure != nil, system.store != nil { input = input.switchingStoreOff(system) }
            totals.dropped += dropped.count
            totals.replies += input.storeReplies?.count ?? 0
            let result = try system.step(input, casts: casts, store: &store)
            totals.stored += result.counts.reduce(0) { $0 + $1.stored }
            times.append((ContinuousClock.now - begin) / .milliseconds(1))
        }
        // The first frames make the windows; they are a level's loading, not play.
        let played = times.dropFirst(120).sorted()
        func quantile(_ share: Double) -> String {
            rounded(played[min(played.count - 1, Int(Double(played.count) * share))])
        }
        print(
            "\(played.count) frames at 60 Hz: p50 \(quantile(0.5)) ms, p99 \(quantile(0.99)) ms, "
                + "p99.9 \(quantile(0.999)) ms, most \(rounded(played.last ?? 0)) ms; "
                + "\(totals.stored) write-backs, \(totals.dropped) dropped, \(totals.replies) replies"
                + (store.failure.map { ", store off: \($0.sentence)" } ?? ""))
        try store.close()
    }

    private static func sleep(until due: ContinuousClock.Instant) throws {
        let left = (due - ContinuousClock.now) / .nanoseconds(1)
        guard left > 0 else { return }
        var time = timespec(tv_sec: Int(left) / 1_000_000_000, tv_nsec: Int(left) % 1_000_000_000)
        nanosleep(&time, nil)
    }
}

/// Answers every cast at once with the same payload, so that only the frame itself is timed.
final class ConstantCasts: CastService {
    private var counts: [Int32: Int] = [:]
    private let payload: CastOutcome

    init() {
        var payload = Payload.zero
        payload.flags = Payload.validFlag
        self.payload = .success(payload)
    }

    func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) { counts[batch] = jobs.count }
    func finish(batch: Int32) -> [CastOutcome] {
        Array(repeating: payload, count: counts.removeValue(forKey: batch) ?? 0)
    }
    func abandon(batch: Int32) { counts[batch] = nil }
}
