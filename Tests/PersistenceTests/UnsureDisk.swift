import StoreSupport

/// What a disk may hold if the power goes: all that was synced, and of the rest anything.
///
/// Of the changes to a file since its last sync, each may have come to the disk or not, in any order, and of a write any of its sectors of
/// 512 bytes. Of the changes to the folder since that was last synced, each may have come or not; a file that was made is under its name or
/// nowhere, one that was renamed under either name, one that was deleted is still there or is not. A sector is old or new, never something else.
struct UnsureDisk {
    private enum Change {
        case write(offset: Int, [UInt8])
        case truncate(Int)
    }

    private enum Naming {
        case set(String, Int)
        case remove(String)
        case rename(String, to: String, Int)
    }

    private struct File {
        var synced: [UInt8] = []
        var changes: [Change] = []
    }

    /// Every file that ever was.
    private var files: [File] = []
    /// Which file has an inode now; an inode is used again once its file is deleted.
    private var inodes: [UInt64: Int] = [:]
    private var names: [String: Int] = [:]
    private var syncedNames: [String: Int] = [:]
    private var namings: [Naming] = []

    mutating func take(_ change: TestDisk.Change) {
        switch change {
        case .open(let path, let inode): open(path, inode)
        case .write(let inode, let offset, let bytes):
            if let file = inodes[inode] { files[file].changes.append(.write(offset: offset, bytes)) }
        case .truncate(let inode, let size):
            if let file = inodes[inode] { files[file].changes.append(.truncate(size)) }
        case .sync(let inode):
            guard let file = inodes[inode] else { return }
            for change in files[file].changes { UnsureDisk.apply(change, &files[file].synced) }
            files[file].changes = []
        case .delete(let path):
            if let file = names.removeValue(forKey: path) {
                inodes = inodes.filter { $0.value != file }
                namings.append(.remove(path))
            }
        case .syncFolder:
            syncedNames = names
            namings = []
        }
    }

    private mutating func open(_ path: String, _ inode: UInt64) {
        guard let file = inodes[inode] else {
            files.append(File())
            inodes[inode] = files.count - 1
            names[path] = files.count - 1
            namings.append(.set(path, files.count - 1))
            return
        }
        // A file that has another name since its last opening was renamed, which is no business of SQLite's.
        if names[path] != file, let old = names.first(where: { $0.value == file })?.key {
            names[old] = nil
            names[path] = file
            namings.append(.rename(old, to: path, file))
        }
    }

    /// One of the many folders that a loss of power may leave.
    func image(_ random: inout SeededGenerator) -> [String: [UInt8]] {
        var named = syncedNames
        let share = [0.0, 0.5, 1.0].randomElement(using: &random) ?? 0.0
        for naming in namings where Double.random(in: 0..<1, using: &random) < share {
            switch naming {
            case .set(let name, let file): named[name] = file
            case .remove(let name): named[name] = nil
            case .rename(let old, let new, let file):
                named[old] = nil
                named[new] = file
            }
        }
        var image: [String: [UInt8]] = [:]
        // Order: by name, so that a seed gives one image.
        for (name, file) in named.sorted(by: { $0.key < $1.key }) {
            image[name] = UnsureDisk.bytes(of: files[file], &random)
        }
        return image
    }

    private static func bytes(of file: File, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = file.synced
        var changes = file.changes
        // Nothing; a beginning, as a disk that works in order leaves it; all but a few; anything.
        switch Int.random(in: 0..<6, using: &random) {
        case 0: changes = []
        case 1, 2:
            changes = Array(changes.prefix(Int.random(in: 0...changes.count, using: &random)))
            let last = changes.popLast()
            for change in changes { apply(change, &bytes) }
            changes = last.map { [$0] } ?? []
        case 3:
            for _ in 0..<min(changes.count, Int.random(in: 0...3, using: &random)) {
                changes.remove(at: Int.random(in: 0..<changes.count, using: &random))
            }
            for change in changes { apply(change, &bytes) }
            return bytes
        case 4:
            let share = Double.random(in: 0..<1, using: &random)
            changes = changes.filter { _ in Double.random(in: 0..<1, using: &random) < share }
        default:
            let share = Double.random(in: 0..<1, using: &random)
            changes = changes.filter { _ in Double.random(in: 0..<1, using: &random) < share }
            changes.shuffle(using: &random)
        }
        let whole = [0.5, 0.99, 1.0].randomElement(using: &random) ?? 1.0
        for change in changes {
            guard case .write(let offset, let data) = change, whole < 1 else {
                apply(change, &bytes)
                continue
            }
            // Sector by sector.
            var place = offset
            while place < offset + data.count {
                let end = min(offset + data.count, (place / 512 + 1) * 512)
                if Double.random(in: 0..<1, using: &random) < whole {
                    apply(.write(offset: place, Array(data[place - offset..<end - offset])), &bytes)
                }
                place = end
            }
        }
        return bytes
    }

    private static func apply(_ change: Change, _ bytes: inout [UInt8]) {
        switch change {
        case .truncate(let size): resize(&bytes, size)
        case .write(let offset, let data):
            let end = offset + data.count
            if bytes.count < end { resize(&bytes, end) }
            bytes.replaceSubrange(offset..<end, with: data)
        }
    }

    private static func resize(_ bytes: inout [UInt8], _ size: Int) {
        if bytes.count > size { bytes.removeLast(bytes.count - size) }
        bytes += repeatElement(0, count: size - bytes.count)
    }
}
