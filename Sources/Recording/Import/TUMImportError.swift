package import Topology

/// Why a file is not a path in TUM's format. Lines count from 1.
package enum TUMImportError: Error, Equatable, Sendable {
    case columns(line: Int, expected: Int, found: Int)
    case notANumber(line: Int, column: String, found: String)
    case notFinite(line: Int, column: String, found: String)
    case timeNotAscending(line: Int, previous: Double, found: Double)
    /// The time since the first pose does not fit 64 bits of nanoseconds.
    case timeTooLong(line: Int, seconds: Double)
    case position(line: Int, LatticeError)
    case noPose
    case tooMany(what: String, count: Int, limit: Int)
    case invalidOption(expected: String, found: String)
}

extension TUMImportError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .columns(let line, let expected, let found):
            "line \(line): expected \(expected) columns (timestamp tx ty tz qx qy qz qw), found \(found)"
        case .notANumber(let line, let column, let found):
            "line \(line): \(column) is \"\(found)\"; expected a decimal number"
        case .notFinite(let line, let column, let found):
            "line \(line): \(column) is \(found); expected a finite number"
        case .timeNotAscending(let line, let previous, let found):
            "line \(line): timestamp \(found); expected one after \(previous), that of the pose before; sort the "
                + "file and remove repeated poses"
        case .timeTooLong(let line, let seconds):
            "line \(line): \(seconds) seconds after the first pose; expected less than 2^63 nanoseconds"
        case .position(let line, let error):
            "line \(line): the position leaves the lattice: \(error); choose a smaller scale or another offset"
        case .noPose: "no pose; expected lines with timestamp tx ty tz qx qy qz qw"
        case .tooMany(let what, let count, let limit): "\(count) \(what), the limit is \(limit)"
        case .invalidOption(let expected, let found): "expected \(expected), found \(found)"
        }
    }
}
