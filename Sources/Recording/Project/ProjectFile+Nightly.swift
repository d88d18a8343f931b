extension ProjectFile {
    /// What a night does, and how long it may take.
    package struct Nightly: Equatable, Sendable {
        /// Of the history, of the last good program, and of the reports, by the file's folder.
        package var folder = ".nightly"
        /// quick, standard or full: how much is checked.
        package var effort = "standard"
        /// Names of subjects; "model" is the model. Nil: the model and every subject.
        package var subjects: [String]?
        /// Only these dimensions and laws; empty: all.
        package var only: [String] = []
        /// Dimensions and laws that are left out.
        package var without: [String] = []
        /// Seconds of generated traces; 0: none.
        package var generateSeconds = 600.0
        /// Seconds for one trace.
        package var verifySeconds = 600.0
        package var checkSeconds = 3600.0
        /// Seconds for making one trace small, and the most replays for that.
        package var minimizeSeconds = 900.0
        package var minimizeReplays: Int64 = 500
        /// Incidents that are put into bundles; further ones are only reported.
        package var incidents: Int64 = 20
        /// A program that was good, to compare with; nil: the last one with which every golden agreed.
        package var reference: String?

        package init() {}
    }

    /// A fault that is planted in a subject, to see that the harness finds it.
    package struct Canary: Equatable, Sendable {
        package var name: String
        /// By the file's folder.
        package var trace: String
        /// A subject by its name in this file; nil: `command`.
        package var subject: String?
        /// For `/bin/sh -c`, in the file's folder.
        package var command: String?
        /// What plants it, ascending by name.
        package var environment: [Dimension.Value] = []
        /// verify: compared with a golden, or with the model where it is a command. check: perturbed.
        package var foundBy = "verify"
    }
}

extension ProjectFile.Nightly {
    init(_ table: ScenarioTable, _ known: [ProjectFile.Subject]) throws(ScenarioError) {
        try table.allow([
            "folder", "effort", "subjects", "only", "without", "generate_seconds", "verify_seconds",
            "check_seconds", "minimize_seconds", "minimize_replays", "incidents", "reference",
        ])
        let day = 0.1...86_400.0
        if table.has("folder") { folder = try table.path("folder") }
        if table.has("effort") { effort = try table.word("effort", among: ["quick", "standard", "full"]) }
        if table.has("subjects") {
            let names = try table.strings("subjects")
            for name in names where name != "model" && !known.contains(where: { $0.name == name }) {
                throw table.unknownSubject(name, "subjects", ["model"] + known.map(\.name))
            }
            subjects = names
        }
        if table.has("only") { only = try table.strings("only") }
        if table.has("without") { without = try table.strings("without") }
        if table.has("generate_seconds") {
            generateSeconds = try table.number("generate_seconds", 0...86_400)
        }
        if table.has("verify_seconds") { verifySeconds = try table.number("verify_seconds", day) }
        if table.has("check_seconds") { checkSeconds = try table.number("check_seconds", day) }
        if table.has("minimize_seconds") { minimizeSeconds = try table.number("minimize_seconds", day) }
        if table.has("minimize_replays") {
            minimizeReplays = try table.integer("minimize_replays", 0...1_000_000)
            guard minimizeReplays == 0 || minimizeReplays >= 12 else {
                throw table.source.error(
                    table.at("minimize_replays"),
                    .wrongValue(
                        expected: "0, or 12 to 1000000", found: "\(minimizeReplays)", nearest: nil))
            }
        }
        if table.has("incidents") { incidents = try table.integer("incidents", 0...1000) }
        if table.has("reference") { reference = try table.path("reference") }
    }
}

extension ProjectFile.Canary {
    init(
        _ name: String, _ table: ScenarioTable, _ known: [ProjectFile.Subject]
    ) throws(ScenarioError) {
        try table.allow(["trace", "subject", "command", "environment", "found_by"])
        self.name = name
        trace = try table.path("trace")
        if table.has("subject") {
            let subject = try table.string("subject")
            guard known.contains(where: { $0.name == subject }) else {
                throw table.unknownSubject(subject, "subject", known.map(\.name))
            }
            self.subject = subject
        }
        if table.has("command") { command = try table.path("command") }
        if table.has("environment") { environment = try table.table("environment").values(areNames: true) }
        if table.has("found_by") { foundBy = try table.word("found_by", among: ["verify", "check"]) }
        guard (subject == nil) != (command == nil) else {
            throw table.source.error(
                table.path,
                .wrongValue(
                    expected: "subject or command, one of the two",
                    found: subject == nil ? "neither" : "both",
                    nearest: nil))
        }
    }
}

extension ScenarioTable {
    fileprivate func unknownSubject(_ name: String, _ key: String, _ known: [String]) -> ScenarioError {
        source.error(
            at(key),
            .wrongValue(
                expected: known.isEmpty
                    ? "a subject of this file; it has none" : known.joined(separator: ", "),
                found: "\"\(name)\"", nearest: nil))
    }
}
