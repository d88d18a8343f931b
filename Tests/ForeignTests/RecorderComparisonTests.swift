import Foundation
import Recording
import Testing

/// The recorders in other languages and the one in Swift carry out the same calls: their files are the same trace, byte for byte, once
/// they are in the canonical form.
@Suite("Recorders in several languages", .serialized)
struct RecorderComparisonTests {
    static let scripts = [
        "Tests/CRecorder/sample.calls", "Tests/CRecorder/order.calls", "Tests/CSharp/sample.calls",
    ]

    /// What the recorder in Swift makes of a script: a canonical trace.
    static func expected(_ script: String, in folder: Folder) throws -> [UInt8] {
        let text = try String(contentsOfFile: Tool.path(script), encoding: .utf8)
        try CallScript.record(text, to: folder.path("swift.mcap"), framesPerFlush: 3)
        let bytes = try folder.bytes("swift.mcap")
        #expect(Trace.canonicity(of: TraceReader(bytes)) == .canonical)
        return bytes
    }

    /// The first message that differs, as text.
    static func difference(_ expected: [UInt8], _ found: [UInt8]) throws -> String {
        func lines(_ bytes: [UInt8]) throws -> [String] {
            var lines: [String] = []
            try Trace.cat(TraceReader(bytes)) { lines.append($0) }
            return lines
        }
        let (left, right) = (try lines(expected), try lines(found))
        guard let place = zip(left, right).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset
        else {
            return "\(left.count) and \(right.count) messages"
        }
        return "Swift: \(left[place].prefix(600))\nother: \(right[place].prefix(600))"
    }

    @Test(.enabled(if: Tool.hasMono, Tool.noMono), arguments: scripts)
    func theOneInCSharpWritesTheSame(script: String) throws {
        let folder = try Folder()
        let expected = try Self.expected(script, in: folder)
        try CSharpRecorderTests().record(script, to: "other.mcap", 16, in: folder)
        let found = try Trace.finalize(TraceReader(contentsOf: folder.path("other.mcap")))
        let difference = try Self.difference(expected, found)
        #expect(found == expected, "\(difference)")
    }
}
