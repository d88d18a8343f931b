import Foundation
import Testing

/// The program in Python that computes digests from the text of the documentation alone.
@Suite(
    "digests.py, a second implementation of the digests",
    .enabled(
        if: Python.isUsable, "no python3 with xxhash: `Scripts/test` installs it, or `pip install xxhash`"))
struct DigestScriptTests {
    /// Frames of the run below, and what is met in them, as it stands in their dumps.
    private static let frames: [(frame: Int, meets: [String])] = [
        (0, ["\"kind\":\"sessionStart\"", "\"previous\":null"]),
        // The first rebuild leaves casts of the old epoch in flight, the second fills the 2048 places.
        (1, ["\"kind\":\"configure\"", "\"epoch\":2", "\"before\":null", "\"inFlight\":2048"]),
        (2, ["\"epoch\":3", "\"lifecycle\":\"Queued\"", "\"dispatched\":\\[\\]"]),
        (32, [#""expired":"[1-9a-f]"#, "\"lifecycle\":\"Queued\"", "\"ticket\":3"]),
        (60, ["\"disposition\":\"dropped\"", #""payloadLeaf":"[1-9a-f]"#]),
        (66, ["\"kind\":\"edit\"", #""byBox":"[1-9a-f]"#, "\"afterFlight\":\\[\"dirty\",\"disable\"\\]"]),
        (67, ["\"disposition\":\"disabled\"", "\"disposition\":\"dirtied\"", "\"disposition\":\"stored\""]),
        (70, ["\"kind\":\"invalidate\"", "\"lower\":\\[-0.5,"]),
        (74, ["\"kind\":\"chunkUnload\"", #""content":"[1-9a-f]"#]),
        (76, ["\"disposition\":\"aborted\"", "\"outcome\":\"aborted\"", "\"retryAfter\":136"]),
        (80, [#""byLayout":"[1-9a-f]"#, "\"layoutVersion\":2"]),
        (86, [#""leaving":"[1-9a-f]"#, #""byEntry":"[1-9a-f]"#]),
        (90, ["\"kind\":\"sessionEnd\"", "\"configuration\":null", "\"levels\":\\[\\]"]),
        (92, ["\"kind\":\"sessionStart\"", "\"session\":1"]),
    ]

    /// Height 200: there is only air, so that all of 8^3 cells in two levels are cast.
    private static let scenario = """
        format = 1
        purpose = "everything that a digest covers, in two windows of eight cells"
        preset = "classic"
        seed = "0xfedcba9876543210"
        frames_per_second = 60
        start = [0.5, 200.0, 0.5]

        [config]
        resolution = 8
        levels = 2
        level_budgets = [512, 512]
        total_budget = 1024
        cast_latency_frames = 60

        [[camera]]
        move = "hold"
        frames = 84

        [[camera]]
        move = "fly"
        frames = 12
        direction = [1, 0, 0]
        speed = 120

        [[event]]
        frame = 1
        configure = { base_spacing = 3.0 }

        [[event]]
        frame = 2
        configure = { base_spacing = 2.0 }

        [[event]]
        frame = 34
        configure = { cast_latency_frames = 2 }

        [[event]]
        frame = 65
        invalidate = { min = [-9.0, 190.0, -9.0], max = [9.0, 210.0, 9.0] }

        [[event]]
        frame = 66
        edit = { min = [-4, 196, -4], max = [4, 204, 5], material = "lamp" }

        [[event]]
        frame = 67
        edit = { min = [0, 196, -4], max = [4, 204, 5], material = "air" }

        [[event]]
        frame = 67
        invalidate = { min = [10.0, 190.0, 10.0], max = [14.0, 210.0, 14.0] }

        [[event]]
        frame = 70
        invalidate = { min = [-0.5, 199.5, -0.5], max = [4.25, 203.0, 0.0] }

        [[event]]
        frame = 74
        unload_chunk = [0, 6, 0]

        [[event]]
        frame = 80
        configure = { layout_version = 2 }

        [[event]]
        frame = 90
        end_session = true

        [[event]]
        frame = 92
        new_session = { seed = 5 }
        """

    private static let trace = "all.mcap"
    private static let recorded: Result<[UInt8], any Error> = Result {
        let workspace = try Workspace(["all.scenario.toml": Array(scenario.utf8)])
        let outcome = try workspace.run(["record", "all.scenario.toml", "-o", trace])
        try #require(outcome.code == 0, "\(outcome)")
        return try workspace.bytes(trace)
    }

    private static let dumpOfFrame67: Result<String, any Error> = Result {
        try dump(67, in: try Workspace([trace: try recorded.get()]))
    }

    private static func dump(_ frame: Int, in workspace: Workspace) throws -> String {
        let outcome = try workspace.run(["replay", trace, "--dump-frame", "\(frame)"])
        try #require(outcome.code == 0, "\(outcome)")
        return outcome.output
    }

    @Test("computes all digests of frames that meet everything")
    func agrees() throws {
        let workspace = try Workspace([DigestScriptTests.trace: try DigestScriptTests.recorded.get()])
        for (frame, meets) in DigestScriptTests.frames {
            let text = try DigestScriptTests.dump(frame, in: workspace)
            for pattern in meets {
                #expect(
                    text.range(of: pattern, options: .regularExpression) != nil,
                    "frame \(frame) does not meet \(pattern)")
            }
            try workspace.write(text, to: "frame-\(frame).jsonl")
        }
        let names = DigestScriptTests.frames.map { "frame-\($0.frame).jsonl" }
        let outcome = try Python.digests(names.map(workspace.path))
        #expect(outcome.code == 0, "\(outcome.text)")
        let lines = outcome.text.split(separator: "\n")
        #expect(lines.count == names.count)
        for (line, frame) in zip(lines, DigestScriptTests.frames.map(\.frame)) {
            #expect(line.contains(": frame \(frame) agrees: "))
        }
    }

    /// One value of the dump of frame 67 that is changed, where it stands first, and where the script says it is.
    private static let changes: [(name: String, pattern: String, instead: String, place: String)] = [
        ("a field of a state", #"("changedIn":"dirty".*?"generation":)\d+"#, "$1 77", "dirty, level 0"),
        (
            "a lifecycle after the frame", #"(\n\{"level":1,"cell".*?"lifecycle":)"\w+""#, "$1\"Stale\"",
            "level 1"
        ),
        ("a bit of a payload", #"("sh.gY":"[^"]*0x)...."#, "$1 1234", "payload record"),
        ("the due frame of a cast", #"(\n\{"flight":.*?"due":)\d+"#, "$1 99", "flight "),
        ("the camera's cell of a level", #"("cameraCell":\[)(-?\d+)(,[^\n]*"minimum")"#, "$1 9$3", "level 0"),
        ("the list of the selected", #"("selected":\[\{"level":)\d"#, "$1 7", "stage select"),
        ("a box of an event", #"("upper":\[)4"#, "$1 5", "stage input"),
        ("a counter of the queue", #"("nextTicket":)\d+"#, "$1 1", "stage shift"),
        ("a key of the configuration", #"("reanchorDistance":)0.0"#, "$1 0.5", "stage input"),
        ("what became of a result", #"("disposition":)"\w+""#, "$1\"aborted\"", "stage commit"),
        ("the number of the frame", #"(\{"frame":)67"#, "$1 68", "digest of the frame"),
        ("a stored leaf", #"("stateLeaf":")...."#, "$1abcd", "state leaf"),
    ]

    @Test("names the place of a value that was changed", arguments: changes.indices)
    func differs(index: Int) throws {
        let change = DigestScriptTests.changes[index]
        let workspace = try Workspace()
        let text = try DigestScriptTests.dumpOfFrame67.get()
        let place = try #require(
            text.range(of: change.pattern, options: .regularExpression), "\(change.name): found nothing")
        let found = String(text[place])
        let changed = found.replacingOccurrences(
            of: "^(?s)" + change.pattern, with: change.instead.replacingOccurrences(of: "$1 ", with: "$1"),
            options: .regularExpression)
        try #require(changed != found, "\(change.name): nothing was changed")
        let name = "changed-\(index).jsonl"
        try workspace.write(text.replacingCharacters(in: place, with: changed), to: name)
        let outcome = try Python.digests([workspace.path(name)])
        #expect(outcome.code == 1, "\(change.name): \(outcome.text)")
        #expect(outcome.text.contains(change.place), "\(change.name): \(outcome.text)")
        #expect(outcome.text.contains("computed "), "\(change.name): \(outcome.text)")
    }
}

/// The system's Python, with the xxhash that Scripts/test has put into .build/python, or its own.
private enum Python {
    static let isUsable = (try? run(["-c", "import xxhash"]))?.code == 0

    static func digests(_ dumps: [String]) throws -> (code: Int32, text: String) {
        let script = Sample.repository.appendingPathComponent("Tests/Documentation/digests.py").path
        return try run([script] + dumps)
    }

    private static func run(_ arguments: [String]) throws -> (code: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        var environment = ProcessInfo.processInfo.environment
        let own = Sample.repository.appendingPathComponent(".build/python").path
        environment["PYTHONPATH"] = [environment["PYTHONPATH"], own].compactMap { $0 }.joined(separator: ":")
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        process.environment = environment
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
