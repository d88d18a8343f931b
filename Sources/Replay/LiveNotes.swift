import PlantedFaults
import Streaming

/// What a live run writes down of a frame. It is what the frame was stepped with; only planted faults write down something else.
struct LiveNotes {
    #if PLANTED_FAULTS
        /// What a frame drained, and the next one is to record; of the frame that runs, and of the one before.
        private struct Late {
            var results: [UInt64] = []
            var replies: [StoreArrival] = []
            var drops: [RowKey] = []
        }
        private var late = Late()
        private var carried = Late()
        private var retired: [UInt64] = []
        private var claims: EngineWork?
    #endif

    /// Results that came after the frame had asked for them first, as far as it asks again.
    func laterArrivals(_ casts: some LiveCastService) -> [LiveCasts.Arrival] {
        planted(.resultsRecordedApart, [], instead: casts.takeArrivals())
    }

    /// Notes which results the frame drains.
    ///
    /// - Returns: all of them, in the order in which they came.
    mutating func results(_ results: [UInt64], later: [UInt64], _ system: StreamingSystem) -> [UInt64] {
        #if PLANTED_FAULTS
            late.results = later
            let kept = planted(
                .retiredUnrecorded, results, instead: results.filter { system.awaitsResult($0) })
            retired = results.filter { !kept.contains($0) }
        #endif
        return results + later
    }

    /// Notes which replies the frame drains.
    ///
    /// - Returns: the requests.
    mutating func replies(_ ready: [UInt64], _ store: any LiveStoreService) -> [UInt64] {
        let all = planted(
            .repliesRecordedApart, ready, instead: ready + store.readyReplies().filter { !ready.contains($0) }
        )
        #if PLANTED_FAULTS
            late.replies = all.dropFirst(ready.count).compactMap { sequence in
                store.reply(to: sequence).map { StoreArrival(request: sequence, reply: $0) }
            }
        #endif
        return all
    }

    /// Write-backs that were dropped after the frame had asked for them first, as far as it asks again.
    mutating func laterDrops(_ store: any LiveStoreService) -> [RowKey] {
        let drops = planted(.dropsRecordedApart, [], instead: store.takeDroppedWriteBacks())
        #if PLANTED_FAULTS
            late.drops = drops
        #endif
        return drops
    }

    /// Notes the frame's claims.
    ///
    /// - Parameters:
    ///   - claims: as they are made.
    ///   - written: the same, as they would be written down if a worker did that when it finds the time.
    mutating func claims(_ claims: [Claim], written: [Claim]) {
        #if PLANTED_FAULTS
            let noted = planted(.claimNotedLate, claims, instead: written)
            self.claims = noted == claims ? nil : EngineWork(noted)
        #endif
    }

    /// Makes of a frame's input what is recorded of it.
    mutating func apply(to input: inout FrameInput) {
        #if PLANTED_FAULTS
            let hidden = late.results + retired
            input.castResults?.removeAll { hidden.contains($0) }
            input.castResults?.insert(contentsOf: carried.results, at: 0)
            input.storeReplies?.removeAll { late.replies.contains($0) }
            input.storeReplies?.insert(contentsOf: carried.replies, at: 0)
            for row in late.drops {
                if let place = input.events.lastIndex(of: .writeBackDropped(row)) {
                    input.events.remove(at: place)
                }
            }
            input.events += carried.drops.map { .writeBackDropped($0) }
            if let claims { input.engineWork = claims }
            (carried, late, retired, claims) = (late, Late(), [], nil)
        #endif
    }
}

#if PLANTED_FAULTS
    extension StreamingSystem {
        /// Whether the result of a cast would count now.
        fileprivate func awaitsResult(_ sequence: UInt64) -> Bool {
            flightBatches.contains { batch in
                batch.flights.contains { $0.sequence == sequence && isCurrent($0) }
            }
        }
    }
#endif
