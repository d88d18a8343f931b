package import Streaming
package import Topology

/// Where a camera was at a time. Every reader of a format gives a list of these.
package struct TimedPose: Hashable, Sendable {
    /// By the source's clock, in nanoseconds.
    package var timeNanoseconds: Int64
    /// In the source's units.
    package var position: WorldPoint
    /// A rotation from camera to world; of unit length as far as the source has it so.
    package var orientation: Quaternion
    /// Where it stands in its file.
    package var place: ImportPlace

    package init(
        timeNanoseconds: Int64, position: WorldPoint, orientation: Quaternion, place: ImportPlace
    ) {
        self.timeNanoseconds = timeNanoseconds
        self.position = position
        self.orientation = orientation
        self.place = place
    }
}

/// A place in the file that is imported, for errors.
package enum ImportPlace: Hashable, Sendable {
    /// Lines count from 1.
    case line(Int)
    /// Bytes from the start of the file to the message's record.
    case message(offset: UInt64)

    /// Of two places in one file the one that is smaller stands first.
    var position: UInt64 {
        switch self {
        case .line(let line): UInt64(line)
        case .message(let offset): offset
        }
    }
}

extension ImportPlace: CustomStringConvertible {
    package var description: String {
        switch self {
        case .line(let line): "line \(line)"
        case .message(let offset): "the message at offset \(offset)"
        }
    }
}

/// What is read out of one file, at most ``PathImport/maximumPoses`` of it.
struct BoundedList<Element> {
    private(set) var elements: [Element] = []
    /// A word for the elements, for the error.
    let what: String

    init(of what: String) { self.what = what }

    mutating func append(_ element: Element) throws(ImportError) {
        guard elements.count < PathImport.maximumPoses else {
            throw .tooMany(what: what, count: elements.count + 1, limit: PathImport.maximumPoses)
        }
        elements.append(element)
    }

    /// - Throws: ``ImportError/noPose(expected:)`` where there is none.
    func nonEmpty(expected: String) throws(ImportError) -> [Element] {
        guard !elements.isEmpty else { throw .noPose(expected: expected) }
        return elements
    }
}

/// The one check that times ascend strictly.
struct AscendingTimes {
    private var previous: Int64?

    mutating func take(_ time: Int64, at place: ImportPlace) throws(ImportError) {
        if let previous, time <= previous {
            throw .timeNotAscending(place, previous: previous, found: time)
        }
        previous = time
    }
}
