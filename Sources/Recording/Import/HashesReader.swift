import Hashing
package import Streaming
import Topology

/// Reads the stage hashes of an engine's run: lines of `frame, stage, digest`, or of `frame, stage, digest, x, y, z` with the camera's
/// position in blocks. Lines that begin with `#` are comments.
///
/// Frames ascend, and the lines of one stand together. Every frame has the same stages in the same order: the order in which the engine goes
/// through them. A digest is 1 to 16 hexadecimal digits, with `0x` before them or without; that of a stage called `frame`, which is the
/// whole frame's, has 32. Frames that are not there are a gap.
package enum HashesReader {
    private static let columns = ["frame", "stage", "digest"]
    private static let position = ["x", "y", "z"]
    /// The name of what stands for the whole frame.
    private static let wholeFrame = "frame"

    /// A recording of the smallest kind: frames, cameras, checkpoints.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - engine: the engine's name and version.
    ///   - digestVersion: the engine's own number of its digests' version.
    ///   - configuration: what the session is said to be configured by.
    /// - Returns: at least one frame.
    /// - Throws: ``ImportError`` with the line.
    package static func frames(
        of bytes: MCAPBytes, engine: String, digestVersion: UInt32 = 1, configuration: Configuration
    ) throws(ImportError) -> [FrameInput] {
        guard (1...TraceFormat.maximumEngineNameBytes).contains(engine.utf8.count) else {
            throw .invalidOption(
                expected: "a name of 1...\(TraceFormat.maximumEngineNameBytes) bytes", found: engine)
        }
        var lines = try PathLines(bytes, separator: .comma)
        var list = BoundedList<FrameInput>(of: "frames")
        var stages: [String]?
        var open: Open?
        while let line = try lines.next() {
            let row = try Row(line)
            if let current = open, current.frame != row.frame {
                guard row.frame > current.frame else {
                    throw .frameOrder(line: line.number, previous: current.frame, found: row.frame)
                }
                try list.append(try current.input(&stages, digestVersion))
                open = nil
            }
            var current = open ?? Open(frame: row.frame, line: line.number)
            try current.add(row, line.number)
            open = current
        }
        if let open { try list.append(try open.input(&stages, digestVersion)) }
        var frames = try list.nonEmpty(expected: "lines with \(columns.joined(separator: ", "))")
        frames[0].events = [
            .sessionStart(configuration),
            .engine(Engine(name: engine, stages: stages ?? [], hasOwnVoxels: true)),
        ]
        for index in frames.indices.dropFirst() {
            frames[index].missedFrames = frames[index].frame - frames[index - 1].frame - 1
        }
        return frames
    }

    /// One line.
    private struct Row {
        var frame: Int32
        var stage: String
        var digest: Substring
        var position: WorldPoint?

        init(_ line: PathLine) throws(ImportError) {
            try line.requireColumns(HashesReader.columns, isOpen: true)
            let number = try line.nanoseconds(in: 0, HashesReader.columns[0])
            guard number >= 0, number < Model.frameLimit else {
                throw .columnRange(
                    line: line.number, column: "frame", found: "\(number)",
                    allowed: "0...\(Model.frameLimit - 1)")
            }
            frame = Int32(number)
            stage = String(line.fields[1])
            guard (1...TraceFormat.maximumNameBytes).contains(stage.utf8.count) else {
                throw .columnRange(
                    line: line.number, column: "stage", found: String(stage.prefix(40)),
                    allowed: "a name of 1...\(TraceFormat.maximumNameBytes) bytes")
            }
            let text = line.fields[2]
            digest = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text
            guard line.fields.count > 3 else { return }
            try line.requireColumns(HashesReader.columns + HashesReader.position)
            let values = try line.numbers(HashesReader.position, from: 3)
            position = WorldPoint(values[0], values[1], values[2])
        }
    }

    /// A frame of which not all lines may have been met.
    private struct Open {
        var frame: Int32
        var line: Int
        var names: [String] = []
        var digests: [Digest64] = []
        var whole: Digest128?
        var position: WorldPoint?

        init(frame: Int32, line: Int) {
            self.frame = frame
            self.line = line
        }

        mutating func add(_ row: Row, _ line: Int) throws(ImportError) {
            if let given = row.position {
                guard position == nil || position == given else {
                    throw .columnRange(
                        line: line, column: "x, y, z", found: "\(given)",
                        allowed: "the position of the frame's lines before")
                }
                position = given
            }
            let digits = row.digest.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
            }
            let shown = String(row.digest.prefix(40))
            if row.stage == HashesReader.wholeFrame {
                guard digits, let digest = Digest128(hexadecimal: row.digest.lowercased()), whole == nil
                else {
                    throw .columnRange(
                        line: line, column: "digest", found: shown,
                        allowed: "32 hexadecimal digits, once for a frame")
                }
                whole = digest
                return
            }
            guard digits, (1...16).contains(row.digest.utf8.count), let value = UInt64(row.digest, radix: 16)
            else {
                throw .columnRange(
                    line: line, column: "digest", found: shown, allowed: "1 to 16 hexadecimal digits")
            }
            guard !names.contains(row.stage), names.count < TraceFormat.maximumStages else {
                throw .columnRange(
                    line: line, column: "stage", found: row.stage,
                    allowed: "a stage once for a frame, and at most \(TraceFormat.maximumStages)")
            }
            names.append(row.stage)
            digests.append(Digest64(value))
        }

        func input(_ stages: inout [String]?, _ digestVersion: UInt32) throws(ImportError) -> FrameInput {
            guard stages == nil || stages == names else {
                throw .columnRange(
                    line: line, column: "stage", found: names.joined(separator: " "),
                    allowed: "the stages of the first frame: " + (stages ?? []).joined(separator: " "))
            }
            stages = names
            var input = FrameInput(frame: frame, camera: Camera(position: position ?? WorldPoint(0, 0, 0)))
            input.checkpoint = Checkpoint(digestVersion: digestVersion, stages: digests, frame: whole)
            return input
        }
    }
}
