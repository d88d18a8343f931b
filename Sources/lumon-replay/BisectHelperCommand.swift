import ArgumentParser
import Foundation
import Recording
import Replay
import Verification

struct BisectHelperCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "helper",
        abstract: "Judges a revision for git bisect run: exit code 0 good, 1 bad, 125 cannot be judged.",
        discussion: """
            The command behind -- is one that ends like this program: 0 agrees, 1 does not. Whatever else it says, a build that fails, and a
            command that takes too long or dies by a signal, is 125. With --repeats the revision is bad as soon as one run is, and good when all
            are; how many it takes for a failure that shows one time in ten is a guess, which bisect commits does not make.
            A wrong command line is 128, at which git stops.

            EXAMPLES
              git bisect run lumon-replay bisect helper --build 'swift build -c release' -- .build/release/lumon-replay verify Traces/walk.mcap
              git bisect run lumon-replay bisect helper --repeats 44 -- lumon-replay verify Traces/walk.mcap --subject engine
            """)

    @Option(help: ArgumentHelp("Runs of the command, as long as none is bad.", valueName: "n"))
    var repeats = 1

    @Option(help: ArgumentHelp("Seconds that the build, and each run, may take.", valueName: "seconds"))
    var timeout = 3600.0

    @Option(help: ArgumentHelp("Builds the revision, for /bin/sh.", valueName: "command"))
    var build: String?

    @Argument(parsing: .postTerminator, help: "The command that judges, behind --.")
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else {
            throw ValidationError("no command behind --; expected one that judges")
        }
        guard (1...1_000_000).contains(repeats) else {
            throw ValidationError("--repeats is \(repeats); expected 1 to 1000000")
        }
        guard (0.1...604_800).contains(timeout) else {
            throw ValidationError("--timeout is \(timeout); expected 0.1 to 604800 seconds")
        }
        if let build, build.isEmpty { throw ValidationError("--build is empty; expected a command") }
    }

    /// Whatever is no verdict must not be taken for one: up to 127 git calls the revision bad, from 128 on it stops.
    static func end(with error: any Error) -> Never {
        let code = exitCode(for: error).rawValue
        if [0, 1, unjudged].contains(code) { exit(withError: error) }
        let message = fullMessage(for: error)
        if !message.isEmpty { Console.talk(message) }
        Foundation.exit(128)
    }

    /// What git bisect takes for: leave it out.
    private static let unjudged: Int32 = 125

    func run() throws {
        try reporting(file: "bisect helper") {
            Interrupt.watch()
            if let build {
                let run = try run(build)
                guard run.ending == .exited(0) else { throw unjudged("the build", run) }
            }
            let words = command.map(quoted).joined(separator: " ")
            for _ in 0..<repeats {
                let run = try run("exec " + words)
                switch run.ending {
                case .exited(0): continue
                case .exited(1): throw ExitCode(Failure.Code.diverged.rawValue)
                default: throw unjudged("the command", run)
                }
            }
        }
    }

    /// A word as it stands, also one that begins with a dash.
    private func quoted(_ word: String) -> String {
        word.hasPrefix("-") ? "'" + word.replacing("'", with: "'\\''") + "'" : shellQuoted(word)
    }

    private func run(_ command: String) throws -> ProgramRun {
        let run = try ProgramRun.run(
            command, timeLimitSeconds: timeout, endsWithCaller: true, isStopped: { Interrupt.hasCome })
        if let signal = Interrupt.signal { Interrupt.end(by: signal) }
        return run
    }

    private func unjudged(_ what: String, _ run: ProgramRun) -> ExitCode {
        Console.talk("cannot be judged: \(what) \(run.ending.sentence)")
        for line in run.errorLines { Console.talk("  \(line)") }
        return ExitCode(BisectHelperCommand.unjudged)
    }
}
