import Streaming
import Topology

/// What holds for the frames of every trace, whoever writes or reads it: checked one frame after another.
struct FrameRules: Sendable {
    /// Nil before the first frame.
    private var next: UInt32?
    /// Off for a reader that begins in the middle.
    private let startsTrace: Bool
    /// Nil before the first frame of a trace says it.
    private var isLive: Bool?

    init(startsTrace: Bool = true, isLive: Bool = false) {
        self.startsTrace = startsTrace
        self.isLive = startsTrace ? nil : isLive
    }

    /// Whether a frame is one of a live run; the first of a trace says it of all.
    func isLive(first: FrameInput) -> Bool { isLive ?? (first.castResults != nil) }

    mutating func check(_ input: FrameInput) throws(TraceError) {
        guard let frame = UInt32(exactly: input.frame), frame <= TraceFormat.lastFrame else {
            throw .outOfRange(
                field: "frame", value: "\(input.frame)", allowed: "0...\(TraceFormat.lastFrame)", frame: 0)
        }
        if let next, frame != next + UInt32(input.missedFrames) {
            throw .frameGap(expected: next + UInt32(input.missedFrames), found: frame)
        }
        guard input.events.count <= TraceFormat.maximumEventsPerFrame else {
            throw .tooMany(
                what: "events", count: input.events.count, limit: TraceFormat.maximumEventsPerFrame,
                frame: frame)
        }
        if next == nil, startsTrace {
            if input.snapshot == nil {
                guard case .sessionStart = input.events.first else { throw .noSessionStart(frame: frame) }
            }
        }
        try checkLive(input, frame)
        if let selection = input.camera.selectionPosition {
            try finite(selection, "selection_position", frame)
        }
        if let snapshot = input.snapshot {
            try name(snapshot.format, "the format of a snapshot", TraceFormat.maximumNameBytes, frame)
        }
        if let checkpoint = input.checkpoint {
            for (what, count) in [("stages", checkpoint.stages.count), ("levels", checkpoint.levels.count)]
            where count > TraceFormat.maximumStages {
                throw .tooMany(
                    what: "\(what) of a checkpoint", count: count, limit: TraceFormat.maximumStages,
                    frame: frame)
            }
        }
        try check(input.camera, frame)
        if let budgets = input.budgets { try check(budgets, frame) }
        for event in input.events {
            switch event {
            case .sessionStart(let configuration), .configure(let configuration):
                try finite(configuration.baseSpacing, "base_spacing", frame)
                try finite(configuration.reanchorDistance, "reanchor_distance", frame)
                try check(configuration.budgets, frame)
            case .invalidate(let box):
                try finite(box.lower, "invalidate.lower", frame)
                try finite(box.upper, "invalidate.upper", frame)
            case .store(let cap, let contents): try check(cap, contents?.index, frame)
            case .engine(let engine): try check(engine, frame)
            case .sessionEnd, .edit, .chunkLoad, .chunkUnload, .storeOff, .storeDamage, .writeBackDropped:
                break
            }
        }
        next = frame + 1
        isLive = isLive(first: input)
    }

    private func checkLive(_ input: FrameInput, _ frame: UInt32) throws(TraceError) {
        let drains = input.castResults != nil || input.storeReplies != nil
        guard isLive(first: input) == drains, (input.castResults == nil) == (input.storeReplies == nil) else {
            throw .mixedPace(frame: frame, isLive: drains)
        }
        for arrival in input.storeReplies ?? [] where arrival.reply == nil {
            throw .missingField(field: "the reply to request \(arrival.request) of the store", frame: frame)
        }
    }

    private func check(_ engine: Engine, _ frame: UInt32) throws(TraceError) {
        try name(engine.name, "the name of the engine", TraceFormat.maximumEngineNameBytes, frame)
        guard engine.stages.count <= TraceFormat.maximumStages else {
            throw .tooMany(
                what: "stages of the engine", count: engine.stages.count, limit: TraceFormat.maximumStages,
                frame: frame)
        }
        var seen: Set<String> = []
        for stage in engine.stages {
            try name(stage, "the name of a stage", TraceFormat.maximumNameBytes, frame)
            guard seen.insert(stage).inserted else {
                throw .outOfRange(
                    field: "the name of a stage", value: "\(stage) twice", allowed: "once", frame: frame)
            }
        }
    }

    private func name(_ text: String, _ field: String, _ limit: Int, _ frame: UInt32) throws(TraceError) {
        guard (1...limit).contains(text.utf8.count) else {
            throw .outOfRange(
                field: field, value: "\(text.utf8.count) bytes", allowed: "1...\(limit) bytes", frame: frame)
        }
    }

    private func check(_ sizeCapBytes: Int64, _ index: StoreIndex?, _ frame: UInt32) throws(TraceError) {
        guard (0...Model.maximumStoreBytes).contains(sizeCapBytes) else {
            throw .outOfRange(
                field: "size cap of the store", value: "\(sizeCapBytes)",
                allowed: "0...\(Model.maximumStoreBytes)",
                frame: frame)
        }
        guard let fault = index?.fault else { return }
        throw .outOfRange(
            field: "index of the store", value: fault, allowed: "what a store gives", frame: frame)
    }

    private func check(_ camera: Camera, _ frame: UInt32) throws(TraceError) {
        try finite(camera.position, "position", frame)
        try finite(camera.orientation.x, "orientation.x", frame)
        try finite(camera.orientation.y, "orientation.y", frame)
        try finite(camera.orientation.z, "orientation.z", frame)
        try finite(camera.orientation.w, "orientation.w", frame)
        try finite(camera.fieldOfView, "field_of_view", frame)
    }

    private func check(_ budgets: Budgets, _ frame: UInt32) throws(TraceError) {
        guard budgets.perLevel.count <= TraceFormat.maximumLevelBudgets else {
            throw .tooMany(
                what: "level budgets", count: budgets.perLevel.count,
                limit: TraceFormat.maximumLevelBudgets, frame: frame)
        }
    }

    private func finite(_ point: WorldPoint, _ field: String, _ frame: UInt32) throws(TraceError) {
        try finite(point.x, field + ".x", frame)
        try finite(point.y, field + ".y", frame)
        try finite(point.z, field + ".z", frame)
    }

    @inline(__always)
    private func finite(
        _ value: Double, _ field: @autoclosure () -> String, _ frame: UInt32
    ) throws(TraceError) {
        guard value.isFinite else { throw .notFinite(field: field(), value: "\(value)", frame: frame) }
    }
}
