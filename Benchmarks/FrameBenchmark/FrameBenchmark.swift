// The cost of a frame without its casts, at three window sizes with the same budgets, beside what the
// same frame would cost if its digests were rebuilt and its candidates scanned from scratch.
//
//     swift run -c release frame-benchmark
//
// Every figure is measured in this run; compare ratios, not microseconds.

import Streaming
import Topology
import Voxels

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

struct Figures {
    var resting: Duration
    var moving: Duration
    /// Probes selected in all timed frames, resting and moving.
    var restingProbes: Int
    var movingProbes: Int
    var rebuilding: Duration
}

@main
enum FrameBenchmark {
    static let warmUpFrames = 9000
    static let timedFrames = 512

    static func main() {
        print("frame without casts, classic preset, budgets 256,128,64,32 of 512, median of \(timedFrames)")
        print(
            "N       at rest            one cell a frame   rebuild+scan       rebuild/moving  probes a frame")
        var base: Figures?
        for resolution: Int32 in [16, 32, 64] {
            let figures = measure(resolution)
            let baseline = base ?? figures
            base = baseline
            let row = [
                pad("\(resolution)^3", 7), pad(text(figures.resting, baseline.resting), 18),
                pad(text(figures.moving, baseline.moving), 18),
                pad(text(figures.rebuilding, baseline.rebuilding), 18),
                pad(ratio(figures.rebuilding, figures.moving), 15),
                "\(figures.restingProbes / timedFrames), \(figures.movingProbes / timedFrames)",
            ]
            print(row.joined(separator: " "))
        }
        print("in brackets: times the figure of 16^3 in the same column; cells grow by 8 and 64")
        print(
            "probes a frame: selected at rest and moving; where there are so many that they grow old as fast")
        print("as the budgets refresh them, a camera at rest is no rest for the frame")
    }

    static func measure(_ resolution: Int32) -> Figures {
        var configuration = Configuration.classic
        configuration.resolution = resolution
        var system = StreamingSystem()
        let casts = ConstantCasts()
        var frame: Int32 = 0
        var x = 0.0
        var selected = 0
        func step(_ dx: Double) -> Duration {
            x += dx
            // High above the terrain: no centre is solid, nothing is disabled.
            let input = FrameInput(
                frame: frame, camera: Camera(position: WorldPoint(x, 100_000, 0)),
                events: frame == 0 ? [.sessionStart(configuration)] : [])
            frame += 1
            return ContinuousClock().measure {
                do {
                    let result = try system.step(input, casts: casts)
                    selected += result.counts.reduce(0) { $0 + $1.selected }
                } catch {
                    preconditionFailure("\(error)")
                }
            }
        }
        for _ in 0..<warmUpFrames { _ = step(0) }
        selected = 0
        let resting = median((0..<timedFrames).map { _ in step(0) })
        let restingProbes = selected
        selected = 0
        let moving = median((0..<timedFrames).map { _ in step(2) })
        let rebuilding = median(
            (0..<8).map { _ in
                ContinuousClock().measure {
                    let faults = system.incrementalFaults()
                    precondition(faults.isEmpty, "\(faults)")
                }
            })
        return Figures(
            resting: resting, moving: moving, restingProbes: restingProbes, movingProbes: selected,
            rebuilding: rebuilding)
    }

    static func median(_ durations: [Duration]) -> Duration { durations.sorted()[durations.count / 2] }

    static func text(_ duration: Duration, _ base: Duration) -> String {
        "\(tenths(duration / .microseconds(1))) us (\(ratio(duration, base)))"
    }

    static func ratio(_ a: Duration, _ b: Duration) -> String { "x\(tenths(a / b))" }

    static func tenths(_ value: Double) -> String {
        "\(Double((value * 10).rounded()) / 10)"
    }

    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
