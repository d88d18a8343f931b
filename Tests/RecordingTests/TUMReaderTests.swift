import Foundation
import Recording
import Streaming
import Testing
import Topology

/// A recorded path that lies beside the repository where it was developed, and may be missing.
private let recordedPath = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/paths/freiburg1_xyz-groundtruth.txt")

@Suite("Paths in the format of TUM")
struct TUMReaderTests {
    private func poses(_ text: String) throws -> [TimedPose] {
        try TUMReader.poses(of: ImportSamples.bytes(text))
    }

    private func error(_ text: String) throws -> ImportError {
        try ImportSamples.error { _ = try poses(text) }
    }

    @Test("Comments, empty lines, blanks of any kind, carriage returns, a mark, no last line break")
    func lines() throws {
        let expected = [
            ImportSamples.pose(10_500_000_000, 1, 2, 3, line: 2),
            ImportSamples.pose(
                10_750_000_000, -1, 0, 0.5, Quaternion(x: 0.5, y: 0.25, z: -0.5, w: 0.75), line: 5),
        ]
        let first = "10.5 1 2 3 0 0 0 1"
        let second = "  10.75\t-1 0 0.5  0.5 +.25 -5e-1 0.75 "
        for ending in ["\n", "\r\n"] {
            for last in ["", ending, ending + ending + "# end"] {
                for mark in ["", "\u{FEFF}"] {
                    let text = [mark + "# x", first, " \t", "  # indented", second].joined(separator: ending)
                    #expect(try poses(text + last) == expected, "\(ending.debugDescription)")
                }
            }
        }
    }

    @Test("A comment may be long, and need not be UTF-8")
    func comments() throws {
        let comment: [UInt8] = [0x23, 0xE9] + Array(repeating: 0x2E, count: 10_000) + [0x0A]
        let bytes = MCAPBytes(comment + Array("1 2 3 4 0 0 0 1".utf8))
        #expect(try TUMReader.poses(of: bytes) == [ImportSamples.pose(1_000_000_000, 2, 3, 4, line: 2)])
    }

    @Test(
        "Timestamps are decimals, exact to the nanosecond",
        arguments: [
            ("1305031098.6659", 1_305_031_098_665_900_000),
            ("1305031098.123456789", 1_305_031_098_123_456_789),
            ("1.3e9", 1_300_000_000_000_000_000), ("1.305031098123456789E+9", 1_305_031_098_123_456_789),
            ("13050310981234567.89e-7", 1_305_031_098_123_456_789), ("0.0000000005", 0),
            ("0.0000000015", 2), ("0.00000000050000000000000000000001", 1), ("-0.0000000025", -2),
            ("-1.5", -1_500_000_000),
            (".5", 500_000_000), ("5.", 5_000_000_000), ("+7", 7_000_000_000), ("-0", 0),
            ("0e999999999999999999999", 0),
            ("1e-999999999999999999999", 0), ("9223372036.854775807", Int64.max),
            ("-9223372036.854775808", Int64.min),
        ])
    func times(text: String, nanoseconds: Int64) throws {
        #expect(try poses("\(text) 0 0 0 0 0 0 1").first?.timeNanoseconds == nanoseconds)
    }

    @Test("Every error names its line")
    func errors() throws {
        #expect(
            try error("# nothing\n") == .noPose(expected: "lines with timestamp tx ty tz qx qy qz qw"))
        let columns = ["timestamp", "tx", "ty", "tz", "qx", "qy", "qz", "qw"]
        #expect(
            try error("1 2 3 4 5 6 7") == .columns(line: 1, expected: columns, isOpen: false, found: 7))
        #expect(
            try error("# a\n\n1 2 3 4 5 6 7 8 9\n")
                == .columns(line: 3, expected: columns, isOpen: false, found: 9))
        #expect(try error("1 2 x 4 0 0 0 1") == .notANumber(line: 1, column: "ty", found: "x"))
        #expect(try error("1 2 3 0x4 0 0 0 1") == .notANumber(line: 1, column: "tz", found: "0x4"))
        #expect(
            try error("1 nan 3 4 0 0 0 1") == .notFinite(.line(1), field: "tx", found: "nan"))
        #expect(
            try error("1 2 3 4 0 0 1e999 1") == .notFinite(.line(1), field: "qz", found: "1e999"))
        let long = String(repeating: "9", count: 5000)
        #expect(
            try error("1 2 3 4 0 0 0 1\n\(long) 2")
                == .lineTooLong(line: 2, sizeBytes: 5002, limit: 4096))
        #expect(
            try error("1 2 3 \(long.prefix(60))x 0 0 0 1")
                == .notANumber(line: 1, column: "tz", found: String(long.prefix(40))))
    }

    @Test(
        "What is no time is an error of its own kind",
        arguments: ["0x10", "e5", ".", "-", "1e", "1e+", "1..2", "1.2.3", "1,5", "１", "1e5e5", "infinit"])
    func wrongTimes(text: String) throws {
        #expect(
            try error("\(text) 2 3 4 0 0 0 1")
                == .notANumber(line: 1, column: "timestamp", found: text))
    }

    @Test("Times that are not finite, or beyond 64 bits of nanoseconds")
    func timesOutOfRange() throws {
        for text in ["nan", "inf", "-Infinity"] {
            #expect(
                try error("\(text) 2 3 4 0 0 0 1")
                    == .notFinite(.line(1), field: "timestamp", found: text))
        }
        for text in [
            "9223372036.854775808", "-9223372036.8547758086", "1e12", "1403636580838555648", "1e400",
            "9223372036.8547758075", "18446744073.709551616", "99999999999.999999999",
        ] {
            #expect(
                try error("# a\n\(text) 2 3 4 0 0 0 1")
                    == .timeOutOfRange(.line(2), found: "\(text) s"))
        }
    }

    @Test("What is not text is told with its line")
    func notText() throws {
        let bytes = MCAPBytes(Array("1 2 3 4 0 0 0 1\n1 ".utf8) + [0xC3, 0x28])
        let error = try ImportSamples.error { _ = try TUMReader.poses(of: bytes) }
        #expect(error == .notText(line: 2))
    }

    @Test(
        "A recorded path becomes a trace",
        .enabled(
            if: FileManager.default.fileExists(atPath: recordedPath.path),
            "the recorded path is not part of the repository"))
    func aRecordedPath() throws {
        let poses = try TUMReader.poses(of: MCAPBytes(contentsOf: recordedPath.path))
        let frames = try PathImport.frames(of: poses, options: ImportOptions(scale: 8))
        #expect(frames.count == 3000)
        #expect(frames[0].camera.position == WorldPoint(1.3563 * 8, 0.6305 * 8, 1.638 * 8))
        // The file has four decimals.
        #expect(frames.allSatisfy { $0.engineTimeNanoseconds % 100_000 == 0 })
        #expect(try TraceReader(TraceSamples.bytes(frames)).allFrames() == frames)
    }
}
