import Foundation
import Hashing
import Streaming
import Testing
import Topology

@testable import Recording

/// What the recorder takes of live runs and of other engines.
@Suite struct LiveRecorderTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "recorder-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appending(path: "a.mcap").path)
    }

    @Test func whatIsSaidOfAFrameStandsInItsTrace() throws {
        try withFolder { path in
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            try recorder.engine(name: "e 1", stages: ["a", "b"], hasOwnVoxels: true)
            try recorder.store(sizeCapBytes: 9)
            try recorder.completed([])
            try recorder.frame(position: .init(1, 2, 3), selectionPosition: .init(4, 5, 6))
            try recorder.completed([4, 2], outcomes: [.success, .dropped], payloads: [7, 0])
            try recorder.completed([9], outcomes: [.aborted], payloads: [0])
            try recorder.claimed([1], stages: [3])
            try recorder.accepted([5])
            try recorder.refused([6])
            try recorder.solid([7])
            try recorder.reply(to: 2, .absent)
            try recorder.reply(to: 1, .region([]))
            try recorder.checkpoint(digestVersion: 3, stages: [1, 2], levels: [3], digest: (4, 5))
            try recorder.storeDamage(level: 7, region: (-1, 0, 1))
            try recorder.frame(position: .init(1, 2, 3))
            try recorder.missed(frames: 2)
            try recorder.missed(frames: 1)
            try recorder.snapshot(format: "mine", state: [1])
            try recorder.frame(position: .init(1, 2, 3))
            #expect(recorder.frameCount == 3 && recorder.nextFrame == 6)
            try recorder.finish()

            let frames = try TraceReader(contentsOf: path).allFrames()
            #expect(frames.map(\.frame) == [0, 1, 5])
            #expect(
                frames[0].events == [
                    .sessionStart(TraceRecorder.Settings.classic.content),
                    .store(sizeCapBytes: 9, contents: nil),
                    .engine(Engine(name: "e 1", stages: ["a", "b"], hasOwnVoxels: true)),
                ])
            #expect(frames[0].camera.selectionPosition == WorldPoint(4, 5, 6))
            #expect(frames.allSatisfy { $0.castResults != nil && $0.storeReplies != nil })
            #expect(frames[1].castResults == [4, 2, 9])
            #expect(
                frames[1].engineWork?.outcomes == [1, 4, 2] && frames[1].engineWork?.payloads == [7, 0, 0])
            #expect(frames[1].engineWork?.claimed == [1] && frames[1].engineWork?.claimStages == [3])
            #expect(frames[1].engineWork?.accepted == [5] && frames[1].engineWork?.refused == [6])
            #expect(frames[1].engineWork?.solid == [7])
            #expect(
                frames[1].storeReplies == [
                    StoreArrival(request: 2, reply: .absent),
                    StoreArrival(request: 1, reply: .region(RegionContent())),
                ])
            #expect(
                frames[1].checkpoint
                    == Checkpoint(
                        digestVersion: 3, stages: [Digest64(1), Digest64(2)], levels: [Digest64(3)],
                        frame: Digest128(high: 4, low: 5)))
            #expect(
                frames[2].missedFrames == 3
                    && frames[2].snapshot == RecordedSnapshot(format: "mine", state: [1]))
        }
    }

    @Test func aRecordingCanBeginInTheMiddleOfARun() throws {
        try withFolder { path in
            let recorder = try TraceRecorder(
                path: path, goingOnAt: 500, session: 3, configuration: .classic, hasStore: true)
            #expect(throws: RecorderError.self) { try recorder.frame(position: .init(0, 0, 0)) }
            try recorder.snapshot(format: "mine", state: [])
            try recorder.storeOff()
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.finish()
            let frames = try TraceReader(contentsOf: path).allFrames()
            #expect(frames.map(\.frame) == [500, 501] && frames.allSatisfy { $0.session == 3 })
            #expect(frames[0].events == [.storeOff])
        }
    }

    @Test func whatCannotBeIsRefusedAndNothingIsTaken() throws {
        try withFolder { path in
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            func refuses(_ body: () throws -> Void) { #expect(throws: RecorderError.self) { try body() } }
            refuses { try recorder.engine(name: "") }
            refuses { try recorder.engine(name: String(repeating: "x", count: 201)) }
            refuses { try recorder.engine(name: "e", stages: ["a", "a"]) }
            refuses { try recorder.engine(name: "e", stages: [""]) }
            refuses { try recorder.engine(name: "e", stages: (0..<65).map { "\($0)" }) }
            refuses { try recorder.completed([1, 2], outcomes: [.success]) }
            refuses { try recorder.completed([1, 2], payloads: [1, 2, 3]) }
            refuses { try recorder.claimed([1, 2], stages: [1]) }
            refuses { try recorder.reply(to: 1, .region([1])) }
            refuses { try recorder.checkpoint(digestVersion: 1, stages: Array(repeating: 0, count: 65)) }
            refuses {
                try recorder.checkpoint(digestVersion: 1, stages: [], levels: Array(repeating: 0, count: 65))
            }
            refuses { try recorder.snapshot(format: "", state: []) }
            refuses { try recorder.missed(frames: -1) }
            refuses { try recorder.missed(frames: 1 << 31) }
            refuses { try recorder.storeDamage(level: 0, region: (0, 0, 0)) }
            try recorder.store(sizeCapBytes: 1)
            refuses { try recorder.storeDamage(level: 8, region: (0, 0, 0)) }
            refuses { try recorder.storeDamage(level: 0, region: (.min, 0, 0)) }
            let row = TraceRecorder.StoreRow(
                seed: 1, layoutVersion: 1, fingerprint: 1, baseSpacing: 2, regionEdge: 8, level: 1,
                region: (1, 2, 3))
            for change in [
                { (row: inout TraceRecorder.StoreRow) in row.baseSpacing = 0.1 }, { $0.regionEdge = 0 },
                { $0.level = -1 }, { $0.region = (.max / 8, 0, 0) },
            ] {
                var wrong = row
                change(&wrong)
                refuses { try recorder.writeBackDropped(wrong) }
            }
            try recorder.frame(position: .init(0, 0, 0))
            // It was modelled from its first frame on.
            try recorder.completed([1])
            refuses { try recorder.frame(position: .init(0, 0, 0)) }
            try? recorder.finish()
            let frames = try TraceReader(contentsOf: path).allFrames()
            #expect(frames.count == 1 && frames[0].events.count == 2)
        }
        for first in [-1, Int64(1) << 31] {
            #expect(throws: RecorderError.self) {
                try TraceRecorder(path: "/nowhere/a.mcap", goingOnAt: first, session: 0, configuration: nil)
            }
        }
    }
}
