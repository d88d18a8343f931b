import Foundation
import Recording
import Verification

/// What an incident's bundle says of itself, for whoever goes on with it: `incident.json`.
struct BundledIncident: Codable {
    /// As ``Judgement`` has them.
    var kind: String
    var subject: String
    /// The trace's file in the bundle.
    var trace: String
    /// Where the project has it; it may be in no repository.
    var source: String
    /// Behind the program's name, on the trace in the bundle.
    var command: String
    /// The revision that was judged, and the last one that was not red; nil: not known.
    var bad: String?
    var good: String?
    /// The revision had changes that were not committed.
    var isDirty: Bool

    private enum CodingKeys: String, CodingKey {
        case kind, subject, trace, source, command, bad, good, isDirty = "dirty"
    }

    /// From the root.
    private(set) var folder = ""

    static let name = "incident.json"

    init(
        kind: String, subject: String, trace: String, source: String, command: String, bad: String?,
        good: String?, isDirty: Bool
    ) {
        self.kind = kind
        self.subject = subject
        self.trace = trace
        self.source = source
        self.command = command
        self.bad = bad
        self.good = good
        self.isDirty = isDirty
    }

    /// Reads a bundle.
    ///
    /// - Throws: ``Failure``
    init(_ folder: String) throws {
        let path = folder + "/" + BundledIncident.name
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path)
        } catch {
            throw Failure(
                .usage, "\(folder): is no bundle of an incident: \(error.description)",
                next: "name a folder under incidents/ of a night's report")
        }
        do {
            self = try JSONDecoder().decode(BundledIncident.self, from: Data(bytes))
        } catch {
            throw Failure(
                .data, "\(path): does not say what an incident says; expected what nightly has written")
        }
        self.folder =
            folder.hasPrefix("/") ? folder : FileManager.default.currentDirectoryPath + "/" + folder
        guard !trace.contains("/"), Files.exists(self.folder + "/" + trace) else {
            throw Failure(.data, "\(path): names the trace '\(trace)', which is not beside it")
        }
    }

    /// Each revision's own, where the failure is one of its golden and the repository has it; otherwise that of the bundle.
    func trace(in repository: BisectRepository, at revision: String) throws -> String {
        if kind == Judgement.Kind.verify.rawValue, try repository.has(source, at: revision) { return source }
        return folder + "/" + trace
    }

    /// What is asked of the program of a revision.
    ///
    /// - Parameters:
    ///   - trace: in place of the one in the bundle.
    ///   - isInRepository: it has a golden of its own at each revision.
    /// - Returns: words behind the program's name.
    func words(trace: String, isInRepository: Bool) -> String {
        guard kind != Judgement.Kind.verify.rawValue else {
            let golden = isInRepository ? "" : " --golden \(shellQuoted(folder))"
            return "verify \(shellQuoted(trace))\(golden)"
        }
        let parts = command.components(separatedBy: shellQuoted(self.trace))
        return parts.count < 2
            ? command
            : parts[0] + shellQuoted(trace) + parts.dropFirst().joined(separator: shellQuoted(self.trace))
    }
}
