import Streaming

// What a recorder refuses, and how it asks what it has.

/// A configuration whose numbers can be recorded; the model brings them within their bounds.
func checked(_ settings: TraceRecorder.Settings) throws(RecorderError) -> Configuration {
    for (field, value) in [
        ("baseSpacing", settings.baseSpacing), ("reanchorDistance", settings.reanchorDistance),
    ] where !value.isFinite {
        throw .notFinite(field: field, value: "\(value)")
    }
    guard settings.budgets.perLevel.count <= TraceFormat.maximumLevelBudgets else {
        throw .outOfRange(
            field: "budgets.perLevel", value: "\(settings.budgets.perLevel.count) levels",
            allowed: "at most \(TraceFormat.maximumLevelBudgets)")
    }
    return settings.content
}

extension Event {
    var isSessionStart: Bool { if case .sessionStart = self { true } else { false } }
    var isStore: Bool { if case .store = self { true } else { false } }

    /// Whether it means nothing once the session has ended: another one that starts in the same frame has nothing to do with it.
    var isOfItsSession: Bool {
        switch self {
        case .configure, .storeOff, .storeDamage, .writeBackDropped: true
        default: false
        }
    }
}

extension RecorderError {
    init(_ error: TraceError) {
        switch error {
        case .notFinite(let field, let value, _): self = .notFinite(field: field, value: value)
        case .tooMany(_, _, let limit, _): self = .tooManyEvents(limit: limit)
        default: self = .outOfRange(field: "frame", value: "\(error)", allowed: "what a trace can hold")
        }
    }
}
