import Foundation

/// Less than this is looked at more closely when something fails.
private let scarceBytes: UInt64 = 256 << 20
private let probeBytes = 1 << 20

// What fails for want of room says nothing of a commit.

extension BisectWorkshop {
    /// - Throws: ``BisectError/diskFull(path:)`` where nothing can be written any more.
    func checkDisk() throws(BisectError) {
        if !hasSpace { throw .diskFull(path: folder) }
    }

    func failingOnDisk(_ body: () throws(BisectError) -> Void) throws(BisectError) {
        do throws(BisectError) {
            try body()
        } catch {
            try checkDisk()
            throw error
        }
    }

    /// Whether there is room for what is written here.
    var hasSpace: Bool {
        var status = statvfs()
        if statvfs(folder, &status) == 0 {
            let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
            if free >= scarceBytes, status.f_favail > 1000 || status.f_files == 0 {
                return true
            }
        }
        let path = folder + "/.probe"
        defer { unlink(path) }
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return ![ENOSPC, EDQUOT].contains(errno) }
        defer { close(file) }
        let bytes = [UInt8](repeating: 1, count: probeBytes)
        return Foundation.write(file, bytes, bytes.count) == bytes.count
    }
}
