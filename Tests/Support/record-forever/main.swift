import Foundation
import Recording

// Records frames as fast as it can until it is killed or cannot go on, and prints the number of each frame after
// it was recorded. What it records of a frame is a function of its number; the test that kills it knows the same
// function by heart.
//
//   record-forever PATH FRAMES-PER-FLUSH

guard CommandLine.arguments.count == 3, let framesPerFlush = Int(CommandLine.arguments[2]) else {
    FileHandle.standardError.write(Data("usage: record-forever PATH FRAMES-PER-FLUSH\n".utf8))
    exit(64)
}

do {
    let recorder = try TraceRecorder(
        path: CommandLine.arguments[1], configuration: .classic, framesPerFlush: framesPerFlush)
    while true {
        let frame = recorder.frameCount
        try record(frame, with: recorder)
        FileHandle.standardOutput.write(Data("\(frame)\n".utf8))
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(74)
}

func record(_ frame: Int64, with recorder: TraceRecorder) throws(RecorderError) {
    if frame > 0, frame.isMultiple(of: 100) { try recorder.startSession(.current) }
    if frame.isMultiple(of: 5) {
        try recorder.edit(
            lower: .init(frame, 64, -frame), upper: .init(frame + 2, 66, 1 - frame),
            material: UInt8(frame % 10))
    }
    if frame.isMultiple(of: 7) { try recorder.chunkLoaded(.init(frame, 0, -frame)) }
    if frame.isMultiple(of: 11) { try recorder.chunkUnloaded(.init(-frame, 1, frame)) }
    if frame.isMultiple(of: 13) {
        try recorder.invalidate(lower: .init(0, 0, 0), upper: .init(Double(frame), 1, 2))
    }
    let budgets = TraceRecorder.Budgets(perLevel: [Int32(frame % 1000), 2], total: 3, uploadBytes: frame)
    try recorder.frame(
        position: .init(Double(frame % 4096) * 0.25, 70, -1), fieldOfView: 1.25,
        engineTimeNanoseconds: frame * 1000,
        budgets: frame.isMultiple(of: 17) ? budgets : nil)
}
