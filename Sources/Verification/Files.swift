import Foundation
package import Recording

/// The few things that goldens need of the file system. Everything that is written is written beside
/// and renamed, so that a file that was good stays good until the new one is whole.
package enum Files {
    /// A file's bytes. Throws ``SystemFileError`` for a missing file, a folder, an empty file.
    package static func read(_ path: String) throws(SystemFileError) -> [UInt8] {
        let bytes = try MCAPBytes(contentsOf: path)
        return bytes.copy(0..<bytes.count)
    }

    /// Whether there is a file at `path` that begins otherwise than what is to be written there: a slip in
    /// the name of an output must not cost somebody a scenario.
    package static func isOfAnotherKind(_ path: String, than bytes: [UInt8]) -> Bool {
        guard let there = try? MCAPBytes(contentsOf: path) else { return false }
        return there.copy(0..<min(8, there.count)) != Array(bytes.prefix(8))
    }

    /// Replaces the file at `path`, or leaves it as it was and throws; nothing is left beside it.
    package static func write(_ bytes: [UInt8], to path: String) throws(SystemFileError) {
        do throws(SystemFileError) {
            let file = try ReplacingFile(path: path)
            do throws(SystemFileError) {
                try file.write(bytes)
                try file.commit()
            } catch {
                try? FileManager.default.removeItem(atPath: file.partialPath)
                throw error
            }
        } catch SystemFileError.missing {
            // The file need not be there, so it is its folder that is missing.
            let folder = (path as NSString).deletingLastPathComponent
            throw .missing(path: folder.isEmpty ? "." : folder)
        }
    }

    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    package static func remove(_ path: String) throws(SystemFileError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            let code = errno
            throw .failed(path: path, operation: "unlink", code: code, text: String(cString: strerror(code)))
        }
    }

    /// The files directly under `folder` whose names end in `suffix`, by name in the order of their
    /// bytes; none where there is no such folder.
    package static func list(_ folder: String, suffix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { folder == "." ? $0 : folder + "/" + $0 }
    }
}
