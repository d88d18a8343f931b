import Foundation
import Persistence
import StoreSupport
import Streaming
import Testing

/// What the system refuses, of a process of its own: room on the disk, and permission.
@Suite struct FailingSystemTests {
    private static let seed: UInt64 = 21

    private static let canMount: Bool = {
        guard geteuid() == 0, let folder = try? TemporaryFolder(), mount(folder) else { return false }
        return run(["/bin/umount", folder.path]) == 0
    }()

    private static func mount(_ folder: TemporaryFolder) -> Bool {
        run(["/bin/mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder.path]) == 0
    }

    private static func run(_ arguments: [String]) -> Int32? {
        guard FileManager.default.isExecutableFile(atPath: arguments[0]) else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test(.enabled(if: canMount, "a file system of 4 MiB cannot be mounted here"))
    func aSmallFileSystemFillsUp() throws {
        let folder = try TemporaryFolder()
        try #require(Self.mount(folder))
        defer { _ = Self.run(["/bin/umount", folder.path]) }
        let output = try TemporaryFolder()
        let process = try StoreProcess(folder.file("a.store"), seed: Self.seed, output: output)
        let (code, said) = try process.wait()
        #expect(code == 74)
        #expect(said == "\(folder.file("a.store")): writing to the store: database or disk is full (13)\n")
        // Elsewhere, where there is room for the checkpoint.
        let copy = try TemporaryFolder()
        for (name, bytes) in folder.content { try bytes.write(to: URL(fileURLWithPath: copy.file(name))) }
        try Prefix.expect(copy.file("a.store"), seed: Self.seed, atLeast: try process.committed())
        #expect(try process.committed() > 0)
    }

    /// The shell's blocks are of 512 bytes or of 1,024.
    @Test(arguments: [1, 100, 2000])
    func aFileThatMayNotGrowIsOneFailure(_ blocks: Int) throws {
        let folder = try TemporaryFolder()
        let output = try TemporaryFolder()
        let path = folder.file("a.store")
        // Its output is subject to the limit as well, and is shorter. Ignored, the signal becomes an error of the write.
        let process = try StoreProcess(
            path, seed: Self.seed, output: output,
            through: ["/bin/sh", "-c", "trap '' XFSZ; ulimit -f \(blocks); exec \"$@\"", "sh"])
        let (code, said) = try process.wait()
        #expect(code == 74)
        #expect(
            said.hasPrefix("\(path): ") && said.hasSuffix(")\n") && said.count { $0 == "\n" } == 1, "\(said)")
        try Prefix.expect(path, seed: Self.seed, atLeast: try process.committed())
    }

    private enum Refusal: CaseIterable {
        case folderWithoutAFile, folderWithAStore, fileThatMayBeRead, fileThatMayNotBeRead
    }

    /// As another user, where the tests are root's, whom nothing is refused.
    @Test(arguments: Refusal.allCases)
    private func withoutPermissionItSaysSoAndTouchesNothing(_ refusal: Refusal) throws {
        let folder = try TemporaryFolder()
        let output = try TemporaryFolder()
        let path = folder.file("a.store")
        if refusal != .folderWithoutAFile { try FileStore(path: path).close() }
        func allow(_ path: String, _ mode: Int) throws {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        switch refusal {
        case .folderWithoutAFile, .folderWithAStore: try allow(folder.path, 0o555)
        case .fileThatMayBeRead:
            try allow(folder.path, 0o777)
            try allow(path, 0o444)
        case .fileThatMayNotBeRead:
            try allow(folder.path, 0o777)
            try allow(path, 0)
        }
        let before = refusal == .fileThatMayNotBeRead && geteuid() != 0 ? [:] : folder.content
        let nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let process = try StoreProcess(
            path, seed: 1, output: output, through: geteuid() == 0 ? nobody : [])
        let (code, said) = try process.wait()
        try allow(folder.path, 0o755)
        #expect(code == 74)
        #expect(
            said.hasPrefix("\(path): opening the store: ") && said.count { $0 == "\n" } == 1, "\(said)")
        if !before.isEmpty { #expect(folder.content == before) }
        #expect(folder.content.keys.sorted() == (refusal == .folderWithoutAFile ? [] : ["a.store"]))
    }
}
