import Hashing

// Stage 4, recycle: store replies, leaving cells into the region cache, entering cells out of it, one
// round of evictions. The cache's capacity is 0 and there is no store: nothing is applied, refused,
// late, restored or evicted, and the digest says so.

extension StreamingSystem {
    func recycle(_ frame: inout FrameContext, _ keeper: inout some StoreService) {
        frame.outputs.append(UInt32(0))  // replies applied
        frame.outputs.append(UInt32(0))  // replies refused
        frame.outputs.append(UInt32(0))  // cells late
        frame.outputs.append(UInt32(0))  // cells restored
        frame.outputs.append(UInt32(0))  // entries evicted
        frame.close(.recycle, of: self)
    }
}
