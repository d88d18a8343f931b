import Foundation
import Testing

@Suite("Two variants of one trace, on the command line")
struct VariantCommandTests {
    private static func trace(_ name: String) -> String {
        Sample.repository.appendingPathComponent("Traces/\(name).mcap").path
    }

    @Test("an old result that was stored in another cell is told in words, where commit differs first")
    func oldResult() throws {
        let workspace = try Workspace([:])
        let trace = VariantCommandTests.trace("variant-old-result")
        let outcome = try workspace.run(["explain", trace, "--against", "variant=reference"])
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.output.contains("stage commit"), "\(outcome)")
        #expect(outcome.output.contains("the result of the request for cell ("), "\(outcome)")
        #expect(outcome.output.contains("which has its slot now"), "\(outcome)")
        // Of the other side no result is stored elsewhere: what is expected in the same place is another disposition.
        #expect(outcome.output.contains("expected 0, found 5"), "\(outcome)")
    }

    @Test("with itself a trace agrees; a box that is clamped shows in dirty")
    func otherVariants() throws {
        let workspace = try Workspace([:])
        let trace = VariantCommandTests.trace("variant-far-box")
        let same = try workspace.run(["explain", trace, "--against", "variant=lumon-2026-01"])
        #expect(same.code == 0 && same.output.contains("agrees"), "\(same)")
        let other = try workspace.run(["explain", trace, "--against", "variant=reference"])
        #expect(other.code == 1 && other.output.contains("frame 24, stage dirty"), "\(other)")
        #expect(!other.output.contains("which has its slot now"), "\(other)")
    }

    @Test("a variant that is not known is a mistake of usage, and the known ones are named")
    func unknown() throws {
        let workspace = try Workspace([:])
        for name in ["", "lumon", "Reference", "lumon-2026-01 "] {
            try workspace.expectFailure(
                64,
                ["explain", VariantCommandTests.trace("variant-far-box"), "--against", "variant=\(name)"],
                says: ["variant=reference", "variant=lumon-2026-01"])
        }
    }

    @Test("trace cat shows the variant, and the golden its name")
    func shown() throws {
        let workspace = try Workspace([:])
        let trace = VariantCommandTests.trace("variant-far-box")
        let text = try workspace.run(["trace", "cat", trace])
        #expect(text.code == 0 && text.output.contains("\"variant\":1"), "\(text.output.prefix(600))")
        let golden = Sample.repository.appendingPathComponent("Golden/variant-far-box.golden").path
        let shown = try workspace.run(["golden", "cat", golden])
        #expect(shown.output.contains("variant lumon-2026-01"), "\(shown)")
    }
}
