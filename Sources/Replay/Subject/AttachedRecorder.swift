import Foundation
import PlantedFaults
import Recording
import Streaming
import Topology

/// A recorder that is attached to a run whose recording nobody wants: to see that it changes nothing.
final class AttachedRecorder {
    private let path: String
    private var recorder: FrameRecorder?

    init() {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("lumon-replay-\(getpid())-\(UUID().uuidString).mcap").path
    }

    deinit {
        guard let recorder else { return }
        _ = try? recorder.finish()
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Records a frame, and gives it back as it is gone on with: as it was.
    func record(_ input: inout FrameInput, _ before: borrowing StreamingSystem) throws {
        let recorder = try self.recorder ?? FrameRecorder(path: path)
        self.recorder = recorder
        let state = recorder.wantsSnapshot(of: input) ? copy before : nil
        try recorder.record(input, before: state)
        let x = input.camera.position.x
        input.camera.position.x = planted(.recorderRounds, x, instead: Double(Float(x)))
    }
}
