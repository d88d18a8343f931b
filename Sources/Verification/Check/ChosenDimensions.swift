import Replay

/// The dimensions that a program has on this system, and those that it has not.
struct Dimensions {
    var all: [Dimension] = []
    /// By name, why it is not applicable.
    var notApplicable: [(name: String, reason: String)] = []

    init(_ description: SubjectDescription, _ folder: CheckFolder, own: [Dimension], _ program: CheckProgram)
    {
        func lacks(_ name: String, _ reason: String) { notApplicable.append((name, reason)) }
        for dimension in Dimension.ofHarness {
            switch dimension.means {
            case .workers where !description.takesWorkers:
                lacks("workers", "the subject takes no worker count")
            case .completionOrder where !description.takesCompletionSeed:
                lacks("completion-order", "the subject takes no order of completion")
            case .restore where !description.restores: lacks("restore", "the subject does not save its state")
            default: all.append(dimension)
            }
        }
        all += description.dimensions.map { Dimension($0, .subject) }
        for name in ModelSubject.dimensions where !description.dimensions.contains(name) {
            lacks(name, "the subject cannot be told to")
        }
        for dimension in Dimension.ofProcess(
            elsewhere: folder.elsewhere, clockLibrary: folder.clockLibrary)
        {
            if dimension.name == "working-directory", !program.runsAnywhere {
                lacks(
                    "working-directory",
                    "its command is relative to its folder (runs_anywhere = true says otherwise)")
            } else {
                all.append(dimension)
            }
        }
        for name in Dimension.notHere { lacks(name, "not on this system") }
        all += own
    }
}

/// What of it is asked for.
struct Chosen {
    var dimensions: [Dimension] = []
    var laws: [any Law] = []
    var notApplicable: [(name: String, reason: String)] = []

    /// - Throws: ``CheckError`` for a name that there is not, or that is not applicable and was asked for.
    init(_ known: Dimensions, _ options: CheckOptions) throws(CheckError) {
        let names =
            known.all.map(\.name) + known.notApplicable.map(\.name) + Laws.all.map(\.name)
        for name in options.only + options.without where !names.contains(name) {
            throw .unknown(name: name, known: names)
        }
        for (name, reason) in known.notApplicable where options.only.contains(name) {
            throw .notApplicable(name: name, reason: reason)
        }
        func isChosen(_ name: String) -> Bool {
            (options.only.isEmpty || options.only.contains(name)) && !options.without.contains(name)
        }
        dimensions = known.all.filter { isChosen($0.name) }
        laws = Laws.all.filter { law in
            isChosen(law.name) && options.rule.map { law.rules.contains($0) } ?? true
        }
        guard options.only.isEmpty else { return }
        notApplicable = known.notApplicable + options.without.map { ($0, "left out, as was asked for") }
    }
}
