import Hashing
package import Streaming
import Topology

/// A trace taken apart into what can be left out: sessions of frames, each with what happens in it.
///
/// Whatever is left out, ``frames()`` makes valid frames of the rest: they are numbered from 0, sessions too; a start, an end or a store is
/// written where the rest needs it.
package struct Draft: Equatable, Sendable {
    /// From one start to the next.
    package struct Session: Equatable, Sendable {
        package var configuration: Configuration
        /// What stands behind its start.
        package var store: Store?
        package var frames: [Frame]
    }

    package struct Store: Equatable, Sendable {
        package var sizeCapBytes: Int64
        package var contents: StoreContents?
    }

    package struct Frame: Equatable, Sendable {
        package var camera: Camera
        package var engineTimeNanoseconds: Int64
        package var budgets: Budgets?
        /// All but starts, ends and stores.
        package var events: [Event]
        /// The session ends in it, and no other begins.
        package var ends = false
    }

    package var sessions: [Session] = []

    /// Nothing.
    init() {}

    /// Takes the frames of a modelled run apart. Nil where they do not begin with the start of a session, or are not the model's to run:
    /// what a live run drained, snapshots and gaps cannot be taken apart.
    ///
    /// - Parameter frames: a valid trace.
    package init?(_ frames: [FrameInput]) {
        for input in frames {
            guard input.castResults == nil, input.storeReplies == nil, input.snapshot == nil,
                input.missedFrames == 0
            else { return nil }
            var frame = Frame(
                camera: input.camera, engineTimeNanoseconds: input.engineTimeNanoseconds,
                budgets: input.budgets, events: [])
            var start: Session?
            for event in input.events {
                switch event {
                case .sessionStart(let configuration):
                    start = Session(configuration: configuration, store: nil, frames: [])
                    // What stands in front of it is of the session before, which is over.
                    frame.events = []
                    frame.ends = false
                case .sessionEnd: frame.ends = true
                case .store(let cap, let contents):
                    start?.store = Store(sizeCapBytes: cap, contents: contents)
                default: frame.events.append(event)
                }
            }
            if let start { sessions.append(start) }
            guard !sessions.isEmpty else { return nil }
            sessions[sessions.count - 1].frames.append(frame)
        }
        if sessions.isEmpty { return nil }
    }

    package var frameCount: Int { sessions.reduce(0) { $0 + $1.frames.count } }

    /// The rest as a trace.
    ///
    /// - Returns: nil where nothing is left, or a frame would have more events than one can have.
    /// Complexity: O(frames + events).
    package func frames() -> [FrameInput]? {
        var result: [FrameInput] = []
        result.reserveCapacity(frameCount)
        var number: UInt32 = 0
        var isRunning = false
        for session in sessions where !session.frames.isEmpty {
            var hasStore = session.store != nil && session.configuration.variant == .reference
            var hasToEnd = false
            for (place, frame) in session.frames.enumerated() {
                var input = FrameInput(
                    frame: Int32(truncatingIfNeeded: result.count),
                    engineTimeNanoseconds: frame.engineTimeNanoseconds, session: number, camera: frame.camera)
                if place == 0 {
                    if isRunning { input.events.append(.sessionEnd) }
                    input.events.append(.sessionStart(session.configuration))
                    if hasStore, let store = session.store {
                        input.events.append(
                            .store(sizeCapBytes: store.sizeCapBytes, contents: store.contents))
                    }
                    isRunning = true
                }
                if isRunning {
                    input.budgets = frame.budgets
                    input.events += frame.events.compactMap { session.valid($0, &hasStore) }
                }
                hasToEnd = hasToEnd || frame.ends
                // A session cannot end in the frame in which it starts.
                if hasToEnd, isRunning, place > 0 {
                    input.events.append(.sessionEnd)
                    isRunning = false
                }
                guard input.events.count <= StreamingSystem.maximumEventsPerFrame else { return nil }
                result.append(input)
            }
            number += 1
        }
        return result.isEmpty ? nil : result
    }

    // MARK: Leaving frames out

    /// The rest without some frames. What holds on from them (budgets, the last reload, an end) goes to the next frame of their session that
    /// is left; a session without frames goes.
    ///
    /// - Parameters:
    ///   - isKept: for each frame.
    ///   - carriesEvents: what happens in them happens in the next frame that is left; of sessions that go only what happened to the
    ///     world, and only as far as the next one has the same world.
    /// - Returns: what is left.
    package func keeping(_ isKept: [Bool], carriesEvents: Bool) -> Draft {
        var result = self
        var place = 0
        var world: [Event] = []
        var lastWorld: (seed: UInt64, startLoaded: Bool)?
        for (number, session) in sessions.enumerated() {
            let ownWorld = (session.configuration.worldSeed, session.configuration.chunksStartLoaded)
            if let lastWorld, lastWorld != ownWorld { world = [] }
            lastWorld = ownWorld
            var carried = Frame(
                camera: Camera(position: .init(0, 0, 0)), engineTimeNanoseconds: 0, budgets: nil,
                events: world)
            var left: [Frame] = []
            for frame in session.frames {
                defer { place += 1 }
                if let budgets = frame.budgets { carried.budgets = budgets }
                carried.ends = carried.ends || frame.ends
                guard isKept[place] else {
                    for event in frame.events {
                        if case .configure = event {
                            // The last one holds.
                            carried.events.removeAll { if case .configure = $0 { true } else { false } }
                            carried.events.append(event)
                        } else if carriesEvents {
                            carried.events.append(event)
                        }
                    }
                    continue
                }
                var kept = frame
                kept.budgets = carried.budgets
                kept.events = carried.events + frame.events
                kept.ends = carried.ends
                left.append(kept)
                (carried.events, carried.budgets, carried.ends) = ([], nil, false)
            }
            result.sessions[number].frames = left
            world = carriesEvents && left.isEmpty ? carried.events.filter(\.changesWorld) : []
        }
        result.sessions.removeAll(where: \.frames.isEmpty)
        return result
    }

    /// The first frames.
    package func prefix(_ count: Int) -> Draft {
        var result = self
        var left = count
        for number in sessions.indices {
            let frames = sessions[number].frames
            result.sessions[number].frames = Array(frames.prefix(left))
            left = max(0, left - frames.count)
        }
        result.sessions.removeAll(where: \.frames.isEmpty)
        return result
    }

    /// Whether anything happens in a frame that would be lost with it.
    package func hasEvents(in frame: Int) -> Bool {
        var place = frame
        for session in sessions {
            if place < session.frames.count { return !session.frames[place].events.isEmpty }
            place -= session.frames.count
        }
        return false
    }

    /// Changes every frame; `body` is given its place among all frames.
    package mutating func mapFrames(_ body: (Int, inout Frame) -> Void) {
        var place = 0
        for number in sessions.indices {
            for frame in sessions[number].frames.indices {
                body(place, &sessions[number].frames[frame])
                place += 1
            }
        }
    }

    /// All frames, in their order.
    package var allFrames: [Frame] { sessions.flatMap(\.frames) }
}

extension Draft.Session {
    /// An event as it may stand in the session: a reload has its world and variant; nil for what needs a store and has none.
    fileprivate func valid(_ event: Event, _ hasStore: inout Bool) -> Event? {
        switch event {
        case .configure(var reload):
            reload.worldSeed = configuration.worldSeed
            reload.chunksStartLoaded = configuration.chunksStartLoaded
            reload.variant = configuration.variant
            return .configure(reload)
        case .storeOff:
            defer { hasStore = false }
            return hasStore ? event : nil
        case .storeDamage, .writeBackDropped: return hasStore ? event : nil
        default: return event
        }
    }
}

extension Event {
    fileprivate var changesWorld: Bool {
        switch self {
        case .edit, .chunkLoad, .chunkUnload: true
        default: false
        }
    }
}

extension [FrameInput] {
    /// XXH3-128 of everything that the model is given, to know frames again that have been tried.
    var inputDigest: Digest128 {
        var bytes = CanonicalBytes()
        for input in self {
            bytes.append(input.session)
            bytes.append(input.engineTimeNanoseconds)
            let camera = input.camera
            let places = [camera.position] + (camera.selectionPosition.map { [$0] } ?? [])
            bytes.append(UInt8(places.count))
            for point in places {
                for value in [point.x, point.y, point.z] { bytes.append(value) }
            }
            let turn = camera.orientation
            for value in [turn.x, turn.y, turn.z, turn.w, camera.fieldOfView] { bytes.append(value) }
            bytes.append(input.budgets != nil)
            input.budgets?.append(to: &bytes)
            bytes.append(UInt32(truncatingIfNeeded: input.events.count))
            for event in input.events { event.append(to: &bytes) }
        }
        return bytes.digest128()
    }
}
