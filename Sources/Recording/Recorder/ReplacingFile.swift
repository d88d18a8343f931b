#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that is written beside its place, as `PATH.partial`, and moved there when it is whole: what was
/// there before is not touched until then. What is not committed stays beside it, to be recovered.
package final class ReplacingFile: ByteSink {
    /// Where the file will be.
    package let path: String
    /// Where it is until then.
    package let partialPath: String
    private let sink: FileSink

    /// Creates the file beside its place. A partial one that is there already is overwritten.
    ///
    /// - Throws: ``SystemFileError``, also if there is a folder or a device in its place.
    package init(path: String, suffix: String = ".partial") throws(SystemFileError) {
        self.path = path
        partialPath = path + suffix
        var status = stat()
        if stat(path, &status) == 0 {
            switch status.st_mode & S_IFMT {
            case S_IFREG: break
            case S_IFDIR: throw .isDirectory(path: path)
            // A rename would put a file in the place of a device or a pipe.
            default: throw .notARegularFile(path: path)
            }
        }
        sink = try FileSink(path: partialPath, replacing: true)
    }

    /// Writes at the end.
    package func write(_ bytes: [UInt8]) throws(SystemFileError) { try sink.write(bytes) }

    /// Removes what was written beside the place; nothing can be written after it.
    package func discard() {
        try? sink.close()
        unlink(partialPath)
    }

    /// Waits until everything is on the disk, and moves the file to its place. Nothing can be written after it.
    package func commit() throws(SystemFileError) {
        try sink.synchronize()
        try sink.close()
        guard rename(partialPath, path) == 0 else {
            let code = errno
            throw .failed(
                path: path, operation: "rename from \(partialPath)", code: code,
                text: String(cString: strerror(code)))
        }
    }
}
