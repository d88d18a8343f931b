package import Hashing
import Topology

// The end of the frame: one digest per level, and one over everything.

extension StreamingSystem {
    func digest(_ frame: inout FrameContext) -> FrameResult {
        let levelDigests = levels.map(\.digest)
        var bytes = CanonicalBytes()
        bytes.append(frame.frame)
        for stage in frame.stageDigests { bytes.append(stage) }
        bytes.append(UInt32(levelDigests.count))
        for level in levelDigests { bytes.append(level) }
        return FrameResult(
            frame: frame.frame,
            digests: FrameDigests(
                stages: frame.stageDigests, levels: levelDigests, frame: bytes.digest128()),
            counts: frame.counts, clampings: frame.clampings)
    }
}

extension ProbeLevel {
    /// XXH3-64 of: 0xA0, level (u8), the camera's cell, the anchor, state sum, payload sum.
    package var digest: Digest64 {
        var bytes = CanonicalBytes()
        bytes.append(UInt8(0xA0))
        bytes.append(UInt8(level))
        bytes.append(snap.cameraCell)
        bytes.append(snap.anchor)
        bytes.append(stateSum)
        bytes.append(payloadSum)
        return bytes.digest64()
    }
}
