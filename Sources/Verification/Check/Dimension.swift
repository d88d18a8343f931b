/// Something that may differ from one run to the next, and must not show in a digest. A check pins all of them, perturbs some, and compares.
package struct Dimension: Sendable {
    /// How it is perturbed.
    package enum Means: Sendable {
        /// Threads that cast.
        case workers
        /// The order in which the results of one frame are completed.
        case completionOrder
        /// The run is stopped and gone on with from what it saved, after frames drawn from the seed.
        case restore
        /// The order of the messages in the trace's file.
        case fileOrder
        /// The program has begun the run before, and come as far as the seed says: it is reset, and not started.
        case reset
        /// The subject is told to, by the dimension's name.
        case subject
        /// The process is started otherwise.
        case process(ProcessChange)
        /// Another command is started, one of these by the seed: another build.
        case commands([(name: String, command: String)])
    }

    /// Words of a-z, 0-9 and dashes.
    package var name: String
    package var means: Means

    package init(_ name: String, _ means: Means) {
        self.name = name
        self.means = means
    }
}

/// How a process is started: as always, or perturbed.
package struct ProcessChange: Sendable {
    /// What a shell does before it starts the program.
    package struct Start: Hashable, Sendable {
        /// Statements: `umask 077`.
        package var statements: [String] = []
        /// A program that starts the program: `taskset -c 0`.
        package var starter: String?

        package init(_ statements: [String]) { self.statements = statements }

        init(_ statements: String..., starter: String? = nil) {
            self.statements = statements
            self.starter = starter
        }
    }

    package var pinned: Start
    /// By the seed.
    package var perturbed: @Sendable (UInt64) -> Start
    /// A command that shows whether it is as it should be: its output is another one where the process is perturbed.
    package var probe: String
    /// What has to be there for it, in words.
    package var needs: String?

    package init(
        pinned: Start, probe: String, needs: String? = nil, perturbed: @escaping @Sendable (UInt64) -> Start
    ) {
        self.pinned = pinned
        self.probe = probe
        self.needs = needs
        self.perturbed = perturbed
    }
}

extension Dimension {
    /// The harness tells every subject that takes them.
    package static let ofHarness = [
        Dimension("workers", .workers), Dimension("completion-order", .completionOrder),
        Dimension("restore", .restore), Dimension("reset", .reset), Dimension("file-order", .fileOrder),
    ]

    /// How a process may be started, on this system. `folder` is an empty one, `clockLibrary` a ``ShiftedClock``.
    static func ofProcess(elsewhere folder: String, clockLibrary: String) -> [Dimension] {
        var all = [
            Dimension("hash-seed", .process(hashSeed)), Dimension("locale", .process(locale)),
            Dimension("time-zone", .process(timeZone)), Dimension("umask", .process(umask)),
            Dimension("working-directory", .process(workingDirectory(folder))),
            Dimension("environment-size", .process(environmentSize)),
            Dimension("open-files", .process(openFiles)),
        ]
        #if os(Linux)
            all += [
                Dimension("address-layout", .process(addressLayout)),
                Dimension("malloc-perturb", .process(mallocPerturb)),
                Dimension("clock", .process(clock(clockLibrary))),
                Dimension("cpus", .process(processors)),
            ]
        #endif
        return all
    }

    /// What there is elsewhere, and not on this system.
    package static var notHere: [String] {
        #if os(Linux)
            []
        #else
            ["address-layout", "malloc-perturb", "clock", "cpus"]
        #endif
    }

    // MARK: One by one

    /// Swift and Python seed their hashes anew in each process unless they are told not to. Swift cannot be told with what.
    private static var hashSeed: ProcessChange {
        ProcessChange(
            pinned: .init("export SWIFT_DETERMINISTIC_HASHING=1 PYTHONHASHSEED=0"),
            probe: "echo $SWIFT_DETERMINISTIC_HASHING $PYTHONHASHSEED"
        ) { seed in
            .init("unset SWIFT_DETERMINISTIC_HASHING", "export PYTHONHASHSEED=\(1 + seed % 4_294_967_295)")
        }
    }

    private static var locale: ProcessChange {
        let locales = ["tr_TR.UTF-8", "de_DE.UTF-8", "ar_EG.UTF-8", "sv_SE.UTF-8"]
        return ProcessChange(pinned: .init("export LC_ALL=C LANG=C"), probe: "echo $LC_ALL") { seed in
            let name = locales[Int(seed % UInt64(locales.count))]
            return .init("export LC_ALL=\(name) LANG=\(name)")
        }
    }

    /// In POSIX form, so that no file of zones is needed; with a change of time twice a year.
    private static var timeZone: ProcessChange {
        let zones = ["LHT-14", "NST3:30NDT,M3.2.0,M11.1.0", "NPT-5:45", "AoE12"]
        return ProcessChange(pinned: .init("export TZ=UTC0"), probe: "date +%z") { seed in
            .init("export TZ='\(zones[Int(seed % UInt64(zones.count))])'")
        }
    }

    private static var umask: ProcessChange {
        ProcessChange(pinned: .init("umask 022"), probe: "umask") { _ in .init("umask 077") }
    }

    private static func workingDirectory(_ folder: String) -> ProcessChange {
        ProcessChange(pinned: .init("cd /"), probe: "pwd") { _ in .init("cd \(ShellText.quoted(folder))") }
    }

    /// A large environment moves the stack, and everything that looks at it.
    private static var environmentSize: ProcessChange {
        ProcessChange(pinned: .init("unset LUMON_PADDING"), probe: "env | wc -c") { seed in
            .init("export LUMON_PADDING=$(printf %\(65_536 + seed % 4096)s x)")
        }
    }

    private static var openFiles: ProcessChange {
        ProcessChange(pinned: .init("ulimit -S -n 256"), probe: "ulimit -n") { seed in
            .init("ulimit -S -n \(40 + seed % 24)")
        }
    }

    private static var addressLayout: ProcessChange {
        ProcessChange(
            pinned: .init(starter: "setarch -R"), probe: "cat /proc/self/personality",
            needs: "setarch (of util-linux), and leave to use it"
        ) { _ in .init() }
    }

    private static var mallocPerturb: ProcessChange {
        ProcessChange(pinned: .init("export MALLOC_PERTURB_=0"), probe: "echo $MALLOC_PERTURB_") { seed in
            .init("export MALLOC_PERTURB_=\(1 + seed % 254)")
        }
    }

    /// Always the same day, and then one on which the seconds since 1970 need more than 31 bits. `library` is a ``ShiftedClock``.
    private static func clock(_ library: String) -> ProcessChange {
        let pinned: Int64 = 1_772_366_400
        return ProcessChange(
            pinned: .init(ShiftedClock.statements(library, seconds: pinned)), probe: "date +%Y",
            needs: "a C compiler"
        ) { seed in
            // Two seconds before the end of a day, 13 to 52 years later.
            let days = Int64(13 + seed % 40) * 365
            return .init(ShiftedClock.statements(library, seconds: (pinned / 86_400 + days) * 86_400 - 2))
        }
    }

    private static var processors: ProcessChange {
        ProcessChange(
            pinned: .init(), probe: "nproc",
            needs: "taskset (of util-linux), and more than one processor"
        ) { _ in .init(starter: "taskset -c 0") }
    }
}

/// Text for a shell.
enum ShellText {
    /// As one word, whatever is in it.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// A command that is started as `starts` say.
    static func command(_ command: String, _ starts: [ProcessChange.Start]) -> String {
        let statements = starts.flatMap(\.statements)
        let starters = starts.compactMap(\.starter)
        guard !statements.isEmpty || !starters.isEmpty else { return command }
        let start = (["exec"] + starters + ["/bin/sh -c", quoted(command)]).joined(separator: " ")
        return (statements + [start]).joined(separator: " && ")
    }
}
