package import Streaming
import Topology
import Voxels

extension Scenario {
    /// The frames that the scenario stands for, from frame 0. The same on every machine.
    ///
    /// - Throws: ``ScenarioError`` where parts of the scenario do not go together: an end of a session
    ///   that nothing follows, a position outside the lattice, more events than the limit.
    /// Complexity: O(frames + events), and O(event tables) per frame in which one of them happens.
    package func frames() throws(ScenarioError) -> [FrameInput] {
        let schedule = try schedule()
        var state = ScenarioState(configuration: configuration, store: store)
        var path = CameraPath(start: start, framesPerSecond: framesPerSecond)
        var frames: [FrameInput] = []
        frames.reserveCapacity(Int(frameCount))
        for (index, segment) in camera.enumerated() {
            try path.follow(segment) { (camera) throws(ScenarioError) in
                let frame = Int64(frames.count)
                var input = FrameInput(
                    frame: Int32(frame),
                    engineTimeNanoseconds: frame * 1_000_000_000 / framesPerSecond,
                    camera: camera)
                try state.apply(schedule[frame] ?? [], of: self, to: &input)
                try check(camera.position, state.configuration, segment: index)
                frames.append(input)
            }
        }
        return frames
    }

    /// The event tables of each frame that has some, in the order of the file.
    private func schedule() throws(ScenarioError) -> [Int64: [Int]] {
        var schedule: [Int64: [Int]] = [:]
        var total: Int64 = 0
        for (index, event) in events.enumerated() {
            let times = (event.until - event.from - 1) / event.every + 1
            total += times * event.mostEvents
            guard total <= ScenarioLimits.events else {
                throw source.error(
                    event.path,
                    .tooLarge(
                        what: "events up to this table", value: total, limit: ScenarioLimits.events))
            }
            for frame in stride(from: event.from, to: event.until, by: Int(event.every)) {
                schedule[frame, default: []].append(index)
            }
        }
        return schedule
    }

    private func check(
        _ position: WorldPoint, _ configuration: Configuration, segment: Int
    ) throws(ScenarioError) {
        do {
            _ = try configuration.effective().configuration.lattice.finestCell(of: position)
        } catch {
            throw source.error(
                "camera[\(segment)]",
                .conflict("leads to (\(position.x), \(position.y), \(position.z)): \(error)"))
        }
    }
}

extension ScenarioEvent {
    /// Events that one time gives at most.
    fileprivate var mostEvents: Int64 {
        switch action {
        case .loadChunks(let box), .unloadChunks(let box): box.count
        case .newSession: 3
        default: 1
        }
    }

    fileprivate var newSession: ConfigurationOverrides? {
        if case .newSession(let overrides, _) = action { overrides } else { nil }
    }

    fileprivate var newStore: SessionStore? {
        if case .newSession(_, let store) = action { store } else { nil }
    }

    fileprivate var needsStore: Bool {
        switch action {
        case .storeOff, .storeDamage: true
        default: false
        }
    }

    fileprivate var endsSession: Bool {
        if case .endSession = action { true } else { false }
    }
}

/// What is in force while the frames of a scenario are made.
private struct ScenarioState {
    var configuration: Configuration
    private var session: UInt32 = 0
    private var isStarted = false
    private var isRunning = false
    /// What the next session gets.
    private var store: SessionStore?
    /// The running session has one.
    private var hasStore = false

    init(configuration: Configuration, store: SessionStore?) {
        self.configuration = configuration
        self.store = store
    }

    /// Adds the events of one frame: first the end and the start of sessions, then the others in the order
    /// of the file. An end without a start comes last.
    mutating func apply(
        _ tables: [Int], of scenario: Scenario, to input: inout FrameInput
    ) throws(ScenarioError) {
        var start: ConfigurationOverrides?
        var ends = false
        for index in tables {
            let event = scenario.events[index]
            if let overrides = event.newSession {
                guard start == nil else { throw conflict(event, "starts two sessions", scenario, input) }
                start = overrides
                if let new = event.newStore { store = new }
            } else if event.endsSession {
                guard isRunning else { throw conflict(event, "has no session to end", scenario, input) }
                ends = true
            }
        }
        begin(start, &input)
        if !isRunning, let event = tables.first {
            throw scenario.source.error(
                scenario.events[event].path,
                .conflict(
                    "frame \(input.frame) is in no session: an end_session is followed by frames without events, "
                        + "or by a new_session"))
        }
        input.session = session
        for index in tables {
            if scenario.events[index].needsStore, !hasStore {
                throw conflict(scenario.events[index], "has no store", scenario, input)
            }
            add(scenario.events[index].action, &input)
        }
        if start == nil, ends {
            input.events.append(.sessionEnd)
            isRunning = false
        }
    }

    private func conflict(
        _ event: ScenarioEvent, _ fault: String, _ scenario: Scenario, _ input: FrameInput
    ) -> ScenarioError {
        scenario.source.error(event.path, .conflict("frame \(input.frame) \(fault)"))
    }

    private mutating func begin(_ overrides: ConfigurationOverrides?, _ input: inout FrameInput) {
        guard overrides != nil || !isStarted else { return }
        if isRunning { input.events.append(.sessionEnd) }
        overrides?.apply(to: &configuration)
        if isStarted { session += 1 }
        input.events.append(.sessionStart(configuration))
        hasStore = false
        if let cap = store?.sizeCapBytes {
            input.events.append(.store(sizeCapBytes: cap, contents: nil))
            hasStore = true
        }
        isStarted = true
        isRunning = true
    }

    private mutating func add(_ action: ScenarioEvent.Action, _ input: inout FrameInput) {
        switch action {
        case .edit(let box, let material): input.events.append(.edit(box, material))
        case .loadChunks(let box): box.forEachChunk { input.events.append(.chunkLoad($0)) }
        case .unloadChunks(let box): box.forEachChunk { input.events.append(.chunkUnload($0)) }
        case .invalidate(let box): input.events.append(.invalidate(box))
        case .budgets(let overrides):
            overrides.apply(to: &configuration.budgets)
            input.budgets = configuration.budgets
        case .configure(let overrides):
            overrides.apply(to: &configuration)
            // Budgets of the frame win over those of its configuration: they have to be the same.
            if input.budgets != nil { input.budgets = configuration.budgets }
            input.events.append(.configure(configuration))
        case .storeOff:
            input.events.append(.storeOff)
            hasStore = false
        case .storeDamage(let region): input.events.append(.storeDamage(region))
        case .newSession, .endSession: break
        }
    }
}

extension VoxelBox {
    /// The box as one of chunks: x fastest, then y, then z.
    fileprivate func forEachChunk(_ body: (ChunkCoordinate) -> Void) {
        for z in lower.z..<upper.z {
            for y in lower.y..<upper.y {
                for x in lower.x..<upper.x { body(ChunkCoordinate(x, y, z)) }
            }
        }
    }
}
