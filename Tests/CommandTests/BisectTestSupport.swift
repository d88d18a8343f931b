import BisectSupport
import Foundation
import Testing

/// The log of a bisection as tests look at it.
enum BisectLog {
    /// What may differ between two searches that do the same.
    private static let times = ["time", "seconds", "started", "ended", "date", "duration"]

    /// The lines without what a clock said; lines that are not JSON objects as they are.
    static func withoutTimes(_ log: String) -> String {
        log.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard
                var object = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
            else { return String(line) }
            for name in times { object[name] = nil }
            let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
            return data.map { String(decoding: $0, as: UTF8.self) } ?? String(line)
        }.joined(separator: "\n")
    }
}

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

    /// Waits until there is none with the text, for a while.
    static func wait(without text: String) throws -> [String] {
        for _ in 0..<200 {
            if try with(text).isEmpty { return [] }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return try with(text)
    }
}
