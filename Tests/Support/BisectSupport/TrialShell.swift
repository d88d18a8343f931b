package import Foundation

/// What a program came to.
package struct Finished: Sendable, CustomStringConvertible {
    package var command: String
    /// Nil where a signal ended it or it took too long.
    package var code: Int32?
    package var output: String
    package var talk: String

    package var description: String {
        "\(command)\nexit \(code.map(String.init) ?? "by a signal, or too late")\n-- standard output\n\(output.prefix(3000))\n"
            + "-- standard error\n\(talk.prefix(3000))"
    }
}

package struct ShellError: Error, CustomStringConvertible {
    package var description: String
}

/// Programs that are run for a trial, with an environment that no setting of the user's git reaches.
package enum TrialShell {
    /// The environment of all: this process's without git's variables, and with these.
    package static func environment(_ more: [String: String] = [:]) -> [String: String] {
        // Order: a dictionary of it.
        var all = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("GIT_") && !$0.key.hasPrefix("LUMON_BISECT_")
        }
        all["GIT_CONFIG_NOSYSTEM"] = "1"
        all["GIT_CONFIG_GLOBAL"] = "/dev/null"
        all["LC_ALL"] = "C"
        for name in ["NO_COLOR", "SWIFT_DETERMINISTIC_HASHING"] { all[name] = nil }
        for name in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            all["\(name)_NAME"] = "Trial"
            all["\(name)_EMAIL"] = "trial@example.org"
            all["\(name)_DATE"] = "1700000000 +0000"
        }
        // Order: each by its own name.
        for (name, value) in more { all[name] = value }
        return all
    }

    /// Starts a program; its output goes to files, since a pipe could fill up while nobody reads it.
    ///
    /// - Parameters:
    ///   - command: the program's path and its arguments.
    ///   - folder: the program's working directory.
    ///   - environment: in addition to `environment()`.
    ///   - scratch: a folder that exists, for the files.
    ///   - input: a file for its standard input.
    /// - Returns: the program, which runs.
    /// - Throws: what starting it throws.
    package static func start(
        _ command: [String], in folder: String, environment: [String: String] = [:], scratch: String,
        input: String? = nil
    ) throws -> Running {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = TrialShell.environment(environment)
        let name = "\(scratch)/\(UUID().uuidString)"
        for kind in ["out", "err"] { try Data().write(to: URL(fileURLWithPath: "\(name).\(kind)")) }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(name).out"))
        let talk = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(name).err"))
        process.standardInput =
            try input.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) }
            ?? FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = talk
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        return Running(process: process, ended: ended, files: name, handles: [output, talk])
    }

    /// Runs a program to its end, and kills it after `seconds`.
    @discardableResult
    package static func run(
        _ command: [String], in folder: String, environment: [String: String] = [:], scratch: String,
        input: String? = nil, seconds: Int = 600
    ) throws -> Finished {
        try start(command, in: folder, environment: environment, scratch: scratch, input: input)
            .wait(seconds: seconds)
    }

    /// Runs git, which has to succeed.
    ///
    /// - Returns: its standard output without the last newline.
    @discardableResult
    package static func git(
        _ arguments: [String], in folder: String, scratch: String, input: String? = nil
    ) throws -> String {
        let finished = try run(
            [gitPath()] + arguments, in: folder, scratch: scratch, input: input)
        guard finished.code == 0 else { throw ShellError(description: finished.description) }
        return finished.output.hasSuffix("\n") ? String(finished.output.dropLast()) : finished.output
    }

    package static func gitPath() throws -> String {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for folder in folders.split(separator: ":")
        where FileManager.default.isExecutableFile(atPath: "\(folder)/git") { return "\(folder)/git" }
        throw ShellError(description: "git is not in PATH")
    }
}

/// A program that runs.
package struct Running {
    package let process: Process
    let ended: DispatchSemaphore
    let files: String
    let handles: [FileHandle]

    /// Waits for its end, and kills it after `seconds`. It counts as running as long as something that it started has its files.
    package func wait(seconds: Int = 600) throws -> Finished {
        let isLate = ended.wait(timeout: .now() + .seconds(seconds)) == .timedOut
        if isLate {
            kill(process.processIdentifier, SIGKILL)
            _ = ended.wait(timeout: .now() + .seconds(5))
        }
        var finished = Finished(
            command: ([process.executableURL?.path ?? ""] + (process.arguments ?? [])).joined(separator: " "),
            output: "", talk: "")
        if !isLate, process.terminationReason == .exit { finished.code = process.terminationStatus }
        for handle in handles { try? handle.close() }
        for kind in ["out", "err"] {
            let url = URL(fileURLWithPath: "\(files).\(kind)")
            let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
            if kind == "out" { finished.output = text } else { finished.talk = text }
            try FileManager.default.removeItem(at: url)
        }
        return finished
    }

    /// Whether it has ended by itself within `seconds`; if so, `wait` still has to be called.
    package func hasEnded(within seconds: Double) -> Bool {
        guard ended.wait(timeout: .now() + seconds) == .success else { return false }
        ended.signal()
        return true
    }
}
