import Foundation
import Recording
import Streaming
import Testing
import Verification

/// The traces of the repository by their names.
private func traceNames() -> [String] {
    let folder = Sample.repository.appendingPathComponent("Traces").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".mcap") }.map { String($0.dropLast(5)) }.sorted()
}

@Suite("The traces and goldens of the repository")
struct RepositoryTests {
    private func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Sample.repository.appendingPathComponent(name)))
    }

    private func names(_ folder: String, _ suffix: String) -> Set<String> {
        let path = Sample.repository.appendingPathComponent(folder).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return Set(names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) })
    }

    @Test("there are traces, each with its scenario, and no scenario without a trace")
    func pairs() {
        #expect(!traceNames().isEmpty)
        #expect(names("Traces", ".scenario.toml") == Set(traceNames()))
    }

    @Test("a trace encoded again is its own bytes", arguments: traceNames())
    func reencodes(name: String) throws {
        let bytes = try bytes("Traces/\(name).mcap")
        #expect(Trace.canonicity(of: TraceReader(bytes)) == .canonical)
        #expect(try Trace.finalize(TraceReader(bytes)) == bytes)
    }

    @Test("a scenario recorded again is its trace's bytes", arguments: Scale.few(traceNames(), 6))
    func rerecords(name: String) throws {
        let scenario = "Traces/\(name).scenario.toml"
        let workspace = try Workspace([scenario: try bytes(scenario)])
        let outcome = try workspace.run(["record", scenario, "-o", "Traces/\(name).mcap"])
        #expect(outcome.code == 0, "\(outcome)")
        let committed = try TraceReader(bytes("Traces/\(name).mcap")).allFrames()
        guard committed[0].castResults == nil else {
            // A live run is never the same again; its cameras and events are those of its scenario.
            let frames = try TraceReader(workspace.bytes("Traces/\(name).mcap")).allFrames()
            #expect(
                frames.map(\.camera) == committed.map(\.camera)
                    && frames.map(\.events) == committed.map(\.events))
            return
        }
        #expect(try workspace.bytes("Traces/\(name).mcap") == (try bytes("Traces/\(name).mcap")))
    }

    @Test("every trace has a golden of its own bytes, and no golden is without a trace")
    func goldens() throws {
        let goldens = names("Golden", ".golden")
        guard !goldens.isEmpty else { return }
        #expect(goldens == Set(traceNames()))
        #expect(names("Golden", ".digests") == Set(traceNames()))
        #expect(names("Golden", ".new").isEmpty)
        for name in goldens.sorted() {
            let trace = Sample.repository.appendingPathComponent("Traces/\(name).mcap").path
            let stored = try #require(try GoldenFiles(trace: trace).read(), "\(name)")
            #expect(stored.golden.traceDigest == TraceReader(try bytes("Traces/\(name).mcap")).digest)
            #expect(stored.golden.trace == "\(name).mcap")
            #expect(try bytes("Golden/\(name).golden").count < 4096)
        }
    }

    @Test("all of it stays small")
    func size() throws {
        var total = 0
        for folder in ["Traces", "Golden"] {
            for name in names(folder, "") { total += try bytes("\(folder)/\(name)").count }
        }
        #expect(total <= 12 << 20)
        #expect(total > 0)
    }
}
