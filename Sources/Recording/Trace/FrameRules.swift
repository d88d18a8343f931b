import Streaming
import Topology

/// What holds for the frames of every trace, whoever writes or reads it: checked one frame after another.
struct FrameRules: Sendable {
    /// Nil before the first frame.
    private var next: UInt32?
    /// Off for a reader that begins in the middle.
    private let startsTrace: Bool

    init(startsTrace: Bool = true) { self.startsTrace = startsTrace }

    mutating func check(_ input: FrameInput) throws(TraceError) {
        guard let frame = UInt32(exactly: input.frame), frame <= TraceFormat.lastFrame else {
            throw .outOfRange(
                field: "frame", value: "\(input.frame)", allowed: "0...\(TraceFormat.lastFrame)", frame: 0)
        }
        if let next, frame != next { throw .frameGap(expected: next, found: frame) }
        guard input.events.count <= TraceFormat.maximumEventsPerFrame else {
            throw .tooMany(
                what: "events", count: input.events.count, limit: TraceFormat.maximumEventsPerFrame,
                frame: frame)
        }
        if next == nil, startsTrace {
            guard case .sessionStart = input.events.first else { throw .noSessionStart(frame: frame) }
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
            case .sessionEnd, .edit, .chunkLoad, .chunkUnload, .storeOff, .storeDamage, .writeBackDropped:
                break
            }
        }
        next = frame + 1
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
