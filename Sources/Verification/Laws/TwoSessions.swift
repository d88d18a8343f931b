import Replay
package import Streaming

// The first session of a trace with a store, and another one behind it: what the laws of the key are judged by.

extension LawCase {
    /// The frames of the first session, which keeps a store: its own, or one that is given to it here.
    package var firstSession: [FrameInput] {
        var session: [FrameInput] = []
        for (place, given) in sampleFrames.enumerated() {
            let starts = given.events.contains { if case .sessionStart = $0 { true } else { false } }
            if place > 0, starts || given.events.contains(.sessionEnd) { break }
            var input = given
            input.snapshot = nil
            input.events.removeAll { $0 == .storeOff }
            if place == 0 { input.events = input.events.withStore }
            session.append(input)
        }
        return session
    }
}

extension [Event] {
    /// With a store behind the session's start, new, and with the size cap that it has here.
    private static let sizeCapBytes: Int64 = 1 << 30

    fileprivate var withStore: [Event] {
        var cap = [Event].sizeCapBytes
        for case .store(let given, _) in self { cap = given }
        var events = filter { if case .store = $0 { false } else { true } }
        let start = events.firstIndex { if case .sessionStart = $0 { true } else { false } }
        if let start { events.insert(.store(sizeCapBytes: cap, contents: nil), at: start + 1) }
        return events
    }
}

extension LawRun {
    /// The frame that ends the session and starts another one, with the store that it leaves.
    package func nextSession(_ configuration: Configuration) -> FrameInput {
        var input = stillFrame(
            events: [.sessionStart(configuration), .store(sizeCapBytes: 1 << 30, contents: nil)])
        input.session += 1
        return input
    }

    /// Frames in which the second session has asked its store for everything, and been answered.
    package static func framesOfSecondSession(_ configuration: Configuration) -> Int {
        3 * Int(configuration.storeLatencyFrames) + 4
    }
}
