import Foundation
import GRDB

/// Why a store cannot be opened or used. A run goes on without it.
package enum StoreFailure: Error, Equatable, Sendable {
    /// The path is not that of a regular file.
    case notAFile(path: String, found: String)
    /// The file is not a database of SQLite.
    case notADatabase(path: String)
    /// A database of another program: its application id is not ours.
    case otherProgram(path: String, applicationID: UInt32)
    /// Written by a newer version of this program.
    case newerVersion(path: String, found: UInt32, supported: UInt32)
    /// Another process uses it.
    case locked(path: String)
    /// SQLite or the system refused something. `code` is SQLite's extended code, or an errno below 0.
    case system(path: String, doing: String, code: Int32, message: String)
    /// More waits for the disk than the queue can hold.
    case overwhelmed(path: String, waiting: Int)

    /// An error of SQLite or of the system while `doing` something to the file.
    init(_ error: any Error, path: String, doing: String) {
        switch error {
        case let failure as StoreFailure: self = failure
        case let error as DatabaseError
        where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED:
            self = .locked(path: path)
        case let error as DatabaseError where error.resultCode == .SQLITE_NOTADB:
            self = .notADatabase(path: path)
        case let error as DatabaseError:
            self = .system(
                path: path, doing: doing, code: error.extendedResultCode.rawValue,
                message: error.message ?? "no message")
        default:
            let error = error as NSError
            self = .system(
                path: path, doing: doing, code: -Int32(truncatingIfNeeded: error.code),
                message: error.localizedDescription)
        }
    }

    /// An error of a system call.
    static func system(path: String, _ code: Int32, doing: String) -> StoreFailure {
        .system(path: path, doing: doing, code: -code, message: String(cString: strerror(code)))
    }

    /// One sentence: what failed, where, what was expected and found.
    package var sentence: String {
        switch self {
        case .notAFile(let path, let found): "\(path): \(found); expected the file of a store, or none"
        case .notADatabase(let path): "\(path): not a store: no database of SQLite; it was not touched"
        case .otherProgram(let path, let id):
            "\(path): a database of another program (application id 0x\(String(id, radix: 16))); it was not touched"
        case .newerVersion(let path, let found, let supported):
            "\(path): a store of version \(found); this program writes version \(supported); it was not touched"
        case .locked(let path): "\(path): another process uses this store"
        case .system(let path, let doing, let code, let message): "\(path): \(doing): \(message) (\(code))"
        case .overwhelmed(let path, let waiting):
            "\(path): \(waiting) operations wait for the disk; expected it to keep up"
        }
    }

    /// What to do about it.
    package var advice: String {
        switch self {
        case .notAFile, .notADatabase, .otherProgram: "name another file for the store"
        case .newerVersion: "use the newer program, or name another file"
        case .locked: "wait for the other process, or name another file"
        case .system: "look after the disk; 'lumon-replay store verify' says whether the file is whole"
        case .overwhelmed: "put the store on a faster disk"
        }
    }
}
