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

    /// The first bytes of a file, up to so many.
    package static func head(of path: String, bytes count: Int) throws(SystemFileError) -> [UInt8] {
        let bytes = try MCAPBytes(contentsOf: path)
        return bytes.copy(0..<min(count, bytes.count))
    }

    /// Whether there is a file at `path` that begins otherwise than what is to be written there: a slip in
    /// the name of an output must not cost somebody a scenario.
    package static func isOfAnotherKind(_ path: String, than magic: [UInt8]) -> Bool {
        guard let head = try? head(of: path, bytes: magic.count) else { return false }
        return head != magic
    }

    /// Replaces the file at `path`, or leaves it as it was and throws; nothing is left beside it.
    package static func write(_ bytes: [UInt8], to path: String) throws(SystemFileError) {
        try write([(bytes, path)])
    }

    /// Replaces several files that belong together: none is touched before all are whole on the disk.
    package static func write(_ contents: [(bytes: [UInt8], path: String)]) throws(SystemFileError) {
        var files: [ReplacingFile] = []
        do throws(SystemFileError) {
            for (bytes, path) in contents {
                let file = try ReplacingFile(path: path)
                files.append(file)
                try file.write(bytes)
            }
            for file in files { try file.commit() }
        } catch {
            for file in files { file.discard() }
            throw missingFolder(error)
        }
    }

    /// Replaces the file at `path` by what `body` writes piece by piece, or leaves it as it was and throws;
    /// nothing is left beside it.
    ///
    /// - Returns: the size of the file in bytes.
    /// - Throws: ``SystemFileError``, and what `body` throws.
    package static func write(to path: String, _ body: (ReplacingFile) throws -> Void) throws -> Int {
        let file: ReplacingFile
        do {
            file = try ReplacingFile(path: path)
        } catch {
            throw missingFolder(error)
        }
        do {
            try body(file)
            try file.commit()
        } catch {
            file.discard()
            throw error
        }
        return file.sizeBytes
    }

    /// The file that is written need not be there, so it is its folder that is missing.
    private static func missingFolder(_ error: SystemFileError) -> SystemFileError {
        guard case .missing(let path) = error else { return error }
        let folder = (path as NSString).deletingLastPathComponent
        return .missing(path: folder.isEmpty ? "." : folder)
    }

    /// Whether two paths lead to one file.
    package static func areSame(_ first: String, _ second: String) -> Bool {
        var status = (stat(), stat())
        guard stat(first, &status.0) == 0, stat(second, &status.1) == 0 else { return false }
        return status.0.st_dev == status.1.st_dev && status.0.st_ino == status.1.st_ino
    }

    /// Creates a folder and those around it where they are not there.
    package static func createFolder(_ path: String) throws(SystemFileError) {
        guard !path.isEmpty else { return }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
            throw .failed(
                path: path, operation: "creating the folder", code: ENOTDIR,
                text: "there is a file of this name")
        }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw .failed(
                path: path, operation: "creating the folder", code: Int32(clamping: underlying?.code ?? 0),
                text: error.localizedDescription)
        }
    }

    /// Lets everybody run a file who may read it.
    package static func makeExecutable(_ path: String) throws(SystemFileError) {
        guard chmod(path, 0o755) == 0 else {
            let code = errno
            throw .failed(path: path, operation: "chmod", code: code, text: String(cString: strerror(code)))
        }
    }

    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    package static func remove(_ path: String) throws(SystemFileError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            let code = errno
            throw .failed(path: path, operation: "unlink", code: code, text: String(cString: strerror(code)))
        }
    }

    /// Whether there is a folder at the path.
    package static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// The files directly under `folder` whose names end in `suffix`, by name in the order of their
    /// bytes; none where there is no such folder.
    package static func list(_ folder: String, suffix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { folder == "." ? $0 : folder + "/" + $0 }
    }
}
