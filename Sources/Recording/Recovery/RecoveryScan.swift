import Streaming

/// Reads the frames of a file that may be damaged, as long as each is certain to be whole.
///
/// A frame is whole when the next one has begun. What ends the file tells nothing about the frame before it: some
/// of its messages may be lost. Only of a file by a writer of ours it is known that every chunk holds whole frames,
/// so that a chunk whose checksum agrees has all of its last frame.
///
/// Memory: as ``TraceFrames``.
struct RecoveryScan {
    /// Where the frames end.
    struct End {
        /// Nil where the file is sound to its end.
        var reason: TraceError?
        /// The file offset of the first thing that is not kept; the size of the file where nothing is lost.
        var offset: UInt64
    }

    /// A frame that is to be the last one, and why.
    struct Limit: Sendable {
        /// -1 for none.
        var frame: Int64
        var reason: TraceError

        /// Ends before a frame that may not be whole.
        init(before frame: UInt32, _ reason: TraceError) {
            self.frame = Int64(frame) - 1
            self.reason = reason
        }
    }

    /// Frames behind this one are not whole, as is known already.
    let limit: Limit?
    /// Nil while there may be more frames.
    private(set) var end: End?
    /// Frames that were given out.
    private(set) var frameCount: Int64 = 0

    private var messages: TraceMessages
    private var assembler = FrameAssembler()
    private var open: Place?
    /// The last frame before the first unknown record that stands behind a message, in another writer's file.
    private var doubt: Limit?
    private var skippedCount: UInt64 = 0

    /// Where the messages of the frame stand that is being put together.
    private struct Place {
        var frame: UInt32
        /// File offset of its first message.
        var start: UInt64
        /// File offset after its last message so far.
        var end: UInt64
        /// The chunk that holds all of its messages so far and has a checksum; nil if there is none.
        var verifiedChunk: UInt64?
    }

    init(_ bytes: MCAPBytes, limit: Limit? = nil) {
        messages = TraceMessages(bytes, foreign: .dropped)
        self.limit = limit
    }

    /// What has been met so far beside the frames.
    var extras: TraceExtras { messages.extras }

    /// The next frame that is whole; nil when there is none any more, and then ``end`` says why.
    mutating func next() -> FrameInput? {
        let next = scan()
        if next != nil { frameCount += 1 }
        return next
    }

    private mutating func scan() -> FrameInput? {
        do throws(TraceError) {
            while end == nil {
                guard let message = try messages.next() else {
                    let last = try assembler.finish()
                    end = End(reason: open == nil ? .noFrames : nil, offset: messages.intactEnd)
                    return last
                }
                if let finished = try take(message) { return finished }
            }
            return nil
        } catch {
            return stop(error)
        }
    }

    /// Looks at what is left of a file that has ended in an error, and at what was met before. Frames that may have
    /// had more messages are not whole after all, nor what comes behind them.
    ///
    /// - Returns: the last frame that is certain, if it is not the last of `frames`.
    mutating func limit(byTheRestOf frames: ClosedRange<Int32>?) -> Limit? {
        guard case let reason? = end?.reason, let frames else { return nil }
        var lowest = doubt
        func lower(_ limit: Limit) {
            if limit.frame < lowest?.frame ?? .max { lowest = limit }
        }
        if case .frameOrder(_, let found, _) = reason { lower(Limit(before: found, reason)) }
        var highest = open?.frame ?? 0
        while let message = try? messages.next() {
            if message.sequence < highest {
                lower(
                    Limit(
                        before: message.sequence,
                        .frameOrder(previous: highest, found: message.sequence, offset: message.offset)))
            }
            highest = max(highest, message.sequence)
        }
        return lowest.flatMap { $0.frame < Int64(frames.upperBound) ? $0 : nil }
    }

    private mutating func take(_ message: TraceMessage) throws(TraceError) -> FrameInput? {
        noteSkippedRecords()
        // Where chunks hold whole frames the next frame itself says whether it stands behind a gap that was recorded as one.
        if let open, message.sequence > open.frame, message.sequence - open.frame > 1, !isOurs {
            try message.checkPlace()
            throw .frameGap(
                expected: open.frame + 1, found: message.sequence, offset: message.offset)
        }
        let finished = try assembler.finish(before: message)
        var place = Place(
            frame: message.sequence, start: message.offset, end: messages.last?.end ?? message.offset,
            verifiedChunk: message.verifiedChunk)
        if let open, finished == nil {
            place.start = open.start
            if open.verifiedChunk != place.verifiedChunk { place.verifiedChunk = nil }
        }
        open = place
        // An error of this message is not one of the frame before.
        do throws(TraceError) {
            if let limit, Int64(message.sequence) > limit.frame { throw limit.reason }
            try assembler.add(message)
        } catch {
            end = End(reason: error, offset: place.start)
        }
        return finished
    }

    /// An unknown record behind a message may be a damaged one of the open frame. Where chunks hold whole frames, the
    /// frames after it tell.
    private mutating func noteSkippedRecords() {
        let isNew = messages.skippedCount > skippedCount
        skippedCount = messages.skippedCount
        guard isNew, doubt == nil, let open, !isOurs else { return }
        doubt = Limit(before: open.frame, .doubtfulRecord(offset: open.end))
    }

    /// Ends the frames, with the open one if it is whole.
    private mutating func stop(_ reason: TraceError) -> FrameInput? {
        guard let open else {
            end = End(reason: reason, offset: messages.intactEnd)
            return nil
        }
        let isOfAnother = messages.last.map { $0.sequence != open.frame } ?? false
        guard isWhole(open, isOfAnother), let last = try? assembler.finish() else {
            end = End(reason: reason, offset: open.start)
            return nil
        }
        end = End(reason: reason, offset: isOfAnother ? open.end : messages.intactEnd)
        return last
    }

    /// Whether nothing of a frame can be lost, when what comes behind it is unreadable, or a message `isOfAnother`
    /// frame that cannot be used.
    private func isWhole(_ open: Place, _ isOfAnother: Bool) -> Bool {
        guard isOurs, let chunk = open.verifiedChunk else { return false }
        return isOfAnother || messages.intactEnd > chunk
    }

    /// Whether the file says that it is by a writer of ours.
    private var isOurs: Bool {
        messages.header == MCAPHeader(profile: TraceFormat.profile, library: TraceFormat.library)
    }
}
