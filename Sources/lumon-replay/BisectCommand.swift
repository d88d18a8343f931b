import ArgumentParser

struct BisectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bisect",
        abstract: "Finds the smallest difference between what is good and what is bad.",
        subcommands: [BisectScheduleCommand.self])
}
