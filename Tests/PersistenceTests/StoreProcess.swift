import Foundation
import Streaming
import Testing

/// `store-forever` at work on a file.
final class StoreProcess {
    private let process = Process()
    private let told: URL
    private let talk: URL
    private let ended = DispatchSemaphore(value: 0)

    /// Starts it, through another command where there is one. The folder is where its output goes; not that of the store, in which nothing
    /// else may be.
    init(_ path: String, seed: UInt64, output folder: TemporaryFolder, through command: [String] = []) throws
    {
        let program = try StoreProcess.program()
        let arguments = command + [program, path, "\(seed)"]
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        told = URL(fileURLWithPath: folder.file("told"))
        talk = URL(fileURLWithPath: folder.file("talk"))
        for url in [told, talk] { try Data().write(to: url) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: told)
        process.standardError = try FileHandle(forWritingTo: talk)
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
    }

    func kill() throws {
        guard process.isRunning else {
            Issue.record("it ended by itself: \(try said())")
            return
        }
        Foundation.kill(process.processIdentifier, SIGKILL)
        ended.wait()
    }

    /// Waits until it ends by itself.
    func wait() throws -> (code: Int32?, said: String) {
        guard ended.wait(timeout: .now() + .seconds(60)) == .success else {
            try kill()
            return (nil, "still running after 60 s")
        }
        return (process.terminationStatus, try said())
    }

    /// The last batch that it told of in a whole line; 0 where there is none.
    func committed() throws -> Int {
        let lines = String(decoding: try Data(contentsOf: told), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        return lines.dropLast().last?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }

    private func said() throws -> String { String(decoding: try Data(contentsOf: talk), as: UTF8.self) }

    private struct NotFound: Error { var lookedIn: [String] }

    /// The program beside the tests that run, in one of the folders above their bundle.
    static func program() throws -> String {
        var starts = [CommandLine.arguments.first ?? "", Bundle.main.bundlePath]
        if let place = CommandLine.arguments.firstIndex(of: "--test-bundle-path") {
            starts += CommandLine.arguments.dropFirst(place + 1).prefix(1)
        }
        starts += Bundle.allBundles.map(\.bundlePath)
        for start in starts where !start.isEmpty {
            var folder = URL(fileURLWithPath: start)
            for _ in 0..<5 {
                let candidate = folder.appendingPathComponent("store-forever").path
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder),
                    !isFolder.boolValue
                {
                    return candidate
                }
                folder.deleteLastPathComponent()
            }
        }
        throw NotFound(lookedIn: starts)
    }
}
