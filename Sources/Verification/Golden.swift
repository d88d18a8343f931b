package import Hashing
package import Replay
package import Streaming
import Topology

/// Why a golden text cannot be read.
package enum GoldenError: Error, Equatable, Sendable {
    case notAGolden(firstLine: String)
    case newerFormat(found: Int, supported: Int)
    case tooManyLines(found: Int, limit: Int)
    case missing(field: String)
    case malformed(field: String, line: Int, found: String)
    case checksum(expected: String, found: String)
}

/// The readable half of a golden: what was run, what came of it, and a summary by which a reviewer sees
/// what changed. The decision is the run's digest and the digests file's; the rest is for people.
package struct Golden: Hashable, Sendable {
    package static let formatVersion = 1
    /// A golden stays short, so that a changed one can be read in a pull request.
    package static let maximumLines = 30
    /// The subject of a golden of our own.
    package static let modelName = "model"

    /// The trace's file name.
    package var trace: String
    /// XXH3-128 of the trace file's bytes.
    package var traceDigest: Digest128
    /// Who ran: `model` for our own.
    package var subject: String
    /// The subject's stages; nil for the model's.
    package var stages: [String]?
    /// ``DigestAlgorithm/version`` of the run.
    package var algorithm: Int
    /// The first configuration in words.
    package var configuration: String
    /// What built the program; informative.
    package var toolchain: String
    /// The command that writes this golden again.
    package var command: String
    package var frames: Int
    package var run: Digest128
    /// XXH3-128 of the digests file's bytes.
    package var digestsFile: Digest128
    /// Per counter, one number per level.
    package var summary: [Counter]

    package struct Counter: Hashable, Sendable {
        package var name: String
        package var perLevel: [Int]
    }

    private static let title = "lumon-replay golden"
    /// Names are padded to this width.
    private static let column = 14

    /// The summary's counters, in the order of the text. Those of the store stand there only where one of them is not 0.
    package static func summary(of totals: [LevelCounts]) -> [Counter] {
        func counter(_ name: String, _ value: (LevelCounts) -> Int) -> Counter {
            Counter(name: name, perLevel: totals.map(value))
        }
        let ofStore = [counter("stored", \.stored), counter("refused", \.refused)]
        let hasStore = ofStore.contains { $0.perLevel.contains { $0 != 0 } }
        return [
            counter("entered", \.entered), counter("dirtied", \.dirtied),
            counter("stale", \.promoted), counter("expired", \.expired),
            counter("selected", \.selected), counter("cast", \.cast),
            counter("disabled", \.disabled), counter("committed", \.committed),
            counter("aborted", \.aborted), counter("overtaken", \.overtaken),
            counter("dropped", \.dropped), counter("restored", \.restored),
            counter("evicted", \.evicted),
        ] + (hasStore ? ofStore : [])
    }

    /// A text that stands on one line and is read again as it is: control characters, spaces at its ends
    /// and percent signs are written as `%XX`.
    private static func line(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = ""
        for (index, scalar) in scalars.enumerated() {
            let atEnd = index == 0 || index == scalars.count - 1
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            if isControl || scalar == "%" || (scalar == " " && atEnd)
                || [0x2028, 0x2029].contains(scalar.value)
            {
                for byte in String(scalar).utf8 {
                    result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The text, with its checksum line. The same golden always gives the same bytes.
    package func encoded() -> String {
        var lines = ["\(Golden.title) \(Golden.formatVersion)"]
        func add(_ name: String, _ value: String) {
            lines.append(name + String(repeating: " ", count: Golden.column - name.count) + value)
        }
        add("trace", trace)
        add("trace-xxh3", traceDigest.description)
        add("subject", subject)
        if let stages { add("stages", stages.joined(separator: " ")) }
        add("digests", "\(algorithm)")
        add("configuration", configuration)
        add("toolchain", toolchain)
        add("command", command)
        add("frames", "\(frames)")
        add("run-xxh3", run.description)
        add("digests-xxh3", digestsFile.description)
        for counter in summary {
            add(counter.name, counter.perLevel.map(String.init).joined(separator: " "))
        }
        let text = lines.joined(separator: "\n") + "\n"
        add("checksum", XXH3.digest64(Array(text.utf8)).description)
        return lines.joined(separator: "\n") + "\n"
    }

    package init(
        trace: String, traceDigest: Digest128, command: String, run: Run, digestsFile: Digest128
    ) {
        self.trace = Golden.line(trace)
        self.traceDigest = traceDigest
        subject = Golden.modelName
        algorithm = DigestAlgorithm.version
        configuration = run.configuration.sentence
        toolchain = Toolchain.name
        self.command = Golden.line(command)
        frames = run.frameCount
        self.run = run.digest
        self.digestsFile = digestsFile
        summary = Golden.summary(of: run.totals)
    }

    /// The golden of a subject's run. `configuration` is the trace's first one, in words.
    package init(
        trace: String, traceDigest: Digest128, command: String, of subject: SubjectDescription,
        run: SubjectRun, configuration: String, digestsFile: Digest128
    ) {
        self.trace = Golden.line(trace)
        self.traceDigest = traceDigest
        self.subject = subject.name
        stages = subject.stages.map(\.name)
        algorithm = subject.digestVersion
        self.configuration = configuration
        toolchain = Golden.line(subject.version)
        self.command = Golden.line(command)
        frames = run.frameCount
        self.run = run.digest
        self.digestsFile = digestsFile
        summary = run.counters.map { Counter(name: $0.name, perLevel: $0.perLevel) }
    }

    /// Reads what ``encoded()`` writes, and nothing else: a golden has one form, so that its lines differ where its
    /// content does.
    package init(decoding text: String) throws(GoldenError) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let first = lines.first ?? ""
        guard first.hasPrefix(Golden.title + " "),
            let format = Int(first.dropFirst(Golden.title.count + 1))
        else { throw .notAGolden(firstLine: String(first.prefix(60))) }
        guard format == Golden.formatVersion else {
            throw .newerFormat(found: format, supported: Golden.formatVersion)
        }
        guard lines.count <= Golden.maximumLines + 1 else {
            throw .tooManyLines(found: lines.count - 1, limit: Golden.maximumLines)
        }
        try Golden.checkSum(text, lines)
        var fields = GoldenFields(lines: lines)
        trace = try fields.next("trace")
        traceDigest = try fields.digest("trace-xxh3")
        subject = try fields.next("subject")
        stages =
            fields.isNext("stages")
            ? try fields.next("stages").split(separator: " ").map(String.init) : nil
        algorithm = try fields.number("digests")
        configuration = try fields.next("configuration")
        toolchain = try fields.next("toolchain")
        command = try fields.next("command")
        frames = try fields.number("frames")
        run = try fields.digest("run-xxh3")
        digestsFile = try fields.digest("digests-xxh3")
        var counters: [Counter] = []
        let known =
            stages == nil
            ? Golden.summary(of: []).map(\.name) + (text.contains("\nstored ") ? ["stored", "refused"] : [])
            : fields.namesLeft
        for name in known { counters.append(Counter(name: name, perLevel: try fields.numbers(name))) }
        summary = counters
        let written = encoded().split(separator: "\n", omittingEmptySubsequences: false)
        for (index, (line, expected)) in zip(lines, written).enumerated() where line != expected {
            let field = line.prefix { $0 != " " }
            let value = line.dropFirst(field.count).drop { $0 == " " }
            throw .malformed(field: String(field), line: index + 1, found: String(value))
        }
    }

    private static func checkSum(_ text: String, _ lines: [String]) throws(GoldenError) {
        guard lines.count >= 2, lines[lines.count - 1].isEmpty,
            lines[lines.count - 2].hasPrefix("checksum ")
        else { throw .missing(field: "checksum") }
        let line = lines[lines.count - 2]
        let body = String(text.dropLast(line.count + 1))
        let found = line.dropFirst("checksum".count).drop { $0 == " " }
        let expected = XXH3.digest64(Array(body.utf8)).description
        guard found == expected else { throw .checksum(expected: expected, found: String(found)) }
    }
}

/// Takes the fields of a golden off in their order; the first line is its title.
private struct GoldenFields {
    let lines: [String]
    var index = 1

    func isNext(_ name: String) -> Bool {
        index < lines.count && (lines[index].hasPrefix(name + " ") || lines[index] == name)
    }

    /// The names of the lines up to the checksum.
    var namesLeft: [String] {
        lines[min(index, lines.count)...].map { String($0.prefix { $0 != " " }) }.filter {
            !$0.isEmpty && $0 != "checksum"
        }
    }

    mutating func next(_ name: String) throws(GoldenError) -> String {
        guard isNext(name) else { throw .missing(field: name) }
        defer { index += 1 }
        return String(lines[index].dropFirst(name.count).drop { $0 == " " })
    }

    mutating func digest(_ name: String) throws(GoldenError) -> Digest128 {
        let text = try next(name)
        guard let digest = Digest128(hexadecimal: text) else {
            throw .malformed(field: name, line: index, found: text)
        }
        return digest
    }

    mutating func number(_ name: String) throws(GoldenError) -> Int {
        let text = try next(name)
        guard let number = Int(text), number >= 0 else {
            throw .malformed(field: name, line: index, found: text)
        }
        return number
    }

    mutating func numbers(_ name: String) throws(GoldenError) -> [Int] {
        let text = try next(name)
        let numbers = text.split(separator: " ").map { Int($0) }
        guard !numbers.contains(nil) else { throw .malformed(field: name, line: index, found: text) }
        return numbers.compactMap { $0 }
    }
}

extension Configuration {
    /// One line for people.
    package var sentence: String {
        let preset = Configuration.presets.first {
            $0.configuration.lattice == lattice && $0.configuration.budgets == budgets
        }
        let budget = budgets.perLevel.map(String.init).joined(separator: ",")
        let variant = variant == .reference ? "" : "variant \(variant.name), "
        return (preset.map { "\($0.name): " } ?? "") + variant + "base \(baseSpacing), N \(resolution), "
            + "\(levels) levels, budgets \(budget) of \(budgets.total), "
            + "re-anchor \(reanchorDistance), latency \(castLatencyFrames), seed \(worldSeed)"
    }
}

/// What built this program.
package enum Toolchain {
    package static var name: String {
        #if compiler(>=6.4)
            let version = "6.4 or newer"
        #elseif compiler(>=6.3)
            let version = "6.3"
        #else
            let version = "6.2"
        #endif
        #if os(Linux)
            let system = "linux"
        #elseif os(macOS)
            let system = "macos"
        #else
            let system = "other"
        #endif
        #if arch(x86_64)
            return "swift \(version), \(system) x86_64"
        #elseif arch(arm64)
            return "swift \(version), \(system) arm64"
        #else
            return "swift \(version), \(system)"
        #endif
    }
}
