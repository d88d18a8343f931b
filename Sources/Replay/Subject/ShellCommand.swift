/// What a shell makes of a command.
enum ShellCommand {
    /// The same command with `exec` before its program, so that the shell makes way for it and its end and its pipes are seen as they are;
    /// unchanged where it is more than one program with its words, for which the shell is needed.
    static func replacingShell(_ command: String) -> String {
        guard !command.utf8.contains(where: { special.contains($0) }) else { return command }
        var rest = Substring(command).drop { $0 == " " }
        var assignments = ""
        while let word = rest.prefixMatch(of: /[A-Za-z_][A-Za-z0-9_]*=[^ '"\\]* +/)?.0 {
            assignments += word
            rest = rest.dropFirst(word.count)
        }
        guard let program = rest.split(separator: " ").first, !program.contains("="),
            !builtins.contains(String(program))
        else { return command }
        return assignments + "exec " + rest
    }

    /// Bytes that make more of a command than words: lists, pipes, redirections, groups, and what is put in their place.
    private static let special = Array(";&|<>()`\n\r#!{}".utf8)
    private static let builtins = [
        "exec", "cd", ".", "eval", "if", "for", "while", "until", "case", "time", "set", "export", "command",
    ]
}
