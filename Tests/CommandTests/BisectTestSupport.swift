import BisectSupport
import Foundation
import Testing

/// Every file of a folder, its bytes and when it was written, to see that nothing was touched.
struct FolderImage: Equatable {
    struct Entry: Equatable {
        var bytes: Data?
        var link: String?
        var mode: Int
        var written: Date?
    }

    var entries: [String: Entry] = [:]

    init(_ folder: String) throws {
        let files = FileManager.default
        for name in try files.subpathsOfDirectory(atPath: folder) {
            let path = "\(folder)/\(name)"
            let attributes = try files.attributesOfItem(atPath: path)
            var entry = Entry(mode: attributes[.posixPermissions] as? Int ?? 0)
            entry.written = attributes[.modificationDate] as? Date
            switch attributes[.type] as? FileAttributeType {
            case .typeSymbolicLink?: entry.link = try files.destinationOfSymbolicLink(atPath: path)
            case .typeRegular?: entry.bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            default: break
            }
            entries[name] = entry
        }
    }

    /// Names of what differs, in order.
    func differences(_ other: FolderImage) -> [String] {
        // Order: sorted.
        Set(entries.keys).union(other.entries.keys).filter { entries[$0] != other.entries[$0] }.sorted()
    }
}

/// Processes of this machine.
enum Processes {
    /// Those whose command line has a text in it.
    static func with(_ text: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/ps")
        process.arguments = ["-A", "-ww", "-o", "pid=,args="]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return output.split(separator: "\n").map(String.init).filter { $0.contains(text) }
    }

    /// Those that work in a folder or below it, where the system tells; elsewhere those that name it.
    static func working(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: "/proc/self/cwd") else { return try with(folder) }
        return try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
            guard Int(name) != nil else { return false }
            // One that has ended meanwhile has none.
            let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/cwd")
            return place?.hasPrefix(folder) ?? false
        }
    }

    /// Waits for a while until there are none.
    static func wait(_ find: () throws -> [String]) throws -> [String] {
        for _ in 0..<200 {
            if try find().isEmpty { return [] }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return try find()
    }
}
