import Foundation
import Streaming
import Testing

@Suite struct HouseRulesTests {
    /// The package's folder, three above this file.
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func sources(_ folder: String) throws -> [(name: String, text: String)] {
        let url = root.appendingPathComponent(folder)
        let files = try #require(
            FileManager.default.enumerator(atPath: url.path)?.allObjects as? [String], "no folder \(folder)")
        return try files.filter { $0.hasSuffix(".swift") }.sorted().map {
            (
                "\(folder)/\($0)",
                try String(contentsOf: url.appendingPathComponent($0), encoding: .utf8)
            )
        }
    }

    @Test(arguments: ["Sources/Hashing", "Sources/Topology", "Sources/Voxels", "Sources/Streaming"])
    func theSourcesKeepTheRules(folder: String) throws {
        let sources = try HouseRulesTests.sources(folder)
        #expect(sources.count >= 3, "the rules were shown nothing to check")
        for source in sources {
            for violation in HouseRules.violations(in: source.text, file: source.name) {
                Issue.record("\(violation)")
            }
        }
    }

    @Test(arguments: Stage.allCases)
    func everyStageHasTheFileThatReportsName(stage: Stage) throws {
        let sources = try HouseRulesTests.sources("Sources/Streaming/Stages")
        let source = try #require(sources.first { $0.name == stage.sourceFile }, "no \(stage.sourceFile)")
        let name = stage == .input ? "applyInput" : stage.name
        #expect(source.text.contains("func \(name)(_ frame: inout FrameContext"), "\(stage.sourceFile)")
        #expect(source.text.contains("frame.close(.\(stage.name), "), "\(stage.sourceFile)")
        // Nobody else closes it.
        let closers = sources.filter { $0.text.contains("frame.close(.\(stage.name), ") }
        #expect(closers.map(\.name) == [stage.sourceFile])
    }

    @Test func thereIsAFileForEveryStageAndOneForTheDigestsAndNoOther() throws {
        let names = try HouseRulesTests.sources("Sources/Streaming/Stages").map(\.name)
        let expected = Stage.allCases.map(\.sourceFile) + ["Sources/Streaming/Stages/DigestStage.swift"]
        #expect(names == expected.sorted())
    }

    /// The whole frame on one screen, a line per stage, in the order of the digests.
    @Test func theFrameStepIsShortAndInOrder() throws {
        let sources = try HouseRulesTests.sources("Sources/Streaming")
        let step = try #require(sources.first { $0.name == "Sources/Streaming/FrameStep.swift" })
        #expect(step.text.split(separator: "\n", omittingEmptySubsequences: false).count <= 61)
        let calls = Stage.allCases.map { $0 == .input ? "applyInput(&frame" : "        \($0.name)(&frame" }
        let places = try calls.map { call in
            try #require(step.text.range(of: call), "FrameStep.swift does not call \(call)").lowerBound
        }
        #expect(places == places.sorted())
    }

    // MARK: The checker can fail

    static let planted: [String] = [
        "import Foundation", "package import Glibc", "import struct Foundation.Date", "import Dispatch",
        "let now = Date()", "let clock = ContinuousClock()", "var hasher = Hasher()", "key.hashValue",
        "Int.random(in: 0..<3)", "list.shuffled()", "var g = SystemRandomNumberGenerator()",
        "ProcessInfo.processInfo", "getenv(name)", "let y = sin(x)", "return -log(x)", "pow(2, 3)",
        "let a = try! f()", "fatalError()", "let b = list.first!", "let c = f()!.x", "let d = x as! Int",
        "var known: [Cell: Int] = [:]", "var set: Set<Cell> = []", "let e = Dictionary<Int, Int>()",
        "func f() -> [Int32: [Int]] { [:] }", "let f = values[3]!",
    ]

    @Test(arguments: planted)
    func aPlantedViolationIsFoundOnItsLine(code: String) throws {
        let found = HouseRules.violations(in: "struct S {\n    \(code)\n}\n", file: "Planted.swift")
        let violation = try #require(found.first, "\(code)")
        #expect(violation.line == 2)
        #expect(violation.message.contains("instead: "))
    }

    @Test(arguments: [
        "// import Foundation, Date(), sin(x), first!", "/// A Hasher would be seeded.",
        "precondition(ok, \"no random() here!\")", "if a != b, !isEmpty { }", "x.rounded(.down).squareRoot()",
        "let cell = values[keyPath: axis]", "shared.intersection(other)", "case sin, cos", "logarithm(x)",
        "let ranges: [ClosedRange<Int>] = []", "flags.insert(.dirty)", "guard !(a && b) else { return }",
    ])
    func whatIsAllowedIsLeftAlone(code: String) {
        #expect(HouseRules.violations(in: code, file: "Clean.swift").isEmpty, "\(code)")
    }

    @Test func anOrderCommentAllowsADictionary() {
        let source = "// Order: never iterated.\nvar known: [Cell: Int] = [:]\n"
        #expect(HouseRules.violations(in: source, file: "Explained.swift").isEmpty)
    }
}
