import ArgumentParser
import Foundation
import Replay
import Verification

struct SubjectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subject",
        abstract: "Is a subject: runs the model of this build behind the subject protocol.",
        discussion: """
            It reads messages from standard input and answers on standard output, until its input ends. So one build can be
            compared with another, and whoever writes a subject has one to compare with.

            EXAMPLES
              lumon-replay verify --subject-command 'other-build/lumon-replay subject' --reference model
              lumon-replay explain Traces/walk.mcap --subject-command 'other-build/lumon-replay subject'
            """)

    @OptionGroup var execution: ExecutionOptions

    @Option(help: "The name that the subject has: its goldens lie in a folder of it.")
    var name = "lumon-model"

    @Option(
        help: ArgumentHelp(
            "Outcomes of casts that need not be cast again; written when the input ends if there is no such file.",
            valueName: "file"))
    var casts: String?

    func run() throws {
        try reporting(file: "standard input") {
            var description = ModelSubject.whole
            description.name = name
            description.version = "lumon-replay \(LumonReplay.configuration.version), \(Toolchain.name)"
            var options = execution.options
            let isThere = casts.map { FileManager.default.fileExists(atPath: $0) } ?? false
            if let casts {
                let memory = CastMemory()
                if isThere { try memory.read(from: casts) }
                options.memory = memory
            }
            let subject = ModelSubject(options: options)
            var host = SubjectHost(subject, description: description) {
                Failure($0, file: "the run").message
            }
            do throws(SubjectHost.Stop) {
                try host.serve(input: 0, output: 1)
            } catch {
                switch error {
                case .undecodable(let offset):
                    throw Failure(
                        .data, "standard input: no message of the subject protocol at byte \(offset)",
                        next: "this is a command for a program to talk to, not for people")
                case .cutShort(let offset):
                    throw Failure(
                        .data, "standard input: ends within the message that begins at byte \(offset)")
                case .system(let operation, let code):
                    throw Failure(.io, "the pipe: \(operation) failed with error \(code)")
                }
            }
            if let casts, !isThere { try options.memory?.write(to: casts) }
        }
    }
}
