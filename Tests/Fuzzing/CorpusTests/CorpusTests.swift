import Foundation
import FuzzProperties
import Testing

/// The committed inputs of the fuzzers, and everything that a fuzzer has ever found.
private enum Corpus {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Corpus")

    /// Names and bytes, by name.
    static func files(of reader: FuzzedReader) throws -> [(name: String, bytes: [UInt8])] {
        let place = folder.appendingPathComponent(reader.rawValue)
        return try FileManager.default.contentsOfDirectory(atPath: place.path).sorted().map {
            ($0, Array(try Data(contentsOf: place.appendingPathComponent($0))))
        }
    }
}

@Suite("The corpus of the fuzzers")
struct CorpusTests {
    static let maximumFiles = 64
    static let maximumSizeBytes = 20 << 10

    @Test("Every property holds for every file, and some of them are read", arguments: FuzzedReader.allCases)
    func properties(reader: FuzzedReader) throws {
        var counts = [FuzzedReader.Outcome: Int]()
        for (name, bytes) in try Corpus.files(of: reader) {
            do {
                counts[try reader.check(bytes), default: 0] += 1
            } catch {
                Issue.record("\(reader.rawValue)/\(name): \(error)")
            }
        }
        // Files of an older format would all be refused, and show nothing.
        #expect(counts[.accepted, default: 0] > 0 && counts[.refused, default: 0] > 0, "\(counts)")
    }

    @Test("The files are few and small, and are those of the readers")
    func size() throws {
        for reader in FuzzedReader.allCases {
            let files = try Corpus.files(of: reader)
            #expect(files.count <= Self.maximumFiles, "\(reader.rawValue)")
            for (name, bytes) in files {
                #expect(bytes.count <= Self.maximumSizeBytes, "\(reader.rawValue)/\(name)")
            }
        }
        let folders = try FileManager.default.contentsOfDirectory(atPath: Corpus.folder.path)
        #expect(Set(folders) == Set(FuzzedReader.allCases.map(\.rawValue)))
    }

    @Test("What fuzzing begins with is read by its reader", arguments: FuzzedReader.allCases)
    func seeds(reader: FuzzedReader) throws {
        for (name, bytes) in try Seeds.of(reader) {
            #expect(try reader.check(bytes) == .accepted, "\(name)")
            #expect(bytes.count <= Self.maximumSizeBytes, "\(name)")
        }
    }
}
