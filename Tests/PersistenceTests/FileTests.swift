import Foundation
import GRDB
import Persistence
import Streaming
import Testing

/// Whose file it is, and what becomes of a file that is somebody else's.
@Suite struct FileTests {
    /// Opens what must not be opened, and looks whether one byte has changed.
    private func refuse(_ folder: TemporaryFolder, _ name: String) throws -> StoreFailure {
        let before = folder.content
        var failure: StoreFailure?
        do {
            _ = try FileStore(path: folder.file(name))
        } catch {
            failure = error
        }
        #expect(folder.content == before, "a file that is refused is not touched")
        return try #require(failure)
    }

    @Test func anotherProgramsDatabaseIsNotTouched() throws {
        let folder = try TemporaryFolder()
        let queue = try DatabaseQueue(path: folder.file("other.db"))
        try queue.write { try $0.execute(sql: "PRAGMA application_id = 77; CREATE TABLE rows (id INTEGER)") }
        try queue.close()
        #expect(
            try refuse(folder, "other.db")
                == .otherProgram(path: folder.file("other.db"), applicationID: 77))
    }

    @Test func aNewerVersionIsNotTouched() throws {
        let folder = try TemporaryFolder()
        try FileStore(path: folder.file("a.store")).close()
        let queue = try DatabaseQueue(path: folder.file("a.store"))
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA user_version = 2")
            try db.checkpoint(.truncate)
        }
        try queue.close()
        #expect(
            try refuse(folder, "a.store")
                == .newerVersion(path: folder.file("a.store"), found: 2, supported: 1))
    }

    @Test(arguments: [[1], Array(repeating: 0, count: 100), Array(repeating: 65, count: 5000)] as [[UInt8]])
    func whatIsNoDatabaseIsNotTouched(_ bytes: [UInt8]) throws {
        let folder = try TemporaryFolder()
        _ = FileManager.default.createFile(atPath: folder.file("a.txt"), contents: Data(bytes))
        #expect(try refuse(folder, "a.txt") == .notADatabase(path: folder.file("a.txt")))
    }

    @Test func aDirectoryIsNoStore() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file("d"), withIntermediateDirectories: false)
        #expect(throws: StoreFailure.notAFile(path: folder.file("d"), found: "a directory")) {
            try FileStore(path: folder.file("d"))
        }
        #expect(throws: StoreFailure.notAFile(path: "/dev/full", found: "not a regular file")) {
            try FileStore(path: "/dev/full")
        }
    }

    @Test func aFolderThatIsNotThereIsAnError() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("no/such/folder/a.store")
        var failure: StoreFailure?
        do { _ = try FileStore(path: path) } catch { failure = error }
        guard case .system(path, "opening the store", _, _)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test func twoCannotHaveOneStore() throws {
        let folder = try TemporaryFolder()
        let first = try FileStore(path: folder.file("a.store"))
        #expect(throws: StoreFailure.locked(path: folder.file("a.store"))) {
            try FileStore(path: folder.file("a.store"))
        }
        try first.close()
        try FileStore(path: folder.file("a.store")).close()
    }

    /// An empty file is what a program leaves that was killed before it wrote anything.
    @Test func anEmptyFileBecomesAStore() throws {
        let folder = try TemporaryFolder()
        _ = FileManager.default.createFile(atPath: folder.file("a.store"), contents: Data())
        _ = FileManager.default.createFile(atPath: folder.file("a.store.partial"), contents: Data([1, 2, 3]))
        let store = try FileStore(path: folder.file("a.store"))
        #expect(store.indexAtOpening == StoreIndex())
        try store.close()
        #expect(folder.content.keys.sorted() == ["a.store"])
    }

    @Test func everyFailureHasASentenceAndAdvice() {
        let failures: [StoreFailure] = [
            .notAFile(path: "a", found: "a directory"), .notADatabase(path: "a"),
            .otherProgram(path: "a", applicationID: 7), .newerVersion(path: "a", found: 2, supported: 1),
            .locked(path: "a"), .system(path: "a", doing: "writing", code: 13, message: "full"),
            .overwhelmed(path: "a", waiting: 9),
        ]
        for failure in failures {
            #expect(failure.sentence.hasPrefix("a: "))
            #expect(!failure.advice.isEmpty)
        }
    }
}
