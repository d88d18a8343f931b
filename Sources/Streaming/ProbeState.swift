package import Hashing
package import Topology
package import Voxels

/// Where a probe stands in its life. The raw values are the engine's and part of the digests.
package enum Lifecycle: UInt8, CaseIterable, Sendable {
    /// In the window since the first frame of a session or a rebuild, never updated.
    case uninitialized = 0
    /// Its payload is good.
    case valid = 1
    /// Its payload is good but old.
    case stale = 2
    /// Its payload, if it has one, is wrong.
    case dirty = 3
    /// Its cast has been dispatched and not drained.
    case inFlight = 4
    /// Its centre is inside solid matter.
    case disabled = 5
    /// Selected, waiting to be dispatched.
    case queued = 6

    package var name: String {
        switch self {
        case .uninitialized: "Uninitialized"
        case .valid: "Valid"
        case .stale: "Stale"
        case .dirty: "Dirty"
        case .inFlight: "InFlight"
        case .disabled: "Disabled"
        case .queued: "Queued"
        }
    }
}

/// What an invalidation that met a probe in flight asks for when its result is drained.
package struct AfterFlight: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let dirty = AfterFlight(rawValue: 1)
    package static let disable = AfterFlight(rawValue: 2)
}

/// The state of the probe in one slot, without its payload.
package struct ProbeState: Hashable, Sendable {
    /// The frame in which a payload was last stored, ``never`` before that. May be negative where the
    /// payload is older than the session.
    package var lastUpdated: Int32
    /// The frame in which it was selected; 0 unless it is Queued.
    package var queuedAt: Int32
    /// It is not selected before this frame; 0 where nothing holds it back.
    package var retryAfter: Int32
    /// Grows by one each time the slot gets another cell or its request is retired. A request counts
    /// only while it carries this number.
    package var generation: UInt32
    /// Its place in the queue, from 1; 0 unless it is Queued. Part of the queue's leaf, not of the
    /// state record.
    package var ticket: UInt64
    package var lifecycle: Lifecycle
    package var afterFlight: AfterFlight

    /// Stands for no frame at all in ``lastUpdated``.
    package static let never = Int32.min

    /// A slot that has just got a cell.
    package init(generation: UInt32) {
        lastUpdated = ProbeState.never
        queuedAt = 0
        retryAfter = 0
        self.generation = generation
        ticket = 0
        lifecycle = .uninitialized
        afterFlight = []
    }

    /// Takes the probe out of the queue or out of flight: whatever its request brings no longer counts.
    package mutating func retireRequest(hasGenerations: Bool) {
        if hasGenerations { generation += 1 }
        queuedAt = 0
        ticket = 0
        afterFlight = []
    }
}

/// The tags of all canonical records. Two kinds of record never hash alike.
package enum RecordTag {
    package static let state: UInt8 = 1
    package static let payload: UInt8 = 2
    package static let queued: UInt8 = 3
    package static let flight: UInt8 = 4
    package static let cachedCell: UInt8 = 5
    package static let cacheEntry: UInt8 = 6
    package static let storeRow: UInt8 = 7
    package static let storeRequest: UInt8 = 8
    package static let heldWrite: UInt8 = 9
    package static let heldBox: UInt8 = 10
    package static let ledger: UInt8 = 11
}

extension ProbeState {
    /// The canonical state record, 32 bytes: tag, level, lifecycle, after-flight flags, cell (3 x i32),
    /// last updated, queued at, retry after (i32), generation (u32).
    @inline(__always)
    package func record(level: Int, cell: Cell) -> LeafRecord {
        var record = LeafRecord(tag: RecordTag.state)
        record.append(UInt8(truncatingIfNeeded: level))
        record.append(lifecycle.rawValue)
        record.append(afterFlight.rawValue)
        record.append(cell)
        record.append(lastUpdated)
        record.append(queuedAt)
        record.append(retryAfter)
        record.append(generation)
        return record
    }

    /// The record of its place in the queue, 26 bytes: tag, level, cell, generation, ticket (u64).
    @inline(__always)
    package func queuedRecord(level: Int, cell: Cell) -> LeafRecord {
        var record = LeafRecord(tag: RecordTag.queued)
        record.append(UInt8(truncatingIfNeeded: level))
        record.append(cell)
        record.append(generation)
        record.append(ticket)
        return record
    }
}

extension Payload {
    /// The canonical payload record, 58 bytes: tag, level, cell (3 x i32), the 44 bytes of the payload.
    @inline(__always)
    package func record(level: Int, cell: Cell) -> LeafRecord {
        var record = LeafRecord(tag: RecordTag.payload)
        record.append(UInt8(truncatingIfNeeded: level))
        record.append(cell)
        append(to: &record)
        return record
    }
}

extension LeafRecord {
    @inline(__always)
    mutating func append(_ cell: Cell) {
        append(cell.x)
        append(cell.y)
        append(cell.z)
    }
}

extension CanonicalBytes {
    mutating func append(_ cell: Cell) {
        append(cell.x)
        append(cell.y)
        append(cell.z)
    }
}
