import PlantedFaults
import Topology
import Voxels

// What planted faults make of what a live frame drained: each lets the order in which it came decide something, where nothing may.

/// A result that a frame drains.
typealias DrainedResult = (flight: Flight, outcome: CastOutcome)

extension StreamingSystem {
    /// Spoils the results of a live frame, which stand in the order of dispatch; `come` are their numbers in the order in which they came.
    func spoilByArrival(_ results: inout [DrainedResult], come: [UInt64]) {
        #if PLANTED_FAULTS
            let faults: [Fault] = [.orderOfArrival, .runningMean, .abortSpreads, .roomByArrival]
            guard come.count > 1, faults.contains(where: Planted.isPlanted) else { return }
            // Order: looked up by the number, never walked.
            var places: [UInt64: Int] = [:]
            for (place, result) in results.enumerated() { places[result.flight.sequence] = place }
            let order = come.compactMap { places[$0] }
            if planted(.orderOfArrival, if: order != order.sorted()) {
                results = order.map { [results] in results[$0] }
                return
            }
            for (rank, place) in order.enumerated() {
                let before = rank > 0 ? results[order[rank - 1]].outcome : nil
                if case .success(let left)? = before, case .success(var payload) = results[place].outcome,
                    planted(.runningMean, if: left.confidence != payload.confidence)
                {
                    payload.confidence = (left.confidence + payload.confidence) / 2
                    results[place].outcome = .success(payload)
                }
                if before == .aborted, planted(.abortSpreads, if: results[place].outcome != .aborted) {
                    results[place].outcome = .aborted
                }
                if rank >= StreamingSystem.roomOfFault,
                    planted(.roomByArrival, if: results[place].outcome != .aborted)
                {
                    results[place].outcome = .aborted
                }
            }
        #endif
    }

    /// Lets the aborted ones of a frame's results wait the longer the later they came.
    mutating func delayByArrival(_ results: [DrainedResult], come: [UInt64], retryAfter: Int32) {
        guard planted(.retryByArrival, if: come.count > 1) else { return }
        for (rank, sequence) in come.enumerated() {
            guard let flight = results.first(where: { $0.flight.sequence == sequence })?.flight,
                isThere(flight)
            else { continue }
            let slot = levels[flight.level].window.slotOutside(of: flight.cell)
            let cell = levels[flight.level].window.cell(at: slot)
            levels[flight.level].update(slot, cell: cell) { probe in
                if probe.lifecycle == .dirty, probe.retryAfter == retryAfter {
                    probe.retryAfter += Int32(rank)
                }
            }
        }
    }

    private func isThere(_ flight: Flight) -> Bool {
        flight.epoch == epoch && flight.level < levels.count
            && levels[flight.level].window.contains(flight.cell)
    }

    /// How many results of a frame find room.
    private static let roomOfFault = 4
}

extension FrameContext {
    /// Spoils the order of a live frame's replies.
    mutating func spoilRepliesByArrival() {
        guard let come = input.storeReplies?.map(\.request), come.count > 1,
            planted(.repliesByArrival, if: come != come.sorted())
        else { return }
        replies.sort { a, b in
            (come.firstIndex(of: a.request.sequence) ?? 0, a.request.sequence)
                < (come.firstIndex(of: b.request.sequence) ?? 0, b.request.sequence)
        }
    }
}
