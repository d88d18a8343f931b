import Foundation
import Recording
import Streaming
import Testing
import Topology
import Voxels

@Suite struct TraceRecorderTests {
    /// Calls `body` with the path of a trace in a folder of its own, which is removed afterwards.
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "recorder-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appending(path: "a.mcap").path)
    }

    @Test func whatIsRecordedIsACanonicalTrace() throws {
        try withFolder { path in
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            try recorder.edit(
                lower: .init(0, 1, 2), upper: .init(3, 4, 5), material: Material.lamp.rawValue)
            try recorder.frame(position: .init(1, 2, 3), engineTimeNanoseconds: 5)
            try recorder.chunkLoaded(.init(-1, 0, 1))
            try recorder.chunkUnloaded(.init(-1, 0, 1))
            try recorder.invalidate(lower: .init(0, 0, 0), upper: .init(1, 1, 1))
            try recorder.frame(
                position: .init(1, 2, 4), orientation: .init(x: 0, y: 1, z: 0, w: 0), fieldOfView: 1.2,
                budgets: .init(perLevel: [1, 2], total: 3, uploadBytes: 4))
            try recorder.configure(.current)
            try recorder.endSession()
            try recorder.frame(position: .init(1, 2, 5))
            try recorder.frame(position: .init(1, 2, 6))
            try recorder.startSession(.current)
            try recorder.frame(position: .init(1, 2, 7))
            try recorder.endSession()
            try recorder.startSession(.classic)
            try recorder.frame(position: .init(1, 2, 8))
            try recorder.finish()

            let reader = try TraceReader(contentsOf: path)
            #expect(Trace.canonicity(of: reader) == .canonical)
            let frames = try reader.allFrames()
            #expect(frames.map(\.session) == [0, 0, 0, 0, 1, 2])
            #expect(frames[1].camera.fieldOfView == 1.2 && frames[1].budgets?.total == 3)
            let sessionEvents = frames.map(\.events)
            #expect(sessionEvents[0].count == 2 && sessionEvents[1].count == 3)
            #expect(sessionEvents[2] == [.configure(.current), .sessionEnd])
            #expect(sessionEvents[3].isEmpty)
            #expect(sessionEvents[4] == [.sessionStart(.current)])
            #expect(sessionEvents[5] == [.sessionEnd, .sessionStart(.classic)])
            #expect(!FileManager.default.fileExists(atPath: path + ".partial"))
        }
    }

    @Test func anExistingFileIsUntouchedUntilTheRecordingIsFinished() throws {
        try withFolder { path in
            try Data("precious".utf8).write(to: URL(filePath: path))
            do {
                let recorder = try TraceRecorder(path: path, configuration: .classic)
                for frame in 0..<300 { try recorder.frame(position: .init(Double(frame), 0, 0)) }
            }
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
            #expect(FileManager.default.fileExists(atPath: path + ".partial"))
            let empty = try TraceRecorder(path: path, configuration: .classic)
            #expect(throws: RecorderError.self) { try empty.finish() }
            #expect(throws: RecorderError.closed) { try empty.finish() }
            #expect(throws: RecorderError.closed) { try empty.frame(position: .init(0, 0, 0)) }
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
        }
    }

    @Test func anOutputThatCannotBeWrittenIsSaidAtOnce() throws {
        try withFolder { path in
            for bad in [path + "/there/is/none.mcap", (path as NSString).deletingLastPathComponent] {
                let error = try #require(throws: RecorderError.self) {
                    try TraceRecorder(path: bad, configuration: .classic)
                }
                guard case .output(path: bad, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
    }

    @Test func aRefusedFrameMayBeGivenAgain() throws {
        try withFolder { path in
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            #expect(throws: RecorderError.notFinite(field: "position.x", value: "nan")) {
                try recorder.frame(position: .init(.nan, 0, 0))
            }
            #expect(throws: RecorderError.self) { try recorder.frame(position: .init(1e300, 0, 0)) }
            #expect(throws: RecorderError.self) {
                try recorder.edit(lower: .init(0, 0, 0), upper: .init(1, 1, 1), material: 200)
            }
            #expect(throws: RecorderError.self) {
                try recorder.edit(lower: .init(0, 0, 0), upper: .init(1000, 1000, 1000), material: 1)
            }
            #expect(throws: RecorderError.self) {
                try recorder.invalidate(lower: .init(0, .nan, 0), upper: .init(1, 1, 1))
            }
            #expect(throws: RecorderError.self) { try recorder.startSession(.current) }
            var settings = TraceRecorder.Settings.classic
            settings.worldSeed = 3
            #expect(throws: RecorderError.self) { try recorder.configure(settings) }
            settings.baseSpacing = .infinity
            #expect(throws: RecorderError.self) { try recorder.configure(settings) }
            try recorder.frame(position: .init(0, 0, 0))
            try recorder.finish()
            #expect(try TraceReader(contentsOf: path).allFrames().count == 1)
        }
    }
}
