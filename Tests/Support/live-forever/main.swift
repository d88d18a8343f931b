import Foundation
import Persistence
import Recording
import Replay
import Streaming
import Topology
import Voxels

// A live run that goes on until it is killed. After each frame it prints its number and how many frames wait for the recorder's thread.
//
//   live-forever PATH whole|flight STORE|- WORKERS

let arguments = CommandLine.arguments
guard arguments.count == 5, let workers = Int(arguments[4]), ["whole", "flight"].contains(arguments[2]) else {
    FileHandle.standardError.write(Data("usage: live-forever PATH whole|flight STORE|- WORKERS\n".utf8))
    exit(64)
}

do {
    let hasStore = arguments[3] != "-"
    let store = try hasStore ? FileStore(path: arguments[3], pace: .live) : nil
    var options = FrameRecorder.Options()
    options.framesPerFlush = 8
    if arguments[2] == "flight" { options.keepLastFrames = 40 }
    let recorder = try FrameRecorder(path: arguments[1], options: options)
    var live = LiveRun(framesPerSecond: 1_000, workers: workers)
    live.jitter = LiveCasts.Jitter(seed: 1, maximumMicroseconds: 300)
    _ = try live.run(frames(count: 100_000, hasStore: hasStore), store: store, to: recorder) { input, _ in
        let line = Data("\(input.frame) \(recorder.waitingCount)\n".utf8)
        FileHandle.standardOutput.write(line)
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(74)
}

/// A camera that walks to and fro, over edits and restarts.
func frames(count: Int, hasStore: Bool) -> [FrameInput] {
    var configuration = Configuration.classic
    configuration.worldSeed = 3
    configuration.resolution = 8
    configuration.levels = 3
    configuration.regionEdge = 2
    configuration.cacheBytes = 8_000
    configuration.budgets = Budgets(perLevel: [60, 60, 60], total: 100, uploadBytes: 1 << 20)
    var session: UInt32 = 0
    return (0..<count).map { number in
        let way = abs(number % 60 - 30)
        var input = FrameInput(
            frame: Int32(number), camera: Camera(position: WorldPoint(Double(way) * 2 + 0.5, 84, -3)))
        if number % 90 == 0 {
            if number > 0 { session += 1 }
            input.events = (number > 0 ? [.sessionEnd] : []) + [.sessionStart(configuration)]
            if hasStore { input.events.append(.store(sizeCapBytes: 1 << 22, contents: nil)) }
        } else if number % 17 == 5 {
            let corner = VoxelCoordinate(Int64(way), 82, -4)
            input.events = [
                .edit(
                    VoxelBox(lower: corner, upper: VoxelCoordinate(corner.x + 3, 85, -1)),
                    number % 2 == 0 ? .air : .stone)
            ]
        }
        input.session = session
        return input
    }
}
