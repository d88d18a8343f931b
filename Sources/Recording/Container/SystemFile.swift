#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the operating system refused, with the path and its own words.
package enum SystemFileError: Error, Equatable, Sendable {
    /// There is nothing under this path.
    case missing(path: String)
    /// The path is a folder.
    case isDirectory(path: String)
    /// The path is a pipe, a socket or a device.
    case notARegularFile(path: String)
    /// The file's permissions do not allow it.
    case permissionDenied(path: String, operation: String)
    /// The file is there and has no bytes.
    case empty(path: String)
    /// There is something already, and it was not to be replaced.
    case exists(path: String)
    /// Anything else, with the system's error number and text.
    case failed(path: String, operation: String, code: Int32, text: String)
}

extension SystemFileError: CustomStringConvertible {
    /// One sentence with the facts.
    package var description: String {
        switch self {
        case .missing(let path): "\(path): no such file"
        case .isDirectory(let path): "\(path): is a folder, not a file"
        case .notARegularFile(let path): "\(path): is a pipe, a socket or a device, not a file"
        case .permissionDenied(let path, let operation): "\(path): permission denied (\(operation))"
        case .empty(let path): "\(path): is empty"
        case .exists(let path): "\(path): exists already"
        case .failed(let path, let operation, let code, let text):
            "\(path): \(operation) failed with error \(code) (\(text))"
        }
    }
}

/// The one place of the container that calls the operating system.
enum SystemFile {
    /// A whole file, mapped for reading. The caller unmaps it.
    static func map(path: String) throws(SystemFileError) -> UnsafeRawBufferPointer {
        // Without O_NONBLOCK the open of a pipe would wait for its other end.
        let descriptor = try retrying(path, "open") { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        defer { _ = Self.systemClose(descriptor) }
        var status = stat()
        _ = try retrying(path, "fstat") { fstat(descriptor, &status) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .isDirectory(path: path)
        default: throw .notARegularFile(path: path)
        }
        guard status.st_size > 0 else { throw .empty(path: path) }
        let count = Int(status.st_size)
        guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw error(path, "mmap", errno)
        }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    static func unmap(_ mapping: UnsafeRawBufferPointer) {
        munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count)
    }

    /// Opens a file for writing, empty; fails if it exists and `replacing` is false.
    static func create(path: String, replacing: Bool) throws(SystemFileError) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (replacing ? O_TRUNC : O_EXCL)
        return try retrying(path, "create") { open(path, flags, 0o644) }
    }

    /// Writes all the bytes, however many calls that takes.
    static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(SystemFileError) {
        var done = 0
        while done < bytes.count {
            let start = done
            let written = try retrying(path, "write") {
                bytes.withUnsafeBytes { systemWrite(descriptor, $0[start...]) }
            }
            guard written > 0 else { throw error(path, "write", ENOSPC) }
            done += written
        }
    }

    static func synchronize(_ descriptor: Int32, path: String) throws(SystemFileError) {
        _ = try retrying(path, "fsync") { fsync(descriptor) }
    }

    /// Refuses a place that a file cannot be moved to: a folder, or a device or a pipe, which a rename would
    /// replace by a file.
    static func requireReplaceable(path: String) throws(SystemFileError) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .isDirectory(path: path)
        default: throw .notARegularFile(path: path)
        }
    }

    /// Moves a file over whatever file is at `path`.
    static func move(_ source: String, to path: String) throws(SystemFileError) {
        guard rename(source, path) == 0 else {
            throw error(path, "rename from \(source)", errno)
        }
        synchronizeFolder(of: path)
    }

    /// Makes a folder; it is an error if there is something already.
    static func createFolder(path: String) throws(SystemFileError) {
        guard mkdir(path, 0o755) == 0 else { throw error(path, "mkdir", errno) }
    }

    /// Removes an empty folder.
    static func removeFolder(path: String) throws(SystemFileError) {
        guard rmdir(path) == 0 else { throw error(path, "rmdir", errno) }
    }

    /// Removes the name of a file.
    static func remove(path: String) throws(SystemFileError) {
        guard unlink(path) == 0 else { throw error(path, "unlink", errno) }
    }

    /// Waits until the names in the folder of `path` are on the disk. Not every file system can do that, and
    /// nothing depends on it but what a failure of the machine leaves: so it may fail.
    private static func synchronizeFolder(of path: String) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        _ = systemClose(descriptor)
    }

    /// Not retried: after an interrupted close the descriptor is gone all the same.
    static func close(_ descriptor: Int32, path: String) throws(SystemFileError) {
        if systemClose(descriptor) != 0, errno != EINTR { throw error(path, "close", errno) }
    }

    private static func retrying<Result: SignedInteger>(
        _ path: String, _ operation: String, _ call: () -> Result
    ) throws(SystemFileError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw error(path, operation, code) }
        }
    }

    private static func error(_ path: String, _ operation: String, _ code: Int32) -> SystemFileError {
        switch code {
        case ENOENT, ENOTDIR: .missing(path: path)
        case EISDIR: .isDirectory(path: path)
        case EEXIST: .exists(path: path)
        case EACCES, EPERM: .permissionDenied(path: path, operation: operation)
        default:
            .failed(path: path, operation: operation, code: code, text: String(cString: strerror(code)))
        }
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        let piece = UnsafeRawBufferPointer(rebasing: bytes)
        #if canImport(Darwin)
            return Darwin.write(descriptor, piece.baseAddress, piece.count)
        #elseif canImport(Glibc)
            return Glibc.write(descriptor, piece.baseAddress, piece.count)
        #else
            return Musl.write(descriptor, piece.baseAddress, piece.count)
        #endif
    }

    private static func systemClose(_ descriptor: Int32) -> Int32 {
        #if canImport(Darwin)
            return Darwin.close(descriptor)
        #elseif canImport(Glibc)
            return Glibc.close(descriptor)
        #else
            return Musl.close(descriptor)
        #endif
    }
}
