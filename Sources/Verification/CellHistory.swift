package import Replay
import Streaming
package import Topology
import Voxels

/// What a trace did to one cell, up to a frame: where to look for what made it what it is.
package struct CellHistory: Hashable, Sendable {
    /// The region of the level that the cell is in.
    package var region: Cell
    /// The last thing in the trace that touched the cell: an event whose box it meets, or its entry into the window.
    package var last: Touch?

    package struct Touch: Hashable, Sendable {
        package var frame: Int32
        /// The place of the event in its frame; nil where it is no event.
        package var ordinal: Int?
        /// "an edit to lamp of the box (0, 80, 0) to (2, 82, 2)".
        package var what: String
    }

    /// Reads the trace once more, and snaps; nothing is replayed. O(frames).
    ///
    /// - Throws: what the trace's file throws.
    package init(of cell: Cell, level: Int, in trace: TraceFile, until end: Int32) throws {
        region = cell
        var configuration: Configuration?
        var snap: Snap?
        var isInside = false
        var last: Touch?
        try trace.forEachFrame { input in
            guard input.frame <= end else { return false }
            for (ordinal, event) in input.events.enumerated() {
                var what: String?
                switch event {
                case .sessionStart(let new):
                    configuration = new.effective().configuration
                    (snap, isInside) = (nil, false)
                    what = "the start of a session"
                case .sessionEnd: what = "the end of a session"
                case .configure(let new):
                    let next = new.effective().configuration
                    if next.lattice != configuration?.lattice { (snap, isInside) = (nil, false) }
                    configuration = next
                    what = "a change of the configuration"
                case .edit(let box, let material):
                    if meets(box.worldBox, cell, level, configuration) {
                        what =
                            "an edit to \(material) of the voxels (\(box.lower.x), \(box.lower.y), \(box.lower.z)) "
                            + "to (\(box.upper.x), \(box.upper.y), \(box.upper.z))"
                    }
                case .chunkLoad(let chunk):
                    if meets(chunk.box, cell, level, configuration) {
                        what = "the loading of chunk (\(chunk.x), \(chunk.y), \(chunk.z))"
                    }
                case .chunkUnload(let chunk):
                    if meets(chunk.box, cell, level, configuration) {
                        what = "the unloading of chunk (\(chunk.x), \(chunk.y), \(chunk.z))"
                    }
                case .invalidate(let box):
                    if meets(box, cell, level, configuration) {
                        what =
                            "an invalidation of the box (\(box.lower.x), \(box.lower.y), \(box.lower.z)) "
                            + "to (\(box.upper.x), \(box.upper.y), \(box.upper.z))"
                    }
                case .store, .storeOff, .storeDamage, .writeBackDropped, .engine: break
                }
                if let what { last = Touch(frame: input.frame, ordinal: ordinal, what: what) }
            }
            guard let configuration, level < configuration.levels else { return true }
            let lattice = configuration.lattice
            guard let finest = try? lattice.finestCell(of: input.camera.position) else { return true }
            let new = lattice.snap(
                input.camera.position, finestCell: finest, level: level, previous: snap,
                reanchorDistance: configuration.reanchorDistance)
            snap = new
            let isNow = Window(anchor: new.anchor, resolution: lattice.resolution).contains(cell)
            if isNow, !isInside {
                last = Touch(frame: input.frame, ordinal: nil, what: "its entry into the window")
            }
            isInside = isNow
            return true
        }
        self.last = last
        if let edge = configuration?.regionEdge { region = RegionGrid(edge: edge).region(of: cell) }
    }
}

/// Whether a cell's cube meets a box of world space.
private func meets(_ box: WorldBox, _ cell: Cell, _ level: Int, _ configuration: Configuration?) -> Bool {
    guard let configuration else { return false }
    let lattice = configuration.lattice
    let one = CellBox(lower: cell, upper: Cell(cell.x + 1, cell.y + 1, cell.z + 1))
    return !Lattice.cells(
        meeting: box, baseSpacing: configuration.baseSpacing, isHalfCell: lattice.isHalfCell, level: level,
        within: one
    ).isEmpty
}
