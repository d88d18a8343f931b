import Foundation
import Hashing
import Recording
import Verification

/// The last program with which every golden agreed: a copy, so that there is something to compare with when one does not any more.
struct GreenProgram {
    /// The folder of the nightly's own files.
    let folder: String

    var path: String { folder + "/green/reference" }
    private var notes: String { folder + "/green/about.json" }

    /// Whether there is one, and another than the program that runs.
    func differs(from program: Digest128) -> Bool {
        guard let bytes = try? MCAPBytes(contentsOf: path) else { return false }
        return bytes.digest128() != program
    }

    /// Keeps a copy of the program that runs.
    ///
    /// - Throws: ``SystemFileError``; the copy that was there is untouched then.
    func keep(_ program: String, digest: Digest128, revision: Revision, started: Int64) throws {
        if let bytes = try? MCAPBytes(contentsOf: path), bytes.digest128() == digest { return }
        try Files.createFolder(folder + "/green")
        let about = JSON.object([
            ("revision", .string(revision.name)), ("dirty", .boolean(revision.isDirty)),
            ("started", .integer(Int(started))), ("digest", .string(digest.description)),
        ])
        try Files.write([
            (try Files.read(program), path), (Array((about.text + "\n").utf8), notes),
        ])
        try Files.makeExecutable(path)
    }
}
