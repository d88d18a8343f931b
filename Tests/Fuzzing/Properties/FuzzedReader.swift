/// The readers of bytes that come from somewhere else, each with what must hold for whatever it is given.
package enum FuzzedReader: String, CaseIterable, Sendable {
    /// A trace as a file: streamed, looked up, encoded again, recovered, shown.
    case trace
    /// The messages of a trace, in a container that is sound. See ``MessageStream``.
    case messages
    /// The text of a golden.
    case golden
    /// A digests file.
    case digests
    /// A scenario.
    case scenario
    /// A camera path in TUM's format.
    case tum
    /// A camera path in KITTI's format, and behind a byte of 0 its times.
    case kitti
    /// A camera path in EuRoC's format.
    case euroc
    /// A camera path in an MCAP file, as a file.
    case mcap
    /// The messages of a camera path, in a container that is sound. See ``MessageStream``.
    case poses
    /// The state of the streaming system.
    case snapshot
    /// The state of a run.
    case keyframe
    /// What goes between the harness and a subject. See ``SubjectProperties``.
    case subject

    /// What became of an input that no property was broken by.
    package enum Outcome: Sendable {
        case accepted
        case refused
    }

    /// All names, for a message.
    package static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// Reads the bytes as they stand. Where the reader asks for checksums, reads them again with the checksums that
    /// they should have: nothing else gets past those.
    ///
    /// - Returns: whether the bytes were read without an error, in either form.
    /// - Throws: ``BrokenProperty``, and what a reader throws that should not be thrown.
    package func check(_ bytes: [UInt8]) throws -> Outcome {
        let outcome = try checkOnce(bytes)
        guard let repaired = repaired(bytes), repaired != bytes else { return outcome }
        return try checkOnce(repaired) == .accepted ? .accepted : outcome
    }

    private func checkOnce(_ bytes: [UInt8]) throws -> Outcome {
        switch self {
        case .trace: try TraceProperties.check(bytes)
        case .messages: try TraceProperties.check(MessageStream.trace.file(of: bytes))
        case .golden: try GoldenProperties.check(bytes)
        case .digests: try DigestsProperties.check(bytes)
        case .scenario: try ScenarioProperties.check(bytes)
        case .tum: try PathProperties.checkTUM(bytes)
        case .kitti: try PathProperties.checkKITTI(bytes)
        case .euroc: try PathProperties.checkEuRoC(bytes)
        case .mcap: try PathProperties.checkMCAP(bytes)
        case .poses: try PathProperties.checkMCAP(MessageStream.poses.file(of: bytes))
        case .snapshot: try SnapshotProperties.check(bytes)
        case .keyframe: try KeyframeProperties.check(bytes)
        case .subject: try SubjectProperties.check(bytes)
        }
    }

    /// The bytes with every checksum as it should be; nil where the format has none.
    private func repaired(_ bytes: [UInt8]) -> [UInt8]? {
        switch self {
        case .trace, .mcap: ContainerRepair.repaired(bytes)
        case .golden: GoldenProperties.resealed(bytes)
        case .digests: DigestsProperties.resealed(bytes)
        case .snapshot: SnapshotProperties.resealed(bytes, from: 0)
        case .keyframe: KeyframeProperties.resealed(bytes)
        case .messages, .poses, .scenario, .tum, .kitti, .euroc, .subject: nil
        }
    }
}
