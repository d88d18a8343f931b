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
}

/// The queue between selection and casting: first in, first out across frames and levels.
///
/// A request that has been retired stays where it stands until it comes to the front; it takes no room
/// and no part in the digest, whose leaves belong to the probes (``ProbeLevel/queueSum``).
struct RequestQueue: Sendable {
    private(set) var requests: Deque<Request> = []
    /// The ticket that the next request gets; grows for ever within a run.
    private(set) var nextTicket: UInt64 = 1

    init() {}

    /// The queue of a snapshot: `requests` in the order of their tickets.
    init(_ requests: [Request], nextTicket: UInt64) {
        self.requests = Deque(requests)
        self.nextTicket = nextTicket
    }

    var first: Request? { requests.first }

    /// - Returns: the request's ticket.
    mutating func append(_ request: Request) -> UInt64 {
        requests.append(request)
        defer { nextTicket += 1 }
        return nextTicket
    }

    mutating func removeFirst() -> Request { requests.removeFirst() }

    mutating func removeAll() { requests.removeAll(keepingCapacity: true) }
}

/// A cast that has been dispatched and not drained, whether or not its result will still count.
package struct Flight: Hashable, Sendable {
    /// Place in the order of dispatch, from 0, over the whole run.
    package var sequence: UInt64
    package var level: Int
    package var cell: Cell
    package var generation: UInt32
    /// The epoch of the dispatch; a session start or a rebuild begins a new one.
    package var epoch: UInt32

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
    /// In the order of dispatch.
    package var flights: [Flight]

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

    func rebuiltSum() -> LeafSum {
        var sum = LeafSum()
        for batch in batches {
            for flight in batch.flights { sum.add(flight.record(in: batch).leaf) }
        }
        return sum
    }
}
