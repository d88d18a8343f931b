import CStoreShim
import Testing

/// The disk below a folder: `CStoreShim`, with names. Its stores must be closed before it goes.
final class TestDisk: Sendable {
    /// `nonisolated(unsafe)`: the shim locks for itself.
    private nonisolated(unsafe) let disk: OpaquePointer

    init(_ folder: TemporaryFolder) throws {
        try #require(shim_install() == 0, "SQLite's file layer cannot be wrapped")
        disk = try #require(shim_add(folder.path))
    }

    deinit { shim_remove(disk) }

    func remember() { shim_log(disk, 1) }
    func delaySyncs(milliseconds: Int32, count: Int32) { shim_delay_syncs(disk, milliseconds, count) }
    /// nil: there is room again.
    func isFull(after bytes: Int64?) { shim_full_after(disk, bytes ?? -1) }
    /// nil: all syncs do what they should.
    func syncsFail(after count: Int32?) { shim_fail_syncs_after(disk, count ?? -1) }

    var bytesWritten: Int64 { shim_bytes_written(disk) }
    var syncsDone: Int { Int(shim_syncs_done(disk)) }
    var isSyncing: Bool { shim_syncs_under_way(disk) > 0 }

    // MARK: What it remembers

    enum Change {
        case open(path: String, inode: UInt64)
        case write(inode: UInt64, offset: Int, [UInt8])
        case truncate(inode: UInt64, size: Int)
        case sync(inode: UInt64)
        case delete(path: String)
        case syncFolder
    }

    var changeCount: Int { Int(shim_event_count(disk)) }

    var changes: [Change] {
        (0..<Int32(changeCount)).map { index in
            let event = shim_event_at(disk, index)
            let path = event.path.map { String(cString: $0) } ?? ""
            switch UInt32(event.kind) {
            case SHIM_OPEN.rawValue: return .open(path: path, inode: event.inode)
            case SHIM_WRITE.rawValue:
                let bytes = [UInt8](UnsafeBufferPointer(start: event.data, count: Int(event.size)))
                return .write(inode: event.inode, offset: Int(event.offset), bytes)
            case SHIM_TRUNCATE.rawValue: return .truncate(inode: event.inode, size: Int(event.size))
            case SHIM_SYNC.rawValue: return .sync(inode: event.inode)
            case SHIM_DELETE.rawValue: return .delete(path: path)
            default: return .syncFolder
            }
        }
    }
}
