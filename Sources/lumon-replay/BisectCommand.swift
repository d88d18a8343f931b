import ArgumentParser

struct BisectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bisect",
        abstract: "Finds which commit has brought a failure, and which two events make the difference.",
        subcommands: [BisectCommitsCommand.self, BisectScheduleCommand.self, BisectHelperCommand.self])
}
