import Foundation
import Hashing
import Recording
package import Replay
package import Streaming

/// A program that is checked.
package struct CheckProgram: Sendable {
    /// For `/bin/sh -c`.
    package var command: String
    /// Where it is started; nil: here.
    package var folder: String?
    package var limits = SubjectLimits()
    /// It is this program's own model.
    package var isModel: Bool
    /// Its command and its files are the same from any folder.
    package var runsAnywhere: Bool

    package init(
        command: String, folder: String? = nil, limits: SubjectLimits = SubjectLimits(),
        isModel: Bool = false, runsAnywhere: Bool = false
    ) {
        self.command = command
        self.folder = folder
        self.limits = limits
        self.isModel = isModel
        self.runsAnywhere = runsAnywhere
    }
}

/// Why a check could not be made.
package enum CheckError: Error, Sendable {
    /// A dimension could not be applied, or nobody can see that it was.
    case notApplied(dimension: String, reason: String, needs: String?)
    /// Nothing is perturbed, and no law is asked for.
    case nothingToCheck
    /// A name that no dimension and no law has.
    case unknown(name: String, known: [String])
    /// A dimension that this subject, or this system, has not.
    case notApplicable(name: String, reason: String)
    /// The run with everything pinned broke off, and in words how: there is nothing to compare with.
    case pinnedRunFailed(path: String, String)
}

/// What a run of a trace came to.
package enum CheckRun: Sendable, Equatable {
    case frames([SubjectFrame])
    /// It broke off, and in words how.
    case failed(after: [SubjectFrame], String)

    package var frames: [SubjectFrame] {
        switch self {
        case .frames(let frames), .failed(let frames, _): frames
        }
    }
}

/// Starts the program as a run wants it, and runs traces on it. One process is up at a time; it is kept while the next run wants the same.
package final class CheckRunner {
    package let program: CheckProgram
    /// Those that are pinned, unless a run perturbs them.
    package private(set) var dimensions: [Dimension]
    private let memoryPath: String?
    /// The process that is up, and the command that it was started with.
    private var process: (command: String, subject: SubjectProcess)?
    private let describeError: (any Error) -> String

    /// `memoryPath` is where the model's processes keep what has been cast.
    package init(
        _ program: CheckProgram, dimensions: [Dimension], memoryPath: String?,
        describeError: @escaping (any Error) -> String
    ) {
        self.program = program
        self.dimensions = dimensions
        self.memoryPath = memoryPath
        self.describeError = describeError
    }

    /// Ends the process that is up, if one is.
    ///
    /// - Returns: what was wrong with its end.
    @discardableResult
    package func end() -> String? {
        defer { process = nil }
        return process?.subject.end(milliseconds: 20_000)
    }

    /// A subject that is started as a run wants it.
    ///
    /// - Throws: ``SubjectError``.
    package func start(_ run: PlannedRun) throws -> SubjectProcess {
        let command = command(of: run)
        if let process, process.command == command { return process.subject }
        end()
        let subject = try SubjectProcess(
            command: command, folder: program.folder, limits: program.limits)
        process = (command, subject)
        return subject
    }

    /// The shell command that starts it.
    package func command(of run: PlannedRun) -> String {
        var command = program.command
        var starts: [ProcessChange.Start] = []
        var isOther = false
        for dimension in dimensions {
            let seed = run.perturbations[dimension.name]
            switch dimension.means {
            case .process(let change): starts.append(seed.map(change.perturbed) ?? change.pinned)
            case .commands(let others):
                if let seed {
                    command = others[Int(seed % UInt64(others.count))].command
                    isOther = true
                }
            default: break
            }
        }
        // Another build casts for itself.
        if program.isModel, let memoryPath, !run.recasts, !isOther {
            command += " --casts \(ShellText.quoted(memoryPath))"
        }
        return ShellText.command(command, starts)
    }

    /// Runs a trace. A subject that fails has failed, and so has a reader that does not take the trace in another layout.
    package func run(_ frames: [FrameInput], _ run: PlannedRun) -> CheckRun {
        var found: [SubjectFrame] = []
        found.reserveCapacity(frames.count)
        do {
            let subject = try start(run)
            let options = options(run, frames, subject.description)
            try rehearse(frames, run, on: subject)
            let source = try run.perturbations["file-order"].map { try RelaidTrace.frames(frames, seed: $0) }
            _ = try Replayer.run(source ?? frames, on: subject, options: options) { _, frame in
                found.append(frame)
            }
            return .frames(found)
        } catch {
            // It may not be in order any more.
            process = nil
            return .failed(after: found, describeError(error))
        }
    }

    /// Begins the run and breaks it off, where it is to be reset.
    func rehearse(_ frames: [FrameInput], _ run: PlannedRun, on subject: any Subject) throws {
        guard let seed = run.perturbations["reset"], let first = frames.first else { return }
        var options = options(run, frames, subject.description)
        options.lastFrame = first.frame + Int32(truncatingIfNeeded: seed % UInt64(frames.count))
        _ = try Replayer.run(frames, on: subject, options: options)
    }

    /// What the harness tells the subject.
    package func options(
        _ run: PlannedRun, _ frames: [FrameInput], _ description: SubjectDescription
    ) -> SubjectOptions {
        var options = SubjectOptions()
        if description.takesWorkers {
            let counts = [2, 3, 8]
            options.workers = run.perturbations["workers"].map { counts[Int($0 % 3)] } ?? 1
        }
        if description.takesCompletionSeed { options.completionSeed = run.perturbations["completion-order"] }
        if let seed = run.perturbations["restore"], let first = frames.first, frames.count > 1 {
            var mixer = SeededRandom(seed: seed)
            for _ in 0..<CheckRunner.restores {
                options.restoreAfter.insert(
                    first.frame + Int32(truncatingIfNeeded: mixer.next() % UInt64(frames.count - 1)))
            }
        }
        for name in description.dimensions {
            if let seed = run.perturbations[name] { options.perturbations[name] = seed }
        }
        return options
    }

    /// How often a run is stopped and gone on with.
    private static let restores = 4

    // MARK: Whether dimensions can be applied

    /// Starts a probe under each dimension of the process, pinned and perturbed, and sees that it makes a difference. Those that are not
    /// `chosen` to be perturbed are pinned where that is possible.
    ///
    /// - Throws: ``CheckError/notApplied(dimension:reason:needs:)`` for the first that makes none.
    package func probeDimensions(chosen: [String]) throws {
        var known: [Dimension] = []
        defer { dimensions = known }
        for dimension in dimensions {
            guard case .process(let change) = dimension.means else {
                known.append(dimension)
                continue
            }
            guard chosen.contains(dimension.name) else {
                let pinned = ShellText.command(change.probe, [change.pinned])
                if (try? probe(pinned, dimension.name, change)) != nil { known.append(dimension) }
                continue
            }
            known.append(dimension)
            let pinned = ShellText.command(change.probe, [change.pinned])
            let perturbed = ShellText.command(change.probe, [change.perturbed(1)])
            let left = try probe(pinned, dimension.name, change)
            let right = try probe(perturbed, dimension.name, change)
            guard left != right else {
                throw CheckError.notApplied(
                    dimension: dimension.name,
                    reason: "'\(change.probe)' says '\(left.prefix(80))' whether it is perturbed or not",
                    needs: change.needs)
            }
        }
    }

    private func probe(_ command: String, _ name: String, _ change: ProcessChange) throws -> String {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", command]
        if let folder = program.folder { shell.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let output = Pipe()
        let errors = Pipe()
        shell.standardInput = FileHandle.nullDevice
        shell.standardOutput = output
        shell.standardError = errors
        func text(_ pipe: Pipe) -> String {
            String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                .split(separator: "\n").joined(separator: " ")
        }
        do {
            try shell.run()
        } catch {
            throw CheckError.notApplied(
                dimension: name, reason: "no shell could be started", needs: change.needs)
        }
        let (said, complained) = (text(output), text(errors))
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else {
            throw CheckError.notApplied(
                dimension: name,
                reason: complained.isEmpty
                    ? "the shell ended with status \(shell.terminationStatus)" : complained,
                needs: change.needs)
        }
        return said
    }
}
