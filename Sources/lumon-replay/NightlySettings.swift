import Foundation
import Recording
import Verification

/// What a night does: the project's file, and over it the command line.
struct NightlySettings {
    var nightly = ProjectFile.Nightly()
    var canaries: [ProjectFile.Canary] = []
    /// In the order in which they are asked; "model" is the model.
    var subjects = ["model"]
    var seed: UInt64 = 1
    /// Other builds of the model, NAME=COMMAND.
    var builds: [String] = []
    var revision = Revision()
    /// Which commit has brought what is red is looked for.
    var bisects = false
    var bisect = ProjectFile.Bisect()
    /// Of the history, of the last good program, and of the reports.
    var folder: String
    /// Where a canary's command is started; nil: here.
    var projectFolder: String?
    private let project: Project?

    init() throws {
        project = try Project.find()
        folder = nightly.folder
        guard let project else { return }
        nightly = project.file.nightly
        canaries = project.file.canaries
        bisect = project.file.bisect
        subjects = nightly.subjects ?? ["model"] + project.file.subjects.map(\.name)
        folder = project.path(nightly.folder)
        projectFolder = project.prefix.isEmpty ? nil : project.prefix
    }

    /// A path of the project's file, from here.
    func path(_ path: String) -> String { project?.path(path) ?? path }

    var history: String { folder + "/history.sqlite" }

    /// The part of the project's file that a bundle needs to run a subject from its own folder.
    func projectText(subject name: String) throws -> String {
        var lines = [
            "# What this incident needs to be run again from its own folder.", "format = 1",
            "traces = \".\"", "golden = \".\"",
        ]
        guard let project else { return lines.joined(separator: "\n") + "\n" }
        let root = FileManager.default.currentDirectoryPath + "/" + project.prefix
        func there(_ command: String) -> String { "cd \(shellQuoted(root)) && \(command)" }
        for subject in project.file.subjects where subject.name == name {
            lines += [
                "", "[subjects.\(name)]",
                "command = \(JSONLine.quoted(there(subject.command)))",
            ]
            if let seconds = subject.timeoutSeconds { lines.append("timeout_seconds = \(seconds)") }
            if let memory = subject.memoryLimitMiB { lines.append("memory_limit_mib = \(memory)") }
            if let output = subject.errorOutputLimitMiB {
                lines.append("error_output_limit_mib = \(output)")
            }
            if subject.runsAnywhere { lines.append("runs_anywhere = true") }
        }
        for dimension in project.file.dimensions
        where dimension.subjects.isEmpty || dimension.subjects.contains(name) {
            lines += ["", "[dimensions.\(dimension.name)]"]
            func table(_ key: String, _ values: [ProjectFile.Dimension.Value], _ text: (String) -> String) {
                guard !values.isEmpty else { return }
                let pairs = values.map { "\($0.name) = \(JSONLine.quoted(text($0.value)))" }
                lines.append("\(key) = { \(pairs.joined(separator: ", ")) }")
            }
            table("environment", dimension.environment) { $0 }
            table("commands", dimension.commands, there)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The state of the repository that a night judges.
struct Revision {
    /// Empty where it is not known.
    var name = ""
    var isDirty = false

    init() {}

    /// Asks git, in the working folder; GitHub knows it too.
    static func ofWorkingFolder() -> Revision {
        var revision = Revision()
        if let name = git("rev-parse HEAD"), !name.isEmpty {
            revision.name = name
            revision.isDirty = git("status --porcelain --untracked-files=no").map { !$0.isEmpty } ?? false
        } else if let name = ProcessInfo.processInfo.environment["GITHUB_SHA"] {
            revision.name = name
        }
        return revision
    }

    private static func git(_ words: String) -> String? {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "exec git \(words)"]
        shell.standardInput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        let output = Pipe()
        shell.standardOutput = output
        guard (try? shell.run()) != nil else { return nil }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else { return nil }
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
