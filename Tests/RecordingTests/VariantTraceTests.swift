import Recording
import Streaming
import SwiftProtobuf
import Testing
import Topology

/// The variant in traces and in scenarios.
@Suite struct VariantTraceTests {
    @Test(arguments: Variant.allCases) func aTraceKeepsTheVariantAndTheClaims(variant: Variant) throws {
        var frames = TraceSamples.plain(0..<3)
        var configuration = Configuration.classic
        configuration.variant = variant
        frames[0].events[0] = .sessionStart(configuration)
        for index in frames.indices {
            frames[index].castResults = []
            frames[index].storeReplies = []
        }
        var work = EngineWork()
        // Not ascending, and as large as they come.
        work.claimed = [9, 2, .max, 0]
        work.claimStages = [0, 3, 3, 7]
        frames[1].engineWork = work
        let bytes = try TraceSamples.bytes(frames)
        #expect(try TraceReader(bytes).allFrames() == frames)
    }

    @Test func theReferenceIsNotWrittenAndAnUnknownVariantIsRefused() throws {
        var raw = try RawTrace(TraceSamples.plain(0..<1))
        var message = try MessageConfiguration(serializedBytes: raw.messages[0].data)
        // Protobuf leaves a zero out: a configuration of the reference has the bytes that it always had.
        let before = try message.serializedBytes() as [UInt8]
        message.variant = .reference
        #expect(try message.serializedBytes() as [UInt8] == before)
        for unknown in [2, 255, 256, 257, 1 << 20, -1] {
            message.variant = try #require(MessageVariant(rawValue: unknown))
            raw.messages[0].data = try message.serializedBytes()
            guard case .outOfRange(let field, let value, let allowed, frame: 0) = try raw.error() else {
                Issue.record("variant \(unknown) is not refused")
                continue
            }
            #expect(field.hasPrefix("variant of configuration") && value == "\(unknown)")
            #expect(allowed.hasPrefix("0...1"))
        }
    }

    @Test func aScenarioNamesItsVariant() throws {
        let hold = "[[camera]]\nmove = \"hold\"\nframes = 3\n"
        for (line, variant) in [
            ("", Variant.reference), ("variant = \"reference\"\n", .reference),
            ("variant = \"lumon-2026-01\"\n", .lumon2026_01),
        ] {
            let frames = try scenario("[config]\n" + line + hold).frames()
            guard case .sessionStart(let configuration) = frames[0].events[0] else {
                Issue.record("no start of a session")
                continue
            }
            #expect(configuration.variant == variant)
        }
        let next = try scenario(
            hold + "[[event]]\nframe = 1\nnew_session = { variant = \"lumon-2026-01\" }"
        ).frames()
        #expect(
            next[1].events.contains {
                if case .sessionStart(let given) = $0 { given.variant == .lumon2026_01 } else { false }
            })
        let unknown = try #require(throws: ScenarioError.self) {
            try scenario("[config]\nvariant = \"lumon-2026-02\"\n" + hold).frames()
        }
        #expect(unknown.path == "config.variant")
        guard case .wrongValue(_, _, nearest: "lumon-2026-01") = unknown.problem else {
            Issue.record("\(unknown)")
            return
        }
        let reload = try #require(throws: ScenarioError.self) {
            try scenario(hold + "[[event]]\nframe = 1\nconfigure = { variant = \"lumon-2026-01\" }").frames()
        }
        #expect(reload.path == "event[0].configure.variant")
    }
}
