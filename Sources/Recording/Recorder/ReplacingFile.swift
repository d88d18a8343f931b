/// A file that is written beside its place, as `PATH.tmp`, and moved there when it is whole: what was there
/// before is not touched until then.
package final class ReplacingFile: ByteSink {
    /// Where the file will be.
    package let path: String
    /// Where it is until then. Not `PATH.partial`: what a recorder that died has left under that name is to be
    /// recovered.
    package let temporaryPath: String
    /// Bytes written so far.
    package private(set) var sizeBytes = 0
    private let sink: FileSink

    /// Creates the file beside its place. What an earlier attempt has left there is overwritten.
    ///
    /// - Throws: ``SystemFileError``, also if there is a folder or a device in its place.
    package init(path: String) throws(SystemFileError) {
        self.path = path
        temporaryPath = path + ".tmp"
        try SystemFile.requireReplaceable(path: path)
        sink = try FileSink(path: temporaryPath, replacing: true)
    }

    /// Writes at the end.
    package func write(_ bytes: [UInt8]) throws(SystemFileError) {
        try sink.write(bytes)
        sizeBytes += bytes.count
    }

    /// Waits until everything is on the disk, and moves the file to its place. Nothing can be written after it.
    package func commit() throws(SystemFileError) {
        try sink.synchronize()
        try sink.close()
        try SystemFile.move(temporaryPath, to: path)
    }

    /// Gives the file up. What cannot be removed is overwritten by the next attempt.
    package func discard() { try? SystemFile.remove(path: temporaryPath) }
}
