import Replay
import Streaming
import Topology

/// What was stored under another key is not taken, whatever the part in which the keys differ.
///
/// The first session of the trace is run with a store: its own, or one that it is given. Then, each in turn, a session is started behind it whose key
/// differs in one part only: the world's seed, the layout's version, and what the fingerprint is made of, as far as a configuration can say it (base spacing,
/// resolution, levels, region edge; the rays and the version of the light are constants). The camera stands still. Of the rows that the store holds none is
/// accepted, asked for or restored; all are counted as refused, and, where the first session had one key throughout, for the reason that is the part.
package struct OtherKey: Law {
    package let name = "other-key"
    package let rules: [Rule] = [.invalidation]
    package let claim =
        "with any part of the key different nothing is taken from the store, and it is counted why"

    package init() {}

    package func judge(_ given: LawCase) throws -> LawOutcome {
        if let reason = given.unfit() { return .notApplicable(reason) }
        return try given.judging {
            var run = LawRun(given.options)
            var keys: Set<KeyParts> = []
            for input in given.firstSession {
                try run.step(input)
                if let configuration = run.state.system.configuration { keys.insert(KeyParts(configuration)) }
            }
            guard let configuration = run.state.system.configuration else {
                return .notApplicable("no session runs at the end of the first one")
            }
            var cases = 0
            for part in KeyParts.changes {
                guard let changed = part.change(configuration), !keys.contains(KeyParts(changed)),
                    let position = run.last?.camera.position,
                    (try? changed.lattice.finestCell(of: position)) != nil
                else {
                    continue
                }
                var other = run.fork()
                let reason = keys.count == 1 ? part.reason : nil
                switch try other.judge(changed, part.name, reason: reason) {
                case .broken(let breach): return .broken(breach)
                case .rows(let rows): cases += rows > 0 ? 1 : 0
                }
            }
            guard cases > 0 else { return .notApplicable("the first session leaves nothing in its store") }
            return .holds(cases: cases)
        }
    }
}

/// What must be equal for a stored payload to mean the same: told apart without the key itself.
private struct KeyParts: Hashable {
    var seed: UInt64
    var layout: UInt32
    var spacing: Double
    var resolution: Int32
    var levels: Int32
    var edge: Int32

    init(_ configuration: Configuration) {
        seed = configuration.worldSeed
        layout = configuration.layoutVersion
        spacing = configuration.baseSpacing
        resolution = configuration.resolution
        levels = configuration.levels
        edge = configuration.regionEdge
    }

    typealias Change = (name: String, reason: String, change: @Sendable (Configuration) -> Configuration?)

    /// One for each part. Nil where the part has no other value.
    static let changes: [Change] = [
        ("world seed", "seed", { changed($0) { $0.worldSeed ^= 1 } }),
        ("layout version", "layout", { changed($0) { $0.layoutVersion ^= 1 } }),
        (
            "base spacing", "fingerprint",
            { changed($0) { $0.baseSpacing *= $0.baseSpacing < 32 ? 1.25 : 0.75 } }
        ),
        (
            "resolution", "fingerprint",
            {
                changed($0) {
                    $0.resolution += $0.resolution + $0.regionEdge <= 128 ? $0.regionEdge : -$0.regionEdge
                }
            }
        ),
        ("levels", "fingerprint", { changed($0) { $0.levels += $0.levels < 8 ? 1 : -1 } }),
        (
            "region edge", "fingerprint",
            { given in
                let edges = (1...given.resolution).filter {
                    given.resolution % $0 == 0 && $0 != given.regionEdge
                }
                return edges.last { $0 < given.regionEdge }.map { edge in
                    changed(given) { $0.regionEdge = edge }
                }
                    ?? edges.first.map { edge in changed(given) { $0.regionEdge = edge } }
            }
        ),
    ]

    private static func changed(_ given: Configuration, _ change: (inout Configuration) -> Void)
        -> Configuration
    {
        var configuration = given
        change(&configuration)
        return configuration.effective().configuration
    }
}

/// What the second session came to.
private enum SecondSession {
    case broken(Breach)
    /// So many rows, none of which was taken.
    case rows(Int)
}

extension LawRun {
    /// Starts a session with another key, and stands still until its store has answered all that it could be asked. `reason` is why rows are
    /// refused, nil where they are refused for several.
    fileprivate mutating func judge(
        _ configuration: Configuration, _ part: String, reason: String?
    ) throws -> SecondSession {
        var found: (rows: Int, refused: Int)?
        for place in 0..<LawRun.framesOfSecondSession(configuration) {
            let input = place == 0 ? nextSession(configuration) : stillFrame()
            let rows = state.store.rows.count
            let report = Reports()
            let result = try step(input) { stage, bytes, system in
                guard stage == .recycle, system.store != nil else { return }
                report.recycle = StageReport(
                    stage, bytes, levels: system.levels.count, events: input.events.count)
            }
            func breach(_ stage: Stage, _ level: Int?, _ what: String) -> SecondSession {
                .broken(
                    Breach(
                        frame: input.frame, stage: stage, level: level, what: "\(what), with another \(part)")
                )
            }
            if place > 0, let index = report.index {
                if let accepted = index["accepted"], accepted > 0 {
                    return breach(.recycle, nil, "rows accepted: expected 0 of \(rows), found \(accepted)")
                }
                let refused = index.values.reduce(0, +)
                if refused != rows {
                    return breach(.recycle, nil, "rows refused: expected \(rows), found \(refused)")
                }
                if let reason, index[reason] != rows {
                    return breach(
                        .recycle, nil,
                        "rows refused because of the \(reason): expected \(rows), found \(index[reason] ?? 0)"
                    )
                }
                found = (rows, refused)
            }
            if let level = result.counts.firstIndex(where: { $0.restored > 0 }) {
                return breach(
                    .recycle, level, "restored: expected 0 cells, found \(result.counts[level].restored)")
            }
            if let request = state.system.store?.requests.first(where: { $0.row != nil }) {
                return breach(
                    .store, request.row.map { Int($0.region.level) },
                    "requests: expected none for a row, found one for \(request.row.map { "\($0.region)" } ?? "")"
                )
            }
        }
        guard let found else {
            return .broken(
                Breach(
                    frame: last?.frame ?? 0, stage: .recycle,
                    what:
                        "index of the store: expected to be drained by now, found it is not, with another \(part)"
                ))
        }
        return .rows(found.rows)
    }
}

/// What the recycle stage hashed, if it drained the store's index.
private final class Reports {
    var recycle: StageReport?

    /// Rows by what became of them: accepted, or why not.
    var index: [String: Int]? {
        guard let recycle else { return nil }
        var counts: [String: Int] = [:]
        for leaf in recycle.outputs.leaves() where leaf.path.hasPrefix("replies[0].") {
            let name = String(leaf.path.dropFirst("replies[0].".count))
            if ["accepted", "seed", "layout", "fingerprint", "world"].contains(name) {
                counts[name] = Int(leaf.text)
            }
        }
        return counts.isEmpty ? nil : counts
    }
}
