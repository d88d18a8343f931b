import Foundation
import Recording
import Streaming
import Testing
import Topology
import Voxels

/// A scenario of a few lines for tests.
func scenario(_ rest: String, start: String = "[0, 64, 0]") throws -> Scenario {
    try Scenario(text: scenarioText(rest, start: start), file: "test.scenario.toml")
}

func scenarioText(_ rest: String, start: String = "[0, 64, 0]") -> String {
    """
    format = 1
    purpose = "a test"
    preset = "classic"
    seed = 42
    frames_per_second = 60
    start = \(start)
    \(rest)
    """
}

@Suite struct ScenarioTests {
    /// The scenario that explains the format, beside the traces of the repository.
    private static var tour: String {
        get throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            return try String(contentsOf: root.appending(path: "Traces/tour.scenario.toml"), encoding: .utf8)
        }
    }

    @Test func theTourIsAlwaysTheSameBytes() throws {
        let frames = try Scenario(text: Self.tour, file: "tour").frames()
        #expect(frames.count == 300)
        let bytes = try TraceSamples.bytes(frames)
        #expect(try TraceSamples.bytes(Scenario(text: Self.tour, file: "tour").frames()) == bytes)
        #expect(try TraceReader(bytes).allFrames() == frames)
        #expect(frames[0].events.count == 1 && frames[0].session == 0)
        #expect(frames[40].events == [.edit(box([10, 70, 0], [11, 71, 1]), .lamp)])
        #expect(frames[120].events.count == 9)
        #expect(frames[160].budgets?.total == 48)
        guard case .configure(let reloaded) = frames[180].events.first else {
            Issue.record("expected a configuration")
            return
        }
        #expect(reloaded.resolution == 24 && reloaded.budgets.total == 48 && reloaded.levels == 3)
        #expect(frames[230].events == [.sessionEnd] && frames[231].session == 0)
        guard case .sessionStart(let second) = frames[240].events.first else {
            Issue.record("expected a session")
            return
        }
        #expect(second.worldSeed == 7 && second.levels == 2 && frames[240].session == 1)
    }

    @Test func aRunningSessionEndsWhereTheNextStarts() throws {
        let frames = try scenario(
            """
            [[camera]]
            move = "hold"
            frames = 3
            [[event]]
            frame = 1
            load_chunk = [1, 2, 3]
            [[event]]
            frame = 1
            new_session = {}
            """
        ).frames()
        var configuration = Configuration.classic
        configuration.worldSeed = 42
        #expect(
            frames[1].events == [
                .sessionEnd, .sessionStart(configuration), .chunkLoad(ChunkCoordinate(1, 2, 3)),
            ])
        #expect(frames.map(\.session) == [0, 1, 1])
        #expect(frames.map(\.engineTimeNanoseconds) == [0, 16_666_666, 33_333_333])
    }

    @Test func positionsAreThoseOfTheSegmentAndNotSummedUp() throws {
        let frames = try scenario(
            """
            [[camera]]
            move = "walk"
            direction = [0, 0, -2]
            frames = 60
            [[camera]]
            move = "fly"
            toward = [0, 64, 0]
            speed = 60
            frames = 10
            [[camera]]
            move = "jitter"
            around = [8, 64, 0]
            amplitude = 0.5
            period = 2
            frames = 6
            [[camera]]
            move = "teleport"
            to = [-100, 64, 3]
            frames = 2
            [[camera]]
            move = "hold"
            frames = 1
            """
        ).frames()
        let positions = frames.map(\.camera.position)
        #expect(positions[0] == WorldPoint(0, 64, 0))
        #expect(positions[30] == WorldPoint(0, 64, -(4.3 * 30 / 60)))
        #expect(positions[60] == WorldPoint(0, 64, -4.3))
        #expect(positions[61] == WorldPoint(0, 64, -4.3 + 1))
        #expect(positions[65...69].allSatisfy { $0 == WorldPoint(0, 64, 0) })
        #expect(positions[70...75].map(\.x) == [7.5, 7.5, 8.5, 8.5, 7.5, 7.5])
        #expect(positions[76...78].allSatisfy { $0 == WorldPoint(-100, 64, 3) })
    }

    @Test func theCameraTurnsAndLooksWhereItGoes() throws {
        let frames = try scenario(
            """
            [[camera]]
            move = "walk"
            direction = [-1, 0, 0]
            frames = 1
            [[camera]]
            move = "look"
            degrees = 180
            frames = 4
            [[camera]]
            move = "hold"
            frames = 1
            """
        ).frames()
        // A quarter to the left, then half a turn on: 270 degrees, half of which is 135.
        let start = frames[0].camera.orientation
        let end = frames[5].camera.orientation
        #expect(abs(start.y - 0.5.squareRoot()) < 1e-15 && abs(start.w - 0.5.squareRoot()) < 1e-15)
        #expect(abs(end.y - 0.5.squareRoot()) < 1e-15 && abs(end.w + 0.5.squareRoot()) < 1e-15)
    }

    @Test func seeds() throws {
        let rest = "[[camera]]\nmove = \"hold\"\nframes = 1"
        for (text, seed) in [
            ("0", 0), ("9223372036854775807", UInt64(Int64.max)), ("\"0xffffffffffffffff\"", .max),
        ] as [(String, UInt64)] {
            let text = scenarioText(rest).replacingOccurrences(of: "seed = 42", with: "seed = \(text)")
            #expect(try Scenario(text: text, file: "seeds").configuration.worldSeed == seed)
        }
    }

    private func box(_ lower: [Int64], _ upper: [Int64]) -> VoxelBox {
        VoxelBox(
            lower: VoxelCoordinate(lower[0], lower[1], lower[2]),
            upper: VoxelCoordinate(upper[0], upper[1], upper[2]))
    }
}
