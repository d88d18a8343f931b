import Streaming
import SwiftProtobuf
import Topology

// The one place where a frame's camera becomes a message of `/frame`, and the other way round.

extension MessageFrame {
    /// - Precondition: `input` has passed ``FrameRules``.
    init(_ input: FrameInput) {
        self.init()
        frame = UInt32(input.frame)
        engineTimeNs = input.engineTimeNanoseconds
        session = input.session
        position = MessagePoint(input.camera.position)
        orientation.x = unsigned(zero: input.camera.orientation.x)
        orientation.y = unsigned(zero: input.camera.orientation.y)
        orientation.z = unsigned(zero: input.camera.orientation.z)
        orientation.w = unsigned(zero: input.camera.orientation.w)
        fieldOfView = unsigned(zero: input.camera.fieldOfView)
        if let budgets = input.budgets { self.budgets = MessageBudgets(budgets) }
        if let selection = input.camera.selectionPosition { selectionPosition = MessagePoint(selection) }
        missedFrames = UInt32(input.missedFrames)
    }

    /// The frame with the events that belong to it.
    func input(events: [Event]) throws(TraceError) -> FrameInput {
        guard let number = Int32(exactly: frame) else {
            throw .outOfRange(field: "frame", value: "\(frame)", allowed: "0...\(Int32.max)", frame: frame)
        }
        guard hasPosition else { throw .missingField(field: "position", frame: frame) }
        guard hasOrientation else { throw .missingField(field: "orientation", frame: frame) }
        let camera = Camera(
            position: position.content,
            orientation: Quaternion(
                x: unsigned(zero: orientation.x), y: unsigned(zero: orientation.y),
                z: unsigned(zero: orientation.z), w: unsigned(zero: orientation.w)),
            fieldOfView: unsigned(zero: fieldOfView),
            selectionPosition: hasSelectionPosition ? selectionPosition.content : nil)
        guard let missed = Int32(exactly: missedFrames), missed <= number else {
            throw .outOfRange(
                field: "missed_frames", value: "\(missedFrames)",
                allowed: "0...\(frame), the frames that there were before", frame: frame)
        }
        var input = FrameInput(
            frame: number, engineTimeNanoseconds: engineTimeNs, session: session, camera: camera,
            budgets: hasBudgets ? budgets.content : nil, events: events)
        input.missedFrames = missed
        return input
    }

    /// Bytes of fields that this version does not know.
    var unknownBytes: Int {
        unknownFields.data.count + position.unknownFields.data.count + orientation.unknownFields.data.count
            + budgets.unknownFields.data.count + selectionPosition.unknownFields.data.count
    }
}

extension MessagePoint {
    init(_ point: WorldPoint) {
        self.init()
        x = unsigned(zero: point.x)
        y = unsigned(zero: point.y)
        z = unsigned(zero: point.z)
    }

    var content: WorldPoint { WorldPoint(unsigned(zero: x), unsigned(zero: y), unsigned(zero: z)) }
}
