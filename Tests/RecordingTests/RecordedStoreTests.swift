import Foundation
import Streaming
import Testing
import Topology
import Voxels

@testable import Recording

@Suite struct RecordedStoreTests {
    /// Calls `body` with the path of a trace in a folder of its own, which is removed afterwards.
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "recorder-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appending(path: "a.mcap").path)
    }

    @Test func aStoreStandsBehindItsSessionsStartWhateverHappenedBefore() throws {
        try withFolder { path in
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            try recorder.chunkLoaded(.init(1, 2, 3))
            try recorder.store(sizeCapBytes: 1 << 20)
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.storeOff()
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.chunkUnloaded(.init(1, 2, 3))
            try recorder.startSession(.current)
            try recorder.chunkLoaded(.init(1, 2, 3))
            try recorder.store(sizeCapBytes: 0)
            try recorder.storeOff()
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.startSession(.classic)
            try recorder.store(sizeCapBytes: 1 << 50)
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.finish()

            let events = try TraceReader(contentsOf: path).allFrames().map(\.events)
            let chunk = ChunkCoordinate(1, 2, 3)
            #expect(
                events == [
                    [
                        .sessionStart(.classic), .store(sizeCapBytes: 1 << 20, contents: nil),
                        .chunkLoad(chunk),
                    ],
                    [.storeOff],
                    [
                        .sessionEnd, .sessionStart(.current), .store(sizeCapBytes: 0, contents: nil),
                        .chunkUnload(chunk), .chunkLoad(chunk), .storeOff,
                    ],
                    [
                        .sessionEnd, .sessionStart(.classic),
                        .store(sizeCapBytes: 1 << 50, contents: nil),
                    ],
                ])
        }
    }

    /// Behind the start the event would mean the store of the session that starts, and a replay would refuse it.
    @Test(arguments: [false, true])
    func aStoreThatIsOffBeforeTheNextSessionStaysBeforeIt(endsItself: Bool) throws {
        try withFolder { path in
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            try recorder.store(sizeCapBytes: 1000)
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.chunkLoaded(.init(1, 2, 3))
            try recorder.storeOff()
            if endsItself { try recorder.endSession() }
            try recorder.startSession(.current)
            try recorder.store(sizeCapBytes: 2000)
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.finish()

            let frames = try TraceReader(contentsOf: path).allFrames()
            #expect(
                frames[1].events == [
                    .storeOff, .sessionEnd, .sessionStart(.current),
                    .store(sizeCapBytes: 2000, contents: nil), .chunkLoad(ChunkCoordinate(1, 2, 3)),
                ])
            // The model takes it.
            var system = StreamingSystem()
            var keeper = MemoryStore()
            for input in frames { _ = try system.step(input, casts: InlineCasts(), store: &keeper) }
            #expect(system.session == 1)
        }
    }

    @Test func aStoreOutOfItsPlaceIsRefusedAndChangesNothing() throws {
        try withFolder { path in
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            #expect(throws: RecorderError.noStore) { try recorder.storeOff() }
            for cap in [-1, 1 << 50 + 1, Int64.min, .max] {
                #expect(
                    throws: RecorderError.outOfRange(
                        field: "sizeCapBytes", value: "\(cap)", allowed: "0...1125899906842624")
                ) { try recorder.store(sizeCapBytes: cap) }
            }
            try recorder.store(sizeCapBytes: 5)
            #expect(throws: RecorderError.storeOutOfPlace) { try recorder.store(sizeCapBytes: 6) }
            try recorder.frame(position: .init(0, 0, 0))
            #expect(throws: RecorderError.storeOutOfPlace) { try recorder.store(sizeCapBytes: 6) }
            try recorder.storeOff()
            #expect(throws: RecorderError.noStore) { try recorder.storeOff() }
            #expect(throws: RecorderError.storeOutOfPlace) { try recorder.store(sizeCapBytes: 6) }
            try recorder.endSession()
            #expect(throws: RecorderError.noSession) { try recorder.storeOff() }
            #expect(throws: RecorderError.noSession) { try recorder.store(sizeCapBytes: 6) }
            try recorder.frame(position: .init(0, 0, 0))
            // A session without one, after one that had one.
            try recorder.startSession(.classic)
            #expect(throws: RecorderError.noStore) { try recorder.storeOff() }
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.finish()
            #expect(
                try TraceReader(contentsOf: path).allFrames().map(\.events) == [
                    [.sessionStart(.classic), .store(sizeCapBytes: 5, contents: nil)],
                    [.storeOff, .sessionEnd], [.sessionStart(.classic)],
                ])
        }
    }

    @Test func thereIsRoomForASessionAndItsStoreHoweverManyEventsThereAre() throws {
        try withFolder { path in
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            try recorder.frame(position: .init(0, 0, 0))
            let most = TraceFormat.maximumEventsPerFrame - 3
            for place in 0..<most { try recorder.chunkLoaded(.init(Int64(place), 0, 0)) }
            #expect(throws: RecorderError.tooManyEvents(limit: most)) {
                try recorder.chunkLoaded(.init(0, 0, 0))
            }
            try recorder.startSession(.classic)
            try recorder.store(sizeCapBytes: 1)
            #expect(throws: RecorderError.tooManyEvents(limit: most)) { try recorder.storeOff() }
            try recorder.frame(position: .init(0, 0, 0))
            // What was refused is not off.
            try recorder.storeOff()
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.finish()
            let frames = try TraceReader(contentsOf: path).allFrames()
            #expect(frames.map(\.events.count) == [1, TraceFormat.maximumEventsPerFrame, 1])
            #expect(frames[1].events[2] == .store(sizeCapBytes: 1, contents: nil))
        }
    }
}
