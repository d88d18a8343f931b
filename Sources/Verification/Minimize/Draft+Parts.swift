import Streaming
import Topology
import Voxels

// What happens in a trace, part by part, and where the camera is.

/// Something that can be left out of a trace without a frame of it.
package enum DraftPart: Hashable, Sendable {
    case event(frame: Int, index: Int)
    case budgets(frame: Int)
    case end(frame: Int)
    case store(session: Int)
    case storeContents(session: Int)
}

extension Draft {
    /// All parts, in the order of the trace.
    package var parts: [DraftPart] {
        var parts: [DraftPart] = []
        for (number, session) in sessions.enumerated() {
            guard let store = session.store else { continue }
            parts.append(.store(session: number))
            if store.contents != nil { parts.append(.storeContents(session: number)) }
        }
        for (place, frame) in allFrames.enumerated() {
            parts += frame.events.indices.map { .event(frame: place, index: $0) }
            if frame.budgets != nil { parts.append(.budgets(frame: place)) }
            if frame.ends { parts.append(.end(frame: place)) }
        }
        return parts
    }

    /// The rest with some of its parts only.
    package func keeping(_ parts: [DraftPart]) -> Draft {
        // Order: membership only.
        let kept = Set(parts)
        var result = self
        for number in sessions.indices {
            if !kept.contains(.store(session: number)) { result.sessions[number].store = nil }
            if !kept.contains(.storeContents(session: number)) {
                result.sessions[number].store?.contents = nil
            }
        }
        result.mapFrames { place, frame in
            frame.events = frame.events.enumerated().filter {
                kept.contains(.event(frame: place, index: $0.offset))
            }
            .map(\.element)
            if !kept.contains(.budgets(frame: place)) { frame.budgets = nil }
            if !kept.contains(.end(frame: place)) { frame.ends = false }
        }
        return result
    }

    /// The session's frames go on in the session before: its start is left out.
    func mergingSession(_ number: Int) -> Draft {
        var result = self
        result.sessions[number - 1].frames += sessions[number].frames
        result.sessions.remove(at: number)
        return result
    }

    // MARK: The camera

    /// The frames in which the camera is elsewhere than in the frame before.
    package var moves: [Int] {
        let frames = allFrames
        return frames.indices.dropFirst().filter {
            frames[$0].camera.position != frames[$0 - 1].camera.position
        }
    }

    /// The camera moves in these frames only; in all others it stays where it was.
    package func holding(but moves: [Int]) -> Draft {
        // Order: membership only.
        let moves = Set(moves)
        var position: WorldPoint?
        var result = self
        result.mapFrames { place, frame in
            if let position, !moves.contains(place) { frame.camera.position = position }
            position = frame.camera.position
        }
        return result
    }

    /// Moves the camera, and every box and chunk with it, by whole chunks.
    func moved(byChunks x: Int64, _ y: Int64, _ z: Int64) -> Draft {
        let edge = ChunkCoordinate.edge
        func moved(_ point: WorldPoint) -> WorldPoint {
            WorldPoint(
                point.x + Double(x * edge), point.y + Double(y * edge), point.z + Double(z * edge))
        }
        func moved(_ voxel: VoxelCoordinate) -> VoxelCoordinate {
            VoxelCoordinate(voxel.x &+ x &* edge, voxel.y &+ y &* edge, voxel.z &+ z &* edge)
        }
        func moved(_ chunk: ChunkCoordinate) -> ChunkCoordinate {
            ChunkCoordinate(chunk.x &+ x, chunk.y &+ y, chunk.z &+ z)
        }
        var result = self
        result.mapFrames { _, frame in
            frame.camera.position = moved(frame.camera.position)
            frame.events = frame.events.map { event in
                switch event {
                case .edit(let box, let material):
                    .edit(VoxelBox(lower: moved(box.lower), upper: moved(box.upper)), material)
                case .invalidate(let box):
                    .invalidate(WorldBox(lower: moved(box.lower), upper: moved(box.upper)))
                case .chunkLoad(let chunk): .chunkLoad(moved(chunk))
                case .chunkUnload(let chunk): .chunkUnload(moved(chunk))
                default: event
                }
            }
        }
        return result
    }

    /// Changes the positions of the camera: `body` is given the place of the stay, counted from 0 with every move.
    func mapStays(_ body: (Int, inout WorldPoint) -> Void) -> Draft {
        var stay = 0
        var before: WorldPoint?
        var result = self
        result.mapFrames { _, frame in
            if let before, before != frame.camera.position { stay += 1 }
            before = frame.camera.position
            body(stay, &frame.camera.position)
        }
        return result
    }

    // MARK: Boxes

    /// The same with one event in the place of another.
    func replacing(frame: Int, index: Int, by event: Event) -> Draft {
        var result = self
        result.mapFrames { place, input in if place == frame { input.events[index] = event } }
        return result
    }
}

extension Event {
    /// The same event with a smaller box: one half of it along each axis, where that can be halved; none for what has no box.
    var halves: [Event] {
        switch self {
        case .edit(let box, let material):
            return box.halves.map { .edit($0, material) }
        case .invalidate(let box):
            return box.halves.map { .invalidate($0) }
        default: return []
        }
    }
}

extension VoxelBox {
    fileprivate var halves: [VoxelBox] {
        let axes: [WritableKeyPath<VoxelCoordinate, Int64>] = [\.x, \.y, \.z]
        return axes.flatMap { axis -> [VoxelBox] in
            let (from, to) = (lower[keyPath: axis], upper[keyPath: axis])
            let (extent, overflow) = to.subtractingReportingOverflow(from)
            guard !overflow, extent > 1 else { return [] }
            var (low, high) = (self, self)
            low.upper[keyPath: axis] = from + extent / 2
            high.lower[keyPath: axis] = from + extent / 2
            return [low, high]
        }
    }
}

extension WorldBox {
    fileprivate var halves: [WorldBox] {
        let axes: [WritableKeyPath<WorldPoint, Double>] = [\.x, \.y, \.z]
        return axes.flatMap { axis -> [WorldBox] in
            let (from, to) = (lower[keyPath: axis], upper[keyPath: axis])
            // Down to a block: a smaller box is not a simpler one.
            guard to - from > 1 else { return [] }
            let middle = (from + (to - from) / 2).rounded(.down)
            guard middle > from, middle < to else { return [] }
            var (low, high) = (self, self)
            low.upper[keyPath: axis] = middle
            high.lower[keyPath: axis] = middle
            return [low, high]
        }
    }
}
