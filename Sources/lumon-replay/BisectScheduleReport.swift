import Replay
import Streaming
import Verification

/// What `bisect schedule` prints.
struct BisectScheduleReport {
    /// Changes that are shown; the rest is counted.
    private static let maximumChanges = 20

    var trace: String
    var output: String?
    var found: ScheduleBisection
    /// Shows the failure again.
    var command: String

    private typealias Row = (name: String, value: String)

    var text: String {
        let head = pad(trace, 34) + " "
        let word =
            found.pair == nil
            ? Console.bad("NO PAIR") + "  \(changes)" : Console.good("two events") + "  \(changes)"
        return ([head + word] + rows.map { "  \(pad($0.name, 7)) \($0.value)" }).joined(separator: "\n")
    }

    private var changes: String {
        "\(found.changes.count) change\(found.changes.count == 1 ? "" : "s") of \(found.differences)"
    }

    private var rows: [Row] {
        var rows: [Row] = [
            ("good", found.good), ("bad", found.bad), ("fails", found.signature),
        ]
        if let pair = found.pair {
            rows.append(("first", sentence(pair.first)))
            rows.append(("then", sentence(pair.second)))
            rows.append(("", "so it holds; the other way round, with nothing else changed, it fails"))
        }
        rows += changeRows
        rows += breachRows
        rows.append(("minimal", minimal))
        rows.append(("replays", "\(found.replays)"))
        if let output { rows.append(("wrote", "\(output): the run that fails")) }
        rows.append(("again", command))
        return rows
    }

    private var changeRows: [Row] {
        let shown = found.changes.prefix(BisectScheduleReport.maximumChanges)
        var rows: [Row] = []
        for change in shown {
            rows.append((rows.isEmpty ? "changes" : "", sentence(change)))
            guard let pair = change.pair, pair != found.pair else { continue }
            rows.append(("", "  begins to matter where these are transposed: " + sentence(pair.first)))
            rows.append(("", "  and: " + sentence(pair.second)))
        }
        let left = found.changes.count - shown.count
        if left > 0 { rows.append(("", "and \(left) more")) }
        return rows
    }

    private var breachRows: [Row] {
        let breach = found.breach
        var place = "frame \(breach.frame)"
        if let stage = breach.stage { place += ", stage \(stage.name)" }
        if let level = breach.level { place += ", level \(level)" }
        if let cell = breach.cell { place += ", cell \(cell)" }
        var rows: [Row] = [("differs", place), ("value", breach.what)]
        if let stage = breach.stage { rows.append(("open", stage.sourceFile)) }
        return rows
    }

    private func sentence(_ event: DescribedEvent) -> String {
        var text = event.frame.map { "frame \($0): " } ?? ""
        text += event.what
        if let stage = event.stage, !event.what.hasSuffix("stage \(stage.name)") {
            text += ", stage \(stage.name)"
        }
        for probe in event.probes { text += ", level \(probe.level), cell \(probe.cell)" }
        return text
    }

    private func sentence(_ change: ScheduleBisection.Change) -> String {
        let event = sentence(change.event)
        let good = change.goodFrame.map {
            $0 == change.event.frame ? "elsewhere in this frame" : "in frame \($0)"
        }
        return event + "; in the good order " + (good ?? "not at all")
    }

    private var minimal: String {
        switch found.reason {
        case .limit(let limit): return "it may not be: the limit of \(limit) replays was reached"
        case .stopped: return "it may not be: it was stopped"
        case nil: break
        }
        guard found.isMinimal else { return "the pair is; of the other changes some may not be needed" }
        return found.changes.count == 1
            ? "yes: this one change is enough"
            : "yes: without any one of the \(found.changes.count) changes it holds"
    }

    var json: String {
        func json(_ event: DescribedEvent) -> JSON {
            .object([
                ("frame", event.frame.map { .integer(Int($0)) } ?? .null), ("what", .string(event.what)),
                ("stage", event.stage.map { .string($0.name) } ?? .null),
                (
                    "probes",
                    .array(
                        event.probes.map {
                            .object([("level", .integer($0.level)), ("cell", .string("\($0.cell)"))])
                        })
                ),
            ])
        }
        func pairJSON(_ pair: ScheduleBisection.EventPair?) -> JSON {
            pair.map { .array([json($0.first), json($0.second)]) } ?? .null
        }
        let breach = found.breach
        return JSON.object([
            ("trace", .string(trace)), ("good", .string(found.good)), ("bad", .string(found.bad)),
            ("found", .boolean(found.pair != nil)), ("signature", .string(found.signature)),
            ("holds", pairJSON(found.pair)),
            ("differences", .integer(found.differences)),
            (
                "changes",
                .array(
                    found.changes.map { change in
                        .object([
                            ("event", json(change.event)),
                            ("goodFrame", change.goodFrame.map { .integer(Int($0)) } ?? .null),
                            ("holds", pairJSON(change.pair)),
                        ])
                    })
            ),
            (
                "first",
                .object([
                    ("frame", .integer(Int(breach.frame))),
                    ("stage", breach.stage.map { .string($0.name) } ?? .null),
                    ("level", breach.level.map { .integer($0) } ?? .null),
                    ("cell", breach.cell.map { .string("\($0)") } ?? .null),
                    ("what", .string(breach.what)),
                    ("open", breach.stage.map { .string($0.sourceFile) } ?? .null),
                ])
            ),
            ("minimal", .boolean(found.isMinimal)),
            ("reason", found.reason == nil ? .null : .string(minimal)),
            ("replays", .integer(found.replays)), ("again", .string(command)),
        ]).text
    }
}
