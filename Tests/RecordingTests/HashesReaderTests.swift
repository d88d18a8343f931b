import Hashing
import Streaming
import Testing
import Topology

@testable import Recording

@Suite("Stage hashes of an engine")
struct HashesReaderTests {
    private func frames(_ text: String) throws -> [FrameInput] {
        try HashesReader.frames(of: ImportSamples.bytes(text), engine: "e 1", configuration: .classic)
    }

    private func error(_ text: String) throws -> ImportError {
        try ImportSamples.error { _ = try frames(text) }
    }

    @Test("Frames, stages and digests become checkpoints, missing frames gaps")
    func checkpoints() throws {
        let text = """
            # frame, stage, digest, x, y, z
            3, snap, 1f, 1, 2.5, -3
            3, select, 0xFFFFFFFFFFFFFFFF
            3, frame, 000102030405060708090a0b0c0d0e0f
            4,snap,0
            4,select,1

            7, snap, 2, 4, 5, 6
            7, select, 3, 4, 5, 6
            """
        let found = try frames(text)
        #expect(found.map(\.frame) == [3, 4, 7] && found.map(\.missedFrames) == [0, 0, 2])
        #expect(
            found[0].camera.position == WorldPoint(1, 2.5, -3)
                && found[2].camera.position == WorldPoint(4, 5, 6))
        #expect(
            found[0].checkpoint
                == Checkpoint(
                    digestVersion: 1, stages: [Digest64(0x1f), Digest64(.max)],
                    frame: Digest128(hexadecimal: "000102030405060708090a0b0c0d0e0f")))
        #expect(
            found[0].events == [
                .sessionStart(.classic),
                .engine(Engine(name: "e 1", stages: ["snap", "select"], hasOwnVoxels: true)),
            ])
        let bytes = try TraceSamples.bytes(found)
        #expect(try TraceReader(bytes).allFrames() == found)
    }

    @Test("Every error names its line")
    func errors() throws {
        #expect(try error("# nothing\n") == .noPose(expected: "lines with frame, stage, digest"))
        #expect(
            try error("0,a")
                == .columns(line: 1, expected: ["frame", "stage", "digest"], isOpen: true, found: 2))
        #expect(
            try error("0,a,1,2,3")
                == .columns(
                    line: 1, expected: ["frame", "stage", "digest", "x", "y", "z"], isOpen: false, found: 5))
        #expect(try error("x,a,1") == .notAnInteger(line: 1, column: "frame", found: "x"))
        let limit = "0...\(Model.frameLimit - 1)"
        #expect(
            try error("-1,a,1") == .columnRange(line: 1, column: "frame", found: "-1", allowed: limit))
        #expect(
            try error("2147483648,a,1")
                == .columnRange(line: 1, column: "frame", found: "2147483648", allowed: limit))
        #expect(try error("1,a,1\n0,a,1") == .frameOrder(line: 2, previous: 1, found: 0))
        let digits = "1 to 16 hexadecimal digits"
        for text in ["g", "", "0x", "11112222333344445", "-1", "+1"] {
            let shown = text.hasPrefix("0x") ? "" : text
            #expect(
                try error("0,a,\(text)")
                    == .columnRange(line: 1, column: "digest", found: shown, allowed: digits))
        }
        let whole = "32 hexadecimal digits, once for a frame"
        #expect(
            try error("0,a,1\n0,frame,12")
                == .columnRange(line: 2, column: "digest", found: "12", allowed: whole))
        #expect(
            try error("0,a,1\n0,a,1")
                == .columnRange(
                    line: 2, column: "stage", found: "a", allowed: "a stage once for a frame, and at most 64")
        )
        #expect(
            try error("0,a,1\n1,b,1")
                == .columnRange(
                    line: 2, column: "stage", found: "b", allowed: "the stages of the first frame: a"))
        #expect(
            try error("0,,1")
                == .columnRange(line: 1, column: "stage", found: "", allowed: "a name of 1...64 bytes"))
        guard case .columnRange(2, "x, y, z", _, _) = try error("0,a,1,1,2,3\n0,b,1,1,2,4") else {
            Issue.record("two positions of one frame are taken")
            return
        }
        #expect(try error("0,a,1,1,nan,3") == .notFinite(.line(1), field: "y", found: "nan"))
    }

    @Test("An engine has a name")
    func name() throws {
        for name in ["", String(repeating: "x", count: 201)] {
            #expect(throws: ImportError.self) {
                try HashesReader.frames(
                    of: ImportSamples.bytes("0,a,1"), engine: name, configuration: .classic)
            }
        }
    }
}
