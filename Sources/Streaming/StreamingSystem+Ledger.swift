import Hashing
import Topology
import Voxels

// What the input stage has to do with the store: sessions that begin and end with one, and replies that are drained.

extension StreamingSystem {
    /// The key of the running session; nil where none runs.
    var storeKey: StoreKey? { configuration.map { StoreKey($0) } }

    /// The session that ends had a store: its ledger lives until its last batch is handed over.
    mutating func closeLedger(_ frame: inout FrameContext) {
        guard let ending = store else { return }
        frame.closing = ending
        frame.closingEdits = world.editSum
        store = nil
    }

    mutating func apply(_ event: Event, _ frame: inout FrameContext, _ keeper: inout some StoreService) {
        switch event {
        case .store(let cap, let contents):
            frame.opensStore = cap
            frame.storeContents = contents
        case .storeOff:
            for request in store?.requests ?? [] { keeper.abandon(request.sequence) }
            store = nil
            frame.opensStore = nil
        case .storeDamage(let region): frame.damaged.append(region)
        case .writeBackDropped(let row):
            // Before the index is known nothing has been handed over.
            guard store?.isIndexKnown ?? false else { return }
            store?.set(row, nil)
            store?.work.dropped.append(row)
            store?.work.droppedWrites += 1
        default: break
        }
    }

    /// After all events: the world is now what the ledgers have to know of it.
    mutating func openLedger(_ frame: inout FrameContext) {
        let isTold = frame.closing != nil && frame.worldGoesOn
        if isTold { frame.closingEdits = world.editSum }
        guard let cap = frame.opensStore, let configuration = frame.configuration else { return }
        store = StoreLedger(
            sizeCapBytes: cap, worldSeed: configuration.worldSeed, startFrame: frame.frame,
            startEdits: isTold ? world.editSum : frame.startEdits)
    }

    /// Picks up the replies that are due. A session's end waits for the index, whose rows its last batch must know; every other request
    /// ends with its session or its key.
    mutating func drainReplies(_ frame: inout FrameContext, _ keeper: inout some StoreService) {
        if var closing = frame.closing {
            closing.drain(all: true, only: \.isForIndex, &frame, &keeper)
            frame.closing = closing
        } else if frame.endsKey {
            store?.drain(all: false, only: \.isForIndex, &frame, &keeper)
        } else {
            store?.drain(all: false, only: \.isAny, &frame, &keeper)
        }
        frame.spoilRepliesByArrival()
        for (request, reply) in frame.replies {
            frame.outputs.append(request.sequence)
            frame.outputs.append(reply.kind)
            frame.outputs.append(reply.digest)
        }
        frame.outputs.append(UInt32(frame.replies.count))
    }
}

extension FrameInput {
    /// Whether this frame has to do with a store.
    package func needsStore(_ system: borrowing StreamingSystem) -> Bool { system.store != nil || opensStore }

    private var opensStore: Bool {
        events.contains { if case .store = $0 { true } else { false } }
    }

    fileprivate var endsSession: Bool {
        events.contains { event in
            switch event {
            case .sessionEnd, .sessionStart: true
            default: false
            }
        }
    }

    /// The input of this frame, where the store has failed: it is off before all else, and a session that starts gets none.
    package func switchingStoreOff(_ system: borrowing StreamingSystem) -> FrameInput {
        var input = self
        input.events.removeAll(where: \.needsStore)
        if system.store != nil { input.events.insert(.storeOff, at: 0) }
        if opensStore { input.events.append(.storeOff) }
        return input
    }

    /// What a live frame drains, by request; nil in a modelled run.
    // Order: looked up by the request, never walked.
    fileprivate var arrivals: [UInt64: StoreArrival]? {
        storeReplies.map { Dictionary($0.map { ($0.request, $0) }, uniquingKeysWith: { first, _ in first }) }
    }
}

extension Event {
    /// Whether it happens to a store, so that it cannot happen where that has failed before.
    fileprivate var needsStore: Bool {
        switch self {
        case .storeOff, .storeDamage, .writeBackDropped: true
        default: false
        }
    }
}

extension StreamingSystem {
    /// The requests whose replies a frame will ask its store for, as far as its input is good.
    package func awaitedReplies(in input: FrameInput) -> [UInt64] {
        let requests = store?.requests ?? []
        let arrivals = input.arrivals
        return requests.filter { request in
            let arrival = arrivals?[request.sequence]
            guard arrival?.reply == nil else { return false }
            let drains = arrivals == nil ? request.dueFrame <= input.frame : arrival != nil
            return drains || (request.row == nil && input.endsSession)
        }.map(\.sequence)
    }

    /// The request for the index that a frame has to drain, because it ends a session that waits for it; nil where there is none.
    package func indexAwaited(by input: FrameInput) -> UInt64? {
        guard input.endsSession else { return nil }
        return store?.requests.first { $0.row == nil }?.sequence
    }
}

extension StreamingSystem {
    /// Checks what a live frame says that it drains against what is out.
    func checkArrivals(_ input: FrameInput) throws(FrameError) {
        if let results = input.castResults {
            var before: UInt64?
            // Order: membership only.
            let claimed =
                variant.claimsByWorkers ? flights.sequences.union(input.engineWork?.claimed ?? []) : []
            for request in results.sorted() {
                let isInFlight =
                    variant.claimsByWorkers ? claimed.contains(request) : flights.contains(request)
                guard isInFlight, request != before else {
                    throw .resultNotInFlight(request: request)
                }
                before = request
            }
        }
        guard let replies = input.storeReplies else { return }
        // Order: looked up, never walked.
        let requests = Dictionary(
            (store?.requests ?? []).map { ($0.sequence, $0) }, uniquingKeysWith: { first, _ in first })
        var drained: Set<UInt64> = []
        for arrival in replies {
            func refuse(_ reason: String) -> FrameError {
                .replyNotExpected(request: arrival.request, reason)
            }
            guard let request = requests[arrival.request] else {
                throw refuse("nothing was asked for under this number, or the reply was drained before")
            }
            guard drained.insert(arrival.request).inserted else { throw refuse("it is drained twice") }
            switch (arrival.reply, request.row) {
            case (nil, _), (.absent, .some), (.damaged, .some): break
            case (.index(let index), nil):
                if let fault = index.fault { throw refuse(fault) }
            case (.region(let content), .some(let row)):
                guard (content.cells.last.map { Int($0.index) } ?? 0) < row.key.grid.cellCount else {
                    throw refuse("it has cells outside its region")
                }
            case (_, nil): throw refuse("the store's index was asked for")
            case (.index, .some): throw refuse("a region was asked for")
            }
        }
        if let index = indexAwaited(by: input), !drained.contains(index),
            input.events.first != .storeOff
        {
            throw .indexNotDrained(request: index)
        }
    }
}

extension StoreRequest {
    fileprivate var isForIndex: Bool { row == nil }
    fileprivate var isAny: Bool { true }
}

extension StoreLedger {
    /// Takes out the requests that this frame drains, and forgets those that are not `wanted` any more.
    fileprivate mutating func drain(
        all: Bool, only wanted: (StoreRequest) -> Bool, _ frame: inout FrameContext,
        _ keeper: inout some StoreService
    ) {
        guard !requests.isEmpty else { return }
        let arrivals = frame.input.arrivals
        var kept: [StoreRequest] = []
        for request in requests {
            if !wanted(request) {
                keeper.abandon(request.sequence)
            } else if all
                || arrivals.map({ $0[request.sequence] != nil }) ?? (request.dueFrame <= frame.frame)
            {
                if let reply = arrivals?[request.sequence]?.reply {
                    keeper.abandon(request.sequence)
                    frame.replies.append((request, reply))
                } else {
                    frame.replies.append((request, keeper.finish(request.sequence)))
                }
            } else {
                kept.append(request)
            }
        }
        requests = kept
    }
}

extension StoreReply {
    /// 0 index, 1 region, 2 absent, 3 damaged.
    var kind: UInt8 {
        switch self {
        case .index: 0
        case .region: 1
        case .absent: 2
        case .damaged: 3
        }
    }

    /// XXH3-64 of what came; 0 where nothing came.
    var digest: Digest64 {
        var bytes = CanonicalBytes()
        switch self {
        case .index(let index): index.append(to: &bytes)
        case .region(let content): bytes.append(contentsOf: content.bytes)
        case .absent, .damaged: return Digest64(0)
        }
        return bytes.digest64()
    }
}
