import Foundation
import Hashing
import Recording

/// The program that runs, as a file.
enum ThisProgram {
    /// XXH3-128 of the program's bytes: two builds that differ in anything have two of them.
    static func digest() throws -> Digest128 {
        let bytes = try MCAPBytes(contentsOf: try path())
        return bytes.digest128()
    }

    /// From the root.
    static func path() throws -> String {
        guard let path = Bundle.main.executablePath else {
            throw Failure(.software, "this program cannot find its own file", next: "please report this")
        }
        return path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
