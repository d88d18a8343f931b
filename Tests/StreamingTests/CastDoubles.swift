import Hashing
import Streaming
import Topology
import Voxels

/// Where the outcomes of a scenario's casts come from.
enum CastSource {
    /// Real rays through the voxels. Each distinct cast is done once, for both models.
    case voxels
    /// A pure function of where, how far and in which world; aborts once in eight times.
    case invented
}

/// The outcomes of one scenario, for the system and for the reference alike.
final class CastOutcomes {
    private struct Key: Hashable {
        var job: CastJob
        var seed: UInt64
        var chunksStartLoaded: Bool
        var version: UInt64
        var content: UInt64
    }

    private let source: CastSource
    private var known: [Key: CastOutcome] = [:]

    init(source: CastSource) { self.source = source }

    func outcome(_ job: CastJob, _ world: VoxelWorld) -> CastOutcome {
        let key = Key(
            job: job, seed: world.seed, chunksStartLoaded: world.chunksStartLoaded,
            version: world.version, content: world.contentSum.value)
        if let outcome = known[key] { return outcome }
        let outcome: CastOutcome
        switch source {
        case .voxels:
            var caster = ProbeCaster(world: world)
            outcome = caster.cast(from: job.origin, distance: job.distance)
        case .invented: outcome = invented(key)
        }
        known[key] = outcome
        return outcome
    }

    private func invented(_ key: Key) -> CastOutcome {
        var bytes = CanonicalBytes()
        bytes.append(key.job.origin.x)
        bytes.append(key.job.origin.y)
        bytes.append(key.job.origin.z)
        bytes.append(key.job.distance)
        bytes.append(key.seed)
        bytes.append(key.chunksStartLoaded)
        bytes.append(key.version)
        bytes.append(key.content)
        let hash = bytes.digest64().value
        guard hash % 8 != 0 else { return .aborted }
        var payload = Payload()
        payload.flags = Payload.validFlag
        payload.sh.r0 = UInt16(truncatingIfNeeded: hash)
        payload.aoU = UInt16(truncatingIfNeeded: hash >> 16)
        payload.meanLogHitDistance = UInt16(truncatingIfNeeded: hash >> 32)
        return .success(payload)
    }
}

/// A cast service whose outcomes are there at once, and which knows whether each batch was begun, and
/// finished or abandoned, exactly once.
final class ScriptedCasts: CastService {
    private let outcomes: CastOutcomes
    private var batches: [Int32: [CastOutcome]] = [:]
    /// Of batches that are picked up in parts: the places that nobody has asked for.
    private var left: [Int32: Set<Int32>] = [:]
    private(set) var mistakes: [String] = []

    init(_ outcomes: CastOutcomes) { self.outcomes = outcomes }

    var openBatches: Int { batches.count }

    /// One that holds the same batches, to go on from a copy of a system.
    func copy() -> ScriptedCasts {
        let copy = ScriptedCasts(outcomes)
        copy.batches = batches
        copy.left = left
        return copy
    }

    func begin(batch: Int32, jobs: [CastJob], in world: VoxelWorld) {
        if batches[batch] != nil { mistakes.append("batch \(batch) was begun twice") }
        if jobs.isEmpty { mistakes.append("batch \(batch) has no jobs") }
        batches[batch] = jobs.map { outcomes.outcome($0, world) }
    }

    func finish(batch: Int32) -> [CastOutcome] {
        guard let finished = batches.removeValue(forKey: batch) else {
            mistakes.append("batch \(batch) was finished, but is not there")
            return []
        }
        return finished
    }

    func finish(_ places: [Int32], of batch: Int32) -> [CastOutcome] {
        guard let outcomes = batches[batch] else {
            mistakes.append("a part of batch \(batch) was finished, but it is not there")
            return []
        }
        var rest = left[batch] ?? Set(outcomes.indices.map { Int32($0) })
        for place in places where rest.remove(place) == nil {
            mistakes.append("place \(place) of batch \(batch) was finished twice")
        }
        left[batch] = rest.isEmpty ? nil : rest
        if rest.isEmpty { batches[batch] = nil }
        return places.map { outcomes[Int($0)] }
    }

    func abandon(batch: Int32) {
        left[batch] = nil
        if batches.removeValue(forKey: batch) == nil {
            mistakes.append("batch \(batch) was abandoned, but is not there")
        }
    }
}
