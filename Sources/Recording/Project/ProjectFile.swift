/// What a `lumon-replay.toml` says: where traces and goldens lie, and the subjects by their names.
package struct ProjectFile: Sendable {
    /// The file's name, in whatever folder it is.
    package static let name = "lumon-replay.toml"

    /// A program that can be run as a subject.
    package struct Subject: Equatable, Sendable {
        /// As the file names it: 1...64 bytes of A-Z a-z 0-9 . _ -.
        package var name: String
        /// For `/bin/sh -c`, in the file's folder.
        package var command: String
        /// The folder of its goldens, by the file's folder; nil: one of its name in the folder of the goldens.
        package var golden: String?
        /// For an answer.
        package var timeoutSeconds: Double?
        package var memoryLimitMiB: Int64?
        package var errorOutputLimitMiB: Int64?
    }

    /// By the file's folder.
    package var traces = "Traces"
    package var golden = "Golden"
    /// Ascending by name.
    package var subjects: [Subject] = []

    /// Reads the text of the file, at most 1 MiB.
    ///
    /// - Parameters:
    ///   - text: of the file.
    ///   - file: the name that errors show.
    /// - Throws: ``ScenarioError`` for anything that is not expected: a key that is misspelt is no silent default.
    package init(text: String, file: String) throws(ScenarioError) {
        let source = ScenarioSource(file: file, text: text)
        let root = ScenarioTable(
            source: source, path: "", values: try ScenarioValue.parse(text, file: file))
        try root.allow(["format", "traces", "golden", "subjects"])
        _ = try root.integer("format", 1...1)
        if root.has("traces") { traces = try root.path("traces") }
        if root.has("golden") { golden = try root.path("golden") }
        guard root.has("subjects") else { return }
        let table = try root.table("subjects")
        for name in table.keys {
            guard ProjectFile.isName(name) else {
                throw source.error(
                    table.at(name),
                    .wrongValue(
                        expected: "a name of 1 to 64 bytes of A-Z a-z 0-9 . _ -, the first a letter or digit",
                        found: "\"\(name)\"", nearest: nil))
            }
            subjects.append(try Subject(name, try table.table(name)))
        }
    }

    private static func isName(_ name: String) -> Bool {
        func isWord(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first, isWord(first) else {
            return false
        }
        return name.utf8.allSatisfy { isWord($0) || [45, 46, 95].contains($0) }
    }
}

extension ProjectFile.Subject {
    fileprivate init(_ name: String, _ table: ScenarioTable) throws(ScenarioError) {
        try table.allow([
            "command", "golden", "timeout_seconds", "memory_limit_mib", "error_output_limit_mib",
        ])
        self.name = name
        command = try table.path("command")
        golden = table.has("golden") ? try table.path("golden") : nil
        timeoutSeconds =
            table.has("timeout_seconds") ? try table.number("timeout_seconds", 0.1...86_400) : nil
        memoryLimitMiB =
            table.has("memory_limit_mib") ? try table.integer("memory_limit_mib", 1...1_048_576) : nil
        errorOutputLimitMiB =
            table.has("error_output_limit_mib") ? try table.integer("error_output_limit_mib", 1...4096) : nil
    }
}

extension ScenarioTable {
    /// A text that is not empty and no longer than a path may be.
    fileprivate func path(_ key: String) throws(ScenarioError) -> String {
        let text = try string(key)
        guard (1...4096).contains(text.utf8.count), !text.utf8.contains(0) else {
            throw source.error(
                at(key),
                .wrongValue(
                    expected: "a text of 1 to 4096 bytes", found: "\(text.utf8.count) bytes", nearest: nil))
        }
        return text
    }
}
