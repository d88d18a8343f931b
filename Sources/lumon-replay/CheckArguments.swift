import Recording
import Replay
import Verification

/// What a check is made of, as the command line and the project say it.
enum CheckArguments {
    /// What is checked, and its name in the project: "model" for the model of this program.
    static func program(_ subject: SubjectArguments) throws -> (program: CheckProgram, name: String) {
        guard subject.isGiven else { return (try CheckProgram.model(), "model") }
        let given = try subject.program()
        return (
            CheckProgram(
                command: given.command, folder: given.folder, limits: given.limits,
                runsAnywhere: given.runsAnywhere),
            given.name ?? ""
        )
    }

    /// The user's own dimensions. `builds` are NAME=COMMAND.
    static func dimensions(subject: String, builds: [String]) throws -> [Dimension] {
        var dimensions = try Dimension.ofProject(subject: subject)
        guard !builds.isEmpty else { return dimensions }
        let commands = builds.map { text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            return (name: parts[0], command: parts.count > 1 ? parts[1] : "")
        }
        dimensions.append(Dimension("build", .commands(commands)))
        return dimensions
    }

    /// What --perturb says: DIMENSION=SEED, and more of them behind commas.
    static func perturbations(of text: String) throws -> [String: UInt64] {
        var perturbations: [String: UInt64] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", omittingEmptySubsequences: false)
            guard words.count == 2, let seed = UInt64(words[1]), seed > 0, !words[0].isEmpty,
                perturbations.updateValue(seed, forKey: String(words[0])) == nil
            else {
                throw Failure(
                    .usage,
                    "--perturb \(text): expected DIMENSION=SEED, each dimension once, a seed of 1 or more",
                    next: "lumon-replay check --list")
            }
        }
        return perturbations
    }
}

extension CheckProgram {
    /// The model of this program.
    static func model() throws -> CheckProgram {
        var limits = SubjectLimits()
        limits.timeoutSeconds = 600
        limits.memoryBytes = 8 << 30
        return CheckProgram(
            command: "\(shellQuoted(try ThisProgram.path())) subject", limits: limits, isModel: true,
            runsAnywhere: true)
    }
}

extension Dimension {
    /// Those that the project's file names, for a subject.
    static func ofProject(subject: String) throws -> [Dimension] {
        guard let project = try Project.find() else { return [] }
        return project.file.dimensions.filter { $0.subjects.isEmpty || $0.subjects.contains(subject) }.map {
            dimension in
            guard dimension.commands.isEmpty else {
                return Dimension(
                    dimension.name, .commands(dimension.commands.map { ($0.name, $0.value) }))
            }
            let exports = dimension.environment.map { "export \($0.name)=\(shellQuoted($0.value))" }
            let names = dimension.environment.map(\.name)
            let perturbed = ProcessChange.Start(exports)
            let pinned = ProcessChange.Start(["unset " + names.joined(separator: " ")])
            return Dimension(
                dimension.name,
                .process(
                    ProcessChange(
                        pinned: pinned, probe: "printenv \(names.joined(separator: " ")) || true",
                        perturbed: { _ in perturbed })))
        }
    }
}
