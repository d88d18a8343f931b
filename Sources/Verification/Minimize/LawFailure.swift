import Recording
import Replay
package import Streaming

/// A law that is broken.
package final class LawFailure: TraceFailure {
    package var comparison: String { "runs of the model, by the law \(law.name)" }
    package let law: any Law
    private let effort: Effort
    private let seed: UInt64
    /// What has been cast in one try need not be cast in the next.
    private let memory = CastMemory()

    /// - Parameters:
    ///   - law: which law.
    ///   - effort: as for a check.
    ///   - seed: of what the law draws.
    package init(_ law: any Law, effort: Effort, seed: UInt64) {
        self.law = law
        self.effort = effort
        self.seed = seed
    }

    /// The law cannot judge the trace, for this reason.
    package struct NotApplicable: Error {
        package var law: String
        package var reason: String
    }

    package func attempt(_ frames: [FrameInput]) throws -> SeenFailure? {
        var options = ReplayOptions()
        options.memory = memory
        let trace = TraceFile(name: "a part of the trace", bytes: try Trace.encode(frames))
        let given = LawCase(trace: trace, frames: frames, effort: effort, seed: seed, options: options)
        switch try law.judge(given) {
        case .holds: return nil
        case .notApplicable(let reason): throw NotApplicable(law: law.name, reason: reason)
        case .broken(let breach):
            let stage = breach.stage.map { "stage \($0.name), " } ?? ""
            return SeenFailure(
                signature: .law(law.name), frame: breach.frame, what: stage + breach.what,
                // A law looks at frames behind it, and goes on behind the end of the trace.
                isOverAtFrame: false)
        }
    }
}
