import ArgumentParser
import Hashing
import Persistence
import Streaming
import Verification

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Looks after the file in which sessions keep their light.",
        discussion: """
            A store is made by 'record --store FILE' and by engines. The verbs refuse a file that is in use, and
            never touch one that is not a store.

            EXAMPLES
              lumon-replay store info lights.store
              lumon-replay store verify lights.store
              lumon-replay store prune lights.store --to-bytes 100000000
            """,
        subcommands: [InfoCommand.self, VerifyCommand.self, PruneCommand.self])

    struct InfoCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "info", abstract: "Says what a store holds.",
            discussion: """
                EXAMPLE
                  lumon-replay store info lights.store
                """)

        @Argument(help: "The store.")
        var store: String

        @Option(help: "text or json.")
        var format: PlainFormat = .text

        func run() throws {
            try reporting(file: store) {
                let info = try StoreInspection.info(store)
                switch format {
                case .json: try Console.print(info.json(store).text)
                case .text: for line in info.lines(store) { try Console.print(line) }
                }
            }
        }
    }

    struct VerifyCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Reads everything that a store holds, and checks every digest.",
            discussion: """
                Exit code 1 where something is not what it should be. A session takes nothing that is damaged, with
                or without this.

                EXAMPLE
                  lumon-replay store verify lights.store
                """)

        @Argument(help: "The store.")
        var store: String

        func run() throws {
            try reporting(file: store) {
                let (rows, faults) = try StoreInspection.faults(store)
                for fault in faults { try Console.print("\(store): \(fault.sentence)") }
                try Console.print(
                    "\(rows) row\(rows == 1 ? "" : "s"), \(faults.count) fault\(faults.count == 1 ? "" : "s")"
                )
                guard !faults.isEmpty else { return }
                Console.talk("next: lumon-replay store prune \(shellQuoted(store)) --damaged")
                throw ExitCode(Failure.Code.diverged.rawValue)
            }
        }
    }

    struct PruneCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prune", abstract: "Throws rows out of a store, and gives the room back.",
            discussion: """
                EXAMPLES
                  lumon-replay store prune lights.store --to-bytes 100000000
                  lumon-replay store prune lights.store --damaged
                  lumon-replay store prune lights.store --seed 7
                """)

        @Argument(help: "The store.")
        var store: String

        @Option(help: "The least recently used rows go until the others count no more bytes than this.")
        var toBytes: Int64?

        @Flag(help: "Rows that are damaged go.")
        var damaged = false

        @Option(help: "Rows of this world go.")
        var seed: UInt64?

        @Option(help: "Rows of all other worlds go.")
        var otherThanSeed: UInt64?

        func validate() throws {
            guard toBytes != nil || damaged || seed != nil || otherThanSeed != nil else {
                throw ValidationError("expected one of --to-bytes, --damaged, --seed, --other-than-seed")
            }
            guard toBytes ?? 0 >= 0 else { throw ValidationError("--to-bytes is below 0") }
        }

        func run() throws {
            try reporting(file: store) {
                var pruning = StoreInspection.Pruning()
                pruning.toBytes = toBytes
                pruning.damaged = damaged
                pruning.seed = seed
                pruning.otherThanSeed = otherThanSeed
                let (rows, unnamed) = try StoreInspection.prune(store, pruning)
                for entry in rows {
                    try Console.print(
                        "\(entry.key.sentence): \(entry.row.present.count) cells, \(entry.row.bytes) bytes")
                }
                let bytes = rows.reduce(0) { $0 + $1.row.bytes }
                try Console.print(
                    "\(rows.count + unnamed) row\(rows.count + unnamed == 1 ? "" : "s") gone, \(bytes) bytes"
                        + (unnamed > 0 ? ", \(unnamed) of them without a key that can be believed" : ""))
            }
        }
    }
}

extension StoreInspection.Info {
    fileprivate func lines(_ path: String) -> [String] {
        var lines = [
            "\(pad("store", 20)) \(path)", "\(pad("version", 20)) \(version)", "\(pad("clock", 20)) \(clock)",
            "\(pad("rows", 20)) \(groups.reduce(0) { $0 + $1.rows })",
            "\(pad("accounted bytes", 20)) \(accountedBytes)",
            "\(pad("file bytes", 20)) \(fileBytes), at most \(boundBytes)",
        ]
        if damagedRows > 0 { lines.append("\(pad("damaged rows", 20)) \(damagedRows)") }
        for world in worlds { lines.append("\(pad("world", 20)) seed \(world.seed), edits \(world.edits)") }
        for group in groups {
            lines.append(
                "\(pad("key", 20)) \(group.key.sentence), level \(group.level): \(group.rows) "
                    + "row\(group.rows == 1 ? "" : "s"), \(group.cells) cells, \(group.bytes) bytes")
        }
        return lines
    }

    fileprivate func json(_ path: String) -> JSON {
        .object([
            ("store", .string(path)), ("version", .integer(Int(version))), ("clock", .integer(Int(clock))),
            ("accountedBytes", .integer(Int(accountedBytes))), ("fileBytes", .integer(Int(fileBytes))),
            ("boundBytes", .integer(Int(boundBytes))), ("damagedRows", .integer(damagedRows)),
            (
                "worlds",
                .array(
                    worlds.map { world in
                        .object([
                            ("seed", .string("\(world.seed)")), ("edits", .string(world.edits.description)),
                        ])
                    })
            ),
            (
                "keys",
                .array(
                    groups.map { group in
                        .object([
                            ("seed", .string("\(group.key.worldSeed)")),
                            ("layoutVersion", .integer(Int(group.key.layoutVersion))),
                            ("fingerprint", .string(group.key.fingerprint.description)),
                            ("baseSpacing", .string("\(group.key.baseSpacing)")),
                            ("regionEdge", .integer(Int(group.key.regionEdge))),
                            ("level", .integer(Int(group.level))), ("rows", .integer(group.rows)),
                            ("cells", .integer(group.cells)), ("bytes", .integer(Int(group.bytes))),
                        ])
                    })
            ),
        ])
    }
}

extension StoreInspection.Fault {
    fileprivate var sentence: String {
        switch self {
        case .row(let id): "row \(id) is damaged: its columns are not what its digest says"
        case .content(let key): "\(key.sentence) is damaged: its cells are not what its digest says"
        case .accounting(let accounted, let sum):
            "accounted with \(accounted) bytes; expected \(sum), the sum over its rows"
        case .database(let text): "SQLite: \(text)"
        }
    }
}

extension StoreKey {
    var sentence: String {
        "seed \(worldSeed) layout \(layoutVersion) fingerprint \(fingerprint) base \(baseSpacing) edge \(regionEdge)"
    }
}

extension RowKey {
    var sentence: String { "\(key.sentence) \(region)" }
}
