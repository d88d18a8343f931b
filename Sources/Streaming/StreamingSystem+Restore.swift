package import Hashing
import PlantedFaults
import Topology
import Voxels

/// Why bytes are not a snapshot that can be gone on from. Offsets count from the snapshot's first byte.
package enum SnapshotError: Error, Equatable, Sendable {
    /// The bytes begin otherwise.
    case notASnapshot
    /// The snapshot, or its digests, are of another version.
    case version(field: String, found: UInt16, supported: UInt16)
    case truncated(offset: Int, needed: Int, available: Int)
    case checksum(expected: Digest128, found: Digest128)
    /// A value that no run can have come to.
    case outOfRange(field: String, value: String, allowed: String, offset: Int)
    case trailingBytes(count: Int)
}

extension StreamingSystem {
    /// The state that a snapshot holds. Casts in flight are not begun: ``resumeCasts(_:)``.
    ///
    /// Every number is checked against what a run can come to before anything is computed with it.
    /// Complexity: O(bytes + cells * log(cells)).
    package init(snapshot bytes: [UInt8]) throws(SnapshotError) {
        guard bytes.starts(with: StreamingSystem.snapshotMagic) else { throw .notASnapshot }
        var reader = SnapshotReader(bytes, at: StreamingSystem.snapshotMagic.count)
        let format: UInt16 = try reader.next()
        let newest = StreamingSystem.snapshotVersionOfVariants
        guard format == StreamingSystem.snapshotVersion || format == newest else {
            throw .version(field: "snapshot format", found: format, supported: newest)
        }
        let digests: UInt16 = try reader.next()
        guard digests == UInt16(DigestAlgorithm.version) else {
            throw .version(
                field: "digests", found: digests, supported: UInt16(DigestAlgorithm.version))
        }
        try reader.verifyChecksum(of: bytes)
        self.init()
        try restoreHeader(&reader, hasVariant: format == newest)
        let worlds = try reader.worlds(configuration)
        world = worlds[0]
        try restoreFlights(&reader, worlds)
        try restoreLevels(&reader)
        try restoreRegions(&reader)
        try reader.finish()
    }

    private mutating func restoreHeader(
        _ reader: inout SnapshotReader, hasVariant: Bool
    ) throws(SnapshotError) {
        let next: Int64 = try reader.number("next frame", -1, Model.frameLimit)
        nextFrame = next < 0 ? nil : next
        let hasSession = try reader.flag("session is running or has run")
        let number: UInt32 = try reader.number("session", 0, hasSession ? .max : 0)
        session = hasSession ? number : nil
        epoch = try reader.number("epoch", 0, SnapshotReader.counterLimit32)
        queue = RequestQueue([], nextTicket: try reader.number("next ticket", 1, SnapshotReader.counterLimit))
        flights.nextSequence = try reader.number("next sequence", 0, SnapshotReader.counterLimit)
        configuration = try reader.flag("configuration is there") ? try reader.configuration() : nil
        guard hasVariant == (variant != .reference) else {
            throw .outOfRange(
                field: "variant", value: variant.name,
                allowed: hasVariant ? "another than the reference" : "the reference, in this format",
                offset: reader.offset)
        }
    }

    private mutating func restoreFlights(
        _ reader: inout SnapshotReader, _ worlds: [VoxelWorld]
    ) throws(SnapshotError) {
        let batches: UInt32 = try reader.number("batches in flight", 0, UInt32(Model.maximumInFlight))
        let next = nextFrame ?? 0
        // Worlds stand in the order in which they are referred to, the present one first.
        var known = 1
        for _ in 0..<batches {
            let after = flights.batches.last.map { Int64($0.frame) } ?? -1
            let frame: Int32 = try reader.number(
                "frame of a dispatch", Int32(clamping: max(after, 0)), Int32(clamping: next - 1))
            // What a live run has in flight may have been due before.
            let due: Int32 = try reader.number("due frame", frame, Int32(clamping: Int64(frame) + 255))
            let world: UInt32 = try reader.number(
                "world of a batch", 0, UInt32(min(known, worlds.count - 1)))
            if Int(world) == known { known += 1 }
            var batch = FlightBatch(
                frame: frame, dueFrame: due, world: worlds[Int(world)], lattice: try reader.lattice(variant),
                flights: [])
            let epoch: UInt32 = try reader.number("epoch of a batch", 0, self.epoch)
            // Claimed requests have their tickets for numbers, and are in any order.
            let end = variant.claimsByWorkers ? queue.nextTicket : flights.nextSequence
            let following = flights.batches.last?.flights.last.map { $0.sequence + 1 } ?? 0
            let least = variant.claimsByWorkers ? 0 : following
            var sequence: UInt64 = try reader.number("first sequence of a batch", least, end)
            let room = UInt64(Model.maximumInFlight - flights.count)
            let count: UInt32 = try reader.number(
                "casts of a batch", 1, UInt32(max(1, min(room, end - sequence))))
            for _ in 0..<count {
                let level: UInt8 = try reader.number("level of a cast", 0, UInt8(batch.lattice.levels - 1))
                batch.flights.append(
                    Flight(
                        sequence: sequence, level: Int(level), cell: try reader.cell(),
                        generation: try reader.next(), epoch: epoch))
                sequence += 1
            }
            guard flights.join(batch) else {
                throw .outOfRange(
                    field: "frame of a dispatch", value: "\(frame) again",
                    allowed: "once, or as a part of the same dispatch", offset: reader.offset)
            }
        }
        guard known == worlds.count else {
            throw .outOfRange(
                field: "worlds", value: "\(worlds.count)", allowed: "\(known), those in sight",
                offset: reader.offset)
        }
    }

    private mutating func restoreLevels(_ reader: inout SnapshotReader) throws(SnapshotError) {
        let expected = UInt32(configuration?.levels ?? 0)
        _ = try reader.number("levels", expected, expected) as UInt32
        guard let lattice = configuration?.lattice else { return }
        var requests: [(ticket: UInt64, request: Request)] = []
        for level in 0..<lattice.levels {
            let snap = Snap(
                cameraCell: try reader.cell(), anchor: try reader.anchor(resolution: lattice.resolution))
            let window = Window(anchor: snap.anchor, resolution: lattice.resolution)
            var probes: [ProbeState] = []
            var payloads: [Payload] = []
            for index in 0..<window.count {
                var probe = try reader.probe(nextFrame: nextFrame ?? 0, nextTicket: queue.nextTicket)
                if planted(.restoredYoung, if: probe.lifecycle == .valid) {
                    probe.lastUpdated = Int32(clamping: nextFrame ?? 0)
                }
                probes.append(probe)
                payloads.append(try reader.payload())
                guard probe.lifecycle == .queued else { continue }
                let slot = Slot(index)
                requests.append(
                    (
                        probe.ticket,
                        Request(
                            level: level, cell: window.cell(at: slot), slot: slot,
                            generation: probe.generation, queuedAt: probe.queuedAt)
                    ))
            }
            levels.append(
                ProbeLevel(
                    level: level, lattice: lattice, snap: snap, probes: probes, payloads: payloads,
                    nextFrame: nextFrame ?? 0, hasGenerations: variant.hasGenerations))
        }
        selectionOrder = SelectionOrder(resolution: lattice.resolution)
        guard variant.hasGenerations else {
            try restoreQueue(&reader)
            return
        }
        // Order: a ticket is given once; two equal ones are refused.
        requests.sort { $0.ticket < $1.ticket }
        for (a, b) in zip(requests, requests.dropFirst()) where a.ticket == b.ticket {
            throw .outOfRange(
                field: "ticket", value: "\(a.ticket) twice", allowed: "a number once", offset: reader.offset)
        }
        queue = RequestQueue(requests.map(\.request), nextTicket: queue.nextTicket)
    }

    /// The queue of a variant in which every request counts.
    private mutating func restoreQueue(_ reader: inout SnapshotReader) throws(SnapshotError) {
        var requests: [Request] = []
        let count: UInt32 = try reader.next()
        for _ in 0..<count {
            let ticket: UInt64 = try reader.number(
                "ticket", (requests.last?.ticket ?? 0) + 1, queue.nextTicket - 1)
            let level: UInt8 = try reader.number("level of a request", 0, UInt8(levels.count - 1))
            let cell = try reader.cell()
            let queuedAt: Int32 = try reader.number(
                "frame of a selection", requests.last?.queuedAt ?? 0, Int32(clamping: (nextFrame ?? 0) - 1))
            requests.append(
                Request(
                    level: Int(level), cell: cell,
                    slot: levels[Int(level)].window.slotOutside(of: cell), generation: 0, queuedAt: queuedAt,
                    ticket: ticket))
        }
        queue = RequestQueue(requests, nextTicket: queue.nextTicket, countsAll: true)
    }
}
