package import Streaming

/// The frames of a trace one after another, from the first to the last, with everything checked on the way: the
/// container from end to end, the messages, and what holds between frames.
///
/// Memory: the messages of one frame, and all configurations.
package struct TraceFrames {
    private var messages: TraceMessages
    private var assembler = FrameAssembler()
    private var state = State.reading
    private var readsAny = false

    private enum State {
        case reading
        case ended
        case failed(TraceError)
    }

    init(_ bytes: MCAPBytes, foreign: ForeignContent) {
        messages = TraceMessages(bytes, foreign: foreign)
    }

    /// What has been met so far beside the frames; complete after the last one.
    package var extras: TraceExtras { messages.extras }

    /// The next frame; nil after the last.
    ///
    /// - Throws: ``TraceError``, and the same one again from then on.
    package mutating func next() throws(TraceError) -> FrameInput? {
        switch state {
        case .ended: return nil
        case .failed(let error): throw error
        case .reading: break
        }
        do throws(TraceError) {
            while let message = try messages.next() {
                if let input = try assembler.take(message) {
                    readsAny = true
                    return input
                }
            }
            state = .ended
            let last = try assembler.finish()
            guard last != nil || readsAny else { throw .noFrames }
            return last
        } catch {
            state = .failed(error)
            throw error
        }
    }
}
