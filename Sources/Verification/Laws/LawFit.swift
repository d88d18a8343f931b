package import Hashing
import Replay
package import Streaming
import Topology

// What a trace has to be to be judged by a law, and the reasons for which it is not.

extension LawCase {
    /// Why a law that steps modelled frames of its own cannot judge the trace; nil where it can.
    ///
    /// `variants` says whether the law holds for variants too, `live` whether it does for recorded live runs.
    package func unfit(variants: Bool = false, live: Bool = false) -> String? {
        guard let first = frames.first else { return "the trace has no frames" }
        if !live, first.castResults != nil {
            return "the trace is of a live run: what it drained is not for the model to choose"
        }
        if !live, first.snapshot != nil { return "the trace begins with a snapshot" }
        if !live, let last = frames.last, Int64(last.frame) >= Model.frameLimit - LawCase.framesBehind {
            return "the trace ends too near the last number that a frame can have"
        }
        for input in frames {
            if input.events.count >= StreamingSystem.maximumEventsPerFrame {
                return "frame \(input.frame) has as many events as a frame can have"
            }
            if input.missedFrames > 0 { return "frames before frame \(input.frame) were not recorded" }
            if input.camera.selectionPosition != nil {
                return "in frame \(input.frame) probes are selected from another place than the camera's"
            }
            for event in input.events {
                switch event {
                case .engine(let engine) where engine.hasOwnVoxels:
                    return "the casts of \(engine.name) have seen voxels that the model does not have"
                case .sessionStart(let configuration) where !variants && configuration.variant != .reference:
                    return "the trace is of the variant \(configuration.variant.name)"
                default: break
                }
            }
        }
        return nil
    }

    /// What a run that the model cannot repeat is to a law: not applicable.
    package func judging(_ judge: () throws -> LawOutcome) throws -> LawOutcome {
        do {
            return try judge()
        } catch let error as ReplayError where error.isOfForeignRun {
            return .notApplicable("the model cannot repeat the trace: \(error.reason)")
        }
    }

    /// No law goes on for so many frames behind the end of a trace.
    private static let framesBehind: Int64 = 100_000

    /// A generator of the law's own.
    package func random(_ salt: UInt64) -> SeededRandom {
        SeededRandom(seed: seed &* 0x2545_F491_4F6C_DD1D ^ salt)
    }

    /// One of three, by the effort.
    package func pick<Value>(quick: Value, standard: Value, full: Value) -> Value {
        switch effort {
        case .quick: quick
        case .standard: standard
        case .full: full
        }
    }

    /// The frames that laws look at which need not come to the end of the trace: all of them, or for a quick check the first ones.
    package var sampleFrames: ArraySlice<FrameInput> {
        frames.prefix(pick(quick: mostProbes > 16384 ? 24 : 120, standard: Int.max, full: Int.max))
    }

    /// The most probes that the windows of a session have.
    private var mostProbes: Int {
        var most = 0
        for case .sessionStart(let given) in frames.lazy.flatMap(\.events) {
            let configuration = given.effective().configuration
            let n = Int(configuration.resolution)
            most = max(most, n * n * n * Int(configuration.levels))
        }
        return most
    }

    /// Probes in all windows up to which this effort casts all of them anew.
    package var settleableProbes: Int { pick(quick: 8192, standard: 32768, full: .max) }

    /// The run at the end of the trace, with a session that can be gone on with; otherwise why not.
    package func end() throws -> LawEnd {
        let limit = "at this effort at most \(settleableProbes) probes are cast anew"
        guard mostProbes <= settleableProbes else {
            return .unfit("\(limit), and the windows have \(mostProbes)")
        }
        var run = LawRun(options)
        for input in frames { try run.step(input) }
        guard run.state.system.configuration != nil else {
            return .unfit("no session runs at the end of the trace")
        }
        let probes = run.state.system.probeCount
        guard probes <= settleableProbes else {
            return .unfit("\(limit), and the windows have \(probes)")
        }
        return .run(run)
    }
}

/// What ``LawCase/end()`` gives.
package enum LawEnd {
    case run(LawRun)
    case unfit(String)
}

extension ReplayError {
    /// Of a sound trace that holds a run which the model cannot repeat, in words.
    fileprivate var reason: String {
        switch self {
        case .gap(let frame, let missed):
            "\(missed) frames before frame \(frame) were not recorded, and no snapshot stands behind them"
        case .foreignSnapshot(let frame, let format): "the snapshot of frame \(frame) is a \(format) one"
        case .storeNotRecorded(let frame):
            "what was in the store before frame \(frame) is not in its snapshot"
        case .foreignVoxels(_, let engine):
            "the casts of \(engine) have seen voxels that the model does not have"
        case .otherSelection(let frame):
            "in frame \(frame) probes are selected from another place than the camera's"
        case .frameRefused, .noFrames, .snapshot, .snapshotFrame: "\(self)"
        }
    }
}
