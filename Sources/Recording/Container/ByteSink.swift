/// Where a writer's bytes go, in order and once.
package protocol ByteSink {
    /// Takes all of `bytes`, or throws.
    mutating func write(_ bytes: [UInt8]) throws
}

/// Keeps what is written in memory.
package struct MemorySink: ByteSink, Sendable {
    /// Everything written so far.
    package private(set) var bytes: [UInt8] = []

    /// A sink with nothing in it.
    package init() {}

    /// Appends.
    package mutating func write(_ bytes: [UInt8]) { self.bytes += bytes }
}

/// Writes to a file, each call at once to the operating system: what has been written survives the death of
/// the process, and after ``synchronize()`` that of the machine.
package final class FileSink: ByteSink {
    /// The path as it was given.
    package let path: String
    private var descriptor: Int32?

    /// Creates the file; one that is there already is emptied if `replacing`, else it is an error.
    ///
    /// - Throws: ``SystemFileError``.
    package init(path: String, replacing: Bool) throws(SystemFileError) {
        self.path = path
        descriptor = try SystemFile.create(path: path, replacing: replacing)
    }

    deinit {
        // A failure has nobody left to be told; whoever must know calls close().
        if let descriptor { try? SystemFile.close(descriptor, path: path) }
    }

    /// Writes all of `bytes` at the end.
    ///
    /// - Throws: ``SystemFileError``; some of the bytes may have been written then.
    package func write(_ bytes: [UInt8]) throws(SystemFileError) {
        try SystemFile.write(bytes, to: opened(), path: path)
    }

    /// Waits until everything written is on the disk.
    package func synchronize() throws(SystemFileError) {
        try SystemFile.synchronize(opened(), path: path)
    }

    /// Closes the file; some systems report the failure of earlier writes only here.
    package func close() throws(SystemFileError) {
        let last = opened()
        descriptor = nil
        try SystemFile.close(last, path: path)
    }

    private func opened() -> Int32 {
        guard let descriptor else { preconditionFailure("a sink is used after it was closed") }
        return descriptor
    }
}
