import Streaming

/// What can be saved of a file, found in a first pass; ``write(to:)`` makes a trace of it in a second.
package struct TraceRecovery: Sendable {
    /// Number of the first frame.
    package let firstFrame: Int32
    /// Number of the last frame that is certain to be whole.
    package let lastFrame: Int32
    /// Bytes of the file before the first thing that is not kept; all of them where nothing is lost.
    package let keptBytes: Int
    /// The bytes after those.
    package let lostBytes: Int
    /// What ended the frames; nil where the file is whole.
    package let reason: TraceError?
    /// What was met beside the frames, and is not kept.
    package let leftOut: TraceExtras

    fileprivate let source: TraceReader
    fileprivate let limit: RecoveryScan.Limit?

    /// The number of frames that are kept: less than the numbers of first and last say where there are gaps.
    package let frameCount: Int64

    /// Writes the frames as a trace in the canonical profile. Memory: as ``TraceWriter`` and ``TraceFrames``.
    ///
    /// - Throws: what the sink throws; ``TraceError`` where the file has been changed since it was looked at.
    package func write<Sink: ByteSink>(to sink: Sink) throws -> Sink {
        try TraceRecovery.write([self], to: sink)
    }

    /// Writes the frames of several files, each of which goes on where the one before ended, as one trace: what a flight recorder left.
    package static func write<Sink: ByteSink>(_ recoveries: [TraceRecovery], to sink: Sink) throws -> Sink {
        var writer = try TraceWriter(sink)
        for recovery in recoveries {
            var scan = RecoveryScan(recovery.source.bytes, limit: recovery.limit)
            for _ in 0..<recovery.frameCount {
                guard var input = scan.next() else { throw scan.end?.reason ?? .noFrames }
                // What is missing before the first frame is no gap.
                if writer.frameCount == 0 { input.missedFrames = 0 }
                try writer.write(input)
            }
        }
        try writer.finish()
        return writer.sink
    }
}

extension Trace {
    /// Finds the longest run of frames from the first on that is certain to be what was recorded.
    ///
    /// The container is read from its first byte; the first record that is torn, damaged or out of its place ends
    /// it, and so does the first frame that is missing, or that has what is not known here and could be an input.
    /// Of a file that is sound the whole content is kept, like ``finalize(_:droppingForeign:)`` keeps it. What is
    /// not the trace's is left out.
    ///
    /// - Returns: what can be kept, at least one frame.
    /// - Throws: ``TraceError``: why there is no frame.
    /// Complexity: O(bytes) time; memory as ``TraceFrames``, but all messages of a sound file that has them out of
    /// order.
    package static func recover(_ trace: TraceReader) throws(TraceError) -> TraceRecovery {
        var scan = RecoveryScan(trace.bytes)
        let frames = scan.remainingFrames()
        guard scan.end?.reason != nil else { return try TraceRecovery(of: trace, frames, scan) }
        if (try? isOrdered(trace, .dropped)) == false, let sorted = sorted(trace) { return sorted }
        guard let limit = scan.limit(byTheRestOf: frames) else {
            return try TraceRecovery(of: trace, frames, scan)
        }
        var limited = RecoveryScan(trace.bytes, limit: limit)
        let limitedFrames = limited.remainingFrames()
        return try TraceRecovery(of: trace, limitedFrames, limited)
    }

    /// The same for the files that a flight recorder left, in the order of their names: up to the first that is not whole.
    ///
    /// - Returns: what can be kept of each, at least one.
    /// - Throws: ``TraceError``: why there is no frame.
    package static func recover(parts: [TraceReader]) throws(TraceError) -> [TraceRecovery] {
        var recoveries: [TraceRecovery] = []
        for part in parts {
            do throws(TraceError) {
                let recovery = try recover(part)
                recoveries.append(recovery)
                if recovery.reason != nil { break }
            } catch {
                // A file without a frame is one that had just been begun.
                guard !recoveries.isEmpty else { throw error }
                break
            }
        }
        guard !recoveries.isEmpty else { throw .noFrames }
        return recoveries
    }

    /// A file that is sound, and has its messages out of order.
    private static func sorted(_ trace: TraceReader) -> TraceRecovery? {
        guard let (sink, leftOut) = try? finalize(trace, to: MemorySink(), droppingForeign: true) else {
            return nil
        }
        let source = TraceReader(sink.bytes)
        var scan = RecoveryScan(source.bytes)
        guard let frames = scan.remainingFrames() else { return nil }
        return TraceRecovery(
            firstFrame: frames.lowerBound, lastFrame: frames.upperBound, keptBytes: trace.sizeBytes,
            lostBytes: 0, reason: nil, leftOut: leftOut, source: source, limit: nil,
            frameCount: scan.frameCount)
    }
}

extension TraceRecovery {
    fileprivate init(
        of trace: TraceReader, _ frames: ClosedRange<Int32>?, _ scan: RecoveryScan
    ) throws(TraceError) {
        let end = scan.end ?? RecoveryScan.End(reason: .noFrames, offset: 0)
        guard let frames else { throw end.reason ?? .noFrames }
        let kept = min(Int(clamping: end.offset), trace.sizeBytes)
        self.init(
            firstFrame: frames.lowerBound, lastFrame: frames.upperBound, keptBytes: kept,
            lostBytes: trace.sizeBytes - kept, reason: end.reason, leftOut: scan.extras, source: trace,
            limit: scan.limit, frameCount: scan.frameCount)
    }
}

extension RecoveryScan {
    /// Reads to the end; nil when there is no frame.
    fileprivate mutating func remainingFrames() -> ClosedRange<Int32>? {
        guard let first = next()?.frame else { return nil }
        var last = first
        while let input = next() { last = input.frame }
        return first...last
    }
}
