/// The camera's cell and the anchor of one level. The anchor is the centre of the level's window; it
/// differs from the camera's cell only where a re-anchor distance holds it back.
package struct Snap: Hashable, Sendable {
    package var cameraCell: Cell
    package var anchor: Cell

    package init(cameraCell: Cell, anchor: Cell) {
        self.cameraCell = cameraCell
        self.anchor = anchor
    }
}

extension Lattice {
    /// Snaps one level to the camera.
    ///
    /// Without a re-anchor distance the anchor is the camera's cell. With one, after the first frame,
    /// an axis keeps its anchor k while `|p - k * spacing| < reanchorDistance`; levels are then
    /// independent of each other.
    ///
    /// `finestCell` is the camera's cell at level 0, from ``finestCell(of:)``; `previous` the level's snap in
    /// the frame before, nil in the first frame of a session or after a rebuild; `reanchorDistance` is in
    /// blocks, 0 switches it off. O(1).
    package func snap(
        _ point: WorldPoint, finestCell: Cell, level: Int, previous: Snap?, reanchorDistance: Double
    ) -> Snap {
        let cameraCell = finestCell.coarser(by: level)
        guard let previous, reanchorDistance > 0 else {
            return Snap(cameraCell: cameraCell, anchor: cameraCell)
        }
        let s = spacing(level: level)
        func anchor(_ position: Double, _ kept: Int32, _ cell: Int32) -> Int32 {
            abs(position - Double(kept) * s) < reanchorDistance ? kept : cell
        }
        return Snap(
            cameraCell: cameraCell,
            anchor: Cell(
                anchor(point.x, previous.anchor.x, cameraCell.x),
                anchor(point.y, previous.anchor.y, cameraCell.y),
                anchor(point.z, previous.anchor.z, cameraCell.z)))
    }
}
