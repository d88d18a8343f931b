import Foundation
import Recording
import Streaming
import Testing
import Topology

@Suite("A trace as a path of poses")
struct TUMExportTests {
    /// The repository that the tests stand in.
    private static let traces = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Traces")

    private func lines(
        _ frames: [FrameInput], name: String = "a.mcap"
    ) throws -> (clock: TUMExport.Clock, lines: [String]) {
        let trace = TraceReader(try TraceSamples.bytes(frames))
        let clock = try TUMExport.clock(of: trace)
        var lines: [String] = []
        try TUMExport.write(trace, name: name, clock: clock) { lines.append($0) }
        return (clock, lines)
    }

    private func expectRoundTrip(_ frames: [FrameInput], _ comment: Comment) throws {
        let (clock, lines) = try lines(frames)
        #expect(clock == .engine, comment)
        let poses = try TUMReader.poses(of: ImportSamples.bytes(lines.joined(separator: "\n") + "\n"))
        let back = try PathImport.frames(of: poses, options: ImportOptions())
        #expect(back.count == frames.count, comment)
        let start = try #require(frames.first).engineTimeNanoseconds
        for (a, b) in zip(frames, back) {
            // Compared as bits: a trace has no -0.0.
            func bits(_ camera: Camera) -> [UInt64] {
                let (p, q) = (camera.position, camera.orientation)
                return [p.x, p.y, p.z, q.x, q.y, q.z, q.w].map { ($0 + 0).bitPattern }
            }
            #expect(bits(a.camera) == bits(b.camera), comment)
            #expect(a.engineTimeNanoseconds - start == b.engineTimeNanoseconds, comment)
        }
    }

    @Test("Imported again, every trace of the repository has the same cameras and times, bit for bit")
    func repository() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: TUMExportTests.traces.path)
            .filter { $0.hasSuffix(".mcap") }.sorted()
        #expect(names.count >= 10)
        for name in names {
            let trace = try TraceReader(contentsOf: TUMExportTests.traces.appending(path: name).path)
            try expectRoundTrip(try trace.allFrames(), "\(name)")
        }
    }

    @Test("So has a path of odd numbers", arguments: [1, 2, 3] as [UInt64])
    func oddNumbers(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var time = Int64.random(in: -5_000_000_000...5_000_000_000, using: &generator)
        let frames = (0..<200).map { index in
            func number(_ limit: Double) -> Double {
                let value = Double(bitPattern: generator.next())
                return value.isFinite && abs(value) <= limit ? value : .random(in: -1...1, using: &generator)
            }
            time += Int64.random(in: 1...1_000_000_000, using: &generator)
            return FrameInput(
                frame: Int32(index), engineTimeNanoseconds: time,
                camera: Camera(
                    position: WorldPoint(number(4e9), number(4e9), number(4e9)),
                    orientation: Quaternion(
                        x: number(.infinity), y: number(.infinity), z: number(.infinity),
                        w: number(.infinity))),
                events: index == 0 ? [.sessionStart(.classic)] : [])
        }
        try expectRoundTrip(frames, "seed \(seed)")
    }

    @Test("The first line says what it is of and in which units, whatever the trace is called")
    func comment() throws {
        let (_, lines) = try lines(TraceSamples.plain(0..<2), name: "a\n1 2 3 4 0 0 0 1\n.mcap")
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("# lumon-replay trace export of \"a\\n1 2 3"))
        #expect(lines[0].hasSuffix("timestamp tx ty tz qx qy qz qw; seconds, blocks"))
        #expect(lines[2] == "0.020000000 1.0 64.0 0.0 0.0 0.0 0.0 1.0")
    }

    @Test("Where the engine's times do not ascend strictly, frames stand a tick apart")
    func ticks() throws {
        for times in [[0, 0, 0], [0, 5, 5], [7, 5, 9], [.max, .min, 0]] as [[Int64]] {
            var frames = TraceSamples.plain(4..<7)
            for (index, time) in times.enumerated() { frames[index].engineTimeNanoseconds = time }
            let (clock, lines) = try lines(frames)
            #expect(clock == .frame)
            #expect(
                lines.dropFirst().map { $0.prefix { $0 != " " } }
                    == ["0.066666668", "0.083333335", "0.100000002"])
        }
        var single = TraceSamples.plain(0..<1)
        single[0].engineTimeNanoseconds = -9
        let (clock, lines) = try lines(single)
        #expect(clock == .engine)
        #expect(lines[1].hasPrefix("-0.000000009 "))
    }

    @Test("A trace that is damaged at its end is found before anything is written")
    func damaged() throws {
        let bytes = try TraceSamples.bytes(TraceSamples.plain(0..<600))
        #expect(throws: TraceError.self) { try TUMExport.clock(of: TraceReader(Array(bytes.dropLast(1)))) }
    }
}
