package import Topology

/// Why a file is not a camera path of its format, or why no trace can be made of it. One type for all readers.
package enum ImportError: Error, Equatable, Sendable {
    /// A file of text is too large, or a file holds too much.
    case tooMany(what: String, count: Int, limit: Int)
    /// Of sampling at a rate.
    case tooManyFrames(count: UInt64, limit: Int)
    case noPose(expected: String)
    case invalidOption(expected: String, found: String)

    // Of texts. Lines count from 1.

    /// The line is not UTF-8.
    case notText(line: Int)
    case lineTooLong(line: Int, sizeBytes: Int, limit: Int)
    /// `isOpen`: more columns than these would have been ignored.
    case columns(line: Int, expected: [String], isOpen: Bool, found: Int)
    case notANumber(line: Int, column: String, found: String)
    case notAnInteger(line: Int, column: String, found: String)
    /// Of stage hashes.
    case columnRange(line: Int, column: String, found: String, allowed: String)
    case frameOrder(line: Int, previous: Int32, found: Int32)

    // Of numbers, wherever they stand.

    case notFinite(ImportPlace, field: String, found: String)
    /// The time does not fit 64 bits of nanoseconds.
    case timeOutOfRange(ImportPlace, found: String)
    /// In nanoseconds.
    case timeNotAscending(ImportPlace, previous: Int64, found: Int64)
    /// The time since the first pose does not fit 64 bits of nanoseconds.
    case timeTooLong(ImportPlace)
    case position(ImportPlace, LatticeError)
    /// The orientations of two poses give none between them: one has no length, or one that overflows.
    case noRotation(from: ImportPlace, to: ImportPlace)

    // Of KITTI's matrices and times.

    /// `excess` is what an entry of R R^T is off from the identity.
    case notOrthonormal(line: Int, excess: Double)
    case reflection(line: Int, determinant: Double)
    case timesCount(poses: Int, times: Int)

    // Of MCAP files.

    /// The container itself is damaged, or no MCAP file.
    case container(MCAPError)
    case noPoseTopic(found: [ImportTopic])
    case topicNotFound(topic: String, found: [ImportTopic])
    case ambiguousTopic(found: [ImportTopic])
    case childNotFound(topic: String, child: String, found: [String])
    case ambiguousChild(topic: String, found: [String])
    /// A child frame was asked for, and the topic's messages are no transforms.
    case noChildFrames(topic: String)
    case encoding(topic: String, found: String)
    case undecodable(schema: String, encoding: String, offset: UInt64)
    case missingField(ImportPlace, field: String)
}

/// A topic of an MCAP file with the name of its schema.
package struct ImportTopic: Hashable, Sendable {
    package var topic: String
    package var schema: String

    package init(topic: String, schema: String) {
        self.topic = topic
        self.schema = schema
    }
}

extension ImportError: CustomStringConvertible {
    /// What failed and where, what was expected and found, what to do next.
    package var description: String {
        switch self {
        case .tooMany(let what, let count, let limit): "\(count) \(what), the limit is \(limit)"
        case .tooManyFrames(let count, let limit):
            "\(count) frames at this rate from the first pose to the last; expected at most \(limit)"
        case .noPose(let expected): "no pose; expected \(expected)"
        case .invalidOption(let expected, let found): "expected \(expected), found \(found)"
        case .notText(let line): "line \(line): not text; expected a path of poses, a line each, in UTF-8"
        case .lineTooLong(let line, let size, let limit):
            "line \(line): has \(size) bytes; expected at most \(limit)"
        case .columns(let line, let expected, let isOpen, let found):
            "line \(line): expected \(expected.count) \(isOpen ? "or more " : "")"
                + "column\(expected.count == 1 ? "" : "s") (\(expected.joined(separator: " "))), found \(found)"
        case .notANumber(let line, let column, let found):
            "line \(line): \(column) is \(quoted(found)); expected a decimal number"
        case .notAnInteger(let line, let column, let found):
            "line \(line): \(column) is \(quoted(found)); expected an integer, in nanoseconds"
        case .columnRange(let line, let column, let found, let allowed):
            "line \(line): \(column) is '\(found)'; expected \(allowed)"
        case .frameOrder(let line, let previous, let found):
            "line \(line): frame \(found) stands behind frame \(previous); expected ascending frames, the lines of one together"
        case .notFinite(let place, let field, let found):
            "\(place): \(field) is \(found); expected a finite number"
        case .timeOutOfRange(let place, let found):
            "\(place): timestamp \(found); expected less than 2^63 nanoseconds, some 292 years; "
                + "is it in another unit?"
        case .timeNotAscending(let place, let previous, let found):
            "\(place): timestamp \(DecimalSeconds.text(nanoseconds: found)) s; expected one after "
                + "\(DecimalSeconds.text(nanoseconds: previous)) s, that of the pose before; \(remedy(place))"
        case .timeTooLong(let place): "\(place): 2^63 nanoseconds or more after the first pose; expected less"
        case .position(let place, let error):
            "\(place): the position leaves the lattice: \(sentence(error)); "
                + "choose a smaller scale or another offset"
        case .noRotation(let from, let to):
            "between \(from) and \(to): the orientations are no rotations between which one can be sampled; "
                + "expected quaternions of length 1"
        case .notOrthonormal(let line, let excess):
            "line \(line): the left three columns are no rotation: their rows times themselves are off by "
                + "\(excess) from the identity; expected at most \(RotationMatrix.tolerance)"
        case .reflection(let line, let determinant):
            "line \(line): the left three columns have determinant \(determinant); expected 1, "
                + "a rotation and not a reflection"
        case .timesCount(let poses, let times):
            "\(poses) poses, and \(times) times for them; expected as many times as poses"
        case .container(let error): error.description
        case .noPoseTopic(let found):
            "no messages of \(FoxgloveSchema.allCases.map(\.rawValue).joined(separator: " or ")); "
                + "found \(list(found))"
        case .topicNotFound(let topic, let found):
            "no topic \(quoted(topic)) with poses; there are poses on \(list(found))"
        case .ambiguousTopic(let found): "several topics have poses; expected one of \(list(found))"
        case .childNotFound(let topic, let child, let found):
            "the topic \(quoted(topic)) has no child frame \(quoted(child)); "
                + "found \(list(found.map { quoted($0) }))"
        case .ambiguousChild(let topic, let found):
            "the topic \(quoted(topic)) has several child frames; "
                + "expected one of \(list(found.map { quoted($0) }))"
        case .noChildFrames(let topic):
            "the topic \(quoted(topic)) has poses without child frames; a child frame is of transforms only"
        case .encoding(let topic, let found):
            "the topic \(quoted(topic)) is encoded as \(quoted(found)); expected protobuf or json"
        case .undecodable(let schema, let encoding, let offset):
            "the message at offset \(offset) cannot be decoded as \(schema) in \(encoding)"
        case .missingField(let place, let field): "\(place): \(field) is missing"
        }
    }

    /// Messages have been brought into order already.
    private func remedy(_ place: ImportPlace) -> String {
        switch place {
        case .line: "sort the file and remove repeated poses"
        case .message: "remove repeated poses"
        }
    }

    private func sentence(_ error: LatticeError) -> String {
        switch error {
        case .notFinite(let axis, let value): "\(axis) is \(value); expected a finite number of blocks"
        case .outOfRange(let axis, let value, let limit):
            "\(axis) is \(value) blocks; expected at most \(limit) from the origin"
        }
    }

    private func list(_ topics: [ImportTopic]) -> String {
        topics.isEmpty
            ? "no topic at all" : list(topics.map { "\(quoted($0.topic)) (schema \(quoted($0.schema)))" })
    }

    private func list(_ names: [String]) -> String {
        let maximumNamed = 20
        let more = names.count > maximumNamed ? ", and \(names.count - maximumNamed) more" : ""
        return names.prefix(maximumNamed).joined(separator: ", ") + more
    }

    /// Names and fields out of a file: in quotes, on one line, not longer than a line. Scalars are counted, because
    /// a character can be as long as a file.
    private func quoted(_ text: String) -> String {
        JSONLine.quoted(String(String.UnicodeScalarView(text.unicodeScalars.prefix(80))))
    }
}
