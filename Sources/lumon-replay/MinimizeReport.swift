import Verification

/// What `minimize` prints.
struct MinimizeReport {
    var trace: String
    var output: String
    var minimized: Minimized
    // Order: sorted where they are shown.
    var perturbations: [String: UInt64]
    /// Shows the failure of the output.
    var command: String

    private typealias Count = (name: String, before: Int, after: Int)

    private var counts: [Count] {
        let (before, after) = (minimized.sizeBefore, minimized.size)
        return [
            ("frames", before.frames, after.frames), ("events", before.events, after.events),
            ("sessions", before.sessions, after.sessions), ("moves", before.moves, after.moves),
            ("levels", before.levels, after.levels), ("resolution", before.resolution, after.resolution),
        ]
    }

    var text: String {
        let failure = minimized.failure
        var rows: [(name: String, value: String)] = [
            ("from", trace), ("fails", "\(failure.signature), at frame \(failure.frame): \(failure.what)"),
        ]
        if !perturbations.isEmpty { rows.append(("perturbed", perturbationText(perturbations))) }
        rows += counts.map {
            ($0.name, $0.before == $0.after ? "\($0.after)" : "\($0.before) -> \($0.after)")
        }
        rows.append(("replays", "\(minimized.replays)"))
        rows.append(("minimal", minimal))
        rows.append(("next", command))
        if folderName(output).split(separator: "/").last.map(String.init) == GoldenFiles.regressions {
            rows.append(("mended", acceptCommand(output, golden: nil)))
        }
        let head =
            pad(output, 34) + " " + Console.good("minimized")
            + "  \(minimized.size.frames) frame\(minimized.size.frames == 1 ? "" : "s")"
        return ([head] + rows.map { "  \(pad($0.name, 10)) \($0.value)" }).joined(separator: "\n")
    }

    /// Whether something could still be left out, in words.
    private var minimal: String {
        switch minimized.reason {
        case nil: "yes: without any one frame, or any one event, it does not fail in this way"
        case .limit(let limit): "it may not be: the limit of \(limit) replays was reached"
        case .stopped: "it may not be: it was stopped"
        case .recorded:
            "it may not be: as a modelled run it does not fail, and of a recording only what is behind the failure can be cut off"
        }
    }

    var json: String {
        let failure = minimized.failure
        func size(_ value: KeyPath<Count, Int>) -> JSON {
            .object(counts.map { ($0.name, .integer($0[keyPath: value])) })
        }
        var signature: [(String, JSON)] = []
        switch failure.signature {
        case .stage(let name): signature = [("kind", .string("stage")), ("stage", .string(name))]
        case .levels: signature = [("kind", .string("levels"))]
        case .law(let name): signature = [("kind", .string("law")), ("law", .string(name))]
        case .error(let kind): signature = [("kind", .string("error")), ("error", .string(kind))]
        }
        if !perturbations.isEmpty {
            // Order: ascending by name.
            let all = perturbations.sorted { $0.key < $1.key }
            // A seed can be larger than an integer of JSON's readers.
            signature.append(("perturbations", .object(all.map { ($0.key, .string("\($0.value)")) })))
        }
        return JSON.object([
            ("trace", .string(trace)), ("output", .string(output)), ("signature", .object(signature)),
            ("frame", .integer(Int(failure.frame))), ("what", .string(failure.what)),
            ("before", size(\.before)), ("after", size(\.after)),
            ("replays", .integer(minimized.replays)), ("minimal", .boolean(minimized.isMinimal)),
            ("reason", minimized.reason == nil ? .null : .string(minimal)), ("next", .string(command)),
        ]).text
    }
}
