/// The stages of a frame in causal order: the first one whose digest differs, in a frame before which
/// all agreed, is the one that went wrong.
package enum Stage: UInt8, CaseIterable, Sendable {
    case input, snap, shift, recycle, dirty, select, cast, commit, store

    /// The name in reports, and the digest's label.
    package var name: String {
        switch self {
        case .input: "input"
        case .snap: "snap"
        case .shift: "shift"
        case .recycle: "recycle"
        case .dirty: "dirty"
        case .select: "select"
        case .cast: "cast"
        case .commit: "commit"
        case .store: "store"
        }
    }

    /// The file to open when this stage went wrong.
    package var sourceFile: String {
        let base = name.prefix(1).uppercased() + name.dropFirst()
        return "Sources/Streaming/Stages/\(base)Stage.swift"
    }

    /// Starts the stage's canonical bytes, so that two stages never hash alike.
    package var tag: UInt8 { 0x80 + rawValue }

    /// What of the state the stage may change, in the order in which its digest covers it after its outputs.
    package var parts: [StatePart] {
        switch self {
        case .input: [.world]
        case .snap: []
        case .shift: [.states, .payloads, .requests]
        case .recycle: [.states, .payloads, .cache, .index]
        case .dirty: [.states, .payloads, .cache, .requests, .index]
        case .select: [.states, .requests]
        case .cast: [.states, .requests]
        case .commit: [.states, .payloads, .requests]
        case .store: [.index]
        }
    }
}

/// Called at the end of a stage with the bytes whose XXH3-64 is the stage's digest, and the state as it is then.
package typealias StageWatch = (_ stage: Stage, _ bytes: [UInt8], _ system: borrowing StreamingSystem) -> Void

/// The parts of the state that a stage's digest covers as they stand at the stage's end.
package enum StatePart: Sendable {
    /// S: the state sums of the levels.
    case states
    /// P: the payload sums of the levels.
    case payloads
    /// C: the region cache: sum, order, size.
    case cache
    /// Q: the queue, the table of casts in flight, the epoch and the counters.
    case requests
    /// W: the world: seed, version, content.
    case world
    /// I: the store's index and what is pending there.
    case index
}
