/// The order of the steps of a simulated live run, as data: points of the frame thread, which stand in their order, and between them the steps of
/// the others, which may stand anywhere.
///
/// Every list of entries is a schedule. A step that stands behind a point is taken when the frame thread comes there. One that cannot be taken yet
/// waits, and is taken as soon as it can be: a result is handed over behind its cast, wherever the two stand, as a thread that rests takes all that it
/// would have done with it. One that cannot be taken any more is passed over. What no entry names is done as in ``Schedule/plain``, before the next
/// frame begins; so the script without entries is the plain schedule. Steps have names that mean the same in runs that differ: what is moved
/// in one script keeps its name in the other.
package struct Script: Hashable, Sendable {
    package typealias Entry = OrderEntry<Point, Step>

    package var entries: [Entry]

    package init(_ entries: [Entry] = []) { self.entries = entries }

    /// Where the frame thread stands, and others can come in.
    package struct Point: Hashable, Comparable, Sendable {
        /// Frames that were run before this one; ``Script/end`` is behind all.
        package var frame: Int32
        package var phase: Phase
        /// Of several points of one phase, from 0; of ``Phase/stage`` the stage's number.
        package var ordinal: Int32

        package init(_ frame: Int32, _ phase: Phase, _ ordinal: Int32 = 0) {
            self.frame = frame
            self.phase = phase
            self.ordinal = ordinal
        }

        package static func < (a: Point, b: Point) -> Bool {
            (a.frame, a.phase.rawValue, a.ordinal) < (b.frame, b.phase.rawValue, b.ordinal)
        }
    }

    /// Behind the last frame.
    package static let end = Point(.max, .begins)

    /// What a point stands behind, in the order of a frame.
    package enum Phase: UInt8, Sendable {
        /// The frame before is recorded; this one begins.
        case begins
        /// Results have been read, and are still in the list. Only a planted fault stops there.
        case resultsRead
        case resultsTaken
        /// The frame waits for the index of the store.
        case replyAwaited
        case repliesAsked
        case dropsTaken
        /// The model comes to a stage: claims stand between these.
        case stage
        case claimsDrawn
        /// The frame is stepped: a batch is about to begin, has begun, is about to be abandoned.
        case stepping
    }

    /// One operation for the store's thread, by the frame that handed it over and its place in that.
    package struct StoreWork: Hashable, Sendable {
        package var frame: Int32
        package var place: Int32
    }

    /// What somebody beside the frame thread does, in one step.
    package enum Step: Hashable, Sendable {
        /// Step `step`, from 0, of the worker that was number `visit` to look for jobs in a batch: it claims, casts, hands over, casts, and so on.
        case worker(batch: Int32, visit: Int32, step: Int32)
        /// The store carries the next operation out.
        case carryOut(StoreWork)
        /// The store commits the transaction of which that operation is the last.
        case commit(StoreWork)
        /// The store drops a write-back that waits.
        case drop(StoreWork)
        /// In a variant whose workers claim requests: the request with that ticket is claimed.
        case claim(UInt64)
        /// It would be written down that it was. Only a planted fault takes this from here.
        case note(UInt64)
    }
}
