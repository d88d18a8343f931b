import Foundation
import Testing

/// Does what PutYourEngineUnder.md tells a newcomer to do, and nothing else: saves the files, types the commands, and compares what they print.
@Suite("The guide for engines", .enabled(if: Tool.hasXXHash, Tool.noXXHash))
struct GuideTests {
    enum Step {
        case file(name: String, text: String)
        case command(String, prints: [String])
    }

    @Test(
        "every command prints what the guide says",
        .enabled(if: Tool.isThorough, Tool.inRelease))
    func guide() throws {
        let steps = try GuideTests.steps()
        let commands = try GuideTests.take(steps, in: try Folder()).count
        #expect(commands >= 20 && steps.count >= commands + 3, "\(commands) commands of \(steps.count) steps")
    }

    /// Does the steps in the folder. The commands must print what stands behind them.
    ///
    /// - Returns: what became of each command.
    static func take(_ steps: [Step], in folder: Folder) throws -> [Outcome] {
        let program = URL(fileURLWithPath: try Tool.program()).deletingLastPathComponent().path
        var outcomes: [Outcome] = []
        for step in steps {
            switch step {
            case .file(let name, let text):
                try FileManager.default.createDirectory(
                    at: folder.url.appendingPathComponent(name).deletingLastPathComponent(),
                    withIntermediateDirectories: true)
                try folder.write(text, to: name)
            case .command(let command, let expected):
                let outcome = try folder.run(
                    "sh", ["-c", "export PATH='\(program)':\"$PATH\" NO_COLOR=1\nexec 2>&1\n\(command)"])
                // Times are never the same twice.
                let printed = outcome.lines.filter { !$0.hasSuffix(" frames/s") }
                #expect(printed == expected, "\(command)\n\(outcome)")
                outcomes.append(outcome)
            }
        }
        return outcomes
    }

    /// The page's blocks in order: those with a name in the text before are files, those of the console are commands with their output.
    static func steps(of page: String = "PutYourEngineUnder") throws -> [Step] {
        let file = Tool.path("Sources/Replay/Replay.docc/\(page).md")
        let lines = try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\n")
        var steps: [Step] = []
        var name: String?
        var block: (language: String, lines: [String])?
        for line in lines {
            if let open = block {
                guard line == "```" else {
                    block = (open.language, open.lines + [line])
                    continue
                }
                if open.language == "console" {
                    for line in open.lines {
                        if line.hasPrefix("$ ") {
                            steps.append(.command(String(line.dropFirst(2)), prints: []))
                        } else if case .command(let command, let prints)? = steps.last {
                            steps[steps.count - 1] = .command(command, prints: prints + [line])
                        }
                    }
                } else if let file = name {
                    steps.append(.file(name: file, text: open.lines.joined(separator: "\n") + "\n"))
                    name = nil
                }
                block = nil
            } else if line.hasPrefix("```") {
                block = (String(line.dropFirst(3)), [])
            } else if let match = line.firstMatch(of: /[Ss]ave (?:it|this) as `([^`]+)`/) {
                name = String(match.1)
            }
        }
        return steps
    }
}
