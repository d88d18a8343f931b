package import Hashing
package import Streaming

/// A trace that is read: from end to end with ``frames()``, or frame by frame through its ``index()``.
package struct TraceReader: Sendable {
    let bytes: MCAPBytes

    /// A trace in memory. Nothing is read yet.
    package init(_ bytes: [UInt8]) { self.bytes = MCAPBytes(bytes) }

    /// A trace in a file, which is mapped into memory. Nothing is read yet.
    ///
    /// - Throws: ``TraceError/system(_:)``.
    package init(contentsOf path: String) throws(TraceError) {
        do {
            bytes = try MCAPBytes(contentsOf: path)
        } catch {
            throw .system(error)
        }
    }

    /// The size of the file in bytes.
    package var sizeBytes: Int { bytes.count }

    /// XXH3-128 of the file's bytes. O(bytes).
    package var digest: Digest128 { bytes.digest128() }

    /// The frames one after another, with bounded memory.
    package func frames() -> TraceFrames { TraceFrames(bytes, foreign: .tolerated) }

    /// Calls `body` for every frame, from the first to the last.
    ///
    /// - Throws: ``TraceError``, and what `body` throws.
    package func forEach(_ body: (FrameInput) throws -> Void) throws {
        var frames = frames()
        while let input = try frames.next() { try body(input) }
    }

    /// Every frame at once.
    package func allFrames() throws(TraceError) -> [FrameInput] {
        var frames = frames()
        var result: [FrameInput] = []
        while let input = try frames.next() { result.append(input) }
        return result
    }

    /// Opens the trace for looking frames up by their number.
    ///
    /// - Throws: ``TraceError``, also for a file that has no index.
    package func index() throws(TraceError) -> TraceIndex { try TraceIndex(bytes) }
}
