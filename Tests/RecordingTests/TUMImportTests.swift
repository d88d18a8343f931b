import Foundation
import Recording
import Streaming
import Testing
import Topology

/// A recorded path that lies beside the repository where it was developed, and may be missing.
private let recordedPath = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/paths/freiburg1_xyz-groundtruth.txt")

@Suite struct TUMImportTests {
    private func error(_ text: String, scale: Double = 1) throws -> TUMImportError {
        try #require(throws: TUMImportError.self) {
            try TUMImport.frames(text: text, options: TUMImport.Options(scale: scale))
        }
    }

    @Test func posesBecomeFrames() throws {
        var configuration = Configuration.current
        configuration.worldSeed = 9
        let frames = try TUMImport.frames(
            text: "# comment\n10.5 1 2 3 0 0 0 1\r\n\n  10.75\t-1 0 0.5 0.5 0.5 0.5 0.5",
            options: TUMImport.Options(
                configuration: configuration, scale: 2, offset: WorldPoint(100, 0, 0)))
        #expect(frames.count == 2)
        #expect(frames[0].camera.position == WorldPoint(102, 4, 6))
        #expect(frames[1].camera.position == WorldPoint(98, 0, 1))
        #expect(frames[1].camera.orientation == Quaternion(x: 0.5, y: 0.5, z: 0.5, w: 0.5))
        #expect(frames.map(\.engineTimeNanoseconds) == [0, 250_000_000])
        #expect(frames[0].events == [.sessionStart(configuration)] && frames[1].events.isEmpty)
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: recordedPath.path),
            "the recorded path is not part of the repository"))
    func aRecordedPath() throws {
        let text = try String(contentsOf: recordedPath, encoding: .utf8)
        let frames = try TUMImport.frames(text: text, options: TUMImport.Options(scale: 8))
        #expect(frames.count == 3000)
        #expect(frames[0].camera.position == WorldPoint(1.3563 * 8, 0.6305 * 8, 1.638 * 8))
        #expect(try TraceReader(TraceSamples.bytes(frames)).allFrames() == frames)
    }

    @Test func errors() throws {
        #expect(try error("# nothing\n") == .noPose)
        #expect(try error("1 2 3 4 5 6 7") == .columns(line: 1, expected: 8, found: 7))
        #expect(try error("# a\n1 2 3 4 5 6 7 8 9") == .columns(line: 2, expected: 8, found: 9))
        #expect(try error("1 2 x 4 0 0 0 1") == .notANumber(line: 1, column: "ty", found: "x"))
        #expect(try error("0x10 2 3 4 0 0 0 1") == .notANumber(line: 1, column: "timestamp", found: "0x10"))
        #expect(try error("1 nan 3 4 0 0 0 1") == .notFinite(line: 1, column: "tx", found: "nan"))
        #expect(try error("1 2 3 4 0 0 1e999 1") == .notFinite(line: 1, column: "qz", found: "1e999"))
        #expect(
            try error("1 2 3 4 0 0 0 1\n1 2 3 4 0 0 0 1")
                == .timeNotAscending(line: 2, previous: 1, found: 1))
        #expect(
            try error("0 2 3 4 0 0 0 1\n1e12 2 3 4 0 0 0 1") == .timeTooLong(line: 2, seconds: 1e12))
        guard case .position(line: 1, .outOfRange) = try error("1 2 3 4 0 0 0 1", scale: 1e12) else {
            Issue.record("expected the error of a position")
            return
        }
        guard case .invalidOption = try error("1 2 3 4 0 0 0 1", scale: 0) else {
            Issue.record("expected the error of an option")
            return
        }
    }
}
