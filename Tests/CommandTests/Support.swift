import Foundation
import Testing
import Verification

/// What one run of the program came to.
struct Outcome: CustomStringConvertible {
    var arguments: [String]
    var output: String
    var talk: String
    /// The exit code; nil where a signal ended the program or it took too long.
    var code: Int32?
    /// Why there is no exit code.
    var death: String?

    var description: String {
        "lumon-replay \(arguments.joined(separator: " "))\nexit \(code.map(String.init) ?? death ?? "?")\n"
            + "-- standard output\n\(output.prefix(2000))\n-- standard error\n\(talk.prefix(2000))"
    }

    var outputLines: [String] { output.split(separator: "\n").map(String.init) }

    /// The lines that tell of an error: ours, and those of the parser of arguments.
    var errorLines: [String] {
        talk.split(separator: "\n").map(String.init).filter { $0.lowercased().hasPrefix("error:") }
    }

    /// The entries of a report that are not good; reports are the result, and stand on standard output.
    var badEntries: [String] {
        outputLines.filter { line in
            ["ERROR", "NO GOLDEN", "DIVERGED", "unreadable", "incomplete", "of another trace"].contains {
                line.hasSuffix(" \($0)") || line.contains(" \($0)  ")
            }
        }
    }

    var looksLikeAPass: Bool {
        [" agrees", " created", " unchanged", " replaced", " valid,", " present"].contains {
            output.contains($0)
        }
    }
}

/// The program beside the tests that run.
enum Program {
    struct NotFound: Error { var lookedIn: [String] }

    /// Looks in the folders above the test bundle, wherever the build put them.
    static func path() throws -> String {
        var starts = [
            CommandLine.arguments.first ?? "", Bundle.main.bundlePath, Bundle.main.executablePath ?? "",
        ]
        if let place = CommandLine.arguments.firstIndex(of: "--test-bundle-path") {
            starts.append(contentsOf: CommandLine.arguments.dropFirst(place + 1).prefix(1))
        }
        starts += Bundle.allBundles.map(\.bundlePath)
        var lookedIn: [String] = []
        for start in starts where !start.isEmpty {
            var folder = URL(fileURLWithPath: start)
            for _ in 0..<5 {
                let candidate = folder.appendingPathComponent("lumon-replay").path
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder),
                    !isFolder.boolValue
                {
                    return candidate
                }
                lookedIn.append(folder.path)
                folder.deleteLastPathComponent()
            }
        }
        throw NotFound(lookedIn: lookedIn)
    }
}

extension Program {
    /// Another program of the package.
    static func beside(_ name: String) throws -> String {
        URL(fileURLWithPath: try path()).deletingLastPathComponent().appendingPathComponent(name).path
    }
}

/// A folder of one test's own, in which the program runs; gone with the value.
final class Workspace {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// A folder with these files in it.
    convenience init(_ files: [String: [UInt8]]) throws {
        try self.init()
        for (name, bytes) in files { try write(bytes, to: name) }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func write(_ bytes: [UInt8], to name: String) throws {
        let url = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// Every file below the folder with its bytes; folders with none.
    func files() throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path(name), isDirectory: &isFolder)
            found[name + (isFolder.boolValue ? "/" : "")] = isFolder.boolValue ? [] : try bytes(name)
        }
        return found
    }

    /// Runs the program in the folder and waits for it. What `environment` says is added to the test's own
    /// variables, an empty value takes one away; `output` is a file that takes the standard output.
    @discardableResult
    func run(
        in subfolder: String = "", _ arguments: [String], environment: [String: String] = [:],
        output: String? = nil,
        timeoutSeconds: Int = 120
    ) throws -> Outcome {
        let talk = try Workspace.Scratch()
        let result = try Workspace.Scratch()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Program.path())
        process.arguments = arguments
        process.currentDirectoryURL = subfolder.isEmpty ? folder : folder.appendingPathComponent(subfolder)
        var variables = ProcessInfo.processInfo.environment
        for name in ["SWIFT_DETERMINISTIC_HASHING", "NO_COLOR"] { variables[name] = nil }
        for (name, value) in environment { variables[name] = value.isEmpty ? nil : value }
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        process.standardOutput =
            try output.map { try FileHandle(forWritingTo: URL(fileURLWithPath: $0)) } ?? result.handle
        process.standardError = talk.handle
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        var outcome = Outcome(arguments: arguments, output: "", talk: "")
        if ended.wait(timeout: .now() + .seconds(timeoutSeconds)) == .timedOut {
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
            outcome.death = "still running after \(timeoutSeconds) s"
        } else if process.terminationReason == .uncaughtSignal {
            outcome.death = "ended by signal \(process.terminationStatus)"
        } else {
            outcome.code = process.terminationStatus
        }
        outcome.output = try result.text()
        outcome.talk = try talk.text()
        return outcome
    }

    /// Runs what has to fail: with this exit code, one error, nothing that looks like a pass, and nothing
    /// changed on disk.
    @discardableResult
    func expectFailure(
        _ code: Int32, _ arguments: [String], says: [String] = [], output: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Outcome {
        let before = try files()
        let outcome = try run(arguments, output: output)
        let after = try files()
        #expect(outcome.code == code, "\(outcome)", sourceLocation: sourceLocation)
        #expect(
            outcome.errorLines.count + outcome.badEntries.count == 1, "one error\n\(outcome)",
            sourceLocation: sourceLocation)
        #expect(!outcome.looksLikeAPass, "\(outcome)", sourceLocation: sourceLocation)
        for text in says where !text.isEmpty {
            #expect(
                (outcome.output + outcome.talk).contains(text), "says '\(text)'\n\(outcome)",
                sourceLocation: sourceLocation)
        }
        let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
        #expect(changed.isEmpty, "changed on disk: \(changed)\n\(outcome)", sourceLocation: sourceLocation)
        return outcome
    }

    /// A file that takes an output of the program: a pipe could fill up while nobody reads it.
    private final class Scratch {
        private let url: URL
        let handle: FileHandle

        init() throws {
            url = FileManager.default.temporaryDirectory.appendingPathComponent("out-\(UUID().uuidString)")
            try Data().write(to: url)
            handle = try FileHandle(forWritingTo: url)
        }

        func text() throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }

        deinit {
            try? handle.close()
            try? FileManager.default.removeItem(at: url)
        }
    }
}

/// Small runs that many tests begin with.
enum Sample {
    static let trace = "Traces/walk.mcap"
    static let golden = "Golden/walk.golden"
    static let digests = "Golden/walk.digests"
    static let scenario = "walk.scenario.toml"
    static let frames = 10

    static func scenario(seed: Int = 3, frames: Int = frames) -> String {
        """
        format = 1
        purpose = "ten frames of two small windows"
        preset = "classic"
        seed = \(seed)
        frames_per_second = 60
        start = [0.0, 84.0, 0.0]

        [config]
        resolution = 8
        levels = 2
        level_budgets = [4, 3]

        [[camera]]
        move = "fly"
        frames = \(frames)
        direction = [1, 0, 0]
        speed = 60

        [[event]]
        frame = 4
        edit = { min = [-6, 80, -6], max = [8, 88, 2], material = "lamp" }
        """
    }

    /// A folder with the scenario and its trace.
    static let recorded: Result<[String: [UInt8]], any Error> = Result {
        let workspace = try Workspace([scenario: Array(scenario().utf8)])
        try workspace.makeFolder("Traces")
        let outcome = try workspace.run(["record", scenario, "-o", trace])
        try #require(outcome.code == 0, "\(outcome)")
        return [scenario: try workspace.bytes(scenario), trace: try workspace.bytes(trace)]
    }

    /// The same with the trace's golden.
    static let accepted: Result<[String: [UInt8]], any Error> = Result {
        let workspace = try Workspace(try recorded.get())
        let outcome = try workspace.run(["golden", "accept", trace])
        try #require(outcome.code == 0, "\(outcome)")
        return try workspace.files().filter { !$0.key.hasSuffix("/") }
    }

    /// The repository that the tests stand in.
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
}

/// SplitMix64: the same numbers for the same seed on every machine.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
