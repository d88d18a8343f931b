import Hashing
import Topology
import Voxels

@testable import Streaming

/// The first place where the system and the reference differ in a frame.
struct Difference: CustomStringConvertible {
    var frame: Int32
    /// The first stage whose digest differs; nil where only a field or a level differs.
    var stage: Stage?
    /// What differs in the state at the end of the frame: the first places in a fixed order.
    var places: [String]

    /// What the first stage that differs hashed, from the first byte that differs.
    mutating func addBytes(_ system: [[UInt8]], _ reference: [[UInt8]]) {
        guard let stage, Int(stage.rawValue) < min(system.count, reference.count) else { return }
        let (a, b) = (system[Int(stage.rawValue)], reference[Int(stage.rawValue)])
        let same = zip(a, b).prefix { $0 == $1 }.count
        func text(_ bytes: [UInt8]) -> String {
            bytes.dropFirst(max(0, same - 24)).prefix(96).map {
                ($0 < 16 ? "0" : "") + String($0, radix: 16)
            }.joined()
        }
        places.append(
            "\(stage.name) hashes \(a.count) bytes, the reference \(b.count), different from byte \(same) on; from \(max(0, same - 24)): \(text(a)) and \(text(b))"
        )
    }

    var description: String {
        let where_ = stage.map { "stage \($0.name) (\($0.sourceFile))" } ?? "no stage"
        return "frame \(frame): first in \(where_); at the end of the frame: "
            + (places.isEmpty ? "nothing" : places.joined(separator: "; "))
    }
}

/// Compares digests and every field of every cell.
func firstDifference(
    _ system: StreamingSystem, _ result: FrameResult, _ reference: ReferenceModel,
    _ expected: ReferenceFrame
) -> Difference? {
    let stage = zip(Stage.allCases, zip(result.digests.stages, expected.stages))
        .first { $0.1.0.value != $0.1.1 }?.0
    var places: [String] = []
    func compare<Value: Equatable>(_ name: String, _ found: Value, _ expected: Value) {
        guard places.count < 4, found != expected else { return }
        places.append("\(name): system \(found), reference \(expected)")
    }
    compare("number of stages", result.digests.stages.count, expected.stages.count)
    compareWholes(system, reference, compare)
    compareLevels(system, reference, compare)
    compare("level digests", result.digests.levels.map(\.value), expected.levels)
    compare("frame digest", result.digests.frame, expected.frame)
    compare("counts", result.counts, expected.counts)
    guard stage != nil || !places.isEmpty else { return nil }
    return Difference(frame: result.frame, stage: stage, places: places)
}

/// What differs between the store of the system and that of the reference, after all of a frame was handed over.
func storeDifference(_ store: MemoryStore, _ reference: ReferenceModel, frame: Int32) -> Difference? {
    let disk = reference.disk
    var places: [String] = []
    if store.clock != disk.clock { places.append("store's clock: \(store.clock), reference \(disk.clock)") }
    for row in disk.rows where places.count < 4 {
        let found = store.rows[row.key]
        if found?.bytes != row.bytes || found?.clock != row.clock || found?.digest.value != row.digest
            || found?.present != row.present
        {
            places.append("stored row \(row.key): \(found as Any), reference \(row)")
        }
    }
    if store.rows.count != disk.rows.count {
        places.append("stored rows: \(store.rows.count), reference \(disk.rows.count)")
    }
    let worlds = Dictionary(uniqueKeysWithValues: disk.worlds.map { ($0.seed, LeafSum(value: $0.edits)) })
    if store.worlds != worlds { places.append("edits: \(store.worlds), reference \(worlds)") }
    if store.replies.count != disk.replies.count {
        places.append("replies: \(store.replies.count), reference \(disk.replies.count)")
    }
    return places.isEmpty ? nil : Difference(frame: frame, stage: nil, places: places)
}

private func compareWholes(
    _ system: StreamingSystem, _ reference: ReferenceModel, _ compare: (String, String, String) -> Void
) {
    func compareText<Value>(_ name: String, _ found: Value, _ expected: Value) {
        compare(name, "\(found)", "\(expected)")
    }
    compareText("configuration", system.configuration as Any, reference.configuration as Any)
    compareText("epoch", system.epoch, reference.epoch)
    compareText("next ticket", system.queue.nextTicket, reference.nextTicket)
    compareText("next sequence", system.flights.nextSequence, reference.nextSequence)
    compareText("world version", system.world.version, reference.world.version)
    compareLedgers(system, reference, compareText)
    if reference.isOld {
        compareText(
            "all requests", system.queue.requests.map { "\($0.level) \($0.cell) \($0.ticket)" },
            reference.oldQueue.map { "\($0.level) \($0.cell) \($0.ticket)" })
    } else {
        compareQueues(system, reference, compareText)
    }
    compareText("casts in flight", system.inFlightCount, reference.flights.count)
    let flights = system.flightBatches.flatMap { batch in
        batch.flights.map {
            "\(batch.frame) \(batch.dueFrame) \($0.sequence) \($0.level) \($0.cell) \($0.generation) \($0.epoch)"
        }
    }
    compareText(
        "flights", flights,
        reference.flights.map {
            "\($0.dispatched) \($0.due) \($0.sequence) \($0.level) \($0.cell) \($0.generation) \($0.epoch)"
        })
}

private func compareQueues(
    _ system: StreamingSystem, _ reference: ReferenceModel,
    _ compareText: (String, [String], [String]) -> Void
) {
    let queue = system.queue.requests.filter { request in system.isQueued(request) }
    compareText(
        "queue", queue.map { "\($0.level) \($0.cell) \($0.generation) \($0.queuedAt)" },
        reference.queue.map { "\($0.level) \($0.cell) \($0.generation) \($0.queuedAt)" })
}

private func compareLedgers(
    _ system: StreamingSystem, _ reference: ReferenceModel, _ compareText: (String, String, String) -> Void
) {
    let (found, expected) = (system.store, reference.ledger)
    compareText("has a store", "\(found != nil)", "\(expected != nil)")
    guard let found, let expected else { return }
    compareText("size cap", "\(found.sizeCapBytes)", "\(expected.cap)")
    compareText("index is known", "\(found.isIndexKnown)", "\(expected.isKnown)")
    compareText("index clock", "\(found.indexClock)", "\(expected.indexClock)")
    compareText("start frame", "\(found.startFrame)", "\(expected.start)")
    compareText("edits of the start", "\(found.startEdits.value)", "\(expected.editsAtStart)")
    compareText("edits that the store knows", "\(found.knownEdits.value)", "\(expected.knownEdits)")
    compareText("next number of a request", "\(found.nextSequence)", "\(expected.nextSequence)")
    compareText(
        "requests", "\(found.requests.map { "\($0.sequence) \($0.dueFrame) \($0.masked.words)" })",
        "\(expected.requests.map { "\($0.sequence) \($0.due) \($0.masked.words)" })")
    compareText("held boxes", "\(found.heldBoxes)", "\(expected.boxes)")
    compareText(
        "rows",
        "\(found.rows.sorted { $0.key < $1.key }.map { "\($0.key.region) \($0.value.clock) \($0.value.present.words)" })",
        "\(expected.rows.sorted { $0.key < $1.key }.map { "\($0.key.region) \($0.clock) \($0.present.words)" })"
    )
}

private func compareLevels(
    _ system: StreamingSystem, _ reference: ReferenceModel, _ compare: (String, String, String) -> Void
) {
    compare("levels", "\(system.levels.count)", "\(reference.levels.count)")
    for (level, expected) in zip(system.levels, reference.levels) {
        let name = "level \(level.level)"
        compare("\(name) camera cell", "\(level.snap.cameraCell)", "\(expected.cameraCell)")
        compare("\(name) anchor", "\(level.snap.anchor)", "\(expected.anchor)")
        compare("\(name) window", "\(level.window.minimum)", "\(expected.minimum)")
        guard level.window.minimum == expected.minimum else { continue }
        reference.forEachProbe(of: level.level) { probe in
            let slot = level.window.slot(of: probe.cell)
            let found = level.probes[slot.index]
            let payload = level.payloads[slot.index]
            // One comparison of everything first: text is made only where something differs.
            if found.lifecycle == probe.lifecycle, found.lastUpdated == probe.lastUpdated,
                found.queuedAt == probe.queuedAt, found.retryAfter == probe.retryAfter,
                found.generation == probe.generation, found.ticket == probe.ticket,
                found.afterFlight.rawValue == probe.afterFlightBits, payload == probe.payload ?? .zero
            {
                return
            }
            let cell = "\(name) cell \(probe.cell)"
            compare("\(cell) lifecycle", found.lifecycle.name, probe.lifecycle.name)
            compare("\(cell) last updated", "\(found.lastUpdated)", "\(probe.lastUpdated)")
            compare("\(cell) queued at", "\(found.queuedAt)", "\(probe.queuedAt)")
            compare("\(cell) retry after", "\(found.retryAfter)", "\(probe.retryAfter)")
            compare("\(cell) generation", "\(found.generation)", "\(probe.generation)")
            compare("\(cell) ticket", "\(found.ticket)", "\(probe.ticket)")
            compare("\(cell) after flight", "\(found.afterFlight.rawValue)", "\(probe.afterFlightBits)")
            compare("\(cell) payload", "\(payload.bytes)", "\((probe.payload ?? .zero).bytes)")
        }
    }
}
