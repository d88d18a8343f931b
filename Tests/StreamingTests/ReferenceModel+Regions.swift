import Hashing
import Streaming
import Topology
import Voxels

/// A cell that is not in a window any more.
struct ReferenceCachedCell {
    var cell: Cell
    /// Linear index within its region.
    var index: Int32
    var lastUpdated: Int32
    var payload: Payload
    /// Tag 5, level, cell, last updated, the 44 bytes.
    let leaf: UInt64

    init(level: Int, cell: Cell, index: Int32, lastUpdated: Int32, payload: Payload) {
        self.cell = cell
        self.index = index
        self.lastUpdated = lastUpdated
        self.payload = payload
        var record = LeafRecord(tag: 5)
        record.append(UInt8(level))
        for number in [cell.x, cell.y, cell.z, lastUpdated] { record.append(number) }
        for byte in payload.bytes { record.append(byte) }
        leaf = record.leaf.value
    }
}

/// What the cache has of one region.
struct ReferenceEntry {
    var region: RegionKey
    var lastUsed: Int32
    var newest: Int32
    var layoutVersion: UInt32
    var isInvalidated = false
    var isUnsaved = false
    /// In no order.
    var cells: [ReferenceCachedCell] = []

    func bytes(edge: Int32) -> Int64 {
        64 + 4 * Int64(edge) * Int64(edge) * Int64(edge) + 52 * Int64(cells.count)
    }

    /// In linear order.
    var sortedCells: [ReferenceCachedCell] { cells.sorted { $0.index < $1.index } }
}

struct ReferenceRecycleCounts {
    var applied: UInt32 = 0
    var refused: UInt32 = 0
    var lateOrMasked: UInt32 = 0
    var restored: UInt32 = 0
    var evicted: UInt32 = 0
}

// MARK: Regions

/// Rounded towards minus infinity.
func referenceQuotient(_ k: Int32, _ divisor: Int32) -> Int32 {
    var quotient = k / divisor
    while quotient * divisor > k { quotient -= 1 }
    return quotient
}

func referenceRegion(level: Int, cell: Cell, edge: Int32) -> RegionKey {
    RegionKey(
        level: level,
        region: Cell(
            referenceQuotient(cell.x, edge), referenceQuotient(cell.y, edge), referenceQuotient(cell.z, edge))
    )
}

func referenceIndex(_ cell: Cell, edge: Int32) -> Int32 {
    let x = cell.x - referenceQuotient(cell.x, edge) * edge
    let y = cell.y - referenceQuotient(cell.y, edge) * edge
    let z = cell.z - referenceQuotient(cell.z, edge) * edge
    return (z * edge + y) * edge + x
}

func referenceCell(_ index: Int32, in region: RegionKey, edge: Int32) -> Cell {
    Cell(
        region.region.x * edge + index % edge, region.region.y * edge + index / edge % edge,
        region.region.z * edge + index / edge / edge)
}

// MARK: The stage

extension ReferenceModel {
    func recycle(_ frame: inout ReferenceFrameWork) {
        var bytes = CanonicalBytes()
        var counts = ReferenceRecycleCounts()
        var asked = frame.ending ?? ledger
        for drained in frame.drained { apply(drained, &asked, &frame, &bytes, &counts) }
        if frame.ending != nil { frame.ending = asked } else { ledger = asked }
        if frame.endsSession || frame.changesKey {
            leaveEverything(&frame)
        } else {
            cacheWhatLeft(frame)
            if let near = configuration?.nearLevels {
                if cache.contains(where: { Int32($0.region.level) < near }) {
                    note(.entriesOfNearLevels)
                }
                cache.removeAll { Int32($0.region.level) < near }
            }
        }
        restoreWhatEntered(&frame, &bytes, &counts)
        evict(&frame, &bytes, &counts)
        for count in [
            counts.applied, counts.refused, counts.lateOrMasked, counts.restored, counts.evicted,
        ] {
            bytes.append(count)
        }
        openStore(frame)
        frame.close(.recycle, self, [.states, .payloads, .cache, .index]) {
            for byte in bytes.bytes { $0.append(byte) }
        }
    }

    var cachedBytes: Int64 {
        cache.reduce(0) { $0 + $1.bytes(edge: cacheEdge) }
    }

    /// The region edge of the entries: the cache is empty where it changes.
    private var cacheEdge: Int32 { configuration?.regionEdge ?? 1 }

    // MARK: Into the cache

    private func cacheWhatLeft(_ frame: ReferenceFrameWork) {
        guard let configuration, configuration.cacheBytes > 0 || ledger != nil else { return }
        for probe in frame.left where isWorthKeeping(probe, near: configuration.nearLevels) {
            moveIn(probe, configuration)
        }
    }

    private func isWorthKeeping(_ probe: ReferenceProbe, near: Int32) -> Bool {
        (Int32(probe.level) >= near || fault == .nearLevelCached)
            && (probe.lifecycle == .valid || probe.lifecycle == .stale)
    }

    private func moveIn(_ probe: ReferenceProbe, _ configuration: Configuration) {
        guard let payload = probe.payload else { return }
        note(.cellsCached)
        let place = moveIn(
            level: probe.level, cell: probe.cell, lastUpdated: probe.lastUpdated, payload: payload,
            configuration)
        if fault != .unsavedForgotten { cache[place].isUnsaved = true }
    }

    /// - Returns: the entry's place in the list.
    @discardableResult
    func moveIn(
        level: Int, cell: Cell, lastUpdated: Int32, payload: Payload, _ configuration: Configuration
    ) -> Int {
        let edge = configuration.regionEdge
        let region = referenceRegion(level: level, cell: cell, edge: edge)
        let known = cache.firstIndex { $0.region == region }
        let place = known ?? cache.count
        if known == nil {
            cache.append(
                ReferenceEntry(
                    region: region, lastUsed: now, newest: lastUpdated,
                    layoutVersion: configuration.layoutVersion))
        }
        cache[place].lastUsed = now
        cache[place].newest = max(cache[place].newest, lastUpdated)
        cache[place].cells.removeAll { $0.cell == cell }
        cache[place].cells.append(
            ReferenceCachedCell(
                level: level, cell: cell, index: referenceIndex(cell, edge: edge),
                lastUpdated: lastUpdated, payload: payload))
        return place
    }

    func isCached(level: Int, cell: Cell, edge: Int32) -> Bool {
        let region = referenceRegion(level: level, cell: cell, edge: edge)
        return cache.contains { $0.region == region && $0.cells.contains { $0.cell == cell } }
    }

    // MARK: Everything leaves

    /// The session ends or its key changes.
    private func leaveEverything(_ frame: inout ReferenceFrameWork) {
        guard let before = frame.before else { return }
        let hasStore = frame.endsSession ? frame.ending != nil : ledger != nil
        if hasStore {
            for level in frame.levelsBefore {
                for probe in level.cells where isWorthKeeping(probe, near: before.nearLevels) {
                    moveIn(probe, before)
                }
            }
            // Boxes of a frame whose start brings another world are boxes of that world.
            if frame.endsSession && frame.editsAtEnd == nil {
                var unheard = CanonicalBytes()
                var records: UInt32 = 0
                for box in frame.boxes {
                    throwOut(by: box, before, &frame.ending, &unheard, &records)
                }
            }
            for entry in cache.sorted(by: { $0.region < $1.region }) where entry.isUnsaved {
                note(frame.endsSession ? .writeBacksAtTheEnd : .writeBacksUnderTheOldKey)
                if frame.endsSession {
                    writeBack(entry, storeKey(before), &frame.ending)
                } else {
                    writeBack(entry, storeKey(before), &ledger)
                }
            }
        }
        cache = []
        if frame.endsSession { endStore(&frame) }
    }

    // MARK: Out of the cache

    private func restoreWhatEntered(
        _ frame: inout ReferenceFrameWork, _ bytes: inout CanonicalBytes,
        _ counts: inout ReferenceRecycleCounts
    ) {
        guard let configuration else { return }
        for level in levels.indices where Int32(level) >= configuration.nearLevels {
            var number: UInt32 = 0
            var sum: UInt64 = 0
            for probe in frame.entered where probe.level == level && probe.lifecycle == .uninitialized {
                let region = referenceRegion(level: level, cell: probe.cell, edge: configuration.regionEdge)
                for place in cache.indices where cache[place].region == region {
                    guard let cached = cache[place].cells.first(where: { $0.cell == probe.cell }) else {
                        continue
                    }
                    note(.cellsRestored)
                    restore(probe, lastUpdated: cached.lastUpdated, payload: cached.payload)
                    if fault == .generationOfRestored { probe.generation += 1 }
                    if fault != .inWindowAndCache { cache[place].cells.removeAll { $0.cell == probe.cell } }
                    cache[place].lastUsed = now
                    number += 1
                    sum &+= probe.stateLeaf
                }
            }
            cache.removeAll { $0.cells.isEmpty }
            guard number > 0 else { continue }
            bytes.append(UInt8(level))
            bytes.append(number)
            bytes.append(sum)
            counts.restored += number
            frame.counts[level].restored += Int(number)
        }
    }

    func restore(_ probe: ReferenceProbe, lastUpdated: Int32, payload: Payload) {
        probe.payload = payload
        probe.lastUpdated = lastUpdated
        probe.lifecycle = .valid
        probe.retryAfter = 0
    }

    private func evict(
        _ frame: inout ReferenceFrameWork, _ bytes: inout CanonicalBytes,
        _ counts: inout ReferenceRecycleCounts
    ) {
        guard let configuration else { return }
        while cachedBytes > configuration.cacheBytes {
            let oldest = cache.min {
                var (a, b) = ($0, $1)
                if fault == .newestEvicted { swap(&a.lastUsed, &b.lastUsed) }
                if a.lastUsed != b.lastUsed { return a.lastUsed < b.lastUsed }
                return fault == .evictionTiesReversed ? b.region < a.region : a.region < b.region
            }
            guard let oldest else { return }
            note(.entriesEvicted)
            if cache.count(where: { $0.lastUsed == oldest.lastUsed }) > 1 { note(.tiesBetweenEntries) }
            if oldest.isUnsaved && ledger == nil { note(.evictedWithoutStore) }
            cache.removeAll { $0.region == oldest.region }
            append(oldest.region, to: &bytes)
            bytes.append(UInt32(oldest.cells.count))
            bytes.append(flags(of: oldest))
            counts.evicted += 1
            frame.counts[Int(oldest.region.level)].evicted += 1
            if oldest.isUnsaved { writeBack(oldest, storeKey(configuration), &ledger) }
        }
    }

    func flags(of entry: ReferenceEntry) -> UInt8 {
        (entry.isInvalidated ? 1 : 0) | (entry.isUnsaved ? 2 : 0)
    }
}
