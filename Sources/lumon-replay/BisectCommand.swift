import ArgumentParser

struct BisectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bisect",
        abstract: "Finds which commit has brought a failure, and which change of the order does.",
        subcommands: [BisectCommitsCommand.self, BisectHelperCommand.self])
}
