import PlantedFaults
import Streaming
import Voxels

/// What a worker does, cut into the atomic steps between which other threads can come: it claims jobs, casts one, hands its result over.
///
/// A thread takes one step after the other; in a schedule, steps of many workers and of the frame are mixed as a seed says. Both are this code.
struct LiveWorker {
    private enum State {
        case free
        /// Has jobs, the first of which that has not been cast is at this place of them.
        case claimed(LiveQueue.Claim, Int)
        case cast(LiveQueue.Claim, Int, CastOutcome)
        #if PLANTED_FAULTS
            case looked(LiveQueue.Batch)
            case announced(LiveQueue.Claim, Int, CastOutcome)
        #endif
    }

    private var state = State.free

    /// Has nothing to do but to look for jobs.
    var isFree: Bool { if case .free = state { true } else { false } }

    /// What it is in the middle of.
    enum Activity: Equatable {
        case free
        case looked(batch: Int32)
        case claimed(batch: Int32, first: Int, count: Int)
        case cast(LiveCasts.Arrival)
        case announced(LiveCasts.Arrival)
    }

    var activity: Activity {
        switch state {
        case .free: .free
        case .claimed(let claim, _): .claimed(batch: claim.batch, first: claim.first, count: claim.jobs.count)
        case .cast(let claim, let place, _): .cast(claim.arrival(place))
        #if PLANTED_FAULTS
            case .looked(let seen): .looked(batch: seen.number)
            case .announced(let claim, let place, _): .announced(claim.arrival(place))
        #endif
        }
    }

    /// Has a result that it has not handed over.
    var hasResult: Bool { if case .cast = state { true } else { false } }

    /// Takes one step. Never waits.
    ///
    /// `cast` casts a job of a batch in a world.
    ///
    /// - Returns: false where there is nothing to do.
    mutating func step(
        _ queue: LiveQueue, cast: (_ job: CastJob, _ batch: Int32, _ world: VoxelWorld) -> CastOutcome
    ) -> Bool {
        switch state {
        case .free:
            #if PLANTED_FAULTS
                if Planted.isPlanted(.claimedTwice) {
                    guard let seen = queue.look() else { return false }
                    state = .looked(seen)
                    return true
                }
            #endif
            guard let claim = queue.claim() else { return false }
            state = .claimed(claim, 0)
        case .claimed(let claim, let place):
            let job = claim.jobs[claim.jobs.startIndex + place]
            state = .cast(claim, place, cast(job, claim.batch, world(of: claim, queue)))
        case .cast(let claim, let place, let outcome):
            let arrival = claim.arrival(place)
            #if PLANTED_FAULTS
                if Planted.isPlanted(.tornHandOver) {
                    queue.announce(arrival)
                    state = .announced(claim, place, outcome)
                    return true
                }
            #endif
            queue.handOver(arrival, outcome)
            goOn(claim, behind: place)
        #if PLANTED_FAULTS
            case .looked(let seen): state = .claimed(queue.claim(seen: seen), 0)
            case .announced(let claim, let place, let outcome):
                queue.handOverAnnounced(claim.arrival(place), outcome)
                goOn(claim, behind: place)
        #endif
        }
        return true
    }

    /// Of whichever batch it was claimed, a job is cast in the world of its own.
    private func world(of claim: LiveQueue.Claim, _ queue: LiveQueue) -> VoxelWorld {
        #if PLANTED_FAULTS
            if let other = queue.worldOfLastClaim,
                planted(.sharedCaster, if: other.contentSum != claim.world.contentSum)
            {
                return other
            }
        #endif
        return claim.world
    }

    private mutating func goOn(_ claim: LiveQueue.Claim, behind place: Int) {
        state = place + 1 < claim.jobs.count ? .claimed(claim, place + 1) : .free
    }
}
