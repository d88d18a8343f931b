import Foundation
import Recording
import Verification

/// The `lumon-replay.toml` that holds for the working folder: the next one upwards, or a `.lumon-replay.toml` where there is none beside it.
struct Project {
    var file: ProjectFile
    /// From the working folder to the file's, with a slash at its end; empty where it is the same.
    var prefix: String

    /// Folders that are looked through upwards.
    private static let maximumDepth = 256

    /// - Returns: nil where there is none.
    /// - Throws: what cannot be read as what it should be.
    static func find() throws -> Project? {
        var prefix = ""
        let start = FileManager.default.currentDirectoryPath
        let depth = start.split(separator: "/").count
        for _ in 0...min(depth, maximumDepth) {
            for name in [ProjectFile.name, ProjectFile.hiddenName] where Files.exists(prefix + name) {
                return try Project(prefix + name, prefix: prefix)
            }
            prefix += "../"
        }
        return nil
    }

    private init(_ path: String, prefix: String) throws {
        guard let text = String(validating: try Files.read(path), as: UTF8.self) else {
            throw Failure(.data, "\(path): not text; expected TOML, as UTF-8")
        }
        file = try ProjectFile(text: text, file: path)
        self.prefix = prefix
    }

    /// A path of the file, from the working folder.
    func path(_ path: String) -> String { path.hasPrefix("/") ? path : prefix + path }
}
