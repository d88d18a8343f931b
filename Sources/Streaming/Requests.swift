import DequeModule
package import Hashing
package import Topology
package import Voxels

/// A probe that was selected and waits for its cast.
struct Request: Sendable {
    var level: Int
    var cell: Cell
    var slot: Slot
    var generation: UInt32
    var queuedAt: Int32
    /// The number of the request in the run.
    var ticket: UInt64 = 0

    /// The record of its place in the queue, as that of a probe that is Queued.
    fileprivate var leaf: Digest64 {
        var probe = ProbeState(generation: generation)
        probe.ticket = ticket
        return probe.queuedRecord(level: level, cell: cell).leaf
    }
}

/// The queue between selection and casting: first in, first out across frames and levels.
///
/// A request that has been retired stays where it stands until it comes to the front; it takes no room
/// and no part in the digest, whose leaves belong to the probes (``ProbeLevel/queueSum``). In a variant without generations it may
/// count again when its slot is Queued again: there the leaves are those of all requests, ``sums``.
struct RequestQueue: Sendable {
    private(set) var requests: Deque<Request> = []
    /// The ticket that the next request gets; grows for ever within a run.
    private(set) var nextTicket: UInt64 = 1
    /// Whether every request counts as state.
    private(set) var countsAll = false
    /// Where every request counts: per level the sum over their leaves.
    private(set) var sums: [LeafSum] = RequestQueue.noSums

    private static let noSums = Array(repeating: LeafSum(), count: 8)

    init() {}

    /// The queue of a snapshot: `requests` in the order of their tickets.
    init(_ requests: [Request], nextTicket: UInt64, countsAll: Bool = false) {
        self.requests = Deque(requests)
        self.nextTicket = nextTicket
        self.countsAll = countsAll
        sums = rebuiltSums()
    }

    func rebuiltSums() -> [LeafSum] {
        guard countsAll else { return RequestQueue.noSums }
        var sums = RequestQueue.noSums
        for request in requests { sums[request.level].add(request.leaf) }
        return sums
    }

    var first: Request? { requests.first }

    /// - Returns: the request's ticket.
    mutating func append(_ request: Request) -> UInt64 {
        var request = request
        request.ticket = nextTicket
        requests.append(request)
        if countsAll { sums[request.level].add(request.leaf) }
        defer { nextTicket += 1 }
        return nextTicket
    }

    mutating func removeFirst() -> Request {
        let request = requests.removeFirst()
        if countsAll { sums[request.level].remove(request.leaf) }
        return request
    }

    /// Takes a request out from wherever it stands; nil where it is not there. O(log requests) to find it, O(requests) to close the gap.
    mutating func remove(ticket: UInt64) -> Request? {
        var range = requests.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if requests[middle].ticket == ticket {
                let request = requests.remove(at: middle)
                if countsAll { sums[request.level].remove(request.leaf) }
                return request
            }
            range =
                requests[middle].ticket < ticket
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// Empties it; from now on every request counts as state, or only those that a probe waits for.
    mutating func removeAll(countsAll: Bool) {
        requests.removeAll(keepingCapacity: true)
        self.countsAll = countsAll
        sums = RequestQueue.noSums
    }
}

/// A cast that has been dispatched and not drained, whether or not its result will still count.
package struct Flight: Hashable, Sendable {
    /// Place in the order of dispatch, from 0, over the whole run; where workers claim requests, the request's ticket.
    package var sequence: UInt64
    package var level: Int
    package var cell: Cell
    package var generation: UInt32
    /// The epoch of the dispatch; a session start or a rebuild begins a new one.
    package var epoch: UInt32
    /// Place of the job in its batch as the service that casts it was given it. No state: one that goes on from a snapshot counts anew.
    package var place: Int32 = 0

    /// The canonical record, 62 bytes: tag, level, cell, generation, epoch, sequence (u64), due frame
    /// (i32), version (u64) and content (u64) of the world that the cast sees, base spacing (f64) and resolution
    /// (i32) of the lattice that it was dispatched in. The last two decide its outcome, and are those of the
    /// present configuration only until a rebuild.
    package func record(in batch: FlightBatch) -> LeafRecord {
        var record = LeafRecord(tag: RecordTag.flight)
        record.append(UInt8(truncatingIfNeeded: level))
        record.append(cell)
        record.append(generation)
        record.append(epoch)
        record.append(sequence)
        record.append(batch.dueFrame)
        record.append(batch.world.version)
        record.append(batch.world.contentSum.value)
        record.append(canonicalBits(of: batch.lattice.baseSpacing))
        record.append(batch.lattice.resolution)
        return record
    }
}

/// The casts that one frame dispatched. They see one world, and they are due together.
package struct FlightBatch: Sendable {
    /// The frame of the dispatch; at most one batch per frame, so it is the batch's name as well.
    package var frame: Int32
    /// The first frame whose commit drains it.
    package var dueFrame: Int32
    package var world: VoxelWorld
    /// As it was at dispatch: a rebuild does not call back what is in flight.
    package var lattice: Lattice
    /// In the order of dispatch: all of the dispatch, or those whose results a live run has not drained.
    package var flights: [Flight]

    /// The number of the flight whose job was at that place of the batch as it was begun; nil where it has been drained.
    /// O(log flights).
    package func sequence(at place: Int32) -> UInt64? {
        var range = flights.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            let found = flights[middle].place
            if found == place { return flights[middle].sequence }
            range = found < place ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// What there is to cast, in the order of dispatch.
    package var jobs: [CastJob] {
        flights.map { flight in
            CastJob(
                origin: lattice.centre(of: flight.cell, level: flight.level),
                distance: lattice.spacing(level: flight.level) * Double(lattice.resolution))
        }
    }
}

/// The table of casts in flight.
struct FlightTable: Sendable {
    /// Ascending by frame.
    private(set) var batches: [FlightBatch] = []
    private(set) var count = 0
    private(set) var sum = LeafSum()
    /// The sequence number that the next dispatch gets.
    var nextSequence: UInt64 = 0

    mutating func append(_ batch: FlightBatch) {
        for flight in batch.flights { sum.add(flight.record(in: batch).leaf) }
        count += batch.flights.count
        batches.append(batch)
    }

    /// Appends a batch that was drained in part, and of which an earlier part may be there already.
    ///
    /// - Returns: false where something else of that frame is there.
    mutating func join(_ part: FlightBatch) -> Bool {
        guard let last = batches.last, last.frame == part.frame else {
            append(part)
            return true
        }
        guard last.dueFrame == part.dueFrame, last.world.version == part.world.version,
            last.lattice == part.lattice, last.flights.first?.epoch == part.flights.first?.epoch
        else { return false }
        for flight in part.flights { sum.add(flight.record(in: part).leaf) }
        count += part.flights.count
        batches[batches.count - 1].flights += part.flights
        return true
    }

    /// Takes out the batches that are due in `frame`, in the order of dispatch.
    mutating func drain(due frame: Int32) -> [FlightBatch] {
        let due = batches.filter { $0.dueFrame <= frame }
        guard !due.isEmpty else { return [] }
        batches.removeAll { $0.dueFrame <= frame }
        for batch in due {
            for flight in batch.flights { sum.remove(flight.record(in: batch).leaf) }
            count -= batch.flights.count
        }
        return due
    }

    /// Takes out the casts with these numbers, ascending; those that are not in flight are passed over.
    ///
    /// - Returns: what was taken out, batch by batch. Complexity: O(casts in flight).
    mutating func drain(_ sequences: [UInt64]) -> [FlightBatch] {
        var drained: [FlightBatch] = []
        var kept: [FlightBatch] = []
        var wanted = sequences[...]
        for var batch in batches {
            guard let first = batch.flights.first, let last = batch.flights.last else { continue }
            wanted = wanted.drop { $0 < first.sequence }
            guard let next = wanted.first, next <= last.sequence else {
                kept.append(batch)
                continue
            }
            var part = batch
            part.flights = []
            batch.flights.removeAll { flight in
                wanted = wanted.drop { $0 < flight.sequence }
                guard wanted.first == flight.sequence else { return false }
                part.flights.append(flight)
                return true
            }
            for flight in part.flights { sum.remove(flight.record(in: part).leaf) }
            count -= part.flights.count
            if !part.flights.isEmpty { drained.append(part) }
            if !batch.flights.isEmpty { kept.append(batch) }
        }
        batches = kept
        return drained
    }

    /// As ``drain(_:)``, where the numbers of casts are those of their requests, which were claimed in any order. O(casts in flight).
    mutating func drain(anyOf sequences: [UInt64]) -> [FlightBatch] {
        // Order: membership only.
        let wanted = Set(sequences)
        var drained: [FlightBatch] = []
        for batch in batches {
            var part = batch
            part.flights = batch.flights.filter { wanted.contains($0.sequence) }
            guard !part.flights.isEmpty else { continue }
            for flight in part.flights { sum.remove(flight.record(in: part).leaf) }
            count -= part.flights.count
            drained.append(part)
        }
        for place in batches.indices { batches[place].flights.removeAll { wanted.contains($0.sequence) } }
        batches.removeAll { $0.flights.isEmpty }
        return drained
    }

    /// The numbers of all casts in flight. O(casts in flight).
    var sequences: Set<UInt64> { Set(batches.flatMap { $0.flights.map(\.sequence) }) }

    /// Whether a cast with this number is in flight. O(log casts).
    func contains(_ sequence: UInt64) -> Bool {
        guard let batch = batches.last(where: { ($0.flights.first?.sequence ?? .max) <= sequence }) else {
            return false
        }
        var range = batch.flights.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            let found = batch.flights[middle].sequence
            if found == sequence { return true }
            range = found < sequence ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return false
    }

    /// Counts the places of all jobs anew: they are handed to another service.
    mutating func renumber() {
        for batch in batches.indices {
            for flight in batches[batch].flights.indices {
                batches[batch].flights[flight].place = Int32(flight)
            }
        }
    }

    func rebuiltSum() -> LeafSum {
        var sum = LeafSum()
        for batch in batches {
            for flight in batch.flights { sum.add(flight.record(in: batch).leaf) }
        }
        return sum
    }
}
