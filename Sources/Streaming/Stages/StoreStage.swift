import Hashing

// Stage 9, store: marks, write-backs and requests are handed over. There is no store: nothing is
// requested, written back, dropped or evicted, and the digest says so.

extension StreamingSystem {
    func store(_ frame: inout FrameContext, _ keeper: inout some StoreService) {
        frame.outputs.append(UInt32(0))  // requests
        frame.outputs.append(UInt32(0))  // write-backs handed over
        frame.outputs.append(UInt32(0))  // write-backs dropped
        frame.outputs.append(UInt32(0))  // evictions
        frame.close(.store, of: self)
    }
}
