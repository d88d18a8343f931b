import Recording
import Streaming
import Testing
import Topology

@Suite("Ground truth in the format of EuRoC")
struct EuRoCReaderTests {
    private func poses(_ text: String) throws -> [TimedPose] {
        try EuRoCReader.poses(of: ImportSamples.bytes(text))
    }

    private func error(_ text: String) throws -> ImportError {
        try ImportSamples.error { _ = try poses(text) }
    }

    @Test("The scalar part stands first, further columns are ignored")
    func columns() throws {
        let header = "#timestamp [ns], p_RS_R_x [m], p_RS_R_y [m], p_RS_R_z [m], q_RS_w [], q_RS_x [], ..."
        let full = "1403636580838555648,4.688319,-1.786938,0.783338,0.534108,-0.153029,-0.827383,-0.082152,"
        let expected = [
            TimedPose(
                timeNanoseconds: 1_403_636_580_838_555_648,
                position: WorldPoint(4.688319, -1.786938, 0.783338),
                orientation: Quaternion(x: -0.153029, y: -0.827383, z: -0.082152, w: 0.534108),
                place: .line(2)),
            TimedPose(
                timeNanoseconds: 1_403_636_580_843_555_648, position: WorldPoint(1, 2, 3),
                orientation: Quaternion(x: 0, y: 0.6, z: 0.8, w: 0), place: .line(4)),
        ]
        let short = " 1403636580843555648 , 1, 2,\t3 ,0, 0,0.6,0.8"
        for ending in ["\n", "\r\n"] {
            for last in ["", ending] {
                let lines = [header, full + "-0.027876,0.033207,x", "", short]
                #expect(try poses(lines.joined(separator: ending) + last) == expected)
            }
        }
    }

    @Test("Times are integers, none of them through a Double")
    func times() throws {
        for time in [0, 1, -1, Int64.max, .min, 1_403_636_580_838_555_649] {
            #expect(try poses("\(time),0,0,0,1,0,0,0").first?.timeNanoseconds == time)
        }
        for text in ["1.0", "1e9", "x", "", "-", "0x1", "+1", "1 2", "nan"] {
            #expect(
                try error("#\n\(text),0,0,0,1,0,0,0")
                    == .notAnInteger(line: 2, column: "timestamp", found: text))
        }
        for text in ["9223372036854775808", "-9223372036854775809", "99999999999999999999"] {
            #expect(
                try error("\(text),0,0,0,1,0,0,0") == .timeOutOfRange(.line(1), found: "\(text) ns"))
        }
    }

    @Test("Every error names its line")
    func errors() throws {
        let columns = ["timestamp", "p_x", "p_y", "p_z", "q_w", "q_x", "q_y", "q_z"]
        #expect(
            try error("#timestamp\n")
                == .noPose(expected: "lines with timestamp, p_x, p_y, p_z, q_w, q_x, q_y, q_z"))
        #expect(
            try error("1,2,3,4,5,6,7\n") == .columns(line: 1, expected: columns, isOpen: true, found: 7))
        #expect(
            try error("1 2 3 4 1 0 0 0") == .columns(line: 1, expected: columns, isOpen: true, found: 1))
        #expect(try error("\n1,,3,4,1,0,0,0") == .notANumber(line: 2, column: "p_x", found: ""))
        #expect(try error("1,2,3,4,1,0,y,0") == .notANumber(line: 1, column: "q_y", found: "y"))
        #expect(
            try error("1,2,3,4,inf,0,0,0") == .notFinite(.line(1), field: "q_w", found: "inf"))
    }
}
