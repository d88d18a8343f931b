/// Why a history cannot be read or written.
package enum HistoryError: Error, Equatable, Sendable {
    /// The file is not a database of SQLite.
    case notADatabase(path: String)
    /// It is one, of another program.
    case otherProgram(path: String, applicationID: UInt32)
    /// It was written by a newer version.
    case newerVersion(path: String, found: UInt32, supported: UInt32)
    /// There is no history at the path.
    case missing(path: String)
    /// Somebody else writes to it, and has not ended for as long as one waits.
    case busy(path: String)
    /// The disk or the system does not let us; in its own words.
    case failed(path: String, doing: String, reason: String)

    /// In one sentence.
    package var sentence: String {
        switch self {
        case .notADatabase(let path): "\(path): is not a database of SQLite; expected a history of nights"
        case .otherProgram(let path, let id):
            "\(path): is a database of another program (application id \(id)); expected a history of nights"
        case .newerVersion(let path, let found, let supported):
            "\(path): is a history of version \(found); this program knows up to version \(supported)"
        case .missing(let path): "\(path): there is no history yet"
        case .busy(let path): "\(path): somebody else has been writing to it for too long"
        case .failed(let path, let doing, let reason): "\(path): \(doing) failed: \(reason)"
        }
    }
}
