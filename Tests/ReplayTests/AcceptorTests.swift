import Foundation
import Hashing
import Recording
import Replay
import Streaming
import Testing
import Verification

@Suite("The stability gate")
struct AcceptorTests {
    private func withTrace(_ body: (String, GoldenFiles) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "accept-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("walk.mcap").path
        try Files.write(try bytes(seed: 3), to: path)
        try body(path, GoldenFiles(trace: path, folder: folder.appendingPathComponent("Golden").path))
    }

    private func bytes(seed: UInt64) throws -> [UInt8] {
        var writer = try TraceWriter(MemorySink())
        for frame in walk(8, small(seed: seed)) { try writer.write(frame) }
        try writer.finish()
        return writer.sink.bytes
    }

    @Test("a stable run is accepted; again, it is unchanged")
    func stable() throws {
        try withTrace { path, files in
            let first = try GoldenAcceptor().accept(TraceFile(path: path), files)
            if case .created = first.change {} else { Issue.record("\(first.change)") }
            #expect(first.perturbations.count >= 3)
            let again = try GoldenAcceptor().accept(TraceFile(path: path), files)
            if case .unchanged = again.change {} else { Issue.record("\(again.change)") }
            let stored = try #require(try files.read())
            #expect(stored.golden == first.golden)
            let verdict = try TraceVerifier(options: ReplayOptions(workers: 3)).verify(
                TraceFile(path: path), files)
            if case .agrees = verdict.outcome {} else { Issue.record("\(verdict.outcome)") }
        }
    }

    @Test("a run that comes out another way the second time is refused, named, and nothing is written")
    func unstable() throws {
        try withTrace { path, files in
            let other = try bytes(seed: 4)
            // The trace is mapped; another one of the same length is written into it between two runs.
            let trace = try TraceFile(path: path)
            #expect(other.count == trace.reader.sizeBytes)
            let handle = try #require(FileHandle(forWritingAtPath: path))
            defer { try? handle.close() }
            #expect {
                try GoldenAcceptor().accept(trace, files) { done in
                    // The last frame of the first run: its chunk has been read and checked.
                    guard done == 8 else { return }
                    try? handle.seek(toOffset: 0)
                    try? handle.write(contentsOf: Data(other))
                }
            } throws: { error in
                guard case AcceptError.unstable(let frame, let stage, _, _) = error else { return false }
                return frame == 0 && stage == .input
            }
            #expect(!Files.exists(files.golden))
            #expect(!Files.exists(files.digests))
        }
    }

    @Test("a golden that would replace another run than the one that was looked at is refused")
    func outdatedNew() throws {
        try withTrace { path, files in
            let accepted = try GoldenAcceptor().accept(TraceFile(path: path), files)
            var other = accepted.golden
            other.run.low ^= 1
            try Files.write(Array(other.encoded().utf8), to: files.newGolden)
            let before = try Files.read(files.golden)
            #expect {
                try GoldenAcceptor().accept(TraceFile(path: path), files)
            } throws: { error in
                if case AcceptError.outdatedNew = error { true } else { false }
            }
            #expect(try Files.read(files.golden) == before)
        }
    }

    @Test("the perturbations are more than one, and differ")
    func perturbations() {
        let options = GoldenAcceptor.perturbations.map(\.options)
        #expect(Set(options.map(\.workers)).count >= 3)
        #expect(Set(options.map(\.oracleInterval)).count >= 2)
    }
}
