package import Hashing
package import Recording
package import Streaming

/// A trace on disk: its frames, and the digest of its bytes by which a golden knows it.
package struct TraceFile: FrameSource {
    package let path: String
    package let reader: TraceReader
    /// XXH3-128 of the file's bytes.
    package let digest: Digest128

    /// Maps the file. Its content is checked as it is read.
    ///
    /// - Throws: ``TraceError/system(_:)``.
    package init(path: String) throws(TraceError) {
        self.path = path
        reader = try TraceReader(contentsOf: path)
        digest = reader.digest
    }

    /// A trace in memory, under a name that errors give it. Nothing is read yet.
    package init(_ bytes: [UInt8], path: String) {
        self.path = path
        reader = TraceReader(bytes)
        digest = reader.digest
    }

    /// The number of frames by the file's index, for progress; nil where it has none.
    package var frameCount: Int? { (try? reader.index()).map { Int($0.last - $0.first) + 1 } }

    /// Frames that are looked up at once when a replay begins in the middle.
    private static let framesPerLookup: Int64 = 256

    /// From the first frame on everything is checked, from end to end. In the middle only what is read is: frames
    /// are looked up through the file's index; a file without one is read from its beginning.
    ///
    /// - Throws: ``TraceError``, and what `body` throws.
    package func forEachFrame(after frame: Int32?, _ body: (FrameInput) throws -> Bool) throws {
        if let frame, let index = try? reader.index(), Int64(frame) >= Int64(index.first) {
            try forEachFrame(of: index, after: Int64(frame), body)
            return
        }
        var frames = reader.frames()
        while let input = try frames.next() {
            if let frame, input.frame <= frame { continue }
            if try !body(input) { return }
        }
    }

    private func forEachFrame(
        of index: TraceIndex, after frame: Int64, _ body: (FrameInput) throws -> Bool
    ) throws {
        var next = frame + 1
        while next <= Int64(index.last) {
            let end = min(next + TraceFile.framesPerLookup - 1, Int64(index.last))
            for input in try index.frames(in: next...end) {
                if try !body(input) { return }
            }
            next = end + 1
        }
    }
}
