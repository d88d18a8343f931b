import Foundation
import Testing

@testable import Recording

@Suite("Container files")
struct ContainerFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(
        path: "container-\(UUID().uuidString)", directoryHint: .isDirectory)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Runs a test and removes its files.
    private func cleaningUp(_ body: () throws -> Void) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try body()
    }

    @Test("A file on disk has the bytes that one in memory has, and is read back")
    func roundTrip() throws {
        try cleaningUp {
            let sink = try FileSink(path: path("a.mcap"), replacing: false)
            var writer = try MCAPWriter(sink, header: .init(profile: "", library: ""))
            var copy = try MCAPWriter(MemorySink(), header: .init(profile: "", library: ""))
            try writer.write(Sample.channels[1])
            try copy.write(Sample.channels[1])
            for message in Sample.messages(frames: 4) where message.channelID == 2 {
                try writer.write(message)
                try copy.write(message)
                try writer.closeChunk()
                try copy.closeChunk()
                let size = try Data(contentsOf: URL(filePath: path("a.mcap"))).count
                #expect(UInt64(size) == writer.position)
            }
            try writer.finish()
            try copy.finish()
            try sink.synchronize()
            try sink.close()
            let bytes = try MCAPBytes(contentsOf: path("a.mcap"))
            #expect(bytes.copy(0..<bytes.count) == copy.sink.bytes)
            #expect(try MCAPStreamReader.items(of: bytes) == Sample.items(copy.sink.bytes))
        }
    }

    @Test("What is no file, or an empty one, is refused by its own error")
    func refusals() throws {
        try cleaningUp {
            #expect(throws: SystemFileError.missing(path: path("none"))) {
                try MCAPBytes(contentsOf: path("none"))
            }
            #expect(throws: SystemFileError.isDirectory(path: folder.path)) {
                try MCAPBytes(contentsOf: folder.path)
            }
            try Data().write(to: URL(filePath: path("empty")))
            #expect(throws: SystemFileError.empty(path: path("empty"))) {
                try MCAPBytes(contentsOf: path("empty"))
            }
            #expect(throws: SystemFileError.missing(path: path("empty/x"))) {
                try MCAPBytes(contentsOf: path("empty/x"))
            }
            #expect(throws: SystemFileError.notARegularFile(path: "/dev/null")) {
                try MCAPBytes(contentsOf: "/dev/null")
            }
            #expect(mkfifo(path("pipe"), 0o600) == 0)
            #expect(throws: SystemFileError.notARegularFile(path: path("pipe"))) {
                try MCAPBytes(contentsOf: path("pipe"))
            }
            #expect(throws: SystemFileError.exists(path: path("empty"))) {
                try FileSink(path: path("empty"), replacing: false)
            }
            #expect(throws: SystemFileError.isDirectory(path: folder.path)) {
                try FileSink(path: folder.path, replacing: true)
            }
        }
    }

    @Test(
        "A file that may not be read is refused",
        .enabled(if: geteuid() != 0, "the superuser may read every file"))
    func permission() throws {
        try cleaningUp {
            try Data([1]).write(to: URL(filePath: path("secret")))
            #expect(chmod(path("secret"), 0) == 0)
            #expect(throws: SystemFileError.permissionDenied(path: path("secret"), operation: "open")) {
                try MCAPBytes(contentsOf: path("secret"))
            }
        }
    }

    @Test(
        "A full disk is an error with the system's words",
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "the system has no /dev/full"))
    func fullDisk() throws {
        let sink = try FileSink(path: "/dev/full", replacing: true)
        let error = #expect(throws: SystemFileError.self) { try sink.write([1]) }
        guard case .failed("/dev/full", "write", ENOSPC, let text) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains("space"))
    }

    @Test("A PNG and other strangers are named as no MCAP file by their first bytes")
    func strangers() throws {
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
        let expected = MCAPError.badMagic(offset: 0, found: Array(png.prefix(8)))
        #expect(throws: expected) { try Sample.items(png) }
        #expect(throws: expected) { try MCAPIndexedReader(MCAPBytes(png)) }
        #expect(expected.description.contains("89 50 4e 47"))
        #expect(throws: MCAPError.badMagic(offset: 0, found: [0x50])) { try Sample.items([0x50]) }
        let none = MCAPError.truncated(reading: "magic", offset: 0, needed: 8, available: 0)
        #expect(throws: none) { try Sample.items([]) }
        #expect(throws: none) { try MCAPIndexedReader(MCAPBytes([])) }
        var version = MCAPFormat.magic
        version[5] = 0x31
        #expect(throws: MCAPError.badMagic(offset: 0, found: version)) { try Sample.items(version) }
    }
}
