import Foundation
import Streaming
import Testing
import Topology
import Voxels

@testable import Recording

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
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            for frame in 0..<300 { try recorder.frame(position: .init(Double(frame), 0, 0)) }
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
            #expect(FileManager.default.fileExists(atPath: recorder.partialPath))
            try recorder.finish()
            #expect(try TraceReader(contentsOf: path).allFrames().count == 300)
            #expect(!FileManager.default.fileExists(atPath: recorder.partialPath))
            #expect(throws: RecorderError.closed) { try recorder.finish() }
            #expect(throws: RecorderError.closed) { try recorder.frame(position: .init(0, 0, 0)) }
        }
    }

    @Test func aRecordingWithoutAFrameLeavesNothing() throws {
        try withFolder { path in
            try Data("precious".utf8).write(to: URL(filePath: path))
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            #expect(throws: RecorderError.noFrames) { try recorder.finish() }
            #expect(throws: RecorderError.closed) { try recorder.finish() }
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
            #expect(!FileManager.default.fileExists(atPath: recorder.partialPath))
        }
    }

    @Test(arguments: [1, 2, 16, 255, 256])
    func whatIsHandedOverCanBeRecoveredAtAnyTime(framesPerFlush: Int) throws {
        try withFolder { path in
            let recorder = try TraceRecorder(
                path: path, configuration: .classic, framesPerFlush: framesPerFlush)
            let none = try TraceReader(contentsOf: recorder.partialPath)
            // Schemas and channels are there before the first frame.
            #expect(throws: TraceError.self) { try Trace.recover(none) }
            var reader = MCAPStreamReader(none.bytes)
            while (try? reader.next()) != nil { continue }
            #expect(reader.channels.count == TraceTopic.required.count)
            for frame in 1...600 {
                try recorder.chunkLoaded(.init(Int64(frame), 0, 0))
                try recorder.frame(position: .init(Double(frame), 0, 0))
                guard frame < 20 || frame % 50 == 0 || (254..<260).contains(frame) else { continue }
                let kept = frame / framesPerFlush * framesPerFlush
                let recovery = try? Trace.recover(TraceReader(contentsOf: recorder.partialPath))
                #expect(recovery?.frameCount ?? 0 == kept, "after \(frame) frames")
                #expect(recovery?.lostBytes ?? 0 == 0)
            }
            try recorder.finish()
            let reader600 = try TraceReader(contentsOf: path)
            #expect(Trace.canonicity(of: reader600) == .canonical)
            #expect(try Trace.info(reader600).frameCount == 600)
        }
    }

    @Test func theTraceIsTheSameHoweverOftenFramesAreHandedOver() throws {
        var traces: [Data] = []
        for framesPerFlush in [1, 7, 256] {
            try withFolder { path in
                let recorder = try TraceRecorder(
                    path: path, configuration: .classic, framesPerFlush: framesPerFlush)
                for frame in 0..<300 { try recorder.frame(position: .init(Double(frame), 0, 0)) }
                try recorder.finish()
                traces.append(try Data(contentsOf: URL(filePath: path)))
            }
        }
        #expect(Set(traces).count == 1)
        #expect(throws: RecorderError.self) {
            try TraceRecorder(path: "/nowhere/a.mcap", configuration: .classic, framesPerFlush: 0)
        }
        #expect(
            throws: RecorderError.outOfRange(field: "framesPerFlush", value: "257", allowed: "1...256")
        ) { try TraceRecorder(path: "/nowhere/a.mcap", configuration: .classic, framesPerFlush: 257) }
    }

    @Test func whatACrashHasLeftIsNotOverwritten() throws {
        try withFolder { path in
            do {
                let crashed = try TraceRecorder(path: path, configuration: .classic, framesPerFlush: 4)
                for frame in 0..<10 { try crashed.frame(position: .init(Double(frame), 0, 0)) }
            }
            let left = try Data(contentsOf: URL(filePath: path + ".partial"))
            let error = #expect(throws: RecorderError.self) {
                try TraceRecorder(path: path, configuration: .classic)
            }
            #expect(error == .unfinishedRecording(partialPath: path + ".partial"))
            #expect(error?.description.contains("lumon-replay trace recover \(path).partial -o NEW") == true)
            #expect(try Data(contentsOf: URL(filePath: path + ".partial")) == left)
            #expect(try Trace.recover(TraceReader(contentsOf: path + ".partial")).frameCount == 8)
        }
    }

    @Test func whatCannotBecomeATraceStaysToBeRecovered() throws {
        try withFolder { path in
            let recorder = try TraceRecorder(path: path, configuration: .classic)
            for frame in 0..<20 { try recorder.frame(position: .init(Double(frame), 0, 0)) }
            // Something gets in the way while it is recorded.
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            let error = #expect(throws: RecorderError.self) { try recorder.finish() }
            guard case .stopped(path, recorder.partialPath, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(error?.description.contains("trace recover \(recorder.partialPath) -o NEW") == true)
            #expect(!FileManager.default.fileExists(atPath: path + ".tmp"))
            let recovery = try Trace.recover(TraceReader(contentsOf: recorder.partialPath))
            #expect(recovery.frameCount == 20 && recovery.reason == nil)
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
