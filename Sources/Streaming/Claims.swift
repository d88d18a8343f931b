import DequeModule
import Hashing
import Topology
import Voxels

// Claims: in a variant whose worker threads take the requests themselves, what they took and before which stage of the frame is an input. A
// claim before commit is the last of a frame; what is taken after it is taken before the next frame's input.

/// A request that a worker thread has taken.
package struct Claim: Hashable, Sendable {
    /// The request's ticket.
    package var request: UInt64
    /// The number of the model's stage before which it was taken; 0, 1 and 2 are the same moment, before shift.
    package var stage: UInt32

    package init(request: UInt64, stage: UInt32) {
        self.request = request
        self.stage = stage
    }

    /// The last stage before which a claim can be.
    package static let lastStage = UInt32(Stage.commit.rawValue)
}

extension FrameInput {
    /// The claims of a frame of a recorded live run; nil in a modelled one, whose worker takes requests in the cast stage.
    func claims(of variant: Variant) -> [Claim]? {
        guard variant.claimsByWorkers, castResults != nil else { return nil }
        guard let work = engineWork else { return [] }
        return zip(work.claimed, work.claimStages).map { Claim(request: $0, stage: $1) }
    }
}

extension StreamingSystem {
    /// Whether worker threads claim the requests of the session that runs.
    package var claimsByWorkers: Bool { variant.claimsByWorkers }

    /// How many casts more there may be in flight.
    package var roomInFlight: Int { max(0, Model.maximumInFlight - flights.count) }

    /// The tickets of the requests that stand in the queue, in its order.
    package var queuedTickets: [UInt64] { queue.requests.map(\.ticket) }

    /// Checks the claims of a frame as far as that can be done before select: one of a request that this very frame selects shows to be
    /// right or wrong when it is its turn. O(claims + queue).
    ///
    /// - Parameters:
    ///   - claims: in their order.
    ///   - input: the frame.
    ///   - dropsQueue: whether the frame's shift empties the queue.
    ///   - rebuilds: whether the session goes on with other levels.
    /// - Throws: ``FrameError`` for the first claim that cannot be.
    func checkClaims(
        _ claims: [Claim], _ input: FrameInput, dropsQueue: Bool, rebuilds: Bool
    ) throws(FrameError) {
        let isBeforeRebuild = rebuilds && (claims.first.map { $0.stage <= Stage.shift.rawValue } ?? false)
        if let work = input.engineWork, work.claimStages.count != work.claimed.count {
            throw .claimStageMissing(claims: work.claimed.count)
        }
        // Order: membership only.
        var left = Set(queue.requests.map(\.ticket))
        var before: UInt32 = 0
        for claim in claims {
            guard claim.stage <= Claim.lastStage else {
                throw .claimStage(request: claim.request, found: claim.stage, limit: Claim.lastStage)
            }
            guard claim.stage >= before else { throw .claimOrder(request: claim.request) }
            before = claim.stage
            if claim.request >= queue.nextTicket {
                guard claim.stage > Stage.select.rawValue else {
                    throw .claimNotQueued(request: claim.request)
                }
                guard !isBeforeRebuild else { throw .claimAcrossRebuild(request: claim.request) }
                continue
            }
            let isDropped = dropsQueue && claim.stage > Stage.shift.rawValue
            guard !isDropped, left.remove(claim.request) != nil else {
                throw .claimNotQueued(request: claim.request)
            }
        }
    }

    /// Whether a claim can turn out to be wrong only when it is its turn.
    func claimsMayFail(_ frame: FrameContext) -> Bool {
        guard let claims = frame.claims else { return false }
        return flights.count + claims.count > Model.maximumInFlight
            || claims.contains { $0.request >= queue.nextTicket }
    }

    /// Takes the frame's claims that were made before this stage. A request that does not count is passed over, one whose centre is solid
    /// disables its probe.
    ///
    /// - Throws: ``FrameError/claimNotQueued(request:)`` for a request that the frame has not selected, or that was taken already;
    ///   ``FrameError/tooManyInFlight(request:limit:)``.
    mutating func claim(_ frame: inout FrameContext, before stage: Stage) throws(FrameError) {
        while let claim = frame.claims?.first, claim.stage <= UInt32(stage.rawValue) {
            frame.claims?.removeFirst()
            guard let request = queue.remove(ticket: claim.request) else {
                throw .claimNotQueued(request: claim.request)
            }
            guard isQueued(request) else { continue }
            guard flights.count + frame.claimed.count < Model.maximumInFlight else {
                throw .tooManyInFlight(request: claim.request, limit: Model.maximumInFlight)
            }
            take(request, &frame, before: stage)
        }
    }

    /// A request leaves the queue for its cast, which starts at the request's own cell, whichever cell has the slot.
    ///
    /// Before the shift of a frame that rebuilds, the levels are still those of the frame before, and so is the lattice of the casts.
    private mutating func take(_ request: Request, _ frame: inout FrameContext, before stage: Stage) {
        let isBeforeRebuild = frame.rebuilds && stage == .shift
        let configuration = isBeforeRebuild ? frame.configurationBefore : frame.configuration
        guard let lattice = configuration?.lattice else { return }
        frame.claimedLattice = lattice
        if world.isSolidAtCentre(of: request.cell, level: request.level, lattice) {
            disable(request, &frame)
        } else {
            frame.claimed.append(dispatch(request, &frame))
        }
    }

    /// The casts that were claimed in this frame begin: those that were taken just before commit with the others.
    mutating func beginClaimed(_ frame: inout FrameContext, _ casts: some CastService) {
        guard let configuration = frame.configuration, !frame.claimed.isEmpty else { return }
        for place in frame.claimed.indices { frame.claimed[place].place = Int32(place) }
        let batch = FlightBatch(
            frame: frame.frame, dueFrame: frame.frame + configuration.castLatencyFrames, world: world,
            lattice: frame.claimedLattice ?? configuration.lattice, flights: frame.claimed)
        flights.append(batch)
        world.renewCacheIfCrowded()
        casts.begin(batch: batch.frame, jobs: batch.jobs, in: world)
    }
}
