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

    /// The number of frames by the file's index, for progress; nil where it has none.
    package var frameCount: Int? { (try? reader.index()).map { Int($0.last - $0.first) + 1 } }

    /// - Throws: ``TraceError``, and what `body` throws.
    package func forEachFrame(_ body: (FrameInput) throws -> Bool) throws {
        var frames = reader.frames()
        while let frame = try frames.next() {
            if try !body(frame) { return }
        }
    }
}
