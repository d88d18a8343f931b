/// What a `lumon-replay.toml` says: where traces and goldens lie, and the subjects by their names.
package struct ProjectFile: Sendable {
    /// The file's name, in whatever folder it is.
    package static let name = "lumon-replay.toml"
    /// The same for those who like their folders tidy.
    package static let hiddenName = "." + name

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
        /// The command is the same from any folder, so that it may be started in others.
        package var runsAnywhere = false
    }

    /// Something of the user's own that must not show: variables of the environment, or other commands for the same program.
    package struct Dimension: Equatable, Sendable {
        package struct Value: Equatable, Sendable {
            package var name: String
            package var value: String
        }

        /// 1...64 bytes of a-z 0-9 -.
        package var name: String
        /// Ascending by name; unset where it is not perturbed.
        package var environment: [Value] = []
        /// Ascending by name.
        package var commands: [Value] = []
        /// Whose it is; empty: every subject's, and the model's.
        package var subjects: [String] = []
    }

    package var nightly = Nightly()
    package var bisect = Bisect()
    /// Ascending by name.
    package var canaries: [Canary] = []

    /// By the file's folder.
    package var traces = "Traces"
    package var golden = "Golden"
    /// Ascending by name.
    package var subjects: [Subject] = []
    /// Ascending by name.
    package var dimensions: [Dimension] = []

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
        try root.allow([
            "format", "traces", "golden", "subjects", "dimensions", "nightly", "canaries", "bisect",
        ])
        _ = try root.integer("format", 1...1)
        if root.has("traces") { traces = try root.path("traces") }
        if root.has("golden") { golden = try root.path("golden") }
        try readDimensions(root, source)
        if root.has("subjects") {
            let table = try root.table("subjects")
            for name in table.keys {
                try ProjectFile.check(name, table)
                subjects.append(try Subject(name, try table.table(name)))
            }
        }
        if root.has("nightly") { nightly = try Nightly(try root.table("nightly"), subjects) }
        if root.has("bisect") { bisect = try Bisect(try root.table("bisect")) }
        guard root.has("canaries") else { return }
        let table = try root.table("canaries")
        for name in table.keys {
            try ProjectFile.check(name, table)
            canaries.append(try Canary(name, try table.table(name), subjects))
        }
    }

    private static func check(_ name: String, _ table: ScenarioTable) throws(ScenarioError) {
        guard ProjectFile.isName(name) else {
            throw table.source.error(
                table.at(name),
                .wrongValue(
                    expected: "a name of 1 to 64 bytes of A-Z a-z 0-9 . _ -, the first a letter or digit",
                    found: "\"\(name)\"", nearest: nil))
        }
    }

    private mutating func readDimensions(
        _ root: ScenarioTable, _ source: ScenarioSource
    ) throws(ScenarioError) {
        guard root.has("dimensions") else { return }
        let table = try root.table("dimensions")
        for name in table.keys {
            let isPlain = name.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == 45
            }
            guard isPlain, (1...64).contains(name.utf8.count) else {
                throw source.error(
                    table.at(name),
                    .wrongValue(
                        expected: "a name of 1 to 64 bytes of a-z 0-9 -", found: "\"\(name)\"", nearest: nil))
            }
            dimensions.append(try Dimension(name, try table.table(name)))
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
            "runs_anywhere",
        ])
        self.name = name
        runsAnywhere = table.has("runs_anywhere") ? try table.boolean("runs_anywhere") : false
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

extension ProjectFile.Dimension {
    fileprivate init(_ name: String, _ table: ScenarioTable) throws(ScenarioError) {
        try table.allow(["environment", "commands", "subjects"])
        self.name = name
        if table.has("environment") { environment = try table.table("environment").values(areNames: true) }
        if table.has("commands") { commands = try table.table("commands").values(areNames: false) }
        if table.has("subjects") { subjects = try table.strings("subjects") }
        guard environment.isEmpty != commands.isEmpty else {
            throw table.source.error(
                table.path,
                .wrongValue(
                    expected: "environment or commands, one of the two and not empty",
                    found: environment.isEmpty ? "neither" : "both", nearest: nil))
        }
    }
}

extension ScenarioTable {
    /// Texts by their names. `areNames` says that they are variables of an environment.
    func values(areNames: Bool) throws(ScenarioError) -> [ProjectFile.Dimension.Value] {
        var values: [ProjectFile.Dimension.Value] = []
        for key in keys {
            let isVariable = key.utf8.enumerated().allSatisfy { place, byte in
                (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
                    || (place > 0 && (48...57).contains(byte))
            }
            guard !areNames || isVariable else {
                throw source.error(
                    at(key),
                    .wrongValue(
                        expected: "the name of a variable", found: "\"\(key)\"", nearest: nil))
            }
            values.append(.init(name: key, value: try path(key)))
        }
        return values
    }

    /// A text that is not empty and no longer than a path may be.
    func path(_ key: String) throws(ScenarioError) -> String {
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
