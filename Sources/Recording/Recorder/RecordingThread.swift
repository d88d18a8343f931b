import DequeModule
import Foundation
import Streaming

/// The thread that writes what a ``FrameRecorder`` is given.
///
/// `@unchecked Sendable`: what both threads touch is touched under `condition`; `files` is the thread's own until it has ended.
final class RecordingThread: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: Deque<Recorded> = []
    private var isEnding = false
    private var hasEnded = false
    private var failure: RecorderError?

    private let options: FrameRecorder.Options
    private let files: PartialRecording

    init(_ path: String, _ options: FrameRecorder.Options) throws(RecorderError) {
        precondition(
            (1...TraceFormat.framesPerChunk).contains(options.framesPerFlush), "1...256 frames per flush")
        self.options = options
        files = try PartialRecording(path, options)
        let thread = Thread { [self] in run() }
        thread.name = "recorder"
        thread.start()
    }

    /// - Returns: false where there is no room. Held for moments only: nobody writes under the lock.
    func append(_ recorded: Recorded) throws(RecorderError) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        if let failure { throw failure }
        guard waiting.count < options.queueFrames else { return false }
        waiting.append(recorded)
        condition.signal()
        return true
    }

    var waitingCount: Int { condition.withLock { waiting.count } }

    /// Waits until everything is written.
    func finish() throws(RecorderError) -> PartialRecording {
        condition.lock()
        defer { condition.unlock() }
        isEnding = true
        condition.signal()
        while !hasEnded { condition.wait() }
        if let failure { throw failure }
        return files
    }

    /// Nobody will finish this: what has been written stays.
    func stop() {
        condition.withLock {
            isEnding = true
            condition.signal()
        }
    }

    private func run() {
        do {
            while let recorded = next() {
                options.beforeWriting?()
                var input = recorded.input
                if let state = recorded.state { input.snapshot = RecordedSnapshot(state: state.snapshot()) }
                try files.write(input)
            }
            try files.close()
        } catch {
            let failure =
                error as? RecorderError
                ?? .stopped(path: files.target, partialPath: files.path, reason: "\(error)")
            condition.withLock { self.failure = failure }
        }
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }

    /// The next frame to write; nil at the end.
    private func next() -> Recorded? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !isEnding { condition.wait() }
        return waiting.popFirst()
    }
}
