import Foundation

/// A folder that goes with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent("lumon-store-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    /// What all files take together.
    var sizeBytes: Int64 {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: file(name))
            return sum + (attributes?[.size] as? Int64 ?? 0)
        }
    }

    /// Every file with its bytes.
    var content: [String: Data] {
        var content: [String: Data] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            content[name] = FileManager.default.contents(atPath: file(name)) ?? Data()
        }
        return content
    }
}

/// Seeds, counts and lengths from the environment, so that a failure can be repeated and a night can do more.
enum TestSize {
    static var isFull: Bool { ProcessInfo.processInfo.environment["LUMON_TEST_FULL"] == "1" }

    static var seeds: [UInt64] {
        ProcessInfo.processInfo.environment["LUMON_TEST_SEED"].flatMap { UInt64($0) }.map { [$0] } ?? [
            1, 2, 3, 4,
        ]
    }

    /// A line to repeat a test of this seed.
    static func repetition(_ seed: UInt64) -> String { "repeat with LUMON_TEST_SEED=\(seed)" }
}
