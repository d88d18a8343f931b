import Recording
import Streaming
import Testing

/// The traces of `check --generate`, judged by the reference: what checks and laws cannot see, because it is the same in every run.
@Suite struct GeneratedTraceTests {
    private static let seeds: [UInt64] =
        TestScale.value("LUMON_TEST_SEED").map { [$0] } ?? (0..<UInt64(4 * TestScale.factor)).map { 1 + $0 }

    @Test(arguments: seeds)
    func theSystemIsTheReferenceInEveryField(seed: UInt64) throws {
        let frames = GeneratedTrace.frames(seed: seed)
        let outcomes = CastOutcomes(source: .invented)
        let reference = ReferenceModel { outcomes.outcome(CastJob(origin: $0, distance: $1), $2) }
        var place = 0
        let run = try run(frames: frames.count, reference, outcomes) { _, _ in
            defer { place += 1 }
            return frames[place]
        }
        let line =
            "seed \(seed); repeat with: LUMON_TEST_SEED=\(seed) swift test --filter GeneratedTraceTests"
        if let difference = run.difference { Issue.record("\(difference); \(line)") }
        #expect(run.mistakes.isEmpty, "\(run.mistakes); \(line)")
        #expect(run.frames == frames.count)
    }
}
