import PlantedFaults
import Topology

// Stage 2, snap: the camera's cell and the anchor of every level.

extension StreamingSystem {
    func snap(_ frame: inout FrameContext) {
        if let configuration = frame.configuration, let finestCell = frame.finestCell {
            let lattice = configuration.lattice
            for level in 0..<lattice.levels {
                let previous = frame.rebuilds ? nil : levels[level].snap
                let followed = lattice.snap(
                    frame.input.camera.position, finestCell: finestCell, level: level, previous: previous,
                    reanchorDistance: configuration.reanchorDistance)
                let snap = planted(
                    .snapWaits, followed, instead: inFlightCount > 0 ? previous ?? followed : followed)
                frame.snaps.append(snap)
                frame.outputs.append(snap.cameraCell)
                frame.outputs.append(snap.anchor)
            }
        }
        frame.close(.snap, of: self)
    }
}
