import ArgumentParser

@main
struct LumonReplay: ParsableCommand {
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            guard CommandLine.arguments.dropFirst().starts(with: ["bisect", "helper"]) else {
                exit(withError: error)
            }
            BisectHelperCommand.end(with: error)
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "lumon-replay",
        abstract: "Proves that a streaming system is deterministic, and says where it is not.",
        discussion: """
            A trace holds every input of a run. A golden holds the digest of every frame of it.

            EXAMPLES
              lumon-replay record walk.scenario.toml -o Traces/walk.mcap
              lumon-replay golden accept Traces/walk.mcap
              lumon-replay verify

            EXIT CODES
              0   agrees
              1   diverged
              2   golden missing, stale or unstable
              64  wrong usage
              65  a file that cannot be read as what it should be
              69  a subject or a store that is not available
              70  our own fault
              74  input or output
            """,
        version: "0.1.0",
        subcommands: [
            InitCommand.self, RecordCommand.self, ReplayCommand.self, VerifyCommand.self, GoldenCommand.self,
            CheckCommand.self, ExplainCommand.self, MinimizeCommand.self, BisectCommand.self,
            NightlyCommand.self,
            TraceCommand.self, StoreCommand.self, SubjectCommand.self,
        ])
}
