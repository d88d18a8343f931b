package import Streaming

/// Records the frames of a live run: the frame thread hands them over and goes on, a thread of the recorder's own writes them.
///
/// As ``TraceRecorder`` it writes to `PATH.partial` and makes the trace of that at the end. Where what waits for the disk has no room for
/// a frame, the frame is missed; the next one that is recorded says so, and brings a snapshot with it.
///
/// A flight recorder (``Options/keepLastFrames``) keeps the last frames only: `PATH.partial` is a folder then, of files that each begin
/// with a snapshot, and the oldest is removed when it is not needed any more.
package final class FrameRecorder {
    package struct Options: Sendable {
        /// Frames are handed to the operating system after every so many, 1...256.
        package var framesPerFlush = 16
        /// Frames that may wait for the disk.
        package var queueFrames = 512
        /// A snapshot stands in every so many frames; nil: only where the run could not be repeated without.
        package var snapshotEvery: Int32?
        /// Of how many frames at least are kept; nil: of all.
        package var keepLastFrames: Int32?
        /// Called on the recorder's thread before each frame is written; for tests that want a slow disk.
        package var beforeWriting: (@Sendable () -> Void)?

        package init() {}
    }

    package let path: String
    /// Frames that found no room.
    package private(set) var missedFrames = 0
    /// Frames that were taken.
    package private(set) var frameCount = 0

    /// Frames that were taken, and wait for the recorder's thread.
    package var waitingCount: Int { writer.waitingCount }

    private let writer: RecordingThread
    private let options: Options
    private var nextFrame: Int32?
    private var framesSinceSnapshot: Int32 = 0
    private var isBehindGap = false

    /// Creates the partial file.
    ///
    /// - Throws: as ``TraceRecorder/init(path:configuration:framesPerFlush:)``.
    package init(path: String, options: Options = Options()) throws(RecorderError) {
        self.path = path
        self.options = options
        writer = try RecordingThread(path, options)
    }

    deinit { writer.stop() }

    /// Whether ``record(_:before:)`` wants the state before this frame. Call it before the frame is stepped.
    package func wantsSnapshot(of input: FrameInput) -> Bool {
        guard let nextFrame else { return !(input.events.first?.isSessionStart ?? false) || isBehindGap }
        if isBehindGap || input.frame != nextFrame { return true }
        let interval = options.keepLastFrames.map { FrameRecorder.segmentFrames($0) } ?? options.snapshotEvery
        return interval.map { framesSinceSnapshot >= $0 } ?? false
    }

    /// Hands a frame over. Never waits for the disk.
    ///
    /// - Throws: ``RecorderError`` where the recording has broken off.
    package func record(_ input: FrameInput, before state: StreamingSystem?) throws(RecorderError) {
        var input = input
        let expected = nextFrame ?? input.frame
        input.missedFrames = input.frame - expected
        guard try writer.append(Recorded(input: input, state: state)) else {
            missedFrames += 1
            isBehindGap = true
            if nextFrame == nil { nextFrame = input.frame }
            return
        }
        isBehindGap = false
        frameCount += 1
        framesSinceSnapshot = state == nil ? framesSinceSnapshot + 1 : 1
        nextFrame = input.frame + 1
    }

    /// Waits until everything is written, and makes the trace.
    ///
    /// - Returns: the number of frames in it.
    /// - Throws: as ``TraceRecorder/finish()``.
    @discardableResult
    package func finish() throws(RecorderError) -> Int64 {
        let partial = try writer.finish()
        guard frameCount > 0 else {
            partial.remove()
            throw .noFrames
        }
        let count: Int64
        do {
            let file = try ReplacingFile(path: path)
            do {
                count = try partial.write(to: file)
                try file.commit()
            } catch {
                file.discard()
                throw error
            }
        } catch {
            throw .stopped(path: path, partialPath: partial.path, reason: "\(error)")
        }
        // The trace is whole. What cannot be removed is in the way of the next recorder, which says so.
        partial.remove()
        return count
    }

    /// A flight recorder's files have a quarter of what it keeps: it keeps up to a quarter more.
    static func segmentFrames(_ kept: Int32) -> Int32 { max(1, kept / 4) }
}

/// A frame on its way to the file.
struct Recorded: Sendable {
    var input: FrameInput
    /// The state before it, where that is recorded. Its bytes are made by the recorder's thread.
    var state: StreamingSystem?
}
