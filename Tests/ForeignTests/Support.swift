import Foundation
import Testing

/// What one run of a program came to.
struct Outcome: CustomStringConvertible {
    var command: String
    /// Standard output and standard error.
    var output: String
    var talk: String
    /// The exit code, or the number of the signal that ended the program, negative.
    var code: Int32

    var description: String { "\(command)\nexit \(code)\n\(output.suffix(2000))\n\(talk.suffix(2000))" }

    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// Programs of other people that the tests run, and this package's own.
enum Tool {
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func path(_ name: String) -> String { repository.appendingPathComponent(name).path }

    /// In debug what takes long runs in full only: release has it in every run.
    static let isThorough: Bool = {
        #if DEBUG
            ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1"
        #else
            true
        #endif
    }()
    static let inRelease: Comment = "in release, and with LUMON_TEST_FULL=1"

    /// Whether C# can be compiled and run here.
    static let hasMono = answers("mcs", ["--version"]) && answers("mono", ["--version"])
    static let noMono: Comment = "no mcs and mono: on Debian `apt-get install mono-mcs mono-runtime`"

    /// Whether there is a python3 with the official MCAP package.
    static let hasMCAP = answers("python3", ["-c", "import mcap, google.protobuf"])
    static let noMCAP: Comment = "no python3 with mcap and protobuf: `pip install mcap protobuf`"

    /// Whether C and C++ can be compiled here, with what the recorder needs.
    static let hasC =
        answers("cc", ["--version"]) && answers("c++", ["--version"])
        && answers("pkg-config", ["--exists", "zlib"])
    static let noC: Comment =
        "no cc, c++ and pkg-config: on Debian `apt-get install build-essential pkg-config`"

    /// Whether the second implementation of the model can run.
    static let hasPythonModel =
        answers("python3", ["-c", "import xxhash, mcap, google.protobuf"]) && answers("protoc", ["--version"])
    static let noPythonModel: Comment =
        "no python3 with xxhash, mcap and protobuf, or no protoc: `Scripts/test` installs them"

    /// Whether reports can be read as CI reads them.
    static let hasJUnitParser = answers("python3", ["-c", "import junitparser, lxml"])
    static let noJUnitParser: Comment = "no python3 with junitparser and lxml: `Scripts/test` installs them"

    /// The schema of JUnit's reports that Jenkins has, as pytest ships it; nil where it is not here.
    static let junitSchema: String? = {
        let file = path(".build/python/junit-10.xsd")
        return FileManager.default.fileExists(atPath: file) ? file : nil
    }()

    static let actionlint = path(".build/python/bin/actionlint")
    static let hasActionlint = answers(actionlint, ["--version"])

    static let hasXXHash = answers("python3", ["-c", "import xxhash"])
    static let noXXHash: Comment =
        "no python3 with xxhash: `Scripts/test` installs it, or `pip install xxhash`"

    /// Looks for the program of this package in the folders above the test bundle.
    static func program() throws -> String {
        var starts = [
            CommandLine.arguments.first ?? "", Bundle.main.bundlePath, Bundle.main.executablePath ?? "",
        ]
        if let place = CommandLine.arguments.firstIndex(of: "--test-bundle-path") {
            starts.append(contentsOf: CommandLine.arguments.dropFirst(place + 1).prefix(1))
        }
        for start in starts + Bundle.allBundles.map(\.bundlePath) where !start.isEmpty {
            var folder = URL(fileURLWithPath: start)
            for _ in 0..<5 {
                let candidate = folder.appendingPathComponent("lumon-replay").path
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder),
                    !isFolder.boolValue
                {
                    return candidate
                }
                folder.deleteLastPathComponent()
            }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    private static func answers(_ name: String, _ arguments: [String]) -> Bool {
        guard let folder = try? Folder() else { return false }
        return (try? folder.run(name, arguments))?.code == 0
    }
}

/// A folder of one test's own; gone with the value.
final class Folder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("foreign-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: url.appendingPathComponent(name)))
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// Runs a program that is looked up in PATH, in the folder, and waits for it.
    @discardableResult
    func run(_ name: String, _ arguments: [String]) throws -> Outcome {
        let running = try start(name, arguments)
        running.process.waitUntilExit()
        return try running.outcome()
    }

    /// Runs `lumon-replay`.
    @discardableResult
    func replay(_ arguments: [String]) throws -> Outcome { try run(try Tool.program(), arguments) }

    /// Runs a script of the repository in Python.
    func python(_ script: String, _ arguments: [String]) throws -> Outcome {
        try run("python3", [Tool.path(script)] + arguments)
    }

    /// Starts a program and does not wait for it.
    func start(_ name: String, _ arguments: [String]) throws -> Running {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.currentDirectoryURL = url
        var environment = ProcessInfo.processInfo.environment
        let own = Tool.path(".build/python")
        environment["PYTHONPATH"] = [environment["PYTHONPATH"], own].compactMap { $0 }.joined(separator: ":")
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        // Files: a pipe could fill up while nobody reads it.
        let names = ["out", "err"].map { "\($0)-\(UUID().uuidString)" }
        for name in names { try write("", to: name) }
        process.standardOutput = try FileHandle(forWritingTo: url.appendingPathComponent(names[0]))
        process.standardError = try FileHandle(forWritingTo: url.appendingPathComponent(names[1]))
        try process.run()
        return Running(
            process: process, command: "\(name) \(arguments.joined(separator: " "))",
            outputs: names.map { url.appendingPathComponent($0) })
    }

    struct Running {
        let process: Process
        let command: String
        let outputs: [URL]

        /// - Precondition: it has ended.
        func outcome() throws -> Outcome {
            let texts = try outputs.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
            let status = process.terminationStatus
            return Outcome(
                command: command, output: texts[0], talk: texts[1],
                code: process.terminationReason == .uncaughtSignal ? -status : status)
        }
    }
}
