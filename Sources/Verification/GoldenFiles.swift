import Foundation
package import Recording
import Streaming

/// Why a trace has no usable golden. None of these is a divergence, and none is a pass.
package enum GoldenState: Hashable, Sendable {
    /// There is neither a golden nor a digests file.
    case missing
    /// One of the two files is there without the other.
    case incomplete(missing: String)
    /// The golden was made from other bytes of the trace.
    case otherTrace(expected: String, found: String)
    /// The two files do not belong to each other.
    case mismatchedPair
    /// The golden was made with another version of the digests.
    case otherAlgorithm(found: Int, expected: Int)
    /// The golden is of another subject.
    case otherSubject(found: String, expected: String)
    /// The subject had other stages when its golden was made.
    case otherStages(found: [String], expected: [String])
}

/// Where the golden of a trace lies.
package struct GoldenFiles: Hashable, Sendable {
    /// The suffix of a trace's file name.
    package static let traceSuffix = ".mcap"
    /// The suffix of what a mismatch leaves beside the golden.
    package static let newSuffix = ".new"

    /// The folder in `Traces`, and in `Golden`, of traces that failed once and were minimized.
    package static let regressions = "regressions"

    package let trace: String
    package let golden: String
    package let digests: String

    package var newGolden: String { golden + GoldenFiles.newSuffix }
    package var newDigests: String { digests + GoldenFiles.newSuffix }
    /// The trace's file name.
    package var traceName: String { (trace as NSString).lastPathComponent }
    /// The trace lies in a folder of regressions.
    package var isRegression: Bool {
        ((trace as NSString).deletingLastPathComponent as NSString).lastPathComponent
            == GoldenFiles.regressions
    }

    /// The golden of `trace` lies in `folder`, or where that is nil, in the folder `Golden` beside a folder `Traces`,
    /// and the trace's own folder for any other trace; that of a subject in a folder of its name in there. The goldens of `Traces/regressions`
    /// lie in `Golden/regressions`.
    package init(trace: String, folder: String? = nil, subject: String? = nil) {
        self.trace = trace
        let name = (trace as NSString).lastPathComponent
        let stem =
            name.hasSuffix(GoldenFiles.traceSuffix)
            ? String(name.dropLast(GoldenFiles.traceSuffix.count)) : name
        let parent = (trace as NSString).deletingLastPathComponent
        var home: String
        if let folder {
            home = folder
        } else if (parent as NSString).lastPathComponent == "Traces" {
            home = ((parent as NSString).deletingLastPathComponent as NSString)
                .appendingPathComponent("Golden")
        } else if let traces = GoldenFiles.parent(ofRegressions: parent) {
            home = ((traces as NSString).deletingLastPathComponent as NSString)
                .appendingPathComponent("Golden/" + GoldenFiles.regressions)
        } else {
            home = parent
        }
        if let subject { home = (home as NSString).appendingPathComponent(subject) }
        golden = (home as NSString).appendingPathComponent(stem + ".golden")
        digests = (home as NSString).appendingPathComponent(stem + ".digests")
    }

    /// The folder `Traces` that `folder` is the one of regressions in; nil where it is another.
    private static func parent(ofRegressions folder: String) -> String? {
        let parent = (folder as NSString).deletingLastPathComponent
        return (folder as NSString).lastPathComponent == regressions
            && (parent as NSString).lastPathComponent == "Traces" ? parent : nil
    }

    /// Takes away what a mismatch had left beside the golden: the run agrees again.
    func removeNew() {
        // What cannot be removed is told by the next `golden status`.
        try? Files.remove(newGolden)
        try? Files.remove(newDigests)
    }

    /// Creates the golden's folder where it is not there.
    package func createFolder() throws(SystemFileError) {
        try Files.createFolder((golden as NSString).deletingLastPathComponent)
    }

    /// The golden and its digests as they are on disk.
    ///
    /// - Throws: ``SystemFileError``, ``GoldenFileError`` for what cannot be read as what it should be.
    package func read() throws -> (golden: Golden, digests: DigestsFile)? {
        switch (Files.exists(golden), Files.exists(digests)) {
        case (false, false): return nil
        case (true, false): throw GoldenFileError.state(.incomplete(missing: digests), golden)
        case (false, true): throw GoldenFileError.state(.incomplete(missing: golden), digests)
        case (true, true): break
        }
        let text = try GoldenFiles.readGolden(golden)
        let bytes = try Files.read(digests)
        let rows = try GoldenFiles.readDigests(bytes, path: digests)
        guard text.digestsFile == XXH3Digest.of(bytes), text.run == rows.run,
            text.traceDigest == rows.trace, text.frames == rows.rows.count,
            text.algorithm == rows.algorithm,
            rows.stageCount == text.stages?.count ?? Stage.allCases.count
        else { throw GoldenFileError.state(.mismatchedPair, golden) }
        return (text, rows)
    }

    /// Reads one golden text.
    package static func readGolden(_ path: String) throws -> Golden {
        let bytes = try Files.read(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw GoldenFileError.golden(.notAGolden(firstLine: "bytes that are no text"), path)
        }
        do throws(GoldenError) {
            return try Golden(decoding: text)
        } catch {
            throw GoldenFileError.golden(error, path)
        }
    }

    /// Reads one digests file.
    package static func readDigests(_ bytes: [UInt8], path: String) throws -> DigestsFile {
        do throws(DigestsFileError) {
            return try DigestsFile(decoding: bytes)
        } catch {
            throw GoldenFileError.digests(error, path)
        }
    }
}

/// What is wrong with a golden on disk, and in which file.
package enum GoldenFileError: Error, Sendable {
    case golden(GoldenError, String)
    case digests(DigestsFileError, String)
    case state(GoldenState, String)
}
