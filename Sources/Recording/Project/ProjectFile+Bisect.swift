extension ProjectFile {
    /// How a revision of the repository is built and judged.
    package struct Bisect: Equatable, Sendable {
        /// For `/bin/sh -c`, by the top of a revision's tree; nil: nothing is to be built.
        package var build: String?
        /// The lumon-replay that a revision builds, by the top of its tree: it is asked where the model is judged.
        package var program: String?
        /// What of a build is kept, by the top of the tree; empty: the program, or else the whole tree.
        package var artifacts: [String] = []
        /// In place of what is judged otherwise; for `/bin/sh -c`.
        package var test: String?
        /// Folders and files, by the top of the repository, on which the state depends.
        package var statePath: [String] = []
        /// Merges are taken as one step.
        package var isFirstParent = false
        /// A build is worth so many runs of the test in the choice of the next commit.
        package var buildRuns: Double?
        /// Of `nightly --bisect`, for all incidents of a night together.
        package var nightlySeconds = 3600.0

        package init() {}
    }
}

extension ProjectFile.Bisect {
    init(_ table: ScenarioTable) throws(ScenarioError) {
        try table.allow([
            "build", "program", "artifacts", "test", "state_path", "first_parent", "build_runs",
            "nightly_seconds",
        ])
        if table.has("build") { build = try table.path("build") }
        if table.has("program") { program = try table.path("program") }
        if table.has("artifacts") { artifacts = try table.strings("artifacts") }
        if table.has("test") { test = try table.path("test") }
        if table.has("state_path") { statePath = try table.strings("state_path") }
        if table.has("first_parent") { isFirstParent = try table.boolean("first_parent") }
        if table.has("build_runs") { buildRuns = try table.number("build_runs", 0...1_000_000) }
        if table.has("nightly_seconds") { nightlySeconds = try table.number("nightly_seconds", 1...86_400) }
    }
}
