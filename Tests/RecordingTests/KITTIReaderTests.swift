import Recording
import Streaming
import Testing
import Topology

@Suite("Paths in the format of KITTI")
struct KITTIReaderTests {
    private static let identity = "1 0 0 5 0 1 0 6 0 0 1 7"
    /// A third of a turn about the diagonal: x to y, y to z, z to x.
    private static let cycle = "0 0 1 -1 1 0 0 -2 0 1 0 -3"

    private func poses(_ text: String, _ times: KITTIReader.Times? = nil) throws -> [TimedPose] {
        try KITTIReader.poses(
            of: ImportSamples.bytes(text), times: times ?? .rate(try #require(FrameRate("10"))))
    }

    private func error(_ text: String, _ times: KITTIReader.Times? = nil) throws -> ImportError {
        try ImportSamples.error { _ = try poses(text, times) }
    }

    private func times(_ text: String) throws -> [Int64] {
        try KITTIReader.times(of: ImportSamples.bytes(text))
    }

    @Test("A matrix a line, with times by a rate or out of a list")
    func lines() throws {
        let text = "# matrices\r\n\(KITTIReaderTests.identity)\r\n\n  \(KITTIReaderTests.cycle)"
        var expected = [
            ImportSamples.pose(0, 5, 6, 7, line: 2),
            ImportSamples.pose(
                100_000_000, -1, -2, -3, Quaternion(x: 0.5, y: 0.5, z: 0.5, w: 0.5), line: 4),
        ]
        #expect(try poses(text) == expected)
        expected[0].timeNanoseconds = -3
        expected[1].timeNanoseconds = 8
        #expect(try poses(text, .listed([-3, 8])) == expected)
    }

    @Test("A file of times is read exactly, in either notation")
    func listedTimes() throws {
        #expect(
            try times("0.000000e+00\r\n1.036224e-01\n\n# gap\n2.072448e-01\n0.3108672\n10")
                == [0, 103_622_400, 207_244_800, 310_867_200, 10_000_000_000])
        #expect(try times("# none\n").isEmpty)
    }

    @Test("Errors of the file of times name its lines")
    func wrongTimes() throws {
        func error(_ text: String) throws -> ImportError {
            try ImportSamples.error { _ = try times(text) }
        }
        #expect(
            try error("0\n1 2") == .columns(line: 2, expected: ["time"], isOpen: false, found: 2))
        #expect(try error("0\n\nx") == .notANumber(line: 3, column: "time", found: "x"))
        #expect(try error("inf") == .notFinite(.line(1), field: "time", found: "inf"))
        #expect(try error("1e99") == .timeOutOfRange(.line(1), found: "1e99 s"))
        #expect(
            try error("#\n1\n1.0")
                == .timeNotAscending(.line(3), previous: 1_000_000_000, found: 1_000_000_000))
        let two = "\(KITTIReaderTests.identity)\n\(KITTIReaderTests.cycle)"
        #expect(try self.error(two, .listed([1])) == .timesCount(poses: 2, times: 1))
        #expect(try self.error(two, .listed([1, 2, 3])) == .timesCount(poses: 2, times: 3))
        #expect(try self.error(two, .listed([])) == .timesCount(poses: 2, times: 0))
    }

    @Test("A rate so low that the times leave 64 bits is told with the line")
    func slowRate() throws {
        let lines = Array(repeating: KITTIReaderTests.identity, count: 11).joined(separator: "\n")
        let slow = try #require(FrameRate("0.000000001"))
        #expect(try poses(KITTIReaderTests.identity, .rate(slow)).count == 1)
        #expect(try error(lines, .rate(slow)) == .timeTooLong(.line(11)))
    }

    @Test("What is no rotation is refused with its line, and by how much it is off")
    func noRotations() throws {
        func line(_ r: [Double]) -> String {
            "\n\(r[0]) \(r[1]) \(r[2]) 0 \(r[3]) \(r[4]) \(r[5]) 0 \(r[6]) \(r[7]) \(r[8]) 0"
        }
        // The columns of a table with the translation at the end give other numbers.
        guard case .notOrthonormal(line: 2, let excess) = try error(line([2, 0, 0, 0, 1, 0, 0, 0, 1])) else {
            Issue.record("expected the error of a scaled matrix")
            return
        }
        #expect(excess == 3)
        #expect(
            try error(line([1, 0, 0, 0, 1, 0, 0, 0, -1])) == .reflection(line: 2, determinant: -1))
        #expect(
            try error(line([0, 1, 0, 1, 0, 0, 0, 0, 1])) == .reflection(line: 2, determinant: -1))
        for wrong in [
            [1, 0.002, 0, 0, 1, 0, 0, 0, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1.001], [0, 0, 0, 0, 0, 0, 0, 0, 0],
            [1e200, 0, 0, 0, 1, 0, 0, 0, 1], [1e300, 1e300, 0, 1e300, -1e300, 0, 0, 0, 1],
        ] {
            guard case .notOrthonormal(line: 2, _) = try error(line(wrong)) else {
                Issue.record("\(wrong)")
                continue
            }
        }
        #expect(try poses(line([1, 0.0005, 0, -0.0004, 1, 0, 0, 0, 1.0004])).count == 1)
    }

    @Test("Errors of lines")
    func errors() throws {
        let columns = ["r11", "r12", "r13", "tx", "r21", "r22", "r23", "ty", "r31", "r32", "r33", "tz"]
        #expect(
            try error("# nothing") == .noPose(expected: "lines with \(columns.joined(separator: " "))"))
        #expect(
            try error("\n1 2 3") == .columns(line: 2, expected: columns, isOpen: false, found: 3))
        #expect(
            try error("1 0 0 5 0 1 0 6 0 0 1 x") == .notANumber(line: 1, column: "tz", found: "x"))
        #expect(
            try error("1 0 0 5 0 1 -inf 6 0 0 1 0")
                == .notFinite(.line(1), field: "r23", found: "-inf"))
    }
}

@Suite("Rotation matrices as quaternions")
struct RotationMatrixTests {
    /// The largest difference of two quaternions that mean the same up to their sign.
    private func distance(_ a: Quaternion, _ b: Quaternion) -> Double {
        func largest(_ sign: Double) -> Double {
            [a.x - sign * b.x, a.y - sign * b.y, a.z - sign * b.z, a.w - sign * b.w].map(abs).max() ?? 0
        }
        return min(largest(1), largest(-1))
    }

    @Test("Each of the 24 rotations of a cube comes back as its own matrix")
    func cube() throws {
        var count = 0
        for axes in SignedAxesTests.all {
            let images = [WorldPoint(1, 0, 0), WorldPoint(0, 1, 0), WorldPoint(0, 0, 1)].map(axes.point)
            // The images of the unit vectors are the columns.
            let entries = [\WorldPoint.x, \.y, \.z].flatMap { row in images.map { $0[keyPath: row] } }
            let matrix = RotationMatrix(rows: entries)
            #expect(matrix.excess == nil)
            #expect(matrix.determinant == axes.determinant)
            guard axes.determinant > 0 else { continue }
            count += 1
            let back = ImportSamples.matrix(matrix.quaternion)
            #expect(zip(back, entries).allSatisfy { abs($0 - $1) < 1e-15 }, "\(axes)")
        }
        #expect(count == 24)
    }

    @Test("A random rotation comes back, and is of unit length", arguments: [1, 2, 3] as [UInt64])
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let q = ImportSamples.rotation(&generator)
            let matrix = RotationMatrix(rows: ImportSamples.matrix(q))
            #expect(matrix.excess == nil, "seed \(seed), \(q)")
            let back = matrix.quaternion
            #expect(distance(q, back) < 1e-14, "seed \(seed), \(q)")
            let square = back.x * back.x + back.y * back.y + back.z * back.z + back.w * back.w
            #expect(abs(square - 1) < 1e-15, "seed \(seed), \(q)")
        }
    }

    @Test("Half turns, where the scalar part is near 0, lose no digits", arguments: [4] as [UInt64])
    func halfTurns(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for exponent in 1...16 {
            var q = ImportSamples.rotation(&generator)
            q.w = Double(sign: .plus, exponent: -3 * exponent, significand: 1)
            guard let unit = q.normalized else { continue }
            let back = RotationMatrix(rows: ImportSamples.matrix(unit)).quaternion
            #expect(distance(unit, back) < 1e-14, "seed \(seed), exponent \(exponent)")
        }
    }
}
