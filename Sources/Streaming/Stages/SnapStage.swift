import Topology

// Stage 2, snap: the camera's cell and the anchor of every level.

extension StreamingSystem {
    func snap(_ frame: inout FrameContext) {
        if let configuration = frame.configuration, let finestCell = frame.finestCell {
            let lattice = configuration.lattice
            for level in 0..<lattice.levels {
                let snap = lattice.snap(
                    frame.input.camera.position, finestCell: finestCell, level: level,
                    previous: frame.rebuilds ? nil : levels[level].snap,
                    reanchorDistance: configuration.reanchorDistance)
                frame.snaps.append(snap)
                frame.outputs.append(snap.cameraCell)
                frame.outputs.append(snap.anchor)
            }
        }
        frame.close(.snap, of: self)
    }
}
