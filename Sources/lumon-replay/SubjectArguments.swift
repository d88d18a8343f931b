import ArgumentParser
import Recording
import Replay
import Verification

/// Which subject runs, where it is not the model in this process.
struct SubjectArguments: ParsableArguments {
    @Option(help: "A subject by its name in lumon-replay.toml, in place of the model.")
    var subject: String?

    @Option(help: ArgumentHelp("A subject by its command, for /bin/sh.", valueName: "command"))
    var subjectCommand: String?

    @Option(help: ArgumentHelp("Seconds that the subject may take for an answer.", valueName: "seconds"))
    var subjectTimeout: Double?

    var isGiven: Bool { subject != nil || subjectCommand != nil }

    func validate() throws {
        if subject != nil, subjectCommand != nil {
            throw ValidationError("--subject and --subject-command name two subjects; expected one")
        }
        if let subjectTimeout {
            guard isGiven else { throw ValidationError("--subject-timeout goes with a subject") }
            guard subjectTimeout >= 0.1, subjectTimeout <= 86_400 else {
                throw ValidationError("--subject-timeout is \(subjectTimeout); expected 0.1 to 86400 seconds")
            }
        }
        if let subject, subject.isEmpty {
            throw ValidationError("--subject is empty; expected a name of \(ProjectFile.name)")
        }
        if let subjectCommand, subjectCommand.isEmpty {
            throw ValidationError("--subject-command is empty; expected a command")
        }
    }

    /// The words that name it in another command.
    var words: String {
        var words = ""
        if let subject { words += " --subject \(shellQuoted(subject))" }
        if let subjectCommand { words += " --subject-command \(shellQuoted(subjectCommand))" }
        if let subjectTimeout { words += " --subject-timeout \(subjectTimeout)" }
        return words
    }

    /// How to start it.
    ///
    /// - Throws: where no subject of that name is known.
    func program() throws -> SubjectProgram {
        var limits = SubjectLimits()
        if let subjectCommand {
            limits.timeoutSeconds = subjectTimeout ?? limits.timeoutSeconds
            return SubjectProgram(command: subjectCommand, folder: nil, limits: limits, golden: nil)
        }
        guard let name = subject else { preconditionFailure("asked for only where a subject is given") }
        return try SubjectProgram(named: name, timeoutSeconds: subjectTimeout)
    }
}

extension SubjectProgram {
    /// A subject of the project.
    ///
    /// - Throws: where no subject of that name is known.
    init(named name: String, timeoutSeconds: Double? = nil) throws {
        var limits = SubjectLimits()
        guard let project = try Project.find() else {
            throw Failure(
                .usage, "--subject \(name): there is no \(ProjectFile.name) in this folder or above it",
                next: "lumon-replay init, or --subject-command")
        }
        guard let found = project.file.subjects.first(where: { $0.name == name }) else {
            let known = project.file.subjects.map(\.name).joined(separator: ", ")
            throw Failure(
                .usage,
                "--subject \(name): \(project.path(ProjectFile.name)) has no subject of this name; it has "
                    + (known.isEmpty ? "none" : known))
        }
        limits.timeoutSeconds = timeoutSeconds ?? found.timeoutSeconds ?? limits.timeoutSeconds
        if let memory = found.memoryLimitMiB { limits.memoryBytes = Int(memory) << 20 }
        if let output = found.errorOutputLimitMiB { limits.errorOutputBytes = Int(output) << 20 }
        self.init(
            command: found.command, folder: project.prefix.isEmpty ? nil : project.prefix, limits: limits,
            golden: found.golden.map { project.path($0) }, name: name, runsAnywhere: found.runsAnywhere)
    }
}

/// A subject that can be started.
struct SubjectProgram {
    var command: String
    var folder: String?
    var limits: SubjectLimits
    /// The folder of its goldens, where the project says one.
    var golden: String?
    /// Its name in the project; nil: it says it itself.
    var name: String?
    /// See ``CheckProgram/runsAnywhere``.
    var runsAnywhere = false

    func start() throws -> SubjectProcess {
        try SubjectProcess(command: command, folder: folder, limits: limits)
    }

    /// Where the golden of a trace lies. `folder` is that of all goldens, where one was named.
    func files(_ trace: String, folder: String?, description: SubjectDescription) -> GoldenFiles {
        if let golden {
            let isRegression = GoldenFiles(trace: trace).isRegression
            return GoldenFiles(
                trace: trace, folder: isRegression ? golden + "/" + GoldenFiles.regressions : golden)
        }
        return GoldenFiles(trace: trace, folder: folder, subject: name ?? description.name)
    }
}

/// A subject that is started when it is first needed, and again after it has failed.
final class RunningSubject {
    let program: SubjectProgram
    private var process: SubjectProcess?

    init(_ program: SubjectProgram) { self.program = program }

    func get() throws -> SubjectProcess {
        if let process { return process }
        let started = try program.start()
        process = started
        return started
    }

    /// It may not be in order any more.
    func drop() { process = nil }

    /// Ends it, and says what was wrong with its end.
    func end() {
        guard let process else { return }
        if let fault = process.end() { Console.talk("note: the subject \(fault)") }
        self.process = nil
    }
}
