import Hashing
import Replay
import Streaming
package import Topology
import Voxels

/// What casting again says about a frame whose commit stage differs. An outcome is a function of the job and of the
/// world at its dispatch: one that does not come out a second time was spoilt by how it was cast, not by what.
package struct Recast: Sendable {
    /// Results that the frame drained.
    package var drained: Int
    /// The first whose outcome does not come out again on one thread.
    package var first: (level: Int, cell: Cell, committed: String, again: String)?

    /// Where rays are cast.
    package static let sourceFile = "Sources/Voxels/ProbeCaster.swift"
    /// Where those who cast are told what they may depend on.
    package static let contractFile = "Sources/Streaming/CastService.swift"

    /// Casts everything again that the frame of `log` drained; nil where nothing was.
    init?(of facts: FrameFacts, _ log: FrameLog) {
        let commit = Int(Stage.commit.rawValue)
        guard log.systems.count > commit, facts.stages.count > commit,
            case .list(let entries)? = facts.stages[commit].outputs["drained"], !entries.isEmpty
        else { return nil }
        drained = entries.count
        // Order: looked up by the request, never walked.
        var committed: [String: String] = [:]
        for entry in entries { committed[Recast.request(entry)] = entry["payloadLeaf"]?.string ?? "" }
        // What the cast stage left in flight, and the frame drained.
        for batch in log.systems[commit - 1].flightBatches {
            var caster = ProbeCaster(world: batch.world)
            for (flight, job) in zip(batch.flights, batch.jobs) where first == nil {
                guard let leaf = committed[Recast.request(flight)] else { continue }
                let again =
                    switch caster.cast(from: job.origin, distance: job.distance) {
                    case .aborted: "0000000000000000"
                    case .success(let payload):
                        payload.record(level: flight.level, cell: flight.cell).leaf.description
                    }
                if again != leaf { first = (flight.level, flight.cell, leaf, again) }
            }
        }
    }

    private static func request(_ entry: ReportValue) -> String {
        ["level", "cell", "generation"].map { entry[$0]?.leaves().first?.text ?? "" }.joined(separator: " ")
    }

    private static func request(_ flight: Flight) -> String {
        "\(flight.level) \(flight.cell) \(flight.generation)"
    }
}
