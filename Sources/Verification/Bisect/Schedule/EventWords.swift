import Replay
package import Streaming
package import Topology

/// An event of a run, in words.
package struct DescribedEvent: Hashable, Sendable {
    /// The number of the frame in which it happened; nil: behind the last, or never.
    package var frame: Int32?
    package var what: String
    /// What it is about: of a result the probe, of a claim of two jobs both.
    package var probes: [Probe] = []
    /// Where it belongs to one.
    package var stage: Stage?

    package struct Probe: Hashable, Sendable {
        package var level: Int
        package var cell: Cell
    }
}

/// Puts the events of a simulated live run into words.
struct EventWords {
    private let frames: [Int32]
    private let flights: [LiveCasts.Arrival: Flight]
    // Order: looked up, never walked.
    private let events: [Script.Entry: ScheduleEvent]
    private let bySequence: [UInt64: Flight]

    init(_ frames: [FrameInput], _ events: [ScheduleEvent], _ flights: [LiveCasts.Arrival: Flight]) {
        self.frames = frames.map(\.frame)
        self.flights = flights
        self.events = Dictionary(events.map { ($0.entry, $0) }, uniquingKeysWith: { first, _ in first })
        // Order: numbers are unique, so that none is in another's way.
        bySequence = Dictionary(
            flights.values.map { ($0.sequence, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Nil where the run had no such event.
    func describe(_ entry: Script.Entry) -> DescribedEvent? {
        guard let event = events[entry] else { return nil }
        let number = Int(event.frame)
        let isOver = entry.point == Script.end || number >= frames.count
        var described = DescribedEvent(frame: isOver ? nil : frames[number], what: "")
        switch event.what {
        case .frameThread(let operations):
            guard let point = entry.point else { return nil }
            describe(point, operations, &described)
        case .looks(let worker, let batch):
            described.what = "\(name(worker)) looks for jobs, and sees the batch of frame \(batch)"
        case .claims(let worker, let batch, let first, let count):
            let last = first + count - 1
            let jobs = count == 1 ? "job \(first)" : "jobs \(first) to \(last)"
            described.what = "\(name(worker)) claims \(jobs) of the batch of frame \(batch)"
            described.probes = (first...max(first, last)).compactMap {
                probe(LiveCasts.Arrival(batch: batch, place: Int32($0)))
            }
        case .comesTooLate(let batch):
            described.what = "a worker comes too late for the batch of frame \(batch), which was abandoned"
        case .casts(let worker, let arrival):
            described.what = "\(name(worker)) casts \(job(arrival))"
            described.probes = [probe(arrival)].compactMap { $0 }
        case .announces(let worker, let arrival):
            described.what = "\(name(worker)) announces the result of \(job(arrival))"
            described.probes = [probe(arrival)].compactMap { $0 }
        case .handsOver(let worker, let arrival):
            described.what = "\(name(worker)) hands over the result of \(job(arrival))"
            described.probes = [probe(arrival)].compactMap { $0 }
        case .carriesOut(let kind):
            described.what = "the store carries out " + EventWords.text(kind)
            described.stage = .store
        case .commits(let requests):
            described.what =
                "the store commits"
                + (requests.isEmpty ? "" : ", with " + EventWords.counted("reply", "replies", requests))
            described.stage = .store
        case .drops(let kind):
            described.what = "the store drops " + EventWords.text(kind)
            described.stage = .store
        case .claimsRequest(let ticket, let stage):
            described.what = "a worker claims request \(ticket)"
            described.probes = [probe(sequence: ticket)].compactMap { $0 }
            described.stage = Stage(rawValue: UInt8(stage))
        case .notesClaim(let ticket, let stage):
            described.what = "the claim of request \(ticket) is written down"
            described.probes = [probe(sequence: ticket)].compactMap { $0 }
            described.stage = Stage(rawValue: UInt8(stage))
        }
        return described
    }

    private func describe(
        _ point: Script.Point, _ operations: [FrameOperation], _ described: inout DescribedEvent
    ) {
        if point.phase == .stage {
            described.stage = Stage(rawValue: UInt8(point.ordinal))
            described.what = "the frame thread comes to the stage \(described.stage?.name ?? "behind all")"
            return
        }
        var words = operations.map(text)
        switch point.phase {
        case .begins where point == Script.end: words.append("comes to its end")
        case .begins: words.append("begins the frame")
        case .resultsRead: words.append("reads the results, and has not emptied their list")
        case .claimsDrawn: words.append("has its claims")
        case .replyAwaited: words.append("waits for the store's index")
        case .dropsTaken, .repliesAsked, .resultsTaken, .stepping, .stage: break
        }
        if words.isEmpty { words = ["goes on"] }
        described.what = "the frame thread " + words.joined(separator: ", ")
        for operation in operations {
            switch operation {
            case .beginsBatch: described.stage = .cast
            case .handsToStore: described.stage = .store
            default: break
            }
        }
    }

    private func text(_ operation: FrameOperation) -> String {
        switch operation {
        case .takesResults(let arrivals):
            "takes the \(arrivals.count) result\(arrivals.count == 1 ? "" : "s") that have come"
        case .asksForReplies(let requests):
            "asks for replies"
                + (requests.isEmpty ? "" : " and gets " + EventWords.counted("reply", "replies", requests))
        case .takesDrops(let rows): "takes the \(rows.count) write-backs that were dropped"
        case .beginsBatch(let batch, let jobs): "begins the batch of frame \(batch) with \(jobs) jobs"
        case .abandonsBatch(let batch): "abandons the batch of frame \(batch)"
        case .handsToStore(let operations): "hands \(operations) operations to the store"
        }
    }

    private static func counted(_ one: String, _ many: String, _ requests: [UInt64]) -> String {
        let shown = requests.prefix(4).map(String.init).joined(separator: ", ")
        return "the \(requests.count == 1 ? one : many) to \(shown)" + (requests.count > 4 ? ", ..." : "")
    }

    private static func text(_ kind: StoreWorkKind) -> String {
        switch kind {
        case .open: "the opening of its file"
        case .damage(let row): "damage to the row of \(row.region)"
        case .operation(.mark(let row, _)): "a mark in the row of \(row.region)"
        case .operation(.setEdits): "the digest of a world's edits"
        case .operation(.forget): "the end of a world's rows"
        case .operation(.delete(let row)): "the end of the row of \(row.region)"
        case .operation(.write(let row, _)): "the write-back of \(row.region)"
        case .operation(.readIndex(let sequence)): "request \(sequence), for its index"
        case .operation(.read(let row, let sequence)): "request \(sequence), for the row of \(row.region)"
        }
    }

    private func name(_ worker: Int) -> String { "worker \(worker + 1)" }
    private func job(_ arrival: LiveCasts.Arrival) -> String {
        "job \(arrival.place) of the batch of frame \(arrival.batch)"
    }

    private func probe(_ arrival: LiveCasts.Arrival) -> DescribedEvent.Probe? {
        flights[arrival].map { .init(level: $0.level, cell: $0.cell) }
    }
    private func probe(sequence: UInt64) -> DescribedEvent.Probe? {
        bySequence[sequence].map { .init(level: $0.level, cell: $0.cell) }
    }
}
